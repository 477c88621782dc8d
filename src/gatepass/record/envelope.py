"""DSSE envelopes: https://github.com/secure-systems-lab/dsse (v1.0.2).

We write one byte form only (RFC 8785, standard base64). `parse_envelope` reads what others write as well;
whoever verifies our own records compares the bytes with `Envelope.to_bytes`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from gatepass.errors import VerificationError
from gatepass.model.facts import Json
from gatepass.record.reading import as_object, entries, field_text, only_fields
from gatepass.record.signed_json import Object, canonical, parse
from gatepass.signers import Signer


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature; ``keyid`` is a hint and decides nothing."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type and its signatures."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...] = ()

    @property
    def signed_bytes(self) -> bytes:
        """The pre-authentication encoding: what is signed."""
        return pae(self.payload_type, self.payload)

    def to_object(self) -> Object:
        """The envelope as JSON has it."""
        signatures: list[Json] = [
            {"keyid": each.keyid, "sig": base64.b64encode(each.sig).decode()} for each in self.signatures
        ]
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": signatures,
        }

    def to_bytes(self) -> bytes:
        """The one byte form that gatepass writes, without a line feed."""
        return canonical(self.to_object())


def pae(payload_type: str, payload: bytes) -> bytes:
    """``DSSEv1 SP len(type) SP type SP len(payload) SP payload``; lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, signer: Signer | None) -> Envelope:
    """The payload in its envelope, with one signature, or none when there is no signer."""
    bare = Envelope(payload, payload_type)
    if signer is None:
        return bare
    return Envelope(payload, payload_type, (Signature(signer.keyid, signer.sign(bare.signed_bytes)),))


def parse_envelope(data: bytes) -> Envelope:
    """The envelope in a JSON text; raises `VerificationError`. Order and spacing of the text are free."""
    return envelope_of(as_object(parse(data, "the envelope"), "the envelope"))


def envelope_of(value: Object) -> Envelope:
    """The envelope in a JSON object; fields that DSSE does not know are refused."""
    only_fields(value, {"payload", "payloadType", "signatures"}, "the envelope")
    signatures = []
    for each in entries(value, "signatures"):
        keyid = each.get("keyid", "")
        only_fields({"keyid": keyid, **each}, {"keyid", "sig"}, "the signature")
        if not isinstance(keyid, str):
            raise VerificationError("keyid is not a text")
        signatures.append(Signature(keyid, _bytes(field_text(each, "sig"), "sig")))
    payload = _bytes(field_text(value, "payload"), "payload")
    return Envelope(payload, field_text(value, "payloadType"), tuple(signatures))


def _bytes(value: str, what: str) -> bytes:
    """Standard or URL-safe base64, each only in its one form: no stray bits, no missing padding."""
    for encode, altchars in ((base64.b64encode, None), (base64.urlsafe_b64encode, b"-_")):
        try:
            data = base64.b64decode(value, altchars, validate=True)
        except (binascii.Error, ValueError):
            continue
        if encode(data).decode() == value:
            return data
    raise VerificationError(f"{what} is not sound base64")
