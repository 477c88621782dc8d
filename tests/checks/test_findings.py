from __future__ import annotations

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.checks import Judgement, Question
from gatepass.checks.findings import CHECK
from gatepass.model.decision import FindingKind, Outcome, RuleResult
from gatepass.model.place import Place
from gatepass.model.policy import OnMissing
from gatepass.model.scan import Level, Scan, ScanResult, Severity, Suppression, Tool
from gatepass.model.source import Source
from support.values import BUILD, NOW, a_rule

BANDIT = Tool("bandit", "1.9")
NO_ERRORS = {"maximum-by-level": {"error": 0}}


def a_result(level="error", rule="B602", path="src/a.py", tool="bandit", **more) -> ScanResult:
    place = Place(path, 12, 4) if path else None
    return ScanResult(tool, rule, Level(level), "shell=True", place, **{"fingerprint": "f1", **more})


def a_scan(*results: ScanResult, tools=(BANDIT,), name="bandit.sarif") -> Scan:
    return Scan(Source(name), tuple(tools), results)


def judge(*scans: Scan, **parameters) -> Judgement:
    jsonschema.validate(parameters, {**CHECK.parameters, "additionalProperties": False})
    return CHECK.judge(Question(a_rule(check="findings", parameters=parameters), scans, BUILD, NOW))


def kinds(judgement):
    return [finding.kind.value for finding in judgement.findings]


def mistakes(**parameters):
    return [(m.path, m.message) for m in CHECK.validate(a_rule(parameters=parameters))]


def test_a_clean_report_of_a_tool_that_ran_satisfies_the_rule():
    judgement = judge(a_scan(), **NO_ERRORS)
    assert judgement.findings == ()
    assert judgement.summary == "bandit: 0 errors, 0 warnings"


def test_each_result_over_the_limit_is_a_finding_at_its_place():
    judgement = judge(
        a_scan(a_result(), a_result("warning", "B101"), a_result(path="src/b.py")),
        **{"maximum-by-level": {"error": 1, "warning": 1}},
    )
    assert [str(finding.place) for finding in judgement.findings] == ["src/a.py:12:4", "src/b.py:12:4"]
    first = judgement.findings[0]
    assert first.message == "B602: shell=True"
    assert first.details == ("bandit: 2 of level error, at most 1",)
    assert first.subject.path == "src/a.py"
    assert first.kind is FindingKind.VIOLATION
    assert judgement.summary == "bandit: 2 errors, 1 warning"


def test_exactly_the_limit_is_allowed():
    assert judge(a_scan(a_result()), **{"maximum-by-level": {"error": 1}}).findings == ()


def test_levels_that_are_not_named_are_not_limited():
    assert judge(a_scan(a_result("warning"), a_result("note")), **NO_ERRORS).findings == ()


@pytest.mark.parametrize("level", ["error", "warning", "note", "none"])
def test_every_level_can_be_limited(level):
    parameters = {"maximum-by-level": {"error": 0, "warning": 0, "note": 0, "none": 0}}
    assert len(judge(a_scan(a_result(level)), **parameters).findings) == 1


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_can_be_limited_and_is_not_made_from_the_level(severity):
    scan = a_scan(a_result("none", severity=severity))
    assert len(judge(scan, **{"maximum-by-severity": {severity.value: 0}}).findings) == 1
    assert judge(scan, **NO_ERRORS).findings == ()


def test_severity_and_level_are_counted_apart_and_a_result_that_breaks_both_is_one_finding():
    scan = a_scan(a_result(severity=Severity.CRITICAL), a_result(severity=Severity.UNKNOWN, path="b.py"))
    judgement = judge(scan, **NO_ERRORS, **{"maximum-by-severity": {"critical": 0}})
    assert len(judgement.findings) == 2
    assert judgement.findings[0].severity is Severity.CRITICAL
    assert judgement.findings[0].details == (
        "bandit: 2 of level error, at most 0; 1 of severity critical, at most 0",
    )
    assert judgement.findings[1].severity is None
    assert judgement.summary == "bandit: 2 errors, 0 warnings, 1 critical"


