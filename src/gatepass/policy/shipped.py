"""The policies that ship with gatepass, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Where they lie: in the installed package, else at the top of a checkout."""
    inside = Path(__file__).resolve().parent.parent / "policies"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / "policies"


def names() -> tuple[str, ...]:
    """The names, in order."""
    return tuple(sorted(path.stem for path in folder().glob("*.yaml")))


def find(name: str) -> Path | None:
    """The file of a shipped policy, or None. A name with a slash or an ending is never a shipped one."""
    return folder() / f"{name}.yaml" if name in names() else None
