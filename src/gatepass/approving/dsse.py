"""Approvals by our own keys: the file of an override in a signed envelope (DSSE).

https://github.com/secure-systems-lab/dsse (v1.0.2). The payload is the file itself, byte for byte.
"""

from __future__ import annotations

from gatepass.errors import VerificationError
from gatepass.record.envelope import parse_envelope, sign
from gatepass.signers import Signer
from gatepass.signers.keys import PublicKey

PAYLOAD_TYPE = "application/vnd.gatepass.override+yaml"


def approve(data: bytes, signer: Signer) -> bytes:
    """The text of a ``.dsse.json`` file: an envelope around the bytes of an override's file."""
    return sign(data, PAYLOAD_TYPE, signer).to_bytes() + b"\n"


def verify(envelope: bytes, data: bytes, key: PublicKey) -> bool:
    """Whether a key signed an envelope around just these bytes.

    Raises `VerificationError` when it is no such envelope at all, or is around other bytes.
    """
    read = parse_envelope(envelope)
    if read.payload_type != PAYLOAD_TYPE:
        raise VerificationError(f"its payload is not of the type {PAYLOAD_TYPE}")
    if read.payload != data:
        raise VerificationError("it is not over these bytes: they were changed, or it is of another file")
    return any(key.verifies(each.sig, read.signed_bytes) for each in read.signatures)
