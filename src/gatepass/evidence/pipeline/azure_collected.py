"""Azure Pipelines: the run, its jobs in all attempts, earlier runs for the commit, approvals of stages.

Azure tells neither who ran a stage again, nor that a stage was started by hand. A deployment review names
the stage; approvals do not name their environment. Of a pull request, runs of the same source commit are
earlier attempts, whatever the trial merge.

https://learn.microsoft.com/rest/api/azure/devops/build/timeline
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence import _azure as azure
from gatepass.evidence._collection import json_of, read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Attempt, DeploymentReview, Job, JobStatus, Pipeline, Runner

_RESULTS = {
    "succeeded": JobStatus.SUCCESS,
    "succeededwithissues": JobStatus.NEUTRAL,  # a step failed and was let pass
    "partiallysucceeded": JobStatus.NEUTRAL,
    "failed": JobStatus.FAILURE,
    "canceled": JobStatus.CANCELLED,
    "abandoned": JobStatus.CANCELLED,
    "skipped": JobStatus.SKIPPED,
}
_STATES = {
    "pending": JobStatus.PENDING,
    "notstarted": JobStatus.PENDING,
    "postponed": JobStatus.PENDING,
    "inprogress": JobStatus.RUNNING,
    "cancelling": JobStatus.RUNNING,
}
# what of a timeline is known to be no job; anything else is judged as one, so that nothing new goes unseen
_NO_JOBS = ("stage", "phase", "task", "checkpoint")
_WITH_JOBS = ("stage", "phase")
_APPROVAL = "checkpoint.approval"
_UNDECIDED = ("pending", "uninitiated", "deferred", "skipped")
_FAILED = (JobStatus.FAILURE, JobStatus.TIMED_OUT)


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    build = azure.one(collection, "build")
    run = str(as_count(build.get("id"), "id"))
    if run != collection.fact("run"):
        raise UnreadableEvidence("is about another run than was asked for")
    records = _records(azure.one(collection, "timeline"))
    stages = {as_text(each.get("id"), limit=100): each for each in records}
    jobs = tuple(_job(collection, each, stages) for each in records if _is_job(each))
    if not jobs:
        raise UnreadableEvidence("lists no jobs, and the gate runs in one", code="empty")
    attempt = max(_attempt_number(each) for each in records if _is_job(each) or _kind(each) in _WITH_JOBS)
    definition = as_object(build.get("definition"), "definition")
    own = collection.fact("job")
    started_by = azure.person(build.get("requestedFor"), "requestedFor")
    triggered_by = azure.person(build.get("requestedBy"), "requestedBy")
    commit = azure.commit(build.get("sourceVersion"), "sourceVersion")
    evidence = Pipeline(
        report.source,
        run=run,
        commit=commit,
        repository=collection.fact("repository"),
        workflow=as_text(definition.get("name"), limit=300) or None,
        event=as_text(build.get("reason"), limit=60) or None,
        attempt=attempt,
        started_by=started_by,
        triggered_by=triggered_by if attempt == 1 else None,
        attempts=_attempts(collection, build, jobs, attempt),
        jobs=jobs,
        deployments=_deployments(collection, records, stages),
        deployments_known=True,
        gate_job=next((job.name for job in jobs if own and job.id == own), None),
        complete=all(azure.answered(each.status) for each in collection.of("earlier-timeline")),
    )
    return Reading(evidence, collection.producer or None, commit, collection.at)


def _records(timeline: dict[str, Json]) -> list[dict[str, Json]]:
    return [as_object(each, "a record") for each in as_array(timeline.get("records"), "records")]


def _kind(record: dict[str, Json]) -> str:
    found = as_text(record.get("type"), limit=100).strip().lower()
    if not found:
        raise UnreadableEvidence("lists a record of which nobody can tell whether it is a job")
    return found


def _is_job(record: dict[str, Json]) -> bool:
    return _kind(record).partition(".")[0] not in _NO_JOBS


def _job(collection: Collection, record: dict[str, Json], all_records: dict[str, dict[str, Json]]) -> Job:
    name = as_text(record.get("name"), limit=300)
    if not name:
        raise UnreadableEvidence("lists a job without a name")
    status = _ended(record.get("state"), record.get("result"))
    return Job(
        name,
        status,
        id=as_text(record.get("id"), limit=100) or None,
        attempt=_attempt_number(record),
        stage=_stage(record, all_records),
        allowed_failure=status is JobStatus.NEUTRAL,
        runner=_runner(collection, record),
        started=instant(record.get("startTime")),
        finished=instant(record.get("finishTime")),
    )


def _attempt_number(record: dict[str, Json]) -> int:
    """Which attempt it is of: one more than those that it says came before, whatever it calls itself."""
    said = 1 if record.get("attempt") is None else as_count(record["attempt"], "attempt")
    before = [
        as_count(as_object(each, "an earlier attempt").get("attempt"), "the number of an earlier attempt")
        for each in as_array(record.get("previousAttempts") or [], "previousAttempts")
    ]
    if said == 0 or said <= max(before, default=0):
        raise UnreadableEvidence("lists a record that is of no attempt, or of one before its earlier ones")
    return said


def _ended(state: Json, result: Json) -> JobStatus:
    written = as_text(state, limit=60).lower()
    if written == "completed":
        return _RESULTS.get(as_text(result, limit=60).lower(), JobStatus.UNKNOWN)
    return _STATES.get(written, JobStatus.UNKNOWN)


def _stage(record: dict[str, Json], all_records: dict[str, dict[str, Json]]) -> str | None:
    """The name of the stage above a record."""
    for _ in range(10):
        above = all_records.get(as_text(record.get("parentId"), limit=100))
        if above is None:
            return None
        if _kind(above) == "stage":
            return as_text(above.get("name"), limit=300) or None
        record = above
    return None


def _runner(collection: Collection, record: dict[str, Json]) -> Runner | None:
    """Whose machine it was, by its queue; None where nobody may tell."""
    number = record.get("queueId")
    for answer in collection.of("queue", str(number)):
        if not azure.answered(answer.status):
            continue
        pool = as_object(json_of(answer), "a queue").get("pool")
        hosted = pool.get("isHosted") if isinstance(pool, dict) else None
        if isinstance(hosted, bool):
            return Runner.HOSTED if hosted else Runner.SELF_HOSTED
    return None


def _attempts(
    collection: Collection, build: dict[str, Json], jobs: tuple[Job, ...], attempt: int
) -> tuple[Attempt, ...]:
    """Earlier runs of this pipeline for this source, then this run's own attempts."""
    run = as_count(build.get("id"), "id")
    listed = {as_count(each.get("id"), "id"): each for each in azure.values(collection, "builds")}
    if run not in listed:
        raise UnreadableEvidence("lists runs without this one: Azure was still at it; ask it again")
    earlier = [
        Attempt(
            str(number),
            1,
            _ended(each.get("status"), each.get("result")) if same else JobStatus.UNKNOWN,
            azure.person(each.get("requestedBy"), "requestedBy"),
            instant(each.get("queueTime")),
        )
        for number, each in sorted(listed.items())
        if number < run and (same := _is_same_source(each, build)) is not False
    ]
    tries = [_earlier_try(collection, str(run), number) for number in range(1, min(attempt, 1000))]
    failed = tuple(job.name for job in jobs if job.status in _FAILED)
    status = JobStatus.FAILURE if failed else _ended(build.get("status"), build.get("result"))
    by = azure.person(build.get("requestedBy"), "requestedBy") if attempt == 1 else None
    this = Attempt(str(run), attempt, status, by, instant(build.get("queueTime")), failed)
    return (*earlier, *tries, this)


