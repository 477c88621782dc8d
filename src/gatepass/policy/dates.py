"""Dates and terms in policies and overrides."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})\Z")
_TERM = re.compile(r"(\d{1,5})(m|h|d)\Z")

INSTANT = f"^{_INSTANT.pattern[:-2]}$"
DAY_OR_INSTANT = f"^(?:{_DAY.pattern[:-2]}|{_INSTANT.pattern[:-2]})$"
TERM = r"^[1-9][0-9]{0,4}(m|h|d)$"


def first_instant(text: str) -> datetime:
    """The instant (UTC), or the first of the day that is named. Raises ``ValueError``."""
    if _DAY.match(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if _INSTANT.match(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except OverflowError:
            raise ValueError(f"'{text}' is before the year 1 or after 9999") from None
    raise ValueError(
        f"'{text}' is neither a day (2026-12-31) nor an instant with its zone (2026-12-31T18:00:00Z)"
    )


def instant_after(text: str) -> datetime:
    """The instant (UTC) at which something that lasts until ``text`` has ended: a day counts whole."""
    first = first_instant(text)
    if not _DAY.match(text):
        return first
    try:
        return first + timedelta(days=1)
    except OverflowError:
        raise ValueError(f"'{text}' ends after the year 9999") from None


def term(text: str) -> timedelta:
    """A term such as ``90m``, ``24h`` or ``7d``. Raises ``ValueError``."""
    match = _TERM.match(text)
    if not match:
        raise ValueError(f"'{text}' is no term; write 90m, 24h or 7d")
    return timedelta(minutes=int(match[1]) * {"m": 1, "h": 60, "d": 1440}[match[2]])
