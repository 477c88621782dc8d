"""Runs of a pipeline, and the check `pipeline` asked about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatepass.checks import Judgement, Question
from gatepass.checks.pipeline import CHECK
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.build import Build, Event, Run
from gatepass.model.decision import FindingKind
from gatepass.model.pipeline import Attempt, Job, JobStatus, Pipeline, Use
from gatepass.model.place import Place
from gatepass.model.source import Source
from support.values import NOW, a_rule

COMMIT = "c0" * 20
ALICE, CAROL = Person("alice", "1"), Person("carol", "3")
BOT = Person("deployer[bot]", "9", PersonKind.BOT)
GHOST = Person("ghost", None, PersonKind.GHOST)
BUILD = Build(
    "github",
    repository="acme/payments",
    commit="7e" * 20,
    other_commits=(COMMIT,),
    event=Event.CHANGE_REQUEST,
    run=Run("7001", 1),
)
WORKFLOW = ".github/workflows/build.yml"


def a_job(name: str, status: str = "success", **changes: Any) -> Job:
    return replace(Job(name, JobStatus(status), attempt=1), **changes)


def a_report(name: str, app: str, status: str = "success") -> Job:
    return a_job(name, status, app=app, attempt=None)


def a_use(name: str, *, pinned: bool = False, line: int | None = 14, path: str = WORKFLOW) -> Use:
    return Use(name, pinned, path, line)


def an_attempt(number: int, status: str = "failure", *failed: str, **changes: Any) -> Attempt:
    return replace(Attempt("7001", number, JobStatus(status), ALICE, failed_jobs=failed), **changes)


def a_run(*jobs: Job, **changes: Any) -> Pipeline:
    """A run with these jobs (two good ones when none is given), and the gate's own, which runs."""
    given = jobs or (a_job("build"), a_job("test"))
    attempt = changes.get("attempt", 1)
    made = Pipeline(
        Source("run.json"),
        run="7001",
        commit=COMMIT,
        repository="acme/payments",
        event="pull_request",
        attempt=1,
        attempts=(an_attempt(1, "running"),),
        jobs=(*given, a_job("gate", "running", attempt=attempt)),
        uses=(),
        workflow_changed=(),
        gate_job="gate",
        deployments_known=True,
        manual_known=True,
    )
    return replace(made, **changes)


def again(*earlier: Attempt, by: Person | None = CAROL, **changes: Any) -> Pipeline:
    """A green run after these attempts at it, set off by carol."""
    newest = len([each for each in earlier if each.run == "7001"]) + 1
    attempts = (*earlier, an_attempt(newest, "running", by=by))
    return a_run(attempt=newest, attempts=attempts, **changes)


def judge(*runs: Pipeline, build: Build | None = None, **parameters: Any) -> Judgement:
    """The judgement; without a build, the one that the first run is of."""
    own = {name.replace("_", "-"): value for name, value in parameters.items()}
    places = {name: Place("release.yaml", 20 + index, 5) for index, name in enumerate(own)}
    rule = a_rule("pipeline", check="pipeline", parameters=own, places=places)
    built = build or replace(BUILD, run=Run("7001", runs[0].attempt if runs else 1))
    return CHECK.judge(Question(rule, runs, built, NOW))


def said(judgement: Judgement) -> list[str]:
    return [each.message for each in judgement.findings]


def only_missing(judgement: Judgement) -> bool:
    """Whether there is a finding, and each tells of missing evidence."""
    return {each.kind for each in judgement.findings} == {FindingKind.MISSING_EVIDENCE}
