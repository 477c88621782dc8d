"""Instants as tools write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_COMPACT_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")
_FRACTION = re.compile(r"\.(\d{6})\d+")


def instant(text: object) -> datetime | None:
    """An ISO 8601 instant in UTC, or None when the text is none.

    Java writes ``+0000``, Go writes nine decimals, many write a space for the ``T``. A time without a
    zone is taken for UTC.
    """
    if not isinstance(text, str) or not 10 <= len(text) <= 40:
        return None
    cleaned = _FRACTION.sub(r".\1", _COMPACT_ZONE.sub(r"\1:\2", text.strip()))
    try:
        parsed = datetime.fromisoformat(cleaned)
    except ValueError:
        return None
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError:
        return None


def from_epoch(seconds: float) -> datetime | None:
    """An instant from seconds, or milliseconds, since 1970; None when it is out of any sensible range."""
    if seconds > 1e11:
        seconds /= 1000
    if not 0 < seconds < 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC)
