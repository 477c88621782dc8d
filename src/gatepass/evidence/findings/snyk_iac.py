"""Snyk Infrastructure as Code: ``snyk iac test --json``.

https://docs.snyk.io/developer-tools/snyk-cli/commands/iac-test. One object for a target, a list for several;
each has ``infrastructureAsCodeIssues``. Reports of vulnerabilities do not, and are another format.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_object, as_text, objects, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.findings._sarif_paths import plain_path
from gatepass.evidence.findings._severity import severity_named
from gatepass.model.about import About
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.scan import Level, Scan, ScanResult, Severity, Suppression, Tool

_TOOL = "Snyk IaC"
_ISSUES = "infrastructureAsCodeIssues"
# what Snyk itself writes with --sarif: the JSON has no level
_LEVELS = {Severity.CRITICAL: Level.ERROR, Severity.HIGH: Level.ERROR, Severity.MEDIUM: Level.WARNING}


def recognises(head: Head) -> bool:
    """``infrastructureAsCodeIssues`` in the object or in an element of the list."""
    return bool(head.json and head.json.has_any(_ISSUES, f"[].{_ISSUES}"))


def read(report: OpenReport) -> Reading:
    """The issues of all targets; ignored ones with their suppression.

    One tool for each target that failed, and one for the rest. When every target failed the reading says
    so. Raises `UnreadableEvidence` for an empty list, and for what is no target.
    """
    document = read_json(report)
    targets = document if isinstance(document, list) else [document]
    if not targets:
        raise UnreadableEvidence("has no targets: nothing was scanned", code="empty")
    about: list[About] = []
    failures: list[str] = []
    results: list[ScanResult] = []
    repeated: Counter[tuple[str, ...]] = Counter()
    notes: dict[str, None] = {}
    for number, each in enumerate(targets):
        target = as_object(each, f"target {number + 1}")
        about.append(About(as_text(target.get("projectName"), limit=500) or None))
        if failure := _failure(target):
            failures.append(f"{_target_path(target) or f'target {number + 1}'} {failure}")
        issues = as_array(target.get(_ISSUES) or [], _ISSUES)
        results.extend(_result(as_object(issue, "an issue"), target, repeated) for issue in issues)
        if threshold := as_text(target.get("severityThreshold"), limit=20):
            notes[f"only issues of severity {threshold} and worse were reported"] = None

    failed = "; ".join(failures)[:1000] or None
    rules = len({result.rule_id for result in results})
    tool = Tool(_TOOL, None, rules, failed)
    return Reading(
        Scan(report.source, (tool,), tuple(results), about=tuple(dict.fromkeys(about))),
        producer=_TOOL,
        failed=failed if len(failures) == len(targets) else None,
        notes=tuple(notes),
    )


def _failure(target: dict[str, Json]) -> str | None:
    """Why a target counts as not scanned."""
    if target.get("error"):
        return f"was not scanned: {as_text(target['error'], limit=200) or 'an error'}"
    if not isinstance(target.get(_ISSUES), list):
        return f"has no {_ISSUES}: it was not scanned"
    if target.get("ok", True) is not True and not target[_ISSUES]:
        return "is not ok, but has no issue"
    return None


def _result(
    issue: dict[str, Json], target: dict[str, Json], repeated: Counter[tuple[str, ...]]
) -> ScanResult:
    rule_id = as_text(issue.get("id"), limit=200) or as_text(issue.get("publicId"), limit=200)
    path = _target_path(target)
    where = issue.get("path")
    steps = (
        ".".join(as_text(step) for step in where) if isinstance(where, list) else as_text(issue.get("msg"))
    )
    severity = severity_named(issue.get("severity")) or Severity.UNKNOWN
    title = as_text(issue.get("title"), limit=300) or rule_id
    line = issue.get("lineNumber")
    identity = (rule_id, path, steps)
    repeated[identity] += 1
    return ScanResult(
        tool=_TOOL,
        rule_id=rule_id,
        level=_level(severity),
        message=as_text(f"{title} ({steps})" if steps else title),
        place=Place(path, line if isinstance(line, int) and line > 0 else None) if path else None,
        severity=severity,
        fingerprint=hashlib.sha256(json.dumps((*identity, repeated[identity])).encode()).hexdigest()[:32],
        suppressions=_suppressions(issue),
        rule_name=title,
        help_uri=as_text(issue.get("documentation")) or None,
        tags=tuple(tag for name in ("type", "subType") if (tag := as_text(issue.get(name), limit=100))),
    )


def _level(severity: Severity) -> Level:
    if severity is Severity.UNKNOWN:
        return Level.ERROR  # a severity that we do not know must not pass for a small one
    return _LEVELS.get(severity, Level.NOTE)


def _suppressions(issue: dict[str, Json]) -> tuple[Suppression, ...]:
    if issue.get("isIgnored") is not True:
        return ()
    reasons = objects(issue.get("ignored")) or [{}]
    return tuple(
        Suppression(
            "external",
            justification=as_text(reason.get("reason")),
            expires=None
            if (end := reason.get("expires")) is None
            else as_text(end, limit=40) or "unreadable",
        )
        for reason in reasons
    )


def _target_path(target: dict[str, Json]) -> str:
    """The file, relative to the folder that was scanned where the report tells that folder."""
    whole, folder = (plain_path(as_text(target.get(name))) for name in ("targetFilePath", "path"))
    if folder.startswith("/") and whole.startswith(f"{folder.rstrip('/')}/"):
        return whole[len(folder.rstrip("/")) + 1 :]
    return plain_path(as_text(target.get("targetFile"))) or whole


FORMAT = Format(
    name="snyk-iac",
    title="Snyk Infrastructure as Code (snyk iac test --json)",
    kind=Scan.KIND,
    recognises=recognises,
    read=read,
    page="https://docs.snyk.io/developer-tools/snyk-cli/commands/iac-test",
)
