"""Jobs of GitLab, in all tries: those of the pipeline, and of the children that it set off in its project.

GitLab has no attempts at a pipeline: each job is retried by itself. Retries that follow each other are one
attempt as long as one person made them and no job is among them twice. GitLab names the person for a retry
that the pipeline's own definition asked for (``retry:``) as well.

https://docs.gitlab.com/api/jobs/, https://docs.gitlab.com/api/graphql/reference/#cijob
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_count, as_text
from gatepass.model.approvals import Person
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Attempt, Job, JobStatus, Runner

FAILED = (JobStatus.FAILURE, JobStatus.TIMED_OUT)
_BETWEEN = " / "  # a job of a child has the name of the job that set the child off before its own
_MOST_DEEP = 10
_STATUSES = {
    "success": JobStatus.SUCCESS,
    "failed": JobStatus.FAILURE,
    "canceled": JobStatus.CANCELLED,
    "canceling": JobStatus.RUNNING,
    "skipped": JobStatus.SKIPPED,
    "manual": JobStatus.MANUAL,
    "created": JobStatus.PENDING,
    "pending": JobStatus.PENDING,
    "preparing": JobStatus.PENDING,
    "scheduled": JobStatus.PENDING,
    "waiting_for_resource": JobStatus.PENDING,
    "waiting_for_callback": JobStatus.PENDING,
    "running": JobStatus.RUNNING,
}
_TOO_LATE = ("job_execution_timeout", "stuck_or_timeout_failure")


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a job; ``by`` is whom GitLab names for it, ``number`` (from 1) counts tries of the name."""

    id: int
    name: str
    entry: dict[str, Json]
    by: Person | None
    number: int = 1

    @property
    def status(self) -> JobStatus:
        """How it ended."""
        return ended(self.entry)

    @property
    def may_fail(self) -> bool:
        """Whether the pipeline goes on when it fails."""
        return self.entry.get("allow_failure") is True


def ended(entry: dict[str, Json]) -> JobStatus:
    """How a pipeline, a job or a status ended; what GitLab does not name is unknown."""
    status = _STATUSES.get(as_text(entry.get("status"), limit=60), JobStatus.UNKNOWN)
    late = status is JobStatus.FAILURE and entry.get("failure_reason") in _TOO_LATE
    return JobStatus.TIMED_OUT if late else status


def tries_of(collection: Collection, run: str, project: Json) -> list[Try]:
    """Every try of every job, in the order in which they were made."""
    found: list[Try] = []
    for pipeline, prefix in _pipelines(collection, run, project):
        told = [*_own(collection, "jobs", pipeline), *gitlab.listed(collection, "bridges", pipeline)]
        seen: dict[str, int] = {}
        for entry in sorted(told, key=lambda each: as_count(each.get("id"), "a job's id")):
            name = prefix + named(entry, "a job")
            seen[name] = seen.get(name, 0) + 1
            by = None if entry.get("user") is None else gitlab.person(entry["user"], "the user of a job")
            found.append(Try(as_count(entry.get("id"), "a job's id"), name, entry, by, seen[name]))
    return sorted(found, key=lambda each: each.id)


def _pipelines(collection: Collection, run: str, project: Json) -> Iterator[tuple[str, str]]:
    """The pipeline and its children in this project, each with what is put before its jobs' names."""
    waiting = [(run, "", 0)]
    while waiting:
        pipeline, prefix, deep = waiting.pop(0)
        if deep > _MOST_DEEP:
            raise UnreadableEvidence("tells of a pipeline that is its own child")
        yield pipeline, prefix
        for bridge in gitlab.listed(collection, "bridges", pipeline):
            child = bridge.get("downstream_pipeline")
            if isinstance(child, dict) and child.get("project_id") == project:
                identity = str(as_count(child.get("id"), "the id of a child"))
                waiting.append((identity, prefix + named(bridge, "a job") + _BETWEEN, deep + 1))


def _own(collection: Collection, topic: str, pipeline: str) -> Iterator[dict[str, Json]]:
    for entry in gitlab.listed(collection, topic, pipeline):
        of = entry.get("pipeline")
        if not isinstance(of, dict) or str(of.get("id")) != pipeline:
            raise UnreadableEvidence("lists a job of another pipeline")
        yield entry


def named(entry: dict[str, Json], what: str) -> str:
    """Its name. Raises `UnreadableEvidence` without one."""
    name = as_text(entry.get("name"), limit=300)
    if not name.strip():
        raise UnreadableEvidence(f"lists {what} without a name")
    return name


