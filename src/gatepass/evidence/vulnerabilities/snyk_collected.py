"""Snyk: the open issues of dependencies, as `gatepass collect snyk` found them by the REST interface.

They are those of the newest test of each project. `snyk test --json` tells of this very commit: prefer it.

https://docs.snyk.io/snyk-api/reference/issues
"""

from __future__ import annotations

from functools import partial

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._snyk import Tested, ignoring, issues_of, projects
from gatepass.evidence.vulnerabilities._purl import ecosystem_of
from gatepass.evidence.vulnerabilities._snyk_project import Project
from gatepass.evidence.vulnerabilities._snyk_rest import sort_issues
from gatepass.evidence.vulnerabilities._snyk_rows import Row, Rows
from gatepass.model.collection import Collection
from gatepass.model.vulnerabilities import Ignored, ScannedProject, Vulnerabilities

_NOTES_KEPT = 50


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    known = projects(collection)
    notes = list(known.notes)
    made = []
    for each in known.tested:
        if each.of_code:
            raise UnreadableEvidence(f"{each.name} is a project of Snyk Code, which looks at no dependencies")
        found = sort_issues(issues_of(collection, each), partial(_ignored, collection))
        notes += [f"{each.name}: {note}" for note in found.notes]
        made.append(_project(each, found.by_project.get(each.id) or Rows()))
        if not made[-1].looked_at:
            notes.append(f"{each.name}: no dependencies were looked at")
    if len(notes) > _NOTES_KEPT:
        notes = [*notes[:_NOTES_KEPT], f"{len(notes) - _NOTES_KEPT} more remarks"]
    if not any(each.looked_at for each in made):
        raise UnreadableEvidence("no dependencies were looked at in any of its projects", code="empty")
    evidence = Vulnerabilities(
        report.source,
        "snyk",
        projects=tuple(each.scanned for each in made),
        issues=tuple(issue for each in made for issue in each.vulnerabilities),
        licences=tuple(issue for each in made for issue in each.licences),
        about=tuple(each.about for each in known.tested),
    )
    return Reading(evidence, "Snyk", known.commit, known.at, notes=tuple(notes))


def _project(tested: Tested, rows: Rows) -> Project:
    scanned = ScannedProject(tested.name, tested.file, ecosystem_of(tested.kind), tested.dependencies)
    return Project(scanned, tested.file or tested.name, tested.kind, rows)


def _ignored(collection: Collection, issue: Row) -> Ignored:
    why = ignoring(collection, issue)
    return Ignored(why.reason, why.by, instant(why.expires), "Snyk")


FORMAT = Format(
    name="snyk-collected-vulnerabilities",
    title="Snyk issues of dependencies, collected",
    kind=Vulnerabilities.KIND,
    recognises=recognises("snyk", Vulnerabilities.KIND),
    read=_read,
    page="https://docs.snyk.io/snyk-api/reference/issues",
)
