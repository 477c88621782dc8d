"""sarif-om's objects as SARIF text, which the library cannot write itself.

sarif-om 1.0.4 is older than the final standard and stops at the object model. What its users' serialisers
get wrong is kept right here: ``level`` and ``kind`` are always written, even when they equal the class's
default (a rule's default level would stand in for a missing one); sentinels of -1 and lists of defaults
are not; and a suppression's ``state`` is written as ``status``, its name in the standard (SARIF 2.1.0
section 3.35, https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from gatepass.model.facts import Json
from gatepass.plain import whole, without_commands

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def serialised(log: object, *, indent: int | None = None) -> str:
    """The text of a ``sarif_om.SarifLog``: pure ASCII, ``$schema`` and ``version`` first, no line feed."""
    tree = as_json(log)
    assert isinstance(tree, dict)
    ordered = {"$schema": tree.pop("$schema"), "version": tree.pop("version"), **tree}
    separators = (",", ":") if indent is None else None
    text = json.dumps(ordered, indent=indent, separators=separators, ensure_ascii=True, allow_nan=False)
    return without_commands(text)


def as_json(node: object) -> Json:
    """A node of sarif-om's model, or a plain value in it, as JSON."""
    if isinstance(node, str):
        return whole(node)
    if node is None or isinstance(node, bool | int | float):
        return node
    if isinstance(node, Mapping):
        return {whole(str(key)): as_json(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [as_json(value) for value in node]
    out: dict[str, Json] = {}
    # only attrs classes of sarif-om, which has no types, come here
    for attribute, name, sentinel in _fields(type(node)):  # type: ignore[arg-type]
        value = getattr(node, attribute)
        if value is None or (sentinel and value == -1):
            continue
        out[name] = as_json(value)
    return out


@cache
def _fields(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """Attribute, name in the standard, and whether -1 means "not set", for each property of a class."""
    fields: list[tuple[str, str, bool]] = []
    # what attrs adds to its classes
    for each in kind.__attrs_attrs__:  # type: ignore[attr-defined]
        if hasattr(each.default, "factory"):
            continue  # `contents`, `newlineSequences`: lists of defaults that say nothing
        name = each.metadata["schema_property_name"]
        if kind.__name__ == "Suppression" and name == "state":
            name = "status"
        fields.append((each.name, name, each.default == -1))
    return tuple(fields)
