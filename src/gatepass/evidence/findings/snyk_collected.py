"""Snyk Code: open issues, as `gatepass collect snyk` found them by the REST interface.

They are those of the newest test of each project. `snyk code test --sarif` tells of this very commit, and the
rule that found it: prefer it. Here a result is called by its weakness (``CWE-89``).

https://docs.snyk.io/snyk-api/reference/issues
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._json import as_object, as_text, objects
from gatepass.evidence._snyk import Entry, Tested, ignoring, issues_of, projects
from gatepass.evidence.findings._severity import severity_named
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.scan import Level, Scan, ScanResult, Severity, Suppression, Tool

_TOOL = "SnykCode"  # as the CLI's SARIF calls it
# as the CLI's SARIF has it
_LEVELS = {
    Severity.CRITICAL: Level.ERROR,
    Severity.HIGH: Level.ERROR,
    Severity.MEDIUM: Level.WARNING,
    Severity.LOW: Level.NOTE,
}


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    known = projects(collection)
    repeated: Counter[tuple[str, ...]] = Counter()
    results: list[ScanResult] = []
    not_counted = 0
    for project in known.tested:
        if not project.of_code:
            raise UnreadableEvidence(f"{project.name} is no project of Snyk Code")
        if project.at is None:
            raise UnreadableEvidence(f"{project.name} was never tested, or Snyk does not tell when")
        for issue in issues_of(collection, project):
            attributes = as_object(issue.get("attributes"), "'attributes' of an issue")
            if attributes.get("type") != "code":
                raise UnreadableEvidence(f"lists an issue of {project.name} that is not of Snyk Code")
            if attributes.get("status") == "resolved":
                not_counted += 1
            else:
                results.append(_result(collection, project, issue, repeated))
    rules = len({each.rule_id for each in results})
    about = tuple(each.about for each in known.tested)
    scan = Scan(report.source, (Tool(_TOOL, None, rules),), tuple(results), not_counted, about)
    return Reading(scan, "Snyk Code", known.commit, known.at, notes=known.notes)


def _result(
    collection: Collection, project: Tested, issue: Entry, repeated: Counter[tuple[str, ...]]
) -> ScanResult:
    attributes = as_object(issue.get("attributes"), "'attributes' of an issue")
    title = as_text(attributes.get("title"), limit=300)
    weaknesses = [as_text(each.get("id"), limit=40) for each in objects(attributes.get("classes"))]
    rule = next(filter(None, weaknesses), "") or title
    severity = severity_named(attributes.get("effective_severity_level"))
    if severity not in _LEVELS or not rule:
        raise UnreadableEvidence(f"lists an issue of {project.name} without a severity or a name")
    place = _place(attributes)
    identity = (rule, place.path if place else "", title)
    repeated[identity] += 1
    made_up = hashlib.sha256(json.dumps((*identity, repeated[identity])).encode()).hexdigest()[:32]
    return ScanResult(
        _TOOL,
        rule,
        _LEVELS[severity],
        title or rule,
        place,
        severity=severity,
        fingerprint=as_text(attributes.get("key_asset"), limit=100) or made_up,
        suppressions=_suppressions(collection, issue) if attributes.get("ignored") is True else (),
        rule_name=title or None,
        tags=tuple(weaknesses),
    )


def _place(attributes: Entry) -> Place | None:
    for coordinate in objects(attributes.get("coordinates")):
        for each in objects(coordinate.get("representations")):
            spot = each.get("sourceLocation")
            path = as_text(spot.get("file"), limit=4000) if isinstance(spot, dict) else ""
            if isinstance(spot, dict) and path:
                region = spot.get("region")
                start, end = (
                    region.get(side) if isinstance(region, dict) else None for side in ("start", "end")
                )
                line, last = _number(start, "line"), _number(end, "line")
                return Place(
                    path, line, _number(start, "column"), last if line and last and last >= line else None
                )
    return None


def _number(value: Json, key: str) -> int | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _suppressions(collection: Collection, issue: Entry) -> tuple[Suppression, ...]:
    why = ignoring(collection, issue)
    return (Suppression("external", justification=why.reason, by=why.by, expires=why.expires),)


FORMAT = Format(
    name="snyk-collected-findings",
    title="Snyk Code issues, collected",
    kind=Scan.KIND,
    recognises=recognises("snyk", Scan.KIND),
    read=_read,
    page="https://docs.snyk.io/snyk-api/reference/issues",
)
