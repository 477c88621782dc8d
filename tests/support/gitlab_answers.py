"""What GitLab answers about a merge request and a pipeline, after its documentation.

https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/jobs/
"""

from __future__ import annotations

import json

from support.loopback import Heard, Reply, paged

HEAD, OLD, BASE, TRIAL = "9fceb02d" * 5, "3f2c1aa0" * 5, "ba5e" * 10, "7e" * 20
API = "/api/v4"
PROJECT = f"{API}/projects/acme%2Fpayments"
REQUEST = f"{PROJECT}/merge_requests/482"
PIPELINE = f"{PROJECT}/pipelines/7001"
GRAPHQL = "/api/graphql"
NUMBERS = {"alice": 1, "bob": 2, "carol": 3, "dana": 4, "eve": 5, "frank": 6}


def user(name, **more):
    """An account as answers about other things name it."""
    number = NUMBERS.get(name, 90)
    return {"id": number, "username": name, "name": name.title(), "state": "active", **more}


def node(name, **more):
    """An account as GraphQL names it."""
    made = user(name, **{"bot": False, **more})
    return {**made, "id": f"gid://gitlab/User/{made['id']}"}


def at(minute, seconds=0):
    return f"2026-11-20T08:{minute:02}:{seconds:02}.120Z"


def approval(name, minute, seconds=0, **more):
    return {"user": user(name, **more), "approved_at": at(minute, seconds)}


def note(name, body, minute, *, system=True):
    return {
        "id": 100 + minute,
        "body": body,
        "author": user(name),
        "created_at": at(minute),
        "system": system,
    }


def reviewer(name, state):
    return {"user": user(name), "state": state, "created_at": at(1)}


def commit(sha, by="alice", message="Refunds\n", **more):
    signatory = {"name": by.title(), "email": f"{by}@acme.example"}
    told = {f"{role}_{key}": value for role in ("author", "committer") for key, value in signatory.items()}
    return {"id": sha, "short_id": sha[:8], "message": message, **told, **more}


def version(number, head, minute, base=BASE, **more):
    return {
        "id": number,
        "head_commit_sha": head,
        "base_commit_sha": base,
        "start_commit_sha": base,
        "created_at": at(minute),
        "merge_request_id": 9001,
        "state": "collected",
        "real_size": "1",
        **more,
    }


def diff(line=10, text="done", **more):
    return {
        "old_path": "src/refund.py",
        "new_path": "src/refund.py",
        "a_mode": "100644",
        "b_mode": "100644",
        "new_file": False,
        "renamed_file": False,
        "deleted_file": False,
        "generated_file": False,
        "collapsed": False,
        "too_large": False,
        "diff": f"@@ -{line},1 +{line},2 @@ def refund():\n pass\n+{text}\n",
        **more,
    }


def rule(name, required, *eligible, kind="regular", approved_by=(), **more):
    return {
        "id": 1,
        "name": name,
        "rule_type": kind,
        "eligible_approvers": [user(each) for each in eligible],
        "approvals_required": required,
        "approved_by": [user(each) for each in approved_by],
        "approved": len(approved_by) >= required,
        **more,
    }


def request(**more):
    return {
        "id": 9001,
        "iid": 482,
        "project_id": 77,
        "source_project_id": 77,
        "source_branch": "refunds",
        "target_branch": "main",
        "state": "opened",
        "author": user("alice"),
        "reviewers": [user("bob"), user("carol")],
        "labels": ["urgent"],
        "sha": HEAD,
        "diff_refs": {"base_sha": BASE, "head_sha": HEAD, "start_sha": BASE},
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "changes_count": "2",
        "detailed_merge_status": "mergeable",
        **more,
    }


def push(name, sha, **more):
    data = {"commit_from": BASE, "commit_to": sha, "ref": "refunds", "ref_type": "branch"}
    return {"project_id": 77, "action_name": "pushed to", "author": user(name), "push_data": data, **more}


def connection(*nodes):
    """Pages of one node each, by the query that was sent."""

    def answer(heard: Heard):
        after = int(json.loads(heard.body)["variables"]["after"] or 0)
        more = after + 1 < len(nodes)
        return {
            "nodes": list(nodes[after : after + 1]),
            "pageInfo": {"hasNextPage": more, "endCursor": f"{after + 1}"},
        }

    return answer


def graphql(authors, committers, manual):
    """The answer to each of the queries, by what it asks for."""

    def answer(heard: Heard) -> Reply:
        query = json.loads(heard.body)["query"]
        if "manualJob" in query:
            inner = {"pipeline": {"id": "gid://gitlab/Ci::Pipeline/7001", "jobs": manual(heard)}}
        elif "committers(" in query:
            inner = {"mergeRequest": {"iid": "482", "committers": committers(heard)}}
        else:
            inner = {"mergeRequest": {"iid": "482", "commits": authors(heard)}}
        return Reply({"data": {"project": {"id": "gid://gitlab/Project/77", **inner}}})

    return answer


