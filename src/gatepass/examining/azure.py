"""Azure DevOps: whose the token is, ``connectionData`` tells; what it may do, only asking does.

https://learn.microsoft.com/rest/api/azure/devops/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatepass.collect import Asked
from gatepass.errors import CollectionError
from gatepass.examining._asking import Asking
from gatepass.examining._server import (
    Holder,
    Read,
    Server,
    accepted,
    change_of,
    lacks_of_forge,
    segment,
    text,
)
from gatepass.forges.azure import client
from gatepass.https import Client

_NEEDS = "docs/collect/azure.md says what it must be allowed"
_CHANGE, _RUN = "approvals", "pipeline"
_VERSION = "api-version=7.1"


def _open(asked: Asked) -> Client:
    return client(asked.way(_NEEDS))


def _holder(asking: Asking, _: Asked) -> Holder:
    data = asking.get(f"_apis/connectionData?{_VERSION}-preview.1")
    user = data.document.get("authenticatedUser")
    name = user.get("providerDisplayName") if isinstance(user, dict) else None
    return Holder(
        accepted=accepted(data),
        why=data.why,
        login=text(name),
        posting="Code (status) and Contribute to pull requests; nobody can tell without writing",
    )


def _reads(asked: Asked) -> Sequence[Read]:
    named, _, name = (asked.build.repository or "").partition("/")
    team = segment(asked.environment.get("SYSTEM_TEAMPROJECT") or named)
    if not team:
        raise CollectionError("nothing tells the project", hint="run it in Azure Pipelines")
    return (*_of_change(asked, team, name), *_of_run(asked, team))


def _of_change(asked: Asked, team: str, name: str) -> Iterator[Read]:
    number, least = change_of(asked), "Code (read)"
    if not name or asked.environment.get("BUILD_REPOSITORY_PROVIDER", "TfsGit") != "TfsGit":
        return
    path = f"{team}/_apis/git/repositories/{segment(name)}"
    yield Read("repository", f"{path}?{_VERSION}", (_CHANGE,), least)
    if number:
        pull = f"{path}/pullRequests/{number}"
        yield Read("pull request", f"{pull}?{_VERSION}", (_CHANGE,), least)
        yield Read("threads", f"{pull}/threads?{_VERSION}", (_CHANGE,), least)


def _of_run(asked: Asked, team: str) -> Iterator[Read]:
    run, path, least = asked.build.run.id or "", f"{team}/_apis/build/builds", "Build (read)"
    if run.isascii() and run.isdecimal():
        yield Read("run", f"{path}/{run}?{_VERSION}", (_RUN,), least)
        yield Read("jobs", f"{path}/{run}/timeline?{_VERSION}", (_RUN,), least)
    else:
        yield Read("runs", f"{path}?$top=1&{_VERSION}", (_RUN,), least)


SERVER = Server(
    "azure",
    "Azure DevOps",
    ("SYSTEM_ACCESSTOKEN", "AZURE_DEVOPS_TOKEN"),
    _open,
    _holder,
    _reads,
    lacks_of_forge,
)
