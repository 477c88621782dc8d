"""The answer of SonarQube's ``api/measures/component``: measures of a project, without any status."""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import PRODUCER
from gatepass.evidence.quality_gate._sonarqube_answers import project_measures
from gatepass.model.quality_gate import QualityGate


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None or outline.shape != "object" or outline.has("ancestors"):
        return False
    return outline.has("component.measures") or outline.has("component.key", "component.qualifier")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    told = project_measures(document)
    if not told.values:
        raise UnreadableEvidence(
            "holds no measure: nothing was computed, or the server does not know the metric keys",
            code="empty",
        )
    gate = QualityGate(
        report.source,
        measures=tuple(told.values.items()),
        project=told.project,
        branch=told.branch,
        pull_request=told.pull_request,
    )
    notes = (f"without a value: {', '.join(told.without)[:500]}",) if told.without else ()
    return Reading(gate, producer=PRODUCER, notes=notes)


FORMAT = Format(
    name="sonarqube-measures",
    title="SonarQube measures of a project",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/measures/component",
)
