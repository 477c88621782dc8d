"""What is asked of GitLab about the pipeline that the gate is a job of."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._gitlab import UNSEEN, an_object, graph, listed, number, text
from gatepass.errors import CollectionError, UsageError
from gatepass.forges.answers import segment
from gatepass.model.facts import Json

DEFINITION = ".gitlab-ci.yml"
_MOST_EARLIER = 100
_MOST_CHILDREN = 30
_MANUAL = """query($path: ID!, $iid: ID!, $after: String) {
  project(fullPath: $path) { id pipeline(iid: $iid) { id
    jobs(first: 100, after: $after) {
      nodes { id name manualJob } pageInfo { hasNextPage endCursor } } } } }"""


def ask_run(asking: Asking, asked: Asked, project: str) -> None:
    """The pipeline: its jobs, also those that were retried, earlier ones, deployments, its definition."""
    run = asked.build.run.id or ""
    if not re.fullmatch("[0-9]{1,18}", run):
        raise CollectionError("nothing tells which pipeline this is", hint="run gatepass in GitLab CI/CD")
    asking.about["run"] = run
    if job := asked.environment.get("CI_JOB_ID"):
        asking.about["job"] = job[:40]
    told = an_object(asking.one("project", project), "the project")
    pipeline = an_object(asking.one("pipeline", f"{project}/pipelines/{run}"), "the pipeline")
    if str(number(pipeline, "id")) != run:
        raise CollectionError("GitLab answers with another pipeline than was asked for")
    commit = text(pipeline, "sha")
    asking.about["head"] = commit
    _ask_jobs(asking, project, number(told, "id"), pipeline)
    listed(asking, "statuses", f"{project}/repository/commits/{segment(commit)}/statuses")
    _ask_earlier(asking, project, pipeline)
    _ask_deployments(asking, project, pipeline)
    _ask_definition(asking, project, told, commit)
    change = asked.build.change_request
    if change is not None and change.number:
        if not re.fullmatch("[0-9]{1,18}", change.number):
            raise UsageError(f"'{change.number[:40]}' is no number of a merge request")
        asking.about["change-request"] = change.number
        if change.head:
            asking.about["change-head"] = change.head
        path = f"{project}/merge_requests/{change.number}"
        asking.one("merge-request", path)
        listed(asking, "diffs", f"{path}/diffs")


def _ask_jobs(asking: Asking, project: str, own: int, pipeline: dict[str, Json]) -> None:
    """The jobs of the pipeline and of the children that it set off in this project.

    What a pipeline of another project does is told by the job that set it off alone.
    """
    waiting, seen = [pipeline], set[int]()
    while waiting:
        current = waiting.pop(0)
        identity = number(current, "id")
        if identity in seen:
            raise CollectionError("GitLab tells of a pipeline that is its own child")
        seen.add(identity)
        if len(seen) > _MOST_CHILDREN:
            raise CollectionError(f"the pipeline set off more than {_MOST_CHILDREN} others")
        path, about = f"{project}/pipelines/{identity}", str(identity)
        listed(asking, "jobs", f"{path}/jobs?include_retried=true", about=about)
        variables: dict[str, Json] = {
            "path": asking.about["repository"],
            "iid": str(number(current, "iid")),
        }
        graph(asking, "manual", _MANUAL, variables, "project", "pipeline", "jobs", about=about)
        for bridge in listed(asking, "bridges", f"{path}/bridges", about=about):
            child = bridge.get("downstream_pipeline")
            if isinstance(child, dict) and child.get("project_id") == own:
                waiting.append(child)


def _ask_earlier(asking: Asking, project: str, pipeline: dict[str, Json]) -> None:
    """Pipelines for the same commit and ref before this one; each tells itself who set it off."""
    query = urlencode({"sha": text(pipeline, "sha"), "ref": text(pipeline, "ref")})
    others = listed(asking, "pipelines", f"{project}/pipelines?{query}")
    before = [each for each in others if number(each, "id") < number(pipeline, "id")]
    if len(before) > _MOST_EARLIER:
        raise CollectionError(f"GitLab tells of {len(before)} pipelines for one commit")
    for each in before:
        identity = number(each, "id")
        asking.one("earlier", f"{project}/pipelines/{identity}", about=str(identity))


def _ask_deployments(asking: Asking, project: str, pipeline: dict[str, Json]) -> None:
    """The deployments of this pipeline, with who let each go on."""
    query = urlencode({"updated_after": text(pipeline, "created_at"), "order_by": "updated_at"})
    for each in listed(asking, "deployments", f"{project}/deployments?{query}", also=UNSEEN):
        deployable = each.get("deployable")
        of = deployable.get("pipeline") if isinstance(deployable, dict) else None
        if isinstance(of, dict) and of.get("id") == pipeline.get("id"):
            identity = number(each, "id")
            asking.one("deployment", f"{project}/deployments/{identity}", about=str(identity))


def _ask_definition(asking: Asking, project: str, told: dict[str, Json], commit: str) -> None:
    """The file of the pipeline as it ran, and what GitLab makes of it with all that it includes.

    A file that is kept in another project, or at an address, is told by its name alone.
    """
    path = told.get("ci_config_path") or DEFINITION
    if not isinstance(path, str):
        raise CollectionError("GitLab does not tell where the pipeline is defined")
    asking.about["definition"] = path[:1000]
    if "@" in path or "://" in path:
        return
    where = f"{project}/repository/files/{segment(path)}/raw?ref={segment(commit)}"
    asking.text("definition", where, about=path, accept="text/plain", also=UNSEEN)
    asking.one("lint", f"{project}/ci/lint?content_ref={segment(commit)}", also=(400, 422, *UNSEEN))
