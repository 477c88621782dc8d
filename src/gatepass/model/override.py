"""Overrides: approved, expiring exceptions to a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from gatepass.model.build import Assurance
from gatepass.model.place import Place

EXPIRES_SOON = timedelta(days=14)
"""How long before its end an override in force is warned about."""


@dataclass(frozen=True, slots=True)
class Match:
    """What an override covers: everything that is set must fit; an unset field fits all.

    ``paths`` are globs. ``missing_evidence`` must be written for a finding that evidence is missing:
    an exception for a bad figure does not excuse that nothing was measured.
    """

    fingerprints: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    whole_rule: bool = False
    missing_evidence: bool = False


class ApprovalHow(StrEnum):
    """How an approval of an override was given; a policy accepts some of them."""

    SSH_SIGNATURE = "ssh-signature"
    DSSE = "dsse"
    CHANGE_REQUEST = "change-request"
    COMMIT = "commit"
    STATED = "stated"

    @property
    def assurance(self) -> Assurance:
        """How well the approver is known by it."""
        if self is ApprovalHow.STATED:
            return Assurance.SELF_ASSERTED
        return Assurance.PLATFORM_API if self is ApprovalHow.CHANGE_REQUEST else Assurance.SIGNATURE


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody approved an override, and how that is known.

    ``by`` is a login. ``names`` are all that the one who approved is called where they are called more (the
    principals of a key), ``also`` the logins of further accounts of the same human being, as evidence and
    policies tell: nobody approves under a second name, and nobody may approve because of one. ``key`` is
    the fingerprint of the key (``SHA256:…``), ``trust`` the digest of the list of keys that vouches for it:
    it counts only for a policy that trusts that very list. ``said`` is what was looked at, in words. ``at``
    (UTC) is when, as the forge tells of a review and a commit of itself; a signature tells no time.
    """

    by: str
    how: ApprovalHow
    key: str | None = None
    trust: str | None = None
    names: tuple[str, ...] = ()
    ref: str | None = None
    said: str = ""
    at: datetime | None = None
    also: tuple[str, ...] = ()

    @property
    def assurance(self) -> Assurance:
        """How well the approver is known."""
        return self.how.assurance

    @property
    def named(self) -> frozenset[str]:
        """What the approval itself calls who approved, without regard to case."""
        return frozenset(each.casefold() for each in (self.by, *self.names))

    @property
    def everyone(self) -> frozenset[str]:
        """All names of who approved, those of further accounts too, without regard to case."""
        return self.named | frozenset(each.casefold() for each in self.also)


