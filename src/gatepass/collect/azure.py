"""Azure DevOps: a pull request in Azure Repos with its votes, and the run that the gate is a step of.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests
https://learn.microsoft.com/rest/api/azure/devops/build/timeline
"""

from __future__ import annotations

from urllib.parse import quote

from gatepass.collect._asking import Asking
from gatepass.collect._azure import NOT_FOR_US, asking, document, project, values
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.errors import CollectionError
from gatepass.forges.answers import text_at
from gatepass.model.approvals import Approvals
from gatepass.model.facts import Json
from gatepass.model.pipeline import Pipeline

_VERSION = "api-version=7.1"
_PREVIEW = "api-version=7.1-preview.1"
_MOST_ITERATIONS = 12
_MOST_POLICIES = 1000


def _collect(asked: Asked, kind: str) -> Collected:
    made = asking(asked, kind)
    if kind == Approvals.KIND:
        _approvals(made, asked)
    else:
        _pipeline(made, asked)
    return Collected(made.collection().text(), made.client.base)


def _approvals(made: Asking, asked: Asked) -> None:
    number = asked.build.change_request.number if asked.build.change_request else ""
    if not number.isdecimal():
        raise CollectionError(
            "this build is of no pull request, so nobody can have approved it",
            hint="run it as a build validation, or give --build change-request=NUMBER",
        )
    if asked.environment.get("BUILD_REPOSITORY_PROVIDER", "TfsGit") != "TfsGit":
        raise CollectionError("the pull request is not in Azure Repos", hint="ask the forge where it is")
    name = (asked.build.repository or "").partition("/")[2]
    if not name:
        raise CollectionError("nothing tells the repository as project/name")
    team = project(asked)
    made.about["change-request"] = number
    path = f"{team}/_apis/git/repositories/{quote(name, safe='')}/pullRequests/{number}"
    pull = document(made, "pull-request", f"{path}?{_VERSION}")
    iterations = values(made, "iterations", f"{path}/iterations?{_VERSION}")
    values(made, "threads", f"{path}/threads?{_VERSION}")
    values(made, "commits", f"{path}/commits?$top=100&{_VERSION}")
    numbers = sorted(found for each in iterations if isinstance(found := each.get("id"), int))
    for iteration in numbers[-_MOST_ITERATIONS:]:
        asks = f"{path}/iterations/{iteration}/changes?$top=1000&compareTo=0&{_VERSION}"
        values(made, "changes", asks, about=str(iteration), key="changeEntries")
    values(made, "labels", f"{path}/labels?{_VERSION}")
    artifact = f"vstfs:///CodeReview/CodeReviewId/{text_at(pull, 'repository', 'project', 'id')}/{number}"
    asks = f"{team}/_apis/policy/evaluations?artifactId={quote(artifact, safe='')}"
    asks += f"&$top={_MOST_POLICIES}&{_PREVIEW}"
    if len(values(made, "evaluations", asks, also=NOT_FOR_US)) >= _MOST_POLICIES:
        raise CollectionError("Azure DevOps may have more policies than it lists")
    document(made, "gate", f"_apis/connectionData?{_PREVIEW}", also=(401, *NOT_FOR_US))


def _pipeline(made: Asking, asked: Asked) -> None:
    run = asked.build.run.id or ""
    if not run.isdecimal():
        raise CollectionError("nothing tells which run this is", hint="run it in Azure Pipelines")
    team = project(asked)
    made.about["run"] = run
    if asked.build.repository:
        made.about["repository"] = asked.build.repository
    if job := asked.environment.get("SYSTEM_JOBID"):
        made.about["job"] = job
    path = f"{team}/_apis/build/builds"
    build = document(made, "build", f"{path}/{run}?{_VERSION}")
    records = _timelines(made, f"{path}/{run}/timeline")
    _deployment_approvals(made, team, records)
    queues = {each.get("queueId") for each in records}
    for queue in sorted(each for each in queues if isinstance(each, int) and not isinstance(each, bool)):
        asks = f"{team}/_apis/distributedtask/queues/{queue}?{_PREVIEW}"
        document(made, "queue", asks, about=str(queue), also=NOT_FOR_US)
    definition = build.get("definition")
    number = definition.get("id") if isinstance(definition, dict) else None
    if not isinstance(number, int):
        raise CollectionError("Azure DevOps does not tell which pipeline this run is of")
    branch = quote(text_at(build, "sourceBranch"), safe="")
    asks = f"{path}?definitions={number}&branchName={branch}&queryOrder=queueTimeDescending&$top=200"
    values(made, "builds", f"{asks}&{_VERSION}")


def _timelines(made: Asking, path: str) -> list[dict[str, Json]]:
    """The records of this attempt; the timelines of earlier ones are written down beside them."""
    newest = document(made, "timeline", f"{path}?{_VERSION}")
    records = newest.get("records")
    if not isinstance(records, list) or not records:
        raise CollectionError("Azure DevOps tells of no jobs, and the gate runs in one")
    found = [each for each in records if isinstance(each, dict)]
    earlier: dict[str, None] = {}
    for each in found:
        previous = each.get("previousAttempts")
        for attempt in previous if isinstance(previous, list) else []:
            if timeline := text_at(attempt, "timelineId"):
                earlier[timeline] = None
    for timeline in earlier:
        asks = f"{path}/{quote(timeline, safe='')}?{_VERSION}"
        document(made, "earlier-timeline", asks, about=timeline, also=(404,))
    return found


def _deployment_approvals(made: Asking, team: str, records: list[dict[str, Json]]) -> None:
    kind = "checkpoint.approval"
    ids = [text_at(each, "id") for each in records if text_at(each, "type").strip().lower() == kind]
    for start in range(0, len(ids), 20):
        listed = quote(",".join(ids[start : start + 20]), safe=",")
        asks = f"{team}/_apis/pipelines/approvals?approvalIds={listed}&$expand=steps&{_VERSION}"
        values(made, "approvals", asks)


COLLECTOR = Collector(
    name="azure",
    title="Azure DevOps",
    kinds=(Approvals.KIND, Pipeline.KIND),
    collect=_collect,
    scopes=(
        "vso.code: the pull request, its votes and its policies",
        "vso.build: the run, its jobs, earlier runs and the approvals of its stages",
        "vso.agentqueues: whose machines jobs ran on; else it is not known",
    ),
    page="https://learn.microsoft.com/rest/api/azure/devops/",
)
