"""What every answer of GitHub's has in common, whatever it is about: accounts and commit ids.

https://docs.github.com/en/rest/users/users
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._json import as_count, as_object, as_text, objects
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

GHOST = Person("ghost", kind=PersonKind.GHOST)
_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def person(value: Json, what: str) -> Person:
    """An account; ``null`` is one that was deleted.

    Refused without a ``type``: nothing else tells a bot from a person.
    """
    if value is None:
        return GHOST
    user = as_object(value, what)
    login = as_text(user.get("login"), limit=200)
    if not login.strip():
        raise UnreadableEvidence(f"{what} has no login")
    number = user.get("id")
    return Person(
        login,
        id=None if number is None else str(as_count(number, f"{what}.id")),
        kind=_kind(login, user.get("type"), what),
        name=as_text(user.get("name"), limit=200) or None,
    )


def _kind(login: str, kind: Json, what: str) -> PersonKind:
    if kind == "Bot" or login.casefold().endswith("[bot]"):
        return PersonKind.BOT
    if kind in ("Mannequin", "Organization") or login.casefold() == "ghost":
        return PersonKind.GHOST  # a stand-in: nobody can log in and look at code with it
    if kind != "User":
        raise UnreadableEvidence(f"{what} has no known 'type', which tells people from bots; keep it")
    return PersonKind.USER


def built(collection: Collection, pull: dict[str, Json]) -> tuple[str | None, tuple[str, ...]]:
    """The trial merge that is built, None where none was told, and remarks about it.

    Raises `UnreadableEvidence` (code ``other-commit``) for one that GitHub has not made of the head: it is
    neither its newest trial merge nor a child of the head.
    """
    commit = collection.fact("built")
    if commit is None:
        return None, ()
    newest = as_text(pull.get("merge_commit_sha"), limit=100)
    if commit == newest:
        return commit, ()
    head = as_object(pull.get("head"), "head").get("sha")
    for answer in collection.of("built", commit):
        told = as_object(json_of(answer), "the commit that is built") if answer.status < 300 else {}
        parents = [as_text(each.get("sha"), limit=100) for each in objects(told.get("parents"))]
        if told.get("sha") == commit and len(parents) == 2 and parents[1] == head:
            now = f"now it is {newest[:12]}" if newest else "now there is none"
            return commit, (f"{commit[:12]} is an older trial merge of the pull request: {now}",)
    raise UnreadableEvidence(
        f"tells of another commit than what is built: {commit[:12]} is neither the head nor a trial merge of "
        "the pull request; run the workflow again",
        code="other-commit",
    )


def whole(value: Json, what: str) -> str:
    """A whole commit id, in lower case."""
    text = as_text(value, limit=100).lower()
    if not _WHOLE.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return text