def _earlier_try(collection: Collection, run: str, number: int) -> Attempt:
    """An attempt of this run that was followed by another one."""
    found = [
        record
        for answer in collection.of("earlier-timeline")
        if azure.answered(answer.status)
        for record in _records(as_object(json_of(answer), "a timeline"))
        if _is_job(record) and _attempt_number(record) == number
    ]
    ended = [
        (as_text(each.get("name"), limit=300), _ended(each.get("state"), each.get("result")))
        for each in found
    ]
    failed = tuple(dict.fromkeys(name for name, status in ended if status in _FAILED))
    good = bool(ended) and all(status is JobStatus.SUCCESS for _, status in ended)
    status = JobStatus.FAILURE if failed else JobStatus.SUCCESS if good else JobStatus.UNKNOWN
    return Attempt(run, number, status, failed_jobs=failed)


def _is_same_source(one: dict[str, Json], other: dict[str, Json]) -> bool | None:
    """Whether two runs are for one commit of people's: that of the pull request, else what was built.

    A run that somebody queued by hand for a pull request tells the trial merge alone. None where that is
    another one, which may be for the same commit all the same: the target branch may have moved.
    """
    sources = _source(one), _source(other)
    if None not in sources:
        return sources[0] == sources[1]
    if _built(one) == _built(other):
        return True
    return None if any(_is_of_pull_request(each) for each in (one, other)) else False


