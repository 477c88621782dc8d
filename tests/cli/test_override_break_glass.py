"""`gatepass override break-glass`, and what the gate makes of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from gatepass.cli._app import app
from gatepass.model.decision import Verdict
from gatepass.model.override import OverrideStatus
from support.override_commands import (  # noqa: F401  (fixtures among them)
    BG,
    BREAK,
    OVR,
    POLICY,
    YEAR,
    a_project,
    ask,
    commands,
    judged,
    judged_text,
    needs_ssh_keygen,
    ssh_keys,
)
from support.repositories import Repository, needs_git

REQUEST = """\
apiVersion: gatepass/v1
kind: OverrideRequest
id: OVR-9
rule: tested
match: {whole-rule: true}
reason: mitigated
justification: It is safe.
requested-by: alice
created: 2026-11-20
expires: 2026-12-10
"""

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


def aged(workspace, days=2):
    """The glass as if it had been broken days ago."""
    file = workspace.root / f"overrides/{BG}.yaml"
    text = file.read_text()
    for line in text.splitlines():
        if line.startswith(("created:", "expires:")):
            key, _, at = line.partition(": ")
            then = datetime.fromisoformat(at.strip("'\"")) - timedelta(days=days)
            text = text.replace(line, f"{key}: {then:%Y-%m-%dT%H:%M:%SZ}")
    file.write_text(text)
    return file


def test_what_nobody_confirmed_lets_nobody_break_the_glass_again(workspace, run):
    workspace.write({"policy.yaml": STATED})
    assert run(*BREAK)[0] == 0
    file = aged(workspace)
    code, out = run(*BREAK)
    assert code == 2
    assert f"{BG} by alice for INC-4711; confirm it late: gatepass override approve {BG}" in out
    assert "--ssh-key" not in out
    assert [each.name for each in (workspace.root / "overrides").iterdir()] == [file.name]


@needs_ssh_keygen
@pytest.mark.parametrize("days", [1 / 2, 2], ids=["over, and in time", "late"])
@pytest.mark.parametrize("revoked", [False, True])
def test_a_glass_that_is_over_late_or_revoked_can_be_confirmed(workspace, run, ssh, tmp_path, days, revoked):
    workspace.write({"policy.yaml": STATED})
    assert run(*BREAK)[0] == 0
    aged(workspace, days)
    if revoked:
        assert run("override", "revoke", BG, "--reason", "It is over.", "--by", "alice")[0] == 0
    assert run(*BREAK)[0] == (2 if days == 2 else 0)
    for key in ("alice", "mallory"):
        assert run("override", "approve", BG, "--ssh-key", str(ssh / key))[0] == 2
    code, out = run("override", "approve", BG, "--key", str(tmp_path / "erin.pem"))
    assert (code, "approved by erin" in out) == (0, True), out
    assert run(*BREAK)[0] == 0
    assert judged(workspace).verdict is Verdict.PASSED


@needs_ssh_keygen
def test_an_ended_request_is_not_approved_as_broken_glass_is(workspace, run, ssh, tmp_path):
    ask(run)
    assert run("override", "reject", OVR, "--reason", "No.", "--by", "dana")[0] == 0
    code, out = run("override", "approve", OVR, "--key", str(tmp_path / "erin.pem"))
    assert (code, "nothing can approve it" in out) == (2, True)


@needs_git
def test_commands_know_of_glass_that_git_alone_knows_of(workspace, run):
    workspace.write({"policy.yaml": STATED})
    assert run(*BREAK)[0] == 0
    file = aged(workspace)
    git = Repository(workspace.root).git
    git("init", "-q")
    git("add", "overrides")
    git("commit", "-qm", "Break the glass")
    file.unlink()
    git("commit", "-qam", "Nothing to see")
    code, out = run(*BREAK)
    assert (code, f"overrides/{BG}.yaml is gone or edited here: put it back" in out) == (2, True), out
    workspace.write({"overrides/mine.yaml": REQUEST})
    code, out = run("override", "list")
    assert (code, "Broken glass that was never confirmed in time (1)" in out) == (0, True), out
    assert "is gone or edited here, and HEAD has had it" in out
    listed = json.loads(CliRunner().invoke(app, ["override", "list", "--json"]).stdout)
    [gone] = [each for each in listed["overrides"] if each["id"] == BG]
    assert gone["knownToGitAlone"]["ref"] == "HEAD"
    file.write_bytes(git("cat-file", "blob", gone["knownToGitAlone"]["blob"]).encode() + b"\n")
    code, out = run(*BREAK)
    assert (code, "gone or edited" in out, f"approve {BG}" in out) == (2, False, True)


def test_a_blocked_glass_is_shown_as_that(workspace, run):
    workspace.write({"policy.yaml": STATED})
    assert run(*BREAK)[0] == 0
    text = (workspace.root / f"overrides/{BG}.yaml").read_text()
    aged(workspace)
    workspace.write({"overrides/two.yaml": text.replace(BG, "BG-TWO")})
    out = run("override", "show", "BG-TWO")[1]
    assert f"blocked: an earlier one stands in its way: {BG} by alice" in out
    assert "That the earlier one is confirmed." in out
    assert "Confirmed late, it is in the way of no other glass." in run("override", "show", BG)[1]
    assert "Blocked (1)" in run("override", "list")[1]
