"""One record of an LCOV tracefile: from ``SF`` to ``end_of_record``.

Rows of lines make up most of a tracefile, so blocks of them are read in one go; every other row, and every
odd one, is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import compress

from gatepass.errors import UnreadableEvidence
from gatepass.evidence.coverage._files import HIGHEST_COUNT, HIGHEST_LINE, integer, whole_number
from gatepass.model.coverage import Ratio

_LINE = re.compile(r"([1-9][0-9]{0,6}),([^,]{1,40})(?:,.*)?")
_LAST_LINE_AND_NAME = re.compile(r"[0-9]{1,9},(.+)")
_HITS = {"-": 0, "0": 0, "1": 1}


@dataclass(slots=True)
class Record:
    """What one record says.

    ``branches`` and ``functions`` tell by name whether they were taken or run; a branch's name is
    ``line,block,branch``. ``counts`` are the sums (``LF``, ``BRH``, …). ``skipped`` are rows that could not
    be read, ``rest`` the rows that are not of plain lines.
    """

    path: str
    lines: list[int] = field(default_factory=list)
    run: list[int] = field(default_factory=list)
    branches: dict[str, bool] = field(default_factory=dict)
    functions: dict[str, bool] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    skipped: int = 0
    rest: bytes = b""

    def ratio(self, covered: str, total: str) -> Ratio | None:
        """A pair of sums, None when the record has none; `UnreadableEvidence` when more ran than there is."""
        if total not in self.counts:
            return None
        ratio = Ratio(self.counts.get(covered, 0), self.counts[total])
        if ratio.covered > ratio.total:
            raise UnreadableEvidence(
                f"{self.path} claims {ratio.covered} of {ratio.total} in {covered}/{total}"
            )
        return ratio


Reader = Callable[[Record, str], bool]
"""Takes in what follows the colon of a row; False when it cannot be read."""


def read_record(path: str, rows: bytes) -> Record:
    """The record of a file from its rows, each with its line feed."""
    record = Record(path)
    first = 0 if rows.startswith(b"DA:") else rows.find(b"\nDA:") + 1
    if rows.startswith(b"DA:", first):
        end = rows.index(b"\n", rows.rfind(b"\nDA:") + 1) + 1
        if not _add_block(record, rows[first:end]):
            first = end = 0
        rows = rows[:first] + rows[end:]
    for row in rows.decode("utf-8", "backslashreplace").split("\n"):
        kind, _, rest = row.partition(":")
        if not _ROWS.get(kind, _unknown)(record, rest):
            record.skipped += not row.startswith("#") and bool(row.strip())
    record.rest = rows
    return record


def _add_block(record: Record, block: bytes) -> bool:
    """Read rows that are all plain lines without looking at one of them; False if they are not."""
    if block.translate(None, b"0123456789") != b"DA:,\n" * block.count(b"\n"):
        return False
    numbers = block[3:-1].replace(b"\nDA:", b",").decode("ascii").split(",")
    try:
        lines = list(map(integer, numbers[::2]))
        run = list(compress(lines, map(integer, numbers[1::2])))
    except ValueError:  # digits stand where none should, or not where they should
        return False
    if min(lines) < 1 or max(lines) > HIGHEST_LINE:
        return False
    record.lines, record.run = lines, run
    return True


def _add_line(record: Record, rest: str) -> bool:
    found = _LINE.fullmatch(rest)
    if found is None:
        return False
    line, hits = int(found[1]), whole_number(found[2])
    if line > HIGHEST_LINE:
        return False
    # a line whose hits cannot be read is one that could be run and, for all we know, was not
    record.lines.append(line)
    if hits is not None and hits > 0:
        record.run.append(line)
    return hits is not None


def _add_branch(record: Record, rest: str) -> bool:
    name, _, hits = rest.rpartition(",")
    line, _, branch = name.partition(",")
    try:
        if not (branch and 0 < integer(line) <= HIGHEST_LINE):
            return False
    except ValueError:
        return False
    taken = _HITS.get(hits)
    if taken is None:
        taken = whole_number(hits)
    # a branch whose hits cannot be read is there and, for all we know, was not taken
    record.branches[name] = record.branches.get(name, False) or (taken is not None and taken > 0)
    return taken is not None


def _add_function(record: Record, rest: str) -> bool:
    line, _, name = rest.partition(",")
    if name[:1].isdigit():  # LCOV 2 and coverage.py: first line, last line, name
        found = _LAST_LINE_AND_NAME.fullmatch(name)
        name = found[1] if found else name
    if not (name and line.isdecimal()):
        return False
    record.functions.setdefault(name, False)
    return True


def _add_function_hits(record: Record, rest: str) -> bool:
    text, _, name = rest.partition(",")
    hits = whole_number(text)
    if not name:
        return False
    record.functions[name] = record.functions.get(name, False) or (hits or 0) > 0
    return hits is not None


def _add_alias(record: Record, rest: str) -> bool:
    return _add_function_hits(record, rest.partition(",")[2])  # LCOV 2.2: index, hits, name


def _add_sum(kind: str) -> Reader:
    def add(record: Record, rest: str) -> bool:
        count = whole_number(rest)
        if count is None or not 0 <= count <= HIGHEST_COUNT:
            return False
        record.counts[kind] = record.counts.get(kind, 0) + count
        return True

    return add


def _known(_: Record, __: str) -> bool:
    return True


def _unknown(_: Record, __: str) -> bool:
    return False


_ROWS: dict[str, Reader] = {
    "DA": _add_line,
    "BRDA": _add_branch,
    "FN": _add_function,
    "FNDA": _add_function_hits,
    "FNA": _add_alias,
    **{kind: _add_sum(kind) for kind in ("LF", "LH", "BRF", "BRH", "FNF", "FNH")},
    **dict.fromkeys(("", "TN", "VER", "FNL", "MCDC", "MRF", "MRH"), _known),
}


def branches_by_line(branches: dict[str, bool]) -> dict[int, tuple[int, int]]:
    """(covered, total) by line."""
    counted: dict[int, tuple[int, int]] = {}
    for name, taken in branches.items():
        line = integer(name.partition(",")[0])
        covered, total = counted.get(line, (0, 0))
        counted[line] = (covered + taken, total + 1)
    return counted
