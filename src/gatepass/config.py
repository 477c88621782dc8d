"""``gatepass.yaml``: what would otherwise be long arguments. The command line wins.

What makes a decision worth less (``unsafe-unsigned``, ``exit-zero``, ``now``, ``build``) cannot stand here:
it must be seen in the pipeline's own definition. A change may write it as it writes code: what it names is
written in the workspace and nowhere else, and beside policies that are not of the workspace it is not read
(`gatepass.cli._settings`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import cast

from gatepass.errors import UsageError
from gatepass.model.facts import Json
from gatepass.policy.mistakes import mistakes
from gatepass.strict_yaml import YamlMistake, parse

NAME = "gatepass.yaml"
_WEAKENING = ("unsafe-unsigned", "exit-zero", "now", "build")

_STRINGS: dict[str, Json] = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
_MAPPING: dict[str, Json] = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}

SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://gatepass.dev/schema/config-v1.json",
    "title": "gatepass configuration",
    "type": "object",
    "required": ["apiVersion", "kind"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "gatepass/v1"},
        "kind": {"const": "Config"},
        "policies": {**_STRINGS, "description": "As --policy."},
        "evidence": {**_STRINGS, "description": "As --evidence: paths and globs."},
        "facts": {**_MAPPING, "description": "As --fact: a name and the file."},
        "overrides": {**_STRINGS, "description": "As --overrides: files and folders."},
        "collect": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": _MAPPING,
            "description": "As --collect: collectors with their options.",
        },
        "identity": {"enum": ["wanted", "required"], "description": "As --identity."},
        "artifacts": {**_STRINGS, "description": "As --artifact."},
        "reports": {**_MAPPING, "description": "As --report: a format and the path, - for standard output."},
        "announce": {"type": "boolean", "description": "As --announce: whether the platform is told."},
        "record": {"type": "string", "minLength": 1, "description": "As --record."},
        "key": {"type": "string", "minLength": 1, "description": "As --key; never the key itself."},
    },
}


def read(path: Path, *, required: bool) -> Mapping[str, Json]:
    """The configuration in a file; empty when it is not there and need not be. Raises `UsageError`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if required:
            raise UsageError(f"there is no configuration {path}") from None
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    try:
        document = parse(data, path.name)
    except YamlMistake as mistake:
        raise UsageError(mistake.message, place=mistake.place) from None
    for key in document.value if isinstance(document.value, dict) else ():
        if key in _WEAKENING:
            raise UsageError(
                f"the file has no '{key}'",
                place=document.place(key),
                hint=f"give --{key} on the command line: what weakens a decision stands in the pipeline",
            )
    wrong = mistakes(document, SCHEMA)
    if wrong:
        place, message = wrong[0]
        raise UsageError(message, place=place)
    settings = cast("Mapping[str, Json]", document.value)
    for where, name in _written(settings):
        if _leaves(name):
            raise UsageError(
                f"{where} is {name!r}, and a configuration names files in the workspace alone",
                place=document.place(where),
                hint="name a file elsewhere on the command line (--report, --record)",
            )
    return settings


def _written(settings: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """What the gate is to write, by where the configuration says it."""
    reports = settings.get("reports")
    for name, path in reports.items() if isinstance(reports, dict) else ():
        yield f"reports.{name}", str(path)
    if (record := settings.get("record")) is not None:
        yield "record", str(record)


def _leaves(name: str) -> bool:
    """Whether a path is not plainly one below the workspace, on any system."""
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or name.startswith("/") or ".." in windows.parts
