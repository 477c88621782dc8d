"""Bitbucket Cloud: a pull request as `gatepass collect bitbucket` found it.

Who stands for the change or against it is told by its participants; when, and so for which commit, by its
activity. Bitbucket tells neither the committers of commits (everywhere) nor who is in a group; default
reviewers are the team `default-reviewers`.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
"""

from __future__ import annotations

from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _bitbucket as bitbucket
from gatepass.evidence._bitbucket import Accounts
from gatepass.evidence._collection import json_of, read, recognises
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence.approvals import _bitbucket_rules as rules
from gatepass.evidence.approvals._bitbucket_activity import History
from gatepass.evidence.approvals._bitbucket_commits import makers
from gatepass.evidence.approvals._unified_diff import digest_of
from gatepass.model.approvals import (
    Approvals,
    Permission,
    Person,
    PersonKind,
    Review,
    ReviewState,
    Version,
)
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

_PERMISSIONS = {
    "none": Permission.NONE,
    "read": Permission.READ,
    "write": Permission.WRITE,
    "admin": Permission.ADMIN,
}
_STATES = {
    "approved": (ReviewState.APPROVED, "approval"),
    "changes_requested": (ReviewState.CHANGES_REQUESTED, "changes_requested"),
}


@dataclass(frozen=True, slots=True)
class _Case:
    """The answers, and what is needed to read them."""

    collection: Collection
    pull: dict[str, Json]
    accounts: Accounts
    history: History

    def whole(self, short: str | None) -> str | None:
        """The whole id of a commit, None where Bitbucket could not tell it."""
        if not short:
            return None
        if len(short) in (40, 64):
            return bitbucket.whole(short, "a commit")
        for answer in self.collection.of("commit", short):
            if answer.status < 300:
                found = bitbucket.whole(
                    as_object(json_of(answer), "a commit").get("hash"), f"the commit {short}"
                )
                if not found.startswith(short):
                    raise UnreadableEvidence(f"answers about the commit {short} with another one")
                return found
        return None

    def commit(self, *keys: str) -> str | None:
        """The commit below some keys of the pull request."""
        value: Json = self.pull
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return self.whole(as_text(value, limit=100).lower())


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    pull = bitbucket.one(collection, "pull-request")
    accounts = Accounts.of(collection)
    case = _Case(collection, pull, accounts, History.of(bitbucket.values(collection, "activity"), accounts))
    head = case.commit("source", "commit", "hash")
    if head is None:
        raise UnreadableEvidence("does not tell the whole id of the head commit")
    if not case.history.ends_at(head):
        raise UnreadableEvidence("tells of updates without the head: the branch moved meanwhile; ask again")
    if "author" not in pull:
        raise UnreadableEvidence("names no author")
    commits = bitbucket.values(collection, "commits")
    if not any(bitbucket.whole(each.get("hash"), "a listed commit") == head for each in commits):
        raise UnreadableEvidence("lists commits without the head: the branch moved meanwhile; ask again")
    people, strangers = makers(commits, accounts)
    reviews = _reviews(case)
    destination = as_object(pull.get("destination"), "destination")
    branch = as_text(as_object(destination.get("branch"), "destination.branch").get("name"), limit=500)
    model = bitbucket.one(collection, "branching-model") if _answered(collection, "branching-model") else {}
    mine = rules.restrictions_of(collection, branch, model)
    default = rules.default_reviewers(collection, mine, reviews, accounts)
    pushers = case.history.pushers
    state = as_text(pull.get("state"), limit=60).lower()
    evidence = Approvals(
        report.source,
        change_request=_number(collection, pull),
        repository=as_text(as_object(destination.get("repository"), "repository").get("full_name")) or None,
        author=accounts.person(pull["author"], "the author"),
        committers=tuple(dict.fromkeys((*people, *(each for each in pushers if each.id)))),
        requested=tuple(
            accounts.person(each, "a reviewer") for each in as_array(pull.get("reviewers", []), "reviewers")
        ),
        head=head,
        base=case.commit("destination", "commit", "hash"),
        merge_commit=case.commit("merge_commit", "hash") if state == "merged" else None,
        reviews=reviews,
        rules=default,
        teams=tuple((each.name, each.eligible) for each in default),
        state=state or None,
        versions=_versions(case, head, reviews),
        changed_paths=_changed_paths(bitbucket.values(collection, "diffstat")),
        pushed_by=pushers[-1] if pushers and pushers[-1].id else None,
        gate=_gate(case),
        protection=rules.protection(collection, branch, model, accounts),
    )
    notes = tuple(f"co-author {address} is no account that is known here" for address in strangers)
    return Reading(evidence, collection.producer or None, head, collection.at, notes=notes)


