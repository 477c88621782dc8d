"""The record of a decision: in-toto Statements in DSSE envelopes, signed once, verifiable offline.

| module | knows |
|---|---|
| `statement` `predicate` | the decision as a Statement v1 with our own predicate |
| `vsa` | the short summary that other tools verify (SLSA VSA v1) |
| `envelope` `bundle` | DSSE; the Sigstore bundle around it |
| `store` | the files |
| `identity` | the token of the platform that names a decision |
| `verify` `consistency` `compare` | whether a record is what it claims to be; whether two agree |
| `reading` `unverified` `rebuild` | asking values of a record; looking into one; the build it was about |
"""

from __future__ import annotations

from gatepass.record.compare import differences
from gatepass.record.predicate import Output
from gatepass.record.signed_json import Object
from gatepass.record.statement import decision_statement
from gatepass.record.store import (
    WrittenRecord,
    envelopes,
    identity_path,
    payload_digest,
    record_name,
    record_paths,
    write_record,
)
from gatepass.record.vsa import vsa_statement

__all__ = [
    "Object",
    "Output",
    "WrittenRecord",
    "decision_statement",
    "differences",
    "envelopes",
    "identity_path",
    "payload_digest",
    "record_name",
    "record_paths",
    "vsa_statement",
    "write_record",
]
