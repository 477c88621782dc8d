"""The answer of SonarQube's ``api/qualitygates/project_status``."""

from __future__ import annotations

from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import PRODUCER, error_answer
from gatepass.evidence.quality_gate._sonarqube_answers import project_status
from gatepass.model.quality_gate import QualityGate


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None or outline.shape != "object":
        return False
    return outline.has("projectStatus") or outline.paths == {"errors", "errors[].msg"}


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    if failed := error_answer(document):
        return Reading(QualityGate(report.source), producer=PRODUCER, failed=failed)
    told = project_status(document)
    gate = QualityGate(report.source, status=told.status, conditions=told.conditions, ignored=told.ignored)
    return Reading(gate, producer=PRODUCER, notes=told.notes)


FORMAT = Format(
    name="sonarqube-status",
    title="SonarQube quality gate status",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/qualitygates/project_status",
)
