"""Somebody for each role, and the check `separation-of-duties` asked about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatepass.checks import Judgement, Question
from gatepass.checks.separation_of_duties import CHECK
from gatepass.model.approvals import Approvals, Person
from gatepass.model.build import Actor, Assurance, Build, Run
from gatepass.model.commits import Commit, Commits, Signatory, Signature, SignatureStatus, Trailer
from gatepass.model.decision import FindingKind
from gatepass.model.evidence import Evidence
from gatepass.model.override import Override
from gatepass.model.pipeline import Attempt, DeploymentReview, Job, JobStatus, Pipeline
from gatepass.model.place import Place
from gatepass.model.source import Source
from support.reviews import ALICE, BOB, CHANGE, DAVE, HEAD, NOW, ROBOT, collected, reviewed
from support.values import a_rule

RUN = replace(CHANGE, run=Run("7001", 1), other_commits=(HEAD,))
ERIN = Person("erin", id="5")
NO_SIGNATURE = Signature(SignatureStatus.NONE)
EVERYBODY = [["author", "approver", "re-runner", "deployer", "override-approver"]]


def change(*approvers: Person, **more: Any) -> Approvals:
    """Alice's change, pushed by her and approved by these people (bob when nobody is named)."""
    given = [reviewed(each) for each in approvers or (BOB,)]
    told = {"pushed_by": ALICE, "assurance": Assurance.PLATFORM_API, "gate": ROBOT}
    return replace(collected(*given, **told), **more)


def run(**more: Any) -> Pipeline:
    """The first attempt of a run that alice started, of which the gate is a job; dave lets it go."""
    jobs = more.pop("jobs", (Job("build", JobStatus.SUCCESS),))
    made = Pipeline(
        Source("run.json"),
        run="7001",
        commit=HEAD,
        repository="acme/payments",
        attempt=1,
        started_by=ALICE,
        triggered_by=ALICE,
        attempts=(Attempt("7001", 1, JobStatus.SUCCESS, ALICE),),
        jobs=(*jobs, Job("gate", JobStatus.RUNNING)),
        deployments=(DeploymentReview("production", "approved", DAVE),),
        deployments_known=True,
        manual_known=True,
        assurance=Assurance.PLATFORM_API,
    )
    return replace(made, **more)


def again(*people: Person | None, **more: Any) -> Pipeline:
    """The run, with a further attempt by each of these people."""
    more_attempts = (Attempt("7001", n, JobStatus.SUCCESS, each) for n, each in enumerate(people, 2))
    first = Attempt("7001", 1, JobStatus.FAILURE, ALICE)
    return run(**{"attempt": 1 + len(people), "attempts": (first, *more_attempts), **more})


def let_go(*people: Person, state: str = "approved", **more: Any) -> Pipeline:
    return run(deployments=tuple(DeploymentReview("production", state, each) for each in people), **more)


def git(author: Signatory, committer: Signatory | None = None, *co_authors: str, **more: Any) -> Commits:
    """A list of one commit that ends at the head of the change."""
    trailers = tuple(Trailer("Co-authored-by", each) for each in co_authors)
    signature = more.pop("signature", NO_SIGNATURE)
    commit = Commit(HEAD, ("0" * 40,), author, committer or author, "Refunds", signature, trailers)
    return replace(Commits(Source("git.json"), "0" * 40, HEAD, (commit,), "0" * 40), **more)


def judge(
    *evidence: Evidence,
    apart: list[list[str]],
    build: Build | None = None,
    overrides: tuple[Override, ...] = (),
    **parameters: Any,
) -> Judgement:
    """The judgement; without a build, the one that the first run among the evidence is of."""
    attempts = (each.attempt for each in evidence if isinstance(each, Pipeline))
    built = build or replace(RUN, run=Run("7001", next(attempts, 1)))
    own = {"apart": apart, **{name.replace("_", "-"): value for name, value in parameters.items()}}
    rule = a_rule(
        "duties",
        check="separation-of-duties",
        parameters=own,
        places={"apart": Place("release.yaml", 20, 5)},
    )
    return CHECK.judge(Question(rule, (), built, NOW, evidence, overrides))


def said(judgement: Judgement) -> list[str]:
    return [each.message for each in judgement.findings]


def violations(judgement: Judgement) -> list[str]:
    return [each.message for each in judgement.findings if each.kind is FindingKind.VIOLATION]


def missing(judgement: Judgement) -> list[str]:
    return [each.message for each in judgement.findings if each.kind is FindingKind.MISSING_EVIDENCE]


def acted(role: str, login: str, assurance: Assurance = Assurance.SELF_ASSERTED) -> Build:
    """The run, whose variables name somebody."""
    return replace(RUN, actors=(Actor(role, login, None, assurance),))
