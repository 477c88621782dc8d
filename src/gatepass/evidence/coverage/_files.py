"""Coverage while it is read: files by their path, united when a report names one more than once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import isfinite

from gatepass.errors import UnreadableEvidence
from gatepass.model.coverage import FileCoverage, Ratio, bit_set, pack_branches

HIGHEST_LINE = 9_999_999
HIGHEST_COUNT = 999_999_999
_MOST_LINES = 1_000_000_000
_TOLERATED_POINTS = 0.1
_MOST_KNOWN = 50_000


class Files:
    """The files of one report, in the order in which it names them.

    A bit set is as long as the number of its last line, so a few bytes of a hostile report can ask for
    megabytes: a line past 9,999,999, and last lines of all parts that add up to more than 1,000,000,000,
    are refused with `UnreadableEvidence`.
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[FileCoverage]] = {}
        self._lines_left = _MOST_LINES

    def add(
        self,
        path: str,
        coverable: list[int],
        run: Iterable[int],
        branches: Mapping[int, tuple[int, int]] | None = None,
        *,
        counted_lines: Ratio | None = None,
        counted_branches: Ratio | None = None,
        functions: Ratio | None = None,
    ) -> None:
        """Take in a file, or a part of one: numbers of its lines, and (covered, total) branches by line."""
        last = self._charge(path, coverable)
        part = FileCoverage(
            path,
            coverable=bit_set(coverable, last),
            hit=bit_set(list(run)),
            branch_lines=pack_branches(dict(branches)) if branches else b"",
            counted_lines=counted_lines,
            counted_branches=counted_branches,
            functions=functions,
        )
        self._parts.setdefault(path, []).append(part)

    def united(self, functions: Mapping[str, Ratio] | None = None) -> tuple[FileCoverage, ...]:
        """One entry for each path; ``functions`` counts them by path where the parts do not."""
        files = (_united(parts) for parts in self._parts.values())
        if functions is None:
            return tuple(files)
        return tuple(replace(file, functions=functions.get(file.path)) for file in files)

    def _charge(self, path: str, coverable: list[int]) -> int:
        """The last line, when there may be that many."""
        if not coverable:
            return 0
        first, last = min(coverable), max(coverable)
        if first < 1:
            raise UnreadableEvidence(f"{path} has a line {first}; lines count from 1")
        self._lines_left -= last
        if last > HIGHEST_LINE or self._lines_left < 0:
            raise UnreadableEvidence(f"{path} has a line {last}; no code has that many lines")
        return last


def _united(parts: list[FileCoverage]) -> FileCoverage:
    # in pairs, then pairs of pairs: one by one, thousands of parts of a long file would copy it each time
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [one.merged(two) for one, two in pairs] + (parts[-1:] if len(parts) % 2 else [])
    return parts[0]


_HERE = re.compile(r"^(?:\./+)+")


def file_path(written: str, what: str = "an entry") -> str:
    """A path with forward slashes and without ``./`` before it; `UnreadableEvidence` when there is none."""
    path = _HERE.sub("", written.strip().replace("\\", "/"), count=1) if written else ""
    if not path:
        raise UnreadableEvidence(f"{what} names no file")
    return path


def is_absolute(path: str) -> bool:
    """Whether a path with forward slashes starts at a root or a drive."""
    return path.startswith("/") or path[1:3] == ":/"


class _KnownNumbers(dict[str, int]):
    """The texts of small numbers come again and again; looking one up is quicker than reading it."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> int:
        number = self._read(text)
        if len(self) < _MOST_KNOWN and len(text) < 10:
            self[text] = number
        return number


integer: Callable[[str], int] = _KnownNumbers(int).__getitem__
"""As ``int``, for texts that repeat themselves."""

count: Callable[[str], int] = _KnownNumbers(lambda text: max(int(text), 0)).__getitem__
"""As `integer`; what is negative counts as 0."""


def whole_number(text: str) -> int | None:
    """A whole number as producers write it, also ``1.0``, ``2e+0`` and ``-1``; None when it is none."""
    if text.isascii() and text.isdigit() and len(text) <= 20:
        return int(text)
    number = finite(text)
    return int(number) if number is not None and number.is_integer() else None


def finite(text: str | None) -> float | None:
    """A number that is neither ``NaN`` nor infinite; None when the text is no such number."""
    if text is None or len(text) > 40 or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def require_lines(files: Iterable[FileCoverage]) -> None:
    """Refuse a report that measured nothing: 0 of 0 is neither 0 % nor 100 %."""
    if not any(file.lines.total for file in files):
        raise UnreadableEvidence(
            "holds no line that could be covered; did the tests run, and is the tool told what to measure?",
            code="empty",
        )


def disagreement(metric: str, counted: Ratio, claimed: float | None) -> tuple[str, ...]:
    """A note when a report's own summary is more than 0.1 point off what its lines say."""
    if claimed is None or counted.percent is None or abs(counted.percent - claimed) <= _TOLERATED_POINTS:
        return ()
    count = f"{counted.covered} of {counted.total}, {counted.percent:.2f} %"
    return (f"the summary claims {claimed:.2f} % of {metric}, counted are {count}; rules go by the count",)
