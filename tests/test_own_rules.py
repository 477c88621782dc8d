"""What gatepass asks of every build: reports that can be read, and jobs that succeeded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gatepass.checks.pipeline import CHECK as PIPELINE
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Build, Run
from gatepass.model.decision import FindingKind, Outcome, Verdict
from gatepass.model.policy import Enforcement, OnMissing
from gatepass.words import why_not_used
from support.values import NOW, TOLD, a_policy, a_rule, an_allowance, an_override, some_facts, write

COMMIT = "9fceb02d" * 5
BUILD = Build("github", repository="acme/payments", commit=COMMIT, branch="main", run=Run("7001", 1))
GOOD = {"test": "success", "scan": "success"}


def results(jobs, **changes):
    told = {
        "schema": "gatepass/job-results/v1",
        "repository": "acme/payments",
        "run": "7001",
        "attempt": 1,
        "commit": COMMIT,
        "job": "gate",
        "jobs": {name: {"result": result, "outputs": {}} for name, result in jobs.items()},
    }
    return json.dumps({**told, **changes})


def judged(root, files, *rules, build=BUILD, collected=(), overrides=(), allowances=()):
    """The decision on files in the workspace, by a rule that passes and those that are given."""
    write(root, files)
    vouched = {
        name: Vouching(gather([name], {}, root, build).sources[0].sha256, "https://api.example")
        for name in collected
    }
    found = gather([name for name in files if name not in vouched], {}, root, build, vouched)
    fact = some_facts()
    return evaluate(
        (a_policy(a_rule(), *rules, allowances=allowances),),
        Gathered((*found.evidence, fact), (*found.sources, fact.source)),
        overrides,
        build,
        NOW,
        checks={"told": TOLD, "pipeline": PIPELINE},
        gate_version="0",
    )


def own(decision):
    [result] = [each for each in decision.results if each.rule.policy == "gatepass"]
    return result


def about_jobs(parameters, **changes):
    return a_rule("ran", check="pipeline", parameters=parameters, **changes)


@pytest.mark.parametrize(
    ("result", "said"),
    [("failure", "test failed"), ("cancelled", "test was cancelled"), ("skipped", "test was skipped")],
)
def test_a_job_that_did_not_succeed_fails_the_build_though_no_rule_asks_for_it(tmp_path, result, said):
    decision = judged(tmp_path, {"jobs.json": results({**GOOD, "test": result})})
    assert decision.verdict is Verdict.FAILED
    assert own(decision).rule.code == "gatepass/jobs"
    [finding] = own(decision).blocking
    assert (finding.message, finding.place.path) == (said, "jobs.json")
    assert "check: pipeline" in finding.fix
    assert "may-fail" in finding.fix
    assert "may-be-skipped" in finding.fix


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (results({}), "lists no jobs"),
        (results({**GOOD, "test": "splendid"}), "the job 'test' a result that there is not"),
        (results(GOOD, commit="77aa01c0" * 5), "is for 77aa01c077aa, not for this build"),
        (results(GOOD, run="1"), "is about the run 1, not 7001"),
        (results(GOOD, attempt=2), "is about attempt 2, not attempt 1"),
        (results(GOOD, job=""), "tells of no job that is running"),
        (results(GOOD, run=""), "does not say which run it is of"),
    ],
)
def test_results_that_cannot_be_relied_on_fail_the_build(tmp_path, content, said):
    decision = judged(tmp_path, {"jobs.json": content})
    assert decision.verdict is Verdict.FAILED
    assert said in own(decision).findings[0].message
    assert own(decision).outcome is Outcome.ERROR
    assert own(decision).sources == ("jobs.json",)


def test_jobs_that_all_succeeded_are_no_reason_to_let_anything_through(tmp_path):
    decision = judged(tmp_path, {"jobs.json": results(GOOD)})
    assert decision.verdict is Verdict.PASSED
    assert [result.rule.code for result in decision.results] == ["release/tested"]
    [source] = [each for each in decision.sources if each.name == "jobs.json"]
    assert why_not_used(source) == "jobs.json: every job in it succeeded, and no rule needs to look at them"


RULES = {
    "one job is required": {"required-jobs": ["scan"]},
    "the job may fail": {"no-failed-jobs": True, "may-fail": ["test"]},
    "skipped jobs alone matter": {"no-skipped-jobs": True},
}


@pytest.mark.parametrize("parameters", RULES.values(), ids=RULES)
def test_a_policy_may_say_otherwise(tmp_path, parameters):
    files = {"jobs.json": results({**GOOD, "test": "failure"})}
    decision = judged(tmp_path, files, about_jobs(parameters))
    assert decision.verdict is Verdict.PASSED
    assert {result.rule.policy for result in decision.results} == {"release"}


def test_a_policy_that_only_watches_jobs_has_its_way(tmp_path):
    files = {"jobs.json": results({**GOOD, "test": "failure"})}
    rule = about_jobs({"no-failed-jobs": True}, enforcement=Enforcement.OBSERVE)
    assert judged(tmp_path, files, rule).verdict is Verdict.PASSED


LOOKING_ELSEWHERE = {
    "asks nothing about jobs": ({"events": ["push"]}, {"enforcement": Enforcement.WARN}),
    "switched off": ({"no-failed-jobs": False, "events": ["push"]}, {"enforcement": Enforcement.WARN}),
    "names other reports": ({"no-failed-jobs": True}, {"reports": ("x/*",), "on_missing": OnMissing.SKIP}),
    "wants it collected": ({"no-failed-jobs": True}, {"collected": True, "on_missing": OnMissing.SKIP}),
}


@pytest.mark.parametrize(("parameters", "changes"), LOOKING_ELSEWHERE.values(), ids=LOOKING_ELSEWHERE)
def test_a_rule_that_looks_elsewhere_takes_nothing_away(tmp_path, parameters, changes):
    files = {"jobs.json": results({**GOOD, "test": "failure"})}
    decision = judged(tmp_path, files, about_jobs(parameters, **changes))
    assert decision.verdict is Verdict.FAILED
    assert own(decision).rule.code == "gatepass/jobs"


def test_a_rule_that_names_only_a_copy_has_looked(tmp_path):
    content = results({**GOOD, "test": "failure"})
    rule = about_jobs({"required-jobs": ["scan"]}, reports=("b.json",))
    assert judged(tmp_path, {"a.json": content, "b.json": content}, rule).verdict is Verdict.PASSED


def test_of_two_files_each_is_judged_once(tmp_path):
    files = {
        "a.json": results({**GOOD, "test": "failure"}),
        "b.json": results({**GOOD, "test": "failure", "scan": "skipped"}),
        "c.json": results({}),
    }
    found = own(judged(tmp_path, files))
    assert sorted(each.message for each in found.findings)[-2:] == ["scan was skipped", "test failed"]
    assert len(found.findings) == 3
    assert found.sources == ("a.json", "b.json", "c.json")


@pytest.mark.parametrize(("result", "verdict"), [("success", "PASSED"), ("failure", "FAILED")])
def test_results_beside_what_was_asked_of_the_forge_can_still_refuse(tmp_path, result, verdict):
    files = {"asked.json": results(GOOD), "jobs.json": results({**GOOD, "test": result, "more": "success"})}
    decision = judged(tmp_path, files, collected=["asked.json"])
    assert decision.verdict == verdict
    rule = about_jobs({"required-jobs": ["more"]}, collected=True)
    beside = judged(tmp_path, files, rule, collected=["asked.json"])
    assert beside.verdict is Verdict.FAILED  # a file lends a policy nothing that the forge did not say
    copied = {**files, "copy.json": files["jobs.json"]}
    copy = about_jobs({"required-jobs": ["more"]}, reports=("copy.json",))
    assert judged(tmp_path, copied, copy, collected=["asked.json"]).verdict is Verdict.FAILED


def test_our_own_rules_cannot_be_overridden(tmp_path):
    decision = judged(
        tmp_path,
        {"jobs.json": results({**GOOD, "test": "failure"})},
        overrides=(an_override(rule="gatepass/jobs"), an_override("OVR-2", rule="jobs")),
        allowances=(an_allowance(),),
    )
    assert decision.verdict is Verdict.FAILED
    assert not own(decision).overridden


def test_a_build_of_which_nobody_tells_the_run_cannot_have_results_of_jobs(tmp_path):
    decision = judged(tmp_path, {"jobs.json": results(GOOD)}, build=replace(BUILD, run=Run()))
    [finding] = own(decision).blocking
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert "nothing tells which run of the pipeline this build is" in finding.message


def test_the_gate_on_gatepass_itself_asks_for_its_own_jobs(tmp_path):
    from gatepass.policy.load import load

    [policy] = load([".ci/policy.yaml"], Path(__file__).parents[1])
    [rule] = [each for each in policy.rules if each.check == "pipeline"]
    for jobs in ({"test": "failure"}, {"test": "skipped"}, {"lint": "success"}):
        assert judged(tmp_path, {"jobs.json": results(jobs)}, rule).verdict is Verdict.FAILED
    assert judged(tmp_path, {"jobs.json": results({"test": "success"})}, rule).verdict is Verdict.PASSED
