"""GitLab: a merge request with everybody who had a say, as `gatepass collect gitlab` found it.

Approvals carry no commit: it is told from when they were given, and when the versions were made. Groups,
roles and the account of the token are those at the time of asking. A group's members are its direct ones, as
GitLab has it for approvals. Rules and settings of approvals are of its paid tiers, and not known elsewhere.

https://docs.gitlab.com/api/merge_requests/
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence.approvals import _gitlab
from gatepass.evidence.approvals._commit import commit
from gatepass.evidence.approvals._gitlab_commits import committers
from gatepass.evidence.approvals._gitlab_decisions import decisions
from gatepass.evidence.approvals._gitlab_history import History
from gatepass.evidence.approvals._gitlab_people import People
from gatepass.evidence.approvals._gitlab_protection import protection
from gatepass.evidence.approvals._owners import owners_file
from gatepass.model.approvals import (
    Approvals,
    CodeOwners,
    ForgeRule,
    OwnersDialect,
    Person,
    PersonKind,
    Review,
    ReviewState,
)
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

_OWNERS_AT = {"CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    project, request = (gitlab.one(collection, topic) for topic in ("project", "merge-request"))
    number, head = str(as_count(request.get("iid"), "iid")), gitlab.commit(request.get("sha"), "sha")
    _refuse_another(collection, project, request)
    history = History.of(collection, as_count(request.get("id"), "id"))
    if history.newest.head != head:
        raise UnreadableEvidence("was collected while somebody pushed: the newest version has another head")
    people = People.of(collection)
    author = people.person(request.get("author"), "author")
    reviews = decisions(collection, request, history, people)
    state = gitlab.told(collection, "approval-state")
    rules, overwritten = _gitlab.rules(state) if state is not None else ((), False)
    branch = as_text(request.get("target_branch"), limit=500)
    merged = request.get("state") == "merged"
    made = (request.get("merge_commit_sha") or request.get("squash_commit_sha")) if merged else None
    evidence = Approvals(
        report.source,
        change_request=number,
        repository=as_text(project.get("path_with_namespace"), limit=1000),
        author=author,
        committers=committers(collection, head, people.known.values()),
        requested=tuple(
            people.person(each, "a reviewer") for each in as_array(request.get("reviewers"), "reviewers")
        ),
        head=head,
        base=history.newest.base,
        merge_commit=commit(made, "what merging made"),
        reviews=reviews,
        rules=rules,
        teams=tuple(_teams(collection, reviews, () if overwritten else rules)),
        rules_overwritten=overwritten,
        state=as_text(request.get("state"), limit=60) or None,
        versions=history.told(),
        code_owners=_owners(collection),
        changed_paths=gitlab.changed_paths(collection, request),
        pushed_by=_pusher(collection, request, head),
        gate=_gate(collection),
        labels=_labels(request),
        protection=protection(collection, branch, None if state is None else rules, project),
    )
    notes = (*_gitlab.notes(rules, overwritten=overwritten), *_untold(collection))
    return Reading(evidence, collection.producer or None, head, collection.at, notes=notes)


def _refuse_another(collection: Collection, project: dict[str, Json], request: dict[str, Json]) -> None:
    """Answers about another project or merge request than was asked for, or about two heads."""
    if not gitlab.is_same_project(collection, project) or project.get("id") != request.get("project_id"):
        raise UnreadableEvidence("is about another project than was asked for")
    told = [str(request.get(name)) for name in ("iid", "sha", "target_branch")]
    if told != [collection.fact(name) for name in ("change-request", "head", "branch")]:
        raise UnreadableEvidence("holds another merge request than it says")
    refs = request.get("diff_refs")
    if refs is not None and as_object(refs, "diff_refs").get("head_sha") not in (None, request.get("sha")):
        raise UnreadableEvidence("has two head commits: GitLab was still comparing; ask it again")


def _teams(
    collection: Collection, reviews: tuple[Review, ...], rules: tuple[ForgeRule, ...]
) -> Iterator[tuple[str, tuple[Person, ...]]]:
    """Groups with those who approve and are in them now, then rules that have no group's name.

    A name with a slash is a group's, and so is one that was asked for; a rule of that name, which anybody may
    have given it, is none.
    """
    approving = [each.by for each in reviews if each.state is ReviewState.APPROVED]
    groups = {answer.about.casefold() for answer in collection.of("team")}
    for answer in collection.of("team"):
        if answer.status >= 300:  # named by code owners alone, and not there or not for this token to see
            continue
        if as_text(gitlab.one(collection, "team", answer.about).get("full_path")).casefold() != (
            answer.about.casefold()
        ):
            raise UnreadableEvidence("tells of another group than was asked for")
        yield answer.about, tuple(each for each in approving if _is_in(collection, answer.about, each))
    for name, members in _gitlab.teams(rules):
        if "/" not in name and name.casefold() not in groups:
            yield name, members


def _is_in(collection: Collection, team: str, one: Person) -> bool:
    member = gitlab.told(collection, "membership", f"{team} {one.id}")
    if member is None:
        return False
    if str(member.get("id")) != one.id:
        raise UnreadableEvidence("tells of another member than was asked for")
    return as_text(member.get("membership_state"), limit=40) in ("", "active")


def _owners(collection: Collection) -> CodeOwners:
    found = owners_file(collection, _OWNERS_AT)
    if found is None:
        return CodeOwners("", "", OwnersDialect.GITLAB)
    return CodeOwners(found.about, found.body, OwnersDialect.GITLAB)


def _pusher(collection: Collection, request: dict[str, Json], head: str) -> Person | None:
    """Who pushed the head to the source branch, where GitLab tells; the newest push is listed first."""
    pushes = gitlab.known(collection, "pushes") if collection.of("pushes") else None
    for each in pushes or []:
        push = each.get("push_data")
        if not isinstance(push, dict) or each.get("project_id") != request.get("source_project_id"):
            continue
        if (push.get("commit_to"), push.get("ref")) == (head, request.get("source_branch")):
            return gitlab.person(each.get("author"), "who pushed")
    return None


def _gate(collection: Collection) -> Person | None:
    """The account of the token, also of a project's; None where that may not ask."""
    user = gitlab.told(collection, "gate")
    if user is None:
        return None
    found = gitlab.person(user, "the account of the token")
    return None if found.kind is PersonKind.GHOST else found


def _labels(request: dict[str, Json]) -> tuple[str, ...]:
    return tuple(as_text(each, limit=200) for each in as_array(request.get("labels"), "labels"))


def _untold(collection: Collection) -> Iterator[str]:
    """What this tier or this token does not tell, for people."""
    for topic, words in (
        ("approval-state", "approval rules"),
        ("approval-settings", "approval settings"),
        ("protected-branches", "protected branches"),
    ):
        if any(each.status >= 300 for each in collection.of(topic)):
            yield f"GitLab does not tell the {words} here: its tier has none, or the token may not see them"


FORMAT = Format(
    name="gitlab-collected-approvals",
    title="GitLab merge request, by gatepass collect gitlab",
    kind=Approvals.KIND,
    recognises=recognises("gitlab", Approvals.KIND),
    read=_read,
    page="https://docs.gitlab.com/api/merge_requests/",
)
