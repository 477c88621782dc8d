"""`gatepass status` and `gatepass comment`, as a step after the gate runs them."""

from __future__ import annotations

import base64
import json

import pytest

from gatepass.record.signed_json import canonical, sha256
from gatepass.record.vsa import vsa_statement
from gatepass.signers.keys import generate, public_key_of
from support.cli import gatepass
from support.gate import EASY, a_policy
from support.loopback import Reply, serving

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
GATE = ("--policy", "policy.yaml", "--evidence", "junit.xml")
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

    run.root = root
    return run


@pytest.fixture
def judged(step):
    assert step("gate", *GATE, "--unsafe-unsigned").code == 1
    return step


RECORD = ("--record", "gatepass.intoto.jsonl")


def test_a_verdict_becomes_a_status_on_the_head_of_the_change(judged, forge):
    ran = judged("status", *RECORD)
    assert (ran.code, ran.err) == (0, "")
    told = forge.heard[-1]
    assert told.path == f"/repos/acme/payments/statuses/{HEAD}"
    said = json.loads(told.body)
    assert (said["state"], said["context"], said["description"]) == (
        "failure",
        "gatepass",
        "FAILED (unsigned record): r1",
    )


def signed(step):
    """The gate with a key; the public one lies beside."""
    pem = generate(step.root / "key.pem").path
    env = {"GATEPASS_KEY": pem.read_text()}
    assert step("gate", *GATE, "--key", "env://GATEPASS_KEY", **env).code == 1
    public = step.root / "public.pem"
    public.write_text(public_key_of(str(pem), {}).pem)
    return str(public)


def altered(step, change, sig=None):
    """The record, put together anew after its decision was changed."""
    path = step.root / "gatepass.intoto.jsonl"
    first, second = (json.loads(line) for line in path.read_bytes().splitlines())
    statement = json.loads(base64.b64decode(first["payload"]))
    change(statement["predicate"])
    first["payload"] = base64.b64encode(canonical(statement)).decode()
    for each in (first, second) if sig else ():
        each["signatures"] = [{"keyid": "SHA256:x", "sig": sig}]
    summary = vsa_statement(statement, sha256(canonical(first)))
    second["payload"] = base64.b64encode(canonical(summary)).decode()
    path.write_bytes(canonical(first) + b"\n" + canonical(second) + b"\n")


def passed(predicate):
    predicate["verdict"] = "PASSED"


@pytest.mark.parametrize("command", ["status", "comment"])
@pytest.mark.parametrize("sig", [None, "AAAA"])
def test_a_verdict_that_does_not_follow_from_its_findings_is_not_said(judged, forge, command, sig):
    altered(judged, passed, sig)
    asked = len(forge.heard)
    ran = judged(command, *RECORD)
    assert ran.code == 2
    assert "its rules make it FAILED" in ran.err
    assert len(forge.heard) == asked


def test_a_signature_that_was_added_is_not_taken_for_one(judged, forge):
    altered(judged, lambda _: None, "AAAA")
    assert "signature was taken away or added" in judged("status", *RECORD).err


ANOTHER = {
    "repository": {"GITHUB_REPOSITORY": "acme/OTHER"},
    "commit": {"GITHUB_SHA": "33" * 20},
    "head": {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "", "GITHUB_SHA": "33" * 20},
}


@pytest.mark.parametrize("command", ["status", "comment"])
@pytest.mark.parametrize("what", ANOTHER)
def test_a_record_of_another_build_is_not_said(judged, forge, command, what):
    asked = len(forge.heard)
    ran = judged(command, *RECORD, **ANOTHER[what])
    assert ran.code == 2
    assert f"another build: its {what} is" in ran.err
    assert len(forge.heard) == asked


def test_a_record_of_another_change_request_is_not_said(judged, tmp_path):
    event = json.loads((tmp_path / "event.json").read_text())
    event["pull_request"]["number"] = 483
    (tmp_path / "event.json").write_text(json.dumps(event))
    ran = judged("comment", *RECORD)
    assert (ran.code, "its change request is 482" in ran.err) == (2, True)


def test_a_record_is_said_with_the_facts_that_the_gate_had(step, forge):
    facts = ("--build", f"head={'77' * 20}")
    assert step("gate", *GATE, "--unsafe-unsigned", *facts).code == 1
    assert "another build" in step("status", *RECORD).err
    assert step("status", *RECORD, *facts).code == 0
    assert forge.heard[-1].path == f"/repos/acme/payments/statuses/{'77' * 20}"


def test_a_stage_that_follows_the_build_says_the_record_of_its_trial_merge(judged, forge, tmp_path):
    run = {"id": 1, "head_sha": HEAD, "event": "pull_request", "pull_requests": []}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": run}))
    ran = judged("status", *RECORD, GITHUB_EVENT_NAME="workflow_run", GITHUB_SHA="dd" * 20)
    assert ran.code == 0, ran.err
    assert forge.heard[-1].path == f"/repos/acme/payments/statuses/{HEAD}"


def test_on_a_workstation_the_record_alone_tells_of_the_build(judged, forge):
    assert judged("status", *RECORD, "--forge", "github", GITHUB_ACTIONS="").code == 0


