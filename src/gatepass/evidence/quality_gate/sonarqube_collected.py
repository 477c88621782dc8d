"""SonarQube: the quality gate of one analysis, as `gatepass collect sonarqube` found it.

The status is that which the server computed in this very analysis. Measures are kept for the newest analysis
alone: when another one has come meanwhile, they are left out, and a rule that needs them says so.

https://next.sonarqube.com/sonarqube/web_api/api/qualitygates/project_status
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import json_of, read, recognises
from gatepass.evidence._json import as_object, objects
from gatepass.evidence._sonarqube_analysis import Analysed, analysed, one, text
from gatepass.evidence.quality_gate._sonarqube_answers import project_measures, project_status
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.quality_gate import QualityGate


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    found = analysed(collection)
    answer = one(collection, "status")
    told = project_status(answer)
    gate = QualityGate(
        report.source,
        status=told.status,
        conditions=told.conditions,
        ignored=told.ignored,
        measures=_measures(collection, found) if found.newest else (),
        project=found.project,
        branch=found.about.branch,
        analysis_id=found.id,
        task_id=found.task,
        revision=found.revision,
        analysed=found.at,
        server=collection.server,
        pull_request=found.pull_request,
    )
    notes = (*told.notes, *_new_code(answer), *found.notes, *_doubts(found))
    return Reading(gate, found.producer, found.revision, found.at, notes=notes)


def _measures(collection: Collection, found: Analysed) -> tuple[tuple[str, str], ...]:
    """The values of all metrics. Raises `UnreadableEvidence` for those of another project or branch."""
    values: dict[str, str] = {}
    answers = collection.of("measures")
    if not answers:
        raise UnreadableEvidence("holds no answer about measures")
    for answer in answers:
        told = project_measures(as_object(json_of(answer), "the answer about measures"))
        where = (told.branch or found.branch, told.pull_request or found.pull_request)
        if told.project != found.project or where != (found.branch, found.pull_request):
            raise UnreadableEvidence("holds the measures of another project or branch than was asked for")
        if twice := set(values) & set(told.values):
            raise UnreadableEvidence(f"holds two measures of {min(twice)!r}")
        values.update(told.values)
    return tuple(sorted(values.items()))


def _new_code(answer: Mapping[str, Json]) -> Iterator[str]:
    """Since when code counts as new, which the conditions on new code look at."""
    status = answer.get("projectStatus")
    given = status if isinstance(status, dict) else {}
    for period in objects([given.get("period")]) or objects(given.get("periods")):
        words = [word for key in ("mode", "parameter", "date") if (word := text(period, key))]
        if words:
            yield f"new code is that since {' '.join(words)}"


def _doubts(found: Analysed) -> Iterator[str]:
    if found.revision is None:
        yield "names no commit: was the code analysed without its repository?"
    if not found.newest:
        yield "another analysis has come since, so that the measures are not of this one: left out"


FORMAT = Format(
    name="sonarqube-collected-quality-gate",
    title="SonarQube quality gate of an analysis, collected",
    kind=QualityGate.KIND,
    recognises=recognises("sonarqube", QualityGate.KIND),
    read=_read,
    page="https://next.sonarqube.com/sonarqube/web_api/api/qualitygates/project_status",
)
