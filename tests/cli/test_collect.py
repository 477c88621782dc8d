"""`gatepass collect git` as its users meet it, and the gate with what it wrote."""

from __future__ import annotations

import json

import pytest

from support.cli import gatepass
from support.gate import a_policy
from support.repositories import a_repository, an_ssh_key, needs_git, needs_ssh_keygen, signing

pytestmark = needs_git


@pytest.fixture
def repository(tmp_path):
    return a_repository(tmp_path)


def judged(repository, rule, code):
    (repository.root.parent / "policy.yaml").write_text(a_policy(f"check: commits\n    {rule}"))
    ran = gatepass(
        *("gate", "--policy", "../policy.yaml", "--evidence", "commits.json", "--unsafe-unsigned"),
        cwd=repository.root,
    )
    assert ran.code == code, ran.out + ran.err
    return " ".join(ran.out.split())  # lines are broken where the folder's name makes them long


@needs_ssh_keygen
def test_signed_commits_pass_the_gate_and_one_that_is_not_fails_it(repository, tmp_path):
    key = an_ssh_key(tmp_path)
    signers = tmp_path / "allowed"
    signers.write_text(f"alice@acme.example {key.with_suffix('.pub').read_text()}")
    repository.git(*signing(key), "commit", "-q", "-S", "--allow-empty", "-m", "PAY-1 signed")
    collect = ("collect", "git", "--base", "base", "--allowed-signers", str(signers))
    ran = gatepass(*collect, cwd=repository.root)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("1 commit from ")
    judged(repository, "signed: allowed\n    ticket: 'PAY-[0-9]+'\n    email-domains: [acme.example]", 0)
    repository.git("commit", "-q", "--allow-empty", "-m", "PAY-2 unsigned")
    gatepass(*collect, cwd=repository.root)
    assert "is not signed" in judged(repository, "signed: allowed", 1)


def test_a_list_of_an_older_head_does_not_count(repository):
    repository.commit("one", b="1")
    gatepass("collect", "git", "--base", "base", cwd=repository.root)
    repository.git("commit", "-q", "--allow-empty", "-m", "another")
    assert "not for this build" in judged(repository, "maximum-commits: 100", 1)


def test_without_a_base_the_next_step_is_said_and_nothing_of_an_earlier_run_is_left(repository):
    (repository.root / "commits.json").write_text("{}")
    ran = gatepass("collect", "git", cwd=repository.root)
    assert ran.code == 2
    assert "nothing tells where the change begins" in ran.err
    assert "--base origin/main" in ran.err
    assert not (repository.root / "commits.json").exists()


def test_a_base_that_is_not_in_the_clone_ends_with_2_and_fetch_depth(repository):
    ran = gatepass("collect", "git", "--base", "origin/main", cwd=repository.root)
    assert ran.code == 2
    assert "fetch-depth: 0" in ran.err


def test_a_shallow_clone_is_told_and_passes_no_rule(repository, tmp_path):
    repository.commit("one", b="1")
    repository.commit("two", b="2")
    clone = type(repository)(tmp_path / "clone")
    repository.git("clone", "-q", "--depth=2", repository.root.as_uri(), str(clone.root))
    ran = gatepass("collect", "git", "--base", "HEAD~1", cwd=clone.root)
    assert ran.code == 0
    assert "shallow" in ran.out
    assert "shallow" in judged(clone, "maximum-commits: 100", 1)


def test_in_a_change_request_base_and_head_are_those_of_the_event(repository, tmp_path):
    head = repository.commit("change", b="1")
    base = repository.git("rev-parse", "base")
    repository.commit("trial merge", b="2")
    event = {"pull_request": {"number": 7, "head": {"sha": head}, "base": {"sha": base, "ref": "main"}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_SHA": repository.git("rev-parse", "HEAD"),
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_BASE_REF": "main",
    }
    ran = gatepass("collect", "git", "--output", "out/c.json", cwd=repository.root, env=environment)
    assert ran.code == 0, ran.err
    written = json.loads((repository.root / "out/c.json").read_text())
    assert (written["base"], written["head"]) == (base, head)
    assert [each["subject"] for each in written["commits"]] == ["change"]
    shown = gatepass("evidence", "show", "out/c.json", cwd=repository.root, env=environment)
    assert shown.code == 0
    assert "1 commit (0 merges)" in shown.out
    assert "signatures: 1 none" in shown.out
