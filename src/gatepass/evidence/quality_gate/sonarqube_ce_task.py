"""The answer of SonarQube's ``api/ce/task``: whether an analysis is done, and which it is."""

from __future__ import annotations

from collections.abc import Mapping

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, as_text, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence._sonarqube_analysis import warnings_of
from gatepass.evidence.quality_gate._sonarqube import PRODUCER, optional_text, required_text
from gatepass.model.facts import Json
from gatepass.model.quality_gate import QualityGate

_UNFINISHED = ("PENDING", "IN_PROGRESS")
_ENDED_BADLY = ("FAILED", "CANCELED", "CANCELLED")


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None or outline.shape != "object" or not outline.has("task.id", "task.status"):
        return False
    return outline.has_any("task.componentKey", "task.analysisId", "task.submittedAt")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    task = as_object(document.get("task"), "`task`")
    executed = instant(task.get("executedAt"))
    gate = QualityGate(
        report.source,
        project=optional_text(task, "componentKey"),
        branch=optional_text(task, "branch"),
        pull_request=optional_text(task, "pullRequest"),
        analysis_id=optional_text(task, "analysisId"),
        task_id=required_text(task, "id", "`task`"),
        analysed=executed,
    )
    failed = _failure(task)
    if failed is None and gate.analysis_id is None:
        raise UnreadableEvidence("says SUCCESS and names no `analysisId`: the task was no analysis")
    return Reading(gate, producer=PRODUCER, created=executed, failed=failed, notes=warnings_of(task))


def _failure(task: Mapping[str, Json]) -> str | None:
    status = required_text(task, "status", "`task`").upper()
    if status == "SUCCESS":
        return None
    if status in _UNFINISHED:
        return f"the analysis is {status}; ask again until api/ce/task says SUCCESS"
    if status in _ENDED_BADLY:
        reason = as_text(task.get("errorMessage")).strip()
        return f"the analysis ended with {status}{f': {reason}' if reason else ''}"
    raise UnreadableEvidence(f"`task` has the status {status!r}, which SonarQube does not know")


FORMAT = Format(
    name="sonarqube-ce-task",
    title="SonarQube analysis task",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/ce/task",
)
