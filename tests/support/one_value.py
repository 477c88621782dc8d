"""One value of a document changed, in every way that a server might: deleted, another, empty, earlier, …

A change has a name (``flipped``); a place is where it was made, without numbers (``approved_by[].user.id``),
so that what is allowed to be said can be written down for all entries of a list at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_BORROWED = 8
_DAYS = (-400, -1, 1, 400)
Known = Mapping[str, tuple[Any, ...]]
"""Values by the key under which they were seen: what a server says there elsewhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """A document with one value changed: ``place`` and ``name`` say what was done, ``text`` writes it."""

    place: str
    name: str
    text: Callable[[], str]


def changes(text: str, known: Known) -> Iterator[Change]:
    """Every change of a document; JSON by its values, XML by its signs, anything else by its lines."""
    try:
        document = json.loads(text)
    except ValueError:
        yield from _of_xml(text) if text.lstrip().startswith("<") else _of_lines(text)
    else:
        yield from _of_json(document, known)


def seen(texts: Iterator[str]) -> Known:
    """What stands under each key in some documents of JSON; the first few of each."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        try:
            document = json.loads(text)
        except ValueError:
            continue
        for path in _paths(document):
            value = _at(document, path)
            values = found.setdefault(_key(path), {})
            if len(values) < _BORROWED and not isinstance(value, list | dict):
                values.setdefault(json.dumps(value), value)
    return {key: tuple(values.values()) for key, values in found.items()}


# JSON


def _of_json(document: Any, known: Known) -> Iterator[Change]:
    for path in _paths(document):
        place = _place(path)
        value = _at(document, path)
        told = {json.dumps(value)}
        for name, other in _others(value, known.get(_key(path), ())):
            if (written := json.dumps(other)) not in told:
                told.add(written)
                yield Change(place, name, partial(_written, document, path, lambda _, other=other: [other]))
        if path:
            yield Change(place, "deleted", partial(_written, document, path, lambda _: []))
            if isinstance(path[-1], int):
                yield Change(place, "twice", partial(_written, document, path, lambda old: [old, old]))


def _written(document: Any, path: tuple[str | int, ...], make: Callable[[Any], list[Any]]) -> str:
    return json.dumps(_put(document, path, make))


def _others(value: Any, elsewhere: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Other values in the place of one, each with the name of what was done."""
    yield "null", None
    match value:
        case bool():
            yield "flipped", not value
        case int() | float():
            for name, other in (("zero", 0), ("one", 1), ("less", value - 1), ("more", value + 1)):
                yield name, other
            yield from (("negative", -value), ("huge", 10**20), ("as text", str(value)), ("fraction", 0.5))
        case str():
            yield from _other_texts(value)
        case list():
            yield from (("emptied", []), ("reversed", value[::-1]), ("doubled", value + value))
            yield from (("as object", dict(enumerate(value))), ("within a list", [value]))
        case dict():
            yield from (("emptied", {}), ("within a list", [value]))
            yield "with odd keys", {key.upper(): each for key, each in value.items()}
    for other in ("x", "", 0, 1, -1, True, False, [], {}, [None]):
        if type(other) is not type(value):
            yield f"another type ({json.dumps(other)})", other
    for other in elsewhere if not isinstance(value, list | dict) else ():
        yield "borrowed", other


def _other_texts(value: str) -> Iterator[tuple[str, str]]:
    yield from (("emptied", ""), ("other case", value.swapcase()), ("padded", f" {value} "))
    yield from (("shorter", value[:-1]), ("longer", f"{value}x"), ("half a letter", f"{value}\ud800"))
    yield from (("another", _another(value)), ("blank", " "), ("with a zero", f"{value}\0"))
    if value.strip().isdecimal():
        yield from (("zero", "0"), ("more", str(int(value) + 1)), ("negative", f"-{value}"))
        yield from (("fraction", f"{value}.5"), ("not a number", "NaN"), ("endless", "1e999"))
    if _INSTANT.fullmatch(value):
        for days in _DAYS:
            yield ("earlier" if days < 0 else "later"), _moved(value, days)
        yield "no date", "0000-00-00T00:00:00Z"


def _another(value: str) -> str:
    """The text with its last letter or digit another one: an id of somebody else."""
    for at in range(len(value) - 1, -1, -1):
        if value[at].isalnum():
            return value[:at] + ("1" if value[at] != "1" else "2") + value[at + 1 :]
    return f"{value}1"


def _moved(value: str, days: int) -> str:
    year = datetime.fromisoformat(value[:10]) + timedelta(days=days)
    return f"{year:%Y-%m-%d}{value[10:]}"


