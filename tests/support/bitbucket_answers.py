"""What Bitbucket Cloud answers about a pull request and a pipeline, after its documentation."""

from __future__ import annotations

import copy

from support.loopback import Reply

HEAD, OLD, BASE = (
    "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "3f2c1aa07e2b5f4f0c9c0c7d6c7d4b4f1b0e9a51",
    "c1" * 20,
)
ROOT = "/repositories/acme/payments"
PULL = f"{ROOT}/pullrequests/482"
PERMISSIONS = "/workspaces/acme/permissions/repositories/payments"


def user(name, **more):
    number = {"alice": 1, "bob": 2, "carol": 3, "dana": 4, "eve": 5}.get(name, 9)
    return {
        "type": "user",
        "uuid": f"{{00000000-0000-4000-8000-00000000000{number}}}",
        "account_id": f"557058:{number}",
        "nickname": name,
        "display_name": name.title(),
        **more,
    }


def participant(who, *, approved=False, state=None):
    return {"type": "participant", "user": who, "role": "REVIEWER", "approved": approved, "state": state}


def update(commit, minute, by="alice"):
    return {
        "update": {
            "date": f"2026-11-20T08:{minute:02}:00.000000+00:00",
            "author": user(by),
            "state": "OPEN",
            "source": {"commit": {"hash": commit[:12]}},
        }
    }


def decision(kind, who, minute):
    return {kind: {"date": f"2026-11-20T08:{minute:02}:00.000000+00:00", "user": user(who)}}


def commit(sha, by="alice", message="Refunds\n", account=True):
    author = {"type": "author", "raw": f"{by.title()} <{by}@acme.example>"}
    return {"hash": sha, "message": message, "author": {**author, "user": user(by)} if account else author}


def values(*entries, **more):
    return {"values": list(entries), "pagelen": 100, **more}


def diff(at, binary=False):
    body = f"@@ -{at},1 +{at},2 @@ def refund():\n pass\n+done\n"
    shown = "Binary files a/a.bin and b/a.bin differ\n" if binary else body
    return f"diff --git a/a.py b/a.py\nindex {at:07}..e69de29 100644\n--- a/a.py\n+++ b/a.py\n{shown}"


def routes(**changes):
    """All answers by path; ``changes`` put others in their place, by a short name."""
    pull = {
        "id": 482,
        "state": "OPEN",
        "author": user("alice"),
        "source": {"commit": {"hash": HEAD[:12]}, "repository": {"full_name": "acme/payments"}},
        "destination": {
            "commit": {"hash": BASE[:12]},
            "branch": {"name": "main"},
            "repository": {"full_name": "acme/payments"},
        },
        "reviewers": [user("bob"), user("carol")],
        "participants": [
            participant(user("bob"), approved=True, state="approved"),
            participant(user("carol"), approved=True, state="approved"),
            participant(user("dana"), state="changes_requested"),
            participant(user("eve")),
        ],
    }
    restriction = {"type": "branchrestriction", "pattern": "main", "branch_match_kind": "glob", "users": []}
    made = {
        "pull": (PULL, pull),
        "activity": (
            f"{PULL}/activity",
            values(
                decision("changes_requested", "dana", 50),
                decision("approval", "carol", 40),
                update(HEAD, 30, "bob"),
                {"comment": {"created_on": "2026-11-20T08:20:00+00:00", "user": user("eve")}},
                decision("approval", "bob", 20),
                update(OLD, 10),
            ),
        ),
        "commits": (f"{PULL}/commits", values(commit(HEAD), commit(OLD))),
        "diffstat": (
            f"{PULL}/diffstat",
            values(
                {"status": "renamed", "old": {"path": "src/a.py"}, "new": {"path": "src/b.py"}},
                {"status": "added", "old": None, "new": {"path": "bitbucket-pipelines.yml"}},
            ),
        ),
        "head": (f"{ROOT}/commit/{HEAD[:12]}", {"hash": HEAD}),
        "old": (f"{ROOT}/commit/{OLD[:12]}", {"hash": OLD}),
        "base": (f"{ROOT}/commit/{BASE[:12]}", {"hash": BASE}),
        "diff": (f"{ROOT}/diff/{HEAD}..{BASE[:12]}", Reply(diff(40))),
        "old_diff": (f"{ROOT}/diff/{OLD}..{BASE[:12]}", Reply(diff(7))),
        "default": (
            f"{ROOT}/effective-default-reviewers",
            values({"reviewer_type": "repository", "user": user("carol")}),
        ),
        "restrictions": (
            f"{ROOT}/branch-restrictions",
            values(
                {**restriction, "kind": "require_approvals_to_merge", "value": 2},
                {**restriction, "kind": "enforce_merge_checks"},
                {**restriction, "kind": "reset_pullrequest_approvals_on_change"},
                {**restriction, "kind": "push", "users": [user("dana")], "groups": [{"slug": "release"}]},
                {**restriction, "kind": "force", "pattern": "release/*"},
            ),
        ),
        "model": (f"{ROOT}/effective-branching-model", {"development": {"name": "main"}}),
        "permission": (
            PERMISSIONS,
            lambda heard: Reply(values({"permission": "write", "user": {"uuid": heard.query["q"][11:-1]}})),
        ),
        "members": (
            "/workspaces/acme/members",
            values(*({"user": user(each)} for each in ("alice", "bob", "carol", "dana", "eve"))),
        ),
        "gate": ("/user", user("eve")),
        **_pipeline(),
    }
    made = copy.deepcopy(made)
    return {path: changes.get(name, answer) for name, (path, answer) in made.items()}


def pipeline(number, *, result="SUCCESSFUL", commit=HEAD, selector="main"):
    return {
        "uuid": f"{{{number:08}-0000-4000-8000-000000000000}}",
        "build_number": number,
        "creator": user("alice"),
        "created_on": f"2026-11-20T0{number % 10}:00:00Z",
        "trigger": {"name": "PUSH"},
        "state": {"name": "COMPLETED", "result": {"name": result}} if result else {"name": "IN_PROGRESS"},
        "target": {
            "type": "pipeline_ref_target",
            "ref_name": "main",
            "selector": {"type": "branches", "pattern": selector},
            "commit": {"hash": commit},
        },
    }


def step(name, result, *, uuid, manual=False, number=1):
    return {
        "uuid": f"{{{uuid}}}",
        "name": name,
        "run_number": number,
        "trigger": {"type": f"pipeline_step_trigger_{'manual' if manual else 'automatic'}"},
        "state": {"name": "COMPLETED", "result": {"name": result}} if result else {"name": "IN_PROGRESS"},
    }


def _pipeline():
    runs = f"{ROOT}/pipelines"
    own = "https://bitbucket.org/acme/payments/pipelines/results/77"
    return {
        "pipeline": (f"{runs}/77", pipeline(77, result=None)),
        "steps": (
            f"{runs}/77/steps/",
            values(
                step("test", "SUCCESSFUL", uuid="s1"),
                step("scan", "NOT_RUN", uuid="s2"),
                step("deploy", "FAILED", uuid="s3", manual=True),
                step("gate", None, uuid="s4"),
            ),
        ),
        "pipelines": (
            f"{runs}/",
            values(pipeline(75, result="FAILED"), pipeline(76, selector="docs"), pipeline(77, result=None)),
        ),
        "statuses": (
            f"{ROOT}/commit/{HEAD}/statuses",
            values(
                {"key": "sonar", "name": "SonarQube", "state": "FAILED", "url": "https://sonar.acme.example"},
                {"key": "own", "name": "Pipeline #77", "state": "INPROGRESS", "url": own},
            ),
        ),
    }
