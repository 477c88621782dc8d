from __future__ import annotations

from dataclasses import replace

from gatepass.record import Output, decision_statement, differences
from support.decisions import a_decision, all_results, failing_result, sha256


def predicate_of(decision, *outputs, signed=True):
    return decision_statement(decision, outputs, signed=signed)["predicate"]


def test_the_same_decision_has_no_differences():
    assert differences(predicate_of(a_decision()), predicate_of(a_decision())) == ()


def test_what_no_evaluation_decides_is_not_compared():
    other = replace(a_decision(relaxations=["--now"]), gate_version="9.9.9")
    output = Output("a.sarif", sha256("s"))
    assert differences(predicate_of(a_decision()), predicate_of(other, output, signed=False)) == ()


def test_the_order_of_findings_and_inputs_does_not_matter():
    shuffled = replace(
        a_decision(results=tuple(reversed(all_results()))), sources=tuple(reversed(a_decision().sources))
    )
    assert differences(predicate_of(a_decision()), predicate_of(shuffled)) == ()


def test_a_difference_is_said_with_its_place():
    finding, gone = failing_result().findings
    results = [
        replace(failing_result(), summary="lines 79 %", findings=(replace(finding, message="another"),)),
        *all_results()[1:],
    ]
    lines = differences(predicate_of(a_decision()), predicate_of(a_decision(results=results)))
    found = "rules › release/coverage › findings"
    assert (
        f'{found} › items › {finding.fingerprint} › message: "lines 41.2 % of 80" is now "another"' in lines
    )
    assert f'{found} › items › {gone.fingerprint}: "lines 66.0 % of 80" is gone' in lines
    assert f"{found} › count: 2 is now 1" in lines
    assert any(line.startswith("rules › release/coverage › summary: ") for line in lines)
    assert all("›" in line for line in lines)


def test_another_verdict_policy_or_rule_is_a_difference():
    passed = a_decision(results=[r for r in all_results() if not r.outcome.blocks])
    lines = differences(predicate_of(a_decision()), predicate_of(passed))
    assert 'verdict: "FAILED" is now "PASSED"' in lines
    assert any(line.startswith("rules › release/coverage: ") and line.endswith("is gone") for line in lines)
    policy = replace(a_decision().policies[0], sha256=sha256("other"))
    changed = replace(a_decision(), policies=(policy, *a_decision().policies[1:]))
    (line,) = differences(predicate_of(a_decision()), predicate_of(changed))
    assert line.startswith("policies › release › digest › sha256: ")


def test_entries_of_one_name_are_told_apart():
    before = {"a": [{"name": "x", "v": 1}, {"name": "x", "v": 2}], "b": True}
    after = {"a": [{"name": "x", "v": 1}, {"name": "x", "v": 3}, {"name": "x", "v": 4}], "b": 1}
    assert differences(before, after) == (
        "a › x #2 › v: 2 is now 3",
        'a › x #3: {"name": "x", "v": 4} is new',
        "b: true is now 1",
    )


def test_lines_hold_no_escapes_and_stay_short():
    (line,) = differences({"a": "\x1b[31m" + "x" * 500}, {"a": "\u202e"})
    assert line.isprintable()
    assert len(line) < 200
