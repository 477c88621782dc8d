"""Files as they stand in a commit: what a change is compared with. Nothing is fetched, no filter is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatepass.collect._process import Git
from gatepass.errors import GatepassError, UsageError

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FILES = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Base:
    """A commit, None where there is none yet, and files in it by their paths relative to the work tree."""

    commit: str | None
    files: Mapping[str, bytes]


def files_at(
    ref: str | None,
    paths: Sequence[str],
    wanted: Callable[[str], bool],
    root: Path,
    environment: Mapping[str, str],
) -> Base:
    """The files below ``paths`` (relative to ``root``) whose path is ``wanted``, in the commit of a ref.

    Without a ref it is the commit that is checked out; a repository without any commit holds no files. Raises
    `GatepassError` where git cannot tell, and `UsageError` for a ref that there is not.
    """
    git = Git(root, environment)
    commit = _commit(git, ref)
    if commit is None:
        return Base(None, {})
    listed = git.run("ls-tree", "-r", "-z", commit, "--", *paths).decode("utf-8", "surrogateescape")
    blobs: dict[str, str] = {}
    for row in listed.split("\0")[:-1]:
        (mode, _, sha), path = row.split("\t", 1)[0].split(" "), row.split("\t", 1)[1]
        if not wanted(path):
            continue
        if mode not in _FILES:
            raise GatepassError(f"{path} is a link or a module in {commit[:12]}, and no file")
        if not set(path.split("/")).isdisjoint(("", ".", "..")):  # somebody made that tree by hand
            raise GatepassError(f"{path} in {commit[:12]} leads out of its folder")
        blobs[path] = sha
    return Base(commit, dict(zip(blobs, _contents(git, list(blobs.values())), strict=True)))


def _commit(git: Git, ref: str | None) -> str | None:
    name = "HEAD" if ref is None else ref
    code, out, complaint = git.try_to("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    sha = out.decode("ascii", "replace").strip()
    if not name or code != 0 or not _ID.fullmatch(sha):
        git.run("rev-parse", "--git-dir")
        if ref is None and _is_unborn(git):
            return None
        raise UsageError(f"git knows no commit '{name}'", hint="fetch it, or name another --base")
    if "ambiguous" in complaint:
        raise UsageError(
            f"'{name}' is the name of more than one thing",
            hint="write it in full, such as refs/remotes/origin/main",
        )
    return sha


def _is_unborn(git: Git) -> bool:
    """Whether the branch that is checked out has no commit yet: it names a ref that is not there."""
    code, out, _ = git.try_to("symbolic-ref", "--quiet", "HEAD")
    branch = out.decode("utf-8", "surrogateescape").strip()
    return code == 0 and git.try_to("show-ref", "--verify", "--quiet", branch)[0] == 1


def _contents(git: Git, shas: Sequence[str]) -> list[bytes]:
    if not shas:
        return []
    out = git.run("cat-file", "--batch", given="".join(f"{sha}\n" for sha in shas).encode())
    made: list[bytes] = []
    at = 0
    for sha in shas:
        end = out.find(b"\n", at)
        header = out[at:end].split(b" ")
        if end < 0 or header[:2] != [sha.encode(), b"blob"] or len(header) != 3:
            raise GatepassError(f"git does not hold the file {sha[:12]}", hint="git fsck")
        size = int(header[2])
        made.append(out[end + 1 : end + 1 + size])
        at = end + 2 + size
    return made
