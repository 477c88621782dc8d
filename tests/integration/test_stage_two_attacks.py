"""Stage two as an attacker meets it: no old green stands while it judges, and nothing that a change writes
chooses whether or how it is judged."""

from __future__ import annotations

import json
import stat

import pytest

from gatepass.signers.keys import generate
from integration.conftest import PROJECT
from integration.forge import forge
from support import github_stage

REPORT = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>'
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: payments}
rules:
  - {id: tests, check: tests, minimum-run: 1}
"""
REVIEWED = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: people}
scope: {events: [change-request], branches: [main]}
rules:
  - {id: reviewed, check: approvals, minimum: 1, collected: true}
"""
# what is asked with `gh`: the runs of build.yml, the open pull requests, and the status that is taken back
GH = """\
#!/bin/sh
echo "gh $*" >>"$HEARD"
case "$*" in
  *statuses/*state=pending*) ;;
  *actions/workflows/build.yml/runs*) printf '%s' "$BUILT" ;;
  *"/pulls?state=open"*) printf '%b' "$PULLS" ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def second(runner):
    """Stage two beside what stage one left; the policies are those of main."""
    runner.write({".github/workflows/gate.yml": (PROJECT / "docs/github/signed.yml").read_text()})
    runner.write(
        {"policies/p.yaml": POLICY, "policies/r.yaml": REVIEWED}, runner.folder / "checkouts/own@main"
    )
    runner.write({"junit.xml": REPORT}, runner.artifacts / "gatepass-test")
    gh = runner.folder / "bin" / "gh"
    gh.write_text(GH)
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    runner.commit()
    runner.env.update(BUILT="7001", PULLS="482 main")
    return runner


def follow(runner, stage, server, *, event="pull_request"):
    run = {
        "id": 7001,
        "run_attempt": 1,
        "head_sha": stage.head,
        "head_branch": "refunds",
        "event": event,
        "path": ".github/workflows/build.yml",
        "pull_requests": [],
        "actor": {"login": "mallory", "id": 9},
    }
    payload = {"action": "completed", "workflow_run": run, "repository": {"default_branch": "main"}}
    return act(runner, "workflow_run", payload, server)


def act(runner, event, payload, server):
    secrets = runner.folder / "secrets"
    key = runner.folder / f"{len(list(runner.folder.iterdir()))}.pem"
    generate(key)
    pem = key.read_text()
    secrets.write_text(f"GATEPASS_KEY={json.dumps(pem)}\nGITHUB_TOKEN=made-for-the-test\n")
    runner.env["GITHUB_API_URL"] = server.url
    return runner.act(event, payload, "--secret-file", str(secrets))


def statuses(server, stage):
    told = [each for each in server.heard if each.path == f"/repos/acme/payments/statuses/{stage.head}"]
    return [(said["context"], said["state"]) for said in (json.loads(each.body) for each in told)]


def taken_back(ran):
    return [line for line in ran.heard if line.startswith("gh") and "state=pending" in line]


def test_the_old_word_is_taken_back_before_anything_else_is_asked(second):
    with forge("alice opens a change request", "bob approves") as (stage, server):
        ran = follow(second, stage, server)
        assert ran.code == 0, ran.log
        assert ran.heard[0] == taken_back(ran)[0]
        assert f"statuses/{stage.head}" in ran.heard[0]
        assert "context=gatepass " in ran.heard[0]
        assert statuses(server, stage) == [("gatepass", "success")]


def test_a_second_change_request_of_the_same_commit_leaves_no_old_green(second):
    second.env["PULLS"] = "482 main\\n483 sandbox"
    with forge("alice opens a change request", "bob approves") as (stage, server):
        ran = follow(second, stage, server)
        assert ran.code == 1
        assert taken_back(ran)
        assert statuses(server, stage) == []


def test_a_push_of_the_commit_of_a_change_is_judged_as_the_change(second):
    with forge("mallory opens a change request") as (stage, server):
        ran = follow(second, stage, server, event="push")
        assert ran.code == 1, ran.log
        assert statuses(server, stage) == [("gatepass", "failure")]
        assert "reviewed" in ran.log


def test_a_push_without_a_change_request_says_nothing_that_lets_a_change_in(second):
    second.env["PULLS"] = ""
    with forge("mallory opens a change request") as (stage, server):
        ran = follow(second, stage, server, event="push")
        assert statuses(server, stage) == [("gatepass-push", "success")], ran.log
        assert not taken_back(ran)


def pull_request(stage, action):
    pull = github_stage._pull(stage)
    return {"action": action, "number": 482, "pull_request": pull, "repository": {"default_branch": "main"}}


def test_a_change_that_runs_none_of_its_workflows_stays_red_until_it_is_built(second):
    second.env["BUILT"] = ""
    with forge("mallory opens a change request", "bob approves") as (stage, server):
        ran = act(second, "pull_request_target", pull_request(stage, "opened"), server)
        assert ran.code == 0, ran.log
        assert taken_back(ran)
        assert statuses(server, stage) == []


def test_another_target_is_judged_anew_by_the_build_that_there_is(second):
    with forge("alice opens a change request", "bob approves") as (stage, server):
        ran = act(second, "pull_request_target", pull_request(stage, "edited"), server)
        assert ran.code == 0, ran.log
        assert taken_back(ran)
        assert statuses(server, stage) == [("gatepass", "success")]
