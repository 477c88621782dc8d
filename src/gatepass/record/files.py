"""Whether the files that somebody gives are those that a record names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gatepass.errors import VerificationError
from gatepass.record.reading import field_object, field_text
from gatepass.record.signed_json import Object


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_DONE = "not-done"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and why it ended as it did."""

    name: str
    state: State
    message: str


def artifact_checks(subjects: Mapping[str, str], given: Sequence[Path]) -> Iterator[Check]:
    """Each artifact given must be a subject; subjects that nobody gave are named."""
    digests = {path: _digest(path) for path in given}
    for path, digest in digests.items():
        names = [name for name, each in subjects.items() if each == digest]
        if names:
            yield Check(f"artifact {path.name}", State.OK, f"is the subject {names[0]}")
        else:
            reason = "cannot be read" if digest is None else "is not what the record is about, or was altered"
            yield Check(f"artifact {path.name}", State.FAILED, reason)
    for name, digest in subjects.items():
        if digest not in digests.values() and name != "evidence":
            yield Check(f"artifact {name}", State.NOT_DONE, "was not given")


def policy_checks(policies: Sequence[Object], given: Sequence[Path]) -> Iterator[Check]:
    """Each policy given must be one of the record's; those that nobody gave are named."""
    known = {field_text(each, "name"): _sha256_of(each) for each in policies}
    digests = {path: _digest(path) for path in given}
    for path, digest in digests.items():
        names = [name for name, each in known.items() if each == digest]
        if names:
            yield Check(f"policy {path.name}", State.OK, f"is the policy {', '.join(names)}")
        else:
            reason = "cannot be read" if digest is None else "did not make this decision, or was altered"
            yield Check(f"policy {path.name}", State.FAILED, reason)
    for name, digest in known.items():
        if digest not in digests.values():
            yield Check(f"policy {name}", State.NOT_DONE, "was not given")


def evidence_checks(inputs: Sequence[Object], folder: Path | None) -> Iterator[Check]:
    """Each report that the record names: found, not found, or altered. To find none at all is a failure."""
    if folder is None:
        yield Check("evidence", State.NOT_DONE, "no folder with the evidence was given")
        return
    answers = [_evidence(each, folder) for each in inputs]
    yield from answers
    if not inputs:
        yield Check("evidence", State.NOT_DONE, "the record names no evidence")
    elif all(each.state is State.NOT_DONE for each in answers) and not _only_facts(inputs):
        yield Check("evidence", State.FAILED, f"none of the {len(inputs)} reports is in {folder}")


def _only_facts(inputs: Sequence[Object]) -> bool:
    return all(field_text(each, "name").startswith("fact:") for each in inputs)


def _evidence(source: Object, folder: Path) -> Check:
    name = field_text(source, "name")
    check = f"evidence {name}"
    if name.startswith("fact:"):
        return Check(check, State.NOT_DONE, "is a fact, which has no name in a folder")
    if "digest" not in source:
        return Check(check, State.NOT_DONE, "could not be read when the decision was made")
    wanted = _sha256_of(source)
    path = _within(folder, name)
    digest = _digest(path) if path else None
    if digest == wanted:
        return Check(check, State.OK, "found")
    if digest is not None:
        return Check(check, State.FAILED, "was altered since the decision was made")
    return Check(check, State.NOT_DONE, "not found")


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder; None when the name, or a link on its way, leads out of it."""
    if not name or "\0" in name:
        return None
    try:
        root = folder.resolve()
        path = (root / name).resolve()
    except (OSError, RuntimeError):
        return None
    return path if path.is_relative_to(root) else None


def _digest(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _sha256_of(entry: Object) -> str:
    digest = field_text(field_object(entry, "digest"), "sha256")
    if len(digest) != 64:
        raise VerificationError("a digest in the record is not one of SHA-256")
    return digest
