"""The parameters of the `findings` check: typed, their schema, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.checks._breaches import globs_schema
from gatepass.checks._check import Mistake
from gatepass.checks._projects import PARAMETERS as PROJECTS
from gatepass.errors import PolicyError
from gatepass.globs import matches
from gatepass.model.facts import Json
from gatepass.model.policy import Rule
from gatepass.model.scan import Level, Severity

_ORDERED_LEVELS = ("error", "warning", "note")
_ORDERED_SEVERITIES = ("critical", "high", "medium", "low")
_LISTS = ("tools", "forbidden-rules", "ignored-rules", "paths", "excluded-paths")


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of a rule, typed. Limits are by the name of a level or severity."""

    levels: dict[str, int]
    severities: dict[str, int]
    tools: tuple[str, ...]
    forbidden: tuple[str, ...]
    ignored: tuple[str, ...]
    paths: tuple[str, ...]
    excluded: tuple[str, ...]
    new_only: bool
    accept_suppressions: bool


def terms_of(rule: Rule) -> Terms:
    """The terms of a rule that is valid by the schema."""
    given = rule.parameters
    return Terms(
        levels=_limits(given.get("maximum-by-level")),
        severities=_limits(given.get("maximum-by-severity")),
        tools=_texts(given.get("tools")),
        forbidden=_texts(given.get("forbidden-rules")),
        ignored=_texts(given.get("ignored-rules")),
        paths=_texts(given.get("paths")),
        excluded=_texts(given.get("excluded-paths")),
        new_only=given.get("new-only") is True,
        accept_suppressions=given.get("suppressions", "accept") == "accept",
    )


def _limits(value: Json) -> dict[str, int]:
    return (
        {name: int(limit) for name, limit in value.items() if isinstance(limit, int | float)}
        if isinstance(value, dict)
        else {}
    )


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def mistakes(rule: Rule) -> Iterable[Mistake]:
    """Limits that let the worse through, and globs that cannot be read."""
    for key, order in (("maximum-by-level", _ORDERED_LEVELS), ("maximum-by-severity", _ORDERED_SEVERITIES)):
        limits = _limits(rule.parameters.get(key))
        for number, name in enumerate(order):
            open_above = next((worse for worse in order[:number] if worse not in limits), None)
            if name in limits and open_above:
                yield Mistake(
                    f"{key}.{name}",
                    f"{name} is limited, but {open_above}, which is worse, is not",
                    f"write `{open_above}: 0` beside it",
                )
                break
    for key in _LISTS:
        for pattern in _texts(rule.parameters.get(key)):
            try:
                matches("", pattern)
            except PolicyError as error:
                yield Mistake(key, error.message)


def _limits_schema(what: str, names: Iterable[str]) -> Json:
    return {
        "type": "object",
        "description": f"How many results of each {what} are allowed; what is not named is not limited.",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: {
                "type": "integer",
                "minimum": 0,
                "description": f"At most so many results of {what} {name}.",
                "x-stricter": "lower",
            }
            for name in names
        },
    }


PARAMETERS: dict[str, Json] = {
    "properties": {
        "tools": globs_schema(
            "Names of analysers, globs, whatever their case: each must have run and finished, and only their"
            " results count. Absent: every tool in the reports must have finished, and all results count.",
            # not superset: a first entry would narrow what counts
            "equal",
        ),
        **PROJECTS,
        "maximum-by-level": _limits_schema("level", Level),
        "maximum-by-severity": _limits_schema("security severity", Severity),
        "forbidden-rules": globs_schema("Rule ids, globs, of which no result is allowed.", "superset"),
        "ignored-rules": globs_schema("Rule ids, globs, whose results do not count.", "subset"),
        "paths": globs_schema(
            "Only results in these files count, and those without a file or outside the workspace.",
            "equal",
        ),
        "excluded-paths": globs_schema("Results in these files do not count.", "subset"),
        "new-only": {
            "type": "boolean",
            "description": "Only results that are new since the tool's own baseline count. Every result must"
            " then have a baselineState, else the rule cannot be judged.",
            "x-stricter": "false",
        },
        "suppressions": {
            "enum": ["accept", "refuse"],
            "default": "accept",
            "description": "Whether results that the tool itself suppresses are let through. `refuse` counts"
            " them like any other.",
            "x-stricter": "later",
        },
    },
    "anyOf": [
        {"required": ["maximum-by-level"]},
        {"required": ["maximum-by-severity"]},
        {"required": ["forbidden-rules"]},
    ],
}
