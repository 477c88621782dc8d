"""A stage as GitHub would tell of it: routes for a server on loopback, and the variables of a run.

Shapes after https://docs.github.com/en/rest and https://docs.github.com/en/graphql, cut down to what matters
to whoever asks about a change: people, teams, the pull request, its reviews, commits and diffs, and its runs.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from support import github_tokens
from support.issuer import Issuer, rsa_key
from support.loopback import Answering, Heard, Reply, paged
from support.stage import NUMBER, Attempt, Commit, Job, Person, Stage

REPOSITORY = "acme/payments"
REPO = f"/repos/{REPOSITORY}"
RUN, WORKFLOW = 7001, 55
WORKFLOW_PATH = ".github/workflows/build.yml"
GHOST = "ghost"
_TROUBLES = {
    "deployments": f"{REPO}/actions/runs/{RUN}/approvals",
    "reviews": f"{REPO}/pulls/{NUMBER}/reviews",
    "commits": f"{REPO}/pulls/{NUMBER}/commits",
    "files": f"{REPO}/pulls/{NUMBER}/files",
    "jobs": f"{REPO}/actions/runs/{RUN}",
}


def collectors(stage: Stage, url: str) -> dict[str, dict[str, str]]:
    """Who is asked about it, and with which options."""
    tokens = {"oidc": {"issuer": url}} if stage.token else {}
    return {"github": {"teams": ",".join(sorted(stage.teams))} if stage.teams else {}, **tokens}


def files(stage: Stage, url: str) -> dict[str, str]:
    """Reports that somebody hands in, made of what the stage knows."""
    if not stage.token_handed_in:
        return {}
    forger = Issuer(url, rsa_key("mallory"))
    token = forger.token(stage.judged, "gatepass", _claims(stage, stage.token_handed_in))
    return {"token.json": github_tokens.collection(forger, token, stage.judged, "gatepass")}


def environment(stage: Stage, url: str, folder: Path) -> dict[str, str]:
    """The variables of the run that the gate is a step of."""
    event, payload = _event(stage)
    path = folder / "event.json"
    path.write_text(json.dumps(payload))
    newest = _attempts(stage)[-1]
    starter = _attempts(stage)[0].by
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": url,
        "GITHUB_GRAPHQL_URL": f"{url}/graphql",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_TOKEN": "made-for-the-story",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REPOSITORY_ID": github_tokens.REPOSITORY_ID,
        **(github_tokens.environment(url) if stage.token and stage.token_flaw != "nobody" else {}),
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_SHA": _built(stage),
        "GITHUB_REF": {"push": "refs/heads/main", "merge_group": _queue_ref(stage)}.get(
            event, f"refs/pull/{NUMBER}/merge"
        ),
        "GITHUB_BASE_REF": "main" if event == "pull_request" else "",
        "GITHUB_HEAD_REF": "refunds" if event == "pull_request" else "",
        "GITHUB_RUN_ID": str(RUN),
        "GITHUB_RUN_ATTEMPT": str(len(_attempts(stage))),
        "GITHUB_WORKFLOW": "build",
        "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/{WORKFLOW_PATH}@refs/heads/main",
        "GITHUB_JOB": "gate",
        "GITHUB_ACTOR": starter,
        "GITHUB_ACTOR_ID": str(stage.who(starter).id),
        "GITHUB_TRIGGERING_ACTOR": newest.by,
    }


def routes(stage: Stage) -> Answering:
    """What GitHub answers about the stage."""
    vouching = _claims(stage, stage.token) if stage.token else {}
    tokens = github_tokens.routes(stage.judged, vouching, stage.token_flaw) if vouching else {}
    answers = {**_people(stage), **_change(stage), **_pipeline(stage), **tokens}

    def answer(heard: Heard) -> Reply:
        for what, status in stage.troubles.items():
            if heard.path.startswith(_troubled(what)):
                return Reply({"message": "trouble"}, status, {"Retry-After": "3600"} if status >= 500 else {})
        for pattern, made in answers.items():
            if match := re.fullmatch(pattern, heard.path):
                found = made(heard, *match.groups())
                return found if isinstance(found, Reply) else Reply(found)
        return Reply({"message": "Not Found"}, 404)

    return answer


Answers = dict[str, Callable[..., object]]


def _claims(stage: Stage, who: str) -> dict[str, Any]:
    return github_tokens.claims(
        who,
        stage.who(who).id,
        event_name=_event(stage)[0],
        sha=_built(stage),
        run_attempt=str(len(_attempts(stage))),
        **stage.claims,
    )


def _troubled(what: str) -> str:
    if what.startswith("permission of "):
        return f"{REPO}/collaborators/{what.removeprefix('permission of ')}"
    if what.startswith("team "):
        org, _, slug = what.removeprefix("team ").partition("/")
        return f"/orgs/{org}/teams/{slug}"
    return _TROUBLES[what]


def _event(stage: Stage) -> tuple[str, dict[str, Any]]:
    if stage.pushed:
        return "push", {"after": stage.head, "before": stage.base, "ref": "refs/heads/main"}
    if stage.queued:
        group = {"head_sha": _built(stage), "head_ref": _queue_ref(stage), "base_sha": stage.base}
        return "merge_group", {
            "action": "checks_requested",
            "merge_group": {**group, "base_ref": "refs/heads/main"},
        }
    return "pull_request", {"action": "synchronize", "number": NUMBER, "pull_request": _pull(stage)}


def _queue_ref(stage: Stage) -> str:
    return f"refs/heads/gh-readonly-queue/main/pr-{NUMBER}-{stage.base}"


def _built(stage: Stage) -> str:
    """A trial merge or the queue's own commit; what was pushed, for a push."""
    if stage.pushed:
        return stage.head
    return "ce" * 20 if stage.queued else stage.merge


