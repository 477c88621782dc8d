"""Files in the one form: written anew, or named when they are not in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path

from gatepass import config
from gatepass.cli import _errors
from gatepass.errors import GatepassError, UsageError
from gatepass.files import write_whole
from gatepass.plain import plain
from gatepass.policy.formatting import formatted
from gatepass.policy.overrides import approvals_beside
from gatepass.words import count


class _Became(StrEnum):
    """What became of a file."""

    IN_FORM = "in form"
    FORMATTED = "formatted"
    NOT_IN_FORM = "not in form"
    SIGNED = "signed, so left alone"
    WRONG = "cannot be formatted"


def run(references: Sequence[str], root: Path, *, check: bool) -> int:
    """Format the files, or with ``check`` show what would change; the exit code: 0, 1 (``check``) or 2.

    A file that cannot be formatted is told of and left as it is; the others are done.
    """
    tally: Counter[_Became] = Counter()
    for path in dict.fromkeys(_files(references, root)):
        try:
            tally[_one(path, _name(path, root), check=check)] += 1
        except GatepassError as error:
            _errors.tell(error)
            tally[_Became.WRONG] += 1
    said = ", ".join(f"{tally[each]} {each}" for each in _Became if tally[each])
    print(f"{count(tally.total(), 'file')}: {said}")
    return 2 if tally[_Became.WRONG] else 1 if tally[_Became.NOT_IN_FORM] else 0


def _one(path: Path, name: str, *, check: bool) -> _Became:
    before = _bytes(path, name)
    after = formatted(before, name, {"Config": config.SCHEMA})
    if after == before:
        return _Became.IN_FORM
    if beside := approvals_beside(path):
        print(
            f"{plain(name)} is left alone: {plain(beside[0].name)} is over its bytes, and would count no more"
        )
        return _Became.SIGNED
    if check:
        _show(before, after, name)
        return _Became.NOT_IN_FORM
    write_whole({path: after})
    print(f"formatted {plain(name)}")
    return _Became.FORMATTED


def _files(references: Sequence[str], root: Path) -> Iterator[Path]:
    for reference in references:
        path = root / reference
        if not path.is_dir():
            yield path
            continue
        found = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
        if not found:
            raise UsageError(f"the folder {reference} holds no *.yaml")
        yield from found


def _bytes(path: Path, name: str) -> bytes:
    if path.is_symlink():
        raise UsageError(f"{name} is a link", hint="name the file that it leads to")
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _show(before: bytes, after: bytes, name: str) -> None:
    """What would change, as a diff; texts may hold anything."""
    old, new = (text.decode("utf-8-sig").splitlines() for text in (before, after))
    print(f"not in form: {plain(name)}")
    for row in list(unified_diff(old, new, lineterm="", n=1))[2:] or [" (the ends of its lines)"]:
        sign, text = row[:1], row[1:]
        indent = " " * (len(text) - len(text.lstrip()))
        print(f"  {sign}{indent}{plain(text)}".rstrip())


def _name(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()
