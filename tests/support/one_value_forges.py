"""The builds of Azure DevOps and Bitbucket Cloud whose answers are changed: name, kind, rules, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatepass.model.build import Build, ChangeRequest, Run
from support import azure_answers as azure
from support import bitbucket_answers as bitbucket

Rule = Mapping[str, Any]
REVIEWED: Rule = {"id": "reviewed", "check": "approvals", "minimum": 1}


# Azure DevOps

AZURE_BUILD = Build(
    "azure",
    "shop/payments",
    azure.MERGE,
    (azure.HEAD,),
    change_request=ChangeRequest("482", head=azure.HEAD),
    run=Run(id="77"),
)


def _pull(*reviewers: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**azure.routes()[azure.PULL], "reviewers": list(reviewers), **more}


def _votes(*votes: tuple[str, int, int]) -> dict[str, Any]:
    return azure.values(*(azure.vote(*each) for each in votes))


_BOB_AND_HIS_VOTE = {"pull": _pull(azure.reviewer("bob", 10)), "threads": _votes(("bob", 10, 40))}
_PUSHED_BY_ALICE = azure.values(azure.iteration(1, azure.OLD, 10), azure.iteration(2, azure.HEAD, 30))
_RAN = {"id": "ran", "check": "pipeline"}


def _timeline(*jobs: Mapping[str, Any]) -> dict[str, Any]:
    return {"records": [*jobs, azure.record("j4", "Job", "gate", None)]}


_GREEN = azure.record("j1", "Job", "test", "succeeded", attempt=1)
_ALONE = azure.values(azure.build(77))

AZURE: tuple[tuple[str, str, Sequence[Rule], dict[str, Any]], ...] = (
    ("passes: bob approved the head", "approvals", (REVIEWED,), _BOB_AND_HIS_VOTE),
    (
        "nobody voted",
        "approvals",
        (REVIEWED,),
        {"pull": _pull(azure.reviewer("bob", 0)), "threads": _votes()},
    ),
    (
        "bob voted for an older iteration",
        "approvals",
        (REVIEWED,),
        {
            "pull": _pull(azure.reviewer("bob", 10)),
            "threads": _votes(("bob", 10, 20)),
            "old_changes": {"changeEntries": [azure.change("/src/a.py", new="d1" * 20)]},
        },
    ),
    (
        "alice approved her own",
        "approvals",
        (REVIEWED,),
        {"pull": _pull(azure.reviewer("alice", 10)), "threads": _votes(("alice", 10, 40))},
    ),
    (
        "bob asks for changes beside an approval",
        "approvals",
        (REVIEWED,),
        {
            "pull": _pull(azure.reviewer("bob", -10), azure.reviewer("carol", 10)),
            "threads": _votes(("bob", -10, 40), ("carol", 10, 45)),
        },
    ),
    (
        "a service approved",
        "approvals",
        (REVIEWED,),
        {
            "pull": _pull(azure.reviewer("ci", 10, descriptor="svc.abc")),
            "threads": _votes(("ci", 10, 40)),
        },
    ),
    (
        "a committer approved",
        "approvals",
        (REVIEWED,),
        {
            **_BOB_AND_HIS_VOTE,
            "commits": azure.values(azure.commit(azure.HEAD, "bob"), azure.commit(azure.OLD)),
        },
    ),
    (
        "whoever pushed last approved",
        "approvals",
        ({**REVIEWED, "except": ["author", "last-pusher"]},),
        {
            **_BOB_AND_HIS_VOTE,
            "iterations": azure.values(
                azure.iteration(1, azure.OLD, 10), azure.iteration(2, azure.HEAD, 30, "bob")
            ),
        },
    ),
    (
        "nobody of the team",
        "approvals",
        ({**REVIEWED, "from": {"teams": [azure.TEAM], "minimum": 1}},),
        {
            "pull": _pull(
                azure.reviewer("bob", 10), azure.reviewer("carol", 0, votedFor=[{"displayName": azure.TEAM}])
            ),
            "threads": _votes(("bob", 10, 40)),
        },
    ),
    (
        "passes: all is green",
        "pipeline",
        ({**_RAN, "required-jobs": ["test"], "no-failed-jobs": True, "no-re-run-until-green": True},),
        {"timeline": _timeline(_GREEN), "builds": _ALONE},
    ),
    (
        "a job was skipped",
        "pipeline",
        ({**_RAN, "no-skipped-jobs": True},),
        {
            "timeline": _timeline(_GREEN, azure.record("j3", "Job", "lint", "skipped")),
            "builds": _ALONE,
        },
    ),
    (
        "a required job failed",
        "pipeline",
        ({**_RAN, "required-jobs": ["test"]},),
        {"timeline": _timeline(azure.record("j1", "Job", "test", "failed")), "builds": _ALONE},
    ),
    (
        "a job failed",
        "pipeline",
        ({**_RAN, "no-failed-jobs": True},),
        {"timeline": _timeline(_GREEN, azure.record("j2", "Job", "scan", "failed")), "builds": _ALONE},
    ),
    (
        "a job had issues",
        "pipeline",
        ({**_RAN, "required-jobs": ["scan"]},),
        {"timeline": _timeline(azure.record("j2", "Job", "scan", "succeededWithIssues")), "builds": _ALONE},
    ),
    (
        "an earlier run for this commit failed",
        "pipeline",
        ({**_RAN, "no-re-run-until-green": True},),
        {
            "timeline": _timeline(_GREEN),
            "builds": azure.values(azure.build(77), azure.build(76, result="failed")),
        },
    ),
    (
        "an earlier attempt failed",
        "pipeline",
        ({**_RAN, "no-re-run-until-green": True},),
        {"builds": _ALONE},
    ),
    (
        "two runs where one may be",
        "pipeline",
        ({**_RAN, "maximum-attempts": 1},),
        {
            "timeline": _timeline(_GREEN),
            "builds": azure.values(azure.build(77), azure.build(76, result="failed")),
        },
    ),
    (
        "the author let it go",
        "pipeline,approvals",
        ({"id": "duties", "check": "separation-of-duties", "apart": [["author", "deployer"]]},),
        {
            "approvals": azure.values(
                {
                    "id": azure.APPROVAL,
                    "steps": [{"actualApprover": azure.identity("alice"), "status": "approved"}],
                }
            )
        },
    ),
    (
        "the run was set off by hand",
        "pipeline",
        ({**_RAN, "events": ["individualCI"]},),
        {"timeline": _timeline(_GREEN), "builds": _ALONE},
    ),
)


# Bitbucket Cloud

BITBUCKET_BUILD = Build(
    "bitbucket",
    "acme/payments",
    bitbucket.HEAD,
    change_request=ChangeRequest("482", head=bitbucket.HEAD),
    run=Run(id="77"),
)


def _request(*participants: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**bitbucket.routes()[bitbucket.PULL], "participants": list(participants), **more}


def _approves(name: str, *, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return bitbucket.participant(bitbucket.user(name, **(more or {})), approved=True, state="approved")


def _activity(*more: Mapping[str, Any], pusher: str = "alice") -> dict[str, Any]:
    head = bitbucket.update(bitbucket.HEAD, 30, pusher)
    return bitbucket.values(*more, head, bitbucket.update(bitbucket.OLD, 10))


def _said(name: str, minute: int = 40, kind: str = "approval") -> dict[str, Any]:
    return bitbucket.decision(kind, name, minute)


_BOB_APPROVES = {"pull": _request(_approves("bob")), "activity": _activity(_said("bob"))}
_STEP, _GATE = bitbucket.step, bitbucket.step("gate", None, uuid="s4")
_ONE_RUN = bitbucket.values(bitbucket.pipeline(77, result=None))


def _steps(*steps: Mapping[str, Any]) -> dict[str, Any]:
    return bitbucket.values(*steps, _GATE)


_TESTED = _STEP("test", "SUCCESSFUL", uuid="s1")

BITBUCKET: tuple[tuple[str, str, Sequence[Rule], dict[str, Any]], ...] = (
    ("passes: bob approved the head", "approvals", (REVIEWED,), _BOB_APPROVES),
    (
        "nobody approved",
        "approvals",
        (REVIEWED,),
        {"pull": _request(bitbucket.participant(bitbucket.user("bob"))), "activity": _activity()},
    ),
    (
        "bob approved what was there before",
        "approvals",
        (REVIEWED,),
        {
            "pull": _request(_approves("bob")),
            "activity": bitbucket.values(
                bitbucket.update(bitbucket.HEAD, 30), _said("bob", 20), bitbucket.update(bitbucket.OLD, 10)
            ),
            "old_diff": "diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1,1 +1,2 @@\n pass\n+other\n",
        },
    ),
    (
        "alice approved her own",
        "approvals",
        (REVIEWED,),
        {"pull": _request(_approves("alice")), "activity": _activity(_said("alice"))},
    ),
    (
        "a committer approved",
        "approvals",
        (REVIEWED,),
        {**_BOB_APPROVES, "commits": bitbucket.values(bitbucket.commit(bitbucket.HEAD, "bob"))},
    ),
    (
        "dana asks for changes beside an approval",
        "approvals",
        (REVIEWED,),
        {
            "pull": _request(
                _approves("bob"),
                bitbucket.participant(bitbucket.user("dana"), state="changes_requested"),
            ),
            "activity": _activity(_said("dana", 45, "changes_requested"), _said("bob")),
        },
    ),
    (
        "an app approved",
        "approvals",
        (REVIEWED,),
        {
            "pull": _request(_approves("bob", more={"type": "app_user"})),
            "activity": _activity(_said("bob")),
        },
    ),
    (
        "whoever pushed last approved",
        "approvals",
        ({**REVIEWED, "except": ["author", "last-pusher"]},),
        {**_BOB_APPROVES, "activity": _activity(_said("bob"), pusher="bob")},
    ),
    (
        "eve may only read",
        "approvals",
        ({**REVIEWED, "permission": "write"},),
        {
            **_BOB_APPROVES,
            "permission": lambda heard: bitbucket.Reply(
                bitbucket.values({"permission": "read", "user": {"uuid": heard.query["q"][11:-1]}})
            ),
        },
    ),
    (
        "passes: all is green",
        "pipeline",
        ({**_RAN, "required-jobs": ["test"], "no-failed-jobs": True, "no-re-run-until-green": True},),
        {"steps": _steps(_TESTED), "pipelines": _ONE_RUN},
    ),
    (
        "a step was skipped",
        "pipeline",
        ({**_RAN, "no-skipped-jobs": True},),
        {"steps": _steps(_TESTED, _STEP("scan", "NOT_RUN", uuid="s2")), "pipelines": _ONE_RUN},
    ),
    (
        "a required step failed",
        "pipeline",
        ({**_RAN, "required-jobs": ["test"]},),
        {"steps": _steps(_STEP("test", "FAILED", uuid="s1")), "pipelines": _ONE_RUN},
    ),
    (
        "a step failed",
        "pipeline",
        ({**_RAN, "no-failed-jobs": True},),
        {"steps": _steps(_TESTED, _STEP("scan", "FAILED", uuid="s2")), "pipelines": _ONE_RUN},
    ),
    (
        "an earlier run for this commit failed",
        "pipeline",
        ({**_RAN, "no-re-run-until-green": True},),
        {
            "steps": _steps(_TESTED),
            "pipelines": bitbucket.values(
                bitbucket.pipeline(76, result="FAILED"), bitbucket.pipeline(77, result=None)
            ),
        },
    ),
    (
        "a step was run again",
        "pipeline",
        ({**_RAN, "no-re-run-until-green": True},),
        {
            "steps": _steps(_STEP("test", "SUCCESSFUL", uuid="s1", number=2)),
            "pipelines": _ONE_RUN,
        },
    ),
    (
        "two runs where one may be",
        "pipeline",
        ({**_RAN, "maximum-attempts": 1},),
        {
            "steps": _steps(_TESTED),
            "pipelines": bitbucket.values(
                bitbucket.pipeline(76, result="FAILED"), bitbucket.pipeline(77, result=None)
            ),
        },
    ),
    (
        "a step by hand that nobody is known to have started",
        "pipeline",
        ({**_RAN, "manual-jobs-attributed": True},),
        {"steps": _steps(_STEP("deploy", "SUCCESSFUL", uuid="s3", manual=True)), "pipelines": _ONE_RUN},
    ),
)
