"""The JSON Schemas of files of overrides, of requests, of broken glass, and of revocations."""

from __future__ import annotations

from typing import Literal, cast

from gatepass.model.facts import Json
from gatepass.policy.dates import DAY_OR_INSTANT, INSTANT
from gatepass.policy.schema import API_VERSION

KIND: Literal["Override"] = "Override"
REQUEST_KIND: Literal["OverrideRequest"] = "OverrideRequest"
BREAK_GLASS_KIND: Literal["BreakGlass"] = "BreakGlass"
REVOCATION_KIND: Literal["OverrideRevocation"] = "OverrideRevocation"

_LIST: dict[str, Json] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1},
}
# Logins and addresses as forges write them. Letters that only look alike, and signs around a name such as
# ``@``, would let a requester pass for somebody else and approve their own override.
_LOGIN: dict[str, Json] = {"type": "string", "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_.+@\[\]-]{0,99}$"}

SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://gatepass.dev/schema/override-v1.json",
    "title": "gatepass override",
    "type": "object",
    "required": [
        *("apiVersion", "kind", "id", "rule", "match", "reason", "justification"),
        *("requested-by", "approved-by", "created", "expires"),
    ],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": KIND},
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
        "rule": {"type": "string", "pattern": r"^[a-z0-9._-]+(/[a-z0-9._-]+)?$"},
        "match": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "anyOf": [
                {"required": [key]}
                for key in ("fingerprints", "paths", "vulnerabilities", "packages", "artifacts", "whole-rule")
            ],
            "properties": {
                "fingerprints": {**_LIST, "items": {"type": "string", "pattern": "^[0-9a-f]{32}$"}},
                "paths": {**_LIST, "description": "Globs of files."},
                "vulnerabilities": {**_LIST, "description": "Ids or aliases."},
                "packages": {**_LIST, "description": "Globs of package names or purls."},
                "artifacts": {**_LIST, "items": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}},
                "whole-rule": {"const": True, "description": "Every violation of the rule."},
                "missing-evidence": {"const": True, "description": "Also that evidence is missing."},
            },
        },
        "reason": {"type": "string", "minLength": 1},
        "justification": {"type": "string", "minLength": 1, "maxLength": 4000},
        "ticket": {"type": "string", "minLength": 1, "maxLength": 200},
        "requested-by": _LOGIN,
        "approved-by": {"type": "array", "minItems": 1, "uniqueItems": True, "items": _LOGIN},
        "created": {"type": "string", "pattern": DAY_OR_INSTANT},
        "expires": {"type": "string", "pattern": DAY_OR_INSTANT},
        "drop-if-fixable": {"type": "boolean"},
    },
}
_PROPERTIES = cast("dict[str, Json]", SCHEMA["properties"])
REQUEST_SCHEMA: dict[str, Json] = {
    **SCHEMA,
    "$id": "https://gatepass.dev/schema/override-request-v1.json",
    "title": "gatepass override request",
    "required": [each for each in cast("list[str]", SCHEMA["required"]) if each != "approved-by"],
    "properties": {
        **{key: value for key, value in _PROPERTIES.items() if key != "approved-by"},
        "kind": {"const": REQUEST_KIND},
    },
}
BREAK_GLASS_SCHEMA: dict[str, Json] = {
    **REQUEST_SCHEMA,
    "$id": "https://gatepass.dev/schema/break-glass-v1.json",
    "title": "gatepass break-glass",
    "required": [
        *("apiVersion", "kind", "id", "rule", "match", "justification", "incident", "requested-by"),
        *("created", "expires"),
    ],
    "properties": {
        **{
            key: value
            for key, value in _PROPERTIES.items()
            if key not in ("approved-by", "reason", "drop-if-fixable")
        },
        "kind": {"const": BREAK_GLASS_KIND},
        "incident": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}$"},
        "created": {"type": "string", "pattern": INSTANT},
        "expires": {"type": "string", "pattern": INSTANT},
    },
}
REVOCATION_SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://gatepass.dev/schema/override-revocation-v1.json",
    "title": "gatepass override revocation",
    "type": "object",
    "required": ["apiVersion", "kind", "override", "decision", "by", "reason", "at"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": REVOCATION_KIND},
        "override": _PROPERTIES["id"],
        "decision": {"enum": ["revoked", "rejected"]},
        "by": _LOGIN,
        "reason": {"type": "string", "minLength": 1, "maxLength": 4000},
        "at": {"type": "string", "pattern": DAY_OR_INSTANT},
    },
}
SCHEMAS: dict[str, dict[str, Json]] = {
    KIND: SCHEMA,
    REQUEST_KIND: REQUEST_SCHEMA,
    BREAK_GLASS_KIND: BREAK_GLASS_SCHEMA,
    REVOCATION_KIND: REVOCATION_SCHEMA,
}
