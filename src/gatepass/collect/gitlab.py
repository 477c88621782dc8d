"""GitLab, also of one's own: a merge request with everybody who had a say, and the pipeline that judges it.

The address is ``CI_API_V4_URL``, else that of ``CI_SERVER_URL``; the token ``GATEPASS_GITLAB_TOKEN`` or
``GITLAB_TOKEN``, never that of the job, which may not read approvals. What is asked stands in
docs/collect/gitlab.md. <https://docs.gitlab.com/api/rest/>
"""

from __future__ import annotations

import re

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._gitlab import asking, listed, number
from gatepass.collect._gitlab_change import ask_change
from gatepass.collect._gitlab_run import ask_run
from gatepass.errors import CollectionError, UsageError
from gatepass.forges.answers import segment
from gatepass.model.approvals import Approvals
from gatepass.model.facts import Json
from gatepass.model.pipeline import Pipeline

_PART = r"(?!\.)[A-Za-z0-9_][A-Za-z0-9_.-]*"
_PROJECT = re.compile(rf"{_PART}(?:/{_PART})+")
_GROUP = re.compile(rf"{_PART}(?:/{_PART})*")


def collect(asked: Asked, kind: str) -> Collected:
    """All that GitLab tells about the change or the run. Raises `CollectionError` when a part is not told."""
    made = asking(asked, kind)
    project = asked.options.get("repository") or asked.build.repository or ""
    if not _PROJECT.fullmatch(project):
        raise UsageError(f"'{project}' is no project of GitLab", hint="--build repository=group/name")
    made.about["repository"] = project
    if kind == Approvals.KIND:
        ask_change(made, f"projects/{segment(project)}", _number(asked, made, project), _teams(asked))
    else:
        ask_run(made, asked, f"projects/{segment(project)}")
    return Collected(made.collection().text(), made.client.base)


def _number(asked: Asked, made: Asking, project: str) -> str:
    """The merge request: what the pipeline or the option says, else the one that the commit came by."""
    change = asked.build.change_request
    told = asked.options.get("change-request") or (change.number if change else "")
    if told:
        if not re.fullmatch("[0-9]{1,18}", told):
            raise UsageError(f"'{told}' is no number of a merge request")
        return told
    commit = asked.build.commit
    if not commit:
        raise CollectionError("nothing tells which change this build is of", hint="--build change-request=N")
    path = f"projects/{segment(project)}/repository/commits/{segment(commit)}/merge_requests"
    requests = listed(made, "merge-requests-of-commit", path, about=commit)
    numbers = {str(number(each, "iid")) for each in requests if _made(each, commit)}
    if len(numbers) != 1:
        found = ", ".join(sorted(numbers)) or "none"
        raise CollectionError(
            f"nothing tells by which merge request the commit {commit[:12]} came; GitLab names {found}",
            hint="a commit that was pushed without one has no approvals",
        )
    return numbers.pop()


def _made(request: dict[str, Json], commit: str) -> bool:
    """Whether the commit is its head or what merging it made, not one that it merely contains."""
    merged = request.get("state") == "merged"
    names = ("sha", *(("merge_commit_sha", "squash_commit_sha") if merged else ()))
    return any(request.get(name) == commit for name in names)


def _teams(asked: Asked) -> tuple[str, ...]:
    given = [each.strip() for each in asked.options.get("teams", "").split(",") if each.strip()]
    for each in given:
        if not _GROUP.fullmatch(each):
            raise UsageError(f"'{each}' is no group of GitLab", hint="teams: group/subgroup, …")
    return tuple(dict.fromkeys(given))


COLLECTOR = Collector(
    name="gitlab",
    title="GitLab.com, GitLab Self-Managed, GitLab Dedicated",
    kinds=(Approvals.KIND, Pipeline.KIND),
    collect=collect,
    options={
        "repository": "group/name; by default the build's.",
        "change-request": "The number (iid) of the merge request; by default the build's.",
        "teams": "group/subgroup, … whose direct members approve; those in CODEOWNERS are asked for as well.",
    },
    scopes=(
        "a project or group access token with read_api and the role Developer; CI_JOB_TOKEN may not do it",
        "approval rules and settings, approvals of deployments: GitLab Premium; else they are not known",
        "teams: the token must see the groups; protected branches: where it may not, they are not known",
    ),
    page="https://docs.gitlab.com/api/rest/",
)
