"""Snyk reports as the tool wrote them, against what was counted in them by other means."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.model.scan import Severity
from support.corpus import ROOT, Row, needs_corpus, rows
from support.evidence import read, recognised_as

OTHER_FORMATS = {
    "DefectDojo+django-DefectDojo__snyk_code_single_project_many_vulns.json": "snyk code writes SARIF",
    "snyk+snyk-to-html__test-code-consistent-ignores.json": "snyk code writes SARIF",
    "snyk+snyk-to-html__iac-test-report.json": "snyk iac has a list of its own",
    "snyk-labs+snyk-filter__snyk-iac-terraform-demo.json": "snyk iac has a list of its own",
    "snyk+snyk-to-html__invalid-input.json": "the text for people, not JSON",
}
REFUSED = {
    "DefectDojo+django-DefectDojo__single_project_no_vulns.json": "its one project has no dependencies: that "
    "nothing was found in nothing proves nothing",
}
WORSE_SEVERITY = {
    "DefectDojo+django-DefectDojo__all_projects_issue4277.json": "four rows say high and, for clients that "
    "know the level, critical: the truth took the first, we take the worse",
}


def short(row: Row) -> str:
    return row.name.rpartition("/")[2]


ALL = rows("snyk-test-json")
READ = [row for row in ALL if short(row) not in OTHER_FORMATS and short(row) not in REFUSED]


@needs_corpus
def test_every_file_is_recognised_unless_it_is_of_another_format():
    recognised = {short(row) for row in ALL if "snyk" in recognised_as(row.path)}
    assert recognised == {short(row) for row in ALL} - set(OTHER_FORMATS)
    assert len(ALL) == 24


@needs_corpus
@pytest.mark.parametrize("row", READ, ids=short)
def test_the_counts_are_those_of_the_truth(row):
    evidence = read(row.path, "snyk").evidence
    documents = json.loads(row.path.read_text("utf-8-sig"))
    documents = documents if isinstance(documents, list) else [documents]
    documents = [each for root in documents for each in (root, *root.get("applications", ()))]
    truths = truths_of(row.truth, len(evidence.projects))
    assert len(evidence.projects) == len(documents)
    by_label: dict[str | None, list] = {}
    for issue in (*evidence.issues, *evidence.licences):
        by_label.setdefault(issue.target, []).append(issue)
    with_issues = [index for index, document in enumerate(documents) if document["vulnerabilities"]]
    assert len(by_label) == len(with_issues), "two projects of the report cannot be told apart"
    for index, issues in zip(with_issues, by_label.values(), strict=True):
        rows_given = documents[index]["vulnerabilities"]
        licence_rows = sum(each.get("type") == "license" for each in rows_given)
        assert sum(getattr(each, "path_count", 0) for each in issues) + licence_rows == len(rows_given)
        if truth := truths.get(index):
            assert len(rows_given) == truth["rows"]
            assert len({each.id for each in issues}) == truth["unique_ids"]
            assert by_severity(issues) == expected_by_severity(short(row), truth, rows_given)
    if "total_rows" in row.truth:
        assert sum(issue.path_count for issue in evidence.issues) == row.truth["total_rows"]


def truths_of(truth: dict, count: int) -> dict[int, dict]:
    if isinstance(truth.get("projects"), list):
        return dict(enumerate(truth["projects"]))
    if "first" in truth:
        assert truth["projects"] == count
        return {0: truth["first"]}
    return dict(enumerate([truth, *truth.get("applications", ())]))


def by_severity(issues: list) -> Counter[str]:
    worst: dict[str, Severity] = {}
    for each in issues:
        worst[each.id] = max(each.severity, worst.get(each.id, each.severity), key=lambda s: s.rank)
    return Counter(str(severity) for severity in worst.values())


def expected_by_severity(name: str, truth: dict, rows_given: list[dict]) -> Counter[str]:
    expected = Counter(truth["unique_by_severity"])
    if name in WORSE_SEVERITY:
        raised = {each["id"]: each for each in rows_given if each.get("severityWithCritical") == "critical"}
        for each in raised.values():
            expected[each["severity"]] -= 1
            expected["critical"] += 1
    return +expected


@needs_corpus
@pytest.mark.parametrize("name", REFUSED)
def test_a_report_that_looked_at_nothing_is_refused(name):
    row = next(row for row in ALL if short(row) == name)
    with pytest.raises(UnreadableEvidence) as caught:
        read(row.path, "snyk")
    assert caught.value.code == "empty"


@needs_corpus
def test_no_other_report_of_the_corpus_is_taken_for_one_of_snyk():
    taken = {}
    for path in sorted(ROOT.glob("*/*")):
        formats_of_it = recognised_as(path) if path.is_file() else []
        if "snyk" in formats_of_it:
            taken[path.name] = formats_of_it
    ours = {short(row) for row in ALL} - set(OTHER_FORMATS)
    assert taken == {name: ["snyk"] for name in ours}
