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


WORKFLOW = (PROJECT / ".github" / "workflows" / "gate.yml").read_text("utf-8")
FORGED = {
    "release.yaml": LAX,
    ".gatepass/artifacts/forged/junit.xml": PASSING,
    "gatepass.intoto.jsonl": "forged",
    "action.yml": "runs: {using: composite, steps: [{shell: bash, run: echo forged}]}",
}


@pytest.fixture
def called(runner, action):
    """The workflow as a server runs it that tells whose it is, which act does not."""
    told = WORKFLOW
    for context, value in {"repository": "acme/gatepass", "sha": "2" * 40}.items():
        expression = f"${{{{ job.workflow_{context} }}}}"
        assert expression in told
        told = told.replace(expression, f'"{value}"')
    runner.write({".github/workflows/ci.yml": CALLER, ".github/workflows/gate.yml": told})
    checkouts = runner.folder / "checkouts"
    shutil.copytree(action, checkouts / f"acme/gatepass@{'2' * 40}")
    runner.write(FORGED, checkouts / "own@head")
    runner.write({"release.yaml": POLICY}, checkouts / f"acme/policies@{'1' * 40}")
    return runner


def test_the_organisations_policy_judges_what_the_jobs_left(called):
    called.env["REPORT"] = PASSING
    called.commit()
    ran = called.act("push")
    assert ran.code == 0, ran.log
    assert "organisation" in ran.log
    assert any(line.startswith("upload decision-record") for line in ran.heard)


def test_neither_a_policy_nor_a_report_of_the_change_stands_in(called):
    called.env["REPORT"] = PASSING.replace("/></", "><failure/></testcase></")
    called.commit()
    ran = called.act("push")
    assert ran.code == 1, ran.log
    assert "lax" not in ran.log
    assert "forged" not in ran.log


def test_a_server_that_does_not_tell_whose_the_workflow_is_runs_nothing_of_the_changes(called):
    called.write({".github/workflows/gate.yml": WORKFLOW})
    called.env["REPORT"] = PASSING
    called.commit()
    ran = called.act("push")
    assert ran.code == 1, ran.log
    assert "does not tell where the workflow comes from" in ran.log
    assert "forged" not in ran.log
    assert not [line for line in ran.heard if line.startswith("checkout")]
