"""GitHub: a pull request with everybody who had a say, as `gatepass collect github` found it.

Teams, permissions and the account of the token are those at the time of asking. The change at a commit is
known by its diff, so an approval of a commit that was only rebased can be told from one of another change.

https://docs.github.com/en/rest/pulls
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import entries, json_of, read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._github import built as built_of
from gatepass.evidence._github import person, whole
from gatepass.evidence._json import as_array, as_count, as_object, as_text, objects
from gatepass.evidence.approvals import _github, _github_commits
from gatepass.evidence.approvals._commit import commit
from gatepass.evidence.approvals._github_protection import protection
from gatepass.evidence.approvals._owners import owners_file
from gatepass.evidence.approvals._unified_diff import digest_of
from gatepass.model.approvals import (
    Approvals,
    CodeOwners,
    OwnersDialect,
    Permission,
    Person,
    PersonKind,
    Review,
    Version,
)
from gatepass.model.collection import Answer, Collection
from gatepass.model.facts import Json

_OWNERS_AT = {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}
_GATES_BOT = Person(
    "github-actions[bot]", kind=PersonKind.BOT
)  # the token of a workflow may not ask who it is


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    pull = as_object(json_of(_one(collection, "pull")), "the pull request")
    number = str(as_count(pull.get("number"), "number"))
    head = commit(as_object(pull.get("head"), "head").get("sha"), "head.sha")
    if "user" not in pull or head is None:
        raise UnreadableEvidence("names no author or no head commit")
    if (number, head) != (collection.fact("change-request"), collection.fact("head")):
        raise UnreadableEvidence("holds another pull request than it says")
    commits = [as_object(each, "a commit") for each in _commits(collection)]
    told = as_count(pull.get("commits"), "commits")
    if len(commits) < told:
        raise UnreadableEvidence(f"lists {len(commits)} of {told} commits")
    people, strangers = _github_commits.people_of(commits, collection.server)
    if _github_commits.tip(commits) != head:
        raise UnreadableEvidence("was collected while somebody pushed: the commits end at another head")
    built, notes = built_of(collection, pull)
    merged = pull.get("merged_at") is not None
    evidence = Approvals(
        report.source,
        change_request=number,
        repository=collection.fact("repository"),
        author=person(pull["user"], "user"),
        committers=(*people, *(Person("", kind=PersonKind.GHOST, email=each) for each in strangers)),
        requested=tuple(person(each, "requested") for each in objects(pull.get("requested_reviewers"))),
        head=head,
        base=commit(as_object(pull.get("base"), "base").get("sha"), "base.sha"),
        merge_commit=commit(pull.get("merge_commit_sha"), "merge_commit_sha") if merged else None,
        reviews=tuple(_reviews(collection)),
        teams=tuple(_teams(collection)),
        state="merged" if merged else as_text(pull.get("state"), limit=60) or None,
        versions=tuple(_versions(collection, head, as_count(pull.get("changed_files"), "changed_files"))),
        code_owners=_owners(collection),
        changed_paths=_paths(collection, pull),
        pushed_by=_pusher(collection, head),
        gate=_gate(collection),
        labels=tuple(as_text(each.get("name"), limit=200) for each in objects(pull.get("labels"))),
        protection=protection(collection),
        built=built,
    )
    return Reading(evidence, producer=collection.producer, created=collection.at, notes=notes)


def _one(collection: Collection, topic: str, about: str | None = None) -> Answer:
    answers = collection.of(topic, about)
    if len(answers) != 1:
        raise UnreadableEvidence(f"holds {len(answers)} answers about {topic}, not one")
    return answers[0]


def _commits(collection: Collection) -> Iterator[Json]:
    """As the pull request lists them; as a comparison does, where there are more than that."""
    compared = collection.of("compared")
    if not compared:
        yield from entries(collection, "commits")
    for page in compared:
        yield from as_array(as_object(json_of(page), "a comparison").get("commits"), "commits")


def _reviews(collection: Collection) -> Iterator[Review]:
    edited = dict(_edits(collection))
    listed = list(entries(collection, "reviews"))
    if len(edited) > len(listed):
        raise UnreadableEvidence("lists fewer reviews than it knows the edits of: a page is missing")
    for index, entry in enumerate(listed):
        review = _github.review(entry, f"review {index + 1}")
        if review.id not in edited:
            raise UnreadableEvidence(f"does not tell whether review {review.id} was edited")
        at = instant(edited[review.id]) if edited[review.id] is not None else None
        if edited[review.id] is not None and at is None:
            raise UnreadableEvidence(f"tells no time at which review {review.id} was edited")
        yield replace(review, edited=at, permission=_permission(collection, review.by))


def _edits(collection: Collection) -> Iterator[tuple[str, Json]]:
    for answer in collection.of("edits"):
        node: Json = json_of(answer)
        for key in ("data", "repository", "pullRequest", "reviews"):
            node = as_object(node, key).get(key)
        for each in as_array(as_object(node, "reviews").get("nodes"), "reviews.nodes"):
            item = as_object(each, "a review")
            if "lastEditedAt" not in item:
                raise UnreadableEvidence("does not tell whether a review was edited")
            yield as_text(item.get("fullDatabaseId"), limit=40), item["lastEditedAt"]


def _permission(collection: Collection, by: Person) -> Permission | None:
    """What somebody may do now; a custom role counts as what GitHub says that it amounts to."""
    if by.kind is PersonKind.GHOST:
        return None
    answer = _one(collection, "permission", by.login)
    if answer.status == 404:
        return Permission.NONE
    item = as_object(json_of(answer), "a permission")
    for name in ("role_name", "permission"):
        if (said := as_text(item.get(name), limit=100)) in set(Permission):
            return Permission(said)
    return None


def _teams(collection: Collection) -> Iterator[tuple[str, tuple[Person, ...]]]:
    """The reviewers who are in each team now; others of it have said nothing."""
    reviews = (as_object(entry, "a review") for entry in entries(collection, "reviews"))
    everybody = [person(review.get("user"), "user") for review in reviews]
    people = {each.login: each for each in everybody if each.kind is not PersonKind.GHOST}
    for answer in collection.of("team"):
        if answer.status != 200:  # named by code owners alone, and not for this token to see
            continue
        members = (
            member
            for login, member in people.items()
            if _is_member(_one(collection, "membership", f"{answer.about} {login}"))
        )
        yield answer.about, tuple(members)


def _is_member(answer: Answer) -> bool:
    if answer.status != 200:
        return False
    return as_object(json_of(answer), "a membership").get("state") == "active"


def _versions(collection: Collection, head: str, files: int) -> Iterator[Version]:
    """The change at each commit; a diff of the head that leaves files out is known for nothing."""
    for answer in collection.of("diff"):
        sha = whole(answer.about, "the commit of a diff")
        shown = sum(line.startswith("diff --git ") for line in answer.body.split("\n"))
        is_whole = answer.status == 200 and (sha != head or shown >= files)
        yield Version(sha, digest_of(answer.body) if is_whole else None)


def _owners(collection: Collection) -> CodeOwners:
    found = owners_file(collection, _OWNERS_AT)
    if found is None:
        return CodeOwners("", "", OwnersDialect.GITHUB)
    told = _one(collection, "owners-errors")
    listed = as_object(json_of(told), "errors").get("errors") if told.status == 200 else []
    errors = (as_object(each, "an error") for each in as_array(listed, "errors"))
    return CodeOwners(
        found.about,
        found.body,
        OwnersDialect.GITHUB,
        tuple(as_text(each.get("message"), limit=500) or as_text(each.get("kind")) for each in errors),
    )


def _paths(collection: Collection, pull: dict[str, Json]) -> tuple[str, ...]:
    files = [as_object(entry, "a file") for entry in entries(collection, "files")]
    told = as_count(pull.get("changed_files"), "changed_files")
    if len(files) < told:
        raise UnreadableEvidence(f"lists {len(files)} of {told} files")
    found: dict[str, None] = {}
    for item in files:
        for name in ("filename", "previous_filename"):
            if path := as_text(item.get(name), limit=4096):
                found[path] = None
    return tuple(sorted(found))


def _pusher(collection: Collection, head: str) -> Person | None:
    """Who pushed the head commit, where GitHub tells; the newest push is listed first."""
    for answer in collection.of("pushes"):
        if answer.status != 200:
            continue
        for entry in as_array(json_of(answer), "pushes"):
            item = as_object(entry, "a push")
            if item.get("after") == head:
                return person(item.get("actor"), "actor")
    for entry in reversed(list(entries(collection, "timeline"))):  # of a fork, forced pushes alone are told
        item = as_object(entry, "an event")
        if item.get("event") == "head_ref_force_pushed" and item.get("commit_id") == head:
            return person(item.get("actor"), "actor")
    return None


def _gate(collection: Collection) -> Person:
    answer = _one(collection, "token")
    return _GATES_BOT if answer.status != 200 else person(json_of(answer), "the account of the token")


FORMAT = Format(
    name="github-collected-approvals",
    title="GitHub pull request, by gatepass collect github",
    kind=Approvals.KIND,
    recognises=recognises("github", Approvals.KIND),
    read=_read,
    page="https://docs.github.com/en/rest/pulls",
)
