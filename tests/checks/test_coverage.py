"""The check `coverage`: what passes, what is broken, what cannot be judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest
import yaml

from gatepass.checks import Question
from gatepass.checks.coverage import CHECK
from gatepass.model.build import Build
from gatepass.model.coverage import Coverage, FileCoverage, Ratio, bit_set, pack_branches
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.source import Source

PLACE = Place("policy.yaml", 7)


def file(path, lines, run, branches=None, functions=None):
    return FileCoverage(
        path,
        bit_set(list(lines)),
        bit_set(list(run)),
        pack_branches(branches or {}),
        functions=functions,
    )


def report(*files, name="coverage.xml", **more):
    return Coverage(Source(name), files, **more)


def judge(*reports, **parameters):
    rule = Rule("tested", "release", "coverage", PLACE, parameters=parameters)
    build = Build(platform="local", repository="acme/shop", commit="9fceb02")
    return CHECK.judge(Question(rule, reports, build, datetime(2026, 11, 22, tzinfo=UTC)))


def kinds(judgement):
    return [finding.kind for finding in judgement.findings]


MISSING, BROKEN = [FindingKind.MISSING_EVIDENCE], [FindingKind.VIOLATION]


def test_a_minimum_that_is_reached_exactly_is_satisfied():
    judgement = judge(report(file("a.py", range(1, 6), range(1, 5))), minimum={"lines": 80})
    assert judgement.findings == ()
    assert judgement.summary == "lines 80.0 % of 80"
    assert dict(judgement.figures) == {"lines percent": 80.0, "lines covered": 4, "lines total": 5}


def test_a_hair_below_the_minimum_is_broken_and_never_shown_as_the_minimum():
    counted = FileCoverage("a.py", counted_lines=Ratio(79_999, 100_000))
    judgement = judge(report(counted), minimum={"lines": 80})
    assert kinds(judgement) == BROKEN
    assert judgement.summary == "lines 79.9 % of 80"
    assert judgement.findings[0].place == PLACE


def test_counts_are_compared_exactly_where_floating_point_would_round():
    a_third_short = FileCoverage("a.py", counted_lines=Ratio(10**17 - 1, 10**17))
    assert kinds(judge(report(a_third_short), minimum={"lines": 100})) == BROKEN
    tenth = FileCoverage("a.py", counted_lines=Ratio(801, 1000))
    assert judge(report(tenth), minimum={"lines": 80.1}).findings == ()


def test_a_broken_total_names_the_worst_files_with_their_lines():
    good = file("good.py", range(1, 11), range(1, 11))
    refund = file("refund.py", range(1, 61), set(range(1, 61)) - {*range(14, 23), 31, *range(40, 59)})
    ledger = file("ledger.py", range(1, 21), set(range(1, 21)) - set(range(12, 20)))
    [finding] = judge(report(good, ledger, refund), minimum={"lines": 80}).findings
    assert finding.message == "lines 58.8 % of 80: 53 of 90 lines covered"
    assert finding.details == (
        "refund.py   51.6 %   14-22, 31, 40-58",
        "ledger.py   60.0 %   12-19",
    )


def test_at_most_ten_files_are_named_and_the_rest_counted():
    files = [file(f"f{number:02}.py", range(1, 3), [1]) for number in range(13)]
    [finding] = judge(report(*files), minimum={"lines": 80}).findings
    assert len(finding.details) == 11
    assert finding.details[-1] == "and 3 more files"


def test_each_metric_below_its_minimum_is_a_finding_of_its_own():
    measured = file("a.py", [1, 2], [1], {1: (1, 4)}, Ratio(1, 3))
    judgement = judge(
        report(measured, has_branches=True, has_functions=True),
        minimum={"lines": 60, "branches": 30, "functions": 30},
    )
    assert judgement.summary == "lines 50.0 % of 60 · branches 25.0 % of 30 · functions 33.3 % of 30"
    assert [finding.message.split()[0] for finding in judgement.findings] == ["lines", "branches"]
    assert len({finding.fingerprint for finding in judgement.findings}) == 2


@pytest.mark.parametrize("metric", ["branches", "functions"])
def test_a_metric_that_was_not_measured_is_missing_evidence(metric):
    judgement = judge(report(file("a.py", [1], [1])), minimum={metric: 50})
    assert kinds(judgement) == MISSING
    assert judgement.summary == f"{metric} not measured"


def test_a_report_that_measures_branches_and_finds_none_satisfies_the_minimum_and_says_so():
    judgement = judge(report(file("a.py", [1], [1]), has_branches=True), minimum={"branches": 70})
    assert judgement.findings == ()
    assert judgement.summary == "branches: there are none"


@pytest.mark.parametrize("metric", ["lines", "functions"])
def test_nought_of_nought_is_missing_evidence(metric):
    assert kinds(judge(report(file("a.py", [], []), has_functions=True), minimum={metric: 1})) == MISSING


def test_a_report_without_files_passes_nothing():
    empty = report(has_branches=True, has_functions=True)
    assert kinds(judge(empty, minimum={"lines": 1, "branches": 1})) == MISSING
    assert kinds(judge(empty, paths=[{"match": ["**"], "minimum": {"branches": 1}}])) == MISSING


def test_files_that_only_a_report_without_branches_knows_leave_branches_unjudged():
    with_branches = report(file("a.py", [1], [1], {1: (2, 2)}), has_branches=True)
    without = report(file("b.js", [1], [1]), name="lcov.info")
    assert kinds(judge(with_branches, without, minimum={"branches": 50})) == MISSING
    same_file = report(file("a.py", [1], [1]), name="lcov.info")
    assert judge(with_branches, same_file, minimum={"branches": 50}).findings == ()


def test_reports_are_united_by_file_and_line():
    unit, integration = report(file("a.py", [1, 2], [1])), report(file("a.py", [1, 2], [2]), name="2.xml")
    assert judge(unit, integration, minimum={"lines": 100}).summary == "lines 100.0 % of 100"


def test_paths_written_differently_are_different_files():
    one, two = report(file("a.py", [1, 2], [1])), report(file("/build/a.py", [1, 2], [2]), name="2.xml")
    assert judge(one, two, minimum={"lines": 100}).summary == "lines 50.0 % of 100"


def test_an_entry_of_paths_judges_only_the_files_that_it_matches():
    files = (
        file("src/payments/refund.py", [1, 2], [1]),
        file("src/payments/generated/stub.py", [1], []),
        file("src/other.py", [1], []),
    )
    match = ["src/payments/**", "!src/payments/generated/**"]
    judgement = judge(report(*files), paths=[{"match": match, "minimum": {"lines": 95}}])
    [finding] = judgement.findings
    assert "50.0 % of 95: 1 of 2 lines" in finding.message
    assert finding.subject.path == "src/payments/refund.py"
    assert finding.place == Place("src/payments/refund.py", 2)


def test_an_entry_that_matches_several_files_names_them_in_one_finding():
    files = (file("src/a.py", [1, 2], [1]), file("src/b.py", [1], []))
    [finding] = judge(report(*files), paths=[{"match": ["src/**"], "minimum": {"lines": 95}}]).findings
    assert finding.subject.path is None
    assert finding.place == PLACE
    assert len(finding.details) == 2


def test_an_entry_that_matches_no_file_is_missing_evidence_and_never_a_pass():
    judgement = judge(
        report(file("src/a.py", [1], [1])),
        minimum={"lines": 100},
        paths=[{"match": ["src/paiments/**"], "minimum": {"lines": 1}}],
    )
    assert kinds(judgement) == MISSING
    assert judgement.findings[0].message == "no file in the report matches src/paiments/**"


@pytest.mark.parametrize("path", ["/builds/acme/shop/src/a.js", "C:/agent/src/a.js"])
def test_absolute_paths_are_matched_without_their_leading_folders(path):
    entry = {"match": ["src/**"], "minimum": {"lines": 100}}
    assert judge(report(file(path, [1], [1])), paths=[entry]).findings == ()
    without = {"match": ["src/**", "!src/a.js"], "minimum": {"lines": 1}}
    assert kinds(judge(report(file(path, [1], [1])), paths=[without])) == MISSING


def test_relative_paths_are_matched_whole():
    entry = {"match": ["src/**"], "minimum": {"lines": 1}}
    assert kinds(judge(report(file("vendor/src/a.js", [1], [1])), paths=[entry])) == MISSING


def test_a_path_out_of_the_workspace_is_never_a_place():
    entry = {"match": ["**"], "minimum": {"lines": 100}}
    for path in ("../../etc/passwd", "/etc/passwd", "https://evil.example/a"):
        [finding] = judge(report(file(path, [1], [])), paths=[entry]).findings
        assert finding.place == PLACE


def test_rows_that_could_not_be_read_count_against_the_build_when_they_decide():
    measured = report(file("a.py", range(1, 101), range(1, 82)), skipped_rows=1)
    assert judge(measured, minimum={"lines": 80}).findings == ()
    assert kinds(judge(replace(measured, skipped_rows=2), minimum={"lines": 80})) == MISSING


def test_a_report_that_names_no_file_counts_in_the_totals_and_matches_no_path():
    totals = Coverage(Source("t.txt"), totals=FileCoverage("", counted_lines=Ratio(9, 10)))
    assert judge(totals, minimum={"lines": 90}).findings == ()
    assert kinds(judge(totals, minimum={"branches": 1})) == MISSING
    assert kinds(judge(totals, paths=[{"match": ["**"], "minimum": {"lines": 1}}])) == MISSING


def test_many_ranges_are_cut_short():
    [finding] = judge(report(file("a.py", range(1, 1000), range(1, 1000, 2))), minimum={"lines": 80}).findings
    assert finding.details[0].endswith("22, 24, …")


def valid(parameters):
    jsonschema.validate(parameters, {"type": "object", **CHECK.parameters, "additionalProperties": False})


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"minimum": {}},
        {"minimum": {"line": 80}},
        {"minimum": {"lines": 101}},
        {"minimum": {"lines": "80"}},
        {"paths": []},
        {"paths": [{"match": [], "minimum": {"lines": 1}}]},
        {"paths": [{"match": ["a"]}]},
        {"paths": [{"match": ["a"], "minimum": {}}]},
    ],
)
def test_parameters_that_ask_for_nothing_or_nothing_known_are_refused(parameters):
    with pytest.raises(jsonschema.ValidationError):
        valid(parameters)


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"minimum": {"lines": 0}}, "minimum.lines"),
        ({"minimum": {"lines": float("nan")}}, "minimum.lines"),
        ({"paths": [{"match": ["a"], "minimum": {"branches": 0}}]}, "paths[0].minimum.branches"),
        ({"paths": [{"match": ["!a"], "minimum": {"lines": 1}}]}, "paths[0].match"),
    ],
)
def test_a_rule_that_nothing_can_break_or_match_is_a_mistake(parameters, path):
    rule = Rule("tested", "release", "coverage", PLACE, parameters=parameters)
    assert [mistake.path for mistake in CHECK.validate(rule)] == [path]


def test_the_example_is_valid():
    [rule] = yaml.safe_load(CHECK.example)
    parameters = {key: rule[key] for key in ("minimum", "paths")}
    valid(parameters)
    assert not list(CHECK.validate(Rule("coverage", "p", "coverage", PLACE, parameters=parameters)))
