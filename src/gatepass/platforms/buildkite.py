"""Buildkite. Variables: https://buildkite.com/docs/pipelines/configure/environment-variables.

``BUILDKITE_PULL_REQUEST`` is ``false`` when there is none. ``BUILDKITE_COMMIT`` may be ``HEAD`` for a build
that was started by hand: the work tree is asked then. For a tag ``BUILDKITE_BRANCH`` has the tag's name,
for a fork ``owner:branch``. Who created a build that a webhook started is taken from the commit, which
anybody can write; who unblocked it is known to Buildkite.

A line that starts with ``^^^ +++`` opens the group of the log that it stands in
(https://buildkite.com/docs/pipelines/configure/managing-log-output). An annotation is made by a program,
``buildkite-agent annotate``; docs/platforms has the line that hands it the Markdown report.
"""

from __future__ import annotations

import re
from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._announcement import Announcement, News
from gatepass.platforms._git import COMMIT, checked_out
from gatepass.platforms._platform import Environment, Platform, attempt_after
from gatepass.platforms._repository import repository_of

_SOURCES = {
    "webhook": Event.PUSH,
    "trigger_job": Event.PUSH,
    "schedule": Event.SCHEDULE,
}
_IN_QUEUE = re.compile(r"/pr-(\d+)-[0-9a-f]{7,64}")


def detects(environment: Environment) -> bool:
    """Whether the agent says that it is Buildkite's."""
    return environment.get("BUILDKITE", "").lower() == "true"


def build(environment: Environment, root: Path) -> Build:
    """The build of this job."""
    said = environment.get("BUILDKITE_COMMIT", "")
    commit = said if COMMIT.fullmatch(said) else checked_out(root)
    tag = environment.get("BUILDKITE_TAG") or None
    change = _merge_queue(environment, commit) or _pull_request(environment, commit)
    branch = None if tag or change else environment.get("BUILDKITE_BRANCH") or None
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else None
    return Build(
        platform="buildkite",
        repository=repository_of(environment.get("BUILDKITE_REPO")),
        commit=commit,
        ref=ref,
        branch=branch,
        tag=tag,
        event=_event(environment, change, tag),
        change_request=change,
        run=_run(environment),
        actors=_actors(environment),
    )


def _event(environment: Environment, change: ChangeRequest | None, tag: str | None) -> Event:
    if environment.get("BUILDKITE_MERGE_QUEUE_BASE_BRANCH"):
        return Event.MERGE_QUEUE
    if change:
        return Event.CHANGE_REQUEST
    event = _SOURCES.get(environment.get("BUILDKITE_SOURCE", ""), Event.MANUAL)
    return Event.TAG if tag and event is Event.PUSH else event


def _pull_request(environment: Environment, commit: str | None) -> ChangeRequest | None:
    number = environment.get("BUILDKITE_PULL_REQUEST", "")
    if number.lower() in ("", "false"):
        return None
    return ChangeRequest(
        number=number,
        head=commit,
        source_branch=environment.get("BUILDKITE_BRANCH") or None,
        target_branch=environment.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH") or None,
    )


def _merge_queue(environment: Environment, commit: str | None) -> ChangeRequest | None:
    """A merge queue tells its target; the pull request's number stands in the name of its branch alone."""
    target = environment.get("BUILDKITE_MERGE_QUEUE_BASE_BRANCH")
    if not target:
        return None
    number = _IN_QUEUE.search(environment.get("BUILDKITE_BRANCH", ""))
    return ChangeRequest(
        number=number[1] if number else "",
        head=commit,
        base=environment.get("BUILDKITE_MERGE_QUEUE_BASE_COMMIT") or None,
        target_branch=target,
    )


def _run(environment: Environment) -> Run:
    organisation = environment.get("BUILDKITE_ORGANIZATION_SLUG")
    pipeline = environment.get("BUILDKITE_PIPELINE_SLUG")
    url, job = environment.get("BUILDKITE_BUILD_URL"), environment.get("BUILDKITE_JOB_ID")
    return Run(
        id=environment.get("BUILDKITE_BUILD_ID") or environment.get("BUILDKITE_BUILD_NUMBER"),
        attempt=attempt_after(environment.get("BUILDKITE_RETRY_COUNT")),
        url=f"{url}#{job}" if url and job else url or None,
        workflow=f"{organisation}/{pipeline}" if organisation and pipeline else pipeline,
        job=environment.get("BUILDKITE_STEP_KEY") or environment.get("BUILDKITE_LABEL") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    found = []
    for role, prefix in (("started-by", "BUILDKITE_BUILD_CREATOR"), ("unblocked-by", "BUILDKITE_UNBLOCKER")):
        login = environment.get(f"{prefix}_EMAIL") or environment.get(prefix)
        if login:
            found.append(Actor(role, login, environment.get(f"{prefix}_ID") or None))
    return tuple(found)


def announce(news: News, _: Environment) -> Announcement:
    """A failure opens its group of the log, which is closed otherwise."""
    return Announcement(lines=() if news.passed else ("^^^ +++",))


PLATFORM = Platform("buildkite", "Buildkite", detects, build, announce)
