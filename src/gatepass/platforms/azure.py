"""Azure Pipelines. Variables: https://learn.microsoft.com/azure/devops/pipelines/build/variables.

In a pull request ``BUILD_SOURCEVERSION`` is a trial merge; the commit under review is
``SYSTEM_PULLREQUEST_SOURCECOMMITID``. For repositories in Azure Repos the name is ``project/repository``; the
number of a pull request on GitHub is ``SYSTEM_PULLREQUEST_PULLREQUESTNUMBER``.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._azure_announcement import announce
from gatepass.platforms._platform import Environment, Platform, positive

_EVENTS = {
    "IndividualCI": Event.PUSH,
    "BatchedCI": Event.PUSH,
    "PullRequest": Event.CHANGE_REQUEST,
    "Schedule": Event.SCHEDULE,
}
_OWN_REPOSITORIES = ("TfsGit", "TfsVersionControl")


def detects(environment: Environment) -> bool:
    """Whether the agent says that it is one of Azure Pipelines."""
    return environment.get("TF_BUILD", "").lower() == "true"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this run."""
    ref = environment.get("BUILD_SOURCEBRANCH", "")
    change = _change_request(environment)
    event = _EVENTS.get(environment.get("BUILD_REASON", ""), Event.MANUAL)
    if change and event is Event.MANUAL:  # run again by hand for a pull request
        event = Event.CHANGE_REQUEST
    tag = ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else None
    return Build(
        platform="azure",
        repository=_repository(environment),
        commit=environment.get("BUILD_SOURCEVERSION") or None,
        other_commits=(change.head,) if change and change.head else (),
        ref=ref or None,
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        tag=tag,
        event=Event.TAG if tag and event is Event.PUSH else event,
        change_request=change,
        run=_run(environment),
        actors=_actors(environment),
    )


def _repository(environment: Environment) -> str | None:
    """``project/name`` in Azure Repos; elsewhere the name is whole already."""
    name, project = environment.get("BUILD_REPOSITORY_NAME"), environment.get("SYSTEM_TEAMPROJECT")
    if not name:
        return None
    ours = environment.get("BUILD_REPOSITORY_PROVIDER", "TfsGit") in _OWN_REPOSITORIES
    return f"{project}/{name}" if ours and project else name


def _change_request(environment: Environment) -> ChangeRequest | None:
    number = environment.get("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER") or environment.get(
        "SYSTEM_PULLREQUEST_PULLREQUESTID"
    )
    if not number:
        return None
    return ChangeRequest(
        number=number,
        head=environment.get("SYSTEM_PULLREQUEST_SOURCECOMMITID") or None,
        source_branch=_branch(environment.get("SYSTEM_PULLREQUEST_SOURCEBRANCH")),
        target_branch=_branch(environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH")),
        url=_url(environment, number),
    )


def _branch(ref: str | None) -> str | None:
    return (ref or "").removeprefix("refs/heads/") or None


def _url(environment: Environment, number: str) -> str | None:
    root = environment.get("BUILD_REPOSITORY_URI") or ""
    if environment.get("BUILD_REPOSITORY_PROVIDER") != "TfsGit" or not root.startswith("https://"):
        return None
    scheme, _, rest = root.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}/pullrequest/{number}"


def _run(environment: Environment) -> Run:
    number, project = environment.get("BUILD_BUILDID"), environment.get("SYSTEM_TEAMPROJECT")
    collection = environment.get("SYSTEM_COLLECTIONURI", "").rstrip("/")
    attempt = environment.get("SYSTEM_STAGEATTEMPT")
    known = collection and project and number
    return Run(
        id=number,
        attempt=positive(attempt),
        url=f"{collection}/{quote(project or '')}/_build/results?buildId={number}" if known else None,
        workflow=environment.get("BUILD_DEFINITIONNAME") or None,
        job=environment.get("SYSTEM_JOBDISPLAYNAME") or environment.get("SYSTEM_JOBNAME") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    """Who the run is for made the event; who queued it set it off (a service, where nobody did by hand)."""
    found = []
    for role, name, number in (
        ("started-by", "BUILD_REQUESTEDFOR", "BUILD_REQUESTEDFORID"),
        ("triggered-by", "BUILD_QUEUEDBY", "BUILD_QUEUEDBYID"),
    ):
        mail = environment.get("BUILD_REQUESTEDFOREMAIL") if role == "started-by" else None
        login = mail or environment.get(name)
        if login:
            found.append(Actor(role, login, environment.get(number) or None))
    return tuple(found)


PLATFORM = Platform("azure", "Azure Pipelines", detects, build, announce)
