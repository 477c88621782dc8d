"""Bitbucket Pipelines: the run, its steps, earlier runs for the commit, and what others report of it.

Bitbucket tells neither who started a manual step or ran failed steps again, nor how a step ended before it
was run again, nor on whose machine it ran. Earlier tries of a run are known by their number alone.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _bitbucket as bitbucket
from gatepass.evidence._bitbucket import Accounts
from gatepass.evidence._collection import read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_count, as_object, as_text
from gatepass.model.approvals import Person
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Attempt, Job, JobStatus, Pipeline

DEFINITION = "bitbucket-pipelines.yml"
_RESULTS = {
    "SUCCESSFUL": JobStatus.SUCCESS,
    "PASSED": JobStatus.SUCCESS,
    "FAILED": JobStatus.FAILURE,
    "ERROR": JobStatus.FAILURE,
    "EXPIRED": JobStatus.TIMED_OUT,
    "STOPPED": JobStatus.CANCELLED,
    "NOT_RUN": JobStatus.SKIPPED,
    "SKIPPED": JobStatus.SKIPPED,
}
_SELECTORS = ("branches", "tags", "bookmarks", "custom", "pull-requests")
_BY_HAND = {"pipeline_step_trigger_automatic": False, "pipeline_step_trigger_manual": True}
_STATES = {
    "PENDING": JobStatus.PENDING,
    "READY": JobStatus.PENDING,
    "PAUSED": JobStatus.MANUAL,
    "HALTED": JobStatus.MANUAL,
    "IN_PROGRESS": JobStatus.RUNNING,
    "INPROGRESS": JobStatus.RUNNING,
    "RUNNING": JobStatus.RUNNING,
}


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    accounts = Accounts.of(collection)
    pipeline = bitbucket.one(collection, "pipeline")
    run = str(as_count(pipeline.get("build_number"), "build_number"))
    asked = collection.fact("run")
    if asked not in (run, as_text(pipeline.get("uuid"), limit=100)):
        raise UnreadableEvidence("is about another pipeline than was asked for")
    target = as_object(pipeline.get("target"), "target")
    commit = _commit(target)
    steps = bitbucket.values(collection, "steps")
    if not steps:
        raise UnreadableEvidence("lists no steps, and the gate runs in one", code="empty")
    if len({each.get("run_number") is None for each in steps}) > 1:
        raise UnreadableEvidence("tells of some steps only how often they ran")
    jobs = tuple(_job(each) for each in steps)
    statuses = bitbucket.values(collection, "statuses")
    creator = _creator(pipeline, accounts)
    attempt = max((job.attempt or 1 for job in jobs), default=1)
    evidence = Pipeline(
        report.source,
        run=run,
        commit=commit,
        repository=collection.fact("repository"),
        workflow=_selector(target) or "default",
        workflow_path=DEFINITION,
        event=_event(pipeline, target),
        attempt=attempt,
        started_by=creator,
        triggered_by=creator if attempt == 1 else None,
        attempts=_attempts(collection, pipeline, attempt, accounts, jobs),
        manual_known=True,
        jobs=(*jobs, *(_status(each) for each in statuses if not _is_own(each, run))),
        workflow_changed=_workflow_changed(collection),
        gate_job=next((job.name for job in jobs if job.id and job.id == collection.fact("step")), None),
    )
    return Reading(evidence, collection.producer or None, commit, collection.at)


def _commit(target: dict[str, Json]) -> str:
    commit = as_object(target.get("commit"), "target.commit")
    return bitbucket.whole(commit.get("hash"), "target.commit.hash")


def _creator(pipeline: dict[str, Json], accounts: Accounts) -> Person | None:
    """Who set it off; a ghost is nobody that could be named."""
    if "creator" not in pipeline:
        return None
    return accounts.person(pipeline["creator"], "the creator")


def _selector(target: dict[str, Json]) -> str | None:
    """Which of the pipelines in the file it is: ``branches: main``, ``custom: deploy``, ``default``.

    None where that is not told: it may be any of them.
    """
    if target.get("selector") is None:
        return None
    selector = as_object(target["selector"], "target.selector")
    written, pattern = (as_text(selector.get(key), limit=300).strip() for key in ("type", "pattern"))
    written = written.lower()
    if written == "default":
        return written
    return f"{written}: {pattern}" if written in _SELECTORS and pattern else None


def _may_be_same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _event(pipeline: dict[str, Json], target: dict[str, Json]) -> str | None:
    trigger = pipeline.get("trigger")
    if not isinstance(trigger, dict):
        return None
    written = as_text(trigger.get("name") or trigger.get("type"), limit=100).lower()
    event = written.removeprefix("pipeline_trigger_").replace("_", "-")
    pull = target.get("type") == "pipeline_pullrequest_target" and event == "push"
    return "pull-request" if pull else event or None


def _attempts(
    collection: Collection,
    pipeline: dict[str, Json],
    attempt: int,
    accounts: Accounts,
    jobs: tuple[Job, ...],
) -> tuple[Attempt, ...]:
    """Runs of the same pipeline for the same commit; earlier tries of this one have an unknown end."""
    target = as_object(pipeline.get("target"), "target")
    commit, workflow = _commit(target), _selector(target)
    found: list[Attempt] = []
    listed = bitbucket.values(collection, "pipelines")
    if pipeline.get("build_number") not in [each.get("build_number") for each in listed]:
        raise UnreadableEvidence("lists pipelines of the commit without this one; ask again")
    for each in listed:
        other = as_object(each.get("target"), "the target of a pipeline")
        if _commit(other) != commit:
            raise UnreadableEvidence("lists a pipeline of another commit")
        if each.get("build_number") != pipeline.get("build_number") and _may_be_same(
            _selector(other), workflow
        ):
            found.append(_attempt(each, 1, accounts))
    found.sort(key=lambda each: (int(each.run), each.number))
    run = str(pipeline.get("build_number"))
    tries = [Attempt(run, number, JobStatus.UNKNOWN) for number in range(1, min(attempt, 1000))]
    failed = tuple(job.name for job in jobs if job.status in (JobStatus.FAILURE, JobStatus.TIMED_OUT))
    own = _attempt(pipeline, attempt, accounts)
    this = Attempt(run, attempt, own.status, own.by if attempt == 1 else None, own.at, failed)
    return (*(each for each in found if int(each.run) < int(run)), *tries, this)


def _attempt(pipeline: dict[str, Json], number: int, accounts: Accounts) -> Attempt:
    return Attempt(
        str(as_count(pipeline.get("build_number"), "build_number")),
        number,
        _ended(pipeline.get("state")),
        _creator(pipeline, accounts),
        instant(pipeline.get("created_on")),
    )


def _job(step: dict[str, Json]) -> Job:
    trigger = step.get("trigger")
    written = as_text(trigger.get("type"), limit=100).lower() if isinstance(trigger, dict) else ""
    number = 1 if step.get("run_number") is None else as_count(step["run_number"], "run_number")
    if number == 0:
        raise UnreadableEvidence("lists a step that never ran at all, by its number")
    uuid = as_text(step.get("uuid"), limit=100)
    name = as_text(step.get("name"), limit=300) or uuid
    if not name:
        raise UnreadableEvidence("lists a step without a name and an id")
    return Job(
        name,
        _ended(step.get("state")),
        id=uuid or None,
        attempt=number,
        manual=_BY_HAND.get(written, True),  # what is not known to go by itself somebody may have started
        started=instant(step.get("started_on")),
        finished=instant(step.get("completed_on")),
    )


def _ended(state: Json) -> JobStatus:
    """How it ended; the result of what is completed, the stage or the state of what is not."""
    if not isinstance(state, dict):
        return JobStatus.UNKNOWN
    name = as_text(state.get("name"), limit=60).upper()
    result, stage = state.get("result"), state.get("stage")
    if name == "COMPLETED":
        written = as_text(result.get("name"), limit=60).upper() if isinstance(result, dict) else ""
        return _RESULTS.get(written, JobStatus.UNKNOWN)
    if isinstance(stage, dict):
        paused = _STATES.get(as_text(stage.get("name"), limit=60).upper())
        if paused is JobStatus.MANUAL:
            return paused
    return _STATES.get(name, JobStatus.UNKNOWN)


def _status(status: dict[str, Json]) -> Job:
    """What somebody reports of the commit: anybody who may write can, and nothing tells who did."""
    key = as_text(status.get("key"), limit=300)
    name = as_text(status.get("name"), limit=300) or key
    if not name:
        raise UnreadableEvidence("lists a build status without a name and a key")
    written = as_text(status.get("state"), limit=60).upper()
    return Job(
        name,
        _RESULTS.get(written, _STATES.get(written, JobStatus.UNKNOWN)),
        id=key or None,
        app="unknown",
        started=instant(status.get("created_on")),
        finished=None if written == "INPROGRESS" else instant(status.get("updated_on")),
        url=as_text(status.get("url"), limit=2000) or None,
    )


def _is_own(status: dict[str, Json], run: str) -> bool:
    """Whether it tells no more than that this very run goes on."""
    url = as_text(status.get("url"), limit=2000).rstrip("/")
    return status.get("state") == "INPROGRESS" and url.endswith(f"/results/{run}")


def _workflow_changed(collection: Collection) -> tuple[str, ...] | None:
    if collection.fact("change-request") is None:
        return None
    paths = set()
    for entry in bitbucket.values(collection, "diffstat"):
        for side in ("old", "new"):
            end = entry.get(side)
            paths.add(as_text(end.get("path"), limit=4000) if isinstance(end, dict) else "")
    return (DEFINITION,) if DEFINITION in paths else ()


FORMAT = Format(
    name="bitbucket-collected-pipeline",
    title="Bitbucket Pipelines run, collected",
    kind=Pipeline.KIND,
    recognises=recognises("bitbucket", Pipeline.KIND),
    read=_read,
    page="https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/",
)
