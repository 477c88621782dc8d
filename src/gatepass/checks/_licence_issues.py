"""The licence part of the `vulnerabilities` check."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gatepass.checks._breaches import (
    COUNTED,
    artifact_of,
    breaching,
    globs,
    limit_of,
    manifest_of,
    matches,
    numbers,
    place_of,
    selected,
)
from gatepass.checks._check import Question
from gatepass.checks._known_issues import in_force
from gatepass.model.decision import Finding, Subject
from gatepass.model.facts import Json
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import LicenceIssue, Vulnerabilities

_PARTS = re.compile(r"[\s(),;/|]+")
_OPERATORS = frozenset({"and", "or", "with", ""})
Key = tuple[str, str, str]


def licence_findings(
    question: Question, reports: Sequence[Vulnerabilities], *, accept_ignores: bool
) -> tuple[list[Finding], int]:
    """The findings about licences, and how many distinct licence issues were judged."""
    terms = question.rule.parameters.get("licences")
    if not isinstance(terms, dict):
        return [], 0
    judged = _distinct(question, reports, accept_ignores=accept_ignores)
    refused = {key: why for key, told in judged.items() if (why := _refused(told[0].licence, terms))}
    by_severity: dict[Severity, list[Key]] = {}
    for key, told in judged.items():
        # a licence on the list of those allowed does not count against the maximum
        if key in refused or "allowed" not in terms:
            by_severity.setdefault(_severity(told), []).append(key)
    limits = numbers(terms.get("maximum"))
    for severity in COUNTED:
        limit = limit_of(limits, severity)
        listed = [(key, None) for key in by_severity.get(severity, [])]
        for key, _ in breaching(listed, limit, question.now):
            refused.setdefault(key, f"{severity}, at most {limit} allowed")
    return [_finding(question, reports, judged[key], why) for key, why in refused.items()], len(judged)


def _distinct(
    question: Question, reports: Sequence[Vulnerabilities], *, accept_ignores: bool
) -> dict[Key, list[LicenceIssue]]:
    found: dict[Key, list[LicenceIssue]] = {}
    for report in reports:
        for each in report.licences:
            hidden = accept_ignores and in_force(each.ignored, question.now)
            if not hidden and selected(each.package, question.rule.parameters):
                key = (each.package.name, each.licence, each.package.version or "")
                found.setdefault(key, []).append(each)
    return {key: sorted(found[key], key=lambda each: (each.id, each.target or "")) for key in sorted(found)}


def _refused(licence: str, terms: Mapping[str, Json]) -> str | None:
    names = [licence, *(part for part in _PARTS.split(licence) if part.casefold() not in _OPERATORS)]
    if matches(globs(terms.get("forbidden")), *names):
        return "forbidden"
    if "allowed" not in terms:
        return None
    # of a compound licence the whole must be allowed, or every part
    allowed = globs(terms["allowed"])
    parts = names[1:]
    if matches(allowed, licence) or (parts and all(matches(allowed, part) for part in parts)):
        return None
    return "not among those allowed"


def _severity(told: list[LicenceIssue]) -> Severity:
    return max((each.severity for each in told), key=lambda severity: severity.rank)


def _finding(
    question: Question, reports: Sequence[Vulnerabilities], told: list[LicenceIssue], why: str
) -> Finding:
    first = told[0]
    ids = tuple(dict.fromkeys(each.id for each in told))
    targets = tuple(dict.fromkeys(each.target for each in told if each.target))
    path = manifest_of(targets, reports)
    return question.finding(
        f"{first.package}: licence {first.licence} ({why})",
        identity=("licence", first.licence, first.package.name, first.package.version or ""),
        place=place_of(path),
        severity=_severity(told),
        subject=Subject(
            path=path,
            vulnerabilities=ids,
            package=first.package.name,
            artifact=artifact_of((each.artifact for each in told), question.build),
        ),
        details=tuple(f"in {target}" for target in targets[:10]),
    )