def test_a_tool_that_did_not_run_is_missing_evidence():
    judgement = judge(a_scan(), tools=["bandit", "semgrep"], **NO_ERRORS)
    assert kinds(judgement) == ["missing-evidence"]
    assert "semgrep did not run" in judgement.findings[0].message
    result = RuleResult(a_rule(), NOW, findings=judgement.findings)
    assert result.outcome is Outcome.ERROR
    assert (
        RuleResult(a_rule(on_missing=OnMissing.WARN), NOW, findings=judgement.findings).outcome
        is Outcome.WARN
    )


def test_tools_are_globs_whatever_their_case():
    scan = a_scan(tools=[Tool("Semgrep OSS")])
    assert judge(scan, tools=["semgrep*"], **NO_ERRORS).findings == ()
    assert kinds(judge(scan, tools=["semgrep"], **NO_ERRORS)) == ["missing-evidence"]


@pytest.mark.parametrize("tools", [{}, {"tools": ["bandit"]}])
def test_a_tool_that_did_not_finish_is_missing_evidence_though_it_found_nothing(tools):
    scan = a_scan(tools=[Tool("bandit", failure="has no results: it did not scan"), Tool("bandit")])
    judgement = judge(scan, **tools, **NO_ERRORS)
    assert kinds(judgement) == ["missing-evidence"]
    assert judgement.findings[0].message == "bandit did not finish: has no results: it did not scan"


def test_with_tools_named_only_they_are_judged():
    other = a_scan(a_result(tool="eslint"), tools=[Tool("eslint", failure="crashed")], name="eslint.sarif")
    judgement = judge(a_scan(), other, tools=["bandit"], **NO_ERRORS)
    assert judgement.findings == ()
    assert judgement.summary.startswith("bandit: ")
    assert kinds(judge(a_scan(), other, **NO_ERRORS)) == ["missing-evidence", "violation"]


def test_results_of_a_tool_that_failed_count_all_the_same():
    scan = a_scan(a_result(), tools=[Tool("bandit", failure="crashed")])
    assert kinds(judge(scan, **NO_ERRORS)) == ["missing-evidence", "violation"]


def test_a_report_that_names_no_tool_satisfies_nothing():
    assert kinds(judge(a_scan(tools=[]), **NO_ERRORS)) == ["missing-evidence"]


def test_a_forbidden_rule_may_have_no_result_whatever_its_level():
    scan = a_scan(a_result("note", "python/OR"), a_result("note", "B101"))
    judgement = judge(scan, **{"forbidden-rules": ["python/*"]})
    assert [finding.details for finding in judgement.findings] == [("bandit: rule python/OR is forbidden",)]
    assert len(judge(scan, **{"forbidden-rules": ["**"]}).findings) == 2


def test_ignored_rules_do_not_count_and_the_summary_says_so():
    judgement = judge(a_scan(a_result(rule="B101")), **NO_ERRORS, **{"ignored-rules": ["B1*"]})
    assert judgement.findings == ()
    assert judgement.summary == "bandit: 0 errors, 0 warnings, 1 ignored"
    assert dict(judgement.figures)["ignored"] == 1


def test_excluded_paths_do_not_count():
    scan = a_scan(a_result(path="tests/a.py"), a_result(path="src/tests.py"))
    judgement = judge(scan, **NO_ERRORS, **{"excluded-paths": ["tests/**"]})
    assert [finding.place.path for finding in judgement.findings] == ["src/tests.py"]
    assert judgement.summary == "bandit: 1 error, 0 warnings, 1 in other paths"


@pytest.mark.parametrize(
    "path", [None, "/abs/a.py", "../a.py", "C:/x/a.py", "https://example.com/a", "src/a.py"]
)
def test_for_paths_a_result_without_a_file_or_outside_the_workspace_counts(path):
    scan = a_scan(a_result(path=path), a_result(path="docs/a.py"))
    assert len(judge(scan, **NO_ERRORS, paths=["src/**"]).findings) == 1


def test_a_result_without_a_file_stands_at_the_rule_and_no_glob_excludes_it():
    (only,) = judge(a_scan(a_result(path=None)), **NO_ERRORS, **{"excluded-paths": ["**"]}).findings
    assert only.place == a_rule().place


