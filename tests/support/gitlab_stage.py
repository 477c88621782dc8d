"""A stage as GitLab would tell of it: routes for a server on loopback, and the variables of a job.

Shapes after https://docs.gitlab.com/api/rest/ and https://docs.gitlab.com/api/graphql/, cut down to what
matters to whoever asks about a change. GitLab lists approvals as long as they stand, and notes what was taken
back; each push makes a version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from support.loopback import Answering, Heard, Reply, paged
from support.stage import NUMBER, Attempt, Commit, Job, Person, Review, Stage

REPOSITORY = "acme/payments"
API = "/api/v4"
PROJECT = f"{API}/projects/acme%2Fpayments"
REQUEST = f"{PROJECT}/merge_requests/{NUMBER}"
RUN, PROJECT_ID, REQUEST_ID = 7001, 77, 9001
REF = f"refs/merge-requests/{NUMBER}/head"
_TROUBLES = {
    "approvals": f"{REQUEST}/approvals",
    "approval rules": f"{REQUEST}/approval_state",
    "notes": f"{REQUEST}/notes",
    "commits": f"{REQUEST}/commits",
    "versions": f"{REQUEST}/versions",
    "jobs": f"{PROJECT}/pipelines/{RUN}/jobs",
}
_STATUSES = {"failure": "failed", "cancelled": "canceled", "timed_out": "failed", None: "running"}
Answers = dict[str, Callable[..., object]]
_GONE = Reply({"message": "404 Not found"}, 404)


def collectors(stage: Stage, _url: str) -> dict[str, dict[str, str]]:
    """Who is asked about it, and with which options."""
    return {"gitlab": {"teams": ",".join(sorted(stage.teams))} if stage.teams else {}}


def environment(stage: Stage, url: str, _folder: Path) -> dict[str, str]:
    """The variables of the job that the gate is."""
    starter = stage.who(_attempts(stage)[-1].by)
    common = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{url}{API}",
        "CI_SERVER_URL": url,
        "GATEPASS_GITLAB_TOKEN": "made-for-the-story",
        "CI_PROJECT_PATH": REPOSITORY,
        "CI_PIPELINE_ID": str(RUN),
        "CI_PIPELINE_SOURCE": "push" if stage.pushed else "merge_request_event",
        "CI_JOB_ID": str(_ids(stage)[-1]),
        "CI_COMMIT_SHA": _built(stage),
        "GITLAB_USER_LOGIN": starter.login,
        "GITLAB_USER_ID": str(starter.id),
    }
    if stage.pushed:
        return {**common, "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_NAME": "main"}
    return {
        **common,
        "CI_MERGE_REQUEST_IID": str(NUMBER),
        "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train" if stage.queued else "detached",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": stage.head if stage.queued else "",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "refunds",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }


def routes(stage: Stage) -> Answering:
    """What GitLab answers about the stage."""
    answers = {**_people(stage), **_change(stage), **_branch(stage), **_pipeline(stage)}

    def answer(heard: Heard) -> Reply:
        for what, status in stage.troubles.items():
            if re.fullmatch(_troubled(stage, what), heard.path):
                return Reply({"message": "trouble"}, status, {"Retry-After": "3600"} if status >= 500 else {})
        for pattern, made in answers.items():
            if match := re.fullmatch(pattern, heard.path):
                found = made(heard, *map(unquote, match.groups()))
                return found if isinstance(found, Reply) else Reply(found)
        return _GONE

    return answer


def _troubled(stage: Stage, what: str) -> str:
    if what.startswith("permission of "):
        return f"{PROJECT}/members/all/{stage.who(what.removeprefix('permission of ')).id}"
    if what.startswith("team "):
        return f"{API}/groups/{what.removeprefix('team ').replace('/', '%2F')}(?:/.*)?"
    return re.escape(_TROUBLES[what])


def _built(stage: Stage) -> str:
    """The head itself, or what a merge train made of it."""
    return "ce" * 20 if stage.queued else stage.head


# people


def _user(person: Person) -> dict[str, Any]:
    if person.gone:
        return {"id": 999, "username": "ghost", "name": "Ghost User", "state": "active"}
    return {"id": person.id, "username": person.login, "name": person.login.title(), "state": "active"}


def _node(person: Person) -> dict[str, Any]:
    return {**_user(person), "id": f"gid://gitlab/User/{_user(person)['id']}", "bot": person.bot}


def _people(stage: Stage) -> Answers:
    levels = {"read": 10, "triage": 20, "write": 30, "maintain": 40, "admin": 50}

    def by_id(number: str) -> Person | None:
        return next(
            (each for each in stage.people.values() if str(each.id) == number and not each.gone), None
        )

    def user(_: Heard, number: str) -> object:
        person = by_id(number)
        return {**_user(person), "bot": person.bot} if person else _GONE

    def member(_: Heard, number: str) -> object:
        person = by_id(number)
        return {**_user(person), "access_level": levels[person.permission]} if person else _GONE

    def group(_: Heard, path: str) -> object:
        return {"id": 5, "full_path": path} if path in stage.teams else _GONE

    def membership(_: Heard, path: str, number: str) -> object:
        person = by_id(number)
        inside = person is not None and person.login in stage.teams.get(path, ())
        return {**_user(person), "access_level": 30} if person and inside else _GONE

    return {
        rf"{API}/user": lambda _: {"id": 900, "username": "project_77_bot_1a", "bot": True},
        rf"{API}/users/(\d+)": user,
        rf"{PROJECT}/members/(?:all/)?(\d+)": member,
        rf"{API}/groups/([^/]+)": group,
        rf"{API}/groups/([^/]+)/members/(\d+)": membership,
    }


# the change


def _decided(stage: Stage) -> dict[str, Review]:
    """The last decision of each."""
    return {each.by: each for each in stage.reviews if each.state not in ("COMMENTED", "PENDING")}


def _request(stage: Stage) -> dict[str, Any]:
    asking = any(each.state == "CHANGES_REQUESTED" for each in _decided(stage).values())
    return {
        "id": REQUEST_ID,
        "iid": NUMBER,
        "project_id": PROJECT_ID,
        "source_project_id": PROJECT_ID + stage.fork,
        "source_branch": "refunds",
        "target_branch": "main",
        "state": "opened",
        "author": _user(stage.who(stage.opened_by or "alice")),
        "reviewers": [_user(stage.who(each)) for each in stage.requested],
        "labels": [],
        "sha": stage.head,
        "diff_refs": {"base_sha": stage.base, "head_sha": stage.head, "start_sha": stage.base},
        "merge_commit_sha": None,
        "changes_count": str(len(_edits(stage.commits))),
        "detailed_merge_status": "requested_changes" if asking else "mergeable",
    }


def _change(stage: Stage) -> Answers:
    approved = [each for each in _decided(stage).values() if each.state == "APPROVED"]
    versions = [_version(stage, number) for number in reversed(range(len(stage.pushers)))]
    return {
        PROJECT: lambda _: {"id": PROJECT_ID, "path_with_namespace": REPOSITORY, "ci_config_path": ""},
        REQUEST: lambda _: _request(stage),
        f"{REQUEST}/approvals": lambda _: {
            "approved_by": [
                {"user": _user(stage.who(each.by)), "approved_at": _at(each.at)} for each in approved
            ]
        },
        f"{REQUEST}/reviewers": paged(_reviewers(stage), 20),
        f"{REQUEST}/approval_state": lambda _: {"approval_rules_overwritten": False, "rules": []},
        f"{PROJECT}/approvals": lambda _: {"reset_approvals_on_push": False},
        f"{REQUEST}/notes": paged(_notes(stage), 20),
        f"{REQUEST}/commits": paged([_commit(stage, each) for each in reversed(stage.commits)], 20),
        f"{REQUEST}/diffs": paged(_diffs(stage.commits), 20),
        f"{REQUEST}/versions": paged(versions, 20),
        rf"{REQUEST}/versions/(\d+)": lambda _, number: {
            **_version(stage, int(number)),
            "diffs": _diffs(stage.versions[stage.pushers[int(number)][1]]),
        },
        r"/api/graphql": lambda heard: _graphql(stage, heard),
        rf"{PROJECT}/repository/commits/\w+/merge_requests": lambda _: (
            [_request(stage)] if stage.opened_by else []
        ),
        rf"{API}/projects/\d+/events": paged(_events(stage), 20),
    }


def _reviewers(stage: Stage) -> list[dict[str, Any]]:
    states = {"APPROVED": "approved", "CHANGES_REQUESTED": "requested_changes", "DISMISSED": "unapproved"}
    decided = _decided(stage)
    return [
        {
            "user": _user(stage.who(each)),
            "state": states[decided[each].state] if each in decided else "unreviewed",
        }
        for each in dict.fromkeys((*stage.requested, *decided))
    ]


def _notes(stage: Stage) -> list[dict[str, Any]]:
    bodies = {"APPROVED": "approved this merge request", "CHANGES_REQUESTED": "requested changes"}
    bodies["DISMISSED"] = bodies["APPROVED"]
    found = []
    for each in stage.reviews:
        by = _user(stage.who(each.by))
        comment = {"body": "Nice.", "author": by, "created_at": _at(each.at), "system": False}
        if body := bodies.get(each.state):
            found.append({"body": body, "author": by, "created_at": _at(each.at), "system": True})
        elif each.state == "COMMENTED":
            found.append(comment)
        if each.state == "DISMISSED":
            back = _at(each.at + timedelta(minutes=5))
            found.append(
                {"body": "unapproved this merge request", "author": by, "created_at": back, "system": True}
            )
    return [{"id": number, **each} for number, each in enumerate(found)]


def _commit(stage: Stage, commit: Commit) -> dict[str, Any]:
    author, committer = stage.who(commit.author), stage.who(commit.committer)
    trailers = "".join(
        f"\nCo-authored-by: {each} <{stage.who(each).id}-{each}@users.noreply.gitlab.acme.example>"
        for each in commit.co_authors
    )
    return {
        "id": commit.sha,
        "message": f"Refunds\n{trailers}",
        "author_name": author.login,
        "author_email": author.email,
        "committer_name": committer.login,
        "committer_email": committer.email,
    }


def _version(stage: Stage, number: int) -> dict[str, Any]:
    _, sha, at, _ = stage.pushers[number]
    commits = stage.versions[sha]
    return {
        "id": number,
        "head_commit_sha": sha,
        "base_commit_sha": commits[-1].base,
        "start_commit_sha": commits[-1].base,
        "created_at": _at(at),
        "merge_request_id": REQUEST_ID,
        "state": "collected",
        "real_size": str(len(_edits(commits))),
    }


def _edits(commits: list[Commit]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for commit in commits:
        for path, lines in commit.edits.items():
            found[path] = found.get(path, ()) + lines
    return found


def _diffs(commits: list[Commit]) -> list[dict[str, Any]]:
    """What the commits do together; where it stands depends on where they begin."""
    start = 10 + int(commits[-1].base[:4], 16) % 100
    return [
        {
            "old_path": path,
            "new_path": path,
            "a_mode": "100644",
            "b_mode": "100644",
            "new_file": False,
            "renamed_file": False,
            "deleted_file": False,
            "collapsed": False,
            "too_large": False,
            "diff": f"@@ -{start},2 +{start},{2 + len(lines)} @@ def refund():\n before\n"
            + "".join(f"+{line}\n" for line in lines)
            + " after\n",
        }
        for path, lines in sorted(_edits(commits).items())
    ]


def _graphql(stage: Stage, heard: Heard) -> dict[str, Any]:
    asked = json.loads(heard.body)
    end = {"hasNextPage": False, "endCursor": None}
    if "manualJob" in asked["query"]:
        ids = [{"id": f"gid://gitlab/Ci::Build/{each}", "manualJob": False} for each in _ids(stage)]
        inner: dict[str, Any] = {"pipeline": {"jobs": {"nodes": ids, "pageInfo": end}}}
    elif "committers(" in asked["query"]:
        people = [_node(stage.who(each.committer)) for each in stage.commits]
        inner = {"mergeRequest": {"committers": {"nodes": people, "pageInfo": end}}}
    else:
        authors = [{"sha": each.sha, "author": _node(stage.who(each.author))} for each in stage.commits]
        inner = {"mergeRequest": {"commits": {"nodes": authors, "pageInfo": end}}}
    return {"data": {"project": inner}}


def _events(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "project_id": PROJECT_ID + stage.fork,
            "author": _user(stage.who(by)),
            "push_data": {"commit_to": sha, "ref": "refunds", "ref_type": "branch"},
        }
        for by, sha, _, _ in reversed(stage.pushers)
    ]


def _branch(stage: Stage) -> Answers:
    def file(_: Heard, path: str) -> object:
        texts = {".gitlab/CODEOWNERS": stage.code_owners, ".gitlab-ci.yml": "build: {script: [make]}\n"}
        text = texts.get(path)
        return _GONE if text is None else Reply(text)

    return {
        rf"{PROJECT}/repository/files/([^/]+)/raw": file,
        rf"{PROJECT}/protected_branches": lambda _: [],
        rf"{PROJECT}/ci/lint": lambda _: {
            "valid": True,
            "merged_yaml": "build: {script: [make]}\n",
            "includes": [],
        },
    }


# the pipeline


def _attempts(stage: Stage) -> list[Attempt]:
    """Somebody always set off the pipeline that the gate is a job of."""
    return stage.attempts or [Attempt(stage.pushers[-1][0], stage.now, stage.head, [Job("build", "success")])]


def _ids(stage: Stage) -> list[int]:
    """A number for each job of each attempt, the last one for the gate's own."""
    return list(range(100, 101 + sum(len(each.jobs) for each in _attempts(stage))))


