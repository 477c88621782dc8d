"""What Azure DevOps answers about a pull request and a run, after its documentation."""

from __future__ import annotations

HEAD, OLD = "9fceb02d0ae598e95dc970b74767f19372d61af8", "3f2c1aa07e2b5f4f0c9c0c7d6c7d4b4f1b0e9a51"
MERGE = "0badc0ffee0badc0ffee0badc0ffee0badc0ffee"
PULL = "/shop/_apis/git/repositories/payments/pullRequests/482"
BUILDS = "/shop/_apis/build/builds"
TEAM = r"[shop]\appsec"
APPROVAL = "aaaaaaaa-0000-4000-8000-000000000001"


def identity(name, **more):
    return {"id": f"id-{name}", "uniqueName": f"{name}@acme.example", "displayName": name.title(), **more}


def reviewer(name, vote, **more):
    return {**identity(name), "vote": vote, **more}


def values(*entries):
    return {"value": list(entries), "count": len(entries)}


def iteration(number, commit, minute, by="alice"):
    return {
        "id": number,
        "createdDate": f"2026-11-20T08:{minute:02}:00Z",
        "author": identity(by),
        "sourceRefCommit": {"commitId": commit},
    }


def vote(name, number, minute):
    return {
        "publishedDate": f"2026-11-20T08:{minute:02}:00Z",
        "properties": {
            "CodeReviewThreadType": {"$type": "System.String", "$value": "VoteUpdate"},
            "CodeReviewVoteResult": {"$type": "System.String", "$value": str(number)},
            "CodeReviewVotedByIdentity": {"$type": "System.String", "$value": "1"},
        },
        "identities": {"1": identity(name)},
    }


def commit(sha, by="alice"):
    who = {"name": by.title(), "email": f"{by}@acme.example", "date": "2026-11-20T08:00:00Z"}
    return {"commitId": sha, "author": who, "committer": who}


def change(path, new="b1" * 20):
    return {"changeType": "edit", "item": {"path": path, "objectId": new, "originalObjectId": "a1" * 20}}


def policy(kind, status="approved", **settings):
    return {
        "status": status,
        "configuration": {"isEnabled": True, "isBlocking": True, "type": {"id": kind}, "settings": settings},
    }


def routes(**changes):
    """All answers by path; ``changes`` put others in their place, by a short name."""
    made = {
        "pull": (
            PULL,
            {
                "pullRequestId": 482,
                "status": "active",
                "createdBy": identity("alice"),
                "repository": {"name": "payments", "project": {"id": "p1", "name": "shop"}},
                "targetRefName": "refs/heads/main",
                "lastMergeSourceCommit": {"commitId": HEAD},
                "reviewers": [
                    reviewer("bob", 10),
                    reviewer("carol", 5, votedFor=[{"displayName": TEAM, "vote": 10}]),
                    reviewer("dana", -5),
                    reviewer("eve", 0),
                    {"id": "g1", "displayName": TEAM, "isContainer": True, "vote": 10},
                ],
            },
        ),
        "iterations": (f"{PULL}/iterations", values(iteration(1, OLD, 10), iteration(2, HEAD, 30, "frank"))),
        "threads": (
            f"{PULL}/threads",
            values(vote("bob", 10, 20), vote("carol", 5, 40), vote("dana", -5, 50), {"properties": None}),
        ),
        "commits": (f"{PULL}/commits", values(commit(HEAD), commit(OLD))),
        "changes": (f"{PULL}/iterations/2/changes", {"changeEntries": [change("/src/a.py")]}),
        "old_changes": (f"{PULL}/iterations/1/changes", {"changeEntries": [change("/src/a.py")]}),
        "labels": (f"{PULL}/labels", values({"name": "urgent", "active": True})),
        "evaluations": (
            "/shop/_apis/policy/evaluations",
            values(
                policy(
                    "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd",
                    minimumApproverCount=2,
                    resetOnSourcePush=True,
                    blockLastPusherVote=True,
                ),
                policy("0609b952-1397-4640-95ec-e00a01b2c241", displayName="ci"),
            ),
        ),
        "gate": (
            "/_apis/connectionData",
            {"authenticatedUser": {"id": "id-ci", "providerDisplayName": "shop Build Service (acme)"}},
        ),
        "build": (f"{BUILDS}/77", build(77)),
        "timeline": (f"{BUILDS}/77/timeline", timeline()),
        "earlier": (
            f"{BUILDS}/77/timeline/t1",
            {"records": [record("j1", "Job", "test", "failed", attempt=1)]},
        ),
        "queue": ("/shop/_apis/distributedtask/queues/9", {"pool": {"isHosted": False}}),
        "approvals": (
            "/shop/_apis/pipelines/approvals",
            values(
                {
                    "id": APPROVAL,
                    "steps": [{"actualApprover": identity("dana"), "status": "approved", "comment": "ok"}],
                }
            ),
        ),
        "builds": (
            BUILDS,
            values(build(77), build(76, result="failed"), build(75, result="succeeded", commit=OLD)),
        ),
    }
    return {path: changes.get(name, answer) for name, (path, answer) in made.items()}


def build(number, *, result=None, commit=HEAD):
    return {
        "id": number,
        "status": "completed" if result else "inProgress",
        "result": result,
        "reason": "pullRequest",
        "sourceVersion": MERGE,
        "sourceBranch": "refs/pull/482/merge",
        "triggerInfo": {"pr.sourceSha": commit},
        "definition": {"id": 3, "name": "release"},
        "requestedFor": identity("alice"),
        "requestedBy": identity("carol"),
        "queueTime": "2026-11-20T08:00:00Z",
    }


def record(number, kind, name, result, **more):
    state = "completed" if result else "inProgress"
    return {"id": number, "type": kind, "name": name, "state": state, "result": result, **more}


def timeline():
    return {
        "records": [
            record("s1", "Stage", "Deploy", None),
            record("c1", "Checkpoint", "Checkpoint", "succeeded", parentId="s1"),
            record(APPROVAL, "Checkpoint.Approval", "Approval", "succeeded", parentId="c1"),
            record(
                "j1",
                "Job",
                "test",
                "succeeded",
                parentId="s1",
                queueId=9,
                attempt=2,
                previousAttempts=[{"attempt": 1, "timelineId": "t1", "recordId": "j1"}],
            ),
            record("j2", "Job", "scan", "succeededWithIssues", parentId="s1"),
            record("j3", "Job", "lint", "skipped"),
            record("j4", "Job", "gate", None),
        ]
    }