def suppressed(**more):
    return a_result(suppressions=(Suppression("inSource", **more),))


@pytest.mark.parametrize(
    ("expires", "holds"),
    [
        (None, True),
        ("2026-11-22", True),  # to the end of the day
        ("2026-11-21", False),
        ("2026-11-22T11:59:59Z", False),
        ("2026-11-22T12:00:01", True),
        ("2026-11-22T13:30:00+02:00", False),
        ("some day", False),
        ("", False),
    ],
)
def test_a_suppression_of_the_tool_holds_until_it_expires(expires, holds):
    judgement = judge(a_scan(suppressed(expires=expires)), **NO_ERRORS)
    assert len(judgement.findings) == (0 if holds else 1)
    assert ("1 suppressed" in judgement.summary) is holds


def test_a_suppression_that_is_not_accepted_does_not_hold():
    assert len(judge(a_scan(suppressed(status="underReview")), **NO_ERRORS).findings) == 1


def test_suppressions_can_be_refused():
    assert len(judge(a_scan(suppressed()), **NO_ERRORS, suppressions="refuse").findings) == 1


def test_with_new_only_what_the_tool_knew_does_not_count():
    scan = a_scan(
        *(a_result(baseline=state, path=f"{state}.py") for state in ("new", "unchanged", "updated"))
    )
    judgement = judge(scan, **NO_ERRORS, **{"new-only": True})
    assert [finding.place.path for finding in judgement.findings] == ["new.py"]
    assert judgement.summary == "bandit: 1 error, 0 warnings, 2 known"


def test_with_new_only_a_result_without_a_baseline_state_is_missing_evidence_and_counts():
    judgement = judge(a_scan(a_result(), a_result("note")), **NO_ERRORS, **{"new-only": True})
    assert kinds(judgement) == ["missing-evidence", "violation"]
    assert "2 of them have no baselineState" in judgement.findings[0].message


def test_without_new_only_old_results_count():
    assert len(judge(a_scan(a_result(baseline="unchanged")), **NO_ERRORS).findings) == 1


def test_a_finding_is_the_same_after_the_code_moved_and_another_in_another_file_or_rule():
    here = judge(a_scan(a_result()), **NO_ERRORS).findings[0]
    moved = a_result()._replace(place=Place("src/a.py", 90), message="other words")
    assert judge(a_scan(moved), **NO_ERRORS).findings[0].fingerprint == here.fingerprint
    for other in (a_result(path="b.py"), a_result(rule="B1"), a_result(tool="x"), a_result(fingerprint="f2")):
        assert judge(a_scan(other), **NO_ERRORS).findings[0].fingerprint != here.fingerprint


def test_results_that_a_tool_gives_the_same_fingerprint_are_findings_of_their_own():
    judgement = judge(a_scan(a_result(), a_result(), a_result()), **NO_ERRORS)
    assert len({finding.fingerprint for finding in judgement.findings}) == 3


def test_at_most_500_findings_are_kept_the_worst_and_one_says_how_many_more():
    mild = [a_result("warning", path=f"{n}.py") for n in range(510)]
    scan = a_scan(*mild, a_result(severity=Severity.CRITICAL, path="worst.py"))
    judgement = judge(scan, **{"maximum-by-level": {"error": 0, "warning": 0}})
    assert len(judgement.findings) == 501
    assert judgement.findings[0].place.path == "worst.py"
    assert judgement.findings[-1].message.startswith("11 more results break this rule")
    assert judgement.findings[-1].kind is FindingKind.VIOLATION


def test_several_tools_are_named_once_each():
    scan = a_scan(tools=[Tool("bandit"), Tool("semgrep"), Tool("bandit")])
    assert judge(scan, **NO_ERRORS).summary == "bandit, semgrep: 0 errors, 0 warnings"


