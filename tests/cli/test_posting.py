"""`gatepass status` and `gatepass comment`, as a step after the gate runs them."""

from __future__ import annotations

import json

import pytest

from support.cli import gatepass
from support.gate import EASY, a_policy
from support.loopback import Reply, serving

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
FAILING = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>\n'


@pytest.fixture
def forge():
    def answer(heard):
        if heard.path == "/graphql":
            return Reply({"data": {"viewer": {"databaseId": 7}}})
        return Reply([]) if heard.method == "GET" else Reply({"html_url": "https://x.example/1"}, 201)

    with serving(answer) as server:
        yield server


@pytest.fixture
def step(tmp_path, forge):
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "policy.yaml").write_text(a_policy(EASY["tests"]))
    (root / "junit.xml").write_text(FAILING)
    pull = {"number": 482, "head": {"sha": HEAD}, "base": {"ref": "main"}, "user": {"login": "alice"}}
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": pull}))
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": forge.url,
        "GITHUB_TOKEN": "made-for-the-test",
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_SHA": "c1" * 20,
    }

    def run(*arguments, **more):
        return gatepass(*arguments, cwd=root, env={**environment, **more})

    return run


@pytest.fixture
def judged(step):
    assert step("gate", "--policy", "policy.yaml", "--evidence", "junit.xml", "--unsafe-unsigned").code == 1
    return step


RECORD = ("--record", "gatepass.intoto.jsonl")


def test_a_verdict_becomes_a_status_on_the_head_of_the_change(judged, forge):
    ran = judged("status", *RECORD)
    assert (ran.code, ran.err) == (0, "")
    told = forge.heard[-1]
    assert told.path == f"/repos/acme/payments/statuses/{HEAD}"
    said = json.loads(told.body)
    assert (said["state"], said["context"], said["description"]) == ("failure", "gatepass", "FAILED: r1")


def test_no_decision_becomes_an_error_and_never_a_pass(step, forge):
    assert step("status", "--undecided").code == 0
    assert json.loads(forge.heard[-1].body)["state"] == "error"


def test_it_can_be_said_that_it_is_being_judged(step, forge):
    assert step("status", "--pending", "--name", "gatepass / release").code == 0
    said = json.loads(forge.heard[-1].body)
    assert (said["state"], said["context"]) == ("pending", "gatepass / release")


def test_a_verdict_becomes_a_comment(judged, forge):
    ran = judged("comment", *RECORD)
    assert (ran.code, ran.out) == (0, "gatepass: FAILED: r1 → https://x.example/1\n")
    told = forge.heard[-1]
    assert (told.method, told.path) == ("POST", "/repos/acme/payments/issues/482/comments")
    assert "1 failed" in json.loads(told.body)["body"]


def test_a_dry_run_prints_the_comment_and_tells_nobody(judged, forge):
    asked = len(forge.heard)
    ran = judged("comment", *RECORD, "--dry-run")
    assert ran.out.startswith("## ❌ gatepass FAILED")
    assert len(forge.heard) == asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status",), "give one of"),
        (("status", *RECORD, "--undecided"), "give one of"),
        (("comment",), "give one of"),
        (("status", "--record", "nothing.jsonl"), "nothing.jsonl"),
        (("status", "--record", "junit.xml"), "junit.xml"),
        (("status", "--undecided", "--name", "a\nb"), "no name of a status"),
        (("status", "--undecided", "--forge", "svn"), "no forge"),
        (("status", "--undecided", "--forge", "gitlab", "--check-run"), "no check runs"),
    ],
)
def test_what_cannot_be_said_is_a_2_with_the_reason(step, arguments, said):
    ran = step(*arguments)
    assert ran.code == 2
    assert said in ran.err


def test_without_a_token_it_is_a_2(judged):
    ran = judged("status", *RECORD, GITHUB_TOKEN="")
    assert ran.code == 2
    assert "no token" in ran.err


def test_outside_of_a_pipeline_nothing_tells_which_forge(step):
    ran = step("status", "--undecided", GITHUB_ACTIONS="")
    assert ran.code == 2
    assert "which forge" in ran.err
