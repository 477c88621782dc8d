"""The head of a report: enough to recognise its format by, and no more."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

HEAD_BYTES = 128 << 10

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_encoding(data: bytes) -> str:
    """The encoding that a byte order mark announces, else UTF-8."""
    return next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")


@dataclass(frozen=True, slots=True)
class XmlHead:
    """The root element without its prefix, its attributes, and the names of elements near the top.

    ``children`` are the names of the root's children that were seen, ``namespace`` is the root's.
    """

    root: str = ""
    namespace: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JsonHead:
    """The outline of a JSON document as far as it was seen.

    ``shape`` is ``object``, ``array`` or ``scalar``. ``paths`` are key paths down to six levels, with
    ``[]`` for the elements of an array: ``runs[].tool.driver``. ``values`` are the strings and numbers
    (as text) at paths of the first element, shortened to 200 characters.
    """

    shape: str = ""
    paths: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)

    def has(self, *paths: str) -> bool:
        """Whether every one of the paths was seen."""
        return all(path in self.paths for path in paths)

    def has_any(self, *paths: str) -> bool:
        """Whether at least one of the paths was seen."""
        return any(path in self.paths for path in paths)


@dataclass(frozen=True)
class Head:
    """The first 128 KiB of a file; ``complete`` tells that this is all of it."""

    data: bytes
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """The head as text; what cannot be decoded is replaced."""
        return self.data.decode(text_encoding(self.data), errors="replace").lstrip("\ufeff")

    @cached_property
    def is_empty(self) -> bool:
        """Whether there is nothing but white space."""
        return not self.text.strip()

    @cached_property
    def xml(self) -> XmlHead | None:
        """The XML outline, or None when this is no XML."""
        return _xml_head(self.data) if self.text.lstrip().startswith("<") else None

    @cached_property
    def json(self) -> JsonHead | None:
        """The JSON outline, or None when this is no JSON object or array."""
        start = self.text.lstrip()[:1]
        return _json_head(self.text) if start in ("{", "[") else None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The first hundred lines that are not blank, without white space around them."""
        return tuple(line for line in map(str.strip, self.text[:65536].splitlines()) if line)[:100]


class _Enough(Exception):  # noqa: N818  (a signal, not an error)
    pass


def _xml_head(data: bytes) -> XmlHead | None:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    depth = 0
    children: set[str] = set()
    root: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0:
            root.append((tag, attributes))
        elif depth == 1:
            children.add(tag.rpartition(":")[2])
            if len(children) > 200:
                raise _Enough
        depth += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise _Enough

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse
    # recognition uses what was seen so far; the reader reports what is wrong
    with suppress(expat.ExpatError, _Enough, ValueError, LookupError):
        parser.Parse(data, False)
    if not root:
        return None
    tag, attributes = root[0]
    prefix, _, name = tag.rpartition(":")
    namespace = attributes.get(f"xmlns:{prefix}" if prefix else "xmlns", "")
    return XmlHead(name, namespace, attributes, frozenset(children))


_TOKEN = re.compile(
    r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*:)?'  # a string, a key when a colon follows
    r"|([\[{])|([\]}])|(-?[0-9][0-9.eE+-]*|true|false|null)"
    r'|".*',  # a string that is cut off: to look for others within it takes for ever
    re.DOTALL,
)
_DEEPEST = 6
_LONGEST_KEY = 200


def _json_head(text: str) -> JsonHead:
    paths: set[str] = set()
    values: dict[str, str] = {}
    stack: list[str] = []  # the path of each open object or array
    key = ""
    shape = ""
    for string, colon, opened, closed, scalar in _TOKEN.findall(text):
        if colon:
            if 0 < len(stack) <= _DEEPEST:
                name = string[:_LONGEST_KEY]
                key = f"{stack[-1]}.{name}" if stack[-1] else name
                paths.add(key)
            continue
        if opened:
            shape = shape or ("object" if opened == "{" else "array")
            # in an array, the key is the path of the array itself; too deep to be looked at, it must not grow
            here = key if 0 < len(stack) <= _DEEPEST else ""
            stack.append(here if opened == "{" else f"{here}[]")
            key = stack[-1]
        elif closed:
            if stack:
                stack.pop()
            if not stack:
                break
            key = stack[-1]
        elif stack and len(stack) <= _DEEPEST:
            values.setdefault(key, (string or scalar)[:200])
    return JsonHead(shape, frozenset(paths), values)
