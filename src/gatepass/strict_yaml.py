"""YAML that means one thing: JSON's types, no surprises, and the place of every value.

Refused, with file, line and column: duplicate keys, keys that are no strings, merge keys, tags, aliases
that expand to more than 20,000 values, numbers that YAML 1.1 and 1.2 read differently (``010``,
``1_000``), ``.nan`` and ``.inf``, more than 50 levels, several documents, more than 1 MiB. A date stays a
string: the field that holds it says how to read it. ``yes``, ``no``, ``on`` and ``off`` are strings, as
YAML 1.2 has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatepass.errors import GatepassError
from gatepass.model.facts import Json
from gatepass.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import AliasEvent, CollectionStartEvent, Event, Mark, ScalarEvent
    from yaml._yaml import Mark as CMark

MAXIMUM_BYTES = 1 << 20
MAXIMUM_VALUES = 20_000
MAXIMUM_DEPTH = 50

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_AMBIGUOUS = re.compile(
    r"[-+]?(0[0-9_]+|[0-9][0-9_]*_[0-9_]*|0[xob][0-9a-fA-F_]+|[0-9]+(:[0-5]?[0-9])+|\.[0-9]+|[0-9]+\."
    r"|\.(inf|Inf|INF|nan|NaN|NAN))\Z"
)
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Document:
    """A value and where each part of it stands, by path: ``rules[0].minimum.lines``.

    The place of a member of a mapping is its key's.
    """

    value: Json
    places: dict[str, Place]

    def place(self, path: str) -> Place:
        """The place of a path, else of the nearest thing above it."""
        while path not in self.places and path:
            path = re.sub(r"(\[\d+\]|\.?[^.\[\]]+)\Z", "", path)
        return self.places[path]


class YamlMistake(GatepassError):  # noqa: N818  (callers make an error of their own kind of it)
    """The text is not the YAML that gatepass reads."""


def parse(data: bytes, name: str) -> Document:
    """The one document in a file called ``name``. Raises `YamlMistake` with the place."""
    import yaml  # slow to import

    if len(data) > MAXIMUM_BYTES:
        raise YamlMistake(f"is larger than {MAXIMUM_BYTES} bytes", place=Place(name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlMistake("is not UTF-8 text", place=Place(name, line)) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = _Reader(name)
    try:
        return reader.document(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        place = _at(name, error.problem_mark)
        raise YamlMistake(f"is not YAML: {error.problem or error.context}", place=place) from None
    except yaml.YAMLError as error:
        raise YamlMistake(f"is not YAML: {error}".splitlines()[0], place=Place(name)) from None


def _at(name: str, mark: Mark | CMark | None) -> Place:
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)


class _Reader:
    """Builds values from events, since composing nodes calls itself in C as deep as the text is nested."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[str, Place] = {"": Place(name, 1, 1)}
        self.anchors: dict[str, tuple[Json, int]] = {}  # a value and how many values it holds
        self.count = 0

    def document(self, events: Iterator[Event]) -> Document:
        from yaml import DocumentStartEvent, StreamEndEvent

        next(events)  # the start of the stream
        if isinstance(next(events), StreamEndEvent):
            raise YamlMistake("is empty", place=Place(self.name, 1))
        value = self.value(next(events), events, "", 0)
        next(events)  # the end of the document
        following = next(events)
        if isinstance(following, DocumentStartEvent):
            raise self.mistake(following, "holds more than one YAML document; keep one in each file")
        return Document(value, self.places)

    def value(self, event: Event, events: Iterator[Event], path: str, depth: int) -> Json:
        from yaml import AliasEvent, CollectionStartEvent, MappingStartEvent, ScalarEvent

        self.grow(event, 1)
        self.places.setdefault(path, _at(self.name, event.start_mark))
        if isinstance(event, AliasEvent):
            return self.alias(event)
        if depth > MAXIMUM_DEPTH:
            raise self.mistake(event, f"is nested deeper than {MAXIMUM_DEPTH} levels")
        before = self.count
        made: Json
        if isinstance(event, ScalarEvent):
            made = self.scalar(event)
        else:
            assert isinstance(event, CollectionStartEvent)
            container = self.mapping if isinstance(event, MappingStartEvent) else self.sequence
            made = container(event, events, path, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = made, self.count - before
        return made

    def alias(self, event: AliasEvent) -> Json:
        if event.anchor not in self.anchors:
            raise self.mistake(event, f"uses the alias *{event.anchor} before its anchor is complete")
        value, size = self.anchors[event.anchor]
        self.grow(event, size)
        return value

    def sequence(self, event: CollectionStartEvent, events: Iterator[Event], path: str, depth: int) -> Json:
        from yaml import SequenceEndEvent

        self.refuse_tag(event)
        made: list[Json] = []
        while not isinstance(item := next(events), SequenceEndEvent):
            made.append(self.value(item, events, f"{path}[{len(made)}]", depth + 1))
        return made

    def mapping(self, event: CollectionStartEvent, events: Iterator[Event], path: str, depth: int) -> Json:
        from yaml import MappingEndEvent, ScalarEvent

        self.refuse_tag(event)
        made: dict[str, Json] = {}
        while not isinstance(key_event := next(events), MappingEndEvent):
            key = self.scalar(key_event) if isinstance(key_event, ScalarEvent) else None
            if not isinstance(key, str):
                raise self.mistake(key_event, "has a key that is not a string; put it in quotes")
            if key == "<<":
                raise self.mistake(key_event, "uses a merge key (<<); write the keys out")
            if key in made:
                raise self.mistake(key_event, f"has the key '{key}' twice")
            inner = f"{path}.{key}" if path else key
            self.places[inner] = _at(self.name, key_event.start_mark)
            made[key] = self.value(next(events), events, inner, depth + 1)
        return made

    def scalar(self, event: ScalarEvent) -> Json:
        text = str(event.value)
        self.refuse_tag(event)
        if event.style:  # quoted, or a block: always a string (plain is None, or empty in the C parser)
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text) and len(text) < 20:
            return int(text)
        if _FLOAT.match(text) and len(text) < 40:
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self.mistake(event, f"holds {text}, which is no finite number")
            return number
        if _AMBIGUOUS.match(text) or _INTEGER.match(text):
            raise self.mistake(event, f"holds {text}, which YAML 1.1 and 1.2 read differently; quote it")
        return text

    def refuse_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag is not None:
            raise self.mistake(event, f"has the tag {event.tag}; only plain values are read")

    def grow(self, event: Event, by: int) -> None:
        self.count += by
        if self.count > MAXIMUM_VALUES:
            raise self.mistake(event, f"expands to more than {MAXIMUM_VALUES} values; are aliases to blame?")

    def mistake(self, event: Event, message: str) -> YamlMistake:
        return YamlMistake(message, place=_at(self.name, event.start_mark))
