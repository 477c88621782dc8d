"""Edge cases of ECDSA from Project Wycheproof, in the form that tokens have: r and s side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gatepass.tokens.keys import KeySet
from support.issuer import b64

VECTORS = (
    Path(__file__).resolve().parents[3]
    / "shared/vectors/wycheproof/testvectors_v1/ecdsa_secp256r1_sha256_test.json"
)
needs_vectors = pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors of wycheproof are not there")


@needs_vectors
def test_a_signature_is_good_exactly_where_wycheproof_says_so():
    judged = {"valid": 0, "invalid": 0}
    for group in json.loads(VECTORS.read_text("utf-8"))["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])[1:]
        jwk = {"kty": "EC", "kid": "k", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}
        key = KeySet.read(json.dumps({"keys": [jwk]}).encode()).key("k", "ES256")
        for test in group["tests"]:
            try:
                r, s = decode_dss_signature(bytes.fromhex(test["sig"]))
                signature = r.to_bytes(32) + s.to_bytes(32)
            except (ValueError, OverflowError):
                continue  # a fault of the DER form, which tokens do not have
            assert key.verifies(signature, bytes.fromhex(test["msg"])) is (test["result"] == "valid"), test
            judged[test["result"]] += 1
    assert judged["valid"] > 100
    assert judged["invalid"] > 20
