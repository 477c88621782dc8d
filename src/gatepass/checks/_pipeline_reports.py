"""What other programs report of the commit: what a rule of the kind ``pipeline`` finds about that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatepass.checks._check import Question
from gatepass.checks._pipeline_jobs import DID_NOT_RUN, FIXES, about, ending
from gatepass.checks._pipeline_rule import UNKNOWN_APP, Asked
from gatepass.globs import matches
from gatepass.model.decision import Finding
from gatepass.model.pipeline import Job, JobStatus, Pipeline


def reports_found(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    """What other programs had to report, and did not, or not as a success."""
    reports = [each for each in pipeline.jobs if each.app is not None]
    for app, patterns in asked.required_checks:
        for pattern in patterns:
            named = [each for each in reports if matches(each.name, pattern)]
            mine = [each for each in named if _is_by(each, app)]
            if not mine:
                yield _not_reported(question, app, pattern, named)
            for each in mine:
                if each.status is not JobStatus.SUCCESS:
                    yield _reported_badly(question, app, each)


def _is_by(report: Job, app: str) -> bool:
    """Whether a program reported it; what nobody tells of is nobody's."""
    told = (report.app or UNKNOWN_APP).casefold()
    return told != UNKNOWN_APP and told == app.casefold()


def _not_reported(question: Question, app: str, pattern: str, named: Sequence[Job]) -> Finding:
    others = sorted({_reporter(each) for each in named})
    said = f"; {' and '.join(others[:3])} did, and does not count" if others else ""
    return question.finding(
        f"{app} has not reported {pattern} for this commit{said}",
        identity=("required-checks", app.casefold(), pattern, "absent"),
        place=question.rule.place_of(f"required-checks.{app}"),
        fix=question.rule.fix or f"let {app} report it, and run the gate after that",
    )


def _reporter(report: Job) -> str:
    return "somebody" if (report.app or "").casefold() == UNKNOWN_APP else str(report.app)


def _reported_badly(question: Question, app: str, report: Job) -> Finding:
    sort = "did not run" if report.status in DID_NOT_RUN else "failed"
    unfinished = report.status in (JobStatus.PENDING, JobStatus.RUNNING)
    fix = f"wait until {app} has reported, then run the gate again" if unfinished else FIXES[report.status]
    return question.finding(
        f"{report.name}, reported by {app}, {ending(report)}",
        identity=("required-checks", app.casefold(), report.name, sort),
        place=question.rule.place_of(f"required-checks.{app}"),
        details=about(report),
        fix=question.rule.fix or fix,
    )
