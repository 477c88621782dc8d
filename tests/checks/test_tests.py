"""Test results, judged: every way in which a run of tests proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gatepass.checks import Judgement, Question
from gatepass.checks.tests import CHECK
from gatepass.model.build import Build
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.source import Source
from gatepass.model.tests import TestCase, TestCounts, TestOutcome, TestRun, TestSuite

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINE = Place("release.yaml", 4)
NOTHING = TestCounts()
FAILED, ERROR, SKIPPED, PASSED = (TestOutcome(word) for word in ("failed", "error", "skipped", "passed"))
VALIDATOR = Draft202012Validator(dict(CHECK.parameters))


def case(name="test_rounds", outcome=FAILED, suite="payments", **more) -> TestCase:
    return TestCase(name, suite, outcome, **more)


def run(*cases: TestCase, passed=10, name="junit.xml", more=NOTHING, **others) -> TestRun:
    """A report with so many plain passes and these cases; ``more`` is counted but not listed."""
    by = [c.outcome for c in cases]
    counts = TestCounts(
        passed + by.count(PASSED),
        by.count(FAILED),
        by.count(ERROR),
        by.count(SKIPPED),
        sum(c.flaky for c in cases),
    )
    suites = (TestSuite("payments", counts + more, 1.0),)
    return TestRun(
        **{"source": Source(name), "counts": counts + more, "suites": suites, "not_passed": cases, **others}
    )


def rule_of(**parameters) -> Rule:
    written = {key.replace("_", "-"): value for key, value in parameters.items()}
    assert not list(VALIDATOR.iter_errors(written))
    places = {key: Place("release.yaml", 10 + n) for n, key in enumerate(written)}
    return Rule("tests", "release", "tests", LINE, parameters=written, places=places)


def judge(*runs: TestRun, **parameters) -> Judgement:
    return CHECK.judge(Question(rule_of(**parameters), runs, Build("acme/payments"), NOW))


def messages(judgement: Judgement) -> list[str]:
    return [finding.message for finding in judgement.findings]


def test_tests_that_ran_and_passed_satisfy_the_rule():
    judgement = judge(run(case(outcome=SKIPPED), case("b", SKIPPED), case("c", SKIPPED), passed=1204))
    assert judgement.findings == ()
    assert judgement.summary == "1,204 run, 3 skipped"


def test_the_summary_tells_every_outcome_there_is():
    judgement = judge(
        run(case(), case("b", ERROR), case("c", SKIPPED), case("d", PASSED, flaky=True), passed=1200)
    )
    assert judgement.summary == "1,203 run, 1 failed, 1 errored, 1 skipped, 1 flaky"
    assert dict(judgement.figures)["run"] == 1203


@pytest.mark.parametrize("cases", [(), (case(outcome=SKIPPED),)])
def test_a_report_in_which_nothing_ran_does_not_pass(cases):
    assert messages(judge(run(*cases, passed=0))) == ["no test ran, at least 1 must"]


def test_fewer_tests_than_must_run_do_not_pass():
    judgement = judge(run(case(outcome=SKIPPED), passed=9), minimum_run=10)
    assert messages(judgement) == ["only 9 tests ran, at least 10 must"]
    assert judgement.findings[0].place == Place("release.yaml", 10)


def test_several_reports_add_up():
    judgement = judge(run(passed=6), run(case("b", SKIPPED), passed=4, name="more.xml"), minimum_run=10)
    assert judgement.findings == ()
    assert judgement.summary == "10 run, 1 skipped"


def test_each_failed_and_each_broken_test_is_a_finding_with_its_place():
    place = Place("tests/test_refund.py", 12)
    judgement = judge(run(case(message="off by a cent", place=place), case("test_books", ERROR)))
    first, second = judgement.findings
    assert first.message == "test_rounds failed: off by a cent"
    assert (first.place, first.subject.path) == (place, "tests/test_refund.py")
    assert first.kind is FindingKind.VIOLATION
    assert second.message == "test_books broke"
    assert (second.place, second.subject.path) == (LINE, None)


def test_a_finding_keeps_its_fingerprint_when_the_message_and_the_line_change():
    one = judge(run(case(message="took 3 ms", place=Place("a.py", 3)))).findings[0]
    two = judge(run(case(message="took 4 ms", place=Place("a.py", 9)))).findings[0]
    other = judge(run(case(suite="orders"))).findings[0]
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_a_test_that_failed_several_times_is_one_finding():
    judgement = judge(run(case(), case(), case(outcome=ERROR, message="broke off")))
    assert messages(judgement) == ["test_rounds broke: broke off"]
    assert judgement.findings[0].details == ("suite payments", "failed in 3 runs")


def test_after_two_hundred_findings_one_more_says_how_many_there_are():
    judgement = judge(run(*(case(f"t{n}") for n in range(205)), more=TestCounts(failed=7)))
    assert len(judgement.findings) == 201
    assert judgement.findings[-1].message == "12 tests failed besides these"
    assert judgement.findings[-1].kind is FindingKind.VIOLATION


def test_failures_that_no_case_names_still_break_the_rule():
    judgement = judge(run(more=TestCounts(failed=3)))
    assert messages(judgement) == ["3 tests failed without being named"]


def test_failures_within_the_limit_are_allowed_and_above_it_are_not():
    cases = [case(f"t{n}") for n in range(3)]
    assert judge(run(*cases), maximum_failed=3).findings == ()
    judgement = judge(run(*cases), maximum_failed=2)
    assert messages(judgement) == ["3 tests failed, at most 2 allowed", "t0 failed", "t1 failed", "t2 failed"]


def test_a_limit_for_failures_is_none_for_errors():
    assert messages(judge(run(case("a"), case("b", ERROR)), maximum_failed=5)) == ["b broke"]
    assert messages(judge(run(case("a"), case("b", ERROR)), maximum_errored=5)) == ["a failed"]


@pytest.mark.parametrize(
    ("skipped", "maximum", "broken"),
    [
        (5, "5%", False),
        (6, "5%", True),
        (0, "0%", False),
        (1, "0%", True),
        (2, "1.999%", True),
        (2, 2, False),
    ],
)
def test_a_share_of_skipped_tests_is_exact_and_of_all_tests(skipped, maximum, broken):
    cases = [case(f"t{n}", SKIPPED) for n in range(skipped)]
    assert bool(judge(run(*cases, passed=100 - skipped), maximum_skipped=maximum).findings) is broken


def test_skipped_tests_above_the_limit_are_named():
    judgement = judge(run(*(case(f"t{n}", SKIPPED) for n in range(30))), maximum_skipped="1%")
    (finding,) = judgement.findings
    assert finding.message == "30 tests skipped of 40, at most 1% allowed"
    assert finding.details[0] == "t0"
    assert finding.details[-1] == "and 10 more"


def test_allowed_skips_do_not_count_and_others_do():
    cases = (case("windows.test_paths[a]", SKIPPED), case("linux.test_paths", SKIPPED))
    allowed = {"maximum_skipped": 0, "allowed_skips": ["windows.*"]}
    assert messages(judge(run(cases[0]), **allowed)) == []
    assert judge(run(*cases), **allowed).findings[0].details == ("linux.test_paths",)


def test_skips_that_are_not_listed_cannot_be_allowed():
    judgement = judge(
        run(case("a", SKIPPED), more=TestCounts(skipped=4)), maximum_skipped=0, allowed_skips=["*"]
    )
    assert messages(judgement) == ["4 tests skipped, at most 0 allowed"]


def test_brackets_in_a_pattern_stand_for_themselves():
    skip = case("test_rounds[EUR]", SKIPPED)
    assert judge(run(skip), maximum_skipped=0, allowed_skips=["test_rounds[EUR]"]).findings == ()
    assert judge(
        run(case("test_roundsE", SKIPPED)), maximum_skipped=0, allowed_skips=["test_rounds[E]"]
    ).findings


def test_flaky_tests_are_counted_only_against_their_own_limit():
    flaky = case("a", PASSED, flaky=True, reruns=2)
    assert judge(run(flaky)).findings == ()
    judgement = judge(run(flaky), maximum_flaky=0)
    assert messages(judgement) == ["1 test flaky, at most 0 allowed"]
    assert judgement.findings[0].details == ("a",)


def test_a_name_that_passed_and_failed_is_said_and_its_failure_counts():
    contradicted = run(case(also_passed=True), repeated_names=1)
    assert messages(judge(contradicted)) == [
        "test_rounds failed",
        "1 test both passed and failed in the same report",
    ]
    # not even a limit for failures hides the contradiction
    assert messages(judge(contradicted, maximum_failed=1)) == [
        "1 test both passed and failed in the same report"
    ]


def test_repeated_names_can_be_taken_for_retries():
    retried = run(case(also_passed=True), case(outcome=ERROR, also_passed=True), case("b"), repeated_names=1)
    judgement = judge(retried, repeated_names="allow")
    assert messages(judgement) == ["b failed"]
    assert judgement.summary == "11 run, 1 failed, 1 flaky"
    assert messages(judge(retried, repeated_names="allow", maximum_flaky=0)) == [
        "b failed",
        "1 test flaky, at most 0 allowed",
    ]


def test_repeated_names_that_only_failed_are_no_retries():
    judgement = judge(run(case(), case()), repeated_names="allow")
    assert messages(judgement) == ["test_rounds failed"]


def test_failures_that_a_report_claims_and_does_not_show_break_the_rule():
    judgement = judge(run(unexplained=2), maximum_failed=50)
    assert messages(judgement) == ["junit.xml claims 2 more failures than its tests show"]
    assert judgement.findings[0].kind is FindingKind.VIOLATION


def test_a_required_suite_must_have_run_a_test():
    skipped = TestSuite("orders", TestCounts(skipped=4))
    both = run(suites=(TestSuite("payments.api", TestCounts(3)), skipped))
    assert judge(both, required_suites=["payments*"]).findings == ()
    assert messages(judge(both, required_suites=["payments*", "orders", "mail"])) == [
        "no suite that matches 'orders' ran a test",
        "no suite that matches 'mail' ran a test",
    ]


def test_a_required_suite_may_be_in_any_of_the_reports():
    other = run(name="b.xml", suites=(TestSuite("orders", TestCounts(1)),))
    assert judge(run(), other, required_suites=["orders", "payments"]).findings == ()


def test_tests_that_took_longer_than_allowed_break_the_rule():
    assert judge(run(duration=60.0), maximum_duration=60).findings == ()
    judgement = judge(run(duration=60.0), run(duration=0.5), maximum_duration=60)
    assert messages(judgement) == ["the tests took 60.5 s, at most 60 s are allowed"]


def test_a_report_without_durations_is_missing_evidence_for_a_limit_of_time():
    assert judge(run(duration=None)).findings == ()
    (finding,) = judge(run(duration=None), maximum_duration=60).findings
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert "junit.xml does not tell how long" in finding.message


COUNTS = st.integers(min_value=0, max_value=30)
LIMITS = st.one_of(COUNTS, st.sampled_from(["0%", "2.5%", "10%", "100%"]))


@given(
    passed=COUNTS,
    outcomes=st.lists(st.sampled_from([FAILED, ERROR, SKIPPED]), max_size=210),
    outcome=st.sampled_from([FAILED, ERROR]),
    limits=st.fixed_dictionaries({}, optional={"maximum_skipped": LIMITS, "maximum_flaky": LIMITS}),
)
def test_one_more_failing_test_never_makes_the_findings_fewer(passed, outcomes, outcome, limits):
    cases = [case(f"t{n}", each) for n, each in enumerate(outcomes)]
    before = judge(run(*cases, passed=passed), **limits)
    after = judge(run(*cases, case("one more", outcome), passed=passed), **limits)
    assert after.findings
    assert len(after.findings) >= len(before.findings)


@given(passed=COUNTS, failed=COUNTS, limit=LIMITS)
def test_a_stricter_limit_never_lets_more_pass(passed, failed, limit):
    cases = [case(f"t{n}") for n in range(failed)]
    loose = judge(run(*cases, passed=passed), maximum_failed=limit)
    strict = judge(run(*cases, passed=passed), maximum_failed=0)
    assert not loose.findings or strict.findings


@pytest.mark.parametrize(
    "written",
    [
        {"minimum-run": 0},
        {"maximum-failed": -1},
        {"maximum-failed": "101%"},
        {"maximum-failed": "100.5%"},
        {"maximum-skipped": "5"},
        {"maximum-skipped": "5 %"},
        {"maximum-skipped": 0.05},
        {"maximum-skipped": True},
        {"allowed-skips": "a*"},
        {"allowed-skips": []},
        {"required-suites": [""]},
        {"repeated-names": "yes"},
        {"maximum-duration": 0},
    ],
)
def test_the_schema_refuses_what_reads_two_ways(written):
    assert list(VALIDATOR.iter_errors(written))


def test_every_parameter_says_what_it_is_and_which_direction_is_stricter():
    for name, schema in CHECK.parameters["properties"].items():
        assert schema["description"], name
        assert schema["x-stricter"] in (
            "higher",
            "lower",
            "superset",
            "subset",
            "true",
            "false",
            "later",
            "equal",
        )


def test_the_example_is_a_rule_of_this_check():
    written = yaml.safe_load(CHECK.example)
    common = {"id", "title", "check", "fix"}
    own = {key: value for key, value in written.items() if key not in common}
    assert written["check"] == CHECK.name
    assert not list(VALIDATOR.iter_errors(own))
    assert own.keys() <= CHECK.parameters["properties"].keys()
    assert list(CHECK.validate(replace(rule_of(), parameters=own))) == []


def test_allowed_skips_without_a_limit_are_a_mistake():
    (mistake,) = CHECK.validate(rule_of(allowed_skips=["a*"]))
    assert mistake.path == "allowed-skips"
