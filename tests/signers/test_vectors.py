"""Public test vectors for ECDSA P-256 with SHA-256."""

from __future__ import annotations

import pytest

from gatepass.signers._p256 import public_key
from support.vectors import load, needs

WYCHEPROOF = "wycheproof/testvectors_v1/ecdsa_secp256r1_sha256_test.json"


@needs(WYCHEPROOF)
def test_every_wycheproof_signature_is_judged_as_wycheproof_does():
    judged = {"valid": 0, "invalid": 0}
    for group in load(WYCHEPROOF)["testGroups"]:
        key = public_key(group["publicKeyPem"], "the key")
        for case in group["tests"]:
            answer = key.verifies(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert answer == (case["result"] == "valid"), (case["tcId"], case["comment"])
            judged[case["result"]] += 1
    assert judged["valid"] > 100
    assert judged["invalid"] > 100


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1000])
def test_a_signature_of_zeros_is_no_signature_whatever_its_length(length, tmp_path):
    from gatepass.signers.keys import generate, public_key_of

    key = public_key_of(str(generate(tmp_path / "k.pem").public_path), {})
    assert not key.verifies(bytes(length), b"anything")
