"""What git remembers of the folders of overrides: every file that any commit had there, and who added which.

All commits that can be reached are looked at, those of merged branches too: whoever takes a file away, edits
it or moves it within the folders hides nothing. Nothing is fetched. A shallow clone remembers what it holds,
and of its oldest commits nobody can tell what they added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gatepass.collect._clone_files import TrackedFile, contents
from gatepass.collect._commit_object import parse_commit
from gatepass.collect._override_commits import leads_out, tip_of
from gatepass.collect._process import Git
from gatepass.errors import GatepassError
from gatepass.model.commits import Signatory

_MOST_BYTES = 1 << 20
_MOST_ADDED = 10
_FILE = "100644"
_STATUS = re.compile(r"[A-Z]+")  # a letter for each parent of a merge
_ADDED, _MOVED = re.compile(r"A+"), re.compile(r"R\d+")


@dataclass(frozen=True, slots=True)
class Version:
    """The bytes that some file once had; ``blob`` is git's id of them, ``path`` one of the file's paths."""

    ref: str
    path: str
    blob: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Addition:
    """A commit that added a file: its bytes, and whom it names.

    ``path`` is where the file is now, ``blob`` git's id of what was added. It ``restores`` the file when a
    commit before it, that it descends from, had added the very same.
    """

    path: str
    sha: str
    raw: bytes
    author: Signatory
    committer: Signatory
    blob: str
    restores: bool = False


def versions(
    refs: Sequence[str], folders: Iterable[str], root: Path, environment: Mapping[str, str]
) -> tuple[Version, ...]:
    """All that stands or ever stood in some folders (relative to ``root``), as far as each ref tells.

    What several refs have is told once, of the first. Files of more than 1 MiB are no overrides. None where
    git cannot tell.
    """
    git = Git(root, environment)
    paths = _pathspecs(folders)
    found: dict[str, Version] = {}
    if not paths:
        return ()
    for ref in refs:
        try:
            tip = tip_of(git, ref)
            if tip is not None:
                for each in _versions(git, ref, tip, paths):
                    found.setdefault(each.blob, each)
        except GatepassError:
            continue
    return tuple(found.values())


def additions(
    refs: Sequence[str], paths: Sequence[str], root: Path, environment: Mapping[str, str]
) -> tuple[Addition, ...]:
    """Who added some files (by paths relative to ``root``), by the history of some refs.

    A file that is moved as it is was not added by that. None where git cannot tell.
    """
    git = Git(root, environment)
    inside = [each for each in paths if not leads_out(each)]
    try:
        tips = [tip for tip in (tip_of(git, ref) for ref in refs) if tip is not None]
        return _restoring(git, list(_additions(git, tips, inside))) if tips and inside else ()
    except GatepassError:
        return ()


def _pathspecs(folders: Iterable[str]) -> list[str]:
    """What git is to look at: of the root the files in it alone, or it would be the whole repository."""
    inside = dict.fromkeys(each.rstrip("/") for each in folders if not leads_out(each))
    return [":(glob)*" if each in ("", ".") else f":(literal){each}" for each in inside]


def _versions(git: Git, ref: str, tip: str, paths: Sequence[str]) -> Iterator[Version]:
    listed = git.run("rev-list", "--objects", "--full-history", tip, "--", *paths)
    prefix = _prefix(git)
    named: dict[str, str] = {}
    for line in listed.split(b"\n"):
        id_, _, path = line.partition(b" ")
        name = path.decode("utf-8", "backslashreplace")
        if name.startswith(prefix) and name != prefix:
            named.setdefault(id_.decode("ascii", "replace"), name.removeprefix(prefix))
    if not named:
        return
    out = git.run("cat-file", "--batch-check", given="".join(f"{each}\n" for each in named).encode())
    files = []
    for row in out.decode("ascii", "replace").splitlines():
        blob, kind, *size = row.split(" ")
        if kind == "blob" and size and int(size[0]) <= _MOST_BYTES:
            files.append(TrackedFile(_FILE, blob, int(size[0]), named[blob]))
    for each, data in contents(git, files):
        yield Version(ref, each.path, each.id, data)


def _additions(git: Git, tips: Sequence[str], paths: Sequence[str]) -> Iterator[Addition]:
    """As `additions`: a file is followed to all places that it was moved from, as it was."""
    oldest: set[str] = set()
    if git.run("rev-parse", "--is-shallow-repository").strip() != b"false":
        oldest = set(git.run("rev-list", "--max-parents=0", *tips).decode("ascii", "replace").split())
    prefix = _prefix(git)
    now = {f"{prefix}{each}": each for each in paths}
    looked: set[str] = set()
    while missing := [each for each in now if each not in looked]:
        looked.update(missing)
        specs = (f":(top,literal){each}" for each in missing)
        commits = git.run("rev-list", "--full-history", *tips, "--", *specs)
        for sha, before, path in _changes(git, commits):
            if path not in missing:
                continue
            if before is not None:
                now.setdefault(before, now[path])
            elif sha not in oldest:
                yield _addition(git, sha, path, now[path])


def _changes(git: Git, commits: bytes) -> Iterator[tuple[str, str | None, str]]:
    """Commit, path before and path of what commits added, or moved as it was: then there is a path before."""
    # of whole commits: what is moved into a folder was not added by that
    out = git.run(
        *("diff-tree", "--stdin", "-r", "--root", "-c", "-M100%", "--diff-filter=AR", "--name-status", "-z"),
        given=commits,
    )
    # git is asked again for the names that it tells, whatever their bytes
    parts = iter(out.decode("utf-8", "surrogateescape").split("\0"))
    sha = ""
    for part in parts:
        if _MOVED.fullmatch(part):
            before, path = next(parts, ""), next(parts, "")
            yield sha, before, path
        elif not _STATUS.fullmatch(part):  # the commit that the files behind it are of
            sha = part.strip()
        else:
            path = next(parts, "")
            if _ADDED.fullmatch(part):
                yield sha, None, path


def _addition(git: Git, sha: str, path: str, now: str) -> Addition:
    raw = git.run("cat-file", "commit", sha)
    commit = parse_commit(sha, raw)
    blob = git.run("rev-parse", "--verify", "--end-of-options", f"{sha}:{path}").decode("ascii", "replace")
    return Addition(now, sha, raw, commit.author, commit.committer, blob.strip())


def _restoring(git: Git, found: Sequence[Addition]) -> tuple[Addition, ...]:
    """The additions, with which of them restore a file; none of one that was added very often."""
    by_path: dict[str, list[Addition]] = {}
    for each in found:
        by_path.setdefault(each.path, []).append(each)
    return tuple(
        replace(each, restores=True)
        if len(same := by_path[each.path]) <= _MOST_ADDED and _restores(git, each, same)
        else each
        for each in found
    )


def _restores(git: Git, addition: Addition, others: Sequence[Addition]) -> bool:
    return any(
        git.try_to("merge-base", "--is-ancestor", each.sha, addition.sha)[0] == 0
        for each in others
        if each.blob == addition.blob and each.sha != addition.sha
    )


def _prefix(git: Git) -> str:
    """Where the folder that git runs in lies in the work tree: empty for its top, else with a ``/``."""
    return git.run("rev-parse", "--show-prefix").rstrip(b"\n").decode("utf-8", "backslashreplace")
