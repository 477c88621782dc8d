"""What runs, and who sets it going."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Attempt, Job, Report, Stage

_ENDINGS = {
    "succeeds": "success",
    "fails": "failure",
    "is skipped": "skipped",
    "is cancelled": "cancelled",
    "is neutral": "neutral",
    "is still running": None,
    "times out": "timed_out",
}


@sentence("{who} sets off the pipeline")
def _sets_off(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.attempts.append(Attempt(who, stage.now, stage.head))


@sentence("{who} re-runs the pipeline")
def _re_runs(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.attempts.append(Attempt(who, stage.now, stage.head))


@sentence("the job {job} {ending}")
def _job(stage: Stage, job: str, ending: str) -> None:
    stage.attempts[-1].jobs.append(Job(job, _ENDINGS[ending]))


@sentence("the job {job} succeeds on a machine of our own")
def _job_of_our_own(stage: Stage, job: str) -> None:
    stage.attempts[-1].jobs.append(Job(job, "success", runner="Default"))


@sentence("the app {who} reports {job}, which {ending}")
def _app_reports(stage: Stage, who: str, job: str, ending: str) -> None:
    stage.reports.append(Report(job, who, _ENDINGS[ending], app=True))


@sentence("{who} sets the status {job}, which {ending}")
def _sets_the_status(stage: Stage, who: str, job: str, ending: str) -> None:
    stage.who(who)
    stage.reports.append(Report(job, who, _ENDINGS[ending], app=False))


@sentence("{who} lets it go to {environment}")
def _lets_it_go(stage: Stage, who: str, environment: str) -> None:
    stage.who(who)
    stage.deployments.append((environment, "approved", who))


@sentence("{who} does not let it go to {environment}")
def _does_not_let_it_go(stage: Stage, who: str, environment: str) -> None:
    stage.who(who)
    stage.deployments.append((environment, "rejected", who))


@sentence("the workflow uses {what}")
def _uses(stage: Stage, what: str) -> None:
    stage.workflow += f"      - uses: {what}\n"
