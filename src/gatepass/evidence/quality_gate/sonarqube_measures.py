"""The answer of SonarQube's ``api/measures/component``: measures of a project, without any status."""

from __future__ import annotations

from collections.abc import Mapping

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_object, objects, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.quality_gate._sonarqube import PRODUCER, optional_text, required_text, value_text
from gatepass.model.facts import Json
from gatepass.model.quality_gate import QualityGate

_OF_A_PROJECT = ("TRK", "APP", "VW", "SVW")


def _recognises(head: Head) -> bool:
    outline = head.json
    if outline is None or outline.shape != "object" or outline.has("ancestors"):
        return False
    return outline.has("component.measures") or outline.has("component.key", "component.qualifier")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    component = as_object(document.get("component"), "`component`")
    key = required_text(component, "key", "`component`")
    qualifier = required_text(component, "qualifier", "`component`")
    if qualifier not in _OF_A_PROJECT:
        raise UnreadableEvidence(f"holds the measures of {key!r} ({qualifier}), which is no project")
    measures, without = _measures(as_array(component.get("measures"), "`component.measures`"))
    if not measures:
        raise UnreadableEvidence(
            "holds no measure: nothing was computed, or the server does not know the metric keys",
            code="empty",
        )
    branch = optional_text(component, "branch") or optional_text(component, "pullRequest")
    gate = QualityGate(report.source, measures=tuple(measures.items()), project=key, branch=branch)
    notes = (f"without a value: {', '.join(without)[:500]}",) if without else ()
    return Reading(gate, producer=PRODUCER, notes=notes)


def _measures(given: list[Json]) -> tuple[dict[str, str], list[str]]:
    """Values by metric, and the metrics that have none."""
    measures: dict[str, str] = {}
    without: list[str] = []
    for number, each in enumerate(given, start=1):
        measure = as_object(each, f"measure {number}")
        metric = required_text(measure, "metric", f"measure {number}")
        if metric in measures or metric in without:
            raise UnreadableEvidence(f"holds two measures of {metric!r}")
        value = _value(measure, metric)
        if value is None:
            without.append(metric)
        else:
            measures[metric] = value
    return measures, without


def _value(measure: Mapping[str, Json], metric: str) -> str | None:
    """The value of a measure; that of new code stands in its period.

    The period of any other metric holds its change since then, which nobody may take for the measure.
    """
    value = value_text(measure.get("value"), metric)
    if value is not None or not metric.startswith("new_"):
        return value
    period = measure.get("period")
    if isinstance(period, dict):
        return value_text(period.get("value"), metric)
    # until SonarQube 8 there were up to five periods, the first of them that of new code
    leak = [each for each in objects(measure.get("periods")) if each.get("index", 1) == 1]
    return value_text(leak[0].get("value"), metric) if len(leak) == 1 else None


FORMAT = Format(
    name="sonarqube-measures",
    title="SonarQube measures of a project",
    kind=QualityGate.KIND,
    recognises=_recognises,
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/measures/component",
)
