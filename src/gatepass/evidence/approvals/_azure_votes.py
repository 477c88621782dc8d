"""When somebody voted, and so for which iteration: what the system threads of a pull request tell.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _azure as azure
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_count, as_object, as_text
from gatepass.model.approvals import Person
from gatepass.model.collection import Collection
from gatepass.model.facts import Json


@dataclass(frozen=True, slots=True)
class Iteration:
    """The source branch as it came to a commit; ``by`` pushed it."""

    number: int
    at: datetime
    commit: str
    by: Person


def iterations(collection: Collection) -> tuple[Iteration, ...]:
    """All iterations, oldest first. Raises `UnreadableEvidence` when there is none."""
    found = []
    for each in azure.values(collection, "iterations"):
        at = instant(each.get("createdDate"))
        if at is None:
            raise UnreadableEvidence("lists an iteration without a date; the order decides")
        push = each.get("push")
        pusher = push.get("pushedBy") if isinstance(push, dict) else None
        source = as_object(each.get("sourceRefCommit"), "sourceRefCommit")
        by = azure.person(pusher or each.get("author"), "who pushed an iteration")
        sha = azure.commit(source.get("commitId"), "sourceRefCommit.commitId")
        found.append(Iteration(as_count(each.get("id"), "the id of an iteration"), at, sha, by))
    if not found:
        raise UnreadableEvidence("lists no iterations", code="empty")
    found.sort(key=lambda each: each.number)
    if any(one.number == next_.number or one.at > next_.at for one, next_ in pairwise(found)):
        raise UnreadableEvidence("lists iterations of which nobody can tell which came first")
    return tuple(found)


def commit_at(found: tuple[Iteration, ...], when: datetime | None) -> str | None:
    """The commit that the branch was at; None in the very instant of an iteration, or when not known."""
    if when is None or any(each.at == when for each in found):
        return None
    return next((each.commit for each in reversed(found) if each.at < when), None)


def voted(collection: Collection, who: str, vote: int) -> datetime | None:
    """When somebody gave the vote that stands; None where the newest that is told is another."""
    newest: tuple[datetime, str] | None = None
    for thread in azure.values(collection, "threads"):
        properties = thread.get("properties")
        if not isinstance(properties, dict) or _value(properties, "CodeReviewThreadType") != "VoteUpdate":
            continue
        at = instant(thread.get("publishedDate"))
        if at is None:
            raise UnreadableEvidence("lists a vote without a date; the order decides")
        if _voter(thread, properties) == who and (newest is None or at >= newest[0]):
            newest = at, _value(properties, "CodeReviewVoteResult")
    return newest[0] if newest and newest[1] == str(vote) else None


def change_of(collection: Collection, iteration: Iteration) -> str | None:
    """A digest of what the change does: each path with what it was before and what it is now.

    Iterations that share it changed the same contents into the same contents. None where the answer does
    not tell all contents, or was not asked for.
    """
    entries = azure.known(collection, "changes", str(iteration.number), key="changeEntries")
    if not entries:
        return None
    told = []
    for entry in entries:
        item = as_object(entry.get("item"), "item")
        if item.get("isFolder") is True or item.get("gitObjectType") == "tree":
            continue
        kind = as_text(entry.get("changeType"), limit=100).replace(" ", "")
        new, old = (as_text(item.get(key), limit=100) for key in ("objectId", "originalObjectId"))
        if not (new or "delete" in kind) or not (old or "add" in kind):
            return None
        told.append([as_text(item.get("path"), limit=4000), _original(entry), kind, new, old])
    return sha256(json.dumps(sorted(told)).encode()).hexdigest() if told else None


def paths_of(collection: Collection, iteration: Iteration) -> tuple[str, ...]:
    """What an iteration touches, under old and new names, without the slash at the beginning."""
    found: set[str] = set()
    for entry in azure.values(collection, "changes", str(iteration.number), key="changeEntries"):
        item = as_object(entry.get("item"), "item")
        if item.get("isFolder") is True or item.get("gitObjectType") == "tree":
            continue
        path = as_text(item.get("path"), limit=4000) or _original(entry)
        if not path:
            raise UnreadableEvidence("lists a change without a path")
        found.update(each.lstrip("/") for each in (path, _original(entry)) if each)
    return tuple(sorted(found))


def _original(entry: dict[str, Json]) -> str:
    return as_text(entry.get("originalPath"), limit=4000)


def _value(properties: dict[str, Json], name: str) -> str:
    found = properties.get(name)
    value = found.get("$value") if isinstance(found, dict) else found
    return str(value) if isinstance(value, int) else as_text(value, limit=200)


def _voter(thread: dict[str, Json], properties: dict[str, Json]) -> str:
    """The id of who voted: by a key into ``identities``, in older answers by itself."""
    identities = thread.get("identities")
    named = _value(properties, "CodeReviewVotedByIdentity")
    identity = identities.get(named) if isinstance(identities, dict) and named else None
    if isinstance(identity, dict):
        return as_text(identity.get("id"), limit=100).lower()
    return _value(properties, "CodeReviewVotedByTfId").lower()
