"""The contract of a platform: from the pipeline's own variables to a build, from a decision to its people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatepass.model.build import Build
from gatepass.platforms._announcement import Announce

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Platform:
    """A CI system.

    ``detects`` tells from the environment whether the pipeline runs there. ``build`` makes the build from
    the environment and the workspace; what a variable says is recorded as `Assurance.SELF_ASSERTED`.
    ``announce`` is pure and says what to print and to write once a decision is recorded; None where the
    platform shows the log and nothing else. ``file_url`` is where people see a file of the workspace that the
    job keeps (an artifact).
    """

    name: str
    title: str
    detects: Callable[[Environment], bool]
    build: Callable[[Environment, Path], Build]
    announce: Announce | None = None
    file_url: Callable[[Environment, str], str | None] | None = None


# CI alone is not enough: an earlier step may have set it to nothing
_SIGNS = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION"),
    *("BUILDKITE", "BITBUCKET_BUILD_NUMBER", "DRONE", "TEKTON_TASK_RUN"),
)


def in_ci(environment: Environment) -> bool:
    """Whether this is a pipeline rather than somebody's workstation."""
    return any(environment.get(sign, "").lower() not in ("", "0", "false") for sign in _SIGNS)


def positive(text: str | None) -> int | None:
    """A whole number above zero in at most nine digits, None for anything else."""
    digits = text if text and len(text) <= 9 and text.isascii() and text.isdecimal() else "0"
    return int(digits) or None


def attempt_after(retries: str | None) -> int | None:
    """Which attempt it is, counted from 1, when a system counts what came before."""
    return 1 if retries == "0" else number + 1 if (number := positive(retries)) else None
