"""Overrides of the work tree beside those of a commit: what a change does to them, and whether it may."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from gatepass.cli._sections import say
from gatepass.collect import files_at
from gatepass.errors import OverrideError, UsageError
from gatepass.policy import override_changes
from gatepass.policy.overrides import OverrideFile, load_files

IN_ORDER, REFUSED = 0, 1
_ENDINGS = (".yaml", ".yml", ".sig", ".dsse.json")


def run(
    references: Sequence[str],
    base: str | None,
    root: Path,
    environment: Mapping[str, str],
    now: datetime,
    *,
    named: bool,
) -> int:
    """Compare; the exit code. ``named``: somebody named the references, so one of them must be there.

    Raises `OverrideError` when a file cannot be read, here or there: nobody could tell whether it was edited.
    """
    paths = [_inside(each, root) for each in references]
    found = files_at(
        base, [_folder(each) for each in paths], lambda path: _is_of(path, paths), root, environment
    )
    here = [each for each in paths if (root / each).exists()]
    if named and not here and not found.files:
        raise UsageError(f"there is no override in {', '.join(paths)}, here or in the base")
    before = _as_files(found.files, paths, found.commit)
    after = load_files(here, root)
    changes = override_changes.changes(before, after, now)
    refused = [each for each in changes if each.refused]
    for each in changes:
        mark = "✗" if each.refused else "✓"
        say(f"{mark} ", f"{each.place}: {each.id} {each.message}")
        if each.hint:
            say("    ", f"next: {each.hint}")
    since = f"since {found.commit[:12]}" if found.commit else "before the first commit"
    if not changes:
        say("", f"{len(after)} overrides and requests, none changed {since}")
    elif refused:
        say(
            "",
            f"{len(refused)} of {len(changes)} changes {since} refused: overrides are never edited",
        )
    else:
        say("", f"{len(changes)} changes {since}, all in order")
    return REFUSED if refused else IN_ORDER


def _inside(reference: str, root: Path) -> str:
    """A path relative to the work tree, without detours, as git has it.

    Links are not followed: a change may have put one in the place of the folder.
    """
    both = (root, root / reference)
    top, path = (Path(os.path.abspath(each)) for each in both)  # noqa: PTH100  (resolve follows links)
    if not path.is_relative_to(top):
        raise UsageError(f"{reference} is not below this folder", hint="run this where they are kept")
    return path.relative_to(top).as_posix()


def _folder(path: str) -> str:
    """What git is to list: of one file the whole folder, since what belongs to it lies beside it."""
    return str(PurePosixPath(path).parent) if path.endswith(_ENDINGS) else path


def _is_of(path: str, references: Sequence[str]) -> bool:
    """Whether a file is one that the references name, or lies beside one."""
    if not path.endswith(_ENDINGS):
        return False
    for each in references:
        if each == "." or path == each or path.startswith(f"{each}/"):
            return True
        file = PurePosixPath(each)
        beside = path.startswith(f"{each}.") or path == str(file.with_name(f"{file.stem}.revocation.yaml"))
        if each.endswith(_ENDINGS) and beside:
            return True
    return False


def _as_files(
    contents: Mapping[str, bytes], references: Sequence[str], commit: str | None
) -> tuple[OverrideFile, ...]:
    """The overrides of the base, read as any others."""
    if not contents:
        return ()
    with TemporaryDirectory(prefix="gatepass-base-") as name:
        root = Path(name)
        for path, data in contents.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        try:
            return load_files([each for each in references if (root / each).exists()], root)
        except OverrideError as error:
            raise OverrideError(
                f"in {(commit or '')[:12]}, which this is compared with: {error.message}",
                place=error.place,
                hint="nobody can tell whether it was edited; name a --base in which it can be read",
            ) from None
