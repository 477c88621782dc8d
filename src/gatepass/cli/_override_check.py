"""Overrides of the work tree beside those of a commit: what a change does to them, and whether it may."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from gatepass import config
from gatepass.cli._override_options import FOLDER
from gatepass.cli._sections import say
from gatepass.collect import files_at
from gatepass.errors import OverrideError, UsageError
from gatepass.model.facts import Json
from gatepass.policy import override_changes
from gatepass.policy.overrides import OverrideFile, load_files
from gatepass.words import count

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
    configuration: str | None = None,
) -> int:
    """Compare; the exit code. ``named``: somebody named the references, so one of them must be there.

    ``configuration`` is the file that may have named them. It comes with the change, so the places that it
    names in the base are looked at as well, there and here. Raises `OverrideError` when a file cannot be
    read, here or there: nobody could tell whether it was edited.
    """
    paths = [_inside(each, root) for each in references]
    if configuration is not None:
        places = _places_before(configuration, base, root, environment)
        paths += [each for each in places if each not in paths]
    found = files_at(
        base, [_folder(each) for each in paths], lambda path: _is_of(path, paths), root, environment
    )
    here = [each for each in paths if (root / each).exists()]
    if named and not here and not found.files:
        raise UsageError(f"there is no override in {', '.join(paths)}, here or in the base")
    before = _as_files(found.files, paths, found.commit)
    after = load_files(_outermost(here), root)
    changes = override_changes.changes(before, after, now)
    refused = [each for each in changes if each.refused]
    for each in changes:
        mark = "✗" if each.refused else "✓"
        say(f"{mark} ", f"{each.place}: {each.id} {each.message}")
        if each.hint:
            say("    ", f"next: {each.hint}")
    since = f"since {found.commit[:12]}" if found.commit else "before the first commit"
    if not changes:
        held = "1 override or request" if len(after) == 1 else f"{len(after)} overrides and requests"
        say("", f"{held}, none changed {since}")
    elif refused:
        say(
            "",
            f"{len(refused)} of {count(len(changes), 'change')} {since} refused: overrides are never edited",
        )
    else:
        say("", f"{count(len(changes), 'change')} {since}, all in order")
    return REFUSED if refused else IN_ORDER


def _inside(reference: str, root: Path) -> str:
    """A path relative to the work tree, without detours, as git has it.

    Links are not followed: a change may have put one in the place of the folder.
    """
    top, path = _absolute(root), _absolute(root / reference)
    if not path.is_relative_to(top):
        raise UsageError(f"{reference} is not below this folder", hint="run this where they are kept")
    return path.relative_to(top).as_posix()


def _places_before(
    configuration: str, base: str | None, root: Path, environment: Mapping[str, str]
) -> list[str]:
    """Where overrides are kept by the base's own configuration; the usual folder where it does not say."""
    if not _absolute(root / configuration).is_relative_to(_absolute(root)):
        return []  # no change can bring it
    name = _inside(configuration, root)
    held = files_at(base, [name], lambda path: path == name, root, environment)
    if held.commit is None:
        return []
    try:
        listed = _settings(held.files).get("overrides")
    except UsageError as error:
        raise UsageError(
            f"in {held.commit[:12]}, which this is compared with: {error.message}",
            place=error.place,
            hint="nobody can tell where overrides were kept; name the folders with --overrides",
        ) from None
    return [_inside(str(each), root) for each in listed] if isinstance(listed, list) else [FOLDER]


def _settings(contents: Mapping[str, bytes]) -> Mapping[str, Json]:
    with TemporaryDirectory(prefix="gatepass-base-") as folder:
        for name, data in contents.items():
            path = Path(folder, PurePosixPath(name).name)
            path.write_bytes(data)
            return config.read(path, required=True)
    return {}


def _outermost(paths: Sequence[str]) -> list[str]:
    """Without those that lie in others of them: no file is read twice."""
    inner = {each for each in paths for other in paths if each != other and _is_below(each, other)}
    return [each for each in paths if each not in inner]


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (resolve follows links)


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
            return load_files(_outermost([each for each in references if (root / each).exists()]), root)
        except OverrideError as error:
            raise OverrideError(
                f"in {(commit or '')[:12]}, which this is compared with: {error.message}",
                place=error.place,
                hint="nobody can tell whether it was edited; name a --base in which it can be read",
            ) from None
