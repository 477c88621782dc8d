"""JaCoCo XML, also as Kover and Pester write it.

A line is covered when at least one of its instructions ran (``ci`` above 0). Files are JaCoCo's
``sourcefile`` elements; counters repeat at every level, so only theirs are used, and those of the root are
what the report claims. Modules (``group``) stand in the path: two may own the same package and file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import add
from xml.parsers import expat

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import from_epoch
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._open import OpenReport
from gatepass.evidence._xml import attributes_of, stream_xml
from gatepass.evidence.coverage._files import (
    HIGHEST_COUNT,
    Files,
    disagreement,
    file_path,
    finite,
    integer,
    require_lines,
    whole_number,
)
from gatepass.model.coverage import Coverage, Ratio

_ELEMENTS = {"sessioninfo", "group", "package", "counter"}
_DEEPEST = 50
_MOST_ROWS = 200_000
_NAMES = ("nr", "mi", "ci", "mb", "cb")
_ABSENT = {"mb": "0", "cb": "0"}  # not every producer measures branches


def recognises(head: Head) -> bool:
    """Whether the root is a named ``report`` of packages, groups or counters."""
    xml = head.xml
    return (
        xml is not None
        and xml.root == "report"
        and "name" in xml.attributes
        and bool(xml.children & _ELEMENTS)
    )


def read(report: OpenReport) -> Reading:
    """The coverage in the report; raises `UnreadableEvidence`."""
    reader = _Reader()
    stream_xml(report, reader.attach, reader.refuse_endless)
    reader.refuse_strays()
    files = reader.files.united()
    require_lines(files)
    # Pester speaks this format for PowerShell, where it measures no branches
    pester = reader.name.startswith("Pester")
    coverage = Coverage(
        report.source,
        files,
        has_branches=not pester,
        has_functions=any(file.functions for file in files),
        claimed_lines=_percent(reader.claimed.get("LINE")),
        claimed_branches=_percent(reader.claimed.get("BRANCH")),
    )
    return Reading(
        coverage,
        producer="Pester" if pester else None,
        created=from_epoch(reader.dumped) if reader.dumped else None,
        notes=(
            *disagreement("lines", coverage.lines, coverage.claimed_lines),
            *disagreement("branches", coverage.branches, coverage.claimed_branches),
        ),
    )


class _Reader:
    """The lines and counters of one source file at a time."""

    def __init__(self) -> None:
        self.name = ""
        self.dumped = 0.0
        self.files = Files()
        self.claimed: dict[str, Ratio] = {}
        self._open: list[str] = []
        self._groups: list[str] = []
        self._package = ""
        self._file = ""
        self._rows: list[list[str]] = []  # attributes of lines
        self._counters: dict[str, Ratio] = {}

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def refuse_endless(self) -> None:
        """Raise `UnreadableEvidence` when the lines of one file do not end."""
        if len(self._rows) > _MOST_ROWS:
            raise self._wrong(f"has a sourcefile of more than {_MOST_ROWS} lines")

    def refuse_strays(self) -> None:
        """Raise `UnreadableEvidence` when there are lines of which nobody knows the file."""
        if self._rows:
            raise self._wrong("has lines outside of any sourcefile")

    def _start(self, tag: str, attributes: list[str]) -> None:
        if tag == "line":
            self._rows.append(attributes)
        elif tag == "counter":
            if self._file or len(self._open) == 1:
                self._counter(attributes_of(attributes))
        else:
            self._open.append(tag)
            if len(self._open) > _DEEPEST:
                raise self._wrong(f"nests elements more than {_DEEPEST} deep")
            self._begin(tag, attributes_of(attributes))

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sourcefile":
            self.refuse_strays()
            name = file_path(attributes.get("name", ""), "a sourcefile")
            self._file = "/".join(part for part in (*self._groups, self._package, name) if part)
        elif tag == "package":
            self._package = attributes.get("name", "").replace("\\", "/")
        elif tag == "group":
            self._groups.append(attributes.get("name", "").replace("\\", "/"))
        elif tag == "sessioninfo":
            self.dumped = max(self.dumped, finite(attributes.get("dump")) or 0.0)
        elif tag == "report" and len(self._open) == 1:
            self.name = attributes.get("name", "")

    def _end(self, tag: str) -> None:
        if tag in ("line", "counter"):
            return
        self._open.pop()
        if tag == "sourcefile":
            self._end_file()
        elif tag == "package":
            self._package = ""
        elif tag == "group":
            self._groups.pop()

    def _counter(self, attributes: dict[str, str]) -> None:
        missed = self._count(whole_number(attributes.get("missed", "")))
        covered = self._count(whole_number(attributes.get("covered", "")))
        counters = self._counters if self._file else self.claimed
        counters[attributes.get("type", "")] = Ratio(covered, missed + covered)

    def _end_file(self) -> None:
        numbers, missed, run, missed_branches, covered_branches = self._columns()
        instructions = list(map(add, missed, run))
        lines = list(compress(numbers, instructions))
        branches = {
            line: (covered, covered + missed)
            for line, missed, covered in zip(numbers, missed_branches, covered_branches, strict=True)
            if missed or covered
        }
        self.files.add(
            self._file,
            lines,
            compress(numbers, run),
            branches,
            counted_lines=None if lines else self._counters.get("LINE"),
            counted_branches=None if lines else self._counters.get("BRANCH"),
            functions=self._counters.get("METHOD"),
        )
        self._file = ""
        self._counters = {}

    def _columns(self) -> list[list[int]]:
        """Line numbers, then missed and covered instructions and branches, each in parallel."""
        rows, self._rows = self._rows, []
        columns = list(zip(*rows, strict=False))  # as many as the shortest row has
        if len(columns) == 10 and all(
            set(names) == {name} for names, name in zip(columns[::2], _NAMES, strict=True)
        ):
            texts: list[Sequence[str]] = list(columns[1::2])
        else:
            given = [attributes_of(row) for row in rows]
            texts = [[each.get(name, _ABSENT.get(name, "")) for each in given] for name in _NAMES]
        return [self._counts(column) for column in texts]

    def _counts(self, texts: Sequence[str]) -> list[int]:
        try:
            counts = list(map(integer, texts))
        except ValueError:
            counts = [self._count(whole_number(text)) for text in texts]
        if counts and not 0 <= min(counts) <= max(counts) <= HIGHEST_COUNT:
            raise self._wrong(f"{self._file} has a line with something that is not a count")
        return counts

    def _count(self, number: int | None) -> int:
        if number is None or not 0 <= number <= HIGHEST_COUNT:
            raise self._wrong("a line or a counter says something that is not a count")
        return number

    def _wrong(self, message: str) -> UnreadableEvidence:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return UnreadableEvidence(message, line=line, column=column)


def _percent(counter: Ratio | None) -> float | None:
    return counter.percent if counter else None


FORMAT = Format(
    name="jacoco",
    title="JaCoCo XML",
    kind="coverage",
    recognises=recognises,
    read=read,
    page="https://www.jacoco.org/jacoco/trunk/coverage/report.dtd",
)