def _paths(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from _paths(inner, (*here, key))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for each in path:
        value = value[each]
    return value


def _put(value: Any, path: tuple[str | int, ...], make: Callable[[Any], list[Any]]) -> Any:
    """The document with what ``make`` says (nothing, one value, two) in the place of one value."""
    if not path:
        return make(value)[0]
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        made = make(value[first]) if not rest else [_put(value[first], rest, make)]
        return [*value[:first], *made, *value[first + 1 :]]
    if rest:
        return {**value, first: _put(value[first], rest, make)}
    made = make(value[first])
    return {key: made[0] if key == first else old for key, old in value.items() if made or key != first}


def _place(path: tuple[str | int, ...]) -> str:
    return "".join("[]" if isinstance(each, int) else f".{each}" for each in path).lstrip(".")


def _key(path: tuple[str | int, ...]) -> str:
    """The last two names of a path: an ``id`` under ``user`` is another one than under ``project``."""
    return ".".join([each for each in path if isinstance(each, str)][-2:])


# XML and lines

_SIGN = re.compile(r"<[^!?>][^>]*>")
_ATTRIBUTE = re.compile(r'\s([\w:.-]+)="([^"]*)"')
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def _of_xml(text: str) -> Iterator[Change]:
    """Attributes changed, elements left out or written twice, texts taken away."""
    for sign in _SIGN.finditer(text):
        name = re.split(r"[\s/>]", sign[0].strip("</"), maxsplit=1)[0]
        for found in _ATTRIBUTE.finditer(text, *sign.span()):
            place = f"{name}@{found[1]}"
            yield Change(place, "deleted", partial(_cut, text, found.span(), ""))
            for how, other in _other_words(found[2]):
                yield Change(place, how, partial(_cut, text, found.span(2), other))
        if sign[0].startswith("</"):
            continue
        span = (sign.start(), _end_of(text, sign, name))
        whole = text[slice(*span)]
        renamed = re.sub(rf"^<{re.escape(name)}", f"<{name}x", whole)
        renamed = re.sub(rf"</{re.escape(name)}>$", f"</{name}x>", renamed)
        yield Change(name, "deleted", partial(_cut, text, span, ""))
        yield Change(name, "twice", partial(_cut, text, span, whole * 2))
        yield Change(name, "renamed", partial(_cut, text, span, renamed))
        if not sign[0].endswith("/>"):
            yield Change(name, "emptied", partial(_cut, text, span, sign[0][:-1] + "/>"))


def _cut(text: str, span: tuple[int, int], other: str) -> str:
    return text[: span[0]] + other + text[span[1] :]


def _end_of(text: str, sign: re.Match[str], name: str) -> int:
    """Where the element that begins with a sign ends."""
    if sign[0].endswith("/>"):
        return sign.end()
    depth = 0
    for each in re.finditer(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]*?(/?)>", text[sign.start() :]):
        depth += -1 if each[1] else 0 if each[2] else 1
        if depth == 0:
            return sign.start() + each.end()
    return len(text)


def _of_lines(text: str) -> Iterator[Change]:
    """Lines left out, doubled and cut; each number another one."""
    lines = text.splitlines(keepends=True)
    for at, line in enumerate(lines):
        place = re.split(r"[:=\s]", line.strip(), maxsplit=1)[0][:30] or "blank"

        def put(*other: str, at: int = at) -> Callable[[], str]:
            return partial("".join, [*lines[:at], *other, *lines[at + 1 :]])

        yield Change(place, "deleted", put())
        yield Change(place, "twice", put(line, line))
        yield Change(place, "cut", put(line[: len(line) // 2] + "\n"))
        yield Change(place, "other case", put(line.swapcase()))
        yield Change(place, "padded", put(f" {line}"))
        yield Change(place, "the rest is gone", partial("".join, lines[:at]))
        for number in _NUMBER.finditer(line):
            for how, other in _other_words(number[0]):
                yield Change(place, how, put(_cut(line, number.span(), other)))


def _other_words(value: str) -> Iterator[tuple[str, str]]:
    yield from (("emptied", ""), ("another", _another(value)), ("other case", value.swapcase()))
    yield from (("padded", f" {value} "), ("longer", f"{value}x"))
    if _NUMBER.fullmatch(value):
        yield from (("zero", "0"), ("one", "1"), ("negative", f"-{value}"), ("huge", "9" * 20))
        yield from (("more", str(int(float(value)) + 1)), ("less", str(int(float(value)) - 1)))
        yield from (("not a number", "NaN"), ("endless", "1e999"), ("exact", f"{value}.0"))
