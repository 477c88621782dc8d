"""`gatepass gate --dry-run`: the same verdict, code and errors as ever, and no file behind."""

from __future__ import annotations

import json

import pytest

from support.cli import gatepass
from support.gate import EASY, JUNIT, a_policy, a_workspace
from support.repositories import a_repository, needs_git

RED = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>\n'
USUAL = ("gate", "--policy", "policy.yaml", "--evidence", "junit.xml")


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    made.write({"policy.yaml": a_policy(EASY["tests"]), "junit.xml": JUNIT})
    return made


def files(root):
    return {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()}


def agreed(workspace, *arguments, env=None):
    """What a dry run says and does; its code is that of a run that writes, and it leaves nothing."""
    before = files(workspace.root)
    dry = gatepass(*arguments, "--dry-run", cwd=workspace.root, env=env)
    assert files(workspace.root) == before
    wet = gatepass(*arguments, cwd=workspace.root, env=env)
    assert dry.code == wet.code, dry.err
    return dry


@pytest.mark.parametrize(("report", "code", "verdict"), [(JUNIT, 0, "PASSED"), (RED, 1, "FAILED")])
@pytest.mark.parametrize("key", [("--unsafe-unsigned",), ("--key", "../key.pem"), ()])
def test_the_verdict_and_the_code_are_those_of_a_run_that_writes(workspace, report, code, verdict, key):
    workspace.write({"junit.xml": report})
    dry = agreed(workspace, *USUAL, "--report", "sarif=out/gate.sarif", *key)
    assert dry.code == code
    assert f"gatepass  {verdict}" in dry.out
    assert "DRY RUN" in dry.out
    assert "no record was written" in dry.out
    assert "DRY RUN: nothing was written; a run would write out/gate.sarif, gatepass.intoto.jsonl" in dry.err
    assert f"DRY RUN: exit code {code}" in dry.err


def test_what_an_earlier_run_wrote_stays(workspace):
    workspace.write({"gatepass.intoto.jsonl": "kept", "gate.sarif": "kept"})
    gatepass(*USUAL, "--report", "sarif=gate.sarif", "--dry-run", cwd=workspace.root)
    assert (workspace.root / "gatepass.intoto.jsonl").read_text() == "kept"
    assert (workspace.root / "gate.sarif").read_text() == "kept"


def test_exit_zero_counts_as_ever(workspace):
    workspace.write({"junit.xml": RED})
    assert agreed(workspace, *USUAL, "--unsafe-unsigned", "--exit-zero").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate", "--policy", "gone.yaml"), "there is no policy gone.yaml"),
        ((*USUAL, "--key", "gone.pem"), "gone.pem"),
        ((*USUAL, "--unsafe-unsigned", "--report", "text=junit.xml"), "this run reads it"),
        ((*USUAL, "--unsafe-unsigned", "--report", "nothing=x"), "no report format"),
        ((*USUAL, "--unsafe-unsigned", "--overrides", "gone"), "no override"),
        ((*USUAL, "--unsafe-unsigned", "--collect", "nobody"), "no collector"),
    ],
)
def test_what_stops_a_run_stops_a_dry_one(workspace, arguments, words):
    dry = agreed(workspace, *arguments)
    assert dry.code == 2
    assert words in dry.err
    assert "DRY RUN: exit code" not in dry.err


def test_a_pipeline_without_a_key_is_told_so_in_a_dry_run_too(workspace):
    assert agreed(workspace, *USUAL, env={"CI": "true"}).code == 2


def test_no_personal_key_is_made(workspace):
    dry = gatepass(*USUAL, "--dry-run", cwd=workspace.root)
    assert "a run would make a personal key first" in dry.err
    assert not (workspace.root.parent / ".home-of-workspace" / "config").exists()


def test_the_json_says_that_it_was_a_dry_run_and_names_no_record(workspace):
    dry = gatepass(
        *USUAL, "--unsafe-unsigned", "--quiet", "--report", "json=-", "--dry-run", cwd=workspace.root
    )
    told = json.loads(dry.out)
    assert told["record"] is None
    assert "--dry-run" in told["relaxations"]


@needs_git
def test_answers_are_asked_for_and_not_kept(tmp_path):
    repository = a_repository(tmp_path)
    repository.commit("PAY-1 second")
    (repository.root / "policy.yaml").write_text(
        a_policy("check: commits\n    ticket: PAY-[0-9]+\n    collected: true")
    )
    (repository.root / "gatepass.yaml").write_text(
        "apiVersion: gatepass/v1\nkind: Config\ncollect: {git: {base: base}}\n"
    )
    arguments = ("gate", "--policy", "policy.yaml", "--unsafe-unsigned")
    dry = gatepass(*arguments, "--dry-run", cwd=repository.root)
    assert dry.code == 0, dry.out + dry.err
    assert not (repository.root / ".gatepass").exists()
    assert gatepass(*arguments, cwd=repository.root).code == 0
    assert (repository.root / ".gatepass").exists()
