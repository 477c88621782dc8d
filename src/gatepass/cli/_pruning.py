"""Which files of overrides are over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from gatepass.errors import OverrideError
from gatepass.model.override import OverrideStatus
from gatepass.policy.overrides import OverrideFile, revocation_path


def unused_in(record: Path) -> frozenset[tuple[str, str]]:
    """Id and SHA-256 of the overrides that matched nothing in a record's decision.

    The record is not verified: at worst an override goes that is still wanted, and what it let through fails.
    Raises `VerificationError` when it is no record.
    """
    from gatepass.record.reading import entries, field_object, field_text
    from gatepass.record.unverified import read_unverified

    return frozenset(
        (field_text(each, "id"), field_text(field_object(each, "digest"), "sha256"))
        for each in entries(read_unverified(record), "overrides")
        if each.get("status") == OverrideStatus.UNUSED.value
    )


def over(
    files: Sequence[OverrideFile], unused: frozenset[tuple[str, str]], now: datetime
) -> list[tuple[OverrideFile, str]]:
    """The overrides and requests that have expired or are unused, with why.

    Broken glass stays: its file is the account of it, and tells that nobody confirmed it. Raises
    `OverrideError` when a file is another by now.
    """
    return list(_over(files, unused, now))


def everything_of(file: OverrideFile) -> list[Path]:
    """What goes with an override: its approvals and its revocation, which would be of nothing then."""
    beside = [file.path.with_name(name.rpartition("/")[2]) for name, _ in file.beside]
    revocation = revocation_path(file.path)
    return [*([revocation] if revocation.is_file() else []), *beside, file.path]


def _over(
    files: Sequence[OverrideFile], unused: frozenset[tuple[str, str]], now: datetime
) -> Iterator[tuple[OverrideFile, str]]:
    for file in files:
        override = file.override
        if override.break_glass:
            continue
        if now >= override.expires:
            why = f"expired at {override.expires:%Y-%m-%dT%H:%M:%SZ}"
        elif (override.id, override.sha256) in unused:
            why = "matched nothing in the record's decision"
        else:
            continue
        if hashlib.sha256(file.path.read_bytes()).hexdigest() != override.sha256:
            raise OverrideError("was changed meanwhile", place=override.place)
        yield file, why
