"""Whether this machine's clock is right, by what servers say the time is.

Overrides expire, evidence grows old and tokens live for minutes: all by the local clock. A server tells its
own in the ``Date`` of every answer (RFC 9110, 6.6.1), in whole seconds; what lay in a cache has an ``Age``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gatepass.examining._lines import Fact, Line, Section, missing, note, ok, warning

WARNS_AFTER = 30
FAILS_AFTER = 300
_ROUNDING = timedelta(seconds=0.5)  # a Date leaves out the part of the second that has gone by


@dataclass(frozen=True, slots=True)
class Reading:
    """``skew`` is how many seconds the local clock is ahead of the server's; negative: behind."""

    server: str
    skew: float


def reading(server: str, headers: Mapping[str, str], asked: datetime, answered: datetime) -> Reading | None:
    """What an answer tells of the clocks; None when it has no date, or none that can be read.

    ``asked`` and ``answered`` are the local instants (UTC) of question and answer.
    """
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    age = headers.get("age", "").strip()
    try:
        date += timedelta(seconds=int(age)) if age.isdecimal() and len(age) < 9 else timedelta()
        skew = (asked + (answered - asked) / 2 - date - _ROUNDING).total_seconds()
    except OverflowError:
        return None
    return Reading(server, skew)


def section(readings: Sequence[Reading], *, offline: bool) -> Section:
    """A line for each server that told the time; of several answers of one the nearest counts."""
    nearest: dict[str, Reading] = {}
    for each in readings:
        before = nearest.get(each.server)
        if before is None or abs(each.skew) < abs(before.skew):
            nearest[each.server] = each
    lines = [_line(each) for each in nearest.values()]
    if not lines:
        why = "nobody was asked" if offline else "no server told the time"
        lines = [note("clock", "clock", f"not compared: {why}")]
    return Section("clock", "Clock", tuple(lines))


def _line(told: Reading) -> Line:
    seconds = abs(told.skew)
    facts: dict[str, Fact] = {"server": told.server, "skew_seconds": round(told.skew, 1)}
    if seconds <= WARNS_AFTER:
        return ok("clock", "clock", f"within {max(1, round(seconds))} s of {told.server}", **facts)
    way = "ahead of" if told.skew > 0 else "behind"
    said = f"{_shown(seconds)} {way} {told.server}"
    fix = "set this machine's clock (NTP): overrides expire and tokens are believed by it"
    if seconds <= FAILS_AFTER:
        return warning("clock", "clock", said, fix, **facts)
    return missing("clock", "clock", said, fix, **facts)


def _shown(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86400 else f"{seconds / 86400:,.0f} days"
