"""Jobs, check runs and commit statuses of GitHub as jobs.

https://docs.github.com/en/rest/actions/workflow-jobs, https://docs.github.com/en/rest/checks/runs,
https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._dates import instant
from gatepass.evidence._github import whole
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.collection import Answer, Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Job, JobStatus, Runner

FAILED = (JobStatus.FAILURE, JobStatus.TIMED_OUT)
_CONCLUSIONS = {
    "success": JobStatus.SUCCESS,
    "failure": JobStatus.FAILURE,
    "startup_failure": JobStatus.FAILURE,
    "error": JobStatus.FAILURE,  # of a commit status
    "cancelled": JobStatus.CANCELLED,
    "skipped": JobStatus.SKIPPED,
    "timed_out": JobStatus.TIMED_OUT,
    "action_required": JobStatus.ACTION_REQUIRED,
    "neutral": JobStatus.NEUTRAL,
    "stale": JobStatus.STALE,
    "pending": JobStatus.PENDING,  # of a commit status
}
_STATES = {
    "queued": JobStatus.PENDING,
    "requested": JobStatus.PENDING,
    "pending": JobStatus.PENDING,
    "waiting": JobStatus.PENDING,
    "in_progress": JobStatus.RUNNING,
}
_HOSTED = "GitHub Actions"


def ended(entry: dict[str, Json]) -> JobStatus:
    """How a run, a job or a check run ended; only what is completed has a conclusion."""
    state = as_text(entry.get("status"), limit=60)
    if state != "completed":
        return _STATES.get(state, JobStatus.UNKNOWN)
    return _CONCLUSIONS.get(as_text(entry.get("conclusion"), limit=60), JobStatus.UNKNOWN)


def listed(answers: tuple[Answer, ...], name: str) -> list[dict[str, Json]]:
    """The entries of ``{"total_count": …, name: […]}`` on all pages; fewer than it counts are refused."""
    if not answers:
        raise UnreadableEvidence(f"holds no answer about {name}")
    pages = [as_object(json_of(each), f"the answer of {each.url}") for each in answers]
    found = [
        as_object(each, f"one of the {name}") for page in pages for each in as_array(page.get(name), name)
    ]
    if len(found) < as_count(pages[0].get("total_count"), "total_count"):
        raise UnreadableEvidence(f"lists fewer {name} than it counts: a page is missing")
    return found


def jobs_of(collection: Collection, run: str, attempt: int, about: str | None = None) -> tuple[Job, ...]:
    """The jobs that one attempt lists; ``about`` is how the collection calls it, if not by its number."""
    found = []
    for entry in listed(collection.of("jobs", about or str(attempt)), "jobs"):
        if str(as_count(entry.get("run_id"), "run_id")) != run:
            raise UnreadableEvidence("lists a job of another run")
        own = entry.get("run_attempt")
        found.append(
            Job(
                _name(entry, "name"),
                ended(entry),
                id=str(as_count(entry.get("id"), "a job's id")),
                attempt=attempt if own is None else as_count(own, "run_attempt"),
                runner=_runner(entry),
                started=instant(entry.get("started_at")),
                finished=instant(entry.get("completed_at")),
                url=_url(entry, "html_url"),
            )
        )
    return tuple(found)


def newest(attempts: list[tuple[Job, ...]]) -> tuple[Job, ...]:
    """Of each name the jobs of the last attempt that lists it; several of one name all count."""
    found: dict[str, list[Job]] = {}
    for jobs in reversed(attempts):
        here: dict[str, list[Job]] = {}
        for job in jobs:
            here.setdefault(job.name, []).append(job)
        for name, same in here.items():
            found.setdefault(name, same)
    return tuple(job for same in found.values() for job in same)


def gate_job(collection: Collection, attempt: int) -> str | None:
    """The job that asks: what runs on its runner, else what runs under its name."""
    running = [
        each
        for each in listed(collection.of("jobs", str(attempt)), "jobs")
        if ended(each) is JobStatus.RUNNING
    ]
    for key, fact in (("runner_name", collection.fact("runner")), ("name", collection.fact("job"))):
        found = [each for each in running if fact and each.get(key) == fact]
        if len(found) == 1:
            return _name(found[0], "name")
    return None


def others(collection: Collection, commit: str, own: set[str | None]) -> Iterator[Job]:
    """Check runs and statuses of the commit by other programs and workflows; anybody who may write can."""
    for entry in listed(collection.of("check-runs"), "check_runs"):
        identity = str(as_count(entry.get("id"), "a check run's id"))
        if whole(entry.get("head_sha"), "head_sha") != commit:
            raise UnreadableEvidence("lists a check run of another commit")
        if identity not in own:
            app = entry.get("app")
            slug = as_text(app.get("slug"), limit=200) if isinstance(app, dict) else ""
            yield Job(
                _name(entry, "name"),
                ended(entry),
                id=identity,
                app=slug or "unknown",
                started=instant(entry.get("started_at")),
                finished=instant(entry.get("completed_at")),
                url=_url(entry, "html_url"),
            )
    for entry in listed(collection.of("statuses"), "statuses"):  # the newest of each context
        yield _status(entry)


def _status(entry: dict[str, Json]) -> Job:
    return Job(
        _name(entry, "context"),
        _CONCLUSIONS.get(as_text(entry.get("state"), limit=60), JobStatus.UNKNOWN),
        id=None if entry.get("id") is None else str(as_count(entry["id"], "a status's id")),
        app=_reporter(entry.get("creator")),
        started=instant(entry.get("created_at")),
        finished=instant(entry.get("updated_at")),
        url=_url(entry, "target_url"),
    )


def _reporter(creator: Json) -> str:
    """Who set a status: an app's ``name[bot]``, or ``@login``, as a person may be called like an app."""
    login = as_text(creator.get("login"), limit=200) if isinstance(creator, dict) else ""
    if not login:
        return "unknown"
    return login if login.casefold().endswith("[bot]") else f"@{login}"


def _runner(entry: dict[str, Json]) -> Runner | None:
    """Whose machine: GitHub's own are one group; a group of another name may hold machines of both kinds."""
    labels = entry.get("labels")
    if isinstance(labels, list) and "self-hosted" in labels:
        return Runner.SELF_HOSTED
    group = as_text(entry.get("runner_group_name"), limit=200)
    if group == _HOSTED:
        return Runner.HOSTED
    return Runner.SELF_HOSTED if group == "Default" else None


def _name(entry: dict[str, Json], key: str) -> str:
    name = as_text(entry.get(key), limit=300)
    if not name.strip():
        raise UnreadableEvidence(f"lists something that ran without a {key}")
    return name


def _url(entry: dict[str, Json], key: str) -> str | None:
    return as_text(entry.get(key), limit=2000) or None
