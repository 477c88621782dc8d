"""One form for files of policies, overrides and options, so that a change shows what it changes.

    text ─ strict_yaml ─ nodes with their places ─ lines ─ strict_yaml, comments: the same? ─ text

Keys stand in the order of the schema, two spaces deeper at each level; words that some YAML takes for
something else are quoted; lines end with a line feed and no spaces. Comments travel with what they stand
above or behind. Quotes, blocks, folds and how a list is written stay as they are.

What comes out is read again before anybody gets it: it has the same value and the same comments, or it is
refused. Why there is no library for this: docs/decisions/0010-a-formatter-of-our-own.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from gatepass.errors import PolicyError
from gatepass.model.place import Place
from gatepass.policy._layout import Layout, Unformattable
from gatepass.policy._written import comments_of, nodes_of
from gatepass.policy.key_order import KINDS, Schema, schema_of
from gatepass.strict_yaml import YamlMistake, parse

# YAML 1.1 ends a line at these, YAML 1.2 does not
_OTHER_LINE_ENDS = ("\x85", "\u2028", "\u2029")


def formatted(data: bytes, name: str, others: Mapping[str, Schema] = MappingProxyType({})) -> bytes:
    """The bytes of a file called ``name`` in the one form; ``others`` are schemas of further kinds of files.

    Raises `PolicyError` with the place when it is not YAML as gatepass reads it, is of no known kind, or is
    written in a way that cannot be formatted without changing what it says.
    """
    before = _read(data, name)
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    if any(each in text for each in _OTHER_LINE_ENDS):
        raise PolicyError("has line ends that not every YAML takes for such", place=Place(name))
    root = nodes_of(text)
    schema = schema_of(root, others)
    if schema is None:
        raise PolicyError(
            "is no file of gatepass: it has no kind that is known",
            place=Place(name),
            hint=f"kind: {', '.join([*KINDS, *others])}",
        )
    try:
        made = Layout.of(text, name, root).document(root, schema)
    except Unformattable as error:
        raise PolicyError(f"is left alone: {error}", place=error.place) from None
    same = _read(made.encode(), name) == before
    if not same or Counter(comments_of(made)) != Counter(comments_of(text)):
        lost = "a comment" if same else "its meaning"
        raise PolicyError(
            f"is left alone: formatted, {lost} would not be the same",
            place=Place(name),
            hint="mend what is unusual in it by hand, such as a last line without its end",
        )
    return made.encode()


def _read(data: bytes, name: str) -> object:
    try:
        return parse(data, name).value
    except YamlMistake as mistake:
        raise PolicyError(mistake.message, place=mistake.place) from None
