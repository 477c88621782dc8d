"""The answer of SonarQube's ``api/qualitygates/project_status``."""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import (
    API,
    PRODUCER,
    conditions,
    error_answer,
    gate_status,
    optional_text,
)
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
    answer = as_object(document.get("projectStatus"), "`projectStatus`")
    ignored = answer.get("ignoredConditions", False)
    if not isinstance(ignored, bool):
        raise UnreadableEvidence("`ignoredConditions` is neither true nor false")
    gate = QualityGate(
        report.source,
        status=gate_status(answer, "`projectStatus`"),
        conditions=conditions(answer.get("conditions"), API),
        ignored=ignored,
    )
    notes = []
    if not gate.conditions:
        notes.append("the gate judged no condition: a first analysis, no new code, or an empty gate")
    if cayc := optional_text(answer, "caycStatus"):
        notes.append(f"the gate is {cayc} with Clean as You Code")
    return Reading(gate, producer=PRODUCER, notes=tuple(notes))


FORMAT = Format(
    name="sonarqube-status",
    title="SonarQube quality gate status",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/qualitygates/project_status",
)
