"""The reusable workflow, as an organisation calls it: policies of another repository, evidence of jobs."""

from __future__ import annotations

import shutil

import pytest

from integration.conftest import PROJECT

CALLER = """\
on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: |
          mkdir -p "$ARTIFACTS/gatepass-test"
          printf '%s' "$REPORT" >"$ARTIFACTS/gatepass-test/junit.xml"
  gate:
    needs: [test]
    if: always()
    uses: ./.github/workflows/gate.yml
    with:
      policy: release.yaml
      policy-repository: acme/policies
      policy-ref: "1111111111111111111111111111111111111111"
      job-results: ${{ toJSON(needs) }}
      collect: ""
      unsigned: true
"""
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: organisation}
rules:
  - {id: tests, check: tests, minimum-run: 1}
"""
LAX = POLICY.replace("organisation", "lax").replace("minimum-run: 1", "maximum-failed: 9")
PASSING = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>'


@pytest.fixture
def called(runner, action):
    """Each checkout of a repository without a name holds the change and the gate: act does not tell which."""
    runner.write({".github/workflows/ci.yml": CALLER})
    shutil.copy(PROJECT / ".github" / "workflows" / "gate.yml", runner.repo / ".github" / "workflows")
    own = runner.folder / "checkouts" / "own@head"
    shutil.copytree(action, own)
    runner.write({"release.yaml": LAX, ".gatepass/artifacts/forged/junit.xml": PASSING}, own)
    runner.write({"release.yaml": POLICY}, runner.folder / "checkouts" / f"acme/policies@{'1' * 40}")
    runner.commit()
    return runner


def test_the_organisations_policy_judges_what_the_jobs_left(called):
    called.env["REPORT"] = PASSING
    ran = called.act("push")
    assert ran.code == 0, ran.log
    assert "organisation" in ran.log
    assert any(line.startswith("upload decision-record") for line in ran.heard)


def test_neither_a_policy_nor_a_report_of_the_change_stands_in(called):
    called.env["REPORT"] = PASSING.replace("/></", "><failure/></testcase></")
    ran = called.act("push")
    assert ran.code == 1, ran.log
    assert "lax" not in ran.log
    assert "forged" not in ran.log