def _jobs(stage: Stage) -> list[dict[str, Any]]:
    attempts = _attempts(stage)
    listed = [(each, job) for each in attempts for job in each.jobs] + [(attempts[0], Job("gate", None))]
    return [
        {
            "id": number,
            "name": job.name,
            "stage": "test",
            "status": _STATUSES.get(job.conclusion, job.conclusion),
            "allow_failure": False,
            "created_at": _at(attempt.at),
            "user": _user(stage.who(attempt.by)),
            "pipeline": {"id": RUN},
            "runner": {"is_shared": job.runner == "GitHub Actions"},
        }
        for number, (attempt, job) in zip(_ids(stage), listed, strict=True)
    ]


def _pipeline(stage: Stage) -> Answers:
    own = {
        "id": RUN,
        "iid": 12,
        "project_id": PROJECT_ID,
        "sha": _built(stage),
        "ref": REF,
        "status": "running",
        "source": "merge_request_event",
        "user": _user(stage.who(_attempts(stage)[0].by)),
        "created_at": _at(_attempts(stage)[0].at),
    }
    deployments = [
        {"id": number, "deployable": {"pipeline": {"id": RUN}}, "environment": {"name": environment}}
        for number, (environment, _, _) in enumerate(stage.deployments)
    ]
    return {
        rf"{PROJECT}/pipelines/{RUN}": lambda _: own,
        rf"{PROJECT}/pipelines/{RUN}/jobs": paged(_jobs(stage), 20),
        rf"{PROJECT}/pipelines/{RUN}/bridges": lambda _: [],
        rf"{PROJECT}/pipelines": lambda _: [own],
        rf"{PROJECT}/repository/commits/\w+/statuses": lambda _: [],
        rf"{PROJECT}/deployments": lambda _: deployments,
        rf"{PROJECT}/deployments/(\d+)": lambda _, number: {
            **deployments[int(number)],
            "approvals": [
                {
                    "user": _user(stage.who(stage.deployments[int(number)][2])),
                    "status": stage.deployments[int(number)][1],
                }
            ],
        },
    }


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.120Z}"
