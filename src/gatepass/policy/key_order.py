"""In which order keys stand: that of the schema, so that a file reads like its reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from gatepass.model.facts import Json
from gatepass.policy._override_schema import SCHEMAS
from gatepass.policy._test_schema import SCHEMA as TEST_SCHEMA
from gatepass.policy._written import Node
from gatepass.policy.schema import COMMON_RULE_KEYS, check_called, is_check, policy_schema

Schema = Mapping[str, Json]
KINDS = ("Policy", "PolicyTest", *SCHEMAS)
UNKNOWN: Schema = {}

_FIRST = ("id", "title", "check")


def schema_of(root: Node, others: Mapping[str, Schema]) -> Schema | None:
    """The schema of the kind of file that a text is, one of ``KINDS`` or of the ``others``; else None."""
    kind = root.value_of("kind")
    match kind.text if kind else "":
        case "Policy":
            return policy_schema(of=())  # `item` asks the check that a rule names
        case "PolicyTest":
            return TEST_SCHEMA
        case other:
            return SCHEMAS.get(other, others.get(other))


def rank(schema: Schema) -> dict[str, int]:
    """The place of each key that a schema knows."""
    return {key: number for number, key in enumerate(_properties(schema))}


def below(schema: Schema, key: str) -> Schema:
    """The schema of the value of a key."""
    return _schema(_properties(schema).get(key, schema.get("additionalProperties")))


def item(schema: Schema, node: Node) -> Schema:
    """The schema of an item of a list: of a rule that of its kind."""
    found = _schema(schema.get("items"))
    return _rule(node) if "allOf" in found else found


def _rule(node: Node) -> Schema:
    named = node.value_of("check")
    own = _properties(check_called(named.text).parameters) if named and is_check(named.text) else {}
    order = [*_FIRST, *own, *COMMON_RULE_KEYS]
    return {"properties": {key: own.get(key, COMMON_RULE_KEYS.get(key)) for key in dict.fromkeys(order)}}


def _properties(schema: Schema) -> Mapping[str, Json]:
    if "properties" in schema:
        return cast("Mapping[str, Json]", schema["properties"])
    for word in ("oneOf", "anyOf"):
        choices = schema.get(word)
        for each in choices if isinstance(choices, list) else ():
            if isinstance(each, dict) and "properties" in each:
                return _properties(each)
    return {}


def _schema(value: Json) -> Schema:
    return value if isinstance(value, dict) else UNKNOWN
