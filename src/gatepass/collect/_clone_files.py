"""The files of a commit, and the lines that a change added, asked of git.

Contents come out of the commit, never out of the work tree: links lead nowhere, nothing can change meanwhile,
and what the commit's attributes say of a file (that it is binary, how it is shown) has no say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatepass.collect._process import Git
from gatepass.errors import GatepassError

BATCH_BYTES = 32 << 20
_ENTRY = re.compile(rb"(\d{6}) (\w+) ([0-9a-f]{40,64}) +(-|\d+)\t(.*)", re.DOTALL)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_SIGNS = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_DIFF = (
    *("diff", "--unified=0", "--inter-hunk-context=0", "--text", "--no-color", "--no-ext-diff"),
    *("--no-textconv", "--no-relative", "--find-renames", "--diff-algorithm=myers", "--submodule=short"),
    *("--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """An entry of a commit's tree: ``mode`` as git writes it, ``size`` in bytes where it is a file."""

    mode: str
    id: str
    size: int
    path: str

    @property
    def link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == "120000"

    @property
    def submodule(self) -> bool:
        """Whether it is a commit of another repository."""
        return self.mode == "160000"


def files_of(git: Git, commit: str, folder: str | None = None) -> list[TrackedFile]:
    """All that a commit's tree holds, in git's order, or what a folder of the work tree holds there.

    Raises `GatepassError`.
    """
    found = []
    within = ("--full-tree", commit) if folder is None else (commit, "--", f"{folder}/")
    for entry in git.run("ls-tree", "-r", "-z", "--long", *within).split(b"\0")[:-1]:
        match = _ENTRY.fullmatch(entry)
        if not match:
            raise GatepassError("git lists a file in a way that is not understood")
        size = 0 if match[4] == b"-" else int(match[4])
        path = match[5].decode("utf-8", "backslashreplace")
        found.append(TrackedFile(match[1].decode(), match[3].decode(), size, path))
    return found


def contents(git: Git, files: Sequence[TrackedFile]) -> Iterator[tuple[TrackedFile, bytes]]:
    """Each file with its bytes; at most 32 MiB are held at once, or one file. Raises `GatepassError`."""
    batch: list[TrackedFile] = []
    size = 0
    for each in files:
        if batch and size + each.size > BATCH_BYTES:
            yield from _batch(git, batch)
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield from _batch(git, batch)


def _batch(git: Git, files: Sequence[TrackedFile]) -> Iterator[tuple[TrackedFile, bytes]]:
    out = git.run("cat-file", "--batch", given="".join(f"{each.id}\n" for each in files).encode())
    at = 0
    for each in files:
        end = out.find(b"\n", at)
        header = out[at:end].split(b" ")
        if end < 0 or header != [each.id.encode(), b"blob", str(each.size).encode()]:
            raise GatepassError(f"git does not hold the file {each.path}", hint="fetch the whole commit")
        yield each, out[end + 1 : end + 1 + each.size]
        at = end + 2 + each.size


def added_lines(git: Git, base: str, head: str) -> dict[str, set[int]]:
    """The numbers of the lines that are new in ``head``, by path, of all files that differ from ``base``.

    Lines that a rename alone moved are not new. Raises `GatepassError`.
    """
    settings = (("core.quotePath", "false"), ("diff.suppressBlankEmpty", "false"))
    plain = Git(git.root, git.environment, (*git.settings, *settings))
    return _read(plain.run(*_DIFF, base, head, "--").split(b"\n"))


def _read(lines: Sequence[bytes]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    current: set[int] = set()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            current = set()
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            current = found.setdefault(_name(line[4:]), set())
        elif match := _HUNK.match(line):
            number = int(match[2])
            # what is inside a hunk is counted, so that no line of a file passes for one of git's
            at += int(match[1] or 1)
            for _ in range(int(match[3] if match[3] is not None else 1)):
                while at < len(lines) and not lines[at].startswith(b"+"):
                    at += 1
                current.add(number)
                number += 1
                at += 1
    return found


def _name(given: bytes) -> str:
    """A path of a ``+++`` line: quoted as in C where it has odd signs, a tab behind it for a blank."""
    name = given.removesuffix(b"\t")
    if name.startswith(b'"'):
        name = _ESCAPE.sub(_sign, name[1:-1])
    return name.removeprefix(b"b/").decode("utf-8", "backslashreplace")


def _sign(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8) & 0xFF if len(said) == 3 else _SIGNS[said[0]]])
