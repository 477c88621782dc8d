"""Policies and the rules in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gatepass.model.build import Assurance, Event
from gatepass.model.facts import Json
from gatepass.model.override import ApprovalHow
from gatepass.model.place import Place

OWN_SOURCE = "gatepass:own"
"""The source of the policy that stands in no file: what gatepass itself asks of every build."""


class Enforcement(StrEnum):
    """What a broken rule does: fails the pipeline, warns, or is only recorded."""

    BLOCK = "block"
    WARN = "warn"
    OBSERVE = "observe"


class OnMissing(StrEnum):
    """What missing evidence does to a rule."""

    FAIL = "fail"
    WARN = "warn"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement.

    ``parameters`` are the check's own keys, valid by its schema; ``places`` gives the place of each key
    by its path (``minimum.lines``). ``effective_on`` and ``max_age`` are resolved to UTC. ``reports``
    are globs of source names; empty means every source of the right kind. ``collected`` leaves out what this
    run of the gate did not ask for itself, and what it asked others than ``servers``, if there are any.
    ``fact_schema`` is the JSON Schema of the fact that an expression judges.
    """

    id: str
    policy: str
    check: str
    place: Place
    title: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    enforcement: Enforcement = Enforcement.BLOCK
    effective_on: datetime | None = None
    on_missing: OnMissing = OnMissing.FAIL
    max_age: timedelta | None = None
    collected: bool = False
    servers: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    fix: str | None = None
    fact_schema: Mapping[str, Json] | None = None

    @property
    def code(self) -> str:
        """The id that is unique among all policies: ``policy/rule``."""
        return f"{self.policy}/{self.id}"

    def place_of(self, path: str) -> Place:
        """The place of a parameter by its path, else the nearest thing above it."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.place


@dataclass(frozen=True, slots=True)
class Scope:
    """Which builds a policy is for; globs, an empty tuple means all."""

    repositories: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """A key of a file of allowed signers (``ssh-keygen(1)``, ALLOWED SIGNERS), and who signs with it.

    ``names`` are logins, in lower case. ``key`` is the public key in RFC 4253's encoding. ``namespaces`` are
    globs, empty for all. Outside ``valid_after`` and ``valid_before`` (UTC) the key counts for nothing.
    """

    names: tuple[str, ...]
    key: bytes
    namespaces: tuple[str, ...] = ()
    valid_after: datetime | None = None
    valid_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures a policy believes.

    ``signers`` stand in the file ``path`` of allowed signers, whose bytes have ``sha256``. ``keys`` are
    logins and public keys (PEM) for signatures in DSSE envelopes. ``protected_ref`` is the ref of git on
    which a commit by an approver counts. ``digest`` is over all of it.
    """

    digest: str
    path: str | None = None
    sha256: str | None = None
    signers: tuple[AllowedSigner, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    protected_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """The longest term of an override in days: by the severity of what it covers, and ``otherwise``."""

    otherwise: int
    by_severity: tuple[tuple[str, int], ...] = ()

    @property
    def longest(self) -> int:
        """The longest term that any severity has."""
        return max((self.otherwise, *(days for _, days in self.by_severity)))

    def days(self, severity: str) -> int:
        """The term for one severity."""
        return dict(self.by_severity).get(severity, self.otherwise)


Group = tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]
"""Users, and teams with their members."""


def logins(group: Group) -> frozenset[str]:
    """Logins, in lower case, of everyone in a group."""
    users, teams = group
    return frozenset(login.casefold() for login in (*users, *(one for _, all_ in teams for one in all_)))


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who may let something through at once, for how long, and who must confirm it within which term."""

    by: Group
    maximum_hours: int
    confirm_within_hours: int
    confirmed_by: Group
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be overridden, by whom and for how long. A rule that no allowance names never may.

    ``rules`` are globs of rule ids. ``users`` and ``teams`` may approve, ``minimum`` of them together.
    ``maximum_days`` is the longest term from creation to expiry, ``by_severity`` that of some severities;
    ``shortened`` are terms that layers set beside them for rules, by id. ``reasons`` is the closed list.
    ``require`` names fields of the override that must be filled (``ticket``, ``justification``). ``accept``
    are the ways of approving that count, ``minimum_assurance`` leaves out those of them by which the approver
    is known less well; ``trust`` is what signatures are verified by.
    """

    rules: tuple[str, ...]
    place: Place
    users: tuple[str, ...] = ()
    teams: tuple[tuple[str, tuple[str, ...]], ...] = ()
    minimum: int = 1
    maximum_days: int = 30
    reasons: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    accept: tuple[ApprovalHow, ...] = (ApprovalHow.STATED,)
    minimum_assurance: Assurance = Assurance.SELF_ASSERTED
    trust: Trust | None = None
    by_severity: tuple[tuple[str, int], ...] = ()
    shortened: tuple[tuple[str, Term], ...] = ()
    break_glass: BreakGlass | None = None

    @property
    def approvers(self) -> frozenset[str]:
        """Logins, in lower case, of everyone who may approve."""
        return logins((self.users, self.teams))

    @property
    def accepted(self) -> tuple[ApprovalHow, ...]:
        """The ways of approving that count, the assurance that is wanted considered."""
        strongest_first = list(Assurance)
        least = strongest_first.index(self.minimum_assurance)
        return tuple(each for each in self.accept if strongest_first.index(each.assurance) <= least)

    def days(self, rule: str, severity: str | None) -> int:
        """The longest term in days for what a rule finds; without a severity, that of the mildest."""
        terms = [Term(self.maximum_days, self.by_severity), *(t for id_, t in self.shortened if id_ == rule)]
        return min(each.longest if severity is None else each.days(severity) for each in terms)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file.

    ``sha256`` is over the bytes of the file, ``source`` its path or URI. ``tightened_by`` are the sources
    of policies that extend this one and made rules of it stricter. ``fact_schemas`` are name and SHA-256 of
    the JSON Schemas of its facts.
    """

    name: str
    source: str
    sha256: str
    rules: tuple[Rule, ...]
    title: str = ""
    owner: str = ""
    version: str = ""
    description: str = ""
    scope: Scope = Scope()
    allowances: tuple[Allowance, ...] = ()
    forbid_now: bool = False
    tightened_by: tuple[str, ...] = ()
    fact_schemas: tuple[tuple[str, str], ...] = ()