def _people():
    made = {}
    for name, number in NUMBERS.items():
        level = {"bob": 30, "carol": 40}.get(name, 20)
        made[f"user_{name}"] = (f"{API}/users/{number}", user(name, bot=False))
        made[f"member_{name}"] = (f"{PROJECT}/members/all/{number}", {**user(name), "access_level": level})
        made[f"direct_{name}"] = (f"{PROJECT}/members/{number}", {**user(name), "access_level": level})
        for group in ("acme%2Fappsec",):
            gone = Reply({"message": "404 Not found"}, 404)
            inside = {**user(name), "access_level": 30} if name == "bob" else gone
            made[f"appsec_{name}"] = (f"{API}/groups/{group}/members/{number}", inside)
    return made


def _change():
    protected = {
        "id": 1,
        "name": "main",
        "push_access_levels": [{"access_level": 0, "access_level_description": "No one"}],
        "merge_access_levels": [{"access_level": 40, "access_level_description": "Maintainers"}],
        "allow_force_push": False,
        "code_owner_approval_required": True,
    }
    return {
        "project": (PROJECT, {"id": 77, "path_with_namespace": "acme/payments", "ci_config_path": None}),
        "request": (REQUEST, request()),
        "approvals": (f"{REQUEST}/approvals", {"approved_by": [approval("bob", 20), approval("carol", 40)]}),
        "reviewers": (f"{REQUEST}/reviewers", [reviewer("bob", "approved"), reviewer("carol", "approved")]),
        "state": (
            f"{REQUEST}/approval_state",
            {
                "approval_rules_overwritten": False,
                "rules": [rule("appsec", 1, "carol", approved_by=("carol",))],
            },
        ),
        "settings": (f"{PROJECT}/approvals", {"reset_approvals_on_push": True}),
        "notes": (
            f"{REQUEST}/notes",
            paged(
                [note("bob", "approved this merge request", 20), note("eve", "Nice.", 21, system=False)], 1
            ),
        ),
        "commits": (f"{REQUEST}/commits", paged([commit(HEAD), commit(OLD)], 1)),
        "diffs": (f"{REQUEST}/diffs", paged([diff(), diff(old_path="a.md", new_path="b.md", diff="")], 1)),
        "owners": (f"{PROJECT}/repository/files/CODEOWNERS/raw", Reply("* @bob @acme/appsec @acme\n")),
        "group_appsec": (f"{API}/groups/acme%2Fappsec", {"id": 5, "full_path": "acme/appsec"}),
        "protected": (f"{PROJECT}/protected_branches", [protected]),
        "gate": (f"{API}/user", user("project_77_bot_1a", bot=True)),
        "versions": (f"{REQUEST}/versions", paged([version(12, HEAD, 30), version(11, OLD, 10)], 1)),
        "version_12": (f"{REQUEST}/versions/12", {**version(12, HEAD, 30), "diffs": [diff(40)]}),
        "version_11": (f"{REQUEST}/versions/11", {**version(11, OLD, 10), "diffs": [diff(7)]}),
        "pushes": (f"{API}/projects/77/events", [push("frank", HEAD), push("alice", OLD)]),
        "of_commit": (f"{PROJECT}/repository/commits/{HEAD}/merge_requests", [request()]),
        **_people(),
    }


def job(number, name, status="success", *, by="alice", **more):
    """A job on a runner of the instance."""
    return {
        "id": number,
        "name": name,
        "status": status,
        "stage": "test",
        "allow_failure": False,
        "created_at": at(number % 60),
        "started_at": at(number % 60, 5),
        "finished_at": None if status in ("running", "manual") else at(number % 60, 30),
        "user": user(by, bot=False),
        "pipeline": {"id": 7001, "project_id": 77, "sha": HEAD},
        "runner": {"id": 1, "is_shared": True, "runner_type": "instance_type"},
        "web_url": f"https://gitlab.acme.example/acme/payments/-/jobs/{number}",
        **more,
    }


def pipeline(number=7001, status="running", by="alice", **more):
    return {
        "id": number,
        "iid": number - 6900,
        "project_id": 77,
        "sha": HEAD,
        "ref": "refs/merge-requests/482/head",
        "status": status,
        "source": "merge_request_event",
        "user": user(by),
        "created_at": at(number % 60),
        **more,
    }


