"""The contract of a report format: recognised by content, read into typed evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gatepass.evidence._head import Head
from gatepass.evidence._open import OpenReport
from gatepass.model.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader got out of a report.

    ``evidence`` carries ``report.source``; the gate puts the finished source (digest, size) in its
    place. ``producer``, ``commit`` and ``created`` (UTC) are what the report says of itself, None where
    it does not. ``failed`` says in words that the report itself tells that its scan failed: it then
    counts as not there. ``notes`` are remarks for people (a summary that disagrees with the counts).
    """

    evidence: Evidence
    producer: str | None = None
    commit: str | None = None
    created: datetime | None = None
    failed: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A report format.

    ``recognises`` looks at the head of a file alone (its first 128 KiB) and never at its name; no two
    formats may recognise the same file. ``read`` raises `gatepass.errors.UnreadableEvidence` with a
    place for whatever is not as the format says, and never passes an empty or failed report off as a
    clean one. ``page`` is the address of the producer's description.
    """

    name: str
    title: str
    kind: str
    recognises: Callable[[Head], bool]
    read: Callable[[OpenReport], Reading]
    page: str = ""
