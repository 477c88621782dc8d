"""What the action says on the forge, however a run ends: an old green is never what stands there."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatepass.signers.keys import generate
from support.gate import EASY, a_policy
from support.loopback import Reply, serving

RUN = Path(__file__).parents[1] / ".github" / "action" / "run.py"
HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
OTHER = "77aa01c0" * 5
PASSING = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>\n'


@pytest.fixture
def forge():
    def answer(heard):
        if heard.path.endswith("/pulls/482"):
            return Reply({}, seconds=20)  # until the run is cancelled
        if heard.path == "/graphql":
            return Reply({"data": {"viewer": {"databaseId": 7}}})
        return Reply([]) if heard.method == "GET" else Reply({"html_url": "https://x.example/1"}, 201)

    with serving(answer) as server:
        yield server


def _interruptible():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def step(tmp_path, forge):
    workspace, temporary = tmp_path / "workspace", tmp_path / "temp"
    workspace.mkdir()
    temporary.mkdir()
    (workspace / "policy.yaml").write_text(a_policy(EASY["tests"]))
    (workspace / "junit.xml").write_text(PASSING)
    (tmp_path / "event.json").write_text(json.dumps({}))
    (tmp_path / "output").write_text("")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GITHUB_ACTIONS": "true",
        "CI": "",  # whatever an earlier step made of it
        "GITHUB_API_URL": forge.url,
        "GITHUB_TOKEN": "made-for-the-test",
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": HEAD,
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(temporary),
    }
    given = {"policy": "policy.yaml", "evidence": "junit.xml", "unsigned": "true", "status": "gatepass"}

    def run(*, without=(), meanwhile=None, **inputs):
        more = {name: inputs.pop(name) for name in [*inputs] if name.isupper()}
        words = {name.replace("_", "-"): value for name, value in inputs.items()}
        spelt = {
            f"GATEPASS_IN_{name.upper().replace('-', '_')}": value
            for name, value in {**given, **words}.items()
        }
        env = {name: value for name, value in {**environment, **spelt, **more}.items() if name not in without}
        process = subprocess.Popen(
            [sys.executable, "-I", str(RUN)],
            # where the tests run in the background, an interruption is ignored, and that is inherited
            preexec_fn=_interruptible if os.name == "posix" else None,
            cwd=workspace,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if meanwhile:
            meanwhile(process)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    run.workspace = workspace
    run.outputs = lambda: (tmp_path / "output").read_text()
    return run


def said(forge, commit=HEAD):
    told = [each for each in forge.heard if each.path == f"/repos/acme/payments/statuses/{commit}"]
    return [json.loads(each.body)["state"] for each in told]


def test_a_decision_is_said(step, forge):
    ran = step()
    assert (ran.returncode, said(forge)) == (0, ["success"]), ran.stderr


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped", "splendid", None])
def test_a_job_before_that_did_not_succeed_is_no_success(step, forge, result):
    jobs = {} if result is None else {"test": {"result": result, "outputs": {}}}
    ran = step(**{"job-results": json.dumps(jobs)})
    assert (ran.returncode, said(forge)) == (1, ["failure"]), ran.stderr
    assert "check: pipeline" in " ".join(ran.stdout.split())


ODD = {
    "unsigned": "yes",
    "exit-zero": "TRUE",
    "comment": "yes",
    "job-results": "{nothing",
    "working-directory": "nowhere",
    "policy": "nowhere.yaml",
    "config": "nowhere.yaml",
    "build": "nothing",
    "report": "nothing",
    "fact": "nothing",
    "collect": "nobody",
    "record": "policy.yaml/record",
    "evidence": "../outside",
}


@pytest.mark.parametrize("name", ODD)
def test_an_input_that_means_nothing_leaves_no_old_word_standing(step, forge, name):
    ran = step(**{name: ODD[name]})
    assert ran.returncode in (1, 2), ran.stderr
    assert said(forge)[-1:] in (["error"], ["failure"]), ran.stderr
    assert "success" not in said(forge)


@pytest.mark.parametrize("name", ["a\nb", "-", "x" * 61, "é"])
def test_a_status_whose_name_means_nothing_is_refused_before_anything_is_judged(step, forge, name):
    ran = step(status=name)
    assert (ran.returncode, said(forge)) == (2, ["error"]), ran.stderr
    assert contexts(forge) == ["gatepass-push"]
    assert "verdict=NONE" in step.outputs()
    assert "PASSED" not in step.outputs()


@pytest.mark.parametrize("name", ["RUNNER_TEMP", "GITHUB_WORKSPACE"])
def test_a_runner_that_lacks_what_it_should_have_leaves_no_old_word_standing(step, forge, name):
    ran = step(without=(name,), **{"job-results": "{}"})
    assert (ran.returncode, said(forge)) == (2, ["error"]), ran.stderr
    assert "verdict=NONE" in step.outputs()


def test_without_a_key_it_is_an_error_at_the_commit_that_the_inputs_name(step, forge):
    ran = step(unsigned="false", build=f"commit={OTHER}")
    assert ran.returncode == 2
    assert said(forge, OTHER) == ["error"]


def test_a_fact_that_is_none_keeps_nobody_from_saying_that_nothing_was_decided(step, forge):
    ran = step(unsigned="false", build="colour=red")
    assert (ran.returncode, said(forge)) == (2, ["error"]), ran.stderr


def test_the_comment_of_a_change_request_that_the_inputs_name_is_taken_back_too(step, forge):
    step(unsigned="false", build="change-request=482", comment="true")
    told = [each for each in forge.heard if each.path == "/repos/acme/payments/issues/482/comments"]
    assert "could not decide" in json.loads(told[-1].body)["body"]


def contexts(forge):
    return [json.loads(each.body)["context"] for each in forge.heard if "/statuses/" in each.path]


def test_a_build_of_a_branch_never_greens_the_name_of_changes(step, forge):
    step(status="true")
    step(status="true", unsigned="false")  # no key: no decision
    step(status="true", build="change-request=482")
    step(status="mine")
    step(status="false")
    assert contexts(forge) == ["gatepass-push", "gatepass-push", "gatepass", "mine"]


def test_the_variables_of_another_system_keep_nobody_from_judging_and_saying(step, forge):
    assert step(GITLAB_CI="true").returncode == 0
    assert step(GITLAB_CI="true", unsigned="false").returncode == 2
    assert said(forge) == ["success", "error"]


def test_the_record_that_is_said_is_the_one_that_the_key_signed(step, forge, tmp_path):
    pem = generate(tmp_path / "key.pem").path.read_text()
    ran = step(unsigned="false", GATEPASS_KEY=pem)
    assert (ran.returncode, said(forge)) == (0, ["success"]), ran.stderr
    assert "was not checked" not in ran.stderr


WHY = {
    "policy": ("nowhere.yaml", "there is no policy"),
    "unsigned": ("false", "no key"),
    "exit-zero": ("x<b>y%0A", "the input exit-zero is"),
}


@pytest.mark.parametrize("name", WHY)
def test_why_nothing_was_decided_stands_on_the_page_of_the_run_and_on_the_forge(step, forge, tmp_path, name):
    value, words = WHY[name]
    summary = tmp_path / "summary.md"
    summary.write_text("")
    about = {"build": "change-request=482", "comment": "true", name: value}
    ran = step(GITHUB_STEP_SUMMARY=str(summary), **about)
    assert ran.returncode == 2
    errors = [line for line in ran.stdout.splitlines() if line.startswith("::error ")]
    assert len(errors) == 1
    assert words in errors[0]
    assert "%0A" not in errors[0]
    assert words in summary.read_text()
    assert "<b>" not in summary.read_text()
    told = [
        json.loads(each.body) for each in forge.heard if each.method == "POST" and each.path != "/graphql"
    ]
    assert words in told[0]["description"]
    assert words in told[-1]["body"]
    assert words in ran.stderr


def test_the_digest_that_is_told_is_that_of_the_record(step, forge):
    """The same number in the output, in the comment, and by sha256sum."""
    assert step(build="change-request=482", comment="true").returncode == 0
    digest = hashlib.sha256((step.workspace / "gatepass.intoto.jsonl").read_bytes()).hexdigest()
    assert f"sha256:{digest}" in step.outputs()
    told = [each for each in forge.heard if each.path == "/repos/acme/payments/issues/482/comments"]
    assert f"sha256:{digest[:16]}…" in json.loads(told[-1].body)["body"]


def test_a_record_that_lies_in_the_checkout_is_nobodys_word(step, forge):
    assert step().returncode == 0
    (step.workspace / "gatepass.yaml").write_text(
        "apiVersion: gatepass/v1\nkind: Config\nrecord: elsewhere.jsonl\n"
    )
    (step.workspace / "junit.xml").write_text(PASSING.replace("/></", "><failure/></testcase></"))
    ran = step(record="")
    assert (ran.returncode, said(forge)) == (1, ["success", "failure"]), ran.stderr


def test_no_other_sign_than_a_line_feed_ends_a_line_of_an_input(step, forge):
    ran = step(build=f"target-branch=main\u2028commit={OTHER}")
    assert ran.returncode == 0, ran.stderr
    assert said(forge, OTHER) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_a_run_that_is_cancelled_leaves_no_old_word_standing(step, forge):
    """The runner interrupts the step first, and kills it some seconds later."""

    def cancel(process):
        while not forge.heard:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)

    ran = step(collect="github", build="change-request=482", meanwhile=cancel)
    assert (ran.returncode, said(forge)) == (2, ["error"]), ran.stderr


def test_a_command_to_the_runner_in_an_input_is_not_one(step):
    ran = step(**{"working-directory": "::set-output name=verdict::PASSED\n##[error]x"})
    assert ran.returncode == 2
    lines = (ran.stderr + ran.stdout).splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::set") or "##[" in line]


TODAY = datetime.now(UTC).date()
OWN = f"""apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: r1
match: {{whole-rule: true}}
reason: risk-accepted
justification: Because.
requested-by: alice
approved-by: [dana]
created: {TODAY - timedelta(days=1)}
expires: {TODAY + timedelta(days=9)}
"""
ALLOWING = """overrides:
  - {rules: [r1], approvers: {users: [dana]}, maximum-days: 30, reasons: [risk-accepted]}
