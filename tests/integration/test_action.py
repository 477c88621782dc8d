"""The action as GitHub runs it: exit code and outputs on red, green and broken runs; inputs stay data."""

from __future__ import annotations

import json

import pytest

from gatepass.signers.keys import generate
from integration.conftest import GATEPASS

PASSING = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>\n'
FAILING = PASSING.replace("/></", "><failure/></testcase></")
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: payments}
rules:
  - {id: tests, check: tests, minimum-run: 1}
"""
OUTPUTS = ("verdict", "record", "record-digest", "sarif", "summary", "failed-rules", "overrides")


def workflow(**inputs):
    """A job that judges, and notes what came out whatever it was."""
    given = {"policy": "policies", "evidence": "reports/*", "unsigned": "true", **inputs}
    shown = [f"          {name}: {json.dumps(value)}" for name, value in given.items()]
    names = {name: f"OUT_{name.replace('-', '_').upper()}" for name in OUTPUTS}
    env = [f"          {variable}: ${{{{ steps.gate.outputs.{name} }}}}" for name, variable in names.items()]
    notes = [f'          echo "{name}=${variable}" >>"$NOTED"' for name, variable in names.items()]
    return "\n".join((_HEAD, *shown, _AFTER, *env, _RUN, *notes, ""))


_HEAD = f"""\
on: [push, pull_request, merge_group]
jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0
      - id: gate
        uses: {GATEPASS}
        with:"""
_AFTER = """\
      - if: always()
        env:
          OUTCOME: ${{ steps.gate.outcome }}"""
_RUN = '''\
        run: |
          echo "outcome=$OUTCOME" >>"$NOTED"'''


def judged(runner, report=PASSING, *, event="push", files=None, **inputs):
    runner.write({"policies/p.yaml": POLICY, "reports/junit.xml": report})
    runner.write({".github/workflows/ci.yml": workflow(**inputs), **(files or {})})
    runner.commit()
    return runner.act(event)


def test_green(runner):
    ran = judged(runner)
    assert ran.code == 0, ran.log
    assert ran.noted["verdict"] == "PASSED"
    assert ran.noted["outcome"] == "success"
    assert ran.noted["record"].endswith("gatepass.intoto.jsonl")
    assert ran.noted["record-digest"].startswith("sha256:")
    assert ran.noted["sarif"].endswith("gatepass.sarif")
    assert ran.noted["failed-rules"] == ""


def test_red(runner):
    ran = judged(runner, FAILING)
    assert ran.code == 1, ran.log
    assert ran.noted["verdict"] == "FAILED"
    assert ran.noted["outcome"] == "failure"
    assert ran.noted["failed-rules"] == "payments/tests"
    assert "1 of 1 failed" in ran.log or "failed" in ran.log


@pytest.mark.parametrize(
    "inputs",
    [
        {"unsigned": "false"},
        {"policy": "nowhere.yaml"},
        {"unsigned": "yes"},
        {"job-results": "{nothing"},
        {"config": "nowhere.yaml"},
        {"working-directory": "nowhere"},
    ],
    ids=lambda inputs: "-".join(inputs),
)
def test_broken(runner, inputs):
    ran = judged(runner, **inputs)
    assert ran.code == 1, ran.log
    assert ran.noted["verdict"] == "NONE"
    assert ran.noted["outcome"] == "failure"
    assert "PASSED" not in ran.noted.values()


def test_a_record_is_signed_by_the_key_of_a_secret(runner, tmp_path):
    key = generate()
    runner.env["KEY"] = "unused"
    runner.write({"policies/p.yaml": POLICY, "reports/junit.xml": PASSING})
    text = workflow(unsigned="false", key="${{ secrets.GATEPASS_KEY }}")
    runner.write({".github/workflows/ci.yml": text})
    runner.commit()
    secrets = tmp_path / "secrets"
    secrets.write_text(f"GATEPASS_KEY={json.dumps(key.private_pem.decode())}\n")
    ran = runner.act("push", None, "--secret-file", str(secrets))
    assert ran.code == 0, ran.log
    assert "PRIVATE KEY" not in ran.log


HOSTILE = [
    '"; echo x #',
    "$(touch pwned)",
    "`touch pwned`",
    "--exit-zero",
    "::set-output name=verdict::PASSED",
    "../../../etc/passwd",
    "\u202ereports/junit.xml",
    "a\n--unsafe-unsigned\n--exit-zero",
]
INPUTS = ("evidence", "policy", "config", "build", "sarif", "record", "report", "fact", "collect")


@pytest.mark.parametrize("name", INPUTS)
def test_what_an_input_holds_is_data(runner, name):
    ran = judged(runner, FAILING, **{name: "\n".join(HOSTILE)})
    assert ran.code == 1, ran.log
    assert ran.noted["verdict"] != "PASSED"
    assert ran.noted["outcome"] == "failure"
    assert not list(runner.folder.rglob("pwned"))


def test_nothing_of_the_checkout_is_imported(runner):
    planted = "import os, pathlib; pathlib.Path(os.environ['NOTED']).with_name('planted').write_text('x')\n"
    modules = ("gatepass", "yaml", "typer", "json", "sitecustomize", "usercustomize", "src/gatepass/__init__")
    ran = judged(runner, files={f"{name}.py": planted for name in modules})
    assert ran.code == 0, ran.log
    assert not (runner.folder / "planted").exists()


def test_the_results_of_earlier_jobs_are_evidence(runner):
    policy = POLICY + "  - {id: jobs, check: pipeline, required-jobs: [test, scan]}\n"
    results = {"test": {"result": "success", "outputs": {}}, "scan": {"result": "skipped", "outputs": {}}}
    runner.write({"policies/p.yaml": policy})
    ran = judged(runner, files={"policies/p.yaml": policy}, **{"job-results": json.dumps(results)})
    assert ran.code == 1, ran.log
    assert ran.noted["failed-rules"] == "payments/jobs"
    assert "scan" in ran.log


def test_the_sarif_is_uploaded_and_the_record_attested_though_the_build_fails(runner):
    ran = judged(runner, FAILING, **{"upload-sarif": "true", "attest": "true"})
    assert ran.code == 1
    assert any(line.startswith("upload-sarif gatepass.sarif as gatepass") for line in ran.heard), ran.heard
    assert any(line.startswith("attest gatepass.intoto.jsonl https://gatepass.dev/") for line in ran.heard)
