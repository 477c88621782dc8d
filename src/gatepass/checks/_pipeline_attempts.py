"""How often it was tried: what a rule of the kind ``pipeline`` finds about attempts at one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gatepass.checks._check import Question
from gatepass.checks._pipeline_jobs import WORDS, own_jobs
from gatepass.checks._pipeline_rule import Asked
from gatepass.globs import matches_any
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.decision import Finding
from gatepass.model.pipeline import Attempt, JobStatus, Pipeline

_HARMLESS = frozenset((JobStatus.SUCCESS, JobStatus.SKIPPED))
_NOT_ENDED = frozenset((JobStatus.RUNNING, JobStatus.PENDING, JobStatus.MANUAL, JobStatus.ACTION_REQUIRED))
_SHOWN = 3  # people in a message; the details name all of them


@dataclass(frozen=True, slots=True)
class Earlier:
    """An attempt before this one: ``failed`` are the jobs that count, ``after`` is the next attempt.

    ``excused`` tells that nothing failed but what does not count.
    """

    attempt: Attempt
    after: Attempt
    failed: tuple[str, ...]
    excused: bool

    @property
    def words(self) -> str:
        """For people: which attempt, by whom, how it ended, and who tried again."""
        jobs = f" ({', '.join(self.attempt.failed_jobs)})" if self.attempt.failed_jobs else ""
        return (
            f"attempt {self.attempt.number} of run {self.attempt.run}, set off by {_name(self.attempt.by)}, "
            f"{WORDS[self.attempt.status]}{jobs}; then {_name(self.after.by)} tried again"
        )


def attempts_found(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    """Too many attempts, and attempts that failed before this one."""
    if asked.maximum_attempts is None and not asked.no_re_run_until_green:
        return
    if why := _untold(pipeline):
        yield question.missing(
            why,
            identity=(pipeline.source.name, "attempts"),
            fix="collect the run from the forge (--collect), by a token that may see earlier attempts",
        )
        return
    earlier = _earlier(asked, pipeline)
    if asked.maximum_attempts is not None:
        yield from _too_many(question, asked.maximum_attempts, earlier)
    if asked.no_re_run_until_green:
        yield from _until_green(question, earlier)


def counted(pipeline: Pipeline) -> int:
    """The attempts at this commit that the evidence tells of."""
    return len({(each.run, each.number) for each in pipeline.attempts})


def _untold(pipeline: Pipeline) -> str | None:
    """Why the attempts cannot be counted: those of this run must be told without a gap."""
    numbers = {each.number for each in pipeline.attempts if each.run == pipeline.run}
    newest = pipeline.attempt if pipeline.attempt is not None else max(numbers, default=0)
    if newest >= 1 and len(numbers) == newest and min(numbers) == 1 and max(numbers) == newest:
        return None
    return f"{pipeline.source.name} does not tell of every attempt at the run"


def _earlier(asked: Asked, pipeline: Pipeline) -> list[Earlier]:
    newest = max(each.number for each in pipeline.attempts if each.run == pipeline.run)
    this = next(e for e in pipeline.attempts if (e.run, e.number) == (pipeline.run, newest))
    before = [each for each in pipeline.attempts if (each.run, each.number) != (pipeline.run, newest)]
    excused = _excused(asked, pipeline)
    found = []
    for attempt, after in zip(before, [*before, this][1:], strict=True):
        failed = tuple(dict.fromkeys(name for name in attempt.failed_jobs if not excused(name)))
        spared = attempt.status is JobStatus.FAILURE and bool(attempt.failed_jobs) and not failed
        found.append(Earlier(attempt, after, failed, spared))
    return found


def _excused(asked: Asked, pipeline: Pipeline) -> Callable[[str], bool]:
    """Whose failure does not count: jobs that may fail, and the gate, which may have waited for a review."""
    gate = pipeline.gate_job
    if any(job.name == gate for job in own_jobs(pipeline)):
        gate = None  # another job has its name, and may be the one that failed
    return lambda name: name == gate or matches_any(name, asked.may_fail)


def _too_many(question: Question, most: int, earlier: Sequence[Earlier]) -> Iterator[Finding]:
    counts = [each for each in earlier if not each.excused]
    count = len({(each.attempt.run, each.attempt.number) for each in counts}) + 1
    if count > most:
        yield question.finding(
            f"{count:,} attempts at this commit are more than {most:,}",
            identity=("maximum-attempts",),
            place=question.rule.place_of("maximum-attempts"),
            details=[each.words for each in counts],
            fix=question.rule.fix or "find out why it needs so many, mend that, and push a commit",
        )


def _until_green(question: Question, earlier: Sequence[Earlier]) -> Iterator[Finding]:
    by_job: dict[str, list[Earlier]] = {}
    for each in earlier:
        for name in each.failed:
            by_job.setdefault(name, []).append(each)
    for name, which in by_job.items():
        yield _ran_again(question, f"{name} failed", which, name)
    nameless = [each for each in earlier if not each.failed and not each.excused]
    bad = [
        each for each in nameless if each.attempt.status not in (*_HARMLESS, *_NOT_ENDED, JobStatus.UNKNOWN)
    ]
    if bad:
        yield _ran_again(question, f"the pipeline {WORDS[bad[-1].attempt.status]}", bad, "")
    yield from _unknown(question, nameless)


def _ran_again(question: Question, what: str, which: Sequence[Earlier], job: str) -> Finding:
    times = "an earlier attempt" if len(which) == 1 else f"{len(which):,} earlier attempts"
    people = list(dict.fromkeys(_name(each.after.by) for each in which))
    more = f" and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
    return question.finding(
        f"{what} in {times} at this commit, and {' and '.join(people[:_SHOWN])}{more} ran it again "
        "without a change",
        # a job cannot be called by the empty name
        identity=("no-re-run-until-green", job),
        place=question.rule.place_of("no-re-run-until-green"),
        details=[each.words for each in which],
        fix=question.rule.fix or "find out why it failed, mend that (or the test), and push a commit",
    )


def _unknown(question: Question, nameless: Sequence[Earlier]) -> Iterator[Finding]:
    untold = [each for each in nameless if each.attempt.status is JobStatus.UNKNOWN]
    if untold:
        yield question.missing(
            f"nothing tells how {_count(untold)} at this commit ended",
            identity=("no-re-run-until-green", "unknown"),
            fix="Bitbucket does not tell how a step ended before it was run again: push a commit instead",
        )
    running = [each for each in nameless if each.attempt.status in _NOT_ENDED]
    if running:
        yield question.missing(
            f"{_count(running)} at this commit has not ended, and nobody knows how it will",
            identity=("no-re-run-until-green", "running"),
            fix="let it end, then run the gate again; or let the workflow run for one event alone",
        )


def _count(which: Sequence[Earlier]) -> str:
    return "an earlier attempt" if len(which) == 1 else f"each of {len(which):,} earlier attempts"


def _name(person: Person | None) -> str:
    if person is None:
        return "somebody whom nobody names"
    if person.kind is PersonKind.GHOST or not person.login:
        return "a deleted account"
    return person.login
