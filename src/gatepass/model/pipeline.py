"""Evidence: what ran in the pipeline, how it ended, and who set it going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gatepass.model.approvals import Person
from gatepass.model.build import Assurance
from gatepass.model.source import Source

JOB_RESULTS = "job-results"  # the format in which the step of a pipeline hands over how the jobs before ended


class JobStatus(StrEnum):
    """How a job, an attempt or a status ended; ``success`` alone is one."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed-out"
    ACTION_REQUIRED = "action-required"
    NEUTRAL = "neutral"
    STALE = "stale"
    MANUAL = "manual"
    PENDING = "pending"
    RUNNING = "running"
    UNKNOWN = "unknown"


class Runner(StrEnum):
    """Whose machine a job ran on."""

    HOSTED = "hosted"
    SELF_HOSTED = "self-hosted"


@dataclass(frozen=True, slots=True)
class Job:
    """A job, a check run or a commit status: something with a name that ran, or should have run.

    ``attempt`` counts from 1. ``by`` is who played a ``manual`` job or retried this one. ``app`` is the
    program that reported it, where it is no job of the pipeline itself: on GitHub an app's name, the
    ``name[bot]`` of its account, or the ``@login`` of anybody else's. ``allowed_failure`` tells that the
    pipeline goes on although it fails. Times are UTC.
    """

    name: str
    status: JobStatus
    id: str | None = None
    attempt: int | None = None
    stage: str | None = None
    manual: bool = False
    allowed_failure: bool = False
    by: Person | None = None
    app: str | None = None
    runner: Runner | None = None
    started: datetime | None = None
    finished: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a pipeline for the commit: attempt ``number`` (from 1) of the run ``run``.

    ``by`` set it going: for a re-run whoever asked for that, not whoever began the run.
    """

    run: str
    number: int
    status: JobStatus
    by: Person | None = None
    at: datetime | None = None
    failed_jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeploymentReview:
    """Somebody's decision to let a job go into an environment; ``at`` is UTC, None where not told."""

    environment: str
    state: str
    by: Person
    comment: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A piece of foreign pipeline code that the workflow names (an action, an image, an include).

    ``pinned`` tells that it is named by a digest or a whole commit id. ``path`` and ``line`` (from 1) are
    where it stands.
    """

    name: str
    pinned: bool
    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the platform says about the run that this gate is a step of, and what came before it.

    ``started_by`` made the event, ``triggered_by`` set off this attempt. ``attempts`` are this run's and
    those of earlier runs of the same workflow for the same commit, oldest first. ``jobs`` hold the newest
    of each name of this attempt and what other programs report for the commit; a job of an earlier attempt
    that was not run again is one of them. ``workflow_changed`` are the files that define the pipeline and
    that this change touches, None where that is not known. ``deployments_known`` tells that the
    forge says who let jobs go, ``manual_known`` that it says which jobs were started by hand: whoever reads a
    report must say so, since an empty list looks like nobody's doing. ``complete`` is false where other
    answers may be missing, ``gate_job`` is the job that asks.
    """

    KIND: ClassVar[str] = "pipeline"

    source: Source
    run: str
    commit: str
    repository: str | None = None
    workflow: str | None = None
    workflow_path: str | None = None
    event: str | None = None
    attempt: int | None = None
    started_by: Person | None = None
    triggered_by: Person | None = None
    attempts: tuple[Attempt, ...] = ()
    jobs: tuple[Job, ...] = ()
    deployments: tuple[DeploymentReview, ...] = ()
    deployments_known: bool = False
    manual_known: bool = False
    uses: tuple[Use, ...] | None = None
    workflow_changed: tuple[str, ...] | None = None
    gate_job: str | None = None
    complete: bool = True
    assurance: Assurance = Assurance.SELF_ASSERTED
