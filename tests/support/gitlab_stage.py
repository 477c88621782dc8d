"""A stage as GitLab would tell of it: routes for a server on loopback, and the variables of a job.

Shapes after https://docs.gitlab.com/api/rest/ and https://docs.gitlab.com/api/graphql/, cut down to what
matters to whoever asks about a change. GitLab lists approvals as long as they stand, and notes what was taken
back; each push makes a version.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from support.gitlab_stage_people import API, GONE, PROJECT, Answers, at, node_of, people, user_of
from support.gitlab_stage_runs import PROJECT_ID, RUN, attempts_of, built, ids_of, pipeline
from support.loopback import Answering, Heard, Reply, paged
from support.stage import NUMBER, Commit, Review, Stage

REPOSITORY = "acme/payments"
REQUEST = f"{PROJECT}/merge_requests/{NUMBER}"
REQUEST_ID = 9001
_TROUBLES = {
    "approvals": f"{REQUEST}/approvals",
    "approval rules": f"{REQUEST}/approval_state",
    "notes": f"{REQUEST}/notes",
    "commits": f"{REQUEST}/commits",
    "versions": f"{REQUEST}/versions",
    "jobs": f"{PROJECT}/pipelines/{RUN}/jobs",
}


def collectors(stage: Stage, _url: str) -> dict[str, dict[str, str]]:
    """Who is asked about it, and with which options."""
    return {"gitlab": {"teams": ",".join(sorted(stage.teams))} if stage.teams else {}}


def files(_stage: Stage, _url: str) -> dict[str, str]:
    """Reports that somebody hands in: none of GitLab's."""
    return {}


def environment(stage: Stage, url: str, _folder: Path) -> dict[str, str]:
    """The variables of the job that the gate is."""
    starter = stage.who(attempts_of(stage)[-1].by)
    common = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{url}{API}",
        "CI_SERVER_URL": url,
        "GATEPASS_GITLAB_TOKEN": "made-for-the-story",
        "CI_PROJECT_PATH": REPOSITORY,
        "CI_PIPELINE_ID": str(RUN),
        "CI_PIPELINE_SOURCE": "push" if stage.pushed else "merge_request_event",
        "CI_JOB_ID": str(ids_of(stage)[-1]),
        "CI_COMMIT_SHA": built(stage),
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
    answers = {**people(stage), **_change(stage), **_branch(stage), **pipeline(stage)}

    def answer(heard: Heard) -> Reply:
        for what, status in stage.troubles.items():
            if re.fullmatch(_troubled(stage, what), heard.path):
                return Reply({"message": "trouble"}, status, {"Retry-After": "3600"} if status >= 500 else {})
        for pattern, made in answers.items():
            if match := re.fullmatch(pattern, heard.path):
                found = made(heard, *map(unquote, match.groups()))
                return found if isinstance(found, Reply) else Reply(found)
        return GONE

    return answer


def _troubled(stage: Stage, what: str) -> str:
    if what.startswith("permission of "):
        return f"{PROJECT}/members/all/{stage.who(what.removeprefix('permission of ')).id}"
    if what.startswith("team "):
        return f"{API}/groups/{what.removeprefix('team ').replace('/', '%2F')}(?:/.*)?"
    return re.escape(_TROUBLES[what])


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
        "author": user_of(stage.who(stage.opened_by or "alice")),
        "reviewers": [user_of(stage.who(each)) for each in stage.requested],
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
                {"user": user_of(stage.who(each.by)), "approved_at": at(each.at)} for each in approved
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
            "user": user_of(stage.who(each)),
            "state": states[decided[each].state] if each in decided else "unreviewed",
        }
        for each in dict.fromkeys((*stage.requested, *decided))
    ]


def _notes(stage: Stage) -> list[dict[str, Any]]:
    bodies = {"APPROVED": "approved this merge request", "CHANGES_REQUESTED": "requested changes"}
    bodies["DISMISSED"] = bodies["APPROVED"]
    found = []
    for each in stage.reviews:
        by = user_of(stage.who(each.by))
        comment = {"body": "Nice.", "author": by, "created_at": at(each.at), "system": False}
        if body := bodies.get(each.state):
            found.append({"body": body, "author": by, "created_at": at(each.at), "system": True})
        elif each.state == "COMMENTED":
            found.append(comment)
        if each.state == "DISMISSED":
            back = at(each.at + timedelta(minutes=5))
            found.append(
                {"body": "unapproved this merge request", "author": by, "created_at": back, "system": True}
            )
    return [{"id": number, **each} for number, each in enumerate(found)]


def _commit(stage: Stage, commit: Commit) -> dict[str, Any]:
    author, committer = stage.who(commit.author), stage.who(commit.committer)
    trailers = "".join(
        f"\nCo-authored-by: {each} <{stage.who(each).id}-{each}@users.noreply.127.0.0.1>"
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
    _, sha, when, _ = stage.pushers[number]
    commits = stage.versions[sha]
    return {
        "id": number,
        "head_commit_sha": sha,
        "base_commit_sha": commits[-1].base,
        "start_commit_sha": commits[-1].base,
        "created_at": at(when),
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
        ids = [{"id": f"gid://gitlab/Ci::Build/{each}", "manualJob": False} for each in ids_of(stage)]
        inner: dict[str, Any] = {"pipeline": {"jobs": {"nodes": ids, "pageInfo": end}}}
    elif "committers(" in asked["query"]:
        people = [node_of(stage.who(each.committer)) for each in stage.commits]
        inner = {"mergeRequest": {"committers": {"nodes": people, "pageInfo": end}}}
    else:
        authors = [{"sha": each.sha, "author": node_of(stage.who(each.author))} for each in stage.commits]
        inner = {"mergeRequest": {"commits": {"nodes": authors, "pageInfo": end}}}
    return {"data": {"project": inner}}


def _events(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "project_id": PROJECT_ID + stage.fork,
            "author": user_of(stage.who(by)),
            "push_data": {"commit_to": sha, "ref": "refunds", "ref_type": "branch"},
        }
        for by, sha, _, _ in reversed(stage.pushers)
    ]


def _branch(stage: Stage) -> Answers:
    def file(_: Heard, path: str) -> object:
        texts = {".gitlab/CODEOWNERS": stage.code_owners, ".gitlab-ci.yml": "build: {script: [make]}\n"}
        text = texts.get(path)
        return GONE if text is None else Reply(text)

    return {
        rf"{PROJECT}/repository/files/([^/]+)/raw": file,
        rf"{PROJECT}/protected_branches": lambda _: [],
        rf"{PROJECT}/ci/lint": lambda _: {
            "valid": True,
            "merged_yaml": "build: {script: [make]}\n",
            "includes": [],
        },
    }
