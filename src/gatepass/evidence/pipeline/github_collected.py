"""GitHub Actions: the run with its attempts and jobs, who let it deploy, what others report of the commit.

A job of GitHub's never tells that its failure was allowed (``continue-on-error``): it is told as a success.
Environment reviews have no time. What the run was started by is its actor; what each attempt was set off by,
its triggering actor.

https://docs.github.com/en/rest/actions/workflow-runs
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import entries, json_of, read, recognises
from gatepass.evidence._dates import instant
from gatepass.evidence._github import built, person, whole
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence.pipeline._github_jobs import FAILED, ended, gate_job, jobs_of, listed, newest, others
from gatepass.evidence.pipeline._github_workflow import uses_of
from gatepass.model.approvals import Person
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Attempt, DeploymentReview, Job, Pipeline

_DEFINITIONS = (".github/workflows/", ".github/actions/")
_ACTIONS = ("action.yml", "action.yaml")
_MOST_ATTEMPTS = 100


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    run = _one(collection, "run")
    identity, number = str(as_count(run.get("id"), "id")), _attempt_number(run)
    commit = whole(run.get("head_sha"), "head_sha")
    if (identity, commit) != (collection.fact("run"), collection.fact("head")):
        raise UnreadableEvidence("is about another run than was asked for")
    by_attempt = [jobs_of(collection, identity, each) for each in range(1, number + 1)]
    if not by_attempt[-1]:
        raise UnreadableEvidence("lists no jobs, and the gate runs in one", code="empty")
    jobs = newest(by_attempt)
    own = {job.id for attempt in by_attempt for job in attempt}
    runs = listed(collection.of("runs"), "workflow_runs")
    uses, trouble = uses_of(collection)
    event = as_text(run.get("event"), limit=60)
    evidence = Pipeline(
        report.source,
        run=identity,
        commit=commit,
        repository=collection.fact("repository"),
        workflow=as_text(run.get("name"), limit=300) or None,
        workflow_path=as_text(run.get("path"), limit=1000).partition("@")[0] or None,
        event=event or None,
        attempt=number,
        started_by=_who(run, "actor"),
        triggered_by=_who(run, "triggering_actor"),
        attempts=(*_earlier(collection, run, runs), *_attempts(collection, run, by_attempt)),
        jobs=(*jobs, *others(collection, commit, own)),
        deployments=tuple(_deployments(collection)),
        deployments_known=True,
        manual_known=True,  # there are none
        uses=uses,
        workflow_changed=_workflow_changed(collection, commit, event),
        gate_job=gate_job(collection, number),
        complete=any(str(each.get("id")) == identity for each in runs),
    )
    notes = (*trouble, *_waiting(collection), *_built(collection))
    return Reading(evidence, collection.producer or None, commit, collection.at, notes=notes)


def _one(collection: Collection, topic: str, about: str | None = None) -> dict[str, Json]:
    answers = collection.of(topic, about)
    if len(answers) != 1:
        raise UnreadableEvidence(f"holds {len(answers)} answers about {topic}, not one")
    return as_object(json_of(answers[0]), f"the answer about {topic}")


def _who(entry: dict[str, Json], key: str) -> Person:
    """An account that was deleted is told as ``null``, and not left out."""
    if key not in entry:
        raise UnreadableEvidence(f"tells of a run without its {key}")
    return person(entry[key], key)


def _attempt_number(run: dict[str, Json]) -> int:
    number = as_count(run.get("run_attempt"), "run_attempt")
    if not 1 <= number <= _MOST_ATTEMPTS:
        raise UnreadableEvidence(f"tells of {number} attempts at one run")
    return number


def _earlier(collection: Collection, run: dict[str, Json], runs: list[dict[str, Json]]) -> Iterator[Attempt]:
    """Attempts of earlier runs of the same workflow for the same commit, oldest first."""
    before = [
        each
        for each in runs
        if each.get("workflow_id") == run.get("workflow_id")
        and as_count(each.get("id"), "id") < as_count(run.get("id"), "id")
    ]
    for each in sorted(before, key=lambda other: as_count(other.get("id"), "id")):
        if each.get("head_sha") != run.get("head_sha"):
            raise UnreadableEvidence("lists a run for another commit")
        identity = str(as_count(each.get("id"), "id"))
        numbers = range(1, _attempt_number(each) + 1)
        yield from _attempts(collection, each, [_jobs_of_failed(collection, identity, n) for n in numbers])


def _jobs_of_failed(collection: Collection, run: str, attempt: int) -> tuple[Job, ...]:
    """The jobs of an attempt at an earlier run; only of those that failed somebody asks."""
    about = f"{run}/{attempt}"
    return jobs_of(collection, run, attempt, about) if collection.of("jobs", about) else ()


def _attempts(
    collection: Collection, run: dict[str, Json], by_attempt: list[tuple[Job, ...]]
) -> Iterator[Attempt]:
    identity, last = str(as_count(run.get("id"), "id")), _attempt_number(run)
    for number in range(1, last + 1):
        told = run if number == last else _one(collection, "attempt", f"{identity}/{number}")
        if (str(told.get("id")), told.get("run_attempt")) != (identity, number):
            raise UnreadableEvidence("holds another attempt than it says")
        if told.get("head_sha") != run.get("head_sha"):
            raise UnreadableEvidence("tells of an attempt for another commit")
        jobs = by_attempt[number - 1]
        yield Attempt(
            identity,
            number,
            ended(told),
            _who(told, "triggering_actor"),
            instant(told.get("run_started_at")),
            tuple(job.name for job in jobs if job.status in FAILED),
        )


def _deployments(collection: Collection) -> Iterator[DeploymentReview]:
    for value in entries(collection, "environment-approvals"):
        review = as_object(value, "an environment's review")
        state = as_text(review.get("state"), limit=60)
        if not state or "user" not in review:
            raise UnreadableEvidence("tells neither who decided on an environment, nor how")
        by = person(review["user"], "the user of a review")
        for each in as_array(review.get("environments"), "environments"):
            name = as_text(as_object(each, "an environment").get("name"), limit=300)
            if not name:
                raise UnreadableEvidence("tells of an environment without a name")
            yield DeploymentReview(name, state, by, as_text(review.get("comment")) or None)


def _waiting(collection: Collection) -> Iterator[str]:
    """What still waits to be let go, for people."""
    for value in entries(collection, "pending-deployments"):
        environment = as_object(value, "a pending deployment").get("environment")
        name = as_text(environment.get("name"), limit=300) if isinstance(environment, dict) else ""
        yield f"the environment {name or '?'} waits for somebody's decision"


def _built(collection: Collection) -> tuple[str, ...]:
    """Remarks about what is built, where that is a trial merge. Raises where it is another commit."""
    return built(collection, _one(collection, "pull"))[1] if collection.fact("built") else ()


def _workflow_changed(collection: Collection, commit: str, event: str) -> tuple[str, ...] | None:
    """Files that define pipelines and that the change touches; None where the change has moved on."""
    if collection.fact("change-request") is None:
        return None
    pull = _one(collection, "pull")
    head = as_object(pull.get("head"), "head").get("sha")
    if head not in (commit, collection.fact("change-head")) and event != "merge_group":
        return None  # a queue builds a commit of its own, and lets go of a change that moves on
    found: set[str] = set()
    for value in entries(collection, "files"):
        item = as_object(value, "a file")
        found.update(as_text(item.get(name), limit=4096) for name in ("filename", "previous_filename"))
    return tuple(sorted(path for path in found if _defines(path)))


def _defines(path: str) -> bool:
    return path.startswith(_DEFINITIONS) or path.rpartition("/")[2] in _ACTIONS


FORMAT = Format(
    name="github-collected-pipeline",
    title="GitHub Actions run, by gatepass collect github",
    kind=Pipeline.KIND,
    recognises=recognises("github", Pipeline.KIND),
    read=_read,
    page="https://docs.github.com/en/rest/actions/workflow-runs",
)
