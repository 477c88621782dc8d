"""Azure DevOps: a pull request as `gatepass collect azure` found it.

Votes of 10 (approved) and 5 (approved with suggestions) approve, -5 (waiting for the author) and -10
(rejected) ask for changes. A group never votes: who voted for it did. Commits tell addresses and no accounts:
one is an account's where somebody of this pull request has it; who pushed counts as a committer as well.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-reviewers
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _azure as azure
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._json import as_array, as_count, as_object, as_text, objects
from gatepass.evidence.approvals import _azure_votes as votes
from gatepass.model.approvals import (
    Approvals,
    ForgeRule,
    Person,
    PersonKind,
    Protection,
    Review,
    ReviewState,
    Version,
)
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

_VOTES = {
    10: ReviewState.APPROVED,
    5: ReviewState.APPROVED,
    -5: ReviewState.CHANGES_REQUESTED,
    -10: ReviewState.CHANGES_REQUESTED,
}
MINIMUM = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"
REQUIRED = "fd2167ab-b0be-447a-8ec8-39368250530e"
BUILD = "0609b952-1397-4640-95ec-e00a01b2c241"
STATUS = "cbdc66da-9728-4af8-aada-9a5a32e4a226"


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    pull = azure.one(collection, "pull-request")
    number = str(as_count(pull.get("pullRequestId"), "pullRequestId"))
    if number != collection.fact("change-request"):
        raise UnreadableEvidence("is about another pull request than was asked for")
    history = votes.iterations(collection)
    newest = history[-1]
    head = azure.commit(
        as_object(pull.get("lastMergeSourceCommit"), "lastMergeSourceCommit").get("commitId"), "head"
    )
    if head != newest.commit:
        raise UnreadableEvidence("has two head commits: Azure was still comparing; ask it again")
    if pull.get("createdBy") is None:
        raise UnreadableEvidence("names no author")
    author = azure.person(pull["createdBy"], "createdBy")
    reviewers = [as_object(each, "a reviewer") for each in as_array(pull.get("reviewers"), "reviewers")]
    people = [each for each in reviewers if not azure.is_group(each)]
    if len({azure.person(each, "a reviewer").id for each in people}) < len(people):
        raise UnreadableEvidence("lists a reviewer twice, so nobody can tell how they vote")
    reviews = tuple(found for each in people if (found := _review(collection, each, history)))
    accounts = [
        author,
        *(azure.person(each, "a reviewer") for each in people),
        *(each.by for each in history),
    ]
    repository = as_object(pull.get("repository"), "repository")
    owner = as_text(as_object(repository.get("project"), "project").get("name"), limit=200)
    wanted = dict.fromkeys((head, *(each.commit for each in reviews if each.commit)))
    evidence = Approvals(
        report.source,
        change_request=number,
        repository=f"{owner}/{as_text(repository.get('name'), limit=200)}",
        author=author,
        committers=_committers(collection, head, accounts, history),
        requested=tuple(azure.person(each, "a reviewer") for each in people),
        head=head,
        merge_commit=_merge_commit(pull),
        reviews=reviews,
        rules=_rules(collection),
        state=as_text(pull.get("status"), limit=60) or None,
        versions=tuple(_version(collection, history, each) for each in wanted),
        changed_paths=votes.paths_of(collection, newest),
        pushed_by=newest.by if newest.by.id else None,
        gate=_gate(collection),
        labels=tuple(
            as_text(each.get("name"), limit=200)
            for each in azure.values(collection, "labels")
            if each.get("active") is not False
        ),
        protection=_protection(collection, as_text(pull.get("targetRefName"), limit=500)),
    )
    return Reading(evidence, collection.producer or None, head, collection.at)


def _review(
    collection: Collection, reviewer: dict[str, Json], history: tuple[votes.Iteration, ...]
) -> Review | None:
    vote = reviewer.get("vote")
    if isinstance(vote, bool) or not isinstance(vote, int) or (vote != 0 and vote not in _VOTES):
        raise UnreadableEvidence("lists a reviewer with a vote that is none of Azure's")
    if vote == 0:
        return None
    by = azure.person(reviewer, "a reviewer")
    at = votes.voted(collection, by.id or "", vote)
    return Review(
        by,
        _VOTES[vote],
        at=at,
        commit=votes.commit_at(history, at),
        teams=tuple(
            name
            for each in objects(reviewer.get("votedFor"))
            if (name := as_text(each.get("displayName"), limit=300))
        ),
    )


def _committers(
    collection: Collection, head: str, accounts: list[Person], history: tuple[votes.Iteration, ...]
) -> tuple[Person, ...]:
    """Who wrote, committed or pushed; an address that nobody here has belongs to somebody unknown."""
    known = {each.email.casefold(): each for each in accounts if each.email}
    found: dict[Person, None] = {}
    commits = azure.values(collection, "commits")
    if head not in [azure.commit(each.get("commitId"), "a listed commit") for each in commits]:
        raise UnreadableEvidence("lists commits without the head: the branch moved meanwhile; ask again")
    for each in commits:
        for role in ("author", "committer"):
            signatory = as_object(each.get(role), role)
            address = as_text(signatory.get("email"), limit=320)
            name = as_text(signatory.get("name"), limit=200) or None
            stranger = Person("", kind=PersonKind.GHOST, name=name, email=address or None)
            found[known.get(address.casefold(), stranger)] = None
    found.update(dict.fromkeys(each.by for each in history))
    return tuple(found)


def _version(collection: Collection, history: tuple[votes.Iteration, ...], commit: str) -> Version:
    mine = next((each for each in reversed(history) if each.commit == commit), None)
    return Version(commit, votes.change_of(collection, mine), mine.at) if mine else Version(commit)


def _merge_commit(pull: dict[str, Json]) -> str | None:
    """What merging made; before that it is a trial."""
    merge = pull.get("lastMergeCommit")
    if pull.get("status") != "completed" or not isinstance(merge, dict):
        return None
    return azure.commit(merge.get("commitId"), "lastMergeCommit")


def _gate(collection: Collection) -> Person | None:
    answers = collection.of("gate")
    if not answers or not azure.answered(answers[0].status):
        return None
    user = as_object(azure.one(collection, "gate").get("authenticatedUser"), "authenticatedUser")
    properties = user.get("properties")
    account = properties.get("Account") if isinstance(properties, dict) else None
    login = account.get("$value") if isinstance(account, dict) else None
    named = {"id": user.get("id"), "uniqueName": login, "displayName": user.get("providerDisplayName")}
    return azure.person({**named, "descriptor": user.get("subjectDescriptor")}, "authenticatedUser")


def _policies(collection: Collection) -> list[tuple[dict[str, Json], str, dict[str, Json]]] | None:
    """Evaluation, kind and settings of the policies that hold somebody back; None where not known."""
    listed = azure.known(collection, "evaluations")
    if listed is None:
        return None
    found = []
    for each in listed:
        configuration = as_object(each.get("configuration"), "configuration")
        kind = as_text(as_object(configuration.get("type"), "type").get("id"), limit=100).lower()
        if configuration.get("isEnabled") is True and configuration.get("isBlocking") is True:
            found.append((each, kind, as_object(configuration.get("settings", {}), "settings")))
    return found


def _rules(collection: Collection) -> tuple[ForgeRule, ...]:
    found = []
    for evaluation, kind, settings in _policies(collection) or []:
        if kind in (MINIMUM, REQUIRED):
            title = as_text(settings.get("message"), limit=300)
            name = title or ("minimum number of reviewers" if kind == MINIMUM else "required reviewers")
            required = _number(settings, "minimumApproverCount") or (kind == REQUIRED)
            approved = evaluation.get("status") == "approved"
            found.append(
                ForgeRule(
                    name, "minimum" if kind == MINIMUM else "required", int(required), approved=approved
                )
            )
    return tuple(found)


def _protection(collection: Collection, target: str) -> Protection | None:
    policies = _policies(collection)
    if policies is None:
        return None
    minimum = [settings for _, kind, settings in policies if kind == MINIMUM]
    checks = [settings for _, kind, settings in policies if kind in (BUILD, STATUS)]
    resets = ("resetOnSourcePush", "requireVoteOnLastIteration", "requireVoteOnEachIteration")
    names = (as_text(each.get("displayName") or each.get("statusName"), limit=300) for each in checks)
    return Protection(
        branch=target.removeprefix("refs/heads/"),
        required_approvals=max((_number(each, "minimumApproverCount") for each in minimum), default=0),
        dismisses_stale=any(each.get(key) is True for each in minimum for key in resets),
        last_push_approval=any(each.get("blockLastPusherVote") is True for each in minimum),
        required_checks=tuple(sorted({name or "a build" for name in names})),
    )


def _number(settings: dict[str, Json], key: str) -> int:
    value = settings.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


FORMAT = Format(
    name="azure-collected-approvals",
    title="Azure DevOps pull request, collected",
    kind=Approvals.KIND,
    recognises=recognises("azure", Approvals.KIND),
    read=_read,
    page="https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests",
)
