"""What ran, how it ended, and by whose hand: what a rule of the kind ``pipeline`` finds about jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatepass.checks._check import Question
from gatepass.checks._pipeline_rule import Asked
from gatepass.globs import matches, matches_any
from gatepass.model.approvals import PersonKind
from gatepass.model.decision import Finding
from gatepass.model.pipeline import Job, JobStatus, Pipeline

WORDS = {
    JobStatus.SUCCESS: "succeeded",
    JobStatus.FAILURE: "failed",
    JobStatus.CANCELLED: "was cancelled",
    JobStatus.SKIPPED: "was skipped",
    JobStatus.TIMED_OUT: "timed out",
    JobStatus.ACTION_REQUIRED: "waits for somebody to act",
    JobStatus.NEUTRAL: "ended as neutral",
    JobStatus.STALE: "was given up before it ended",
    JobStatus.MANUAL: "waits to be started by hand",
    JobStatus.PENDING: "has not begun",
    JobStatus.RUNNING: "is still running",
    JobStatus.UNKNOWN: "ended in a way that nobody knows",
}
DID_NOT_RUN = frozenset(
    (JobStatus.SKIPPED, JobStatus.MANUAL, JobStatus.PENDING, JobStatus.RUNNING, JobStatus.ACTION_REQUIRED)
)
_NOT_ENDED = frozenset((JobStatus.MANUAL, JobStatus.PENDING, JobStatus.RUNNING))
_NOT_STARTED = frozenset((JobStatus.MANUAL, JobStatus.PENDING, JobStatus.SKIPPED))
_WAIT = (
    "let the gate's job wait for it, also when it fails (GitHub: needs: with if: always()); "
    "a gate that runs in that very job must ask for the evidence there (--collect)"
)
FIXES = {
    JobStatus.FAILURE: "mend what it found, and push a commit",
    JobStatus.TIMED_OUT: "find out what it waits for, and push a commit",
    JobStatus.CANCELLED: "run it again, and let it end",
    JobStatus.STALE: "run it again, and let it end",
    JobStatus.SKIPPED: "skipped is not success: look at its condition, and at the jobs that it needs",
    JobStatus.NEUTRAL: "neutral is not success: make it end in success or failure",
    JobStatus.ACTION_REQUIRED: "open it in the pipeline, and do what it waits for",
    JobStatus.MANUAL: "start it in the pipeline, then run the gate again",
    JobStatus.PENDING: _WAIT,
    JobStatus.RUNNING: _WAIT,
    JobStatus.UNKNOWN: "open it in the pipeline, and see how it ended",
}


def gates_job(pipeline: Pipeline) -> Job | None:
    """The job that asks, which cannot have ended: one that runs under the name that the evidence tells."""
    running = (
        each
        for each in pipeline.jobs
        if each.app is None and each.name == pipeline.gate_job and each.status is JobStatus.RUNNING
    )
    return next(running, None)


def own_jobs(pipeline: Pipeline) -> list[Job]:
    """The jobs of the run itself but for the one that asks; another one of its name is none."""
    left = [each for each in pipeline.jobs if each.app is None]
    gate = gates_job(pipeline)
    if gate is not None:
        left.remove(gate)
    return left


def ending(job: Job) -> str:
    """How it ended, in words that follow its name."""
    if job.allowed_failure and job.status in (JobStatus.FAILURE, JobStatus.TIMED_OUT, JobStatus.NEUTRAL):
        return f"{WORDS[job.status]}, which the pipeline lets pass"
    return WORDS[job.status]


def jobs_found(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    """What is wrong with the jobs of the run; of each job the gravest that is asked about it."""
    jobs = own_jobs(pipeline)
    if not jobs and (asked.no_failed_jobs or asked.no_skipped_jobs or asked.manual_jobs_attributed):
        yield question.missing(
            f"{pipeline.source.name} lists no job of the run beside the gate's own",
            identity=(pipeline.source.name, "no other job"),
            fix="let the gate be a step of the pipeline whose jobs it judges",
        )
    yield from _absent(question, asked, pipeline, jobs)
    rest = []
    for job in jobs:
        if not matches_any(job.name, asked.required_jobs):
            rest.append(job)
        elif job.status is not JobStatus.SUCCESS:
            yield _ended_badly(question, "required-jobs", job)
    if asked.no_failed_jobs:
        yield from _failed(question, asked, rest)
    if asked.no_skipped_jobs:
        yield from _skipped(question, asked, rest)
    if asked.manual_jobs_attributed:
        if not pipeline.manual_known:
            yield manual_untold(question, pipeline)
        yield from _unattributed(question, jobs)


def _absent(question: Question, asked: Asked, pipeline: Pipeline, jobs: Sequence[Job]) -> Iterator[Finding]:
    for pattern in asked.required_jobs:
        if any(matches(job.name, pattern) for job in jobs):
            continue
        gate = gates_job(pipeline)
        itself = gate is not None and matches(gate.name, pattern)
        others = sorted({job.app or "" for job in pipeline.jobs if job.app and matches(job.name, pattern)})
        said = "; what is running is the gate itself" if itself else ""
        said += f"; {' and '.join(others)} reported one for the commit, which is no job" if others else ""
        yield question.finding(
            f"no job of the run is called {pattern}{said}",
            identity=("required-jobs", "absent", pattern),
            place=question.rule.place_of("required-jobs"),
            fix=question.rule.fix or f"let the pipeline run it before the gate ({_called(jobs)})",
        )


def _called(jobs: Sequence[Job]) -> str:
    names = sorted({job.name for job in jobs})
    return "there is " + ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _ended_badly(question: Question, key: str, job: Job) -> Finding:
    # whoever lets a job be skipped for once does not mean that it may fail
    sort = "did not run" if job.status in DID_NOT_RUN else "failed"
    return question.finding(
        f"{job.name} {ending(job)}",
        identity=(key, job.name, job.stage or "", sort),
        place=question.rule.place_of(key),
        details=about(job),
        fix=question.rule.fix or FIXES[job.status],
    )


def about(job: Job) -> tuple[str, ...]:
    """Further lines on a job: its stage, and where to look."""
    told = (f"stage {job.stage}" if job.stage else "", job.url or "")
    return tuple(each for each in told if each)


def _failed(question: Question, asked: Asked, jobs: Sequence[Job]) -> Iterator[Finding]:
    for job in jobs:
        if job.status in (JobStatus.SUCCESS, JobStatus.SKIPPED) or matches_any(job.name, asked.may_fail):
            continue
        if job.status is JobStatus.RUNNING:
            yield question.missing(
                f"{job.name} is still running, and nobody knows how it will end",
                identity=("no-failed-jobs", job.name, job.stage or ""),
                fix=_WAIT,
            )
        elif job.status not in _NOT_ENDED:
            yield _ended_badly(question, "no-failed-jobs", job)


def _skipped(question: Question, asked: Asked, jobs: Sequence[Job]) -> Iterator[Finding]:
    ran = {job.stage for job in jobs if job.status is not JobStatus.SKIPPED}
    for job in jobs:
        names = (job.name, *((job.stage,) if job.stage else ()))
        if any(matches_any(each, asked.may_be_skipped) for each in names):
            continue
        if job.status is JobStatus.UNKNOWN:
            yield question.missing(
                f"nobody knows how {job.name} ended, so it may have been skipped",
                identity=("no-skipped-jobs", job.name, job.stage or ""),
                fix=FIXES[JobStatus.UNKNOWN],
            )
        if job.status is not JobStatus.SKIPPED:
            continue
        whole = f", as was all of the stage {job.stage}" if job.stage and job.stage not in ran else ""
        yield question.finding(
            f"{job.name} was skipped{whole}",
            identity=("no-skipped-jobs", job.name, job.stage or ""),
            place=question.rule.place_of("no-skipped-jobs"),
            details=about(job),
            fix=question.rule.fix or FIXES[JobStatus.SKIPPED],
        )


def manual_untold(question: Question, pipeline: Pipeline) -> Finding:
    """The finding that nobody can say whether a job was started by hand."""
    name = pipeline.source.name
    return question.missing(
        f"{name} does not tell which jobs and stages were started by hand",
        identity=(name, "manual untold"),
        fix="Azure tells of none; elsewhere collect the run from the forge (--collect)",
    )


def _unattributed(question: Question, jobs: Sequence[Job]) -> Iterator[Finding]:
    for job in jobs:
        if not job.manual or job.status in _NOT_STARTED:
            continue
        identity = ("manual-jobs-attributed", job.name, job.stage or "")
        if job.by is None or (not job.by.login and job.by.kind is not PersonKind.GHOST):
            yield question.missing(
                f"nothing tells who started {job.name} by hand",
                identity=identity,
                fix="Bitbucket does not tell; elsewhere collect the run from the forge (--collect)",
            )
        elif job.by.kind is not PersonKind.USER:
            who = f"the bot {job.by.login}" if job.by.kind is PersonKind.BOT else "a deleted account"
            yield question.finding(
                f"{job.name} was started by {who}, not by a known human being",
                identity=identity,
                place=question.rule.place_of("manual-jobs-attributed"),
                details=about(job),
                fix=question.rule.fix or "let somebody with an account start it",
            )
