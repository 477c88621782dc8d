"""The check `pipeline`: what a rule may say, and expressions over the same evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.checks import Question
from gatepass.checks.expression import CHECK as EXPRESSION
from gatepass.errors import PolicyError
from gatepass.model.build import Run
from gatepass.policy.load import load
from support.gate import a_policy
from support.pipelines import BUILD, a_job, a_run, only_missing
from support.values import NOW, a_rule, write

# --- the rule itself, and expressions beside it


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("pinned: false", "asks for nothing"),
        ("may-fail: [docs]", "r1 needs 'required-jobs'"),
        ("pinned: true\n    may-fail: [docs]", "relaxes what the rule does not ask for"),
        ("no-failed-jobs: true\n    trusted: ['actions/**']", "relaxes what the rule does not ask for"),
        ("no-failed-jobs: true\n    may-fail: ['*']", "'*' fits everything"),
        ("no-skipped-jobs: true\n    may-be-skipped: ['**']", "'**' fits everything"),
        ("pinned: true\n    trusted: ['*/**']", "'*/**' fits everything"),
        ("pinned: true\n    trusted: ['*/*']", "'*/*' fits everything"),
        ("pinned: true\n    trusted: ['!evil/**']", "trusted"),
        ("required-jobs: ['!deploy']", "required-jobs"),
        ("required-jobs: []", "required-jobs"),
        ("required-jobs: ['[z-a]']", "is no glob"),
        ("required-checks: {codecov: ['[z-a]']}", "is no glob"),
        ("required-checks: {}", "required-checks"),
        ("required-checks: {codecov: []}", "required-checks"),
        ("required-checks: {unknown: [test]}", "nobody tells who reported"),
        ("required-checks: [codecov/patch]", "required-checks"),
        ("required-jobs: [docs]\n    no-skipped-jobs: true\n    may-be-skipped: [docs]", "required as well"),
        ("maximum-attempts: 0", "maximum-attempts"),
        ("require-jobs: [build]", "did you mean 'required-jobs'"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(tmp_path, rule, message):
    write(tmp_path, {"policy.yaml": a_policy(f"check: pipeline\n    {rule}")})
    with pytest.raises(PolicyError) as caught:
        load(["policy.yaml"], tmp_path)
    told = " ".join(map(str, (caught.value, caught.value.hint, *caught.value.others)))
    assert message in told


@pytest.mark.parametrize(
    ("own", "looser"),
    [
        ("required-jobs: [build, test, lint]", False),
        ("required-jobs: [build]", True),
        ("required-checks: {codecov: [codecov/patch], acme: [integration]}", False),
        ("pinned: true", False),
        ("pinned: true\n    no-failed-jobs: false", True),
        ("no-re-run-until-green: true\n    may-fail: [docs]", True),
        ("maximum-attempts: 2", False),
        ("maximum-attempts: 4", True),
    ],
)
def test_a_layer_only_tightens(tmp_path, own, looser):
    base = (
        "check: pipeline\n    required-jobs: [build, test]\n    no-failed-jobs: true\n    maximum-attempts: 3"
    )
    child = a_policy(f"check: pipeline\n    {own}", more="extends: [base.yaml]\n").replace(
        "release", "repository"
    )
    write(tmp_path, {"base.yaml": a_policy(base), "policy.yaml": child})
    if looser:
        with pytest.raises(PolicyError, match="would loosen"):
            load(["policy.yaml"], tmp_path)
    else:
        assert load(["policy.yaml"], tmp_path)


def test_an_expression_judges_the_same_evidence():
    rule = a_rule(parameters={"evidence": "pipeline", "forbid": "jobs[?runner=='self-hosted']"})
    assert EXPRESSION.judge(Question(rule, (a_run(),), BUILD, NOW)).findings == ()
    rule = a_rule(parameters={"evidence": "pipeline", "forbid": "jobs[?status=='failure']"})
    failed = a_run(a_job("test", "failure"))
    assert len(EXPRESSION.judge(Question(rule, (failed,), BUILD, NOW)).findings) == 1
    older = replace(BUILD, run=Run("7001", 2))
    assert only_missing(EXPRESSION.judge(Question(rule, (a_run(),), older, NOW)))
    assert only_missing(EXPRESSION.judge(Question(rule, (a_run(complete=False),), BUILD, NOW)))
