"""Woodpecker CI. Variables: https://woodpecker-ci.org/docs/usage/environment.

``CI`` is ``woodpecker``; the other variables are called as on many systems. For a pull request
``CI_COMMIT_SHA`` is the newest commit of the source and ``CI_COMMIT_BRANCH`` the target.
``CI_PIPELINE_AUTHOR`` is who made the event: the one who pushed, or who pressed the button. A pipeline that
is run again has a number of its own and names the first as ``CI_PIPELINE_PARENT``.
"""

from __future__ import annotations

from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._platform import Environment, Platform

_EVENTS = {
    "push": Event.PUSH,
    "pull_request": Event.CHANGE_REQUEST,
    "pull_request_closed": Event.CHANGE_REQUEST,
    "pull_request_metadata": Event.CHANGE_REQUEST,
    "tag": Event.TAG,
    "release": Event.TAG,
    "cron": Event.SCHEDULE,
}


def detects(environment: Environment) -> bool:
    """Whether the agent says that it is Woodpecker's."""
    return environment.get("CI") == "woodpecker"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this step."""
    commit = environment.get("CI_COMMIT_SHA") or None
    tag = environment.get("CI_COMMIT_TAG") or None
    change = _change_request(environment, commit)
    event = _EVENTS.get(environment.get("CI_PIPELINE_EVENT", ""), Event.MANUAL)
    return Build(
        platform="woodpecker",
        repository=environment.get("CI_REPO") or None,
        commit=commit,
        ref=environment.get("CI_COMMIT_REF") or None,
        branch=None if tag or change else environment.get("CI_COMMIT_BRANCH") or None,
        tag=tag,
        event=Event.CHANGE_REQUEST if change else event,
        change_request=change,
        run=Run(
            id=environment.get("CI_PIPELINE_NUMBER") or None,
            url=environment.get("CI_PIPELINE_URL") or None,
            workflow=environment.get("CI_WORKFLOW_NAME") or None,
            job=environment.get("CI_STEP_NAME") or None,
        ),
        actors=_actors(environment),
    )


def _change_request(environment: Environment, commit: str | None) -> ChangeRequest | None:
    number = environment.get("CI_COMMIT_PULL_REQUEST")
    if not number:
        return None
    return ChangeRequest(
        number=number,
        head=commit,
        source_branch=environment.get("CI_COMMIT_SOURCE_BRANCH") or None,
        target_branch=environment.get("CI_COMMIT_TARGET_BRANCH")
        or environment.get("CI_COMMIT_BRANCH")
        or None,
        url=environment.get("CI_PIPELINE_FORGE_URL") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    author = environment.get("CI_PIPELINE_AUTHOR")
    return (Actor("triggered-by", author),) if author else ()


PLATFORM = Platform("woodpecker", "Woodpecker CI", detects, build)
