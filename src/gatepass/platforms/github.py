"""GitHub Actions.

Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables. On a pull request
``GITHUB_SHA`` is a trial merge; the commit under review stands in the event's payload. A ``workflow_run`` is
about the run that it follows: ``GITHUB_SHA`` is the default branch's there, and nothing of what is judged.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

from gatepass.errors import UsageError
from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.model.facts import Json
from gatepass.platforms._github_announcement import announce
from gatepass.platforms._platform import Environment, Platform, positive

_EVENTS = {
    "push": Event.PUSH,
    "pull_request": Event.CHANGE_REQUEST,
    "pull_request_target": Event.CHANGE_REQUEST,
    "pull_request_review": Event.CHANGE_REQUEST,
    "merge_group": Event.MERGE_QUEUE,
    "schedule": Event.SCHEDULE,
}
_PAYLOAD_BYTES = 30 << 20
_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_QUEUE = re.compile(r"gh-readonly-queue/(.+)/pr-(\d+)-[0-9a-f]{7,40}")
_IN_QUEUE = re.compile(r"/pr-(\d+)-[0-9a-f]{7,40}$")


def detects(environment: Environment) -> bool:
    """Whether the runner says that it is GitHub's."""
    return environment.get("GITHUB_ACTIONS") == "true"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this workflow run."""
    payload = _payload(environment)
    if environment.get("GITHUB_EVENT_NAME") == "workflow_run":
        return _followed(payload, environment)
    ref = environment.get("GITHUB_REF", "")
    change = _change_request(payload, environment)
    event = _EVENTS.get(environment.get("GITHUB_EVENT_NAME", ""), Event.MANUAL)
    tag = ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else None
    sha = environment.get("GITHUB_SHA") or None
    if environment.get("GITHUB_EVENT_NAME") == "pull_request_target" and change:
        sha = change.head  # GITHUB_SHA is the base's there, and nothing of the change
    heads = (change.head,) if change and change.head else ()
    return Build(
        platform="github",
        repository=environment.get("GITHUB_REPOSITORY") or None,
        repository_id=environment.get("GITHUB_REPOSITORY_ID") or None,
        commit=sha,
        other_commits=heads,
        ref=ref or None,
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        tag=tag,
        event=Event.TAG if tag and event is Event.PUSH else event,
        change_request=change,
        run=_run(environment),
        actors=_actors(environment),
    )


def _followed(payload: dict[str, Json], environment: Environment) -> Build:
    """The build of the run that this one follows; a fork's change request is not named in the payload."""
    run = payload.get("workflow_run")
    sha = run.get("head_sha") if isinstance(run, dict) else None
    if not isinstance(run, dict) or not isinstance(sha, str) or not _WHOLE.fullmatch(sha):
        raise UsageError("GITHUB_EVENT_PATH does not say which run this workflow_run follows")
    event = _EVENTS.get(str(run.get("event")), Event.MANUAL)
    branch = _text(run, "head_branch")
    reviewed = event in (Event.CHANGE_REQUEST, Event.MERGE_QUEUE)
    attempt = run.get("run_attempt")
    people = (("started-by", run.get("actor")), ("triggered-by", run.get("triggering_actor")))
    return Build(
        platform="github",
        repository=environment.get("GITHUB_REPOSITORY") or None,
        commit=sha,
        ref=f"refs/heads/{branch}" if branch and not reviewed else None,
        branch=None if reviewed else branch,
        event=event,
        change_request=_followed_change(run, sha, branch, queued=event is Event.MERGE_QUEUE)
        if reviewed
        else None,
        run=Run(
            id=str(run["id"]) if isinstance(run.get("id"), int) else None,
            attempt=attempt if isinstance(attempt, int) else None,
            url=_text(run, "html_url"),
            workflow=_text(run, "path") or _text(run, "name"),
        ),
        actors=tuple(
            Actor(role, login, str(who["id"]) if isinstance(who.get("id"), int) else None)
            for role, who in people
            if isinstance(who, dict) and (login := _text(who, "login"))
        ),
    )


