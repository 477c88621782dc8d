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
    from yaml import Mark, Node, ScalarNode
    from yaml.nodes import MappingNode

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
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise YamlMistake(
            _in_words(error.problem, error.context), place=_at(name, error.problem_mark)
        ) from None
    except yaml.YAMLError as error:
        raise YamlMistake(f"is not YAML: {error}".splitlines()[0], place=Place(name)) from None
    except RecursionError:
        raise YamlMistake(f"is nested deeper than {MAXIMUM_DEPTH} levels", place=Place(name)) from None
    if root is None:
        raise YamlMistake("is empty", place=Place(name, 1))
    reader = _Reader(name)
    return Document(reader.value(root, "", 0), reader.places)


def _in_words(problem: str | None, context: str | None) -> str:
    if problem and "but found another document" in f"{problem} {context}":
        return "holds more than one YAML document; keep one in each file"
    return f"is not YAML: {problem or context}"


def _at(name: str, mark: Mark | None) -> Place:
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)


class _Reader:
    def __init__(self, name: str) -> None:
        from yaml.resolver import Resolver

        self.name = name
        self.resolver = Resolver()
        self.places: dict[str, Place] = {"": Place(name, 1, 1)}
        self.count = 0

    def value(self, node: Node, path: str, depth: int) -> Json:
        from yaml import ScalarNode
        from yaml.nodes import MappingNode

        self.count += 1
        if self.count > MAXIMUM_VALUES:
            raise self.mistake(node, f"expands to more than {MAXIMUM_VALUES} values; are aliases to blame?")
        if depth > MAXIMUM_DEPTH:
            raise self.mistake(node, f"is nested deeper than {MAXIMUM_DEPTH} levels")
        self.places.setdefault(path, _at(self.name, node.start_mark))
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if isinstance(node, MappingNode):
            return self.mapping(node, path, depth)
        self.refuse_tag(node, "tag:yaml.org,2002:seq")
        return [self.value(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(node.value)]

    def mapping(self, node: MappingNode, path: str, depth: int) -> Json:
        from yaml import ScalarNode

        self.refuse_tag(node, "tag:yaml.org,2002:map")
        made: dict[str, Json] = {}
        for key_node, value_node in node.value:
            key = self.scalar(key_node) if isinstance(key_node, ScalarNode) else None
            if key_node.value == "<<":
                raise self.mistake(key_node, "uses a merge key (<<); write the keys out")
            if not isinstance(key, str):
                raise self.mistake(key_node, "has a key that is not a string; put it in quotes")
            if key in made:
                raise self.mistake(key_node, f"has the key '{key}' twice")
            inner = f"{path}.{key}" if path else key
            self.places[inner] = _at(self.name, key_node.start_mark)
            made[key] = self.value(value_node, inner, depth + 1)
        return made

    def scalar(self, node: ScalarNode) -> Json:
        text = str(node.value)
        if node.style is not None:  # quoted, or a block: always a string
            self.refuse_tag(node, "tag:yaml.org,2002:str")
            return text
        implicit = self.resolver.resolve(type(node), text, (True, False))  # type: ignore[no-untyped-call]
        self.refuse_tag(node, implicit)
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.match(text) and len(text) < 20:
            return int(text)
        if _FLOAT.match(text) and len(text) < 40:
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self.mistake(node, f"holds {text}, which is no finite number")
            return number
        if _AMBIGUOUS.match(text) or _INTEGER.match(text):
            raise self.mistake(
                node, f"holds {text}, which YAML 1.1 and 1.2 read differently; quote it or spell it out"
            )
        return text

    def refuse_tag(self, node: Node, plain: str) -> None:
        if node.tag != plain:
            raise self.mistake(node, f"has the tag {node.tag}; only plain values are read")

    def mistake(self, node: Node, message: str) -> YamlMistake:
        return YamlMistake(message, place=_at(self.name, node.start_mark))
