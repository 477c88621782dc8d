"""A small GitHub: one pull request of acme/payments and the run that judges it.

    world = World(reviews=(review("bob"),), teams={"acme/appsec": ("bob",)})
    with serving(world.routes()) as server:
        environment = world.environment(server.url, tmp_path)

`World.routes` answers as https://docs.github.com/en/rest and https://docs.github.com/en/graphql describe, in
pages of two. ``answers`` replaces the answer of a path: a `Reply`, a list of them, or JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatepass.collect import Asked
from gatepass.collect.github import COLLECTOR
from gatepass.model.build import Build
from gatepass.platforms.github import PLATFORM
from support.evidence import read, recognised_as
from support.loopback import Heard, Reply, Server, paged, serving
from support.values import NOW

REPOSITORY = "acme/payments"
REPO = f"/repos/{REPOSITORY}"
PULL = f"{REPO}/pulls/482"
HEAD, OLD, BASE = "9fceb02d0ae598e95dc970b74767f19372d61af8", "3f2c1aa0" * 5, "ba5e" * 10
MERGE = "7e" * 20
RUN, WORKFLOW = 7001, 55
RUNS = f"{REPO}/actions/runs"
WORKFLOW_PATH = ".github/workflows/build.yml"
CHECKOUT = "actions/checkout@" + "a1" * 20
DIFF = """diff --git a/src/a.py b/src/a.py
index 1111111..2222222 100644
--- a/src/a.py
+++ b/src/a.py
@@ -{line},2 +{line},3 @@ def refund():
 before
+{text}
 after
"""
_SIZE = 2


def diff(text: str = "new", line: int = 10) -> str:
    """A diff that adds a line; ``line`` is where."""
    return DIFF.format(text=text, line=line)


def account(login: str | None, **more: Any) -> dict[str, Any] | None:
    """An account; None for one that was deleted."""
    if login is None:
        return None
    number = int(hashlib.sha256(login.encode()).hexdigest()[:6], 16)
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": number, "type": kind, **more}


def review(
    by: str | None, state: str = "APPROVED", commit: str = HEAD, minute: int = 0, edited: str | None = None
) -> dict[str, Any]:
    """A review; ``edited`` is when its text was changed, which GraphQL tells."""
    return {
        "id": 3_000_000_000 + minute,
        "user": account(by),
        "state": state,
        "commit_id": commit,
        "submitted_at": f"2026-11-20T08:{minute:02}:00Z",
        "author_association": "MEMBER",
        "edited": edited,
    }


def commit(
    sha: str, by: str | None = "alice", parent: str = BASE, message: str = "Refunds"
) -> dict[str, Any]:
    """A commit by somebody, None for an address without an account."""
    name = by or "eve"
    signature = {"name": name, "email": f"{name}@acme.example", "date": "2026-11-20T07:00:00Z"}
    return {
        "sha": sha,
        "commit": {"author": signature, "committer": signature, "message": message},
        "author": account(by),
        "committer": account(by),
        "parents": [{"sha": parent}],
    }


def job(name: str, conclusion: str | None = "success", **more: Any) -> dict[str, Any]:
    """A job on a machine of GitHub's; without a conclusion it is running."""
    return {
        "name": name,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "labels": ["ubuntu-24.04"],
        "runner_name": "GitHub Actions 3",
        "runner_group_name": "GitHub Actions",
        "started_at": "2026-11-20T08:00:00Z",
        "completed_at": "2026-11-20T08:01:00Z" if conclusion else None,
        **more,
    }


