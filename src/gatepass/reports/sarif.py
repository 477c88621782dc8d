"""Report `sarif`: SARIF 2.1.0, the full profile. Nothing is left out.

Findings are results of kind ``fail`` (those that an override covers with their suppression), rules that
passed of kind ``pass``, rules that were not applied of kind ``notApplicable``. Reports that do not count
and overrides without effect are notifications of the invocation.
"""

from __future__ import annotations

from gatepass.model.decision import Decision, Outcome
from gatepass.model.place import Place
from gatepass.reports import _sarif_run as words
from gatepass.reports._report import Report, ReportContext
from gatepass.reports._sarif_log import log, nothing_judged, result
from gatepass.reports._sarif_serialiser import serialised


def render(decision: Decision, _: ReportContext) -> str:
    """The decision as indented SARIF."""
    results = _results(decision)
    if decision.nothing_judged:
        results.append(nothing_judged(decision))
    return serialised(log(decision, results), indent=2) + "\n"


def _results(decision: Decision) -> list[object]:
    results: list[object] = []
    for index, of in enumerate(decision.results):
        if of.outcome is Outcome.PASS:
            said = words.plain_message(of.summary or "The rule is satisfied.")
            results.append(result(of, index, said, of.rule.place, kind="pass"))
        elif of.outcome is Outcome.NOT_APPLICABLE:
            said = words.plain_message(of.not_applicable or "The rule was not applied.")
            results.append(result(of, index, said, of.rule.place, kind="notApplicable"))
        for finding in of.findings:
            place: Place = finding.place if finding.place.path.strip() else of.rule.place
            said = words.message(finding)
            level = words.level(finding, of)
            results.append(result(of, index, said, place, level=level, finding=finding))
    return results


REPORT = Report("sarif", "SARIF 2.1.0, everything in it", render, "application/sarif+json")
