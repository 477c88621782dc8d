"""``report-task.txt``, which a SonarQube scanner leaves behind: it points to a task and tells no result."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head, text_encoding
from gatepass.evidence._json import as_text
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import PRODUCER
from gatepass.model.quality_gate import QualityGate

_KEYS = frozenset(
    ("organization", "projectKey", "serverUrl", "serverVersion", "dashboardUrl", "ceTaskId", "ceTaskUrl")
)


def _recognises(head: Head) -> bool:
    if head.text.lstrip()[:1] in ("{", "[", "<"):
        return False
    keys = {line.partition("=")[0].strip() for line in head.lines if "=" in line}
    return not keys.isdisjoint({"ceTaskId", "ceTaskUrl"}) and len(keys & _KEYS) >= 2


def _read(report: OpenReport) -> Reading:
    if not report.head.complete:
        raise UnreadableEvidence("is far too long for a report-task.txt")
    values = _values(report.whole())
    task = values.get("ceTaskId")
    if not task:
        raise UnreadableEvidence("names no `ceTaskId`; was the scanner interrupted?")
    gate = QualityGate(
        report.source,
        project=values.get("projectKey") or None,
        branch=_branch(values.get("dashboardUrl", "")),
        task_id=task,
        server=values.get("serverUrl") or None,
    )
    producer = f"{PRODUCER} {values.get('serverVersion', '')}".rstrip()
    return Reading(gate, producer=producer, notes=("points to a task and tells no result",))


def _values(data: bytes) -> dict[str, str]:
    """The lines as keys and values. Values hold ``=`` and ``&`` themselves: the first ``=`` divides."""
    try:
        text = data.decode(text_encoding(data))
    except UnicodeDecodeError as error:
        raise UnreadableEvidence("is not UTF-8 text", line=data.count(b"\n", 0, error.start) + 1) from None
    values: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "!")):
            continue
        key, divider, value = (part.strip() for part in stripped.partition("="))
        if not divider:
            raise UnreadableEvidence("has a line that is not `key=value`", line=number)
        if key in values:
            raise UnreadableEvidence(f"has the key {key[:100]!r} twice", line=number)
        values[key] = as_text(value)
    return values


def _branch(dashboard: str) -> str | None:
    """The branch or pull request that the address of the dashboard names."""
    try:
        query = dict(parse_qsl(urlsplit(dashboard).query))
    except ValueError:
        return None
    return query.get("branch") or query.get("pullRequest")


FORMAT = Format(
    name="sonarqube-task",
    title="SonarQube scanner's report-task.txt",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/ci-integration/overview/",
)
