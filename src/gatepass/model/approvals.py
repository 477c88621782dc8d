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


class Permission(StrEnum):
    """What an account may do in the repository, weakest first, in GitHub's words.

    GitLab's roles are told by them: guest and planner ``read``, reporter ``triage``, developer ``write``,
    maintainer ``maintain``, owner ``admin``.
    """

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    def reaches(self, other: Permission) -> bool:
        """Whether it is at least as much as the other."""
        order = list(Permission)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the forge; ``id`` first in every comparison, ``login`` without regard to case.

    ``linked`` are identifiers that the forge knows the human being by beyond this account: the identity at
    a provider of single sign-on (``saml:alice@acme.example``), verified addresses. Two accounts that share
    one are one human being.
    """

    login: str
    id: str | None = None
    kind: PersonKind = PersonKind.USER
    name: str | None = None
    email: str | None = None
    linked: tuple[str, ...] = ()

    def is_same_as(self, other: Person) -> bool:
        """Whether both are one account."""
        if self.id is not None and other.id is not None:
            return self.id == other.id
        return self.login.casefold() == other.login.casefold()


@dataclass(frozen=True, slots=True)
class Review:
    """One review, in the order the forge gives; ``commit`` is what was reviewed, where known.

    ``edited`` is when its text was last changed after it was given, None when never or not known.
    ``permission`` is what its writer may do in the repository at the time of asking, None when not asked;
    ``inherited`` tells that it comes from above the repository (a group), not from a role in it.
    """

    by: Person
    state: ReviewState
    at: datetime | None = None
    commit: str | None = None
    id: str | None = None
    association: str | None = None
    teams: tuple[str, ...] = ()
    permission: Permission | None = None
    edited: datetime | None = None
    inherited: bool = False


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
class Version:
    """The change as it stood at a commit.

    ``change`` identifies what the change does as a whole, wherever it begins (a digest of its diff without
    positions): versions that share it differ by a clean rebase or a merge of the target alone. None when
    the forge could not tell any more, for example of a commit that is gone.
    """

    head: str
    change: str | None = None
    at: datetime | None = None


class OwnersDialect(StrEnum):
    """How a file of code owners is to be read."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The file of code owners on the target branch; ``errors`` are what the forge finds wrong with it."""

    path: str
    text: str
    dialect: OwnersDialect
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protection:
    """What the forge itself demands of the target branch; of several rules the strictest counts.

    ``bypass`` names who may go round it. ``enforced`` is false for rules that are only tried out.
    """

    branch: str
    required_approvals: int | None = None
    code_owners: bool | None = None
    dismisses_stale: bool | None = None
    last_push_approval: bool | None = None
    required_checks: tuple[str, ...] = ()
    force_pushes: bool | None = None
    includes_admins: bool | None = None
    bypass: tuple[str, ...] = ()
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Approvals:
    """What one answer of the forge says; answers about one change request are read side by side.

    ``reviews`` is None when the answer does not list reviews (a pull request without them), and empty
    when it lists that there are none. ``committers`` is None when the answer does not list the commits;
    one whose account the forge does not know is a ghost without a login. ``teams`` maps a team to its
    members where the answer lists them. ``commits_known`` is false where the forge does not tell which
    commit was approved (GitLab). ``merge_commit`` is what merging made, None while it is not merged.
    ``complete`` is false where the answer may be one page of several.

    What only a collector asks for: ``versions`` are the change at its head and at each commit that was
    approved; ``code_owners`` is None where nobody looked, and a file with an empty text where there is
    none; ``changed_paths`` are what the change touches, under old and new names; ``pushed_by`` pushed last;
    ``gate`` is the account whose token asked, whose own approvals never count; ``protection`` is None where
    nobody looked or nobody may. ``built`` is the trial merge that is built, which the forge knows for one of
    the head; None where nobody asked.
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
    versions: tuple[Version, ...] = ()
    code_owners: CodeOwners | None = None
    changed_paths: tuple[str, ...] | None = None
    pushed_by: Person | None = None
    gate: Person | None = None
    labels: tuple[str, ...] = ()
    protection: Protection | None = None
    built: str | None = None
    assurance: Assurance = Assurance.SELF_ASSERTED
