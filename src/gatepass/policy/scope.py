"""Whether a policy is for a build."""

from __future__ import annotations

from collections.abc import Sequence

from gatepass import globs
from gatepass.errors import PolicyError
from gatepass.model.build import Build
from gatepass.model.policy import Policy, Scope


def refuse_idle(policies: Sequence[Policy], build: Build) -> None:
    """Raise `PolicyError` when none of the policies is for this build: there is nothing to judge it by."""
    reasons = [(policy, why_not(policy.scope, build)) for policy in policies if policy.rules]
    if all(reason for _, reason in reasons):
        said = "; ".join(f"{policy.name}: {reason}" for policy, reason in reasons)
        raise PolicyError(
            f"no policy is for this build, so there is nothing to judge by ({said})",
            hint="widen a scope, or give another --policy; --build branch=… tells what the platform does not",
        )


def why_not(scope: Scope, build: Build) -> str | None:
    """Why a policy is not for this build, in words; None when it is.

    What is not known of a build counts as in scope: a policy is not got rid of by hiding a branch.
    """
    repository, branch = build.repository, build.scope_branch
    if scope.repositories and repository is not None and not _fits(repository, scope.repositories):
        return f"repository is {repository}, not {', '.join(scope.repositories)}"
    if scope.branches and branch is not None and not globs.matches_any(branch, scope.branches):
        return f"branch is {branch}, not {', '.join(scope.branches)}"
    if scope.branches and branch is None and build.tag is not None:
        return f"this is the tag {build.tag}, not a branch"
    if scope.events and build.event not in scope.events:
        return f"event is {build.event}, not {', '.join(scope.events)}"
    changed = build.changed_paths
    if scope.changed and changed is not None:
        touched = any(globs.matches_any(path, scope.changed) for path in changed)
        return None if touched else f"nothing in {', '.join(scope.changed)} changed"
    return None


def _fits(repository: str, patterns: tuple[str, ...]) -> bool:
    return globs.matches_any(repository, patterns, ignore_case=True)
