"""The four commonest coverage formats against real reports and what is known to be true of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gatepass.errors import UnreadableEvidence
from support.corpus import ROOT, Row, needs_corpus, rows
from support.evidence import read, recognised_as

OURS = {"cobertura": "cobertura", "jacoco": "jacoco", "lcov": "lcov", "coverage-py-json": "coverage-py"}

# Files that are refused, and why that is right.
REFUSED = {
    # a run without a single line: 0 of 0 is no figure that a rule could judge
    "cobertura/chainloop-dev+chainloop__cobertura-empty.xml": "no line that could be covered",
    # coverage.py's private data file of version 4; it is no report, and the message says how to make one
    "coverage-py-json/codeclimate+test-reporter__example.json": "coverage json",
}
UNRECOGNISED = {
    # the root is `other`: nothing of JaCoCo is in it
    "jacoco/jenkinsci+coverage-model__empty.xml",
    # no byte at all
    "lcov/jenkinsci+coverage-model__empty.xml",
}

# Where the truth was counted by another rule than ours, and why ours is right.
LINES_BY_OUR_RULE = {
    # its lines stand only below methods; the truth counts class lines (none), the report's own summary 1 of 2
    "cobertura/danielpalme+ReportGenerator__Cobertura_Swift.xml": "1/2",
    # it holds only LF and LH; the truth counts DA rows (none) and gives these sums as LH_LF_sum
    "lcov/taiki-e+cargo-llvm-cov__exclude-from-report1.lcov.info": "21/32",
}


def cases(kind: str) -> list[Any]:
    return [pytest.param(row, id=row.name.partition("/")[2]) for row in rows(kind)]


def readable(kind: str) -> list[Any]:
    refused = {*REFUSED, *UNRECOGNISED}
    return [case for case in cases(kind) if case.values[0].name not in refused]


def ratio(measured: Any) -> str:
    return f"{measured.covered}/{measured.total}"


@needs_corpus
@pytest.mark.parametrize("row", [case for kind in OURS for case in readable(kind)])
def test_a_real_report_is_recognised_as_what_it_is(row: Row):
    assert recognised_as(row.path) == [OURS[row.kind]]


@needs_corpus
@pytest.mark.parametrize("row", readable("cobertura"))
def test_cobertura_lines_and_branches_are_as_counted_by_a_second_tool(row: Row):
    coverage = read(row.path, "cobertura").evidence
    assert ratio(coverage.lines) == LINES_BY_OUR_RULE.get(row.name, row.truth["uniq_lines"])
    assert ratio(coverage.branches) == row.truth["branches"]


@needs_corpus
@pytest.mark.parametrize("row", readable("lcov"))
def test_lcov_lines_and_branches_are_as_counted_by_a_second_tool(row: Row):
    coverage = read(row.path, "lcov").evidence
    assert ratio(coverage.lines) == LINES_BY_OUR_RULE.get(row.name, row.truth["lines"])
    assert ratio(coverage.branches) == row.truth["branches"]
    assert len(coverage.files) == row.truth["files"]


@needs_corpus
@pytest.mark.parametrize("row", readable("jacoco"))
def test_jacoco_figures_are_those_of_the_root_s_own_counters(row: Row):
    coverage = read(row.path, "jacoco").evidence
    counters = row.truth["report_counters"]
    assert ratio(coverage.lines) == counters["LINE"]
    assert ratio(coverage.branches) == counters.get("BRANCH", "0/0")
    assert ratio(coverage.functions) == counters["METHOD"]


@needs_corpus
@pytest.mark.parametrize("row", readable("coverage-py-json"))
def test_coverage_py_lines_are_statements_and_never_the_combined_percentage(row: Row):
    coverage = read(row.path, "coverage-py").evidence
    totals = row.truth["totals"]
    assert ratio(coverage.lines) == f"{totals['covered_lines']}/{totals['num_statements']}"
    assert ratio(coverage.branches) == f"{totals.get('covered_branches', 0)}/{totals.get('num_branches', 0)}"
    assert coverage.has_branches is row.truth["meta"]["branch_coverage"]


@needs_corpus
def test_one_run_reads_alike_in_all_formats_of_coverage_py():
    stem = "weiwei+junitparser__GENERATED_coverage_7.17.3_branch"
    evidence = [
        read(ROOT / f"{folder}/{stem}.{suffix}", name).evidence
        for folder, suffix, name in (
            ("cobertura", "xml", "cobertura"),
            ("coverage-py-json", "json", "coverage-py"),
            ("lcov", "info", "lcov"),
        )
    ]
    assert [(ratio(each.lines), ratio(each.branches)) for each in evidence] == [("649/664", "189/200")] * 3
    assert len({tuple((f.path, f.missed) for f in each.files) for each in evidence}) == 1
    assert len({tuple(f.branch_lines for f in each.files) for each in evidence}) == 1
    assert evidence[1].functions == evidence[2].functions


@needs_corpus
@pytest.mark.parametrize("name", REFUSED)
def test_a_real_report_that_holds_nothing_to_judge_is_refused_with_its_reason(name):
    [format_name] = recognised_as(ROOT / name)
    with pytest.raises(UnreadableEvidence) as caught:
        read(ROOT / name, format_name)
    assert re.search(REFUSED[name], caught.value.message)


@needs_corpus
@pytest.mark.parametrize("name", sorted(UNRECOGNISED))
def test_a_file_without_content_of_a_format_is_not_taken_for_it(name):
    assert not set(recognised_as(ROOT / name)) & set(OURS.values())


@needs_corpus
def test_nothing_foreign_in_the_whole_corpus_is_taken_for_ours():
    foreign = [
        (str(path.relative_to(ROOT)), mine)
        for path in sorted(ROOT.glob("*/*"))
        if path.is_file() and path.parent.name not in OURS
        for mine in recognised_as(path)
        if mine in OURS.values()
    ]
    assert foreign == []