@dataclass(frozen=True, slots=True)
class Revocation:
    """That an override is not to hold any more, or that a request was turned down; whoever says so.

    ``sha256`` is over the bytes of its file. ``at`` is UTC and what the file says. ``ref`` is the ref or the
    commit that has the file, where the workspace has it not.
    """

    by: str
    reason: str
    at: datetime
    place: Place
    sha256: str
    rejected: bool = False
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who wrote the change that added an override's file, whatever the file says of who asked.

    ``names`` are the account, or the address in a commit, and all others that a key which signed it is known
    by; ``also`` the logins of further accounts of the same human being. ``said`` is what tells of it, in
    words. ``commit`` is the commit that git told of; None where a forge told of the change.
    """

    names: tuple[str, ...]
    said: str
    commit: str | None = None
    also: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        """What to call who it is: an account, where one is known."""
        known = (*self.names, *self.also)
        return next((each for each in known if "@" not in each), known[0])

    @property
    def everyone(self) -> frozenset[str]:
        """All names of who it is, without regard to case."""
        return frozenset(each.casefold() for each in (*self.names, *self.also))


@dataclass(frozen=True, slots=True)
class Trace:
    """Where git has the file of a broken glass that the workspace has not, or has otherwise.

    ``ref`` is the ref or the commit in whose history it stands, ``blob`` the id of its bytes there.
    """

    ref: str
    blob: str


@dataclass(frozen=True, slots=True)
class Override:
    """An exception as its file states it; whether it is in force is judged, not stated.

    ``rule`` is a rule's id or ``policy/id``. ``created`` is the first and ``expires`` the first instant
    (UTC) at which it does not hold: a date alone in the file means the end of that day. ``approved_by`` are
    logins of all who are said to have approved it, in its file or by a signature, a review or a commit;
    ``approvals`` tell how that is known, and one that none of them tells of is only stated. Nobody has
    approved a request yet (``kind: OverrideRequest``), so it lets nothing through.

    ``break_glass`` is one that holds at once and is confirmed afterwards, for an ``incident``.
    ``committed_in`` are the commits whose tree holds the file with just these bytes, as far as git was asked.
    ``remarks`` say why something beside the file, such as a signature, does not count.

    ``brought_by`` are those who wrote the changes that added the file, as far as that is known;
    ``there_before`` tells that the commit that a change goes into has the file already, or one of its name.
    ``requester_also`` are the logins of further accounts of who asked. One with a ``trace`` lets nothing
    through: it is a broken glass of which git alone knows.
    """

    id: str
    rule: str
    match: Match
    reason: str
    justification: str
    requested_by: str
    approved_by: tuple[str, ...]
    created: datetime
    expires: datetime
    place: Place
    sha256: str
    ticket: str | None = None
    drop_if_fixable: bool = False
    break_glass: bool = False
    incident: str | None = None
    approvals: tuple[Approval, ...] = ()
    revocation: Revocation | None = None
    committed_in: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    brought_by: tuple[Bringer, ...] = ()
    there_before: bool = False
    requester_also: tuple[str, ...] = ()
    trace: Trace | None = None

    @property
    def requesters(self) -> frozenset[str]:
        """All names of who asked by the file, without regard to case."""
        return frozenset(each.casefold() for each in (self.requested_by, *self.requester_also))

    @property
    def askers(self) -> frozenset[str]:
        """All names of who asked, by the file or by bringing it: no approval of theirs counts."""
        return self.requesters.union(*(each.everyone for each in self.brought_by))

    @property
    def other_bringers(self) -> tuple[Bringer, ...]:
        """Those who added it and are known to be somebody else than who asked by the file.

        An address in a commit that is no account's is nobody's, and so may be the requester's.
        """
        others = (each for each in self.brought_by if not each.everyone & self.requesters)
        return tuple(each for each in others if "@" not in each.by)

    def says_the_same_as(self, other: Override) -> bool:
        """Whether both files say the same, whatever their form and their place."""
        return _said(self) == _said(other)

    @property
    def every_approval(self) -> tuple[Approval, ...]:
        """All approvals, also those that the file alone tells of."""
        known = {name for each in self.approvals for name in each.named}
        stated = (login for login in self.approved_by if login.casefold() not in known)
        return (*self.approvals, *(Approval(login, ApprovalHow.STATED) for login in stated))

    @property
    def is_request(self) -> bool:
        """Whether it waits for somebody to approve it: an override's file names at least one who has."""
        return not self.approved_by and not self.break_glass

    @property
    def last_instant(self) -> datetime:
        """An instant (UTC) of the last day on which it holds: not of the next, which it ends with."""
        return self.expires - timedelta(days=1) if self.expires.time() == time() else self.expires

    def ends_within(self, term: timedelta, now: datetime) -> bool:
        """Whether it holds at an instant (UTC) and will not any more once the term is over."""
        return now < self.expires <= now + term


def _said(override: Override) -> Override:
    """What the file alone says."""
    return replace(
        override,
        place=Place(""),
        sha256="",
        approvals=(),
        approved_by=(),
        revocation=None,
        committed_in=(),
        remarks=(),
        brought_by=(),
        there_before=False,
        requester_also=(),
        trace=None,
    )


@dataclass(frozen=True, slots=True)
class FileCommit:
    """The newest commit on a ref that touched a file: ``raw`` is the commit object as git stores it.

    ``sha256`` is over the file's bytes on the ref. ``problem`` says why git cannot tell, and then the rest is
    empty.
    """

    ref: str
    sha: str = ""
    raw: bytes = b""
    sha256: str = ""
    problem: str | None = None


class OverrideStatus(StrEnum):
    """What became of an override in a decision."""

    IN_FORCE = "in-force"
    UNUSED = "unused"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    UNAUTHORISED = "unauthorised"
    TOO_LONG = "too-long"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_RULE = "unknown-rule"
    FIXABLE = "fixable"
    REQUESTED = "requested"
    REVOKED = "revoked"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class OverrideUse:
    """An override with what became of it, why in words, and how many findings it covers.

    ``confirm_by`` is the instant (UTC) by which a broken glass must be confirmed, None where it is, or is
    none.
    """

    override: Override
    status: OverrideStatus
    message: str
    covers: int = 0
    would_cover: int = 0
    confirm_by: datetime | None = None