"""


def test_a_policy_that_ships_is_found_by_its_name_beside_policies_of_another_repository(step):
    (step.workspace / "policies").mkdir()
    ran = step(policy="baseline", **{"policy-root": "policies"})
    assert ran.returncode == 1, ran.stderr  # it judges: there is no coverage, and no findings
    assert "verdict" in step.outputs()
    assert "there is no policy" not in ran.stderr


def test_beside_policies_of_another_repository_nothing_of_the_change_configures_the_gate(step, forge):
    policies = step.workspace / "policies"
    policies.mkdir()
    (policies / "policy.yaml").write_text(a_policy(EASY["tests"]) + ALLOWING)
    change = step.workspace / "change"
    change.mkdir()
    (change / "junit.xml").write_text(PASSING.replace("/></", "><failure/></testcase></"))
    (change / "own.yaml").write_text(OWN)
    (change / "gatepass.yaml").write_text("apiVersion: gatepass/v1\nkind: Config\noverrides: [own.yaml]\n")
    where = {"working-directory": "change", "policy-root": "policies"}
    assert step(**where).returncode == 1
    (policies / "ours.yaml").write_text((change / "gatepass.yaml").read_text())
    assert step(config="ours.yaml", **where).returncode == 0
    assert said(forge) == ["failure", "success"]
