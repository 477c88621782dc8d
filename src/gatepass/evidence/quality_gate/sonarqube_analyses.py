"""The answer of SonarQube's ``api/project_analyses/search``: which commit was analysed last.

The newest analysis counts; it ties a status, which names no commit, to one.
"""

from __future__ import annotations

from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import PRODUCER, optional_text, required_text
from gatepass.model.facts import Json
from gatepass.model.quality_gate import QualityGate


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None or outline.shape != "object" or not outline.has("analyses"):
        return False
    return outline.has_any("paging.pageIndex", "analyses[].events", "analyses[].projectVersion")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    given = as_array(document.get("analyses"), "`analyses`")
    _refuse_later_page(document.get("paging"))
    if not given:
        raise UnreadableEvidence("names no analysis: this branch was never analysed", code="empty")
    analyses = [as_object(each, f"analysis {number}") for number, each in enumerate(given, start=1)]
    dates = [_date(each, f"analysis {number}") for number, each in enumerate(analyses, start=1)]
    newest = max(range(len(analyses)), key=dates.__getitem__)
    gate = QualityGate(
        report.source,
        analysis_id=required_text(analyses[newest], "key", f"analysis {newest + 1}"),
        revision=optional_text(analyses[newest], "revision"),
        analysed=dates[newest],
    )
    notes = [f"the newest of {len(analyses)} analyses counts"] if len(analyses) > 1 else []
    if gate.revision is None:
        notes.append("names no commit: was the code analysed without its repository?")
    return Reading(gate, producer=PRODUCER, commit=gate.revision, created=gate.analysed, notes=tuple(notes))


def _refuse_later_page(paging: Json) -> None:
    page = paging.get("pageIndex", 1) if isinstance(paging, dict) else 1
    if page != 1:
        raise UnreadableEvidence("is a later page of the answer; the newest analysis is on page 1")


def _date(analysis: dict[str, Json], what: str) -> datetime:
    date = instant(analysis.get("date"))
    if date is None:
        raise UnreadableEvidence(f"{what} has no `date` that can be read")
    return date


FORMAT = Format(
    name="sonarqube-analyses",
    title="SonarQube analyses of a project",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/project_analyses/search",
)