# people


def _user(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "id": person.id,
        "type": "Bot" if person.bot else "User",
        "site_admin": False,
        "html_url": f"https://github.com/{person.login}",
    }


def _account(stage: Stage, login: str) -> dict[str, Any] | None:
    person = stage.who(login)
    return None if person.gone else _user(person)


def _people(stage: Stage) -> Answers:
    def permission(_: Heard, login: str) -> object:
        person = stage.people.get(login)
        if person is None or person.gone:
            return Reply({"message": "Not Found"}, 404)
        coarse = {"triage": "read", "maintain": "write"}.get(person.permission, person.permission)
        return {"permission": coarse, "role_name": person.permission, "user": _user(person)}

    def membership(_: Heard, org: str, slug: str, login: str) -> object:
        member = login in stage.teams.get(f"{org}/{slug}", ()) and not stage.who(login).gone
        return {"state": "active", "role": "member"} if member else Reply({"message": "Not Found"}, 404)

    def members(heard: Heard, org: str, slug: str) -> object:
        team = stage.teams.get(f"{org}/{slug}")
        if team is None:
            return Reply({"message": "Not Found"}, 404)
        people = [stage.who(each) for each in sorted(team)]
        return paged([_user(each) for each in people if not each.gone], 30)(heard)

    return {
        r"/user": lambda _: Reply({"message": "Resource not accessible by integration"}, 403),
        r"/users/([^/]+)": lambda _, login: _account(stage, login) or Reply({"message": "Not Found"}, 404),
        rf"{REPO}/collaborators/([^/]+)/permission": permission,
        r"/orgs/([^/]+)/teams/([^/]+)/memberships/([^/]+)": membership,
        r"/orgs/([^/]+)/teams/([^/]+)/members": members,
        r"/orgs/([^/]+)/teams/([^/]+)": lambda _, org, slug: (
            {"slug": slug, "organization": {"login": org}}
            if f"{org}/{slug}" in stage.teams
            else Reply({"message": "Not Found"}, 404)
        ),
    }


# the change