@pytest.mark.parametrize("command", ["status", "comment"])
def test_who_signed_it_is_checked_where_a_key_is_given(step, command, tmp_path):
    public = signed(step)
    other = tmp_path / "other.pem"
    other.write_text(public_key_of(str(generate(tmp_path / "another.pem").path), {}).pem)
    said = step(command, *RECORD, "--key", public)
    assert (said.code, said.err, "unsigned" in said.out) == (0, "", False)
    assert "was not checked" in step(command, *RECORD).err
    refused = step(command, *RECORD, "--key", str(other))
    assert (refused.code, "no trusted key signed" in refused.err) == (2, True)


def test_an_unsigned_record_is_refused_where_a_key_is_given(judged, tmp_path):
    ran = judged("status", *RECORD, "--key", str(generate(tmp_path / "key.pem").path))
    assert (ran.code, "not signed" in ran.err) == (2, True)


def test_an_unsigned_record_is_called_so(judged, forge):
    judged("comment", *RECORD)
    assert "The record is unsigned" in json.loads(forge.heard[-1].body)["body"]


def test_a_record_that_holds_a_part_of_the_changed_paths_is_said(judged):
    def many(predicate):
        predicate["build"]["changedPaths"] = {"count": 2000, "digest": {"sha256": "ab"}, "items": ["a"]}

    altered(judged, many)
    assert judged("status", *RECORD).code == 0


PUSH = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "", "GITHUB_REF": "refs/heads/refunds"}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, "gatepass"),
        (PUSH, "gatepass-push"),
        ({**PUSH, "GITHUB_REF": "refs/tags/v1"}, "gatepass-push"),
        ({**PUSH, "GITHUB_EVENT_NAME": "merge_group"}, "gatepass"),
        ({**PUSH, "GITHUB_EVENT_NAME": "schedule"}, "gatepass-push"),
    ],
)
def test_what_is_judged_as_a_branch_alone_never_greens_the_name_of_changes(step, forge, more, name):
    assert step("gate", *GATE, "--unsafe-unsigned", **more).code == 1
    assert step("status", *RECORD, **more).code == 0
    assert json.loads(forge.heard[-1].body)["context"] == name
    assert step("status", "--undecided", **more).code == 0
    assert json.loads(forge.heard[-1].body)["context"] == name
    assert step("status", *RECORD, "--name", "mine", **more).code == 0
    assert json.loads(forge.heard[-1].body)["context"] == "mine"
    assert step("status", "--pending", "--check-run", **more).code == 0
    assert json.loads(forge.heard[-1].body)["name"] == name


def test_where_the_variables_of_two_systems_are_set_one_is_named(step, forge):
    ran = step("status", "--undecided", GITLAB_CI="true")
    assert (ran.code, "--platform NAME" in ran.err) == (2, True)
    assert step("status", "--undecided", "--platform", "github", GITLAB_CI="true").code == 0


def test_no_decision_becomes_an_error_and_never_a_pass(step, forge):
    assert step("status", "--undecided").code == 0
    assert json.loads(forge.heard[-1].body)["state"] == "error"


def test_why_nothing_was_decided_is_said(step, forge):
    assert step("status", "--undecided", "--why", "no key\n::error::x").code == 0
    said = json.loads(forge.heard[-1].body)
    assert said["description"] == "no decision could be made: no key\\n::error::x"


def test_it_can_be_said_that_it_is_being_judged(step, forge):
    assert step("status", "--pending", "--name", "gatepass / release").code == 0
    said = json.loads(forge.heard[-1].body)
    assert (said["state"], said["context"]) == ("pending", "gatepass / release")


def test_a_verdict_becomes_a_comment(judged, forge):
    ran = judged("comment", *RECORD)
    assert (ran.code, ran.out) == (0, "gatepass: FAILED (unsigned record): r1 → https://x.example/1\n")
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
        (("status", *RECORD, "--why", "x"), "--why beside"),
        (("status", "--undecided", "--key", "x"), "--key without"),
        (("status", "--undecided", "--name", "a\nb"), "no name of a status"),
        (("status", "--undecided", "--forge", "svn"), "no forge"),
        (("status", "--undecided", "--forge", "gitlab", "--check-run"), "no check runs"),
    ],
)
def test_what_cannot_be_said_is_a_2_with_the_reason(step, arguments, said):
    ran = step(*arguments)
    assert ran.code == 2
    assert said in ran.err


ALLOWED = [
    (("status",), "statuses: write"),
    (("comment",), "pull-requests: write"),
    (("status", "--check-run"), "checks: write"),
]


@pytest.mark.parametrize(("command", "scope"), ALLOWED)
def test_what_the_token_lacks_is_what_this_command_needs(judged, command, scope):
    with serving(lambda _: Reply({"message": "no"}, 403)) as server:
        ran = judged(*command, *RECORD, GITHUB_API_URL=server.url)
    assert ran.code == 2
    assert [each for _, each in ALLOWED if each in ran.err] == [scope]


def test_a_token_that_is_wrong_is_named(judged):
    with serving(lambda _: Reply({"message": "Bad credentials"}, 401)) as server:
        ran = judged("status", *RECORD, GITHUB_API_URL=server.url)
    assert "the token in GITHUB_TOKEN is wrong, expired" in ran.err


def test_without_a_token_it_is_a_2(judged):
    ran = judged("status", *RECORD, GITHUB_TOKEN="")
    assert ran.code == 2
    assert "no token" in ran.err


def test_outside_of_a_pipeline_nothing_tells_which_forge(step):
    ran = step("status", "--undecided", GITHUB_ACTIONS="")
    assert ran.code == 2
    assert "which forge" in ran.err
