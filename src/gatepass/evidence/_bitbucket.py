"""What Bitbucket Cloud's answers have in common: accounts, pages, commit ids.

A nickname is its owner's to change, and two accounts may share one. The ``uuid`` is what identifies an
account; the nickname is a login only where it belongs to exactly one member of the workspace.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/#universally-unique-identifier
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _collection
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

GHOST = Person("", kind=PersonKind.GHOST)
_UUID = re.compile(r"\{[0-9a-fA-F-]{8,60}\}")
_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_KINDS = {"user": PersonKind.USER, "app_user": PersonKind.BOT}
_NOBODY = ("team", "workspace")
_GONE = ("inactive", "closed", "deleted")


def one(collection: Collection, topic: str) -> dict[str, Json]:
    """The one answer to a topic. Raises `UnreadableEvidence` when there is none, or no object."""
    answers = collection.of(topic)
    if len(answers) != 1 or answers[0].status >= 300:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return as_object(_collection.json_of(answers[0]), f"the answer about {topic}")


def values(collection: Collection, topic: str, about: str | None = None) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `UnreadableEvidence` when a page is missing or nobody asked."""
    found = known(collection, topic, about)
    if found is None:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return found


def known(collection: Collection, topic: str, about: str | None = None) -> list[dict[str, Json]] | None:
    """As `values`; None where the token was not let read it, or nobody asked."""
    answers = collection.of(topic, about)
    if not answers or any(answer.status >= 300 for answer in answers):
        return None
    pages = [as_object(_collection.json_of(each), f"the answer of {each.url}") for each in answers]
    found = [
        as_object(entry, f"an entry of {topic}")
        for page in pages
        for entry in as_array(page.get("values"), f"values of {topic}")
    ]
    size = pages[-1].get("size")
    if pages[-1].get("next") or (size is not None and as_count(size, "size") > len(found)):
        raise UnreadableEvidence(f"does not hold all pages about {topic}")
    return found


def whole(value: Json, what: str) -> str:
    """A whole commit id in lower case."""
    text = as_text(value, limit=100).lower()
    if not _WHOLE.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return text


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who is called what: ``nicknames`` are those by uuid that belong to one member alone."""

    nicknames: dict[str, str]

    @classmethod
    def of(cls, collection: Collection) -> Accounts:
        """From the list of members, where it was asked for and may be used."""
        if collection.fact("names") != "nickname":
            return cls({})
        members = known(collection, "members") or []
        by_uuid = {
            as_text(user.get("uuid"), limit=100): as_text(user.get("nickname"), limit=200).strip()
            for user in (as_object(each.get("user"), "a member") for each in members)
        }
        times = Counter(name.casefold() for name in by_uuid.values())
        return cls({uuid: name for uuid, name in by_uuid.items() if name and times[name.casefold()] == 1})

    def person(self, value: Json, what: str) -> Person:
        """An account; ``null`` and what nobody can log in with any more is a ghost.

        Refused without a ``type``: nothing else tells a bot from a person.
        """
        if value is None:
            return GHOST
        user = as_object(value, what)
        uuid = as_text(user.get("uuid"), limit=100)
        kind = self._kind(user, what)
        if not _UUID.fullmatch(uuid):
            if kind is PersonKind.GHOST or not uuid:
                return GHOST
            raise UnreadableEvidence(f"{what} has an odd uuid")
        account = as_text(user.get("account_id"), limit=200)
        return Person(
            self.nicknames.get(uuid, uuid),
            id=uuid,
            kind=kind,
            name=as_text(user.get("display_name"), limit=200) or None,
            linked=(f"atlassian:{account}",) if account else (),
        )

    def _kind(self, user: dict[str, Json], what: str) -> PersonKind:
        written = user.get("type")
        gone = as_text(user.get("account_status"), limit=40).lower() in _GONE
        if written in _NOBODY or gone:
            return PersonKind.GHOST
        kind = _KINDS.get(as_text(written, limit=40))
        if kind is None:
            raise UnreadableEvidence(f"{what} has no known 'type', which tells people from bots")
        return kind