def _pull(stage: Stage) -> dict[str, Any]:
    fork = (
        {"full_name": "mallory/payments", "fork": True}
        if stage.fork
        else {"full_name": REPOSITORY, "fork": False}
    )
    url = f"https://api.github.com{REPO}/pulls/{NUMBER}"
    return {
        "url": url,
        "html_url": f"https://github.com/{REPOSITORY}/pull/{NUMBER}",
        "diff_url": f"https://github.com/{REPOSITORY}/pull/{NUMBER}.diff",
        "patch_url": f"https://github.com/{REPOSITORY}/pull/{NUMBER}.patch",
        "number": NUMBER,
        "state": "open",
        "title": "Refunds",
        "body": None,
        "user": _account(stage, stage.opened_by or "alice"),
        "labels": [],
        "draft": False,
        "head": {"sha": stage.head, "ref": "refunds", "repo": fork},
        "base": {"sha": stage.base, "ref": "main", "repo": {"full_name": REPOSITORY, "fork": False}},
        "merged_at": None,
        "merge_commit_sha": stage.merge,
        "requested_reviewers": [_account(stage, each) for each in stage.requested],
        "requested_teams": [],
        "commits": len(stage.commits),
        "changed_files": len(_edits(stage.commits)),
        "created_at": _at(stage.pushers[0][2]),
        "updated_at": _at(stage.now),
    }


def _change(stage: Stage) -> Answers:
    reviews = [_review(stage, each) for each in stage.reviews][: stage.listed]
    pull = f"{REPO}/pulls/{NUMBER}"
    commits = _listed(stage, stage.commits)
    files = [
        {
            "filename": path,
            "status": "modified",
            "additions": len(lines),
            "deletions": 0,
            "changes": len(lines),
        }
        for path, lines in _edits(stage.commits).items()
    ]
    return {
        pull: lambda _: _pull(stage),
        f"{pull}/reviews": paged(reviews, 30),
        f"{pull}/commits": paged(commits, 30),
        f"{pull}/files": paged(files, 30),
        f"{pull}/requested_reviewers": lambda _: {
            "users": [_account(stage, each) for each in stage.requested],
            "teams": [],
        },
        r"/graphql": lambda _: _edit_times(stage),
        f"{REPO}/issues/{NUMBER}/timeline": paged(_timeline(stage), 30),
        f"{REPO}/activity": lambda _: _activity(stage),
        rf"{REPO}/compare/(.+)\.\.\.([0-9a-f]+)": lambda heard, base, sha: _compared(stage, heard, base, sha),
        rf"{REPO}/commits/([0-9a-f]+)/pulls": lambda _, sha: (
            [_pull(stage)] if sha == stage.head and stage.opened_by else []
        ),
        rf"{REPO}/contents/(.+)": lambda heard, path: _contents(stage, heard, path),
        rf"{REPO}/codeowners/errors": lambda _: {"errors": []},
        rf"{REPO}/branches/main/protection": lambda _: Reply({"message": "Branch not protected"}, 404),
        rf"{REPO}/rules/branches/main": lambda _: [],
        rf"{REPO}/rulesets": lambda _: [],
        REPO: lambda _: {"full_name": REPOSITORY, "default_branch": "main", "private": True},
    }


def _review(stage: Stage, review: Any) -> dict[str, Any]:
    pending = review.state == "PENDING"
    made = {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": _account(stage, review.by),
        "body": "",
        "state": review.state,
        "pull_request_url": f"https://api.github.com{REPO}/pulls/{NUMBER}",
        "author_association": "MEMBER",
        "commit_id": review.commit,
    }
    return made if pending else {**made, "submitted_at": _at(review.at)}


def _edit_times(stage: Stage) -> dict[str, Any]:
    nodes = [
        {
            "databaseId": each.id,
            "fullDatabaseId": str(each.id),
            "lastEditedAt": _at(each.edited) if each.edited else None,
            "submittedAt": _at(each.at),
            "state": each.state,
            "author": None if stage.who(each.by).gone else {"login": each.by},
        }
        for each in stage.reviews
    ]
    page = {"hasNextPage": False, "endCursor": None}
    reviews = {"nodes": nodes, "pageInfo": page, "totalCount": len(nodes)}
    return {"data": {"repository": {"pullRequest": {"reviews": reviews}}}}


def _listed(stage: Stage, commits: list[Commit]) -> list[dict[str, Any]]:
    """The commits, each the child of the one before."""
    parents = [commits[0].base, *(each.sha for each in commits)]
    return [_commit(stage, each, parent) for each, parent in zip(commits, parents, strict=False)]


