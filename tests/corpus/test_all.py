"""Every file of the corpus goes through the whole gate: read or refused, judged, reported, no traceback."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatepass import seam
from gatepass.checks import Check
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import gather
from gatepass.model.build import Build
from gatepass.model.decision import Verdict
from gatepass.model.source import ProblemCode
from gatepass.policy.load import load
from gatepass.reports import Report, ReportContext
from support.corpus import ROOT, needs_corpus
from support.values import write

# Kinds of the corpus that hold evidence which this version reads, and the formats they are read as.
OURS = {
    "cobertura": {"cobertura"},
    "coverage-py-json": {"coverage-py"},
    "github-events": {"github-pull-request"},
    "github-pr-reviews": {"github-pull-request", "github-reviews"},
    "gitlab-approvals": {"gitlab-approvals"},
    "jacoco": {"jacoco"},
    "junit": {"junit"},
    "lcov": {"lcov"},
    "sarif": {"sarif"},
    "snyk-policy": {"snyk-policy"},
    "snyk-test-json": {"sarif", "snyk", "snyk-iac"},
    "sonarqube": {"sonarqube-task"},
}
FILES = [
    str(path.relative_to(ROOT))
    for path in (sorted(ROOT.rglob("*")) if ROOT.is_dir() else [])
    if path.is_file() and path.parent != ROOT
]
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: everything}
rules:
  - {id: tests, check: tests}
  - {id: coverage, check: coverage, minimum: {lines: 1}}
  - {id: findings, check: findings, maximum-by-level: {error: 0}}
  - {id: vulnerabilities, check: vulnerabilities, maximum: {critical: 0, high: 0}}
  - {id: quality-gate, check: quality-gate}
  - {id: approvals, check: approvals, minimum: 1}
"""


@pytest.fixture(scope="module")
def found():
    return gather(FILES, {}, ROOT, None)


@needs_corpus
def test_no_file_is_claimed_by_two_formats_or_read_as_what_it_is_not(found):
    for source in found.sources:
        kind = source.name.split("/")[0]
        assert source.problem is None or source.problem.code is not ProblemCode.AMBIGUOUS, source.name
        assert source.format is None or source.format in OURS.get(kind, set()), source.name


@needs_corpus
def test_most_of_what_is_ours_can_be_used(found):
    usable = {s.name for s in found.sources if s.problem is None}
    for kind in OURS:
        if kind not in ("github-pr-reviews", "github-events", "gitlab-approvals", "sonarqube"):
            files = [name for name in FILES if name.startswith(f"{kind}/")]
            assert len(usable.intersection(files)) >= 0.75 * len(files), kind


@needs_corpus
def test_every_file_is_judged_and_reported_without_a_traceback(tmp_path, found):
    write(tmp_path, {"p.yaml": POLICY})
    policies = load(["p.yaml"], tmp_path)
    checks = seam.members("gatepass.checks", Check)
    reports = seam.members("gatepass.reports", Report)
    by_name = {each.source.name: each for each in found.evidence}
    for source in found.sources:
        evidence = (by_name[source.name],) if source.name in by_name else ()
        decision = evaluate(
            policies,
            Gathered(evidence, (source,)),
            (),
            Build("local"),
            datetime(2026, 11, 22, tzinfo=UTC),
            checks=checks,
            gate_version="0",
        )
        assert decision.verdict is Verdict.FAILED, f"{source.name}: five kinds of evidence are missing"
        assert source.name in reports["json"].render(decision, ReportContext())
        for name in ("text", "markdown", "sarif-github"):
            assert reports[name].render(decision, ReportContext()).endswith("\n")
