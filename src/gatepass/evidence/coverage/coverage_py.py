"""The JSON report of coverage.py (``coverage json``).

Lines are ``covered_lines`` of ``num_statements``: ``percent_covered`` mixes in the branches as soon as they
are measured, and ``executed_lines`` also names lines that hold no statement, such as a docstring. Where it
does, the counts stand for the file and its lines cannot be united with another report's. A function is run
when one of its lines is. ``meta.timestamp`` is the clock of the machine without a zone, so it is no instant.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_count, as_number, as_object, as_text, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.coverage._files import HIGHEST_COUNT, Files, disagreement, file_path, require_lines
from gatepass.model.coverage import Coverage, Ratio
from gatepass.model.facts import Json

Object = dict[str, Json]

_PRIVATE = "!coverage.py: This is a private format"
_SQLITE = b"SQLite format 3\0"


def recognises(head: Head) -> bool:
    """Whether it is the JSON report, or coverage.py's own data file, which is refused with advice."""
    if head.text.startswith(_PRIVATE) or (head.data.startswith(_SQLITE) and b"coverage_schema" in head.data):
        return True
    json = head.json
    if json is None or json.shape != "object" or not json.has("files"):
        return False
    if any(path.startswith("files.") and path.endswith(".executed_lines") for path in json.paths):
        return True
    return json.has("meta.version", "totals.num_statements")


def read(report: OpenReport) -> Reading:
    """The coverage in the report; raises `UnreadableEvidence`."""
    if not report.head.text.lstrip().startswith("{"):
        raise UnreadableEvidence("is coverage.py's own data file; make a report of it with `coverage json`")
    document = as_object(read_json(report), "the report")
    meta = as_object(document.get("meta", {}), "meta")
    files = Files()
    surplus = 0
    functions = False
    for name, value in as_object(document.get("files"), "files").items():
        entry = as_object(value, name)
        functions = functions or "functions" in entry
        surplus += _add(files, name, entry)
    united = files.united()
    require_lines(united)
    totals = as_object(document.get("totals", {}), "totals")
    coverage = Coverage(
        report.source,
        united,
        has_branches=meta.get("branch_coverage") is True,
        has_functions=functions,
        claimed_lines=_claimed(totals, "covered_lines", "num_statements"),
        claimed_branches=_claimed(totals, "covered_branches", "num_branches"),
    )
    notes = [
        *disagreement("lines", coverage.lines, coverage.claimed_lines),
        *disagreement("branches", coverage.branches, coverage.claimed_branches),
    ]
    if surplus:
        notes.append(f"{surplus} executed lines hold no statement; they are not counted")
    version = as_text(meta.get("version"), limit=100)
    return Reading(coverage, producer=f"coverage.py {version}".strip(), notes=tuple(notes))


def _add(files: Files, name: str, entry: Object) -> int:
    """Take a file in; returns how many executed lines are no statements."""
    executed = _lines(entry, "executed_lines", name)
    missing = _lines(entry, "missing_lines", name)
    summary = as_object(entry.get("summary"), f"summary of {name}")
    covered = as_count(summary.get("covered_lines"), f"covered_lines of {name}")
    total = as_count(summary.get("num_statements"), f"num_statements of {name}")
    surplus = len(executed) - covered
    if total != covered + len(missing) or surplus < 0 or executed & missing:
        raise UnreadableEvidence(
            f"{name} claims {covered} of {total} statements,"
            f" but lists {len(executed)} lines as executed and {len(missing)} as missing"
        )
    listed = "executed_branches" in entry
    files.add(
        file_path(name),
        [*executed, *missing],
        executed,
        _branches(entry, name) if listed else None,
        counted_lines=Ratio(covered, total) if surplus else None,
        counted_branches=None if listed else _ratio(summary, "covered_branches", "num_branches"),
        functions=_functions(entry, name),
    )
    return surplus


def _lines(entry: Object, key: str, name: str) -> set[int]:
    lines = as_array(entry.get(key), f"{key} of {name}")
    if not all(type(line) is int for line in lines):
        raise UnreadableEvidence(f"{key} of {name} holds something that is not a line")
    return set(cast("list[int]", lines))


def _branches(entry: Object, name: str) -> dict[int, tuple[int, int]]:
    """(covered, total) by the line that branches; a way out of the function has a negative target."""
    covered = Counter(_origins(entry, "executed_branches", name))
    missing = Counter(_origins(entry, "missing_branches", name))
    return {line: (covered[line], covered[line] + missing[line]) for line in covered | missing}


def _origins(entry: Object, key: str, name: str) -> list[int]:
    origins = []
    for pair in as_array(entry.get(key), f"{key} of {name}"):
        line = pair[0] if isinstance(pair, list) and len(pair) == 2 else None
        if type(line) is not int or not 0 < line <= HIGHEST_COUNT:
            raise UnreadableEvidence(f"{key} of {name} holds something that is not a branch")
        origins.append(line)
    return origins


def _functions(entry: Object, name: str) -> Ratio | None:
    """Functions with statements; the nameless one is the code outside of any."""
    if "functions" not in entry:
        return None
    covered = total = 0
    for function, value in as_object(entry["functions"], f"functions of {name}").items():
        region = as_object(value, f"{function} in {name}")
        lines = _ratio(as_object(region.get("summary"), function), "covered_lines", "num_statements")
        if function and lines and lines.total:
            total += 1
            covered += lines.covered > 0
    return Ratio(covered, total)


def _ratio(summary: Object, covered: str, total: str) -> Ratio | None:
    if total not in summary:
        return None
    ratio = Ratio(as_count(summary.get(covered), covered), as_count(summary[total], total))
    if ratio.covered > ratio.total:
        raise UnreadableEvidence(f"claims {ratio.covered} of {ratio.total} for {covered}")
    return ratio


def _claimed(totals: Object, covered: str, total: str) -> float | None:
    one, all_of = as_number(totals.get(covered)), as_number(totals.get(total))
    return None if one is None or not all_of else 100 * one / all_of


FORMAT = Format(
    name="coverage-py",
    title="coverage.py JSON",
    kind="coverage",
    recognises=recognises,
    read=read,
    page="https://coverage.readthedocs.io/en/latest/commands/cmd_json.html",
)
