"""What this is made of: gatepass, Python, the packages it stands on, the programs that it may start."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Collection, Iterator, Mapping

import gatepass
from gatepass.examining._lines import Line, missing, note, ok, warning

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_FOR_DEVELOPERS = "dev"
_PROGRAMS = {
    "git": "what changed, who wrote it",
    "ssh-keygen": "SSH signatures of commits, signing approvals with SSH keys",
    "gpg": "OpenPGP signatures of commits",
}


def lines(environment: Mapping[str, str], collectors: Collection[str]) -> Iterator[Line]:
    """The versions; a program that a configured collector starts must be there."""
    where = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    facts = {
        "version": gatepass.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    yield ok("gatepass", "gatepass", f"{gatepass.__version__} · {where}", **facts)
    yield from _packages()
    for program, use in _PROGRAMS.items():
        yield _program(
            program, use, environment, needed=program == "git" and {"git", "suppressions"} & {*collectors}
        )


def _packages() -> Iterator[Line]:
    from importlib import metadata  # slow to import

    try:
        requirements = metadata.requires("gatepass") or []
    except metadata.PackageNotFoundError:
        yield note("packages", "packages", "gatepass was not installed as a package, so nobody knows")
        return
    own = [each for each in requirements if not _EXTRA.search(each)]
    versions = {name: _version(name) for name in map(_named, own)}
    if absent := [name for name, version in versions.items() if version is None]:
        yield missing("packages", "packages", f"not installed: {', '.join(absent)}", "install gatepass again")
    there = {name: version for name, version in versions.items() if version is not None}
    yield ok(
        "packages", "packages", ", ".join(f"{name} {version}" for name, version in there.items()), **there
    )
    for extra in dict.fromkeys(found[1] for each in requirements if (found := _EXTRA.search(each))):
        if extra != _FOR_DEVELOPERS:
            names = [_named(each) for each in requirements if (of := _EXTRA.search(each)) and of[1] == extra]
            yield _extra(extra, [name for name in names if _version(name) is None])


def _extra(extra: str, absent: list[str]) -> Line:
    id_, what = f"extra.{extra}", f"extra {extra}"
    if not absent:
        return ok(id_, what, "installed", installed=True)
    return note(id_, what, "not installed", f"pip install 'gatepass[{extra}]'", installed=False)


def _named(requirement: str) -> str:
    found = _NAME.match(requirement)
    return found[0] if found else requirement


def _version(name: str) -> str | None:
    from importlib import metadata  # slow to import

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _program(name: str, use: str, environment: Mapping[str, str], *, needed: object) -> Line:
    if shutil.which(name, path=environment.get("PATH")):
        return ok(f"program.{name}", name, f"is there ({use})", installed=True)
    how = missing if needed else warning if name == "git" else note
    return how(f"program.{name}", name, f"is not there ({use})", f"install {name}", installed=False)