def _built(build: dict[str, Json]) -> str:
    return azure.commit(build.get("sourceVersion"), "sourceVersion")


def _source(build: dict[str, Json]) -> str | None:
    """The commit that a pull request brings, None where the run does not tell."""
    info = build.get("triggerInfo")
    said = None if info is None else as_object(info, "triggerInfo").get("pr.sourceSha")
    return None if said is None else azure.commit(said, "pr.sourceSha")


def _is_of_pull_request(build: dict[str, Json]) -> bool:
    branch = as_text(build.get("sourceBranch"), limit=1000)
    return branch.startswith("refs/pull/") or as_text(build.get("reason"), limit=60) == "pullRequest"


def _deployments(
    collection: Collection, records: list[dict[str, Json]], all_records: dict[str, dict[str, Json]]
) -> tuple[DeploymentReview, ...]:
    checks = {
        as_text(each.get("id"), limit=100).lower(): _stage(each, all_records) or "a stage"
        for each in records
        if _kind(each) == _APPROVAL
    }
    if not checks and not collection.of("approvals"):
        return ()
    listed = azure.values(collection, "approvals")
    told = {as_text(each.get("id"), limit=100).lower() for each in listed}
    if missing := set(checks) ^ told:
        raise UnreadableEvidence(f"does not tell of {len(missing)} approvals of a stage, or of which stage")
    found = []
    for each in listed:
        stage = checks[as_text(each.get("id"), limit=100).lower()]
        steps = [as_object(step, "a step of an approval") for step in as_array(each.get("steps"), "steps")]
        if not steps and as_text(each.get("status"), limit=60).lower() not in _UNDECIDED:
            raise UnreadableEvidence("does not tell who decided about a stage")
        for step in steps:
            state = as_text(step.get("status"), limit=60).lower()
            if not state:
                raise UnreadableEvidence("does not tell how somebody decided about a stage")
            if state in _UNDECIDED:
                continue
            by = azure.person(step.get("actualApprover"), "actualApprover")
            comment = as_text(step.get("comment"), limit=1000) or None
            found.append(DeploymentReview(stage, state, by, comment, instant(step.get("lastModifiedOn"))))
    return tuple(found)


FORMAT = Format(
    name="azure-collected-pipeline",
    title="Azure Pipelines run, collected",
    kind=Pipeline.KIND,
    recognises=recognises("azure", Pipeline.KIND),
    read=_read,
    page="https://learn.microsoft.com/rest/api/azure/devops/build/builds/get",
)
