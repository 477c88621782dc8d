"""Bitbucket Pipelines. Variables: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/.

In a pipeline of a pull request ``BITBUCKET_COMMIT`` is the newest commit of the source branch, although the
clone has the destination merged into it. No variable tells a schedule from a push: both are a push here. What
runs without a branch, a tag and a pull request was started by hand.
"""

from __future__ import annotations

from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._platform import Environment, Platform, positive

_SITE = "https://bitbucket.org"


def detects(environment: Environment) -> bool:
    """Whether the variables are those of Bitbucket Pipelines."""
    return bool(environment.get("BITBUCKET_BUILD_NUMBER") and environment.get("BITBUCKET_COMMIT"))


def build(environment: Environment, _root: Path) -> Build:
    """The build of this pipeline."""
    repository = environment.get("BITBUCKET_REPO_FULL_NAME") or None
    commit = environment.get("BITBUCKET_COMMIT") or None
    change = _change_request(environment, repository, commit)
    branch = environment.get("BITBUCKET_BRANCH") or None
    tag = environment.get("BITBUCKET_TAG") or None
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else None
    return Build(
        platform="bitbucket",
        repository=repository,
        repository_id=environment.get("BITBUCKET_REPO_UUID") or None,
        commit=commit,
        other_commits=(commit,) if change and commit else (),
        ref=ref,
        branch=None if change else branch,
        tag=tag,
        event=_event(change, tag, branch),
        change_request=change,
        run=_run(environment, repository),
        actors=_actors(environment),
    )


def _event(change: ChangeRequest | None, tag: str | None, branch: str | None) -> Event:
    if change:
        return Event.CHANGE_REQUEST
    if tag:
        return Event.TAG
    return Event.PUSH if branch else Event.MANUAL


def _change_request(
    environment: Environment, repository: str | None, commit: str | None
) -> ChangeRequest | None:
    number = environment.get("BITBUCKET_PR_ID")
    if not number:
        return None
    return ChangeRequest(
        number=number,
        head=commit,
        base=environment.get("BITBUCKET_PR_DESTINATION_COMMIT") or None,
        source_branch=environment.get("BITBUCKET_BRANCH") or None,
        target_branch=environment.get("BITBUCKET_PR_DESTINATION_BRANCH") or None,
        url=f"{_SITE}/{repository}/pull-requests/{number}" if repository else None,
    )


def _run(environment: Environment, repository: str | None) -> Run:
    number = environment.get("BITBUCKET_BUILD_NUMBER")
    attempt = environment.get("BITBUCKET_STEP_RUN_NUMBER")
    return Run(
        id=number,
        attempt=positive(attempt),
        url=f"{_SITE}/{repository}/pipelines/results/{number}" if repository and number else None,
        workflow="bitbucket-pipelines.yml",
        job=environment.get("BITBUCKET_STEP_UUID") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    uuid = environment.get("BITBUCKET_STEP_TRIGGERER_UUID")
    return (Actor("triggered-by", uuid, uuid),) if uuid else ()


PLATFORM = Platform("bitbucket", "Bitbucket Pipelines", detects, build)
