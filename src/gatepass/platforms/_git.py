"""What a git work tree says of itself: the build on a workstation, or where no CI system is known."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from gatepass.model.build import Actor, Build, Event
from gatepass.platforms._repository import repository_of

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def build_from_git(root: Path) -> Build:
    """Commit, branch, and repository of the work tree around ``root``; outside of one, nothing is known."""
    branch = _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    email = _git(root, "config", "--get", "user.email")
    return Build(
        platform="local",
        repository=repository_of(_git(root, "config", "--get", "remote.origin.url")),
        commit=checked_out(root),
        ref=f"refs/heads/{branch}" if branch else None,
        branch=branch,
        event=Event.MANUAL,
        actors=(Actor("started-by", email),) if email else (),
    )


def checked_out(root: Path) -> str | None:
    """The commit of the work tree, None outside of one."""
    return _git(root, "rev-parse", "--verify", "--quiet", "HEAD")


def changed_paths(root: Path, base: str, head: str) -> tuple[str, ...] | None:
    """Paths that differ between the merge base of two commits and the second; None when git cannot tell.

    A clone without history cannot, and a policy whose scope asks for paths is then in scope.
    """
    if not (COMMIT.fullmatch(base) and COMMIT.fullmatch(head)):
        return None
    # .gitmodules comes with the change, and could hide what a submodule brings
    whole = ("--no-renames", "--no-ext-diff", "--no-relative", "--ignore-submodules=none")
    listed = _git(root, "diff", "--name-only", "-z", *whole, f"{base}...{head}", "--")
    return None if listed is None else tuple(sorted(path for path in listed.split("\0") if path))


def _git(root: Path, *arguments: str) -> str | None:
    # the work tree's own configuration may name programs for git to run; none of these commands starts one
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", "-c", "safe.directory=*", *arguments]
    try:  # a fixed program without a shell
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    # a branch may have any bytes for a name
    return done.stdout.decode("utf-8", "backslashreplace").strip() or None if done.returncode == 0 else None
