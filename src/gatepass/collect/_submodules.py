"""Which submodules a change moves, and where it says they come from.

A submodule is a commit of another repository that stands in a tree (mode 160000); ``.gitmodules`` says where
that repository is. Trees are compared as they are stored: ``ignore = all`` in the clone hides nothing here.
<https://git-scm.com/docs/gitmodules>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gatepass.collect._commit_object import MAXIMUM_TEXT
from gatepass.collect._process import Git
from gatepass.errors import GatepassError
from gatepass.model.commits import SubmoduleChange

FILE = ".gitmodules"
COMPARED = ("-r", "--no-renames", "--ignore-submodules=none")
_RAW = ("diff-tree", *COMPARED, "--raw", "--no-abbrev", "-z")
_LINK = "160000"
_FILES = ("100644", "100755")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_URL_KEY = re.compile(r"submodule\.(.*)\.(path|url)", re.DOTALL)
_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")
Urls = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A path that differs, with what stands there in each parent and, last, in the commit."""

    path: str
    modes: tuple[str, ...]
    ids: tuple[str, ...]

    def link(self, side: int) -> str | None:
        """The commit of the submodule on a side, None where none is there."""
        return self.ids[side] if self.modes[side] == _LINK else None

    def blob(self, side: int) -> str | None:
        """The id of the file on a side; empty where none is there, None for what is no file."""
        if not self.ids[side].strip("0"):
            return ""
        return self.ids[side] if self.modes[side] in _FILES else None


def by_commit(git: Git, shas: Sequence[str]) -> dict[str, tuple[SubmoduleChange, ...]]:
    """What each commit changes; a merge what it has like none of its parents."""
    given = "".join(f"{sha}\n" for sha in shas).encode()
    found = dict(_by_commit(git.run(*_RAW, "--stdin", "--root", "-c", given=given)))
    reader = _Reader(git)
    changed = {sha: entries for sha in shas if (entries := _of_interest(found.get(sha, ())))}
    return {sha: tuple(reader.changes(sha, entries)) for sha, entries in changed.items()}


def as_a_whole(git: Git, start: str, head: str) -> tuple[SubmoduleChange, ...]:
    """What the change does to the tree that it began with, whichever commit or merge did it."""
    rows = git.run(*_RAW, start, head).decode("utf-8", "backslashreplace").split("\0")
    return tuple(_Reader(git).changes(head, _of_interest(_entries(rows[:-1]))))


def _by_commit(raw: bytes) -> Iterator[tuple[str, list[_Entry]]]:
    rows = raw.decode("utf-8", "backslashreplace").split("\0")[:-1]
    at = 0
    while at < len(rows):
        if not _ID.fullmatch(rows[at]):
            raise GatepassError("git diff-tree says something that is not understood")
        end = at + 1
        while end < len(rows) and rows[end].startswith(":"):
            end += 2  # and the path behind it
        yield rows[at], list(_entries(rows[at + 1 : end]))
        at = end


def _entries(rows: Sequence[str]) -> Iterator[_Entry]:
    """``:MODE MODE ID ID STATUS`` and a path, with a colon, mode and id more for each further parent."""
    for said, path in zip(rows[::2], rows[1::2], strict=True):
        sides = len(said) - len(said.lstrip(":")) + 1
        words = said.lstrip(":").split(" ")
        if len(words) != 2 * sides + 1:
            raise GatepassError("git diff-tree says something that is not understood")
        yield _Entry(path, tuple(words[:sides]), tuple(words[sides : 2 * sides]))


def _of_interest(entries: Iterable[_Entry]) -> list[_Entry]:
    return [each for each in entries if each.path == FILE or _LINK in each.modes]


class _Reader:
    """Reads each ``.gitmodules`` once."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._read: dict[str, Urls | None] = {"": {}}

    def changes(self, sha: str, entries: Sequence[_Entry]) -> Iterator[SubmoduleChange]:
        if not entries:
            return
        file = next((each for each in entries if each.path == FILE and _LINK not in each.modes), None)
        before = self._urls(file.blob(0) if file else self._stored(sha))
        after = self._urls(file.blob(-1)) if file else before
        links = {each.path: each for each in entries if _LINK in each.modes}
        old, new = before or {}, after or {}
        redirected = {path for path in {*old, *new} if old.get(path) != new.get(path)}
        for path in sorted({*links, *redirected}):
            link = links.get(path)
            yield SubmoduleChange(
                path[:MAXIMUM_TEXT],
                link.link(0) if link else None,
                link.link(-1) if link else None,
                _shown(new.get(path)),
                _shown(old.get(path)),
            )
        if file and (before is None or after is None or not redirected):
            yield SubmoduleChange(FILE)

    def _stored(self, sha: str) -> str | None:
        """The id of the file at a commit that does not change it."""
        row = self._git.run("ls-tree", "-z", sha, "--", FILE).decode("utf-8", "backslashreplace")
        if not row:
            return ""
        mode, _, blob = row.partition("\t")[0].split(" ")
        return blob if mode in _FILES else None

    def _urls(self, blob: str | None) -> Urls | None:
        """Addresses by path; None for a file that cannot be read."""
        if blob is None:
            return None
        if blob not in self._read:
            self._read[blob] = self._parsed(blob)
        return self._read[blob]

    def _parsed(self, blob: str) -> Urls | None:
        code, out, _ = self._git.try_to("config", f"--blob={blob}", "--no-includes", "-z", "--list")
        if code != 0:
            return None
        said: dict[str, dict[str, set[str]]] = {}
        for row in out.decode("utf-8", "backslashreplace").split("\0")[:-1]:
            key, _, value = row.partition("\n")
            if match := _URL_KEY.fullmatch(key):
                said.setdefault(match[1], {}).setdefault(match[2], set()).add(value)
        found: dict[str, set[str]] = {}
        for keys in said.values():
            for path in keys.get("path", ()):
                found.setdefault(path, set()).update(keys.get("url", ()))
        # of what is said twice, readers take different ones: it is unknown
        return {path: each.pop() if len(each) == 1 else "" for path, each in found.items()}


def _shown(url: str | None) -> str | None:
    """The address without credentials; None for one that is not known."""
    return _CREDENTIALS.sub("", url)[:MAXIMUM_TEXT] or None if url else None
