"""Override files: one approved, expiring exception in each.

```yaml
apiVersion: gatepass/v1
kind: Override
id: OVR-2026-014
rule: release/snyk                 # a rule's id, or policy/id
match:                             # everything that is written must fit
  vulnerabilities: [SNYK-JS-LODASH-590103]
  packages: [lodash]
reason: risk-accepted              # from the list that the policy allows
justification: Not reachable; the upgrade breaks the payment form.
ticket: SEC-123
requested-by: alice
approved-by: [dana]
created: 2026-11-01
expires: 2026-12-01                # the end of that day, UTC
drop-if-fixable: true
```

A request has the same fields but ``approved-by``, and ``kind: OverrideRequest``: it lets nothing through. It
becomes an override when whoever approves it sets ``kind: Override`` and ``approved-by``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from gatepass.errors import OverrideError
from gatepass.model.facts import Json
from gatepass.model.override import Match, Override
from gatepass.model.place import Place
from gatepass.policy._dates import DAY_OR_INSTANT, first_instant, instant_after
from gatepass.policy._mistakes import mistakes
from gatepass.policy.schema import API_VERSION
from gatepass.strict_yaml import Document, YamlMistake, parse

KIND: Literal["Override"] = "Override"
REQUEST_KIND: Literal["OverrideRequest"] = "OverrideRequest"

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


def load(references: Sequence[str], root: Path) -> tuple[Override, ...]:
    """The overrides and requests in files and folders (``*.yaml``, to any depth), in order of their ids.

    Raises `OverrideError` with the place: a broken override is not skipped, since nobody could tell which
    finding it was meant for.
    """
    return tuple(load_with_paths(references, root))


def load_with_paths(references: Sequence[str], root: Path) -> dict[Override, Path]:
    """As `load`, each with the path of its file."""
    found: dict[str, tuple[Override, Path]] = {}
    for path in [path for reference in references for path in _files(reference, root)]:
        override = load_file(path, _name(path, root))
        if override.id in found:
            raise OverrideError(
                f"the id {override.id} is taken by {found[override.id][0].place.path}", place=override.place
            )
        found[override.id] = override, path
    return dict(found[each] for each in sorted(found))


def load_file(path: Path, name: str) -> Override:
    """The override or the request in one file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OverrideError(f"cannot be read: {error.strerror}", place=Place(name)) from None
    return read(data, name)


def read(data: bytes, name: str) -> Override:
    """The override or the request in the bytes of a file called ``name``."""
    try:
        document = parse(data, name)
    except YamlMistake as mistake:
        raise OverrideError(mistake.message, place=mistake.place) from None
    value = document.value
    requested = isinstance(value, dict) and value.get("kind") == REQUEST_KIND
    wrong = mistakes(document, REQUEST_SCHEMA if requested else SCHEMA)
    if wrong:
        place, message = wrong[0]
        approved = requested and isinstance(value, dict) and "approved-by" in value
        hint = "whoever approves sets kind: Override, too" if approved else "docs/overrides.md shows the form"
        raise OverrideError(message, place=place, hint=hint)
    return _override(document, hashlib.sha256(data).hexdigest())


def _files(reference: str, root: Path) -> list[Path]:
    path = root / reference
    if path.is_dir():
        return sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
    if not path.is_file():
        raise OverrideError(f"there is no override {reference}", hint="give a file or a folder of them")
    return [path]


def _name(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _override(document: Document, sha256: str) -> Override:
    value = cast("dict[str, Json]", document.value)
    match = cast("dict[str, Json]", value["match"])
    try:
        created = first_instant(str(value["created"]))
        expires = instant_after(str(value["expires"]))
    except ValueError as error:
        raise OverrideError(str(error), place=document.place("expires")) from None
    if expires <= created:
        raise OverrideError("expires before it was created", place=document.place("expires"))
    return Override(
        id=str(value["id"]),
        rule=str(value["rule"]),
        match=Match(
            fingerprints=_strings(match.get("fingerprints")),
            paths=_strings(match.get("paths")),
            vulnerabilities=_strings(match.get("vulnerabilities")),
            packages=_strings(match.get("packages")),
            artifacts=_strings(match.get("artifacts")),
            whole_rule=bool(match.get("whole-rule", False)),
            missing_evidence=bool(match.get("missing-evidence", False)),
        ),
        reason=str(value["reason"]),
        justification=str(value["justification"]),
        requested_by=str(value["requested-by"]),
        approved_by=_strings(value.get("approved-by")),
        created=created,
        expires=expires,
        place=document.place("id"),
        sha256=sha256,
        ticket=cast("str | None", value.get("ticket")),
        drop_if_fixable=bool(value.get("drop-if-fixable", False)),
    )


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
