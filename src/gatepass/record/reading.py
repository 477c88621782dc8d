"""Asking values of a record, whose reader trusts no shape: each answer is checked or refused."""

from __future__ import annotations

from datetime import datetime

from gatepass.errors import VerificationError
from gatepass.model.facts import Json
from gatepass.record.signed_json import Object


def as_object(value: Json, what: str) -> Object:
    """The value as an object."""
    if not isinstance(value, dict):
        raise VerificationError(f"{what} is not an object")
    return value


def field_object(holder: Object, name: str) -> Object:
    """A field that must be an object."""
    return as_object(holder.get(name), name)


def field_text(holder: Object, name: str) -> str:
    """A field that must be a text and say something."""
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise VerificationError(f"{name} is not there, or not a text")
    return value


def field_count(holder: Object, name: str) -> int:
    """A field that must be a number of things."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise VerificationError(f"{name} is not a count")
    return value


def field_instant(holder: Object, name: str) -> datetime | None:
    """A field that is a time with its zone when it is there."""
    if name not in holder:
        return None
    value = field_text(holder, name)
    try:
        made = datetime.fromisoformat(value)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        raise VerificationError(f"{name} is not an instant: {value[:40]}")
    return made


def entries(holder: Object, name: str) -> list[Object]:
    """A field that must be a list of objects."""
    value = holder.get(name)
    if not isinstance(value, list):
        raise VerificationError(f"{name} is not a list")
    return [as_object(each, f"an entry of {name}") for each in value]


def only_fields(holder: Object, names: set[str], what: str) -> None:
    """Refuse fields that nobody asked for, and the lack of those asked for."""
    if set(holder) != names:
        odd = sorted(set(holder) ^ names)
        raise VerificationError(f"{what} has a field too many or too few: {', '.join(odd)[:200]}")
