"""What a rule of the kind ``approvals`` may ask, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from gatepass.checks._approval_case import Case
from gatepass.checks._check import Mistake
from gatepass.checks._reviewers import Reviewer
from gatepass.model.facts import Json
from gatepass.model.policy import Rule

_EXCLUDABLE = ("author", "committers", "bots")
_LOGINS: Mapping[str, Json] = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
}
_MINIMUM: Mapping[str, Json] = {"type": "integer", "minimum": 1, "default": 1, "x-stricter": "higher"}
_GROUP: Mapping[str, Json] = {
    "properties": {
        "users": {**_LOGINS, "description": "Logins of people who may approve.", "x-stricter": "subset"},
        "teams": {
            **_LOGINS,
            "description": "Teams whose members may approve, as the evidence names them.",
            "x-stricter": "subset",
        },
        "minimum": {**_MINIMUM, "description": "How many of them must approve."},
    },
    "anyOf": [{"required": ["users"]}, {"required": ["teams"]}],
    "additionalProperties": False,
}

PARAMETERS: Mapping[str, Json] = {
    "properties": {
        "minimum": {**_MINIMUM, "description": "How many different people must approve."},
        "from": {
            **_GROUP,
            "description": "Who must be among them: one group, or a list of groups that must all approve.",
            "type": ["object", "array"],
            "items": {**_GROUP, "type": "object"},
            "minItems": 1,
        },
        "except": {
            "type": "array",
            "items": {"enum": [*_EXCLUDABLE]},
            "uniqueItems": True,
            "default": [*_EXCLUDABLE],
            "description": "Whose approvals do not count.",
            "x-stricter": "superset",
        },
        "except-users": {
            **_LOGINS,
            "description": "Logins of further accounts whose approvals do not count.",
            "x-stricter": "superset",
        },
        "on": {
            "enum": ["head-commit", "any-commit"],
            "default": "head-commit",
            "description": "Which commit must have been approved.",
            "x-stricter": "equal",
        },
        "changes-requested": {
            "enum": ["block", "ignore"],
            "default": "block",
            "description": "What it does that somebody's last word is a request for changes.",
            "x-stricter": "equal",
        },
    },
    "anyOf": [{"required": ["minimum"]}, {"required": ["from"]}],
}


@dataclass(frozen=True, slots=True)
class Group:
    """How many must approve, and who may; everybody when no user and no team is named."""

    minimum: int
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Who may, for people: " from acme/appsec or alice", empty for everybody."""
        names = (*self.teams, *self.users)
        return f" from {' or '.join(names)}" if names else ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What stays the same from run to run."""
        return tuple(sorted(map(str.casefold, (*self.teams, *self.users)))) or ("anybody",)

    def admits(self, reviewer: Reviewer, case: Case) -> bool:
        """Whether the person is one of those who may."""
        if not self.users and not self.teams:
            return True
        if reviewer.by.login.casefold() in map(str.casefold, self.users):
            return True
        return any(
            team.casefold() in reviewer.teams
            or any(reviewer.by.is_same_as(member) for member in case.teams.get(team.casefold(), ()))
            for team in self.teams
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a rule, with the strict defaults."""

    groups: tuple[Group, ...]
    excluded: frozenset[str]
    excluded_users: frozenset[str]
    head_only: bool
    changes_block: bool

    @classmethod
    def of(cls, rule: Rule) -> Asked:
        """The parameters of this rule, valid by the schema."""
        own = rule.parameters
        everybody = Group(_whole(own.get("minimum")))
        return cls(
            groups=(everybody, *(group for _, group in _from(own))),
            excluded=frozenset(_names(own.get("except", [*_EXCLUDABLE]))),
            excluded_users=frozenset(map(str.casefold, _names(own.get("except-users")))),
            head_only=own.get("on") != "any-commit",
            changes_block=own.get("changes-requested") != "ignore",
        )


def in_words(number: int) -> str:
    return f"{number} approval" if number == 1 else f"{number} approvals"


def _from(own: Mapping[str, Json]) -> Iterator[tuple[str, Group]]:
    """The groups with their paths; one may be written without the list."""
    value = own.get("from")
    entries = value if isinstance(value, list) else [] if value is None else [value]
    for index, entry in enumerate(entries):
        group = cast("dict[str, Json]", entry)
        path = f"from[{index}]" if isinstance(value, list) else "from"
        users, teams = _names(group.get("users")), _names(group.get("teams"))
        yield path, Group(_whole(group.get("minimum")), users, teams)


def _names(value: Json) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _whole(value: Json) -> int:
    return int(value) if isinstance(value, int | float) else 1


def mistakes(rule: Rule) -> Iterator[Mistake]:
    refused = frozenset(map(str.casefold, _names(rule.parameters.get("except-users"))))
    for path, group in _from(rule.parameters):
        users = frozenset(map(str.casefold, group.users))
        if not group.teams and group.minimum > len(users - refused):
            yield Mistake(
                f"{path}.minimum",
                f"{in_words(group.minimum)} can never come from {len(users - refused)} of its users",
                "name more users or teams, or lower the minimum",
            )
        yield from (
            Mistake(f"{path}.users", f"{user} is named here and in except-users")
            for user in sorted(users & refused)
        )