def _number(collection: Collection, pull: dict[str, Json]) -> str:
    number = str(as_count(pull.get("id"), "id"))
    if number != collection.fact("change-request"):
        raise UnreadableEvidence("is about another pull request than was asked for")
    return number


def _reviews(case: _Case) -> tuple[Review, ...]:
    found = []
    for value in as_array(case.pull.get("participants"), "participants"):
        participant = as_object(value, "a participant")
        approved, state = participant.get("approved"), participant.get("state")
        if "state" not in participant or not isinstance(approved, bool) or state not in (None, *_STATES):
            raise UnreadableEvidence("lists a participant of whom nobody can tell whether they approve")
        if approved and state is None:
            state = "approved"
        if state is None:
            continue
        if not approved and state == "approved":
            raise UnreadableEvidence("lists a participant who both approves and does not")
        found.append(_review(case, participant, str(state)))
    known = [each.by.id for each in found if each.by.id]
    if len(set(known)) < len(known):
        raise UnreadableEvidence("lists a participant twice, so nobody can tell how they decided")
    return tuple(found)


def _review(case: _Case, participant: dict[str, Json], written: str) -> Review:
    by = case.accounts.person(participant.get("user"), "a participant")
    state, entry = _STATES[written]
    at = case.history.decided(by.id, entry) if by.id else None
    return Review(
        by,
        state,
        at=at,
        commit=case.whole(case.history.at(at)),
        permission=_permission(case.collection, by),
    )


def _permission(collection: Collection, by: Person) -> Permission | None:
    """What somebody may do here, through groups as well; None where the token may not ask."""
    listed = bitbucket.known(collection, "permission", by.id) if by.id else None
    if listed is None:
        return None
    best = Permission.NONE
    for entry in listed:
        if as_object(entry.get("user"), "the user of a permission").get("uuid") != by.id:
            continue
        written = as_text(entry.get("permission"), limit=40)
        if written not in _PERMISSIONS:
            raise UnreadableEvidence(f"tells of the permission {written!r}, which is none of Bitbucket's")
        best = _PERMISSIONS[written] if _PERMISSIONS[written].reaches(best) else best
    return best


def _versions(case: _Case, head: str, reviews: tuple[Review, ...]) -> tuple[Version, ...]:
    """The change at its head and at every commit that somebody decided about."""
    whole = [(case.whole(each.commit), each.at) for each in case.history.updates]
    found = []
    for commit in dict.fromkeys((head, *(each.commit for each in reviews if each.commit))):
        diffs = [each for each in case.collection.of("diff", commit) if each.status < 300]
        change = digest_of(diffs[0].body) if len(diffs) == 1 else None
        at = next((at for known, at in whole if known == commit), None)
        found.append(Version(commit, change, at))
    return tuple(found)


def _changed_paths(diffstat: list[dict[str, Json]]) -> tuple[str, ...]:
    paths = set()
    for entry in diffstat:
        ends = [as_object(end, "a path") for side in ("old", "new") if (end := entry.get(side)) is not None]
        named = [as_text(end.get("path"), limit=4000) for end in ends]
        if not named or not all(named):
            raise UnreadableEvidence("lists a change without a path")
        paths.update(named)
    return tuple(sorted(paths))


def _gate(case: _Case) -> Person | None:
    """The account of the token; one of a repository or workspace belongs to nobody."""
    if not _answered(case.collection, "gate"):
        return None
    found = case.accounts.person(bitbucket.one(case.collection, "gate"), "the account of the token")
    return None if found.kind is PersonKind.GHOST else found


def _answered(collection: Collection, topic: str) -> bool:
    return any(answer.status < 300 for answer in collection.of(topic))


FORMAT = Format(
    name="bitbucket-collected-approvals",
    title="Bitbucket Cloud pull request, collected",
    kind=Approvals.KIND,
    recognises=recognises("bitbucket", Approvals.KIND),
    read=_read,
    page="https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/",
)
