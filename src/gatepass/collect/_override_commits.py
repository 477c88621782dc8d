"""Where git has the files of overrides: in which commits, and which commit on a ref brought them.

Nothing is fetched. A shallow clone cannot tell which commit touched a file last: its oldest commit seems to
have touched them all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatepass.collect._process import Git
from gatepass.errors import GatepassError
from gatepass.model.override import FileCommit

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


def _last_commit(git: Git, path: str, ref: str) -> FileCommit:
    if git.run("rev-parse", "--is-shallow-repository").strip() != b"false":
        return FileCommit(ref, problem="the clone is shallow: nobody can tell which commit brought the file")
    code, out, _ = git.try_to("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    tip = out.decode("ascii", "replace").strip()
    if code != 0 or not _ID.fullmatch(tip):
        return FileCommit(ref, problem=f"the clone has no {ref}")
    listed = git.run("rev-list", "--max-count=1", tip, "--", f":(literal){path}")
    sha = listed.decode("ascii", "replace").strip()
    if not _ID.fullmatch(sha):
        return FileCommit(ref, problem=f"the file is not on {ref}")
    digest = _digest(git, tip, path)
    if digest is None:
        return FileCommit(ref, problem=f"the file is not on {ref} any more")
    return FileCommit(ref, sha, git.run("cat-file", "commit", sha), digest)


def _digest(git: Git, commit: str, path: str) -> str | None:
    """The SHA-256 of a file in a commit, None where it has none."""
    if path.startswith("/") or ".." in path.split("/"):
        return None
    code, out, _ = git.try_to("cat-file", "blob", f"{commit}:./{path}")
    return hashlib.sha256(out).hexdigest() if code == 0 else None
