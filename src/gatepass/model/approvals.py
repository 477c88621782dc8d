"""Evidence: who reviewed a change request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gatepass.model.build import Assurance
from gatepass.model.source import Source


class ReviewState(StrEnum):
    """GitHub's states in lower case; GitLab's approvals are ``approved``."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes-requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"
    PENDING = "pending"


class PersonKind(StrEnum):
    """Whether an account belongs to a human being."""

    USER = "user"
    BOT = "bot"
    GHOST = "ghost"


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the forge; ``id`` first in every comparison, ``login`` without regard to case."""

    login: str
    id: str | None = None
    kind: PersonKind = PersonKind.USER
    name: str | None = None
    email: str | None = None

    def is_same_as(self, other: Person) -> bool:
        """Whether both are one account."""
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return self.login.casefold() == other.login.casefold()


@dataclass(frozen=True, slots=True)
class Review:
    """One review, in the order the forge gives; ``commit`` is what was reviewed, where known."""

    by: Person
    state: ReviewState
    at: datetime | None = None
    commit: str | None = None
    id: str | None = None
    association: str | None = None
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgeRule:
    """An approval rule of the forge itself and how far it is satisfied."""

    name: str
    type: str
    required: int
    eligible: tuple[Person, ...] = ()
    approved_by: tuple[Person, ...] = ()
    approved: bool | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Approvals:
    """What one answer of the forge says; answers about one change request are read side by side.

    ``reviews`` is None when the answer does not list reviews (a pull request without them), and empty
    when it lists that there are none. ``committers`` is None when the answer does not list the commits;
    one whose account the forge does not know is a ghost without a login. ``teams`` maps a team to its
    members where the answer lists them. ``commits_known`` is false where the forge does not tell which
    commit was approved (GitLab). ``merge_commit`` is what merging made, None while it is not merged.
    ``complete`` is false where the answer may be one page of several.
    """

    KIND: ClassVar[str] = "approvals"

    source: Source
    change_request: str | None = None
    repository: str | None = None
    author: Person | None = None
    committers: tuple[Person, ...] | None = None
    requested: tuple[Person, ...] = ()
    head: str | None = None
    base: str | None = None
    merge_commit: str | None = None
    reviews: tuple[Review, ...] | None = None
    rules: tuple[ForgeRule, ...] = ()
    teams: tuple[tuple[str, tuple[Person, ...]], ...] = ()
    rules_overwritten: bool = False
    commits_known: bool = True
    state: str | None = None
    complete: bool = True
    assurance: Assurance = Assurance.SELF_ASSERTED
