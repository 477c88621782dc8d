"""What a rule of the kind ``identity`` may ask, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatepass.checks._breaches import globs
from gatepass.checks._check import Mistake
from gatepass.model.build import Actor, Assurance
from gatepass.model.facts import Json
from gatepass.model.policy import Rule

ROLES = {
    "started-by": "started-by",
    "triggered-by": "triggered-by",
    "re-run-by": "re-run-by",
    "played-by": "played-by",
    "deployed-by": "deployment-approved-by",
}
"""The keys that ask about people, and the role of `Build.actors` that each is about."""
_SWITCH: Mapping[str, Json] = {"type": "boolean", "default": False, "x-stricter": "true"}
_ID: Mapping[str, Json] = {"type": ["string", "integer"], "minLength": 1, "x-stricter": "equal"}


def _list(description: str, item: Mapping[str, Json] | None = None) -> dict[str, Json]:
    return {
        "type": "array",
        "items": {**(item or {"type": "string", "minLength": 1})},
        "minItems": 1,
        "uniqueItems": True,
        "description": description,
        "x-stricter": "subset",
    }


def _people(description: str) -> dict[str, Json]:
    ids: dict[str, Json] = {"type": ["string", "integer"], "minLength": 1}
    return {
        "type": "object",
        "description": description,
        "properties": {
            "ids": _list("Ids of accounts, which stay theirs when a login is given to somebody else.", ids),
            "users": _list("Logins, in any capitals."),
        },
        "anyOf": [{"required": ["ids"]}, {"required": ["users"]}],
        "additionalProperties": False,
    }


PARAMETERS: Mapping[str, Json] = {
    "properties": {
        "started-by": _people("Who may make the event that the run began with."),
        "triggered-by": _people("Who may set off this attempt at the run."),
        "re-run-by": _people("Who may run it again; nobody has to."),
        "played-by": _people("Who may start jobs that wait for it, by hand."),
        "deployed-by": _people("Who may let jobs go into an environment."),
        "minimum-assurance": {
            "enum": [each.value for each in Assurance],
            "default": Assurance.PLATFORM_API.value,
            "description": "How well it must be known who they are, strongest first; the pipeline's own "
            "variables are `self-asserted`.",
            "x-stricter": "higher",
        },
        "bots": {
            "enum": ["allow", "refuse"],
            "default": "allow",
            "description": "Whether people may be bots; where the rule names no role, whoever set it off.",
            "x-stricter": "later",
        },
        "runner": {
            "enum": ["hosted", "self-hosted"],
            "description": "Whose machine the gate's job must run on.",
            "x-stricter": "equal",
        },
        "reusable-workflow": {
            "type": "object",
            "description": "The gate's job must be defined in a reusable workflow (GitHub).",
            "properties": {
                "allowed": _list("Globs of its repository and path, without the ref."),
                "pinned": {
                    **_SWITCH,
                    "description": "Whether it must be called by a whole commit id, and be that commit.",
                },
            },
            "additionalProperties": False,
        },
        "issuers": _list("Who must have issued the token, whole."),
        "jwks": _list(
            "SHA-256 of the sets of keys that tokens may be verified with. A token that names this run is "
            "then believed in a file that was given, too.",
            {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        ),
        "repository-id": {**_ID, "description": "The id of the repository in the token."},
        "owner-id": {**_ID, "description": "The id of its owner: organisation, group, workspace."},
        "environments": _list("Globs of environments, one of which the gate's job must be for."),
        "ref-protected": {**_SWITCH, "description": "Whether the branch or tag must be a protected one."},
        "claims": {
            "type": "object",
            "description": "Further claims of the token, each with the texts that it may have; never `sub`.",
            "additionalProperties": _list("One of them, whole."),
            "minProperties": 1,
        },
    },
}
_OF_TOKENS = ("reusable-workflow", "issuers", "jwks", "repository-id", "owner-id", "environments", "claims")
_ASKING = (*ROLES, "runner", *_OF_TOKENS)


@dataclass(frozen=True, slots=True)
class People:
    """Who may play a role: ``key`` is the rule's word for it, ``role`` that of the build's actors."""

    key: str
    role: str
    ids: frozenset[str]
    users: frozenset[str]

    def admits(self, actor: Actor) -> bool:
        """Whether the actor is one of them, by id or by login as the rule has it."""
        return (actor.id is not None and actor.id in self.ids) or actor.login.casefold() in self.users


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks, valid by the schema."""

    people: tuple[People, ...]
    minimum: Assurance
    refuses_bots: bool
    own: Mapping[str, Json]

    @classmethod
    def of(cls, rule: Rule) -> Asked:
        """The rule's keys with their defaults."""
        own = rule.parameters
        return cls(
            tuple(_group(key, own[key]) for key in ROLES if key in own),
            Assurance(str(own.get("minimum-assurance", Assurance.PLATFORM_API))),
            own.get("bots") == "refuse",
            own,
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that it is about."""
        named = tuple(each.role for each in self.people)
        return named or (("started-by", "triggered-by") if self.refuses_bots or self.asks_only_how else ())

    @property
    def asks_only_how(self) -> bool:
        """Whether all it asks is that whoever set the run off is known well enough."""
        return "minimum-assurance" in self.own and not any(key in self.own for key in _ASKING)

    @property
    def asks_of_runs(self) -> bool:
        """Whether the platform's API could tell what it asks."""
        return bool(self.roles) or "runner" in self.own

    @property
    def needs_token(self) -> bool:
        """Whether nothing but a token can tell."""
        return any(key in self.own for key in _OF_TOKENS) or self.own.get("ref-protected") is True

    def reaches(self, assurance: Assurance) -> bool:
        """Whether something is known well enough."""
        order = list(Assurance)
        return order.index(assurance) <= order.index(self.minimum)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return globs(self.own.get(key))


def _group(key: str, value: Json) -> People:
    said = value if isinstance(value, dict) else {}
    users = frozenset(each.casefold() for each in globs(said.get("users")))
    return People(key, ROLES[key], frozenset(globs(said.get("ids"))), users)


def mistakes(rule: Rule) -> Iterator[Mistake]:
    """A rule that asks for nothing, or that matches what its owner may form as he likes."""
    own = rule.parameters
    claims = own.get("claims")
    if isinstance(claims, dict) and "sub" in claims:
        hint = "repository-id and owner-id say which repository, environments and ref-protected the rest"
        yield Mistake("claims.sub", "has a form that its owner may change at any time", hint)
    silent = own.get("ref-protected") is not True and own.get("bots") != "refuse"
    if silent and not any(key in own for key in (*_ASKING, "minimum-assurance")):
        words = ", ".join((*ROLES, "runner", *_OF_TOKENS, "ref-protected", "minimum-assurance"))
        yield Mistake("check", "the rule asks for nothing", f"write one of {words}")
