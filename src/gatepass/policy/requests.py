"""Requests for overrides as files: an id that is free, and the text of the file.

What is written is YAML that every reader takes alike: a text that any YAML might read as something else
stands in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from gatepass.model.facts import Json

_PLAIN = re.compile(r"(?:[A-Za-z][A-Za-z0-9_./+-]*|\d{4}-\d{2}-\d{2})\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_HEAD = """\
# Nobody has approved this yet. Whoever does signs it as it stands (gatepass override approve), or, where the
# policy takes a name in the file, sets kind: Override and adds approved-by: [LOGIN].
"""


def next_id(taken: Iterable[str], year: int, prefix: str = "OVR") -> str:
    """``OVR-2026-015`` where the highest that is taken in that year is ``OVR-2026-014``."""
    numbers = (re.match(rf"{prefix}-{year:04}-([0-9]{{1,9}})\Z", each) for each in taken)
    highest = max((int(match[1]) for match in numbers if match), default=0)
    return f"{prefix}-{year:04}-{highest + 1:03}"


def text_of(fields: Mapping[str, Json]) -> str:
    """The text of a request with these fields, in their order."""
    return _HEAD + plain_text_of(fields)


def plain_text_of(fields: Mapping[str, Json]) -> str:
    """The text of a file with these fields and nothing else."""
    return "".join(f"{line}\n" for line in _lines(fields, ""))


def _lines(fields: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, value in fields.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{key}: {_value(value)}"


def _value(value: Json) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, str):
        return value if _PLAIN.match(value) and value.casefold() not in _WORDS else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """In double quotes; what nobody could see is written out."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in shown)
