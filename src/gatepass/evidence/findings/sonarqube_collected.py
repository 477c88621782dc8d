"""SonarQube: issues and security hotspots, as `gatepass collect sonarqube` found them.

The server keeps them for the newest analysis alone; when another one has come meanwhile, they are refused.
What was accepted, is a false positive or a safe hotspot is there as suppressed.

https://next.sonarqube.com/sonarqube/web_api/api/issues/search
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import json_of, read, recognises
from gatepass.evidence._json import as_object
from gatepass.evidence._sonarqube_analysis import Analysed, analysed
from gatepass.evidence.findings._sonarqube_lists import Entry, entries, paths, rule_names
from gatepass.evidence.findings._sonarqube_results import TOOL, Results
from gatepass.model.collection import Collection
from gatepass.model.scan import Scan, ScanResult, Tool


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    found = analysed(collection)
    if found.revision is None:
        raise UnreadableEvidence("names no commit: was the code analysed without its repository?")
    if not found.newest:
        raise UnreadableEvidence("holds what another, newer analysis found: run the step again")
    results = Results(
        {**paths(collection, "issues"), **paths(collection, "hotspots")},
        rule_names(collection),
        {**_told(collection, "changelog"), **_told(collection, "hotspot")},
        baseline="new" if found.pull_request else None,  # of a pull request only what it brings is analysed
    )
    made = sorted(_results(collection, found, results), key=_order)
    rules = len({each.rule_id for each in made})
    tool = Tool(TOOL, found.version, rules)
    scan = Scan(report.source, (tool,), tuple(made), results.not_counted, (found.about,))
    return Reading(scan, found.producer, found.revision, found.at, notes=found.notes)


def _results(collection: Collection, found: Analysed, results: Results) -> Iterator[ScanResult]:
    seen: set[str] = set()
    for state in ("open", "let-through"):
        for each in entries(collection, found, "issues", state):
            if (key := str(each.get("key"))) in seen:
                continue  # somebody let it through between the two questions
            seen.add(key)
            if result := results.issue(each):
                yield result
    for state in ("to-review", "reviewed"):
        for each in entries(collection, found, "hotspots", state):
            if (key := str(each.get("key"))) in seen:
                continue
            seen.add(key)
            if result := results.hotspot(each):
                yield result


def _told(collection: Collection, topic: str) -> dict[str, Entry]:
    """Who decided what, by key, as far as the token may see it."""
    return {
        answer.about: as_object(json_of(answer), f"the answer about {topic}")
        for answer in collection.of(topic)
        if answer.status < 300
    }


def _order(result: ScanResult) -> tuple[str, int, int, str, str]:
    place = result.place
    path, line, column = (place.path, place.line, place.column) if place else ("", None, None)
    return path, line or 0, column or 0, result.rule_id, result.message


FORMAT = Format(
    name="sonarqube-collected-findings",
    title="SonarQube issues and security hotspots, collected",
    kind=Scan.KIND,
    recognises=recognises("sonarqube", Scan.KIND),
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/issues/search",
)