def _followed_change(run: dict[str, Json], sha: str, branch: str | None, *, queued: bool) -> ChangeRequest:
    if queued:  # GitHub names these branches itself
        named = _QUEUE.fullmatch(branch or "")
        number, target = (named[2], named[1]) if named else ("", None)
        return ChangeRequest(number=number, head=sha, target_branch=target)
    source = _full_name(run.get("head_repository"))
    pulls = run.get("pull_requests")
    found = [
        (pull, head, base)
        for pull in (pulls if isinstance(pulls, list) else [])
        if isinstance(pull, dict)
        and isinstance(head := pull.get("head"), dict)
        and isinstance(base := pull.get("base"), dict)
        and head.get("sha") == sha
    ]
    if len(found) != 1:
        return ChangeRequest(number="", head=sha, source_branch=branch, source_repository=source)
    pull, _, base = found[0]
    number = pull.get("number")
    return ChangeRequest(
        number=str(number) if isinstance(number, int) else "",
        head=sha,
        base=_text(base, "sha"),
        source_branch=branch,
        target_branch=_text(base, "ref"),
        source_repository=source,
    )


def _full_name(repository: Json) -> str | None:
    return _text(repository, "full_name") if isinstance(repository, dict) else None


def _text(entry: dict[str, Json], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) and value else None


def _payload(environment: Environment) -> dict[str, Json]:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        data = Path(path).read_bytes()
        if len(data) > _PAYLOAD_BYTES:
            raise UsageError(f"the event payload has {len(data)} bytes", hint="is GITHUB_EVENT_PATH right?")
        payload = json.loads(data)
    except (OSError, ValueError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH cannot be read: {error}") from None
    return payload if isinstance(payload, dict) else {}


def _change_request(payload: dict[str, Json], environment: Environment) -> ChangeRequest | None:
    pull = payload.get("pull_request")
    if not isinstance(pull, dict):
        return _merge_group(payload)
    head, base = (cast("dict[str, Json]", pull.get(side) or {}) for side in ("head", "base"))
    user = cast("dict[str, Json]", pull.get("user") or {})
    return ChangeRequest(
        number=str(pull.get("number", "")),
        head=cast("str | None", head.get("sha")),
        base=cast("str | None", base.get("sha")),
        source_branch=environment.get("GITHUB_HEAD_REF") or cast("str | None", head.get("ref")),
        target_branch=environment.get("GITHUB_BASE_REF") or cast("str | None", base.get("ref")),
        author=cast("str | None", user.get("login")),
        url=cast("str | None", pull.get("html_url")),
        source_repository=_full_name(head.get("repo")),
    )


def _merge_group(payload: dict[str, Json]) -> ChangeRequest | None:
    """A merge queue tells its target; the pull request's number stands in the name of its branch alone."""
    group = payload.get("merge_group")
    if not isinstance(group, dict):
        return None
    number = _IN_QUEUE.search(str(group.get("head_ref", "")))
    return ChangeRequest(
        number=number[1] if number else "",
        head=cast("str | None", group.get("head_sha")),
        base=cast("str | None", group.get("base_sha")),
        target_branch=str(group.get("base_ref", "")).removeprefix("refs/heads/") or None,
    )


def _run(environment: Environment) -> Run:
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    run_id, attempt = environment.get("GITHUB_RUN_ID"), environment.get("GITHUB_RUN_ATTEMPT")
    url = f"{server}/{repository}/actions/runs/{run_id}" if server and repository and run_id else None
    return Run(
        id=run_id,
        attempt=positive(attempt),
        url=url,
        workflow=environment.get("GITHUB_WORKFLOW_REF") or environment.get("GITHUB_WORKFLOW"),
        job=environment.get("GITHUB_JOB"),
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    found = []
    if actor := environment.get("GITHUB_ACTOR"):
        found.append(Actor("started-by", actor, environment.get("GITHUB_ACTOR_ID")))
    if trigger := environment.get("GITHUB_TRIGGERING_ACTOR"):
        found.append(Actor("triggered-by", trigger))
    return tuple(found)


PLATFORM = Platform("github", "GitHub Actions", detects, build, announce)
