"""A record read without checking who signed it: for looking into, never for relying on."""

from __future__ import annotations

from pathlib import Path

from gatepass.errors import VerificationError
from gatepass.record.bundle import envelope_in
from gatepass.record.envelope import envelope_of
from gatepass.record.names import BUNDLE_TYPE, DECISION_TYPE
from gatepass.record.reading import as_object, entries, field_object, field_text
from gatepass.record.signed_json import Object, parse
from gatepass.record.verify import read_bytes


def read_unverified(path: Path) -> Object:
    """The predicate of the decision in ``NAME.intoto.jsonl`` or ``NAME.sigstore.json``.

    Raises `VerificationError` when it is no record at all; a signature is not looked at.
    """
    first = as_object(
        parse(read_bytes(path).split(b"\n")[0], f"the first line of {path}"), f"the first line of {path}"
    )
    envelope = envelope_in(first) if first.get("mediaType") == BUNDLE_TYPE else envelope_of(first)
    statement = as_object(parse(envelope.payload, "the payload"), "the payload")
    if statement.get("predicateType") != DECISION_TYPE:
        raise VerificationError(
            f"{path} holds no decision of gatepass, but {str(statement.get('predicateType'))[:100]}"
        )
    return field_object(statement, "predicate")


def codes(predicate: Object) -> dict[str, Object]:
    """The rules of a record by their ``policy/id``."""
    rules = entries(predicate, "rules")
    return {f"{field_text(rule, 'policy')}/{field_text(rule, 'id')}": rule for rule in rules}


def policy_digest(predicate: Object, name: str) -> str | None:
    """The SHA-256 (hex) of the policy of that name, None when the record has none."""
    for policy in entries(predicate, "policies"):
        if policy.get("name") == name:
            return field_text(field_object(policy, "digest"), "sha256")
    return None
