"""SonarQube: whether the token is valid, and whether it may browse the project.

https://docs.sonarsource.com/sonarqube-server/latest/extension-guide/web-api/
"""

from __future__ import annotations

from collections.abc import Sequence

from gatepass.collect import Asked
from gatepass.collect.sonarqube import PLACES, authorization, path_of, way
from gatepass.examining._asking import Asking, Outcome
from gatepass.examining._server import Holder, Read, Server, accepted, text
from gatepass.https import Client

_KINDS = ("quality-gate", "findings")
_BROWSE = "Browse on the project"


def _open(asked: Asked) -> Client:
    return way(asked)[0]


def _holder(asking: Asking, asked: Asked) -> Holder:
    version = asking.get("api/server/version", accept="text/plain")
    if version.response is None:
        return Holder(None, version.why)
    header = authorization(asking.client.base, version.response, way(asked)[1])
    asking.client.headers = {**asking.client.headers, "Authorization": header}
    told = text(version.response.body.strip(), 40) if version.outcome is Outcome.ALLOWED else ""
    validated = asking.get("api/authentication/validate")
    return Holder(
        accepted=validated.document.get("valid") is True if accepted(validated) else accepted(validated),
        why=validated.why,
        said=(f"SonarQube {told}",) if told else (),
    )


def _reads(asked: Asked) -> Sequence[Read]:
    found = [Read("metrics", path_of("metrics/search", ps=1), ("quality-gate",), _BROWSE)]
    if project := asked.options.get("project"):
        found += [
            Read("analyses", path_of("project_analyses/search", project=project, ps=1), _KINDS, _BROWSE),
            Read("issues", path_of("issues/search", components=project, ps=1), ("findings",), _BROWSE),
        ]
    return found


def _lacks(asked: Asked) -> dict[str, str]:
    """Without the scanner's file, and without a project, nothing tells which analysis is this build's."""
    named = asked.options.get("report-task")
    there = [each for each in ([named] if named else PLACES) if (asked.root / each).is_file()]
    if there or (asked.options.get("project") and not named):
        return {}
    why = "there is no report-task.txt of the scanner, and the option project names no project"
    return dict.fromkeys(_KINDS, f"{named} is not there" if named else why)


SERVER = Server("sonarqube", "SonarQube", ("SONAR_TOKEN",), _open, _holder, _reads, _lacks)
