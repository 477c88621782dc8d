"""A source: a report or an answer that evidence came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProblemCode(StrEnum):
    """Why a source counts as not there."""

    UNREADABLE = "unreadable"
    UNRECOGNISED = "unrecognised"
    AMBIGUOUS = "ambiguous"
    EMPTY = "empty"
    SCAN_FAILED = "scan-failed"
    OTHER_COMMIT = "other-commit"
    STALE = "stale"
    MISSING = "missing"
    UNCOLLECTED = "uncollected"
    TWO_ORIGINS = "two-origins"
    OUR_OWN = "our-own"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a source counts as not there, in words; ``line`` and ``column`` count from 1."""

    code: ProblemCode
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A report that was given to the gate.

    ``name`` is its path relative to the workspace with forward slashes. ``sha256`` is lower-case hex of
    the bytes that were read, ``size`` their number; both are empty when nothing could be read.
    ``format`` and ``kind`` are set when exactly one format recognised it. ``producer``, ``commit`` and
    ``created`` (UTC) are what the report says of itself. ``notes`` are remarks for people, such as a
    summary that disagrees with the counts. ``same_as`` names an earlier source with the same bytes.
    ``collected_from`` is the server that this very run asked for it, None for a file that was given: what
    a file says of people is `Assurance.SELF_ASSERTED`, whoever may have written it.
    """

    name: str
    sha256: str = ""
    size: int = 0
    format: str | None = None
    kind: str | None = None
    producer: str | None = None
    commit: str | None = None
    created: datetime | None = None
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    same_as: str | None = None
    collected_from: str | None = None

    @property
    def usable(self) -> bool:
        """Whether rules may rely on it."""
        return self.problem is None and self.same_as is None