@dataclass(frozen=True)
class World:
    """What there is; ``attempts`` are who set each off, how it ended and its jobs."""

    reviews: tuple[dict[str, Any], ...] = ()
    commits: tuple[dict[str, Any], ...] = (commit(OLD), commit(HEAD, parent=OLD))
    files: tuple[dict[str, Any], ...] = ({"filename": "src/a.py", "status": "modified"},)
    diffs: Mapping[str, object] = field(default_factory=lambda: {HEAD: diff(), OLD: diff(line=70)})
    permissions: Mapping[str, str] = field(default_factory=lambda: {"bob": "write", "carol": "maintain"})
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contents: Mapping[str, str] = field(
        default_factory=lambda: {WORKFLOW_PATH: f"jobs:\n  build:\n    steps:\n      - uses: {CHECKOUT}\n"}
    )
    pushes: tuple[dict[str, Any], ...] = ({"after": HEAD, "actor": account("frank")},)
    timeline: tuple[dict[str, Any], ...] = ()
    attempts: tuple[tuple[str | None, str | None, tuple[dict[str, Any], ...]], ...] = (
        ("alice", None, (job("build"), job("test"), job("gate", None, runner_name="GitHub Actions 9"))),
    )
    earlier: tuple[dict[str, Any], ...] = ()
    deployments: tuple[dict[str, Any], ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    statuses: tuple[dict[str, Any], ...] = ()
    pull: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)

    def routes(self) -> dict[str, object]:
        """What GitHub answers, by path."""
        return {**self._change(), **self._people(), **self._branch(), **self._runs(), **self.answers}

    def environment(self, url: str, folder: Path) -> dict[str, str]:
        """The variables of a run for the pull request; its payload is written into the folder."""
        path = folder / "event.json"
        path.write_text(json.dumps({"number": 482, "pull_request": self._pull()}))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": url,
            "GITHUB_TOKEN": "top-secret",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/pull/482/merge",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_RUN_ID": str(RUN),
            "GITHUB_RUN_ATTEMPT": str(len(self.attempts)),
            "GITHUB_JOB": "gate",
            "RUNNER_NAME": "GitHub Actions 9",
        }

    def _pull(self) -> dict[str, Any]:
        return {
            "number": 482,
            "state": "open",
            "user": account("alice"),
            "labels": [{"name": "urgent"}],
            "head": {"sha": HEAD, "ref": "refunds", "repo": {"full_name": REPOSITORY}},
            "base": {"sha": BASE, "ref": "release/1"},
            "merged_at": None,
            "merge_commit_sha": MERGE,
            "requested_reviewers": [account("dana")],
            "commits": len(self.commits),
            "changed_files": len(self.files),
            **self.pull,
        }

    def _change(self) -> dict[str, object]:
        told = [{name: value for name, value in each.items() if name != "edited"} for each in self.reviews]
        compared = {
            f"{REPO}/compare/release%2F1...{sha}": each if isinstance(each, Reply) else Reply(each)
            for sha, each in self.diffs.items()
        }
        return {
            **compared,
            PULL: self._pull(),
            f"{PULL}/reviews": paged(told, _SIZE),
            f"{PULL}/commits": paged(self.commits, _SIZE),
            f"{PULL}/files": paged(self.files, _SIZE),
            f"{PULL}/requested_reviewers": {"users": [account("dana")], "teams": []},
            f"{REPO}/issues/482/timeline": paged(self.timeline, _SIZE),
            f"{REPO}/activity": list(self.pushes),
            f"{REPO}/commits/{MERGE}/pulls": [self._pull()],
            "/graphql": self._edits,
        }

    def _edits(self, heard: Heard) -> Reply:
        """One review a page."""
        at = int(json.loads(heard.body)["variables"]["after"] or 0)
        each = self.reviews[at]
        node = {"fullDatabaseId": str(each["id"]), "lastEditedAt": each["edited"]}
        page = {"hasNextPage": at + 1 < len(self.reviews), "endCursor": str(at + 1)}
        return Reply(
            {"data": {"repository": {"pullRequest": {"reviews": {"nodes": [node], "pageInfo": page}}}}}
        )

    def _people(self) -> dict[str, object]:
        found: dict[str, object] = {"/user": Reply({"message": "Resource not accessible"}, 403)}
        for login, role in self.permissions.items():
            answer = {"permission": "write", "role_name": role, "user": account(login)}
            found[f"{REPO}/collaborators/{login}/permission"] = answer
        for team, members in self.teams.items():
            org, _, slug = team.partition("/")
            found[f"/orgs/{org}/teams/{slug}"] = {"slug": slug}
            for login in members:
                found[f"/orgs/{org}/teams/{slug}/memberships/{login}"] = {"state": "active"}
        return found

    def _branch(self) -> dict[str, object]:
        return {
            f"{REPO}/branches/release%2F1/protection": Reply({"message": "Branch not protected"}, 404),
            f"{REPO}/rules/branches/release%2F1": [],
            f"{REPO}/codeowners/errors": {"errors": []},
            **{f"{REPO}/contents/{path}": Reply(text) for path, text in self.contents.items()},
        }

    def attempt(self, number: int) -> dict[str, Any]:
        """The run as it was in one attempt."""
        by, conclusion, _ = self.attempts[number - 1]
        return {
            "id": RUN,
            "name": "build",
            "path": WORKFLOW_PATH,
            "workflow_id": WORKFLOW,
            "run_attempt": number,
            "event": "pull_request",
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "head_sha": HEAD,
            "actor": account(self.attempts[0][0]),
            "triggering_actor": account(by),
            "run_started_at": f"2026-11-20T0{number % 10}:00:00Z",
            **self.run,
        }

    def _runs(self) -> dict[str, object]:
        newest = self.attempt(len(self.attempts))
        found: dict[str, object] = {
            f"{RUNS}/{RUN}": newest,
            RUNS: counted("workflow_runs", [newest, *self.earlier]),
            f"{RUNS}/{RUN}/approvals": list(self.deployments),
            f"{RUNS}/{RUN}/pending_deployments": [],
            f"{REPO}/commits/{HEAD}/check-runs": counted("check_runs", self.checks),
            f"{REPO}/commits/{HEAD}/status": counted("statuses", self.statuses),
        }
        for each in self.earlier:
            for number in range(1, each["run_attempt"] + 1):
                found[f"{RUNS}/{each['id']}/attempts/{number}/jobs"] = counted("jobs", [])
        for number, (_, _, jobs) in enumerate(self.attempts, 1):
            own = [
                {"id": 9000 + 100 * number + at, "run_id": RUN, "run_attempt": number, **each}
                for at, each in enumerate(jobs)
            ]
            found[f"{RUNS}/{RUN}/attempts/{number}"] = self.attempt(number)
            found[f"{RUNS}/{RUN}/attempts/{number}/jobs"] = counted("jobs", own)
        return found


