"""Who somebody is and what they may do in the project, as GitLab told of each who decided.

``members/all`` tells the highest role, through groups as well; a role of somebody who has it in the project
itself is what ``@@maintainer`` in a file of code owners means.

https://docs.gitlab.com/api/members/, https://docs.gitlab.com/api/users/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_count, as_text
from gatepass.model.approvals import Permission, Person
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

# the number that each role begins at; those between count as the one below
_HIGHEST = 60  # an administrator's
_ROLES = (
    (50, Permission.ADMIN),
    (40, Permission.MAINTAIN),
    (30, Permission.WRITE),
    (20, Permission.TRIAGE),
    (10, Permission.READ),
)


class Standing(TypedDict):
    """What somebody may do, as a review has it."""

    permission: Permission
    inherited: bool


@dataclass(frozen=True, slots=True)
class People:
    """The accounts that were asked about one by one, by their ids; nothing else tells people from bots."""

    collection: Collection
    known: dict[str, Person]

    @classmethod
    def of(cls, collection: Collection) -> People:
        """From the answers about users."""
        found: dict[str, Person] = {}
        for answer in collection.of("user"):
            user = gitlab.one(collection, "user", answer.about)
            one = gitlab.person(user, "a user")
            if one.id != answer.about or not isinstance(user.get("bot"), bool):
                raise UnreadableEvidence("holds another user than was asked for, or does not tell bots")
            found[answer.about] = one
        return cls(collection, found)

    def person(self, value: Json, what: str) -> Person:
        """An account that some answer names, with what is known of it beside."""
        named = gitlab.person(value, what)
        told = self.known.get(named.id or "")
        if told is None:
            return named
        if told.login.casefold() != named.login.casefold():
            raise UnreadableEvidence(f"{what} has two user names: somebody was renamed meanwhile; ask again")
        return replace(named, kind=told.kind, email=told.email or named.email)

    def standing(self, by: Person) -> Standing:
        """What an account may do; of one that is no member nothing. Raises when nobody asked about it."""
        if by.id not in self.known:
            raise UnreadableEvidence(f"does not tell whether {by.login} is a bot")
        whole = self._level("member", by)
        return Standing(permission=_permission(whole), inherited=self._level("direct-member", by) != whole)

    def _level(self, topic: str, by: Person) -> int:
        member = gitlab.told(self.collection, topic, by.id)
        if member is None:
            return 0
        if str(member.get("id")) != by.id:
            raise UnreadableEvidence("tells of another member than was asked for")
        expires = member.get("expires_at")
        ends = instant(expires) if expires is not None else None
        if expires is not None and (ends is None or ends <= self.collection.at):
            return 0
        waiting = as_text(member.get("membership_state"), limit=40) not in ("", "active")
        level = as_count(member.get("access_level"), "access_level")
        if level > _HIGHEST:
            raise UnreadableEvidence(f"tells of a member with the access level {level}, which GitLab has not")
        return 0 if waiting else level


def _permission(level: int) -> Permission:
    return next((permission for least, permission in _ROLES if level >= least), Permission.NONE)