def _commit(stage: Stage, commit: Commit, parent: str) -> dict[str, Any]:
    author, committer = stage.who(commit.author), stage.who(commit.committer)
    trailers = "".join(
        f"\nCo-authored-by: {each} <{stage.who(each).id}+{each}@users.noreply.127.0.0.1>"
        for each in commit.co_authors
    )
    return {
        "sha": commit.sha,
        "html_url": f"https://github.com/{REPOSITORY}/commit/{commit.sha}",
        "url": f"https://api.github.com{REPO}/commits/{commit.sha}",
        "commit": {
            "author": {"name": author.login, "email": author.email, "date": _at(stage.now)},
            "committer": {"name": committer.login, "email": committer.email, "date": _at(stage.now)},
            "message": f"Refunds\n{trailers}" if trailers else "Refunds",
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
        },
        "author": _account(stage, commit.author),
        "committer": _account(stage, commit.committer),
        "parents": [{"sha": parent}, *([{"sha": stage.base}] if commit.merge else [])],
    }


def _timeline(stage: Stage) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [
        {
            "id": index,
            "event": "head_ref_force_pushed",
            "actor": _account(stage, by),
            "commit_id": sha,
            "created_at": _at(at),
        }
        for index, (by, sha, at, forced) in enumerate(stage.pushers)
        if forced
    ]
    events += [
        {
            "event": "reviewed",
            "id": each.id,
            "user": _account(stage, each.by),
            "state": each.state.lower(),
            "commit_id": each.commit,
        }
        for each in stage.reviews
    ]
    return events


def _activity(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": index,
            "before": stage.base,
            "after": sha,
            "ref": "refs/heads/refunds",
            "timestamp": _at(at),
            "activity_type": "force_push" if forced else "push",
            "actor": _account(stage, by),
        }
        for index, (by, sha, at, forced) in reversed(list(enumerate(stage.pushers)))
    ]


def _compared(stage: Stage, heard: Heard, base: str, sha: str) -> object:
    commits = stage.versions.get(sha)
    if commits is None:
        return Reply({"message": "Not Found"}, 404)
    if "diff" in heard.headers.get("accept", ""):
        return Reply(_diff(commits), headers={"Content-Type": "application/vnd.github.diff; charset=utf-8"})
    files = [{"filename": path, "status": "modified"} for path in _edits(commits)]
    shown = _listed(stage, commits)
    return {
        "status": "ahead",
        "total_commits": len(shown),
        "ahead_by": len(shown),
        "behind_by": 0,
        "commits": shown,
        "files": files,
        "merge_base_commit": {"sha": commits[0].base},
        "base_commit": {"sha": base},
    }


