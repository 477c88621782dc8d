"""Which platform this is, and the build it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gatepass import seam
from gatepass.errors import UsageError
from gatepass.model.build import Build, ChangeRequest, Event, Run
from gatepass.platforms import Environment, Platform, build_from_git, changed_paths


def platforms() -> dict[str, Platform]:
    """All platforms by name."""
    return seam.members("gatepass.platforms", Platform)


def detect(environment: Environment, name: str | None = None) -> Platform | None:
    """The platform the pipeline runs on, None on a workstation.

    Where the signs of two are there, ``name`` says which one to believe. Without it that is a `UsageError`:
    an earlier step that sets another system's variables must not choose what is judged.
    """
    found = [each for each in platforms().values() if each.detects(environment)]
    seen = ", ".join(each.name for each in found) or "none"
    if name is not None:
        named = [each for each in found if each.name == name]
        if not named:
            raise UsageError(
                f"this is not the platform '{name}'",
                hint=f"the variables here are those of: {seen}; there is {', '.join(platforms())}",
            )
        found = named
    if len(found) > 1:
        raise UsageError(
            f"the variables of {len(found)} CI systems are set: {seen}",
            hint="unset those of the other, or say which one runs this: --platform NAME",
        )
    return found[0] if found else None


def build_of(
    environment: Environment, root: Path, given: Mapping[str, str], platform_name: str | None = None
) -> Build:
    """The build; ``given`` are facts from the command line (``commit``, ``repository``, …) that win."""
    platform = detect(environment, platform_name)
    build = platform.build(environment, root) if platform else build_from_git(root)
    build = _with(build, given) if given else build
    change = build.change_request
    if change and change.base and build.commit:
        return replace(build, changed_paths=changed_paths(root, change.base, build.commit))
    return build


_OF_CHANGE_REQUEST = frozenset(("change-request", "head", "target-branch", "author"))
GIVEN = ("repository", "commit", "branch", "tag", "event", "run", *sorted(_OF_CHANGE_REQUEST))


def _with(build: Build, given: Mapping[str, str]) -> Build:
    """The build with the given facts; one of a change request is judged as that, whatever began the run."""
    if unknown := sorted(set(given) - set(GIVEN)):
        raise UsageError(f"--build has no '{unknown[0]}'", hint=f"there is {', '.join(GIVEN)}")
    event = build.event
    if "event" in given:
        try:
            event = Event(given["event"])
        except ValueError:
            words = ", ".join(each.value for each in Event)
            raise UsageError(f"'{given['event']}' is no event", hint=f"there is {words}") from None
    elif "change-request" in given and event is not Event.MERGE_QUEUE:
        event = Event.CHANGE_REQUEST
    change = build.change_request
    if not _OF_CHANGE_REQUEST.isdisjoint(given):
        change = change or ChangeRequest(number="")
        change = replace(
            change,
            number=given.get("change-request", change.number),
            head=given.get("head", change.head),
            target_branch=given.get("target-branch", change.target_branch),
            author=given.get("author", change.author),
        )
    return replace(
        build,
        event=event,
        change_request=change,
        run=_run(build.run, given.get("run", build.run.id)),
        other_commits=(change.head,) if change and change.head else build.other_commits,
        repository=given.get("repository", build.repository),
        commit=given.get("commit", build.commit),
        branch=given.get("branch", build.branch),
        tag=given.get("tag", build.tag),
    )


def _run(told: Run, identity: str | None) -> Run:
    """The run of an id; what the platform tells is of its own."""
    return told if told.id == identity else Run(id=identity, url=told.url)
