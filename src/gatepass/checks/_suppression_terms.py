"""The parameters of the `suppressions` check: typed, their schema, and what it cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.checks._breaches import globs, globs_schema
from gatepass.checks._check import Mistake
from gatepass.errors import PolicyError
from gatepass.globs import matches
from gatepass.model.facts import Json
from gatepass.model.policy import Rule

_LISTS = ("scanners", "allowed-rules", "allowed-paths", "forbidden-rules")
_ASKING = ("maximum", "no-new", "require", "ticket", "maximum-days", "forbidden-rules")


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of a rule, typed."""

    maximum: int | None
    maximum_days: int | None
    no_new: bool
    new_only: bool
    require: tuple[str, ...]
    ticket: re.Pattern[str] | None
    scanners: tuple[str, ...]
    allowed_rules: tuple[str, ...]
    allowed_paths: tuple[str, ...]
    forbidden: tuple[str, ...]


def terms_of(rule: Rule) -> Terms:
    """The terms of a rule that is valid by the schema."""
    given = rule.parameters
    ticket = given.get("ticket")
    return Terms(
        maximum=_number(given.get("maximum")),
        maximum_days=_number(given.get("maximum-days")),
        no_new=given.get("no-new") is True,
        new_only=given.get("new-only") is True,
        require=globs(given.get("require")),
        ticket=re.compile(ticket) if isinstance(ticket, str) else None,
        scanners=globs(given.get("scanners")),
        allowed_rules=globs(given.get("allowed-rules")),
        allowed_paths=globs(given.get("allowed-paths")),
        forbidden=globs(given.get("forbidden-rules")),
    )


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mistakes(rule: Rule) -> Iterable[Mistake]:
    """Globs and an expression that cannot be read, and a rule that asks for nothing."""
    if rule.parameters.get("no-new") is False and not any(
        key in rule.parameters for key in _ASKING if key != "no-new"
    ):
        yield Mistake("no-new", "asks for nothing when it is false", "no-new: true, or a maximum")
    for key in _LISTS:
        for pattern in globs(rule.parameters.get(key)):
            try:
                matches("", pattern)
            except PolicyError as error:
                yield Mistake(key, error.message)
    ticket = rule.parameters.get("ticket")
    try:
        if isinstance(ticket, str) and re.compile(ticket).search(""):
            yield Mistake("ticket", f"'{ticket}' is found in every text, so it asks for nothing")
    except re.error as error:
        yield Mistake("ticket", f"'{ticket}' is no regular expression: {error.msg}")


PARAMETERS: dict[str, Json] = {
    "properties": {
        "maximum": {
            "type": "integer",
            "minimum": 0,
            "description": "How many suppressions may stand; when there are more, each of them is found.",
            "x-stricter": "lower",
        },
        "no-new": {
            "type": "boolean",
            "default": False,
            "description": "Whether suppressions on lines that this change adds are refused.",
            "x-stricter": "true",
        },
        "new-only": {
            "type": "boolean",
            "default": False,
            "description": "Whether only suppressions on lines that this change adds are judged.",
            "x-stricter": "false",
        },
        "require": {
            "type": "array",
            "items": {"enum": ["reason", "expiry", "rules"]},
            "minItems": 1,
            "uniqueItems": True,
            "description": "What must be written: a reason, a date on which it is over, the ids of rules.",
            "x-stricter": "superset",
        },
        "ticket": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "A regular expression that must be found in the reason.",
            "x-stricter": "equal",
        },
        "maximum-days": {
            "type": "integer",
            "minimum": 1,
            "description": "The longest that one may last, from when it says it was created, else from now.",
            "x-stricter": "lower",
        },
        "scanners": globs_schema(
            "Names of scanners, globs, whatever their case: each must have been looked for, and only theirs "
            "are judged. Absent: all, and comments in the code must have been looked for.",
            # not superset: a first entry would narrow what is judged
            "equal",
        ),
        "forbidden-rules": globs_schema(
            "Ids, globs, that nothing may suppress; what suppresses every rule suppresses these.", "superset"
        ),
        "allowed-rules": globs_schema("Ids, globs: what suppresses these alone is not judged.", "subset"),
        "allowed-paths": globs_schema("Globs of files whose suppressions are not judged.", "subset"),
    },
    "anyOf": [{"required": [key]} for key in _ASKING],
}
