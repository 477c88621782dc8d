"""GitLab CI/CD. Variables: https://docs.gitlab.com/ci/variables/predefined_variables/.

In a merged-results pipeline ``CI_COMMIT_SHA`` is a trial merge; the commit under review is
``CI_MERGE_REQUEST_SOURCE_BRANCH_SHA``. In a pipeline of a plain merge request that variable is empty and
``CI_COMMIT_SHA`` is the commit under review.

The text is a section of the log, closed when the build passed
(https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections); all else that GitLab shows is a
report that the job keeps: `junit`, `code-quality`, `gitlab-annotations`, `dotenv`.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.platforms._announcement import Announcement, News
from gatepass.platforms._platform import Environment, Platform

_EVENTS = {
    "push": Event.PUSH,
    "merge_request_event": Event.CHANGE_REQUEST,
    "external_pull_request_event": Event.CHANGE_REQUEST,
    "schedule": Event.SCHEDULE,
}


def detects(environment: Environment) -> bool:
    """Whether the runner says that it is GitLab's."""
    return environment.get("GITLAB_CI") == "true"


def build(environment: Environment, _root: Path) -> Build:
    """The build of this pipeline."""
    change = _change_request(environment)
    tag = environment.get("CI_COMMIT_TAG") or None
    event = _EVENTS.get(environment.get("CI_PIPELINE_SOURCE", ""), Event.MANUAL)
    if change and event is Event.MANUAL:  # a child pipeline, or one started by hand for a merge request
        event = Event.CHANGE_REQUEST
    if environment.get("CI_MERGE_REQUEST_EVENT_TYPE") == "merge_train":
        event = Event.MERGE_QUEUE
    return Build(
        platform="gitlab",
        repository=environment.get("CI_PROJECT_PATH") or None,
        repository_id=environment.get("CI_PROJECT_ID") or None,
        commit=environment.get("CI_COMMIT_SHA") or None,
        other_commits=(change.head,) if change and change.head else (),
        ref=environment.get("CI_COMMIT_REF_NAME") or None,
        branch=environment.get("CI_COMMIT_BRANCH") or None,
        tag=tag,
        event=Event.TAG if tag and event is Event.PUSH else event,
        change_request=change,
        run=Run(
            id=environment.get("CI_PIPELINE_ID"),
            url=environment.get("CI_PIPELINE_URL"),
            workflow=environment.get("CI_CONFIG_PATH"),
            job=environment.get("CI_JOB_NAME"),
        ),
        actors=_actors(environment),
    )


def _change_request(environment: Environment) -> ChangeRequest | None:
    number = environment.get("CI_MERGE_REQUEST_IID")
    if not number:
        return None
    head = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA")
    project = environment.get("CI_MERGE_REQUEST_PROJECT_URL")
    return ChangeRequest(
        number=number,
        head=head or None,
        base=environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or None,
        source_branch=environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or None,
        target_branch=environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or None,
        url=f"{project}/-/merge_requests/{number}" if project else None,
        source_repository=environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") or None,
    )


def _actors(environment: Environment) -> tuple[Actor, ...]:
    login = environment.get("GITLAB_USER_LOGIN")
    return (Actor("triggered-by", login, environment.get("GITLAB_USER_ID")),) if login else ()


def announce(news: News, _: Environment) -> Announcement:
    """The text as a section of the log, with the headline as its name."""
    # GitLab takes the time between the two for how long it took; the decision knows one instant
    at, clear = int(news.at.timestamp()), "\r\x1b[0K"
    folded = "[collapsed=true]" if news.passed else ""
    return Announcement(
        opening=f"\x1b[0Ksection_start:{at}:gatepass{folded}{clear}{news.headline}\n",
        closing=f"\x1b[0Ksection_end:{at}:gatepass{clear}\n",
    )


def file_url(environment: Environment, path: str) -> str | None:
    """Where people see a file that the job keeps (``artifacts:paths``)."""
    job = environment.get("CI_JOB_URL")
    return f"{job}/artifacts/file/{quote(path)}" if job else None


PLATFORM = Platform("gitlab", "GitLab CI/CD", detects, build, announce, file_url)
