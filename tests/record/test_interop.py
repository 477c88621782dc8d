"""What outside verifiers make of our records, as far as it can be tried without a network."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gatepass.record.envelope import parse_envelope
from support.decisions import a_decision
from support.records import an_author

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def openssl_verifies(folder: Path, public: Path, signed: bytes, signature: bytes) -> bool:
    (folder / "pae.bin").write_bytes(signed)
    (folder / "sig.der").write_bytes(signature)
    command = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", folder / "sig.der"]
    answer = subprocess.run([*command, folder / "pae.bin"], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and "Verified OK" in answer.stdout


@needs_openssl
def test_openssl_verifies_both_envelopes_over_what_dsse_signs(tmp_path):
    author = an_author(tmp_path)
    for line in author.write(a_decision()).path.read_bytes().splitlines():
        # built by hand, as an auditor without gatepass would
        envelope = json.loads(line)
        body = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        signed = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(body)).encode(), body])
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        assert openssl_verifies(tmp_path, tmp_path / "key.pub", signed, signature)
        assert not openssl_verifies(tmp_path, tmp_path / "key.pub", signed + b" ", signature)
        assert parse_envelope(line).signed_bytes == signed


@needs_openssl
def test_a_key_that_openssl_made_signs_and_verifies(tmp_path):
    from gatepass.signers import open_signer
    from gatepass.signers.keys import public_key_of

    key = tmp_path / "openssl.pem"
    make = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    protect = ["-aes-256-cbc", "-pass", "pass:correct"]
    subprocess.run([*make, *protect, "-out", key], check=True, capture_output=True)
    key.chmod(0o600)
    environment = {"GATEPASS_KEY_PASSPHRASE": "correct"}
    signature = open_signer(str(key), environment, None).sign(b"data")
    (tmp_path / "key.pub").write_text(public_key_of(str(key), environment).pem)
    assert openssl_verifies(tmp_path, tmp_path / "key.pub", b"data", signature)
