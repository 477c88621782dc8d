"""SARIF logs of the corpus, Snyk Code and Snyk IaC among them, against their truths."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from gatepass.errors import UnreadableEvidence
from support.corpus import needs_corpus, rows
from support.evidence import read, recognised_as

pytestmark = needs_corpus

NOT_COUNTED = {
    # kind pass: Flawfinder says that the rule holds there; DefectDojo expects 53 too
    "flawfinder.sarif": {"note": 1},
    # baselineState absent: these are no longer there
    "TEST1003.Baseline.sarif": {"note": 5, "warning": 2},
}
REFUSED = {
    "suppressed-sarif.json": "names no SARIF version",
    "PyLint.sarif": "is SARIF 2.0.0",
    "WithSuppressions.sarif": "is SARIF 2.0.0",
    "v2_SpecExamples_Comprehensive.sarif": "is SARIF 2.0.0",
    "v2_SpecExamples_RuleMetadata.sarif": "is SARIF 2.0.0",
}


def name(row):
    return row.name.rpartition("__")[2]


def truths():
    for row in [*rows("sarif"), *rows("snyk-test-json")]:
        truth = row.truth
        if not isinstance(truth, dict) or name(row) in REFUSED:
            continue
        if isinstance(runs := truth.get("by_run", truth.get("sarif")), list):
            yield pytest.param(row, runs, id=name(row))


@pytest.mark.parametrize(("row", "runs"), list(truths()))
def test_results_levels_and_suppressions_agree_with_the_truth(row, runs):
    assert recognised_as(row.path) == ["sarif"]
    scan = read(row.path, "sarif").evidence
    left_out = NOT_COUNTED.get(name(row), {})
    levels = sum((Counter(run["level"]) for run in runs), Counter()) - Counter(left_out)
    assert Counter(result.level.value for result in scan.results) == levels
    assert scan.not_counted == sum(left_out.values())
    assert sum(result.suppressed for result in scan.results) == sum(run.get("suppressed", 0) for run in runs)
    assert [tool.name for tool in scan.tools] == [run["tool"] for run in runs]
    severities = sum((Counter(run.get("security_severity", {})) for run in runs), Counter())
    judged = Counter(each.severity.value for each in scan.results if each.severity != "unknown")
    assert judged == severities
    assert all(tool.failure is None for tool in scan.tools)


@pytest.mark.parametrize("row", [row for row in rows("sarif") if name(row) in REFUSED], ids=name)
def test_other_versions_are_refused_by_name(row):
    assert recognised_as(row.path) == ["sarif"]
    with pytest.raises(UnreadableEvidence, match=REFUSED[name(row)]):
        read(row.path, "sarif")


def test_every_sarif_log_of_the_corpus_is_tried():
    tried = {param.values[0].name for param in truths()} | {
        row.name for row in rows("sarif") if name(row) in REFUSED
    }
    assert {row.name for row in rows("sarif")} <= tried
    assert len(tried) == 29


@pytest.mark.parametrize(
    ("file", "targets", "severities"),
    [
        # counted by hand with jq: all targets together, where the truth shows the first target only
        ("iac-test-report.json", 7, {"low": 12, "medium": 15, "high": 3}),
        ("snyk-iac-terraform-demo.json", 8, {"low": 7, "medium": 9, "high": 2}),
    ],
)
def test_issues_of_snyk_iac_are_counted_over_all_targets(file, targets, severities):
    (row,) = [row for row in rows("snyk-test-json") if name(row) == file]
    assert row.truth["projects"] == targets
    assert recognised_as(row.path) == ["snyk-iac"]
    scan = read(row.path, "snyk-iac").evidence
    assert Counter(result.severity.value for result in scan.results) == severities
    first = Counter(r.severity.value for r in scan.results if r.place.path == "main.tf")
    assert row.truth["first"]["iac"] in ({}, dict(first))
    assert scan.tools[0].failure is None


def test_commit_and_time_are_taken_from_the_log():
    (row,) = [row for row in rows("sarif") if name(row) == "bash-report.sarif"]
    reading = read(row.path, "sarif")
    assert reading.commit == "288c68d1ba1f35ebeff1d1bdb032186a23f0ea5b"
    assert reading.created == datetime(2021, 3, 8, 15, 39, 40, tzinfo=UTC)
    assert reading.evidence.results[0].place.path == "docker/setEnv.sh"
