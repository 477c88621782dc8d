"""`gatepass override break-glass`, and what the gate makes of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from gatepass.cli._app import app
from gatepass.model.decision import Verdict
from gatepass.model.override import OverrideStatus
from support.override_commands import (  # noqa: F401  (fixtures among them)
    BG,
    BREAK,
    POLICY,
    YEAR,
    a_project,
    commands,
    judged,
    judged_text,
    needs_ssh_keygen,
    ssh_keys,
)

# a name is enough to break the glass, and a key of erin's confirms it
STATED = POLICY.replace("    signers: keys/signers\n", "    accept: [stated, signature]\n")


def test_the_glass_is_broken_by_one_command_where_a_name_is_enough(workspace, run):
    workspace.write({"policy.yaml": STATED})
    code, out = run(*BREAK)
    assert (code, "in force at once" in out) == (0, True), out
    decision = judged(workspace)
    assert decision.verdict is Verdict.PASSED
    for text in workspace.written().values():
        assert "INC-4711" in text
    late = judged(workspace, later=timedelta(hours=25))
    assert (late.verdict, late.overrides[0].status) == (Verdict.FAILED, OverrideStatus.UNCONFIRMED)
    assert "NEVER CONFIRMED" in workspace.written()["text"]


@needs_ssh_keygen
def test_where_signatures_are_wanted_who_breaks_the_glass_signs(workspace, run, ssh):
    code, out = run(*BREAK)
    assert (code, "alice has not signed it" in out) == (2, True)
    assert not list((workspace.root / "overrides").iterdir())
    code, out = run(*BREAK, "--ssh-key", str(ssh / "mallory"))
    assert (code, "nobody is known by the key" in out) == (2, True)
    code, out = run(*BREAK, "--ssh-key", str(ssh / "alice"), "--hours", "2")
    assert (code, "in force at once" in out) == (0, True), out
    assert judged(workspace).verdict is Verdict.PASSED
    assert "1 of dana, erin must confirm it before" in judged_text(workspace)
    assert run("override", "approve", BG, "--ssh-key", str(ssh / "alice"))[0] == 2
    assert run("override", "approve", BG, "--ssh-key", str(ssh / "dana"))[0] == 0
    assert "confirmed by dana (ssh-signature)" in judged_text(workspace)
    [entry] = workspace.verified().predicate["breakGlass"]
    assert "confirmBy" not in entry


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--requested-by", "mallory"), "mallory may not break the glass"),
        (("--hours", "9"), "lasts 9 hours; at most 8 are allowed"),
        (("--rule", "never"), "the policy lets nobody break the glass"),
        (("--rule", "gone"), "no policy has a rule 'gone'"),
        (("--incident", ""), "incident"),
        (("--reason", ""), "justification"),
    ],
)
def test_glass_that_would_stay_whole_is_not_written(workspace, run, more, said):
    workspace.write({"policy.yaml": STATED})
    code, out = run(*BREAK, *more)
    assert (code, said in out) == (2, True), out
    assert not list((workspace.root / "overrides").iterdir())


@pytest.mark.parametrize("left_out", ["--reason", "--incident", "--rule"])
def test_reason_incident_and_rule_are_wanted(run, left_out):
    at = BREAK.index(left_out)
    assert run(*BREAK[:at], *BREAK[at + 2 :])[0] == 2


def test_the_list_tells_what_was_never_confirmed_and_prune_keeps_it(workspace, run):
    workspace.write({"policy.yaml": STATED})
    assert run(*BREAK)[0] == 0
    file = workspace.root / f"overrides/{BG}.yaml"
    file.write_text(file.read_text().replace(f"{YEAR}-", f"{YEAR - 1}-"))
    code, out = run("override", "list")
    assert (code, "Broken glass that was never confirmed in time (1)" in out) == (0, True), out
    listed = json.loads(CliRunner().invoke(app, ["override", "list", "--json"]).stdout)
    assert listed["neverConfirmed"] == [listed["overrides"][0]["id"]]
    assert "nothing to remove" in run("override", "prune", "--apply")[1]
    assert file.is_file()
