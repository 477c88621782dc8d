"""Drone. Variables: https://docs.drone.io/pipeline/environment/reference/.

For a pull request ``DRONE_COMMIT_SHA`` is the newest commit of the source, although the clone has it merged
into the target; ``DRONE_BRANCH`` is the target. ``DRONE_BUILD_TRIGGER`` is a user, or ``@hook`` and
``@cron`` when nobody started the build by hand. Woodpecker sets Drone's variables for its plugins, and is
not Drone.
"""

from __future__ import annotations

from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._platform import Environment, Platform

_EVENTS = {
    "push": Event.PUSH,
    "pull_request": Event.CHANGE_REQUEST,
    "tag": Event.TAG,
    "cron": Event.SCHEDULE,
}


def detects(environment: Environment) -> bool:
    """Whether the runner says that it is Drone's."""
    return environment.get("DRONE", "").lower() == "true" and environment.get("CI") != "woodpecker"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this step."""
    commit = environment.get("DRONE_COMMIT_SHA") or environment.get("DRONE_COMMIT") or None
    tag = environment.get("DRONE_TAG") or None
    change = _change_request(environment, commit)
    branch = None if tag or change else environment.get("DRONE_BRANCH") or None
    event = _EVENTS.get(environment.get("DRONE_BUILD_EVENT", ""), Event.MANUAL)
    return Build(
        platform="drone",
        repository=environment.get("DRONE_REPO") or None,
        commit=commit,
        ref=environment.get("DRONE_COMMIT_REF") or None,
        branch=branch,
        tag=tag,
        event=Event.CHANGE_REQUEST if change else event,
        change_request=change,
        run=Run(
            id=environment.get("DRONE_BUILD_NUMBER") or None,
            url=environment.get("DRONE_BUILD_LINK") or None,
            workflow=environment.get("DRONE_STAGE_NAME") or None,
            job=environment.get("DRONE_STEP_NAME") or None,
        ),
        actors=_actors(environment),
    )


def _change_request(environment: Environment, commit: str | None) -> ChangeRequest | None:
    number = environment.get("DRONE_PULL_REQUEST")
    if not number:
        return None
    return ChangeRequest(
        number=number,
        head=commit,
        source_branch=environment.get("DRONE_SOURCE_BRANCH") or None,
        target_branch=environment.get("DRONE_TARGET_BRANCH") or environment.get("DRONE_BRANCH") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    """Who wrote the commit is the forge's account; who triggered the build is Drone's, if it was a person."""
    found = []
    if author := environment.get("DRONE_COMMIT_AUTHOR"):
        found.append(Actor("started-by", author))
    trigger = environment.get("DRONE_BUILD_TRIGGER", "")
    if trigger and not trigger.startswith("@"):
        found.append(Actor("triggered-by", trigger))
    return tuple(found)


PLATFORM = Platform("drone", "Drone", detects, build)