def deployment(number, environment="production", run=7001, approvals=(), **more):
    return {
        "id": number,
        "environment": {"id": 3, "name": environment},
        "deployable": {"id": 103, "name": "deploy", "pipeline": {"id": run}},
        "status": "blocked",
        "approvals": list(approvals),
        **more,
    }


def manual(number, name, is_manual):
    return {"id": f"gid://gitlab/Ci::Build/{number}", "name": name, "manualJob": is_manual}


LINT = {
    "valid": True,
    "errors": [],
    "merged_yaml": "---\nimage: ruby:3.3\ntest:\n  image:\n    name: python@sha256:" + "a1" * 32 + "\n"
    "  services:\n  - postgres:16\n  - name: redis\n",
    "includes": [
        {"type": "local", "location": "ci/build.yml", "extra": {}},
        {"type": "file", "location": "a.yml", "extra": {"project": "acme/ci", "ref": "HEAD"}},
        {"type": "file", "location": "b.yml", "extra": {"project": "acme/ci", "ref": OLD}},
        {"type": "remote", "location": "https://ci.acme.example/c.yml", "extra": {}},
        {"type": "template", "location": "Jobs/SAST.gitlab-ci.yml", "extra": {}},
        {"type": "component", "location": f"gitlab.acme.example/acme/gate/gate@{OLD}", "extra": {}},
        {"type": "component", "location": "gitlab.acme.example/acme/gate/gate@1.0", "extra": {}},
    ],
}


def _run():
    jobs = [
        job(101, "test", "failed"),
        job(102, "lint", "failed", allow_failure=True),
        job(103, "deploy", by="dana"),
        job(104, "test", by="carol"),
        job(105, "gate", "running"),
    ]
    child = {"id": 7002, "iid": 102, "project_id": 77, "sha": HEAD, "status": "failed"}
    foreign = {"id": 8000, "project_id": 99, "sha": OLD, "status": "success"}
    return {
        "pipeline": (PIPELINE, pipeline()),
        "jobs": (f"{PIPELINE}/jobs", paged(jobs, 2)),
        "bridges": (
            f"{PIPELINE}/bridges",
            [
                job(106, "child", downstream_pipeline=child, runner=None),
                job(107, "other", downstream_pipeline=foreign, runner=None),
            ],
        ),
        "child_jobs": (
            f"{PROJECT}/pipelines/7002/jobs",
            [job(201, "e2e", "failed", pipeline={"id": 7002, "project_id": 77})],
        ),
        "child_bridges": (f"{PROJECT}/pipelines/7002/bridges", []),
        "statuses": (
            f"{PROJECT}/repository/commits/{HEAD}/statuses",
            [
                {"id": 104, "sha": HEAD, "name": "test", "status": "success", "author": user("carol")},
                {"id": 900, "sha": HEAD, "name": "sonar", "status": "failed", "author": user("eve")},
            ],
        ),
        "pipelines": (
            f"{PROJECT}/pipelines",
            [pipeline(), pipeline(6999, "failed"), pipeline(6998, "canceled")],
        ),
        "earlier": (f"{PROJECT}/pipelines/6999", pipeline(6999, "failed", "eve")),
        "earliest": (f"{PROJECT}/pipelines/6998", pipeline(6998, "canceled")),
        "deployments": (f"{PROJECT}/deployments", [deployment(31), deployment(32, run=6999)]),
        "deployment": (
            f"{PROJECT}/deployments/31",
            deployment(
                31,
                approvals=[
                    {"user": user("frank"), "status": "approved", "created_at": at(50), "comment": "Go"},
                    {"user": user("eve"), "status": "rejected", "created_at": at(51), "comment": ""},
                ],
            ),
        ),
        "definition": (
            f"{PROJECT}/repository/files/.gitlab-ci.yml/raw",
            Reply("include:\n- local: ci/build.yml\n"),
        ),
        "lint": (f"{PROJECT}/ci/lint", LINT),
    }


def routes(**changes):
    """All answers by path; ``changes`` put others in their place, by a short name, or add a path."""
    authors = connection({"sha": HEAD, "author": node("alice")}, {"sha": OLD, "author": node("alice")})
    manuals = connection(*(manual(each, "deploy", each == 103) for each in (101, 102, 103, 104, 105, 201)))
    made = {**_change(), **_run()}
    queries = {
        "authors": changes.pop("authors", authors),
        "committers": changes.pop("committers", connection(node("alice"))),
        "manual": changes.pop("manual", manuals),
    }
    made["graphql"] = (GRAPHQL, graphql(**queries))
    found = {path: changes.pop(name, answer) for name, (path, answer) in made.items()}
    return {**found, **changes}


def without(routes_by_path, *paths):
    """The routes without some of them: GitLab answers 404."""
    return {path: answer for path, answer in routes_by_path.items() if path not in paths}
