"""Tekton, with or without Pipelines as Code.

Tekton sets no variables: the step hands on what its context knows
(https://tekton.dev/docs/pipelines/variables/) and what Pipelines as Code fills in
(https://pipelinesascode.com/docs/guides/creating-pipelines/). `VARIABLES` has their names;
docs/platforms/tekton.yaml is a task that hands them on. ``revision`` is the commit under review, not a
trial merge. What Pipelines as Code does not know of an event it leaves as it stands, so that a value with
``{{`` or ``$(`` in it is none. A name of a branch may be a whole ref.

Results are files that the step names by variables (`RESULTS`). An earlier step of the same task can write
them as well: whoever reads a result asks whether it is ``PASSED``, never whether it is not ``FAILED``.
"""

from __future__ import annotations

from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._announcement import Addition, Announcement, News
from gatepass.platforms._git import build_from_git, checked_out
from gatepass.platforms._platform import Environment, Platform, attempt_after
from gatepass.platforms._repository import repository_of

VARIABLES = {
    "TEKTON_TASK_RUN": "$(context.taskRun.name)",
    "TEKTON_TASK_RUN_UID": "$(context.taskRun.uid)",
    "TEKTON_TASK": "$(context.task.name)",
    "TEKTON_RETRY_COUNT": "$(context.task.retry-count)",
    "TEKTON_PIPELINE_RUN": "$(context.pipelineRun.name)",
    "TEKTON_PIPELINE_RUN_UID": "$(context.pipelineRun.uid)",
    "TEKTON_PIPELINE": "$(context.pipeline.name)",
    "PAC_EVENT": "{{ event }}",
    "PAC_REPO_URL": "{{ repo_url }}",
    "PAC_REVISION": "{{ revision }}",
    "PAC_PULL_REQUEST_NUMBER": "{{ pull_request_number }}",
    "PAC_SOURCE_BRANCH": "{{ source_branch }}",
    "PAC_TARGET_BRANCH": "{{ target_branch }}",
    "PAC_GIT_TAG": "{{ git_tag }}",
    "PAC_SENDER": "{{ sender }}",
}
RESULTS = {
    "verdict": "TEKTON_RESULT_VERDICT",
    "record-digest": "TEKTON_RESULT_RECORD_DIGEST",
    "failed-rules": "TEKTON_RESULT_FAILED_RULES",
}
MAXIMUM_RESULT = 1024  # bytes: all results of a task share 4 KiB with Tekton's own words

_EVENTS = {"push": Event.PUSH, "pull_request": Event.CHANGE_REQUEST}


def detects(environment: Environment) -> bool:
    """Whether the step says in which run of a task it is."""
    return _value(environment, "TEKTON_TASK_RUN") is not None


def build(environment: Environment, root: Path) -> Build:
    """The build of this run."""
    commit = _value(environment, "PAC_REVISION") or checked_out(root)
    tag = _value(environment, "PAC_GIT_TAG")
    change = _change_request(environment, commit)
    branch = None if tag or change else _branch(environment, "PAC_SOURCE_BRANCH")
    event = _EVENTS.get(_value(environment, "PAC_EVENT") or "", Event.MANUAL)
    known = repository_of(_value(environment, "PAC_REPO_URL"))
    return Build(
        platform="tekton",
        repository=known or build_from_git(root).repository,
        commit=commit,
        ref=f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else None,
        branch=branch,
        tag=tag,
        event=Event.CHANGE_REQUEST if change else Event.TAG if tag and event is Event.PUSH else event,
        change_request=change,
        run=_run(environment),
        actors=_actors(environment),
    )


def _value(environment: Environment, name: str) -> str | None:
    value = environment.get(name, "").strip()
    return None if not value or "{{" in value or "$(" in value else value


def _branch(environment: Environment, name: str) -> str | None:
    return (_value(environment, name) or "").removeprefix("refs/heads/") or None


def _change_request(environment: Environment, commit: str | None) -> ChangeRequest | None:
    """The pull request; a push that merged one names it too, and is a push all the same."""
    number = _value(environment, "PAC_PULL_REQUEST_NUMBER")
    if not number or _value(environment, "PAC_EVENT") == "push":
        return None
    return ChangeRequest(
        number=number,
        head=commit,
        source_branch=_branch(environment, "PAC_SOURCE_BRANCH"),
        target_branch=_branch(environment, "PAC_TARGET_BRANCH"),
    )


def _run(environment: Environment) -> Run:
    names = ("TEKTON_PIPELINE_RUN_UID", "TEKTON_PIPELINE_RUN", "TEKTON_TASK_RUN_UID", "TEKTON_TASK_RUN")
    return Run(
        id=next((value for name in names if (value := _value(environment, name))), None),
        attempt=attempt_after(_value(environment, "TEKTON_RETRY_COUNT")),
        workflow=_value(environment, "TEKTON_PIPELINE"),
        job=_value(environment, "TEKTON_TASK"),
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    sender = _value(environment, "PAC_SENDER")
    return (Actor("triggered-by", sender),) if sender else ()


def announce(news: News, _: Environment) -> Announcement:
    """Each result that the step named; a list that is too long ends in ``…``."""
    outputs = dict(news.outputs)
    return Announcement(
        additions=tuple(
            Addition(variable, _short(outputs[name]), wanted=False) for name, variable in RESULTS.items()
        )
    )


def _short(text: str) -> str:
    data = text.encode()
    return text if len(data) <= MAXIMUM_RESULT else data[: MAXIMUM_RESULT - 3].decode(errors="ignore") + "…"


PLATFORM = Platform("tekton", "Tekton", detects, build, announce)
