"""JSON that is signed: one byte form for one value (RFC 8785), and no number that a reader could round.

No value in a record is a fraction and no whole number is above 2^53 - 1: both are written as strings.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import NoReturn, cast

from gatepass.errors import VerificationError
from gatepass.model.facts import Json
from gatepass.nesting import too_deep

Object = dict[str, Json]

MAXIMUM_TEXT = 1000
_SAFE_INTEGER = 2**53 - 1


def canonical(value: Json) -> bytes:
    """RFC 8785 bytes; raises ``ValueError`` for what JSON cannot hold (a lone surrogate)."""
    import rfc8785  # slow to import

    return rfc8785.dumps(value)


def canonical_line(value: Json) -> bytes:
    """As `canonical`, with a line feed, by the C encoder: ten times as fast.

    The two agree for what a record holds: keys in ASCII, whole numbers below 2^53, no fraction.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def sha256(data: bytes) -> str:
    """Lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def text(value: str, *, limit: int = MAXIMUM_TEXT) -> str:
    """The value as UTF-8 can hold it, shortened; what it cannot hold is shown as ``\\udcXX``."""
    shown = value.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def number(value: str | int | float) -> str | int:
    """A measured value: whole numbers that every reader holds exactly as numbers, all else as text."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) or abs(value) > _SAFE_INTEGER:
        return repr(value)
    return int(value)


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; raises ``ValueError`` for a time without a zone."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def filled(**fields: Json) -> Object:
    """The fields that hold something: None and empty texts, lists and objects are left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def parse(data: bytes, what: str) -> Json:
    """A strict JSON document; raises `VerificationError` that names ``what``.

    Refused: what is not UTF-8, duplicate keys, fractions, NaN, numbers above 2^53 - 1, endless nesting.
    """
    try:
        if too_deep(data):
            raise RecursionError
        decoded = data.decode("utf-8")
        return cast(
            "Json",
            json.loads(
                decoded,
                object_pairs_hook=_object,
                parse_float=_refuse,
                parse_constant=_refuse,
                parse_int=_integer,
            ),
        )
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise VerificationError(f"{what} is not the JSON of a record: {text(reason, limit=200)}") from None


def parse_canonical(data: bytes, what: str) -> Json:
    """As `parse`, and the bytes must be those that `canonical` writes: nothing else could be hidden there."""
    value = parse(data, what)
    try:
        same = canonical(value) == data
    except ValueError:
        same = False
    if not same:
        raise VerificationError(f"{what} is not in the one form that is ever written (RFC 8785)")
    return value


def _object(pairs: list[tuple[str, Json]]) -> Object:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _refuse(literal: str) -> NoReturn:
    raise ValueError(f"{literal[:40]} is not a whole number")


def _integer(literal: str) -> int:
    if len(literal) > len(str(_SAFE_INTEGER)) + 1 or abs(int(literal)) > _SAFE_INTEGER:
        raise ValueError(f"{literal[:40]} is too large a number")
    return int(literal)