def _edits(commits: list[Commit]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for commit in commits:
        for path, lines in commit.edits.items():
            found[path] = found.get(path, ()) + lines
    return found


def _diff(commits: list[Commit]) -> str:
    """What the commits do together; where it stands depends on where they begin."""
    start = 10 + int(commits[-1].base[:4], 16) % 100
    parts = []
    for path, lines in sorted(_edits(commits).items()):
        parts.append(
            f"diff --git a/{path} b/{path}\nindex {commits[-1].base[:7]}..{commits[-1].sha[:7]} 100644\n"
            f"--- a/{path}\n+++ b/{path}\n@@ -{start},2 +{start},{2 + len(lines)} @@ def refund():\n before\n"
            + "".join(f"+{line}\n" for line in lines)
            + " after\n"
        )
    return "".join(parts)


def _contents(stage: Stage, heard: Heard, path: str) -> object:
    texts = {".github/CODEOWNERS": stage.code_owners, WORKFLOW_PATH: stage.workflow}
    text = texts.get(path)
    if text is None:
        return Reply({"message": "Not Found"}, 404)
    if "raw" in heard.headers.get("accept", ""):
        return Reply(text)
    encoded = base64.b64encode(text.encode()).decode()
    return {"type": "file", "path": path, "encoding": "base64", "content": encoded, "size": len(text)}


# the pipeline


def _attempts(stage: Stage) -> list[Attempt]:
    """Somebody always set off the run that the gate is a step of."""
    return stage.attempts or [Attempt(stage.pushers[-1][0], stage.now, stage.head, [Job("build", "success")])]


def _run(stage: Stage, number: int) -> dict[str, Any]:
    attempts = _attempts(stage)
    attempt, last = attempts[number - 1], number == len(attempts)
    return {
        "id": RUN,
        "name": "build",
        "path": WORKFLOW_PATH,
        "workflow_id": WORKFLOW,
        "run_number": 12,
        "run_attempt": number,
        "event": _event(stage)[0],
        "status": "in_progress" if last else "completed",
        "conclusion": None if last else attempt.conclusion,
        "head_sha": stage.head,
        "head_branch": "refunds",
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{RUN}",
        "actor": _account(stage, attempts[0].by),
        "triggering_actor": _account(stage, attempt.by),
        "run_started_at": _at(attempt.at),
        "created_at": _at(attempts[0].at),
        "repository": {"full_name": REPOSITORY},
        "head_repository": {"full_name": REPOSITORY},
        "pull_requests": [],
    }


def _jobs(stage: Stage, number: int) -> list[dict[str, Any]]:
    attempts = _attempts(stage)
    jobs = list(attempts[number - 1].jobs)
    if number == len(attempts):
        jobs.append(Job("gate", None))
    return [_job(stage, number, index, each) for index, each in enumerate(jobs)]


def _job(stage: Stage, number: int, index: int, job: Job) -> dict[str, Any]:
    running = job.conclusion is None
    return {
        "id": 9000 + 100 * number + index,
        "run_id": RUN,
        "run_attempt": number,
        "name": job.name,
        "status": "in_progress" if running else "completed",
        "conclusion": job.conclusion,
        "head_sha": stage.head,
        "started_at": _at(stage.now),
        "completed_at": None if running else _at(stage.now),
        "labels": ["ubuntu-24.04"] if job.runner == "GitHub Actions" else ["self-hosted"],
        "runner_name": f"{job.runner} 1",
        "runner_group_name": job.runner,
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{RUN}/job/{9000 + index}",
    }


def _check_runs(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": 8000 + index,
            "name": each.name,
            "head_sha": stage.head,
            "status": "in_progress" if each.conclusion is None else "completed",
            "conclusion": each.conclusion,
            "app": {"slug": each.by},
        }
        for index, each in enumerate(stage.reports)
        if each.app
    ]


def _statuses(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": 8500 + index,
            "context": each.name,
            "state": each.conclusion or "pending",
            "creator": _account(stage, each.by),
        }
        for index, each in enumerate(stage.reports)
        if not each.app
    ]


def _pipeline(stage: Stage) -> Answers:
    def listed(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        return {"total_count": len(items), name: items}

    def every_job(_: Heard) -> object:
        count = len(_attempts(stage))
        return listed("jobs", [job for number in range(1, count + 1) for job in _jobs(stage, number)])

    def newest(_: Heard) -> object:
        return _run(stage, len(_attempts(stage)))

    run = f"{REPO}/actions/runs/{RUN}"
    return {
        run: newest,
        f"{run}/jobs": every_job,
        rf"{run}/attempts/(\d+)": lambda _, number: _run(stage, int(number)),
        rf"{run}/attempts/(\d+)/jobs": lambda _, number: listed("jobs", _jobs(stage, int(number))),
        f"{run}/approvals": lambda _: [
            {
                "state": state,
                "comment": "",
                "user": _account(stage, who),
                "environments": [{"id": 1, "name": environment}],
            }
            for environment, state, who in stage.deployments
        ],
        f"{run}/pending_deployments": lambda _: [],
        rf"{REPO}/actions/workflows/{WORKFLOW}/runs": lambda _: listed(
            "workflow_runs", [_run(stage, len(_attempts(stage)))]
        ),
        rf"{REPO}/actions/runs": lambda _: listed("workflow_runs", [_run(stage, len(_attempts(stage)))]),
        rf"{REPO}/commits/([0-9a-f]+)/check-runs": lambda _, __: listed("check_runs", _check_runs(stage)),
        rf"{REPO}/commits/([0-9a-f]+)/statuses": lambda _, __: [],
        rf"{REPO}/commits/([0-9a-f]+)/status": lambda _, __: {
            "state": "pending",
            **listed("statuses", _statuses(stage)),
        },
        rf"{REPO}/environments/.*": lambda _: Reply({"message": "Not Found"}, 404),
    }


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
