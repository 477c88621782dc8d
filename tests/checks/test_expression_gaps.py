"""The check `expression`: what nobody looked for is missing, and never an empty list that passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.checks import Question
from gatepass.checks.expression import CHECK
from gatepass.model.build import Assurance, Build, Event, Run
from gatepass.model.identity import Identity
from gatepass.model.source import Source
from support import pipelines
from support.pipelines import BUILD, a_run, only_missing
from support.reviews import ALICE, BOB, CHANGE, collected, reviewed, reviews
from support.values import NOW, a_rule

TOKEN = Identity(
    Source("oidc.json"),
    issuer="https://issuer.example",
    subject="",
    audience=("gatepass",),
    issued=NOW,
    expires=NOW,
    verified=True,
    repository_id="456",
    assurance=Assurance.OIDC,
)


def judged(kind, *evidence, build=BUILD, **asked):
    return CHECK.judge(Question(a_rule(parameters={"evidence": kind, **asked}), evidence, build, NOW))


def passes(kind, *evidence, build: Build = BUILD, **asked):
    return not judged(kind, *evidence, build=build, **asked).findings


RUNS = {
    "uses": {"uses": None},
    "workflow_changed": {"workflow_changed": None},
    "attempts": {"attempts": ()},
    "deployments": {"deployments_known": False},
    "started_by": {"started_by": None},
    "triggered_by": {"triggered_by": None},
}
TOLD = {"started_by": pipelines.ALICE, "triggered_by": pipelines.ALICE}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("form", ["{0}[?@ == 'x']", "!{0} && `false`", "{{a: {0}, b: jobs}}.a[?@ == 'x']"])
def test_a_list_of_a_run_that_nobody_looked_for_is_missing(name, form):
    forbid = form.format(name)
    run = a_run(**TOLD)
    assert passes("pipeline", run, forbid=forbid)
    untold = judged("pipeline", replace(run, **RUNS[name]), forbid=forbid)
    assert only_missing(untold)
    assert untold.findings[0].message == f"nothing tells '{name}', which is empty for that reason alone"
    assert only_missing(judged("pipeline", replace(run, **RUNS[name]), require=f"!{name}[?@ == 'x']"))
    assert passes("pipeline", replace(run, **RUNS[name]), forbid="jobs[?name == 'x']"), "nobody asked for it"


def test_that_no_job_is_manual_is_missing_where_nothing_tells_of_manual_jobs():
    asked = {"forbid": "jobs[?manual]"}
    assert passes("pipeline", a_run(), **asked)
    assert only_missing(judged("pipeline", a_run(manual_known=False), **asked))


def test_each_run_must_tell():
    beside = replace(a_run(**TOLD), source=Source("needs.json"), uses=None)
    assert only_missing(judged("pipeline", a_run(**TOLD), beside, forbid="uses[?!pinned]"))


CHANGES = {
    "authors": {"author": None},
    "committers": {"committers": None},
    "reviews": {"reviews": None},
    "changed_paths": {"changed_paths": None},
    "labels": {"changed_paths": None},
    "protections": {"protection": None},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_list_of_a_change_that_nobody_looked_for_is_missing(name):
    answer = replace(collected(reviewed(BOB)), **CHANGES[name])
    assert only_missing(judged("approvals", answer, build=CHANGE, forbid=f"{name}[?@ == 'x']"))


def test_answers_about_one_change_tell_it_together():
    lists = reviews(reviewed(BOB))
    rest = replace(collected(), source=Source("pull.json"), reviews=None)
    forbid = "reviews[?by.login == authors[0].login]"
    assert only_missing(judged("approvals", rest, build=CHANGE, forbid=forbid))
    assert passes("approvals", lists, rest, build=CHANGE, forbid="reviews[?by.login == 'alice']")
    cut = replace(lists, complete=False)
    assert only_missing(judged("approvals", cut, rest, build=CHANGE, forbid="reviews[?by.login == 'alice']"))


@pytest.mark.parametrize(
    "other", [{"change_request": "481"}, {"head": "77" * 20}, {"repository": "acme/other"}]
)
def test_approvals_of_another_change_are_missing_evidence(other):
    approved = collected(reviewed(BOB))
    require = "length(reviews[?state == 'approved']) >= `1`"
    assert passes("approvals", approved, build=CHANGE, require=require)
    assert only_missing(judged("approvals", replace(approved, **other), build=CHANGE, require=require))


def test_approvals_of_a_build_that_is_of_no_change_are_missing_evidence():
    pushed = Build("github", repository="acme/payments", commit="77" * 20, event=Event.PUSH, run=Run("1"))
    assert only_missing(
        judged("approvals", reviews(reviewed(ALICE)), build=pushed, forbid="reviews[?id == '1']")
    )


@pytest.mark.parametrize(
    "doubt", [{"assurance": Assurance.SELF_ASSERTED}, {"verified": False, "trouble": "expired"}]
)
def test_a_token_that_anybody_may_have_made_is_missing_evidence(doubt):
    require = "length(tokens[?verified && repository_id == '456']) == `1`"
    assert passes("identity", TOKEN, require=require)
    weak = replace(TOKEN, **{"assurance": Assurance.SELF_ASSERTED, **doubt})
    assert only_missing(judged("identity", weak, require=require))
    assert only_missing(judged("identity", TOKEN, weak, require=require))
