"""A workspace in which overrides are asked for, approved and judged, by the command line and the gate."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from gatepass.cli._app import app
from gatepass.errors import GatepassError
from gatepass.signers import keys
from support.gate import a_workspace
from support.ssh_signing import SshKey

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen (OpenSSH) is not installed"
)
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
overrides:
  - rules: [tested]
    approvers: {users: [dana, erin]}
    maximum-days: 30
    reasons: [mitigated]
    signers: keys/signers
    keys: {erin: keys/erin.pub}
    break-glass: {users: [alice], maximum-hours: 8, confirm-within-hours: 24}
rules:
  - id: tested
    check: tests
  - id: never
    check: tests
    enforcement: warn
"""
CONFIG = "apiVersion: gatepass/v1\nkind: Config\npolicies: [policy.yaml]\noverrides: [overrides]\n"
RED = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>\n'
ASKED = ("override", "request", "--rule", "tested", "--reason", "mitigated", "--justification", "It is safe.")
ALL = (*ASKED, "--whole-rule", "--days", "30", "--requested-by", "alice")
YEAR = datetime.now(UTC).year
OVR, BG = f"OVR-{YEAR}-001", f"BG-{YEAR}-001"
GLASS = ("override", "break-glass", "--reason", "Payments are down.", "--incident", "INC-4711")
BREAK = (*GLASS, "--rule", "tested", "--whole-rule", "--requested-by", "alice")


@pytest.fixture(name="workspace")
def a_project(tmp_path):
    made = a_workspace(tmp_path)
    pair = keys.generate(tmp_path / "erin.pem")
    made.write({"gatepass.yaml": CONFIG, "policy.yaml": POLICY, "junit.xml": RED})
    made.write({"keys/erin.pub": pair.public_path.read_bytes(), "keys/signers": ""})
    (made.root / "overrides").mkdir()
    return made


@pytest.fixture(name="ssh")
def ssh_keys(workspace, tmp_path):
    """SSH keys of three people, two of whom the policy knows to sign."""
    lines = ""
    for login, principal in (("dana", "dana,dana@acme.example"), ("alice", "alice"), ("mallory", "")):
        path = tmp_path / login
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
        public = path.with_suffix(".pub").read_text()
        lines += f'{principal} namespaces="override@gatepass" {public}' if principal else ""
    workspace.write({"keys/signers": lines})
    return tmp_path


@pytest.fixture(name="run")
def commands(workspace, monkeypatch):
    monkeypatch.chdir(workspace.root)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI"))]:
        monkeypatch.delenv(name)

    def invoke(*arguments, **env):
        done = CliRunner().invoke(app, list(arguments), env=env)
        if isinstance(done.exception, GatepassError):
            return 2, f"{done.exception} {done.exception.hint}"
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())

    return invoke


def judged(workspace, *, later=timedelta()):
    """What the gate says now, or later."""
    now = datetime.now(UTC).replace(microsecond=0) + later
    policy = (workspace.root / "policy.yaml").read_text()
    return workspace.judge(policy, "junit.xml", overrides=("overrides",), now=now).decision


def ask(run, *more):
    code, out = run(*ALL, *more)
    assert code == 0, out


def with_signers(workspace, **keys_of):
    lines = "".join(key.line(login) for login, key in keys_of.items())
    workspace.write({"keys/signers": lines})


def approved_one(workspace, run, tmp_path):
    with_signers(workspace, dana=SshKey())
    ask(run)
    assert run("override", "approve", OVR, "--key", str(tmp_path / "erin.pem"))[0] == 0


def judged_text(workspace):
    judged(workspace)
    return " ".join(workspace.written()["text"].split())
