"""CircleCI. Variables: https://circleci.com/docs/reference/variables/.

A pipeline runs on a push, never on a trial merge: ``CIRCLE_SHA1`` is the commit under review. A pull
request is known by the addresses in ``CIRCLE_PULL_REQUESTS`` (one of them, at random, is
``CIRCLE_PULL_REQUEST``), its target by no variable. Two open pull requests of one branch leave its number
unknown, and one of another repository is not this project's. ``CIRCLE_PR_*`` are set for forks alone, whose
branch is called ``pull/7``. Projects that are connected by the GitHub App or GitLab have none of these:
``--build change-request=…`` passes on what the pipeline's own values say.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._platform import Environment, Platform
from gatepass.platforms._repository import repository_of

_NUMBER = re.compile(r"/(?P<repository>.+?)/(?:-/)?(?:pull|pull-requests|merge_requests)/(?P<number>\d+)/?")
_FORK = re.compile(r"pull/(\d+)(?:/(?:head|merge))?")


def detects(environment: Environment) -> bool:
    """Whether the job says that it is one of CircleCI."""
    return environment.get("CIRCLECI", "").lower() == "true"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this job."""
    repository = _repository(environment)
    commit = environment.get("CIRCLE_SHA1") or None
    tag = environment.get("CIRCLE_TAG") or None
    branch = None if tag else environment.get("CIRCLE_BRANCH") or None
    change = _change_request(environment, repository, commit, branch)
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else None
    return Build(
        platform="circleci",
        repository=repository,
        commit=commit,
        ref=None if change else ref,
        branch=None if change else branch,
        tag=tag,
        event=_event(change, tag, branch),
        change_request=change,
        run=Run(
            id=environment.get("CIRCLE_WORKFLOW_ID") or environment.get("CIRCLE_BUILD_NUM"),
            url=environment.get("CIRCLE_BUILD_URL") or None,
            workflow=".circleci/config.yml",
            job=environment.get("CIRCLE_JOB") or None,
        ),
        actors=_actors(environment),
    )


def _event(change: ChangeRequest | None, tag: str | None, branch: str | None) -> Event:
    if change:
        return Event.CHANGE_REQUEST
    if tag:
        return Event.TAG
    return Event.PUSH if branch else Event.MANUAL


def _repository(environment: Environment) -> str | None:
    """``owner/name``; projects of the GitHub App and GitLab have identifiers of CircleCI's for the two."""
    cloned = repository_of(environment.get("CIRCLE_REPOSITORY_URL"))
    owner, name = environment.get("CIRCLE_PROJECT_USERNAME"), environment.get("CIRCLE_PROJECT_REPONAME")
    return cloned or (f"{owner}/{name}" if owner and name else None)


def _change_request(
    environment: Environment, repository: str | None, commit: str | None, branch: str | None
) -> ChangeRequest | None:
    listed = environment.get("CIRCLE_PULL_REQUESTS") or environment.get("CIRCLE_PULL_REQUEST") or ""
    found = {url.strip(): number for url in listed.split(",") if (number := _number(url, repository))}
    fork = _FORK.fullmatch(branch or "")
    if fork:  # the number is in the branch's own name
        found = {url: number for url, number in found.items() if number == fork[1]}
    elif not found:
        return None
    url, number = next(iter(found.items())) if len(found) == 1 else (None, fork[1] if fork else "")
    return ChangeRequest(
        number=number,
        head=commit,
        source_branch=None if fork else branch,
        author=environment.get("CIRCLE_PR_USERNAME") or None,
        url=url,
    )


def _number(url: str, repository: str | None) -> str | None:
    """The number in the address of a pull request of this repository."""
    try:
        match = _NUMBER.fullmatch(urlsplit(url.strip()).path)
    except ValueError:  # brackets that are no address
        return None
    ours = match and repository and match["repository"].casefold() == repository.casefold()
    return match["number"] if match and ours else None


def _actors(environment: Environment) -> tuple[Actor, ...]:
    login = environment.get("CIRCLE_USERNAME")
    return (Actor("triggered-by", login),) if login else ()


PLATFORM = Platform("circleci", "CircleCI", detects, build)
