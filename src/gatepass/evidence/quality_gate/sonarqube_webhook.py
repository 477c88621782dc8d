"""The payload of SonarQube's webhook: the one answer that carries status, project and commit together."""

from __future__ import annotations

from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import (
    PRODUCER,
    WEBHOOK,
    conditions,
    gate_status,
    optional_text,
    required_text,
)
from gatepass.model.facts import Json
from gatepass.model.quality_gate import Condition, GateStatus, QualityGate


def _recognises(head: Head) -> bool:
    outline = head.json
    return outline is not None and outline.shape == "object" and outline.has("taskId", "status", "project")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    project = as_object(document.get("project"), "`project`")
    analysis = required_text(document, "status", "the webhook").upper()
    status, judged, name = _gate(document.get("qualityGate"))
    branch, pull_request = _branch(document.get("branch"))
    gate = QualityGate(
        report.source,
        status=status,
        conditions=judged,
        project=required_text(project, "key", "`project`"),
        gate=name,
        branch=branch,
        task_id=required_text(document, "taskId", "the webhook"),
        revision=optional_text(document, "revision"),
        analysed=instant(document.get("analysedAt")),
        server=optional_text(document, "serverUrl"),
        pull_request=pull_request,
    )
    return Reading(
        gate,
        producer=PRODUCER,
        commit=gate.revision,
        created=gate.analysed,
        failed=None
        if analysis == "SUCCESS"
        else f"the analysis ended with {analysis}, so nothing was judged",
        notes=() if gate.revision else ("names no commit: was the code analysed without its repository?",),
    )


def _gate(value: Json) -> tuple[GateStatus, tuple[Condition, ...], str | None]:
    if value is None:  # no gate is associated with the project
        return GateStatus.NONE, (), None
    given = as_object(value, "`qualityGate`")
    judged = conditions(given.get("conditions"), WEBHOOK)
    return gate_status(given, "`qualityGate`"), judged, optional_text(given, "name")


def _branch(value: Json) -> tuple[str | None, str | None]:
    """The name of the branch, or the key of the pull request, which stands in the same place."""
    if not isinstance(value, dict):
        return None, None
    name = optional_text(value, "name")
    return (None, name) if value.get("type") == "PULL_REQUEST" else (name, None)


FORMAT = Format(
    name="sonarqube-webhook",
    title="SonarQube webhook payload",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.sonarsource.com/sonarqube-server/latest/project-administration/webhooks/",
)