def attempts_of(run: str, pipeline: dict[str, Json], tries: list[Try], starter: Person) -> list[Attempt]:
    """The attempts at this pipeline, oldest first; the last one is as far as the pipeline is."""
    groups = grouped(tries)
    found = []
    for number, group in enumerate(groups, 1):
        last = number == len(groups)
        first = group[0]
        found.append(
            Attempt(
                run,
                number,
                ended(pipeline) if last else _together(group),
                starter if number == 1 else first.by,
                instant(pipeline.get("created_at") if number == 1 else first.entry.get("created_at")),
                tuple(each.name for each in group if each.status in FAILED),
            )
        )
    return found


def grouped(tries: list[Try]) -> list[list[Try]]:
    """First tries together, then retries as they followed each other."""
    groups = [[each for each in tries if each.number == 1]]
    for each in tries:
        if each.number == 1:
            continue
        newest = groups[-1]
        same = len(groups) > 1 and each.by is not None and newest[0].by == each.by
        if same and each.name not in {other.name for other in newest}:
            newest.append(each)
        else:
            groups.append([each])
    return groups


def _together(group: list[Try]) -> JobStatus:
    """How an attempt ended that another one followed."""
    statuses = {each.status for each in group if not (each.may_fail and each.status in FAILED)}
    if statuses & set(FAILED):
        return JobStatus.FAILURE
    if JobStatus.CANCELLED in statuses:
        return JobStatus.CANCELLED
    good = statuses <= {JobStatus.SUCCESS, JobStatus.SKIPPED, JobStatus.MANUAL}
    return JobStatus.SUCCESS if statuses and good else JobStatus.UNKNOWN


def jobs_of(tries: list[Try], manual: dict[str, bool]) -> tuple[Job, ...]:
    """The newest try of each job; ``manual`` tells of each id whether somebody must play it."""
    attempt = {each.id: number for number, group in enumerate(grouped(tries), 1) for each in group}
    newest = {each.name: each for each in tries}
    return tuple(_job(each, attempt[each.id], manual) for each in newest.values())


def _job(one: Try, attempt: int, manual: dict[str, bool]) -> Job:
    entry, status = one.entry, one.status
    is_manual = status is JobStatus.MANUAL or manual.get(str(one.id), False)
    played = is_manual and status not in (JobStatus.MANUAL, JobStatus.SKIPPED)
    return Job(
        one.name,
        status,
        id=str(one.id),
        attempt=attempt,
        stage=as_text(entry.get("stage"), limit=300) or None,
        manual=is_manual,
        allowed_failure=one.may_fail,
        by=one.by if played or one.number > 1 else None,
        runner=_runner(entry.get("runner")),
        started=instant(entry.get("started_at")),
        finished=instant(entry.get("finished_at")),
        url=as_text(entry.get("web_url"), limit=2000) or None,
    )


def _runner(value: Json) -> Runner | None:
    """Whose machine: those of the instance are whose the instance is."""
    shared = value.get("is_shared") if isinstance(value, dict) else None
    if not isinstance(shared, bool):
        return None
    return Runner.HOSTED if shared else Runner.SELF_HOSTED


def manual_of(collection: Collection, runs: set[str]) -> dict[str, bool]:
    """Of each job whether somebody must play it, by its id; only GraphQL tells."""
    found: dict[str, bool] = {}
    for run in runs:
        for each in gitlab.nodes(collection, "manual", "project", "pipeline", "jobs", about=run):
            number = as_text(each.get("id"), limit=200).rpartition("/")[2]
            is_manual = each.get("manualJob")
            if number.isdecimal() and isinstance(is_manual, bool):
                found[number] = is_manual
    return found


def others(collection: Collection, commit: str, own: set[int]) -> Iterator[Job]:
    """What other pipelines and programs report for the commit; anybody who may write can."""
    for entry in gitlab.listed(collection, "statuses"):
        if gitlab.commit(entry.get("sha"), "the commit of a status") != commit:
            raise UnreadableEvidence("lists a status of another commit")
        identity = as_count(entry.get("id"), "a status's id")
        if identity in own:
            continue
        author = entry.get("author")
        by = as_text(author.get("username"), limit=300) if isinstance(author, dict) else ""
        yield Job(
            named(entry, "a status"),
            ended(entry),
            id=str(identity),
            allowed_failure=entry.get("allow_failure") is True,
            app=by or "unknown",
            started=instant(entry.get("started_at") or entry.get("created_at")),
            finished=instant(entry.get("finished_at")),
            url=as_text(entry.get("target_url"), limit=2000) or None,
        )
