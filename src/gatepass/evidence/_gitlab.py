"""What GitLab's answers have in common, whatever they are about: accounts, lists, commit ids.

Answers about merge requests do not tell people from programs; those about users do (``bot``). Without that,
project and group access tokens are known by their user names, service accounts of other names are not.

https://docs.gitlab.com/api/users/
https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.collection import Answer, Collection
from gatepass.model.facts import Json

_BOT = re.compile(r"(?:project|group)_[0-9]+_bot|service_account_|.*(?:[-_]bot|\[bot\])$", re.IGNORECASE)
_GHOST = re.compile(r"ghost[0-9]*", re.IGNORECASE)
_SHUT_OUT = ("blocked", "ldap_blocked", "blocked_pending_approval", "banned")
_GLOBAL = re.compile(r"gid://gitlab/[A-Za-z:]+/([0-9]{1,18})")
_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def one(collection: Collection, topic: str, about: str | None = None) -> dict[str, Json]:
    """The one answer to a topic. Raises `UnreadableEvidence` when there is none, or no object."""
    found = told(collection, topic, about)
    if found is None:
        raise UnreadableEvidence(f"holds no answer about {topic}{f' {about}' if about else ''}")
    return found


def told(collection: Collection, topic: str, about: str | None = None) -> dict[str, Json] | None:
    """As `one`; None where GitLab answered that it is not there, or not for this token. Never when nobody
    asked."""
    answer = answered(collection, topic, about)
    return as_object(json_of(answer), f"the answer about {topic}") if answer.status < 300 else None


def answered(collection: Collection, topic: str, about: str | None = None) -> Answer:
    """The one answer, whatever its status."""
    answers = collection.of(topic, about)
    if len(answers) != 1:
        what = f"{topic}{f' {about}' if about else ''}"
        raise UnreadableEvidence(f"holds {len(answers) or 'no'} answer{'s' * bool(answers)} about {what}")
    return answers[0]


def listed(collection: Collection, topic: str, about: str | None = None) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `UnreadableEvidence` when the token may not see them."""
    found = known(collection, topic, about)
    if found is None:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return found


def known(collection: Collection, topic: str, about: str | None = None) -> list[dict[str, Json]] | None:
    """As `listed`; None where the token may not see them. Raises when nobody asked, or all but the last page
    are not whole."""
    answers = collection.of(topic, about)
    if not answers:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    if any(each.status >= 300 for each in answers):
        return None
    return [
        as_object(entry, f"an entry of {topic}")
        for each in answers
        for entry in as_array(json_of(each), f"the answer of {each.url}")
    ]


def nodes(collection: Collection, topic: str, *keys: str, about: str | None = None) -> list[dict[str, Json]]:
    """The nodes of a connection of GraphQL below ``keys``, of all pages; the last one says that it is."""
    answers = collection.of(topic, about)
    if not answers:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    found: list[dict[str, Json]] = []
    more: Json = None
    for answer in answers:
        node: Json = json_of(answer)
        for key in ("data", *keys):
            node = as_object(node, topic).get(key)
        page = as_object(node, topic)
        found += [as_object(each, topic) for each in as_array(page.get("nodes"), f"the nodes of {topic}")]
        more = as_object(page.get("pageInfo"), "pageInfo").get("hasNextPage")
    if more is not False:
        raise UnreadableEvidence(f"does not hold all pages about {topic}")
    return found


def person(value: Json, what: str) -> Person:
    """An account; GitLab's ghost user stands for those that were deleted. One that was shut out is nobody's
    to log in with either."""
    user = as_object(value, what)
    username = as_text(user.get("username"), limit=300)
    if not username.strip():
        raise UnreadableEvidence(f"{what} has no username")
    return Person(
        username,
        id=_identity(user.get("id"), what),
        kind=_kind(username, user),
        name=as_text(user.get("name"), limit=300) or None,
        email=as_text(user.get("public_email"), limit=320) or None,
    )


def _identity(value: Json, what: str) -> str | None:
    """The number of an account; GraphQL writes it ``gid://gitlab/User/7``."""
    if isinstance(value, str) and (found := _GLOBAL.fullmatch(value)):
        return found[1]
    return None if value is None else str(as_count(value, f"{what}.id"))


def _kind(username: str, user: dict[str, Json]) -> PersonKind:
    if _GHOST.fullmatch(username) or as_text(user.get("state"), limit=60) in _SHUT_OUT:
        return PersonKind.GHOST
    is_bot = user.get("bot") is True or _BOT.match(username) is not None
    return PersonKind.BOT if is_bot else PersonKind.USER


def commit(value: Json, what: str) -> str:
    """A whole commit id in lower case."""
    found = as_text(value, limit=100).lower()
    if not _WHOLE.fullmatch(found):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return found


def changed_paths(collection: Collection, request: dict[str, Json]) -> tuple[str, ...]:
    """What the merge request touches, under old and new names. Raises when GitLab left something out."""
    diffs = listed(collection, "diffs")
    count = as_text(request.get("changes_count"), limit=20)
    if not count.isdecimal():  # "1000+" where it stopped counting, null while it still compares
        raise UnreadableEvidence(f"does not tell all files: GitLab counts {count or 'nothing yet'}")
    if len(diffs) < int(count):
        raise UnreadableEvidence(f"lists {len(diffs)} of {count} files")
    found: set[str] = set()
    for each in diffs:
        paths = [as_text(each.get(name), limit=4096) for name in ("old_path", "new_path")]
        if not all(paths):
            raise UnreadableEvidence("lists a change without a path")
        found.update(paths)
    return tuple(sorted(found))


def is_same_project(collection: Collection, project: dict[str, Json]) -> bool:
    """Whether the answer is about the project that was asked for; capitals make no difference."""
    path = as_text(project.get("path_with_namespace"), limit=1000)
    return path.casefold() == (collection.fact("repository") or "").casefold() != ""
