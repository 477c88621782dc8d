"""What a change may say in its gatepass.yaml: reports and whom to ask, and nothing that weakens others."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from support.cli import gatepass
from support.gate import EASY, HEAD, a_workspace
from support.issuer import Issuer

CONFIG = "apiVersion: gatepass/v1\nkind: Config\n"
PASSING = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>\n'
FAILING = PASSING.replace("/></", "><failure/></testcase></")
ALLOWING = """\
overrides:
  - rules: [r1]
    approvers: {users: [dana]}
    maximum-days: 300
    reasons: [risk-accepted]
"""
POLICY = f"{HEAD}{ALLOWING}rules:\n  - id: r1\n    {EASY['tests']}\n"
OWN = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: r1
match: {whole-rule: true}
reason: risk-accepted
justification: Because.
requested-by: mallory
approved-by: [dana]
created: 2026-11-20
expires: 2027-01-01
"""
NOW = ("--now", "2026-11-22T12:00:00Z")


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    made.write({"junit.xml": FAILING, "own/OVR-1.yaml": OWN, "gatepass.yaml": f"{CONFIG}overrides: [own]\n"})
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "release.yaml").write_text(POLICY)
    return made


def gate(workspace, *arguments, **variables):
    return gatepass("gate", "--unsafe-unsigned", *arguments, cwd=workspace.root, env=variables)


def test_beside_a_policy_of_somebody_else_a_change_configures_nothing(workspace):
    policy = str(workspace.root.parent / "policies" / "release.yaml")
    ran = gate(workspace, "--policy", policy, "--evidence", "junit.xml", *NOW)
    assert ran.code == 1, ran.out
    assert "gatepass.yaml is not read: a change may write it" in ran.err
    relative = gate(workspace, "--policy", "../policies/release.yaml", "--evidence", "junit.xml", *NOW)
    assert relative.code == 1


def test_a_link_in_the_workspace_to_a_policy_of_somebody_else_is_not_the_changes_policy(workspace):
    (workspace.root / "policies").symlink_to(workspace.root.parent / "policies")
    ran = gate(workspace, "--policy", "policies/release.yaml", "--evidence", "junit.xml", *NOW)
    assert ran.code == 1, ran.out


def test_a_policy_that_ships_is_nobodys_to_configure(workspace):
    ran = gate(workspace, "--policy", "baseline", "--evidence", "junit.xml")
    assert "gatepass.yaml is not read" in ran.err


def test_whoever_names_the_configuration_has_it_read(workspace):
    policy = str(workspace.root.parent / "policies" / "release.yaml")
    ran = gate(workspace, "--policy", policy, "--evidence", "junit.xml", "--config", "gatepass.yaml", *NOW)
    assert (ran.code, "is not read" in ran.err) == (0, False), ran.out + ran.err


def test_beside_a_policy_of_its_own_it_is_read_as_ever(workspace):
    workspace.write({"policy.yaml": POLICY})
    ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml", *NOW)
    assert ran.code == 0, ran.out + ran.err


@pytest.mark.parametrize(
    "written",
    [
        "reports: {json: VICTIM}",
        "reports: {json: ../victim.json}",
        "reports: {json: 'a/../../victim.json'}",
        "reports: {json: '..\\victim.json'}",
        "reports: {json: 'C:\\victim.json'}",
        "record: ../victim.json",
        "record: VICTIM",
    ],
)
def test_a_configuration_names_no_file_outside_of_the_workspace(workspace, written):
    victim = workspace.root.parent / "victim.json"
    victim.write_text("mine")
    workspace.write({"policy.yaml": POLICY, "gatepass.yaml": CONFIG + written.replace("VICTIM", str(victim))})
    ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml")
    assert ran.code == 2
    assert "names files in the workspace alone" in ran.err
    assert "gatepass.yaml:3:" in ran.err
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("option", ["--report=json=out/victim.json", "--record=out/victim"])
def test_no_link_leads_what_is_written_out_of_the_workspace(workspace, option):
    outside = workspace.root.parent / "outside"
    outside.mkdir()
    for name in ("victim.json", "victim.intoto.jsonl"):
        (outside / name).write_text("mine")
    (workspace.root / "out").symlink_to(outside)
    workspace.write({"policy.yaml": POLICY})
    ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml", option)
    assert ran.code == 2
    assert "leads out of the workspace" in ran.err
    assert {each.read_text() for each in outside.iterdir()} == {"mine"}


@pytest.mark.parametrize("name", [".git/hooks/pre-commit", ".GIT/config", "a/.git/hooks/x"])
def test_nothing_is_written_among_gits_own_files(workspace, name):
    workspace.write({"policy.yaml": POLICY, "gatepass.yaml": f"{CONFIG}reports: {{text: {name}}}\n"})
    ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml")
    assert ran.code == 2
    assert "among git's own files" in ran.err
    assert not (workspace.root / name).exists()


@pytest.mark.parametrize("broken", ["[[[[", "kind: Config\n", f"{CONFIG}unknown: 1\n"])
def test_a_record_that_lies_about_does_not_outlive_a_configuration_that_is_broken(workspace, broken):
    workspace.write({"policy.yaml": POLICY, "gatepass.yaml": broken, "gatepass.intoto.jsonl": "forged"})
    dry = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml", "--dry-run")
    assert (dry.code, (workspace.root / "gatepass.intoto.jsonl").exists()) == (2, True)
    ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml")
    assert ran.code == 2
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()


def test_no_variable_of_the_job_is_written_down_because_a_change_names_it(workspace):
    """The key that signs, the token of a forge, a token for somebody else."""
    issuer = "https://gitlab.acme.example"
    cloud = Issuer(issuer).token(datetime.now(UTC), "https://cloud.example", {"user_login": "alice"})
    secrets = {"A": workspace.key.read_text(), "B": "a.b.c", "C": cloud}
    for name, secret in secrets.items():
        options = {"issuer": issuer, "token-variable": name, "jwks": "keys.json"}
        options["jwks-sha256"] = "0" * 64
        collect = json.dumps({"oidc": options})
        workspace.write({"policy.yaml": POLICY, "gatepass.yaml": f"{CONFIG}collect: {collect}\n"})
        variables = {"GITLAB_CI": "true", "CI": "true", "CI_PROJECT_PATH": "acme/payments", name: secret}
        ran = gate(workspace, "--policy", "policy.yaml", "--evidence", "junit.xml", **variables)
        kept = [each for each in workspace.root.rglob("*") if each.is_file()]
        assert ran.code == 1
        assert not [each for each in kept if secret.encode() in each.read_bytes()]
        assert not [each for each in kept if each.parent.name == "collected"]
        assert secret not in ran.out + ran.err
