"""Evidence: what the tests ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from re import finditer
from struct import iter_unpack, pack
from typing import ClassVar

from gatepass.model.source import Source


@dataclass(frozen=True, slots=True)
class Ratio:
    """Covered of coverable, as counts. 0 of 0 is no data: neither 0 % nor 100 %."""

    covered: int = 0
    total: int = 0

    @property
    def percent(self) -> float | None:
        """Unrounded percent, 0 to 100; None when there is nothing to cover."""
        return 100.0 * self.covered / self.total if self.total else None

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.covered + other.covered, self.total + other.total)


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Coverage of one file.

    ``coverable`` and ``hit`` are bit sets: bit *n* stands for line *n*, counted from 1. A report that
    gives only counts sets ``counted_lines`` instead, and its lines cannot be merged with another's.
    ``branch_lines`` packs ``<III``: line, covered, total, one triple a line, in order of lines; a report
    that gives only counts sets ``counted_branches``.
    """

    path: str
    coverable: int = 0
    hit: int = 0
    branch_lines: bytes = b""
    counted_lines: Ratio | None = None
    counted_branches: Ratio | None = None
    functions: Ratio | None = None
    statements: Ratio | None = None

    @property
    def lines(self) -> Ratio:
        """Covered and coverable lines."""
        if self.counted_lines is not None:
            return self.counted_lines
        return Ratio((self.hit & self.coverable).bit_count(), self.coverable.bit_count())

    @property
    def branches(self) -> Ratio:
        """Covered and coverable branches; 0 of 0 when the report has none."""
        if self.counted_branches is not None:
            return self.counted_branches
        covered = total = 0
        for _, line_covered, line_total in self.branches_by_line():
            covered += line_covered
            total += line_total
        return Ratio(covered, total)

    def branches_by_line(self) -> Iterator[tuple[int, int, int]]:
        """(line, covered, total), in order of lines."""
        yield from iter_unpack("<III", self.branch_lines)

    @property
    def missed(self) -> tuple[tuple[int, int], ...]:
        """Ranges of coverable lines that were not run: first and last line of each."""
        digits = bin(self.coverable & ~self.hit)[:1:-1]  # line 0 first; a shift copies the integer each time
        return tuple((run.start(), run.end() - 1) for run in finditer("1+", digits))

    def merged(self, other: FileCoverage) -> FileCoverage:
        """The union of two reports about the same file: a line that either ran was run."""
        if self.counted_lines is not None or other.counted_lines is not None:
            better = max((self, other), key=lambda each: (each.lines.total, each.lines.covered))
            return replace(better, path=self.path)
        return FileCoverage(
            path=self.path,
            coverable=self.coverable | other.coverable,
            hit=self.hit | other.hit,
            branch_lines=_merged_branches(self, other),
            counted_branches=_larger(self.counted_branches, other.counted_branches),
            functions=_larger(self.functions, other.functions),
            statements=_larger(self.statements, other.statements),
        )


def _merged_branches(one: FileCoverage, two: FileCoverage) -> bytes:
    if not one.branch_lines or not two.branch_lines:
        return one.branch_lines or two.branch_lines
    lines: dict[int, tuple[int, int]] = {}
    for line, covered, total in (*one.branches_by_line(), *two.branches_by_line()):
        before = lines.get(line, (0, 0))
        # no report says which of a line's branches ran, so the larger count is a lower bound of the union
        lines[line] = (max(before[0], covered), max(before[1], total))
    return pack_branches(lines)


def _larger(one: Ratio | None, two: Ratio | None) -> Ratio | None:
    if one is None or two is None:
        return one or two
    return Ratio(max(one.covered, two.covered), max(one.total, two.total))


def pack_branches(lines: dict[int, tuple[int, int]]) -> bytes:
    """``branch_lines`` of a file from covered and total branches by line."""
    numbers = [number for line in sorted(lines) for number in (line, *lines[line])]
    return pack(f"<{len(numbers)}I", *numbers)


def bit_set(lines: list[int], last: int | None = None) -> int:
    """A bit set of line numbers, made in one go (an integer is copied at every ``|=``).

    ``last`` is the highest of them, where it is known.
    """
    if not lines:
        return 0
    digits = bytearray(b"0") * ((max(lines) if last is None else last) + 1)
    one = ord("1")
    for line in lines:
        digits[line] = one
    digits.reverse()
    return int(digits, 2)  # linear, and in half the time of setting bits one by one


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of a whole report.

    ``claimed_lines`` and ``claimed_branches`` are what the report's own summary says, in percent, kept
    so that a disagreement with the counts can be shown. ``totals`` stands in for a report that names no
    file. ``has_branches`` and ``has_functions`` tell "measured, there are none" from "not measured".
    """

    KIND: ClassVar[str] = "coverage"

    source: Source
    files: tuple[FileCoverage, ...] = ()
    has_branches: bool = False
    has_functions: bool = False
    claimed_lines: float | None = None
    claimed_branches: float | None = None
    skipped_rows: int = 0
    totals: FileCoverage | None = None

    @property
    def lines(self) -> Ratio:
        """Covered and coverable lines of all files."""
        return self.totals.lines if self.totals else sum((f.lines for f in self.files), Ratio())

    @property
    def branches(self) -> Ratio:
        """Covered and coverable branches of all files."""
        return self.totals.branches if self.totals else sum((f.branches for f in self.files), Ratio())

    @property
    def functions(self) -> Ratio:
        """Covered and coverable functions of all files."""
        if self.totals:
            return self.totals.functions or Ratio()
        return sum((f.functions for f in self.files if f.functions), Ratio())
