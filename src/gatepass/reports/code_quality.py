"""Report `code-quality`: findings for GitLab's merge request widget, in Code Climate's JSON.

Format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. GitLab drops what has a
fingerprint that was there before, and wants paths of the repository. It shows every issue as open, so only
what blocks or warns is in it; the overridden stand in the other reports.
"""

from __future__ import annotations

import hashlib
import json

from gatepass import sarif_places as places
from gatepass import words
from gatepass.model.decision import Decision, Finding, RuleResult
from gatepass.model.facts import Json
from gatepass.model.scan import Severity
from gatepass.plain import plain, whole, without_commands
from gatepass.reports._report import Report, ReportContext

MAXIMUM_DESCRIPTION = 1000

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}


def render(decision: Decision, _: ReportContext) -> str:
    """The findings as a list of issues, in the order of the policies."""
    labels = words.labels(decision)
    issues = [
        _issue(finding, result, labels[result.rule.code])
        for result in decision.results
        for finding in (*words.worst_first(result.blocking), *words.worst_first(result.warning))
    ]
    if decision.nothing_judged:
        issues.append(_nothing_judged(decision))
    return without_commands(json.dumps(_unique(issues), indent=2)) + "\n"


def _issue(finding: Finding, result: RuleResult, label: str) -> dict[str, Json]:
    place = next((each for each in (finding.place, result.rule.place) if places.is_inside(each)), None)
    said = plain(finding.message) if place is finding.place else plain(f"{finding.place}: {finding.message}")
    if not result.blocks(finding):
        said = f"{said} (warns only)"
    by_effect = "major" if result.blocks(finding) else "info"
    at = place or places.SOMEWHERE
    lines = places.lines(at)
    return {
        "description": _short(f"{plain(label)}: {said}"),
        "check_name": whole(plain(result.rule.code)),
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES.get(finding.severity, by_effect) if finding.severity else by_effect,
        "location": {"path": whole(places.relative(at)), "lines": {"begin": lines[0] if lines else 1}},
    }


def _nothing_judged(decision: Decision) -> dict[str, Json]:
    at = places.SOMEWHERE
    return {
        "description": f"gatepass {decision.verdict.value}: {words.NOTHING_JUDGED}",
        "check_name": "gatepass/nothing-judged",
        "fingerprint": hashlib.sha256(b"gatepass/nothing-judged").hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": at.path, "lines": {"begin": at.line}},
    }


def _unique(issues: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """The issues, each with a fingerprint of its own: a second one gets its number mixed in."""
    seen: dict[Json, int] = {}
    for issue in issues:
        first = issue["fingerprint"]
        seen[str(first)] = number = seen.get(str(first), 0) + 1
        if number > 1:
            issue["fingerprint"] = hashlib.sha256(f"{first} {number}".encode()).hexdigest()[:32]
    return issues


def _short(text: str) -> str:
    text = whole(text)
    return text if len(text) <= MAXIMUM_DESCRIPTION else text[: MAXIMUM_DESCRIPTION - 1] + "…"


REPORT = Report("code-quality", "Findings for GitLab's code quality widget", render, "application/json")
