"""Jenkins, plain jobs and multibranch pipelines.

Variables: https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, of multibranch
projects https://github.com/jenkinsci/branch-api-plugin, of the checkout https://plugins.jenkins.io/git/, of
who started it https://plugins.jenkins.io/build-user-vars-plugin/. ``GIT_COMMIT`` is set by a declarative
pipeline and by a plain job; a scripted one keeps it to itself, so the work tree is asked then.

No variable has the commit under review of a pull request. A project that discovers the revision merged with
the target builds a trial merge that exists in its workspace alone, and its parents do not tell for sure: an
author merges as well. So the head is known only in a branch named ``PR-7-head``, and elsewhere the commit
that was checked out stands for it; ``--build head=…`` tells it. ``BRANCH_NAME`` of a pull request is no
branch.
"""

from __future__ import annotations

from pathlib import Path

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._git import build_from_git, checked_out
from gatepass.platforms._platform import Environment, Platform
from gatepass.platforms._repository import repository_of

# what the plugin writes for BUILD_USER_ID when nobody started the build by hand
_NOBODY = {
    "timer": Event.SCHEDULE,
    "scmChange": Event.PUSH,
    "branchIndexing": Event.PUSH,
    "genericWebhook": Event.PUSH,
    "remoteRequest": Event.MANUAL,
}


def detects(environment: Environment) -> bool:
    """Whether this is a build of a job; JENKINS_URL alone is also set for Jenkins' command line."""
    ours = environment.get("JENKINS_URL") or environment.get("BUILD_TAG", "").startswith("jenkins-")
    return bool(ours and environment.get("BUILD_NUMBER") and environment.get("JOB_NAME"))


def build(environment: Environment, root: Path) -> Build:
    """The build of this run of a job."""
    tag = environment.get("TAG_NAME") or None
    commit = environment.get("GIT_COMMIT") or checked_out(root)
    change = _change_request(environment, commit)
    branch = None if change or tag else _branch(environment)
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}" if branch else None
    known = repository_of(environment.get("GIT_URL") or environment.get("GIT_URL_1"))
    return Build(
        platform="jenkins",
        repository=known or build_from_git(root).repository,
        commit=commit,
        ref=ref,
        branch=branch,
        tag=tag,
        event=_event(environment, change, tag, branch),
        change_request=change,
        run=Run(
            id=environment.get("BUILD_TAG") or environment.get("BUILD_NUMBER"),
            url=environment.get("BUILD_URL") or None,
            workflow=environment.get("JOB_NAME"),
            job=environment.get("STAGE_NAME") or None,
        ),
        actors=_actors(environment),
    )


def _branch(environment: Environment) -> str | None:
    """The branch; a plain job says ``origin/main``, and ``detached`` when it does not know."""
    name = environment.get("BRANCH_NAME") or environment.get("GIT_LOCAL_BRANCH")
    if not name:
        name = environment.get("GIT_BRANCH", "").removeprefix("refs/heads/").removeprefix("origin/")
    return None if name in ("", "HEAD", "detached") else name


def _change_request(environment: Environment, commit: str | None) -> ChangeRequest | None:
    number = environment.get("CHANGE_ID")
    if not number:
        return None
    unmerged = environment.get("BRANCH_NAME", "").endswith("-head")
    return ChangeRequest(
        number=number,
        head=commit if unmerged else None,
        source_branch=environment.get("CHANGE_BRANCH") or None,
        target_branch=environment.get("CHANGE_TARGET") or None,
        author=environment.get("CHANGE_AUTHOR") or None,
        url=environment.get("CHANGE_URL") or None,
    )


def _event(
    environment: Environment, change: ChangeRequest | None, tag: str | None, branch: str | None
) -> Event:
    """What made it run; without the plugin a build of a branch counts as one of a push."""
    if change:
        return Event.CHANGE_REQUEST
    if tag:
        return Event.TAG
    user = environment.get("BUILD_USER_ID")
    if user:
        return _NOBODY.get(user, Event.MANUAL)
    return Event.PUSH if branch else Event.MANUAL


def _actors(environment: Environment) -> tuple[Actor, ...]:
    user = environment.get("BUILD_USER_ID")
    return (Actor("triggered-by", user),) if user and user not in _NOBODY else ()


PLATFORM = Platform("jenkins", "Jenkins", detects, build)
