"""Places inside the workspace, whatever the tool wrote: ``/builds/acme/src/a.py`` is ``src/a.py`` here.

Many tools write absolute paths. Those below the workspace become relative to it, so that globs, overrides and
code scanning see one name for one file; all others stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gatepass.model.coverage import Coverage
from gatepass.model.evidence import Evidence
from gatepass.model.place import Place
from gatepass.model.scan import Scan
from gatepass.model.tests import TestRun


def in_workspace(evidence: Evidence, root: Path) -> Evidence:
    """The evidence with absolute paths below ``root`` made relative to it."""
    prefixes = tuple({f"{root.absolute().as_posix()}/", f"{root.resolve().as_posix()}/"})
    match evidence:
        case Coverage() if any(_is_absolute(file.path) for file in evidence.files):
            files = tuple(replace(file, path=_relative(file.path, prefixes)) for file in evidence.files)
            return replace(evidence, files=files)
        case Scan() if any(result.place and _is_absolute(result.place.path) for result in evidence.results):
            results = tuple(
                result._replace(place=_place(result.place, prefixes)) if result.place else result
                for result in evidence.results
            )
            return replace(evidence, results=results)
        case TestRun() if any(case.place and _is_absolute(case.place.path) for case in evidence.not_passed):
            cases = tuple(
                replace(case, place=_place(case.place, prefixes)) if case.place else case
                for case in evidence.not_passed
            )
            return replace(evidence, not_passed=cases)
    return evidence


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "file:")) or path[1:3] == ":/"


def _place(place: Place, prefixes: tuple[str, ...]) -> Place:
    return replace(place, path=_relative(place.path, prefixes)) if _is_absolute(place.path) else place


def _relative(path: str, prefixes: tuple[str, ...]) -> str:
    local = unquote(urlsplit(path).path) if path.startswith("file:") else path
    for prefix in prefixes:
        inside = local.removeprefix(prefix)
        if inside != local and inside and ".." not in inside.split("/"):
            return inside
    return path
