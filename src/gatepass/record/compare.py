"""Whether two predicates say the same: a record, and what an evaluation of the same evidence says today."""

from __future__ import annotations

import json

from gatepass.model.facts import Json
from gatepass.record.signed_json import Object

NOT_COMPARED = ("gate", "outputs", "relaxations", "unsigned")
_NAMES = (("policy", "id"), ("fingerprint",), ("id",), ("name",), ("role", "login"))
_LONGEST = 80


def differences(before: Object, after: Object) -> tuple[str, ...]:
    """Lines for people, one a difference, in the order of their place; empty when the two agree.

    Not compared is what no evaluation decides: the gate's version, the files it wrote, the flags it ran
    with. Lists are compared entry by entry, found by their names, so that an order does not matter where
    entries have names.
    """
    lines: list[str] = []
    _compare("", _without(before), _without(after), lines)
    return tuple(lines)


def _without(predicate: Object) -> Object:
    return {name: value for name, value in predicate.items() if name not in NOT_COMPARED}


def _compare(place: str, before: Json, after: Json, lines: list[str]) -> None:
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_name(before), _by_name(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            inner = f"{place} › {name}" if place else name
            if name not in after:
                lines.append(f"{inner}: {_shown(before[name])} is gone")
            elif name not in before:
                lines.append(f"{inner}: {_shown(after[name])} is new")
            else:
                _compare(inner, before[name], after[name], lines)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        lines.append(f"{place}: {_shown(before)} is now {_shown(after)}")


def _by_name(values: list[Json]) -> Object:
    """A list as an object: by the names of its entries, and by number where names repeat or are wanting."""
    found: Object = {}
    for value in values:
        name = wanted = _name(value)
        number = 2
        while name in found:
            name, number = f"{wanted} #{number}", number + 1
        found[name] = value
    return found


def _name(value: Json) -> str:
    if not isinstance(value, dict):
        return _shown(value)
    for fields in _NAMES:
        if all(field in value for field in fields):
            return "/".join(str(value[field]) for field in fields)
    return "#1"


def _shown(value: Json) -> str:
    if isinstance(value, dict) and "message" in value:
        value = value["message"]
    shown = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
