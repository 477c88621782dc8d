"""Where git has the files of overrides: in which commits, and which commit on a ref brought them.

Nothing is fetched. A shallow clone cannot tell which commit touched a file last: its oldest commit seems to
have touched them all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatepass.collect._clone_files import contents, files_of
from gatepass.collect._process import Git
from gatepass.errors import GatepassError
from gatepass.model.override import FileCommit

_MOST_BYTES = 1 << 20
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def committed_in(
    path: str, sha256: str, commits: Sequence[str], root: Path, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Those of the commits (full ids) in which a file has just the bytes of a digest.

    ``path`` is relative to ``root``, with forward slashes. Empty also where git cannot tell.
    """
    git = Git(root, environment)
    try:
        return tuple(each for each in commits if _ID.fullmatch(each) and _digest(git, each, path) == sha256)
    except GatepassError:
        return ()


def last_commit(path: str, ref: str, root: Path, environment: Mapping[str, str]) -> FileCommit:
    """The newest commit on a ref that touched a file; with a problem where git cannot tell."""
    git = Git(root, environment)
    try:
        return _last_commit(git, path, ref)
    except GatepassError as error:
        return FileCommit(ref, problem=error.message)


def files_on(
    ref: str, folder: str, root: Path, environment: Mapping[str, str]
) -> tuple[tuple[str, bytes], ...]:
    """The YAML files that a folder (relative to ``root``) has on a ref; none where git cannot tell."""
    git = Git(root, environment)
    try:
        tip = tip_of(git, ref)
        listed = files_of(git, tip, folder) if tip and not leads_out(folder) else []
        fitting = [
            each
            for each in listed
            if each.path.lower().endswith((".yaml", ".yml"))
            and not (each.link or each.submodule)
            and each.size <= _MOST_BYTES
        ]
        return tuple((each.path, data) for each, data in contents(git, fitting))
    except GatepassError:
        return ()


def _last_commit(git: Git, path: str, ref: str) -> FileCommit:
    if git.run("rev-parse", "--is-shallow-repository").strip() != b"false":
        return FileCommit(ref, problem="the clone is shallow: nobody can tell which commit brought the file")
    tip = tip_of(git, ref)
    if tip is None:
        return FileCommit(ref, problem=f"the clone has no {ref}")
    listed = git.run("rev-list", "--max-count=1", tip, "--", f":(literal){path}")
    sha = listed.decode("ascii", "replace").strip()
    if not _ID.fullmatch(sha):
        return FileCommit(ref, problem=f"the file is not on {ref}")
    digest = _digest(git, tip, path)
    if digest is None:
        return FileCommit(ref, problem=f"the file is not on {ref} any more")
    return FileCommit(ref, sha, git.run("cat-file", "commit", sha), digest)


def tip_of(git: Git, ref: str) -> str | None:
    """The commit that a ref is at, None where the clone has none."""
    code, out, _ = git.try_to("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    tip = out.decode("ascii", "replace").strip()
    return tip if code == 0 and _ID.fullmatch(tip) else None


def leads_out(path: str) -> bool:
    """Whether a path leads out of the folder that it is relative to."""
    return path.startswith("/") or ".." in path.split("/")


def _digest(git: Git, commit: str, path: str) -> str | None:
    """The SHA-256 of a file in a commit, None where it has none."""
    if leads_out(path):
        return None
    code, out, _ = git.try_to("cat-file", "blob", f"{commit}:./{path}")
    return hashlib.sha256(out).hexdigest() if code == 0 else None
