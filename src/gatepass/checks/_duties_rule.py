"""What a rule of the kind ``separation-of-duties`` may ask, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from gatepass.checks._check import Mistake
from gatepass.model.build import Assurance
from gatepass.model.facts import Json
from gatepass.model.policy import Rule


class Role(StrEnum):
    """What somebody does on the way of a change, in the order in which it happens."""

    AUTHOR = "author"
    COMMITTER = "committer"
    LAST_PUSHER = "last-pusher"
    APPROVER = "approver"
    STARTER = "starter"
    TRIGGERER = "triggerer"
    RE_RUNNER = "re-runner"
    OVERRIDE_REQUESTER = "override-requester"
    OVERRIDE_APPROVER = "override-approver"
    DEPLOYER = "deployer"


Pair = tuple[Role, Role]
WEAKEST_FIRST = tuple(reversed(Assurance))

PARAMETERS: Mapping[str, Json] = {
    "properties": {
        "apart": {
            "type": "array",
            "items": {
                "type": "array",
                "items": {"enum": [role.value for role in Role]},
                "minItems": 2,
                "uniqueItems": True,
            },
            "minItems": 1,
            "uniqueItems": True,
            "description": "Lists of roles; nobody may have two roles of one list.",
            "x-stricter": "superset",
        },
        "same-person": {
            "type": "array",
            "items": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 2,
                "uniqueItems": True,
            },
            "minItems": 1,
            "description": "Logins of accounts that belong to one human being.",
            "x-stricter": "superset",
        },
        "bots": {
            "enum": ["ignore", "count"],
            "default": "count",
            "description": "Whether a bot that has two of the roles is a finding.",
            "x-stricter": "later",
        },
        "minimum-assurance": {
            "enum": [each.value for each in WEAKEST_FIRST],
            "default": Assurance.SELF_ASSERTED.value,
            "description": "How well it must be known who has each of the roles.",
            "x-stricter": "later",
        },
    },
    "required": ["apart"],
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a rule; ``pairs`` are the roles that nobody may have together, each pair once."""

    pairs: tuple[Pair, ...]
    same_person: tuple[tuple[str, ...], ...]
    ignores_bots: bool
    minimum: Assurance

    @classmethod
    def of(cls, rule: Rule) -> Asked:
        """The parameters of this rule, valid by the schema."""
        own = rule.parameters
        return cls(
            pairs=tuple(sorted(_pairs(own.get("apart")), key=lambda pair: tuple(map(_place, pair)))),
            same_person=tuple(map(tuple, _lists(own.get("same-person")))),
            ignores_bots=own.get("bots") == "ignore",
            minimum=Assurance(str(own.get("minimum-assurance", Assurance.SELF_ASSERTED.value))),
        )

    @property
    def roles(self) -> tuple[Role, ...]:
        """All roles that the rule names, in their order."""
        return tuple(role for role in Role if any(role in pair for pair in self.pairs))

    def is_enough(self, known: Assurance) -> bool:
        """Whether the assurance at which something is known is what the rule wants, or better."""
        return WEAKEST_FIRST.index(known) >= WEAKEST_FIRST.index(self.minimum)


def mistakes(rule: Rule) -> Iterator[Mistake]:
    """The same roles kept apart twice: one of the two was meant to be another."""
    seen: set[frozenset[Role]] = set()
    for index, names in enumerate(_lists(rule.parameters.get("apart"))):
        pairs = {frozenset(pair) for pair in combinations([Role(name) for name in names], 2)}
        if pairs <= seen:
            yield Mistake(f"apart[{index}]", f"{' and '.join(names)} are kept apart above already")
        seen |= pairs


def _pairs(value: Json) -> set[Pair]:
    found = set()
    for names in _lists(value):
        for one, two in combinations(sorted((Role(name) for name in names), key=_place), 2):
            found.add((one, two))
    return found


def _place(role: Role) -> int:
    return tuple(Role).index(role)


def _lists(value: Json) -> list[list[str]]:
    lists = value if isinstance(value, list) else []
    return [[str(name) for name in each] for each in lists if isinstance(each, list)]
