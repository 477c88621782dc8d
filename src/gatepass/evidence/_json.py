"""JSON from a stranger: strict (RFC 8259), limited in depth, and streamed where arrays are long.

Refused, each with its place: duplicate keys, ``NaN`` and ``Infinity``, more than 100 levels, text that is
not UTF-8 or UTF-16 with a mark, anything after the document.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterable, Mapping
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # not in typeshed
from math import isfinite
from typing import NoReturn, cast

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._head import text_encoding
from gatepass.evidence._open import OpenReport
from gatepass.model.facts import Json
from gatepass.nesting import MAXIMUM, too_deep

# a bigger report is held by the interpreter's own limit alone: 1,000 levels, some 10,000 since Python 3.12
_DEPTH_CHECKED_BYTES = 16 << 20

OnElement = Callable[[Json, tuple[int, ...]], object]


def read_json(report: OpenReport, *, stream: Mapping[str, OnElement] | None = None) -> Json:
    """The whole document.

    ``stream`` maps the path of a long array (``runs[].results[]``) to a function that is called with each
    of its elements and the indices of the arrays above and itself; the array itself is then left empty in
    what is returned, so that memory does not grow with the report.
    """
    return parse_json(report.whole(), stream=stream)


def parse_json(data: bytes, *, stream: Mapping[str, OnElement] | None = None) -> Json:
    """As `read_json`, for bytes."""
    if len(data) <= _DEPTH_CHECKED_BYTES and too_deep(data):
        raise UnreadableEvidence(f"is nested deeper than {MAXIMUM} levels")
    try:
        text = data.decode(text_encoding(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableEvidence(f"is not UTF-8 text: {error.reason}", line=line) from None
    del data
    if not text or text.isspace():
        raise UnreadableEvidence("is empty", code="empty")
    collecting = gc.isenabled()
    gc.disable()  # plain JSON has no cycles; looking for them takes a third of the time
    try:
        return _Parser(text, stream or {}).document()
    finally:
        if collecting:
            gc.enable()


class _Duplicate(Exception):  # noqa: N818  (a signal that gets its place further out)
    pass


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Duplicate(key)
            seen.add(key)
    return made


def _constant(name: str) -> NoReturn:
    raise _Duplicate(f"\0{name}")


_SPACE = re.compile(r"[ \t\n\r]*")
# the scanner itself: `raw_decode` would wrap it at every element
_SCAN = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).scan_once  # type: ignore[attr-defined]


class _Parser:
    """Walks down to the streamed arrays by hand and leaves everything else to the C scanner."""

    def __init__(self, text: str, stream: Mapping[str, OnElement]) -> None:
        self.text = text
        self.stream = stream
        self.on_the_way = {path[:cut] for path in stream for cut in _prefixes(path)}

    def document(self) -> Json:
        at = self._skip(0)
        try:
            value, at = self._value("", at, ())
        except JSONDecodeError as error:
            raise UnreadableEvidence(
                f"is not JSON: {error.msg}", line=error.lineno, column=error.colno
            ) from None
        except RecursionError:
            raise UnreadableEvidence(f"is nested deeper than {MAXIMUM} levels") from None
        except IndexError:
            raise UnreadableEvidence("is not JSON: it ends too early; was the tool interrupted?") from None
        if self._skip(at) != len(self.text):
            raise self._wrong("has something after the end of the document", self._skip(at))
        return value

    def _value(self, path: str, at: int, indices: tuple[int, ...]) -> tuple[Json, int]:
        opening = self.text[at]
        if opening == "{" and path in self.on_the_way:
            return self._walk_object(path, at + 1, indices)
        if opening == "[" and f"{path}[]" in self.stream:
            return self._stream_array(self.stream[f"{path}[]"], at + 1, indices)
        if opening == "[" and f"{path}[]" in self.on_the_way:
            return self._walk_array(path, at + 1, indices)
        return self._scan(at)

    def _scan(self, at: int) -> tuple[Json, int]:
        try:
            return cast("tuple[Json, int]", _SCAN(self.text, at))
        except StopIteration:
            raise JSONDecodeError("a value is expected", self.text, at) from None
        except _Duplicate as signal:
            name = str(signal)
            if name.startswith("\0"):
                raise self._wrong(f"holds {name[1:]}, which is not JSON", at) from None
            raise self._wrong(f"has the key {name!r} twice in one object", at) from None
        except ValueError as error:
            if isinstance(error, JSONDecodeError):
                raise
            raise self._wrong(f"holds a number that is too long: {error}", at) from None

    def _walk_object(self, path: str, at: int, indices: tuple[int, ...]) -> tuple[Json, int]:
        pairs: dict[str, Json] = {}
        at = self._skip(at)
        if self.text[at] == "}":
            return pairs, at + 1
        while True:
            if self.text[at] != '"':
                raise JSONDecodeError("a key in double quotes is expected", self.text, at)
            key_at = at
            key, at = scanstring(self.text, at + 1)
            at = self._expect(":", at)
            value, at = self._value(f"{path}.{key}" if path else key, at, indices)
            if key in pairs:
                raise self._wrong(f"has the key {key!r} twice in one object", key_at)
            pairs[key] = value
            at = self._skip(at)
            if self.text[at] == "}":
                return pairs, at + 1
            at = self._expect(",", at)

    def _walk_array(self, path: str, at: int, indices: tuple[int, ...]) -> tuple[Json, int]:
        items: list[Json] = []
        at = self._skip(at)
        if self.text[at] == "]":
            return items, at + 1
        while True:
            item, at = self._value(f"{path}[]", at, (*indices, len(items)))
            items.append(item)
            at = self._skip(at)
            if self.text[at] == "]":
                return items, at + 1
            at = self._expect(",", at)

    def _stream_array(self, emit: OnElement, at: int, indices: tuple[int, ...]) -> tuple[Json, int]:
        text, scan, space = self.text, self._scan, _SPACE.match
        at = self._skip(at)
        if text[at] == "]":
            return [], at + 1
        index = 0
        while True:
            try:
                element, at = _SCAN(text, at)
            except (StopIteration, ValueError, _Duplicate):
                element, at = scan(at)  # fails again, and says where
            emit(element, (*indices, index))
            index += 1
            if text[at] not in ",]":
                # a pattern of nothing or more always fits
                at = space(text, at).end()  # type: ignore[union-attr]
            if text[at] == "]":
                return [], at + 1
            if text[at] != ",":
                at = self._expect(",", at)  # fails, and says where
            # as above, it always fits
            at = space(text, at + 1).end()  # type: ignore[union-attr]

    def _expect(self, sign: str, at: int) -> int:
        at = self._skip(at)
        if self.text[at] != sign:
            raise JSONDecodeError(f"{sign!r} is expected", self.text, at)
        return self._skip(at + 1)

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _wrong(self, message: str, at: int) -> UnreadableEvidence:
        line = self.text.count("\n", 0, at) + 1
        return UnreadableEvidence(message, line=line, column=at - self.text.rfind("\n", 0, at))


def _prefixes(path: str) -> list[int]:
    """Where a path can be cut so that what is left is a container on the way to its end."""
    cuts = [0]
    for index, sign in enumerate(path):
        if sign == ".":
            cuts.append(index)
        elif path.startswith("[]", index):
            cuts.extend((index, index + 2))
    return cuts[:-1]


# What readers ask of values that a stranger wrote.


def as_object(value: Json, what: str) -> dict[str, Json]:
    """The value as an object, or `UnreadableEvidence` that names ``what``."""
    if not isinstance(value, dict):
        raise UnreadableEvidence(f"{what} is {_kind(value)}, not an object")
    return value


def as_array(value: Json, what: str) -> list[Json]:
    """The value as an array, or `UnreadableEvidence` that names ``what``."""
    if not isinstance(value, list):
        raise UnreadableEvidence(f"{what} is {_kind(value)}, not an array")
    return value


def as_count(value: Json, what: str) -> int:
    """The value as a number of things: a whole number from 0, also when written as ``3.0``."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnreadableEvidence(f"{what} is {json.dumps(value)[:80]}, not a count")
    return value


def as_number(value: Json) -> float | None:
    """The value as a finite number, also when written as a string; None when it is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def as_text(value: Json, *, limit: int = 1000) -> str:
    """The value when it is a string, shortened; else the empty string."""
    if not isinstance(value, str):
        return ""
    value = value if len(value) <= limit else value[: limit - 1] + "…"
    # JSON can escape half a letter (a lone surrogate), which no file can be written with
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def refuse_other_keys(entry: dict[str, Json], keys: Iterable[str], what: str) -> None:
    """Refuse an object that has not exactly these keys, as what we write ourselves has."""
    wanted = set(keys)
    if missing := sorted(wanted - set(entry)):
        raise UnreadableEvidence(f"{what} has no {missing[0]}")
    if more := sorted(set(entry) - wanted):
        raise UnreadableEvidence(f"{what} has {as_text(more[0], limit=80)}, which this schema does not know")


def objects(value: Json) -> list[dict[str, Json]]:
    """The objects in an array; anything else in it, or no array, gives nothing."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _kind(value: Json) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
