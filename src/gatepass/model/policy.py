"""Policies and the rules in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gatepass.model.build import Event
from gatepass.model.facts import Json
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
    run of the gate did not ask for itself. ``fact_schema`` is the JSON
    Schema of the fact that an expression judges.
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
class Allowance:
    """What may be overridden, by whom and for how long. A rule that no allowance names never may.

    ``rules`` are globs of rule ids. ``users`` and ``teams`` may approve, ``minimum`` of them together.
    ``maximum_days`` is the longest term from creation to expiry. ``reasons`` is the closed list.
    ``require`` names fields of the override that must be filled (``ticket``, ``justification``).
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

    @property
    def approvers(self) -> frozenset[str]:
        """Logins, in lower case, of everyone who may approve."""
        members = {login for _, logins in self.teams for login in logins}
        return frozenset(login.casefold() for login in (*self.users, *members))


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
