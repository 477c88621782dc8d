"""What reports lie about in a workspace: found by looking into files, not by their names alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import OpenReport
from gatepass.gathering import Found, gather, recognised
from gatepass.model.build import Build
from gatepass.model.source import ProblemCode

MOST_FILES = 20_000
MOST_OPENED = 3_000
DEEPEST = 8

_ENDINGS = (".xml", ".json", ".sarif", ".info", ".lcov")
_NAMES = frozenset({"report-task.txt"})
_NOT_OURS = frozenset(
    (
        *(
            ".git",
            ".hg",
            ".svn",
            ".idea",
            ".vscode",
            ".gradle",
            ".terraform",
            ".tox",
            ".nox",
            ".venv",
            "venv",
        ),
        *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__", "site-packages"),
        *("node_modules", "bower_components", "vendor", "classes"),
    )
)
# reports that tests are made with say nothing about this build
_MADE_UP = frozenset({"fixtures", "__fixtures__", "testdata", "test-data", "test_data"})


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    ``found`` are the reports that at least one format recognises, ``files`` the paths of all files that were
    seen; ``looked_at`` counts those that were opened. ``complete`` is false where there are more than can be
    looked at, ``too_deep`` counts folders that were left out for their depth, ``passed_over`` are folders of
    made-up reports that were not looked into, ``unnameable`` counts reports whose path no configuration can
    hold.
    """

    found: Found
    files: tuple[str, ...]
    looked_at: int
    complete: bool
    too_deep: int
    passed_over: tuple[str, ...]
    unnameable: int


def survey(root: Path, build: Build) -> Survey:
    """Look for reports below ``root``, at most 8 folders deep; links are not followed."""
    walk = _Walk(root)
    names = [name for name in walk.candidates() if _is_recognised(root / name)]
    sayable = [name for name in names if name.isprintable()]
    found = gather(sayable, {}, root, build)
    # what an earlier gate wrote: a decision is no evidence for the next one
    own = {each for each in found.sources if each.problem and each.problem.code is ProblemCode.OUR_OWN}
    return Survey(
        Found(found.evidence, tuple(each for each in found.sources if each not in own)),
        tuple(walk.files),
        walk.opened,
        walk.complete,
        walk.too_deep,
        tuple(walk.passed_over),
        len(names) - len(sayable),
    )


class _Walk:
    """One walk over the workspace, counting on the way."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[str] = []
        self.opened = 0
        self.complete = True
        self.too_deep = 0
        self.passed_over: list[str] = []

    def candidates(self) -> Iterator[str]:
        """Paths, relative and with forward slashes, of files that could be reports, in order."""
        for folder, folders, files in os.walk(self.root, followlinks=False):
            here = Path(folder).relative_to(self.root)
            folders[:] = sorted(name for name in folders if self._is_worth_entering(here / name))
            for name in sorted(files):
                self.files.append((here / name).as_posix())
                if len(self.files) > MOST_FILES or self.opened >= MOST_OPENED:
                    self.complete = False
                    return
                if _could_be(name) and not (self.root / here / name).is_symlink():
                    self.opened += 1
                    yield self.files[-1]

    def _is_worth_entering(self, folder: Path) -> bool:
        path = self.root / folder
        if folder.name in _NOT_OURS or (path / "pyvenv.cfg").exists():
            return False
        if folder.name in _MADE_UP:
            self.passed_over.append(folder.as_posix())
            return False
        if len(folder.parts) > DEEPEST:
            self.too_deep += 1
            return False
        return True


def _could_be(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) or name in _NAMES


def _is_recognised(path: Path) -> bool:
    try:
        with OpenReport(path, path.name) as report:
            return bool(recognised(report.head))
    except UnreadableEvidence:
        return False
