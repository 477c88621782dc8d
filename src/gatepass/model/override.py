"""Overrides: approved, expiring exceptions to a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from gatepass.model.place import Place

EXPIRES_SOON = timedelta(days=14)
"""How long before its end an override in force is warned about."""


@dataclass(frozen=True, slots=True)
class Match:
    """What an override covers: everything that is set must fit; an unset field fits all.

    ``paths`` are globs. ``missing_evidence`` must be written for a finding that evidence is missing:
    an exception for a bad figure does not excuse that nothing was measured.
    """

    fingerprints: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    whole_rule: bool = False
    missing_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """An exception as its file states it; whether it is in force is judged, not stated.

    ``rule`` is a rule's id or ``policy/id``. ``created`` is the first and ``expires`` the first instant
    (UTC) at which it does not hold: a date alone in the file means the end of that day. Nobody has approved
    a request yet (``kind: OverrideRequest``), so it lets nothing through.
    """

    id: str
    rule: str
    match: Match
    reason: str
    justification: str
    requested_by: str
    approved_by: tuple[str, ...]
    created: datetime
    expires: datetime
    place: Place
    sha256: str
    ticket: str | None = None
    drop_if_fixable: bool = False

    @property
    def is_request(self) -> bool:
        """Whether nobody has approved it: an override's file names at least one who has."""
        return not self.approved_by

    @property
    def last_instant(self) -> datetime:
        """An instant (UTC) of the last day on which it holds: not of the next, which it ends with."""
        return self.expires - timedelta(days=1) if self.expires.time() == time() else self.expires

    def ends_within(self, term: timedelta, now: datetime) -> bool:
        """Whether it holds at an instant (UTC) and will not any more once the term is over."""
        return now < self.expires <= now + term


class OverrideStatus(StrEnum):
    """What became of an override in a decision."""

    IN_FORCE = "in-force"
    UNUSED = "unused"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    UNAUTHORISED = "unauthorised"
    TOO_LONG = "too-long"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_RULE = "unknown-rule"
    FIXABLE = "fixable"
    REQUESTED = "requested"


@dataclass(frozen=True, slots=True)
class OverrideUse:
    """An override with what became of it, why in words, and how many findings it covers."""

    override: Override
    status: OverrideStatus
    message: str
    covers: int = 0
    would_cover: int = 0