def test_a_limit_that_lets_the_worse_through_is_a_mistake():
    assert mistakes(**{"maximum-by-severity": {"high": 0}}) == [
        ("maximum-by-severity.high", "high is limited, but critical, which is worse, is not")
    ]
    assert mistakes(**{"maximum-by-level": {"error": 0, "note": 3}}) == [
        ("maximum-by-level.note", "note is limited, but warning, which is worse, is not")
    ]
    assert mistakes(**{"maximum-by-severity": {"critical": 0, "unknown": 0}}) == []


def test_a_glob_that_cannot_be_read_is_a_mistake():
    ((path, message),) = mistakes(**NO_ERRORS, paths=["src/[z-a]/**"])
    assert path == "paths"
    assert "is no glob" in message


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"tools": ["bandit"]},
        {"maximum-by-level": {}},
        {"maximum-by-level": {"critical": 0}},
        {"maximum-by-severity": {"error": 0}},
        {"maximum-by-level": {"error": -1}},
        {"maximum-by-level": {"error": 0.5}},
        {"forbidden-rules": []},
        {"forbidden-rules": ["!B101"]},
        {**NO_ERRORS, "tools": []},
        {**NO_ERRORS, "suppressions": "ignore"},
        {**NO_ERRORS, "new-only": "yes"},
    ],
)
def test_parameters_that_judge_nothing_or_mean_nothing_are_refused(parameters):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parameters, {**CHECK.parameters, "additionalProperties": False})


def test_every_parameter_is_described_and_says_in_which_direction_it_is_stricter():
    def leaves(schema):
        for name, each in schema["properties"].items():
            assert each["description"], name
            yield from leaves(each) if "properties" in each else [(name, each["x-stricter"])]

    allowed = {"higher", "lower", "superset", "subset", "true", "false", "later", "equal"}
    assert {direction for _, direction in leaves(CHECK.parameters)} <= allowed


def test_the_example_is_a_valid_rule():
    (rule,) = yaml.safe_load(CHECK.example)
    parameters = {key: value for key, value in rule.items() if key not in ("id", "title", "check")}
    jsonschema.validate(parameters, {**CHECK.parameters, "additionalProperties": False})
    assert mistakes(**parameters) == []
    assert rule["check"] == CHECK.name


results = st.builds(
    a_result,
    level=st.sampled_from(["error", "warning", "note", "none"]),
    rule=st.sampled_from(["B1", "B2", "x/y"]),
    path=st.sampled_from([None, "src/a.py", "tests/a.py", "../out.py"]),
    tool=st.sampled_from(["bandit", "eslint"]),
    severity=st.sampled_from(list(Severity)),
    fingerprint=st.sampled_from(["1", "2"]),
    baseline=st.sampled_from([None, "new", "unchanged"]),
    suppressions=st.sampled_from(
        [(), (Suppression("inSource"),), (Suppression("external", expires="2020-01-01"),)]
    ),
)
parameters = st.fixed_dictionaries(
    {"maximum-by-level": st.just({"error": 1, "warning": 2})},
    optional={
        "maximum-by-severity": st.just({"critical": 0, "high": 1}),
        "forbidden-rules": st.just(["x/**"]),
        "ignored-rules": st.just(["B2"]),
        "paths": st.just(["src/**"]),
        "excluded-paths": st.just(["tests/**"]),
        "new-only": st.booleans(),
        "suppressions": st.sampled_from(["accept", "refuse"]),
        "tools": st.sampled_from([["bandit"], ["*"]]),
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(results, max_size=8), results, parameters)
def test_one_more_result_never_makes_the_findings_fewer(some, one, given_parameters):
    tools = [Tool("bandit"), Tool("eslint")]
    before = judge(a_scan(*some, tools=tools), **given_parameters)
    after = judge(a_scan(*some, one, tools=tools), **given_parameters)
    assert len(after.findings) >= len(before.findings)
    assert {f.fingerprint for f in before.findings} <= {f.fingerprint for f in after.findings}


def test_absolute_paths_are_excluded_by_a_glob_that_starts_at_the_root():
    scan = a_scan(a_result(path="/build/shop/tests/a.py"))
    assert len(judge(scan, **NO_ERRORS, **{"excluded-paths": ["tests/**"]}).findings) == 1
    assert judge(scan, **NO_ERRORS, **{"excluded-paths": ["/**/tests/**"]}).findings == ()
