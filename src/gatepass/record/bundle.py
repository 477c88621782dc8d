"""Sigstore bundles (v0.3) around an envelope signed with a key.

https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto: one signature, and the
key's hint is the same as in the envelope. cosign, sigstore-go and sigstore-js read these files.
"""

from __future__ import annotations

from gatepass.errors import OutputError, VerificationError
from gatepass.record.envelope import Envelope, envelope_of
from gatepass.record.names import BUNDLE_TYPE
from gatepass.record.reading import field_object, field_text, only_fields
from gatepass.record.signed_json import Object, canonical


def bundle_bytes(envelope: Envelope) -> bytes:
    """The bundle's one byte form, with a line feed; raises `OutputError` unless it is signed once."""
    if len(envelope.signatures) != 1:
        raise OutputError("a Sigstore bundle holds exactly one signature")
    made: Object = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {
            "publicKey": {"hint": envelope.signatures[0].keyid},
            "tlogEntries": [],  # the protobuf JSON may leave it out, sigstore-python's models may not
        },
        "dsseEnvelope": envelope.to_object(),
    }
    return canonical(made) + b"\n"


def envelope_in(bundle: Object) -> Envelope:
    """The envelope in a bundle; raises `VerificationError` for what `bundle_bytes` never writes."""
    only_fields(bundle, {"mediaType", "verificationMaterial", "dsseEnvelope"}, "the bundle")
    if field_text(bundle, "mediaType") != BUNDLE_TYPE:
        raise VerificationError(f"the bundle is not of type {BUNDLE_TYPE}")
    material = field_object(bundle, "verificationMaterial")
    only_fields(material, {"publicKey", "tlogEntries"}, "the verification material")
    envelope = envelope_of(field_object(bundle, "dsseEnvelope"))
    hints = [each.keyid for each in envelope.signatures]
    if material["tlogEntries"] != [] or [field_object(material, "publicKey")] != [{"hint": h} for h in hints]:
        raise VerificationError("the bundle's verification material does not belong to its one signature")
    return envelope
