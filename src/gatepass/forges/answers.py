"""Reading answers of servers as far as the next question needs it, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from gatepass.errors import CollectionError
from gatepass.model.facts import Json


@dataclass(frozen=True, slots=True)
class Told:
    """What a server must have told, each by its name; all raise `CollectionError` when it has not."""

    server: str

    def an_object(self, value: Json, what: str) -> dict[str, Json]:
        """The object."""
        if not isinstance(value, dict):
            raise CollectionError(f"{self.server} does not tell {what}")
        return value

    def text(self, holder: dict[str, Json], name: str) -> str:
        """A text that is not empty."""
        value = holder.get(name)
        if not isinstance(value, str) or not value:
            raise CollectionError(f"{self.server} does not tell the {name}")
        return value

    def number(self, holder: dict[str, Json], name: str) -> int:
        """A number from 0."""
        value = holder.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise CollectionError(f"{self.server} does not tell the {name}")
        return value


def within(holder: Json, *keys: str) -> Json:
    """The value below some keys, None where there is none."""
    for key in keys:
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder


def text_at(holder: Json, *keys: str) -> str:
    """The text below some keys, empty where there is none."""
    found = within(holder, *keys)
    return found if isinstance(found, str) else ""


def segment(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")
