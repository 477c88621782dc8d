"""Which commit somebody decided about: the branch's history as a pull request's activity tells it.

Bitbucket keeps the date of a decision and not its commit. The commit is the one that the source branch was
at: the newest update before the decision. A decision in the very instant of an update is about no commit
that anybody could name.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._bitbucket import Accounts
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_object, as_text
from gatepass.model.approvals import Person
from gatepass.model.facts import Json

_KINDS = frozenset(("update", "approval", "changes_requested", "comment"))


@dataclass(frozen=True, slots=True)
class Update:
    """The source branch came to a commit (as Bitbucket writes it, perhaps short)."""

    at: datetime
    commit: str
    by: Person


@dataclass(frozen=True, slots=True)
class Decision:
    """An approval or a request for changes, by the uuid of whoever made it."""

    at: datetime
    uuid: str
    kind: str


@dataclass(frozen=True, slots=True)
class History:
    """Updates, oldest first, and decisions."""

    updates: tuple[Update, ...]
    decisions: tuple[Decision, ...]

    @classmethod
    def of(cls, activity: list[dict[str, Json]], accounts: Accounts) -> History:
        """From all entries of the activity; comments are passed over."""
        updates, decisions = [], []
        for entry in activity:
            if _KINDS.isdisjoint(entry):
                raise UnreadableEvidence("lists an entry of activity of which nobody can tell what it is")
            if "update" in entry:
                updates.append(_update(as_object(entry["update"], "an update"), accounts))
            decisions += [
                _decision(as_object(entry[kind], f"an entry of {kind}"), kind)
                for kind in ("approval", "changes_requested")
                if kind in entry
            ]
        return cls(tuple(sorted(updates, key=lambda each: each.at)), tuple(decisions))

    def decided(self, uuid: str, kind: str) -> datetime | None:
        """When somebody last decided so."""
        return max(
            (each.at for each in self.decisions if (each.uuid, each.kind) == (uuid, kind)), default=None
        )

    def at(self, when: datetime | None) -> str | None:
        """The commit that the branch was at, None where that cannot be told."""
        if when is None:
            return None
        before = [each for each in self.updates if each.at < when]
        same = {each.commit for each in self.updates if each.at == when}
        commit = before[-1].commit if before else None
        tied = {each.commit for each in before if each.at == before[-1].at}
        return commit if commit and tied == {commit} and same <= {commit} else None

    def ends_at(self, head: str) -> bool:
        """Whether the newest update brought the branch to its head; also where no update is told."""
        newest = {each.commit for each in self.updates if each.at == self.updates[-1].at}
        return not newest or any(head.startswith(each) for each in newest)

    @property
    def pushers(self) -> tuple[Person, ...]:
        """Who brought the branch to each new commit, in order; an update of the title is no push."""
        found: list[Person] = []
        last = ""
        for each in self.updates:
            if each.commit != last:
                found.append(each.by)
            last = each.commit
        return tuple(found)


def _update(update: dict[str, Json], accounts: Accounts) -> Update:
    at = instant(update.get("date"))
    if at is None:
        raise UnreadableEvidence("lists an update without a date; the order decides")
    source = update.get("source")
    commit = source.get("commit") if isinstance(source, dict) else None
    found = as_text(commit.get("hash"), limit=100).lower() if isinstance(commit, dict) else ""
    return Update(at, found, accounts.person(update.get("author"), "the author of an update"))


def _decision(entry: dict[str, Json], kind: str) -> Decision:
    at = instant(entry.get("date"))
    user = entry.get("user")
    if at is None:
        raise UnreadableEvidence(f"lists an entry of {kind} without a date; the order decides")
    return Decision(at, as_text(user.get("uuid"), limit=100) if isinstance(user, dict) else "", kind)
