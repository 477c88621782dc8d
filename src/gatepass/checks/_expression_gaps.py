"""What evidence does not tell, and an expression would take for nothing being there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gatepass import expressions
from gatepass.checks._approval_case import cases_of
from gatepass.checks._check import Question
from gatepass.checks._pipeline_gaps import gap_of
from gatepass.model.approvals import Approvals
from gatepass.model.build import Assurance
from gatepass.model.commits import Commits
from gatepass.model.decision import Finding
from gatepass.model.evidence import Evidence
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Pipeline
from gatepass.model.suppressions import Suppressions


def gaps(question: Question, expression: str) -> Iterator[Finding]:
    """Findings that the expression cannot be judged over this evidence."""
    answers = tuple(each for each in question.evidence if isinstance(each, Approvals))
    cases, foreign = cases_of(question, answers) if answers else ([], ())
    yield from foreign
    for each in question.evidence:
        yield from _gap(question, each)
    names = expressions.names(expression)
    runs = [each for each in question.evidence if isinstance(each, Pipeline)]
    for name, told in _OF_RUNS.items():
        if name in names and not all(map(told, runs)):
            yield _untold(question, name)
    for name, tells in _OF_CHANGES.items():
        # answers about one change stand side by side, each with a part of it
        if name in names and not all(any(map(tells, case.evidence)) for case in cases):
            yield _untold(question, name)


def _gap(question: Question, evidence: Evidence) -> Iterator[Finding]:
    name = evidence.source.name
    match evidence:
        case Commits(shallow=True):
            said = f"{name} is from a shallow clone, so commits may be missing"
            yield question.missing(said, identity=("shallow",))
        case Suppressions(unread=(first, *_)):
            said = f"{first.path} {first.why}, so suppressions may be missing"
            yield question.missing(said, identity=("unread",))
        case Identity() if evidence.assurance is not Assurance.OIDC:
            why = evidence.trouble or "the token was given as a file, and its keys with it"
            fix = "let the gate ask for its token (--collect oidc)"
            yield question.missing(f"{name}: {why}", identity=("token", name), fix=fix)
        case Pipeline():
            yield from filter(None, (gap_of(question, evidence),))
        case _:
            pass


def _untold(question: Question, name: str) -> Finding:
    return question.missing(
        f"nothing tells '{name}', which is empty for that reason alone",
        identity=("untold", name),
        fix="collect the evidence from the forge (--collect), by a token that may see it",
    )


_OF_RUNS: Mapping[str, Callable[[Pipeline], bool]] = {
    "attempts": lambda run: bool(run.attempts),
    "deployments": lambda run: run.deployments_known,
    "manual": lambda run: run.manual_known,
    "uses": lambda run: run.uses is not None,
    "workflow_changed": lambda run: run.workflow_changed is not None,
    "started_by": lambda run: run.started_by is not None,
    "triggered_by": lambda run: run.triggered_by is not None,
}
_OF_CHANGES: Mapping[str, Callable[[Approvals], bool]] = {
    "authors": lambda answer: answer.author is not None,
    "committers": lambda answer: answer.committers is not None and answer.complete,
    "reviews": lambda answer: answer.reviews is not None and answer.complete,
    "changed_paths": lambda answer: answer.changed_paths is not None,
    "labels": lambda answer: answer.changed_paths is not None,  # only collectors ask for them, for both
    "protections": lambda answer: answer.protection is not None,
}
