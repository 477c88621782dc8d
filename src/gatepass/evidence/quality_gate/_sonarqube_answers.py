"""The answers of SonarQube's interface that say something, read the same whoever asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_array, as_object, objects
from gatepass.evidence.quality_gate._sonarqube import (
    API,
    conditions,
    gate_status,
    optional_text,
    required_text,
    value_text,
)
from gatepass.model.facts import Json
from gatepass.model.quality_gate import Condition, GateStatus

_OF_A_PROJECT = ("TRK", "APP", "VW", "SVW")


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """What ``api/qualitygates/project_status`` says."""

    status: GateStatus
    conditions: tuple[Condition, ...]
    ignored: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectMeasures:
    """What ``api/measures/component`` says of a project; ``without`` are metrics that have no value."""

    project: str
    branch: str | None
    pull_request: str | None
    values: Mapping[str, str]
    without: tuple[str, ...] = ()


def project_status(document: Mapping[str, Json]) -> ProjectStatus:
    """The status. Raises `UnreadableEvidence` for one that SonarQube does not know."""
    answer = as_object(document.get("projectStatus"), "`projectStatus`")
    ignored = answer.get("ignoredConditions", False)
    if not isinstance(ignored, bool):
        raise UnreadableEvidence("`ignoredConditions` is neither true nor false")
    judged = conditions(answer.get("conditions"), API)
    notes = []
    if not judged:
        notes.append("the gate judged no condition: a first analysis, no new code, or an empty gate")
    if cayc := optional_text(answer, "caycStatus"):
        notes.append(f"the gate is {cayc} with Clean as You Code")
    return ProjectStatus(gate_status(answer, "`projectStatus`"), judged, ignored, tuple(notes))


def project_measures(document: Mapping[str, Json]) -> ProjectMeasures:
    """The measures. Raises `UnreadableEvidence` when they are those of a file or a folder."""
    component = as_object(document.get("component"), "`component`")
    key = required_text(component, "key", "`component`")
    qualifier = required_text(component, "qualifier", "`component`")
    if qualifier not in _OF_A_PROJECT:
        raise UnreadableEvidence(f"holds the measures of {key!r} ({qualifier}), which is no project")
    values, without = _measures(as_array(component.get("measures"), "`component.measures`"))
    branch, pull_request = (optional_text(component, name) for name in ("branch", "pullRequest"))
    return ProjectMeasures(key, branch, pull_request, values, tuple(without))


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
