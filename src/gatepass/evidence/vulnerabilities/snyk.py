"""Snyk's JSON: ``snyk test --json``, ``snyk container test --json``, and the REST interface's issues.

One file can hold one project, a list of them (``--all-projects``), an image with the applications found in
it, an unmanaged C/C++ tree, or a page of the REST interface. A project that Snyk could not scan is not
clean: one such project makes the whole report count as failed. What Snyk's own configuration hides is kept
and marked. Snyk Code writes SARIF and Snyk IaC has its own list; both are other formats.
See https://docs.snyk.io/developer-tools/snyk-cli/commands/test.
"""

from __future__ import annotations

from collections.abc import Callable

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.vulnerabilities._snyk_project import (
    Project,
    Streamed,
    failure_of,
    projects_of,
    threshold_of,
)
from gatepass.evidence.vulnerabilities._snyk_rest import read_page
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Vulnerabilities

_PAGE = "https://docs.snyk.io/developer-tools/snyk-cli/commands/test"
_NOTES_KEPT = 50
_NOT_OURS = ("infrastructureAsCodeIssues", "runs", "scan", "auditReportVersion", "bomFormat")


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None:
        return False
    has, at = outline.has, "[]." if outline.shape == "array" else ""
    if outline.has_any(*(at + name for name in _NOT_OURS)):
        return False
    if not at and has("data[].attributes.effective_severity_level"):
        return True
    if not at and has("jsonapi", "data", "links"):
        return "/issues" in outline.values.get("links.self", "")
    return (
        has(f"{at}ok", f"{at}error", f"{at}path")
        or has(f"{at}vulnerabilities", f"{at}ok", f"{at}dependencyCount")
        or has(f"{at}issues[].issueId", f"{at}issues[].pkgName")
        or has(f"{at}issues", f"{at}issuesData", f"{at}depGraphData")
        or any(_has_rows(has, f"{at}{where}vulnerabilities[].") for where in ("", "applications[]."))
    )


def _has_rows(has: Callable[..., bool], at: str) -> bool:
    named = any(has(at + key) for key in ("packageName", "moduleName", "upgradePath"))
    return named and has(at + "id", at + "from", at + "severity")


def _read(report: OpenReport) -> Reading:
    streamed = Streamed()
    document = read_json(report, stream=streamed.lists())
    if isinstance(document, dict) and "data" in document and "vulnerabilities" not in document:
        return _reading(report, *read_page(document))
    is_list = isinstance(document, list)
    roots = [
        as_object(each, "a project") for each in (document if isinstance(document, list) else [document])
    ]
    if failures := [failure for root in roots if (failure := failure_of(root))]:
        return _failed(report, failures, len(roots))
    projects: list[Project] = []
    for index, root in enumerate(roots):
        projects += projects_of(root, streamed, (index,) if is_list else ())
    if streamed.rows:
        raise UnreadableEvidence("has issues that belong to none of its projects")
    return _reading(report, projects, threshold_of(roots), [n for each in projects for n in each.notes])


def _failed(report: OpenReport, failures: list[str], total: int) -> Reading:
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    said = failures[0] if total == 1 else f"{len(failures)} of {total} projects: {failures[0]}{more}"
    return Reading(Vulnerabilities(report.source, "snyk", ()), producer="Snyk", failed=said)


def _reading(
    report: OpenReport, projects: list[Project], threshold: Severity | None, notes: list[str]
) -> Reading:
    if not any(project.looked_at for project in projects):
        raise UnreadableEvidence("no dependencies were looked at in any of its projects", code="empty")
    evidence = Vulnerabilities(
        report.source,
        "snyk",
        projects=tuple(project.scanned for project in projects),
        issues=tuple(issue for project in projects for issue in project.vulnerabilities),
        licences=tuple(issue for project in projects for issue in project.licences),
        severity_threshold=threshold,
        about=tuple(project.about for project in projects),
    )
    if len(notes) > _NOTES_KEPT:
        notes = [*notes[:_NOTES_KEPT], f"{len(notes) - _NOTES_KEPT} more remarks"]
    return Reading(evidence, producer="Snyk", notes=tuple(notes))


FORMAT = Format(
    name="snyk",
    title="Snyk test JSON",
    kind="vulnerabilities",
    recognises=_recognises,
    read=_read,
    page=_PAGE,
)