def counted(name: str, items: Any) -> object:
    """Pages of ``{"total_count": …, name: […]}``."""
    pages = paged(list(items), _SIZE)

    def answer(heard: Heard) -> Reply:
        page = pages(heard)
        return Reply({"total_count": len(items), name: page.body}, headers=page.headers)

    return answer


def ask(
    world: World,
    folder: Path,
    kind: str,
    *,
    build: Build | None = None,
    options: Mapping[str, str] | None = None,
    **variables: str,
) -> tuple[bytes, Server]:
    """What the collector hands over, and the server with the questions that it heard."""
    with serving(world.routes()) as server:
        given = {**world.environment(server.url, folder), **variables}
        environment = {name: value for name, value in given.items() if value}
        build = build or PLATFORM.build(environment, folder)
        asked = Asked(build, environment, folder, NOW, "gatepass 1", options or {}, [].append, [].append)
        return COLLECTOR.collect(asked, kind).data, server


def found(world: World, folder: Path, kind: str = "approvals", **more: Any) -> Any:
    """The evidence that the format makes of the answers."""
    data, _ = ask(world, folder, kind, **more)
    assert b"top-secret" not in data
    path = folder / "answers.json"
    path.write_bytes(data)
    assert recognised_as(path) == [f"github-collected-{kind}"]
    return read(path, f"github-collected-{kind}").evidence
