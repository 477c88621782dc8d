"""LCOV tracefiles, as geninfo, coverage.py, Istanbul, c8, coverlet, llvm-cov and many others write them.

Records of one file are united by line, branch and function. ``LF``/``LH`` stand in only where a record has no
``DA`` row. A row that cannot be read is left out and counted; a line whose hits cannot be read stands as not
run. ``BRF:0`` in every record does not tell whether branches were measured, so it says nothing. Functions are
told apart by name.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import replace

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head, text_encoding
from gatepass.evidence._open import OpenReport
from gatepass.evidence.coverage._files import Files, disagreement, file_path, require_lines
from gatepass.evidence.coverage._lcov_record import Record, branches_by_line, read_record
from gatepass.model.coverage import Coverage, FileCoverage, Ratio, pack_branches

_LONGEST_RECORD = 64 << 20
_ROOM = 16 << 20
_END = b"\nend_of_record"


def recognises(head: Head) -> bool:
    """Whether the first row that is no comment names a test or a source file."""
    first = next((line for line in head.lines if not line.startswith("#")), "")
    return first.startswith("SF:") or (first.startswith("TN:") and _goes_on(head))


def _goes_on(head: Head) -> bool:
    rows = [line for line in head.lines if not line.startswith(("#", "TN:"))]
    return not rows or rows[0].startswith(("SF:", "VER:", "end_of_record"))


def read(report: OpenReport) -> Reading:
    """The coverage in the report; raises `UnreadableEvidence`."""
    reader = _Reader()
    for line, record in _records(report):
        try:
            reader.add(record)
        except UnreadableEvidence as error:
            raise UnreadableEvidence(error.message, line=line, code=error.code) from None
    files = reader.united()
    require_lines(files)
    coverage = Coverage(
        report.source,
        files,
        has_branches=any(file.branches.total for file in files),
        has_functions=any(file.functions and file.functions.total for file in files),
        claimed_lines=reader.claimed_lines.percent,
        claimed_branches=reader.claimed_branches.percent,
        skipped_rows=reader.skipped,
    )
    notes = [
        *disagreement("lines", coverage.lines, coverage.claimed_lines),
        *disagreement("branches", coverage.branches, coverage.claimed_branches),
    ]
    if reader.skipped:
        notes.append(f"{reader.skipped} rows cannot be read and are left out")
    return Reading(coverage, notes=tuple(notes))


class _Reader:
    """The files of all records; all rows but plain lines are kept in case that a file comes again."""

    def __init__(self) -> None:
        self.skipped = 0
        self.claimed_lines = Ratio()
        self.claimed_branches = Ratio()
        self._files = Files()
        self._rests: dict[str, list[tuple[bool, bytes]]] = {}
        self._kept = 0

    def add(self, rows: bytes) -> None:
        """Take in the rows of one record."""
        path, rows = _split(rows)
        record = read_record(path, rows)
        self.skipped += record.skipped
        if not path:
            self._add_strays(record)
            return
        lines, branches = record.ratio("LH", "LF"), record.ratio("BRH", "BRF")
        functions = record.ratio("FNH", "FNF")
        if record.functions:
            functions = Ratio(sum(record.functions.values()), len(record.functions))
        self.claimed_lines += lines or Ratio()
        self.claimed_branches += branches or Ratio()
        self._files.add(
            path,
            record.lines,
            record.run,
            branches_by_line(record.branches),
            counted_lines=None if record.lines else lines,
            counted_branches=None if record.branches else branches,
            functions=functions,
        )
        self._kept += len(record.rest)
        packed = self._kept > _ROOM
        rest = zlib.compress(record.rest, 1) if packed else record.rest
        self._rests.setdefault(path, []).append((packed, rest))

    def united(self) -> tuple[FileCoverage, ...]:
        """One entry for each file."""
        return tuple(map(self._united, self._files.united()))

    def _united(self, file: FileCoverage) -> FileCoverage:
        rests = self._rests[file.path]
        if len(rests) == 1:
            return file
        record = read_record(
            file.path, b"".join(zlib.decompress(rest) if packed else rest for packed, rest in rests)
        )
        branches, functions = record.branches, record.functions
        return replace(
            file,
            branch_lines=pack_branches(branches_by_line(branches)) if branches else b"",
            counted_branches=None if branches else file.counted_branches,
            functions=Ratio(sum(functions.values()), len(functions)) if functions else file.functions,
        )

    def _add_strays(self, record: Record) -> None:
        """Count rows between records that speak of lines or branches: nobody knows of which file."""
        self.skipped += len(record.lines) + len(record.branches) + len(record.functions) + len(record.counts)


def _split(rows: bytes) -> tuple[str, bytes]:
    """The path of a record, and its rows without ``SF``."""
    at = 0 if rows.startswith(b"SF:") else rows.find(b"\nSF:") + 1
    if not rows.startswith(b"SF:", at):
        return "", rows
    end = rows.index(b"\n", at)
    if rows.find(b"\nSF:", end) >= 0:
        raise UnreadableEvidence("a record begins before the one above has ended; was the tool interrupted?")
    written = rows[at + 3 : end].replace(b"\\", b"/")
    return file_path(written.decode("utf-8", "backslashreplace"), "an SF row"), rows[:at] + rows[end + 1 :]


def _records(report: OpenReport) -> Iterator[tuple[int, bytes]]:
    """Records with the number of their first line; whole rows with line feeds, without ``end_of_record``."""
    line = 0
    rest = b"\n"  # so that every row has a line feed before it
    for chunk in _utf8(report):
        *records, rest = (rest + chunk).split(_END)
        for rows in records:
            yield line + 1, _rows(rows)
            line += rows.count(b"\n") + 1
        if len(rest) > _LONGEST_RECORD:
            raise UnreadableEvidence(f"has a record of more than {_LONGEST_RECORD} bytes", line=line + 1)
    if rest.find(b"\nSF:") >= 0:
        raise UnreadableEvidence("ends inside a record; was the tool interrupted?", line=line + 1)
    yield line + 1, _rows(rest)


def _rows(text: bytes) -> bytes:
    return text[1:].replace(b"\r", b"") + b"\n"


def _utf8(report: OpenReport) -> Iterator[bytes]:
    """The report as UTF-8: PowerShell's ``>`` writes UTF-16 with a mark."""
    encoding = text_encoding(report.head.data)
    if encoding == "utf-8":
        yield from report.chunks()
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in report.chunks():
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", True).encode()
    except UnicodeError:
        raise UnreadableEvidence(f"is not the {encoding} text that its mark announces") from None


FORMAT = Format(
    name="lcov",
    title="LCOV tracefile",
    kind="coverage",
    recognises=recognises,
    read=read,
    page="https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1",
)
