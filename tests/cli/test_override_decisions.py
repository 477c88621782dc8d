"""`gatepass override approve, reject, revoke, extend`, and what the gate makes of them."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from gatepass import approved
from gatepass.model.decision import Verdict
from gatepass.model.override import OverrideStatus
from gatepass.policy.load import load
from support.override_commands import (  # noqa: F401  (fixtures among them)
    OVR,
    POLICY,
    YEAR,
    a_project,
    approved_one,
    ask,
    commands,
    judged,
    needs_ssh_keygen,
    ssh_keys,
    with_signers,
)
from support.ssh_signing import SshKey


@needs_ssh_keygen
def test_a_request_is_approved_by_an_ssh_signature_beside_it(workspace, run, ssh):
    ask(run)
    before = (workspace.root / f"overrides/{OVR}.yaml").read_bytes()
    assert judged(workspace).verdict is Verdict.FAILED
    code, out = run("override", "approve", OVR, "--ssh-key", str(ssh / "dana"))
    assert (code, out.startswith(f"wrote {OVR}.yaml.dana.sig: approved by dana")) == (0, True)
    assert (workspace.root / f"overrides/{OVR}.yaml").read_bytes() == before
    assert judged(workspace).verdict is Verdict.PASSED
    written = workspace.written()
    assert "mitigated by dana (ssh-signature)" in written["text"]
    [recorded] = workspace.verified().predicate["overrides"]
    [approval] = recorded["approvals"]
    assert (approval["by"], approval["how"], approval["assurance"]) == ("dana", "ssh-signature", "signature")
    assert approval["key"].startswith("SHA256:")
    [signers] = workspace.verified().predicate["policies"][0]["allowedSigners"]
    assert signers["name"] == "keys/signers"


@needs_ssh_keygen
def test_ssh_keygen_alone_is_enough_to_approve(workspace, run, ssh):
    ask(run)
    file = workspace.root / f"overrides/{OVR}.yaml"
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "override@gatepass", "-f", ssh / "dana", file]
    subprocess.run(command, check=True, capture_output=True)
    assert file.with_name(f"{OVR}.yaml.sig").is_file()
    assert judged(workspace).verdict is Verdict.PASSED


@needs_ssh_keygen
def test_a_file_that_is_changed_after_it_was_signed_is_a_request_again(workspace, run, ssh):
    ask(run)
    run("override", "approve", OVR, "--ssh-key", str(ssh / "dana"))
    file = workspace.root / f"overrides/{OVR}.yaml"
    file.write_text(file.read_text().replace("It is safe.", "It is safe, really."))
    decision = judged(workspace)
    [used] = decision.overrides
    assert (decision.verdict, used.status) == (Verdict.FAILED, OverrideStatus.REQUESTED)
    assert f"{OVR}.yaml.dana.sig does not count: it is not over these bytes" in used.message


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("alice", "alice asked for it, so somebody else approves it"),
        ("mallory", "the signature would not count: nobody is known by the key SHA256:"),
        ("nobody", "there is no SSH key"),
    ],
)
def test_a_signature_that_would_not_count_is_not_written(workspace, run, ssh, who, said):
    ask(run)
    code, out = run("override", "approve", OVR, "--ssh-key", str(ssh / who))
    assert (code, said in out) == (2, True), out
    assert [each.name for each in (workspace.root / "overrides").iterdir()] == [f"{OVR}.yaml"]


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("approvers: {users: [erin]}", "the signature of dana, dana@acme.example would not count"),
        ("approvers: {users: [dana, dana@acme.example]}", "or more than one of them"),
    ],
)
def test_a_signature_of_whom_the_policy_does_not_name_is_not_written(workspace, run, ssh, changed, said):
    ask(run)
    workspace.write({"policy.yaml": POLICY.replace("approvers: {users: [dana, erin]}", changed)})
    code, out = run("override", "approve", OVR, "--ssh-key", str(ssh / "dana"))
    assert (code, said in out) == (2, True), out
    assert [each.name for each in (workspace.root / "overrides").iterdir()] == [f"{OVR}.yaml"]


@needs_ssh_keygen
def test_the_same_person_approves_once(run, ssh, workspace):
    ask(run)
    assert run("override", "approve", OVR, "--ssh-key", str(ssh / "dana"))[0] == 0
    code, out = run("override", "approve", OVR, "--ssh-key", str(ssh / "dana"))
    assert (code, "dana has approved it already" in out) == (2, True), out


def test_a_request_is_approved_by_a_key_of_our_own(workspace, run, tmp_path):
    with_signers(workspace, dana=SshKey())
    ask(run)
    code, out = run("override", "approve", OVR, "--key", str(tmp_path / "erin.pem"))
    assert (code, f"wrote {OVR}.yaml.erin.dsse.json: approved by erin" in out) == (0, True), out
    assert judged(workspace).verdict is Verdict.PASSED
    assert "mitigated by erin (dsse)" in workspace.written()["text"]


def test_an_approval_needs_a_key(workspace, run):
    with_signers(workspace, dana=SshKey())
    ask(run)
    code, out = run("override", "approve", OVR)
    assert (code, "no key to sign with was given" in out) == (2, True)


def test_what_no_approval_could_let_hold_is_not_signed(workspace, run, tmp_path):
    with_signers(workspace, dana=SshKey())
    ask(run)
    workspace.write({"policy.yaml": POLICY.replace("reasons: [mitigated]", "reasons: [false-positive]")})
    code, out = run("override", "approve", OVR, "--key", str(tmp_path / "erin.pem"))
    assert (code, "no approval would let" in out, "is not one of false-positive" in out) == (2, True, True)


@pytest.mark.parametrize("file", [f"{OVR}.yaml.sig", f"{OVR}.yaml.dana.dsse.json"])
def test_rubbish_beside_a_request_approves_nothing_and_is_told(workspace, run, file):
    with_signers(workspace, dana=SshKey())
    ask(run)
    workspace.write({f"overrides/{file}": b"\xff\x00rubbish"})
    decision = judged(workspace)
    [used] = decision.overrides
    assert (decision.verdict, used.status) == (Verdict.FAILED, OverrideStatus.REQUESTED)
    assert f"overrides/{file} does not count" in used.message


def test_what_is_revoked_holds_no_longer_and_cannot_be_approved(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    code, out = run("override", "revoke", OVR, "--reason", "It was: not safe # at all", "--by", "bob")
    assert (code, f"wrote {OVR}.revocation.yaml: {OVR} is revoked" in out) == (0, True)
    decision = judged(workspace)
    assert (decision.verdict, decision.overrides[0].status) == (Verdict.FAILED, OverrideStatus.REVOKED)
    assert "revoked by bob: It was: not safe # at all" in decision.overrides[0].message
    revocation = workspace.verified().predicate["overrides"][0]["revocation"]
    assert (revocation["by"], revocation["reason"]) == ("bob", "It was: not safe # at all")
    for command in ("approve", "revoke"):
        more = (
            ("--key", str(tmp_path / "erin.pem")) if command == "approve" else ("--reason", "x", "--by", "b")
        )
        assert run("override", command, OVR, *more)[0] == 2


def test_a_revocation_counts_when_its_override_alone_is_named(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    run("override", "revoke", OVR, "--reason", "not safe", "--by", "bob")
    given = (f"overrides/{OVR}.yaml",)
    decision = workspace.judge(POLICY, "junit.xml", overrides=given, now=datetime.now(UTC)).decision
    assert decision.overrides[0].status is OverrideStatus.REVOKED


def test_a_revocation_of_what_is_not_there_is_an_error(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    run("override", "revoke", OVR, "--reason", "not safe", "--by", "bob")
    path = workspace.root / f"overrides/{OVR}.revocation.yaml"
    path.write_text(path.read_text().replace("001", "010"))
    code, out = run("override", "list")
    assert (code, "which is not there" in out) == (2, True)


def test_a_request_is_turned_down_and_an_override_is_not(workspace, run, tmp_path):
    with_signers(workspace, dana=SshKey())
    ask(run)
    assert run("override", "reject", OVR, "--reason", "no", "--by", "dana")[0] == 0
    decision = judged(workspace)
    assert decision.overrides[0].status is OverrideStatus.REJECTED
    assert "Rejected (1)" in run("override", "list")[1]
    assert run("override", "approve", OVR, "--key", str(tmp_path / "erin.pem"))[0] == 2


def test_who_approved_is_not_undone_by_rejecting(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    code, out = run("override", "reject", OVR, "--reason", "no", "--by", "dana")
    # the file is a request: that somebody signed it changes nothing about who may turn it down
    assert code == 0, out
    assert judged(workspace).overrides[0].status is OverrideStatus.REJECTED


def test_more_time_is_a_request_of_its_own(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    code, out = run("override", "extend", OVR, "--days", "20", "--requested-by", "alice")
    assert code == 0, out
    assert "Its approvals are over its own bytes" in out
    decision = judged(workspace)
    statuses = {each.override.id: each.status for each in decision.overrides}
    assert statuses == {OVR: OverrideStatus.IN_FORCE, OVR.replace("001", "002"): OverrideStatus.REQUESTED}


def test_an_expiry_that_is_moved_in_the_file_loses_its_approvals(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    file = workspace.root / f"overrides/{OVR}.yaml"
    day = datetime.now(UTC).date()
    file.write_text(file.read_text().replace(f"{day + timedelta(days=30)}", f"{day + timedelta(days=29)}"))
    assert judged(workspace).overrides[0].status is OverrideStatus.REQUESTED


def test_prune_takes_approvals_and_revocation_away_with_the_file(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    run("override", "revoke", OVR, "--reason", "not safe", "--by", "bob")
    file = workspace.root / f"overrides/{OVR}.yaml"
    file.write_text(file.read_text().replace(f": {YEAR}-", f": {YEAR - 1}-"))
    assert run("override", "prune", "--apply")[0] == 0
    assert not list((workspace.root / "overrides").iterdir())


SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "bandit"}},
            "results": [
                {
                    "ruleId": "B101",
                    "message": {"text": "assert"},
                    "suppressions": [{"kind": "inSource", "justification": "a test"}],
                }
            ],
        }
    ],
}


def test_what_scanners_suppress_stands_beside_the_overrides(workspace, run):
    with_signers(workspace, dana=SshKey())
    ask(run)
    workspace.write({"bandit.sarif": json.dumps(SARIF)})
    code, out = run("override", "list", "--evidence", "bandit.sarif")
    assert code == 0
    assert "Suppressed in scanners' own files, approved by nobody bandit B101 (inSource): a test" in out
    assert run("override", "list", "--evidence", "gone.sarif")[0] == 2
    lenient = POLICY + "  - id: scanned\n    check: findings\n    maximum-by-level: {error: 0, warning: 0}\n"
    decision = workspace.judge(lenient, "junit.xml", "bandit.sarif").decision
    assert [each.rule for each in decision.suppressions] == ["B101"]
    for text in workspace.written().values():
        assert "bandit" in text
    assert workspace.verified().predicate["scannerSuppressions"]["count"] == 1
    [result] = [each for each in decision.results if each.rule.id == "scanned"]
    assert not result.findings
    strict = f"{lenient}    suppressions: refuse\n"
    decision = workspace.judge(strict, "junit.xml", "bandit.sarif").decision
    [result] = [each for each in decision.results if each.rule.id == "scanned"]
    assert len(result.blocking) == 1


def test_a_decision_with_signatures_is_judged_again_alike(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    judged(workspace)
    again = ("--evidence", ".", "--policy", "policy.yaml", "--overrides", "overrides", "--re-evaluate")
    code, out = run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public), *again)
    assert code == 0, out
    (workspace.root / f"overrides/{OVR}.yaml.erin.dsse.json").unlink()
    code, out = run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public), *again)
    assert code != 0


def test_what_is_loaded_for_other_policies_is_not_trusted(workspace, run, tmp_path):
    approved_one(workspace, run, tmp_path)
    stranger = POLICY.replace("    keys: {erin: keys/erin.pub}\n", "")
    workspace.write({"other.yaml": stranger})
    policies = load(["other.yaml"], workspace.root)
    [override] = approved.load(["overrides"], workspace.root, policies, datetime.now(UTC), {})
    assert override.is_request
    assert "the policy names no keys to verify it by" in override.remarks[0]


def test_what_may_be_overridden_and_how_is_explained(workspace, run):
    with_signers(workspace, dana=SshKey())
    severe = POLICY.replace("maximum-days: 30", "maximum-days: {critical: 7, otherwise: 30}")
    workspace.write({"policy.yaml": severe})
    code, out = run("explain", "tested")
    assert code == 0
    assert "One of dana, erin may let it through for at most 7 (critical), 30 (else) days" in out
    assert "Approved by signature. alice may break the glass for at most 8 hours; 1 of dana, erin" in out
