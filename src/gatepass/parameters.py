"""A check's own keys, read out of its JSON Schema: for explanations and for the reference pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatepass.model.facts import Json

Schema = Mapping[str, Json]

DIRECTIONS: Mapping[str, str] = {
    "higher": "higher",
    "lower": "lower",
    "superset": "more entries",
    "subset": "fewer entries",
    "true": "true",
    "false": "false",
    "later": "a later one",
    "equal": "cannot be changed",
}
_TYPES = {
    "object": "mapping",
    "array": "list",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A key at a path (``minimum.lines``, ``paths[].match``, ``conditions.*.minimum``).

    ``type`` is in words. ``default`` is JSON text, None when there is none. ``stricter`` is a key of
    `DIRECTIONS`; None for a mapping, whose members have each their own.
    """

    path: str
    type: str
    description: str
    default: str | None = None
    stricter: str | None = None


def parameters_of(schema: Schema, prefix: str = "") -> Iterator[Parameter]:
    """All keys that a schema describes, each before those inside it."""
    for name, inner in members(schema):
        path = f"{prefix}{name}"
        yield _parameter(path, inner)
        yield from parameters_of(inner, f"{path}.")
        elements = inner.get("items")
        # one group or a list of such groups: what is in it is told once
        if isinstance(elements, dict) and "properties" not in inner:
            yield from parameters_of(elements, f"{path}[].")


def members(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The named members of a mapping and their schemas; ``*`` stands for any other name."""
    named = schema.get("properties")
    if isinstance(named, dict):
        yield from ((name, inner) for name, inner in named.items() if isinstance(inner, dict))
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield "*", more


def below(schema: Schema, name: str) -> Schema:
    """The schema of one member of a mapping; empty when it is described nowhere."""
    known = dict(members(schema))
    return known.get(name) or known.get("*") or {}


def shown(value: Json) -> str:
    """A value in one line, as YAML would take it."""
    return json.dumps(value, ensure_ascii=False)


def _parameter(path: str, schema: Schema) -> Parameter:
    stricter = schema.get("x-stricter")
    return Parameter(
        path=path,
        type=_type(schema),
        description=str(schema.get("description", "")),
        default=shown(schema["default"]) if "default" in schema else None,
        stricter=str(stricter) if stricter is not None else None,
    )


def _type(schema: Schema) -> str:
    """``whole number, at least 1``; ``list of `author`, `bots```; ``number or `A`, `B```."""
    words = schema.get("enum")
    if isinstance(words, list):
        return ", ".join(f"`{word if isinstance(word, str) else shown(word)}`" for word in words)
    choices = schema.get("anyOf")
    kinds = schema.get("type")
    if kinds is None and isinstance(choices, list):
        return " or ".join(_type(each) for each in choices if isinstance(each, dict))
    names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else ["mapping"]
    said = " or ".join(_TYPES.get(str(name), str(name)) for name in names)
    elements = schema.get("items")
    if kinds == "array" and isinstance(elements, dict):
        return f"list of {_elements(elements)}"
    return said + _bounds(schema)


def _elements(schema: Schema) -> str:
    if "enum" in schema:
        return _type(schema)
    return {"string": "texts", "object": "mappings"}.get(str(schema.get("type")), "values")


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    if least is not None:
        return f", at least {least}"
    if most is not None:
        return f", at most {most}"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and pattern.endswith("%$"):
        return " such as `5%`"
    return ""
