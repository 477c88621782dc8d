"""GitLab CI/CD: the pipeline with its children, retried and manual jobs, earlier ones, who let it deploy.

Earlier pipelines are those for the same commit and ref: of merged results each has a commit of its own. Who
approved a deployment is told for protected environments, which its paid tiers have.

https://docs.gitlab.com/api/pipelines/
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence.pipeline import _gitlab_jobs as jobs
from gatepass.evidence.pipeline._gitlab_definition import Definition, definition_of
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Attempt, DeploymentReview, Pipeline


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    project, pipeline = (gitlab.one(collection, topic) for topic in ("project", "pipeline"))
    run, commit = str(as_count(pipeline.get("id"), "id")), gitlab.commit(pipeline.get("sha"), "sha")
    if not gitlab.is_same_project(collection, project) or project.get("id") != pipeline.get("project_id"):
        raise UnreadableEvidence("is about another project than was asked for")
    if (run, commit) != (collection.fact("run"), collection.fact("head")):
        raise UnreadableEvidence("is about another pipeline than was asked for")
    tries = jobs.tries_of(collection, run, project.get("id"))
    if not tries:
        raise UnreadableEvidence("lists no jobs, and the gate runs in one", code="empty")
    starter = gitlab.person(pipeline.get("user"), "who started the pipeline")
    attempts = jobs.attempts_of(run, pipeline, tries, starter)
    manual = jobs.manual_of(collection, {each.about for each in collection.of("jobs")})
    own = jobs.jobs_of(tries, manual)
    known = {str(each.id) for each in tries if "downstream_pipeline" in each.entry} | set(manual)
    definition = definition_of(collection)
    deployments = gitlab.known(collection, "deployments")
    evidence = Pipeline(
        report.source,
        run=run,
        commit=commit,
        repository=as_text(project.get("path_with_namespace"), limit=1000),
        workflow=as_text(pipeline.get("name"), limit=300) or None,
        workflow_path=definition.path,
        event=as_text(pipeline.get("source"), limit=60) or None,
        attempt=len(attempts),
        started_by=starter,
        triggered_by=attempts[-1].by,
        attempts=(*_earlier(collection, pipeline), *attempts),
        jobs=(*own, *jobs.others(collection, commit, {each.id for each in tries})),
        deployments=tuple(_deployments(collection, run, deployments or [])),
        deployments_known=deployments is not None,
        manual_known=True,
        uses=definition.uses,
        workflow_changed=_workflow_changed(collection, commit, definition),
        gate_job=next((each.name for each in tries if str(each.id) == collection.fact("job")), None),
        complete=all(each.id in known for each in own),
    )
    notes = (*definition.trouble, *_waiting(collection), *_untold(collection))
    return Reading(evidence, collection.producer or None, commit, collection.at, notes=notes)


def _earlier(collection: Collection, pipeline: dict[str, Json]) -> Iterator[Attempt]:
    """Earlier pipelines for the same commit and ref, oldest first."""
    number, same = as_count(pipeline.get("id"), "id"), ("sha", "ref", "project_id")
    listed = {as_count(each.get("id"), "id") for each in gitlab.listed(collection, "pipelines")}
    for each in sorted(identity for identity in listed if identity < number):
        told = gitlab.one(collection, "earlier", str(each))
        if told.get("id") != each or any(told.get(key) != pipeline.get(key) for key in same):
            raise UnreadableEvidence("holds another earlier pipeline than it says")
        by = None if told.get("user") is None else gitlab.person(told["user"], "who started a pipeline")
        yield Attempt(str(each), 1, jobs.ended(told), by, instant(told.get("created_at")))


def _deployments(
    collection: Collection, run: str, listed: list[dict[str, Json]]
) -> Iterator[DeploymentReview]:
    for each in listed:
        if _run_of(each) != run:
            continue
        identity = as_count(each.get("id"), "the id of a deployment")
        told = gitlab.one(collection, "deployment", str(identity))
        if told.get("id") != identity or _run_of(told) != run:
            raise UnreadableEvidence("holds another deployment than it says")
        for entry in as_array(told.get("approvals", []), "the approvals of a deployment"):
            yield _review(as_object(entry, "an approval of a deployment"), _environment(told))


def _run_of(deployment: dict[str, Json]) -> str | None:
    """The pipeline whose job deploys; None for what somebody told of from elsewhere."""
    deployable = deployment.get("deployable")
    pipeline = deployable.get("pipeline") if isinstance(deployable, dict) else None
    return str(pipeline.get("id")) if isinstance(pipeline, dict) else None


def _environment(deployment: dict[str, Json]) -> str:
    name = as_text(as_object(deployment.get("environment"), "an environment").get("name"), limit=300)
    if not name:
        raise UnreadableEvidence("tells of an environment without a name")
    return name


def _review(entry: dict[str, Json], environment: str) -> DeploymentReview:
    state = as_text(entry.get("status"), limit=60)
    if not state:
        raise UnreadableEvidence("tells of a decision on a deployment, and not how it was")
    by = gitlab.person(entry.get("user"), "who decided on a deployment")
    comment = as_text(entry.get("comment"), limit=1000) or None
    return DeploymentReview(environment, state, by, comment, instant(entry.get("created_at")))


def _workflow_changed(collection: Collection, commit: str, definition: Definition) -> tuple[str, ...] | None:
    """Files that define the pipeline and that the change touches; None where the change has moved on."""
    number = collection.fact("change-request")
    if number is None:
        return None
    request = gitlab.one(collection, "merge-request")
    if str(request.get("iid")) != number:
        raise UnreadableEvidence("holds another merge request than it says")
    paths = gitlab.changed_paths(collection, request)
    if request.get("sha") not in (commit, collection.fact("change-head")):
        return None
    return definition.changed(paths)


def _waiting(collection: Collection) -> Iterator[str]:
    """What still waits to be let go, for people."""
    for answer in collection.of("deployment"):
        told = gitlab.told(collection, "deployment", answer.about)
        if told is not None and told.get("status") == "blocked":
            yield f"the environment {_environment(told)} waits for somebody's decision"


def _untold(collection: Collection) -> Iterator[str]:
    if any(each.status >= 300 for each in collection.of("deployments")):
        yield "the token may not see deployments, or the project has none: who let one go is not known"


FORMAT = Format(
    name="gitlab-collected-pipeline",
    title="GitLab CI/CD pipeline, by gatepass collect gitlab",
    kind=Pipeline.KIND,
    recognises=recognises("gitlab", Pipeline.KIND),
    read=_read,
    page="https://docs.gitlab.com/api/pipelines/",
)
