"""Where this runs, and the build as the gate would see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatepass.collect import Git
from gatepass.detecting import build_of, detect, platforms
from gatepass.errors import GatepassError, UsageError
from gatepass.examining._lines import Fact, Line, missing, note, ok, warning
from gatepass.model.build import Build, Event
from gatepass.platforms import Platform, in_ci
from gatepass.request import Request

Environment = Mapping[str, str]
_OF_CLONE = frozenset({"git", "suppressions"})
_UNKNOWN = Build("unknown")
Clone = tuple[str, bool] | str


@dataclass(frozen=True, slots=True)
class Found:
    """The platform and the build, as far as they are known; ``lines`` say how.

    ``clone`` is HEAD and whether the history is cut off, or in words why there is no clone to ask.
    """

    platform: Platform | None
    build: Build
    lines: tuple[Line, ...]
    clone: Clone = "what is built is not known"
    root: Path = Path()

    def refused(self, collector: str, options: Mapping[str, str]) -> str:
        """Why a collector that asks the clone cannot tell, in words; empty when it may."""
        if collector not in _OF_CLONE:
            return ""
        if isinstance(self.clone, str):
            return self.clone
        change = self.build.change_request
        if collector == "git" and not options.get("base") and not (change and change.base):
            return "nothing tells where the change begins (collect: {git: {base: REF}})"
        signers = options.get("allowed-signers") if collector == "git" else None
        if signers and not (self.root / signers).is_file():
            return f"{signers}, the file of allowed signers, is not there"
        if collector == "git" and self.clone[1]:
            return "the clone is shallow, so commits may be missing"
        return ""


def found(request: Request, environment: Environment) -> Found:
    """The platform that the gate would believe, and the build that it would judge.

    Raises `UsageError` for facts about the build (``--build``) that there are not.
    """
    if request.build:
        build_of({}, request.root, request.build)  # what is wrong with them here is no pipeline's doing
    try:
        platform = detect(environment, request.platform)
    except UsageError as error:
        signs = "; ".join(f"{each.title} by {', '.join(of)}" for each, of in _seen(environment))
        said = f"{error.message} ({signs})" if signs else error.message
        return Found(None, _UNKNOWN, (missing("platform", "platform", said, error.hint),))
    lines = [_platform(platform, environment)]
    try:
        build = build_of(environment, request.root, request.build, request.platform)
    except UsageError as error:
        return Found(platform, _UNKNOWN, (*lines, missing("build", "build", error.message, error.hint)))
    told = _told(request.root, environment)
    return Found(platform, build, (*lines, *_build(build), *_clone(build, request, told)), told, request.root)


def signs(platform: Platform, environment: Environment) -> tuple[str, ...]:
    """The variables that the platform is known by: each alone, else those that it is not known without."""
    alone = [name for name, value in environment.items() if platform.detects({name: value})]
    together = (
        name
        for name in environment
        if not platform.detects({other: value for other, value in environment.items() if other != name})
    )
    return tuple(sorted(alone or together))


def _seen(environment: Environment) -> list[tuple[Platform, tuple[str, ...]]]:
    there = [each for each in platforms().values() if each.detects(environment)]
    return [(each, signs(each, environment)) for each in there]


def _platform(platform: Platform | None, environment: Environment) -> Line:
    if platform is not None:
        by = signs(platform, environment)
        said = f"{platform.title}, by {', '.join(by)}" if by else platform.title
        return ok("platform", "platform", said, platform=platform.name, variables=" ".join(by))
    if in_ci(environment):
        said = "a pipeline of no CI system that is known: what is built is read from git"
        return warning("platform", "platform", said, "--build KEY=VALUE tells what is built")
    return note("platform", "platform", "no pipeline: a workstation, and what is built is read from git")


def _build(build: Build) -> Iterator[Line]:
    facts: dict[str, Fact] = {
        "repository": build.repository,
        "commit": build.commit,
        "ref": build.ref,
        "event": build.event.value,
    }
    facts |= {"run": build.run.id}
    said = " · ".join(filter(None, (_revision(build), _occasion(build), _run(build))))
    yield ok("build", "build", said, **facts)
    yield from _unknown(build)
    people = ", ".join(f"{each.login} {each.role} ({each.assurance})" for each in build.actors)
    if people:
        yield ok("people", "people", people)
    else:
        yield note("people", "people", "the pipeline names nobody")


def _revision(build: Build) -> str:
    repository = build.repository or "no repository"
    revision = f"{repository}@{build.commit[:12]}" if build.commit else f"{repository}, no commit"
    where = build.ref or build.branch or build.tag
    return f"{revision} of {where}" if where else revision


def _occasion(build: Build) -> str:
    change = build.change_request
    if change is None:
        return build.event.value
    said = f"change {change.number or '?'}" + (f" by {change.author}" if change.author else "")
    if change.target_branch:
        said += f" into {change.target_branch}"
    head = f", head {change.head[:12]}" if change.head and change.head != build.commit else ""
    return f"{build.event.value}: {said}{head}"


def _run(build: Build) -> str:
    run = build.run
    if not run.id:
        return ""
    return f"run {run.id}" + (f", attempt {run.attempt}" if run.attempt else "")


def _unknown(build: Build) -> Iterator[Line]:
    """What nothing tells, and the option that does."""
    change = build.change_request
    wanted = {
        "repository": (build.repository, "--build repository=owner/name"),
        "commit": (build.commit, "--build commit=SHA: without it, reports of any commit count"),
    }
    if build.event in (Event.CHANGE_REQUEST, Event.MERGE_QUEUE) or change is not None:
        wanted["change request"] = (change.number if change else None, "--build change-request=NUMBER")
        wanted["head of the change"] = (change.head if change else None, "--build head=SHA")
        wanted["target branch"] = (change.target_branch if change else None, "--build target-branch=NAME")
    elif build.tag is None:
        wanted["branch"] = (build.branch, "--build branch=NAME, or tag=NAME")
    for what, (value, fix) in wanted.items():
        if not value:
            yield warning("build.unknown", what, "nothing tells it", fix, fact=what)


def _clone(build: Build, request: Request, told: Clone) -> Iterator[Line]:
    """Whether the work tree is of the build's commit, and has the history that git is asked for."""
    needed = _OF_CLONE & set(request.collect)
    bad = missing if needed else note
    if isinstance(told, str):
        yield bad("clone", "clone", told, "check the repository out before the gate runs" if needed else None)
        return
    head, shallow = told
    facts: dict[str, Fact] = {"head": head, "shallow": shallow}
    if build.commit and head not in build.commits:
        said = f"HEAD is {head[:12]}, and the build is of {build.commit[:12]}"
        yield warning("clone", "clone", said, "check out the commit that is judged", **facts)
    elif shallow:
        how = warning if needed else note
        fix = "fetch it all: fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab), clone: depth: full (Bitbucket)"
        yield how(
            "clone", "clone", "shallow: what the change does and who wrote it is not known", fix, **facts
        )
    else:
        yield ok("clone", "clone", f"HEAD is {head[:12]}, with its history", **facts)


def _told(root: Path, environment: Environment) -> Clone:
    git = Git(root, environment)
    try:
        code, head, complaint = git.try_to("rev-parse", "--verify", "--quiet", "HEAD")
        if code != 0:
            if "dubious" in complaint:
                return "git does not trust this folder's owner"
            inside, _, _ = git.try_to("rev-parse", "--git-dir")
            return "this repository has no commit yet" if inside == 0 else "this is no clone of git"
        shallow = git.run("rev-parse", "--is-shallow-repository")
    except GatepassError as error:
        return error.message
    return head.decode("ascii", "replace").strip(), shallow.strip() == b"true"
