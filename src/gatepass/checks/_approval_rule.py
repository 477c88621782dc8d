"""What a rule of the kind ``approvals`` may ask, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from gatepass.checks._approval_case import Case
from gatepass.checks._check import Mistake
from gatepass.checks._reviewers import Reviewer
from gatepass.model.approvals import Permission
from gatepass.model.facts import Json
from gatepass.model.policy import Rule

_DEFAULT = ("author", "committers", "bots")
_EXCLUDABLE = (*_DEFAULT, "co-authors", "last-pusher", "gate")
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
            "default": [*_DEFAULT],
            "description": "Whose approvals do not count; `committers` are those whom the forge lists, "
            "co-authors among them, and `gate` is the account that asks, whose approval never does.",
            "x-stricter": "superset",
        },
        "except-users": {
            **_LOGINS,
            "description": "Logins of further accounts whose approvals do not count.",
            "x-stricter": "superset",
        },
        "on": {
            "enum": ["any-commit", "head-commit"],
            "default": "head-commit",
            "description": "Which commit must have been approved.",
            "x-stricter": "later",
        },
        "rebased": {
            "enum": ["keep", "drop"],
            "default": "keep",
            "description": "Whether an approval of an older commit counts where the forge shows that the "
            "change is the same (a clean rebase, a merge of the target branch).",
            "x-stricter": "later",
        },
        "edited": {
            "enum": ["ignore", "refuse"],
            "default": "refuse",
            "description": "Whether an approval counts whose text was changed after it was given.",
            "x-stricter": "later",
        },
        "permission": {
            "enum": ["read", "triage", "write", "maintain", "admin"],
            "description": "What an approver must be allowed in the repository at the time of asking.",
            "x-stricter": "later",
        },
        "same-person": {
            "type": "array",
            "items": {**_LOGINS, "minItems": 2},
            "minItems": 1,
            "description": "Accounts that belong to one human being: they count once, and as the author when "
            "one of them is.",
            "x-stricter": "superset",
        },
        "code-owners": {
            "enum": [False, "if-any", True],
            "default": False,
            "description": "Whether an owner of each changed path must approve, by the file of code owners "
            "of the target branch; without such a file `true` fails and `if-any` asks nothing.",
            "x-stricter": "later",
        },
        "changes-requested": {
            "enum": ["ignore", "block"],
            "default": "block",
            "description": "What it does that somebody's last word is a request for changes.",
            "x-stricter": "later",
        },
    },
    "anyOf": [{"required": ["minimum"]}, {"required": ["from"]}],
}


class CodeOwnersAsked(StrEnum):
    """What a rule wants of the owners of what was changed."""

    REQUIRED = "required"
    IF_ANY = "if-any"
    NO = "no"


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
        return any(case.is_member(reviewer.by, team, reviewer.teams) for team in self.teams)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a rule, with the strict defaults."""

    groups: tuple[Group, ...]
    excluded: frozenset[str]
    excluded_users: frozenset[str]
    head_only: bool
    changes_block: bool
    rebased: bool
    edited: bool
    permission: Permission | None
    same_person: tuple[tuple[str, ...], ...]
    code_owners: CodeOwnersAsked

    @classmethod
    def of(cls, rule: Rule) -> Asked:
        """The parameters of this rule, valid by the schema."""
        own = rule.parameters
        everybody = Group(_whole(own.get("minimum")))
        return cls(
            groups=(everybody, *(group for _, group in _from(own))),
            excluded=frozenset(_names(own.get("except", [*_DEFAULT]))),
            excluded_users=frozenset(map(str.casefold, _names(own.get("except-users")))),
            head_only=own.get("on") != "any-commit",
            changes_block=own.get("changes-requested") != "ignore",
            rebased=own.get("rebased") != "drop",
            edited=own.get("edited") == "ignore",
            permission=Permission(str(own["permission"])) if "permission" in own else None,
            same_person=_lists(own.get("same-person")),
            code_owners=_code_owners(own.get("code-owners")),
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


def _code_owners(value: Json) -> CodeOwnersAsked:
    if value == "if-any":
        return CodeOwnersAsked.IF_ANY
    return CodeOwnersAsked.REQUIRED if value is True else CodeOwnersAsked.NO


def _lists(value: Json) -> tuple[tuple[str, ...], ...]:
    return tuple(map(_names, value)) if isinstance(value, list) else ()


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
