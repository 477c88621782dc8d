"""The files of a record, each written whole or not at all.

`NAME.intoto.jsonl` holds two lines: the decision's envelope and its summary's (VSA).
`NAME.sigstore.json` and `NAME.vsa.sigstore.json` hold the same two as Sigstore bundles, `NAME.identity.json`
the token of the platform that names the decision, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatepass.errors import OutputError
from gatepass.files import write_whole
from gatepass.model.decision import Decision
from gatepass.record.bundle import bundle_bytes
from gatepass.record.consistency import contradictions
from gatepass.record.envelope import Envelope, sign
from gatepass.record.names import PAYLOAD_TYPE
from gatepass.record.predicate import Output
from gatepass.record.reading import field_object
from gatepass.record.signed_json import Object, canonical, sha256
from gatepass.record.statement import decision_statement
from gatepass.record.vsa import vsa_statement
from gatepass.signers import Signer

LINES_SUFFIX = ".intoto.jsonl"
BUNDLE_SUFFIX = ".sigstore.json"
VSA_BUNDLE_SUFFIX = ".vsa.sigstore.json"
IDENTITY_SUFFIX = ".identity.json"


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """What was written.

    ``path`` is the file with both envelopes, ``bundles`` those of the decision and of its summary, none
    when nothing was signed. ``digest`` is the SHA-256 (hex) of the decision's envelope: its first line
    without the line feed, the name under which a summary or a ledger knows the decision. ``file_digest`` is
    that of the whole file at ``path``, as ``sha256sum`` tells it: what people are told of a record.
    """

    path: Path
    bundles: tuple[Path, ...]
    keyid: str | None
    digest: str
    file_digest: str

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file."""
        return (self.path, *self.bundles)


def write_record(
    decision: Decision,
    path: Path,
    signer: Signer | None,
    outputs: Sequence[Output] = (),
    beside: Mapping[Path, bytes] | None = None,
    token: bytes | None = None,
) -> WrittenRecord:
    """Sign a decision and write its record; ``.intoto.jsonl`` is added to ``path`` when it lacks it.

    ``beside`` are files (the reports) that are written with it: all of them or none. ``token`` is a file
    that only its owner may read, for the decision's `payload_digest` (`gatepass.record.identity`).

    Without a signer the record says itself that it is unsigned, and bundles of an earlier run beside it are
    removed: they would vouch for another decision. Raises `OutputError` when a file cannot be written or the
    decision contradicts itself, `SigningError` when the key cannot sign.
    """
    first, second = envelopes(decision, signer, outputs)
    lines, *bundles = record_paths(path)
    identity = identity_path(path)
    contents = {lines: first.to_bytes() + b"\n" + second.to_bytes() + b"\n"}
    if signer is not None:
        contents = {bundles[0]: bundle_bytes(first), bundles[1]: bundle_bytes(second), **contents}
    if token is not None:
        contents = {identity: token, **contents}
    if taken := [each for each in beside or () if each in (lines, *bundles, identity)]:
        raise OutputError(f"{taken[0]} cannot be both a report and the record")
    write_whole({**(beside or {}), **contents}, without=[*bundles, identity], private=[identity])
    return WrittenRecord(
        path=lines,
        bundles=tuple(each for each in bundles if each in contents),
        keyid=signer.keyid if signer else None,
        digest=sha256(first.to_bytes()),
        file_digest=sha256(contents[lines]),
    )


def envelopes(
    decision: Decision, signer: Signer | None, outputs: Sequence[Output] = ()
) -> tuple[Envelope, Envelope]:
    """The decision and its summary, each in its envelope. The payloads depend on the decision alone."""
    statement = decision_statement(decision, outputs, signed=signer is not None)
    wrong = contradictions(field_object(statement, "predicate"))
    if wrong:
        raise OutputError(f"the decision contradicts itself: {wrong[0]}")
    first = sign(_payload(statement), PAYLOAD_TYPE, signer)
    summary = vsa_statement(statement, sha256(first.to_bytes()))
    return first, sign(_payload(summary), PAYLOAD_TYPE, signer)


def payload_digest(decision: Decision, outputs: Sequence[Output], *, signed: bool) -> str:
    """The SHA-256 (hex) of the decision's payload, known before anything signs it."""
    return sha256(_payload(decision_statement(decision, outputs, signed=signed)))


def _payload(statement: Object) -> bytes:
    try:
        return canonical(statement)
    except ValueError as error:
        raise OutputError(f"the decision cannot be written as JSON: {error}") from None


def identity_path(path: Path) -> Path:
    """The file beside a record, in either of its forms, that holds the token for it."""
    stem = path.name.removesuffix(LINES_SUFFIX).removesuffix(BUNDLE_SUFFIX)
    return path.with_name(stem + IDENTITY_SUFFIX)


def record_name(path: str) -> str:
    """The name of the record's file, whether its ending was written or not."""
    return f"{path.removesuffix(LINES_SUFFIX)}{LINES_SUFFIX}"


def record_paths(path: Path) -> tuple[Path, Path, Path]:
    """The file of both lines, the decision's bundle, the summary's bundle."""
    stem = path.name.removesuffix(LINES_SUFFIX)
    if path.name == "-":
        raise OutputError(
            "a record cannot go to standard output: it is files", hint="--record gatepass.intoto.jsonl"
        )
    if not stem:
        raise OutputError(f"{path} is no name for a record", hint="name it gatepass.intoto.jsonl")
    suffixes = (LINES_SUFFIX, BUNDLE_SUFFIX, VSA_BUNDLE_SUFFIX)
    lines, bundle, summary = (path.with_name(stem + suffix) for suffix in suffixes)
    return lines, bundle, summary
