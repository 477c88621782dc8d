"""The contract of a platform: from the pipeline's own variables to a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatepass.model.build import Build

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Platform:
    """A CI system.

    ``detects`` tells from the environment whether the pipeline runs there. ``build`` makes the build from
    the environment and the workspace; what a variable says is recorded as `Assurance.SELF_ASSERTED`.
    """

    name: str
    title: str
    detects: Callable[[Environment], bool]
    build: Callable[[Environment, Path], Build]


_SIGNS = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "BUILDKITE", "BITBUCKET_BUILD_NUMBER")


def in_ci(environment: Environment) -> bool:
    """Whether this is a pipeline rather than somebody's workstation."""
    return any(environment.get(sign, "").lower() not in ("", "0", "false") for sign in _SIGNS)
