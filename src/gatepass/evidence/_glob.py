"""Files of the workspace by a glob: found in an end, whatever links the build made.

As in a shell, a name that starts with a dot is found only by a pattern whose part does too. ``**`` crosses
folders. Two links to a folder above would let a plain search go round for ever, so each folder is entered
once, and none through a link that leads out of the workspace.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from gatepass import globs


def matching(pattern: str, root: Path) -> list[str]:
    """The files that a pattern fits, in order, absolute or relative to ``root`` as the pattern is."""
    if "**" not in pattern:
        found = glob.glob(pattern, root_dir=root)  # noqa: PTH207  (Path.glob knows no absolute pattern)
        return sorted(each for each in found if not (root / each).is_dir())
    parts = pattern.split("/")
    fixed = next(at for at, part in enumerate(parts) if glob.has_magic(part))
    base, rest = "".join(f"{part}/" for part in parts[:fixed]), "/".join(parts[fixed:])
    hidden = any(part.startswith(".") for part in parts[fixed:])
    files = _files(root / base, root.resolve(), hidden=hidden)
    return sorted(f"{base}{each}" for each in files if globs.matches(each, rest))


def _files(base: Path, workspace: Path, *, hidden: bool) -> Iterator[str]:
    """Paths of all files below a folder, relative to it; links to folders are gone into last."""
    entered: set[tuple[int, int]] = set()
    waiting = [base]
    for start in waiting:
        for folder, folders, files in os.walk(start):
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in entered:
                folders.clear()
                continue
            entered.add((status.st_dev, status.st_ino))
            folders[:] = sorted(each for each in folders if hidden or not each.startswith("."))
            links = [Path(folder, each) for each in folders if Path(folder, each).is_symlink()]
            waiting += [link for link in links if link.resolve().is_relative_to(workspace)]
            for each in files:
                if hidden or not each.startswith("."):
                    yield Path(folder, each).relative_to(base).as_posix()
