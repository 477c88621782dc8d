"""Report `sarif-github`: SARIF 2.1.0 as GitHub code scanning takes it.

GitHub opens an alert for every result, suppressed or not, so only what blocks or warns is in it; the
overridden are counted in the run's properties. Beyond a hard limit GitHub refuses the whole file
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning):
25,000 results, 20 tags a rule, 10 MB after gzip. The worst come first, and what was cut is said.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from gatepass import sarif_places as places
from gatepass.model.decision import Decision, Finding, RuleResult
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.reports import _sarif_run as words
from gatepass.reports._report import Report, ReportContext
from gatepass.reports._sarif_log import log, nothing_judged, result
from gatepass.reports._sarif_serialiser import serialised

LIMITS = words.Limits(description=1024, tags=20)
MAXIMUM_RESULTS = 25_000
MAXIMUM_COMPRESSED = 9_500_000  # bytes, a little below the 10 MB for other compressors' sake
MAXIMUM_MESSAGE = 1000

_LEVELS = ("error", "warning", "note")

_Candidate = tuple[str, int, RuleResult, Finding]


def render(decision: Decision, _: ReportContext) -> str:
    """The decision as compact SARIF within GitHub's limits."""
    return within(decision, MAXIMUM_COMPRESSED)


def within(decision: Decision, compressed: int) -> str:
    """The decision with as many of the worst findings as fit into a number of compressed bytes."""
    candidates = _candidates(decision)
    kept = len(candidates[: MAXIMUM_RESULTS - 1 if decision.nothing_judged else MAXIMUM_RESULTS])
    while True:
        text = _rendered(decision, candidates, kept)
        if kept == 0 or len(zlib.compress(text.encode())) <= compressed:
            return text
        kept = kept * 3 // 4


def _candidates(decision: Decision) -> list[_Candidate]:
    """What opens an alert, the worst first; within a level by severity, then in the decision's order."""
    found = [
        (words.level(finding, of), index, of, finding)
        for index, of in enumerate(decision.results)
        for finding in (*of.blocking, *of.warning)
    ]
    return sorted(found, key=lambda each: (_LEVELS.index(each[0]), -_rank(each[3])))


def _rank(finding: Finding) -> int:
    return finding.severity.rank if finding.severity else -1


def _rendered(decision: Decision, candidates: Sequence[_Candidate], kept: int) -> str:
    results = [_result(each) for each in candidates[:kept]]
    if decision.nothing_judged:
        results.append(nothing_judged(decision))
    omitted = len(candidates) - kept
    properties: dict[str, Json] = {
        "overriddenFindings": sum(len(of.overridden) for of in decision.results),
        "omittedFindings": omitted,
    }
    notices = (
        [("omitted", "warning", f"GitHub takes no more: {omitted:,} findings are left out")]
        if omitted
        else []
    )
    return serialised(log(decision, results, LIMITS, properties, notices)) + "\n"


def _result(candidate: _Candidate) -> object:
    level, index, of, finding = candidate
    place = next((p for p in (finding.place, of.rule.place) if places.is_inside(p)), places.SOMEWHERE)
    text = words.message(finding, MAXIMUM_MESSAGE)
    if place is not finding.place:
        text = words.cut(words.plain_message(f"{finding.place}: {text}"), MAXIMUM_MESSAGE)
    made = result(of, index, text, _at_a_line(place), level=level, finding=finding, every_column=True)
    # without it all findings at one line of one rule would become one alert
    # sarif-om has no types
    made.partial_fingerprints["primaryLocationLineHash"] = f"{finding.fingerprint}:1"  # type: ignore[attr-defined]
    return made


def _at_a_line(place: Place) -> Place:
    return place if places.lines(place) else Place(place.path, 1)


REPORT = Report("sarif-github", "SARIF 2.1.0 for GitHub code scanning", render, "application/sarif+json")
