"""SonarQube, Server and Cloud: the quality gate of this build's own analysis, and what it found.

https://docs.sonarsource.com/sonarqube-server/latest/extension-guide/web-api/
"""

from __future__ import annotations

import re

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._sonarqube import asking, authorization, document, numbered, path_of, way
from gatepass.collect._sonarqube_analysis import Analysis, analysis_of, ask_newest
from gatepass.collect._sonarqube_issues import ask_hotspots, ask_issues
from gatepass.collect._sonarqube_task import DEFAULT_WAIT, PLACES
from gatepass.errors import CollectionError
from gatepass.forges.answers import text_at
from gatepass.model.quality_gate import QualityGate
from gatepass.model.scan import Scan

# what others need to know of it stands beside it
__all__ = [
    "COLLECTOR",
    "PLACES",
    "authorization",
    "path_of",
    "way",
]

_NUMBERS = ("INT", "FLOAT", "PERCENT", "RATING", "MILLISEC", "WORK_DUR")
_METRIC = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_AT_ONCE = 50  # an address has its limits


def _collect(asked: Asked, kind: str) -> Collected:
    made = asking(asked, kind)
    analysis = analysis_of(made, asked)
    if kind == QualityGate.KIND:
        # with the key of a project the server answers about its newest analysis, whichever that is
        document(made, "status", path_of("qualitygates/project_status", analysisId=analysis.id))
        _ask_measures(made, analysis)
    else:
        ask_issues(made, analysis)
        ask_hotspots(made, analysis)
    ask_newest(made, analysis)
    return Collected(made.collection().text(), made.client.base)


def _ask_measures(made: Asking, analysis: Analysis) -> None:
    """The values of all metrics that the server knows: one that it does not is answered with 404 for all."""
    known = _metrics(made)
    for start in range(0, len(known), _AT_ONCE):
        keys = ",".join(known[start : start + _AT_ONCE])
        path = path_of(
            "measures/component",
            component=analysis.project,
            **analysis.where,
            metricKeys=keys,
            additionalFields="period",
        )
        document(made, "measures", path)


def _metrics(made: Asking) -> list[str]:
    """The keys of the metrics whose values are numbers."""
    found: dict[str, str] = {}
    for entries, _ in numbered(made, "metrics", path_of("metrics/search"), "metrics", size=500):
        found |= {text_at(each, "key"): text_at(each, "type") for each in entries}
    numbers = sorted(key for key, kind in found.items() if kind in _NUMBERS and _METRIC.fullmatch(key))
    if not numbers:
        raise CollectionError("SonarQube lists no metrics")
    return numbers


COLLECTOR = Collector(
    name="sonarqube",
    title="SonarQube Server, SonarQube Cloud",
    kinds=(QualityGate.KIND, Scan.KIND),
    collect=_collect,
    options={
        "report-task": f"The scanner's report-task.txt; by default {', '.join(PLACES[:3])} or .NET's.",
        "project": "The key that the project must have; also to ask without a report-task.txt.",
        "branch": "The branch that the analysis must be of; by default the build's.",
        "pull-request": "The pull request that the analysis must be of; by default the build's.",
        "wait": f"How many seconds to wait for the analysis to be done; {DEFAULT_WAIT} by default.",
    },
    scopes=(
        "SONAR_TOKEN, a user's token: Browse on the project, for everything",
        "Execute Analysis on the project: for the task that report-task.txt points to",
    ),
    page="https://docs.sonarsource.com/sonarqube-server/latest/extension-guide/web-api/",
)
