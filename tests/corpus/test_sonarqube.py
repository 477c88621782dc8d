"""SonarQube files of the corpus: three pointers are ours, the rest is of other interfaces."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from gatepass.evidence import OpenReport
from support.corpus import ROOT, Row, needs_corpus, rows
from support.evidence import formats, read, recognised_as

# What SonarQube also answers with, and why none of it is a quality gate.
FOREIGN = {
    "DefectDojo+django-DefectDojo__api_sonarqube_rule.json": "describes one rule and judges nothing",
    "DefectDojo+django-DefectDojo__hotspots_many_vulns.json": "hotspots/search: places to review",
    "DefectDojo+django-DefectDojo__hotspots_no_vuln.json": "hotspots/search: an empty list, of anything",
    "DefectDojo+django-DefectDojo__sonarqube_findings_over_api.json": "issues/search: a page of issues",
    "DefectDojo+django-DefectDojo__sonarqube_findings_over_api_empty.json": "issues/search: a page of none",
    "jenkinsci+analysis-model__parser_sonarqube-api-multimodule.json": "issues/search: a page of issues",
    "jenkinsci+analysis-model__parser_sonarqube-api.json": "issues/search: a page of issues",
    "jenkinsci+analysis-model__parser_sonarqube-differential.json": "the issues mode of SonarQube 5",
}

ROWS = rows("sonarqube")
POINTERS = [row for row in ROWS if PurePosixPath(row.name).name not in FOREIGN]


def name(row: Row) -> str:
    return PurePosixPath(row.name).name


def ours(row: Row) -> list[str]:
    return [each for each in recognised_as(row.path) if formats()[each].kind == "quality-gate"]


@needs_corpus
def test_every_file_of_the_corpus_is_a_pointer_or_listed_as_foreign():
    assert len(ROWS) == 11
    assert {name(row) for row in ROWS} - {name(row) for row in POINTERS} == set(FOREIGN)


@needs_corpus
@pytest.mark.parametrize("row", POINTERS, ids=name)
def test_a_pointer_is_read_as_the_corpus_says(row):
    assert recognised_as(row.path) == ["sonarqube-task"]
    reading = read(row.path, "sonarqube-task")
    assert reading.evidence.task_id == row.truth["ceTaskId"]
    assert reading.evidence.project == row.truth["projectKey"]
    assert reading.evidence.server == row.truth["serverUrl"]
    assert reading.producer == f"SonarQube {row.truth['serverVersion']}"
    assert reading.evidence.branch == ("359" if "pullRequest=359" in row.truth["dashboardUrl"] else None)
    assert reading.evidence.status is None


@needs_corpus
@pytest.mark.parametrize("row", [row for row in ROWS if name(row) in FOREIGN], ids=name)
def test_another_answer_of_sonarqube_is_no_quality_gate(row):
    assert ours(row) == []


@needs_corpus
def test_no_other_file_of_the_corpus_is_taken_for_a_quality_gate():
    paths = [path for path in sorted(ROOT.rglob("*")) if path.is_file()]
    mine = [each for each in formats().values() if each.kind == "quality-gate"]
    taken = {path.name: found for path in paths if (found := recognising(path, mine))}
    assert len(paths) > 300
    assert set(taken) == {name(row) for row in POINTERS}


def recognising(path, candidates):
    with OpenReport(path, path.name) as report:
        return [each.name for each in candidates if each.recognises(report.head)]
