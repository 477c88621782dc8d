"""`policy`, `key`, `evidence` and `verify`: what they print, and how they exit."""

from __future__ import annotations

import json
import os
import stat

import pytest
from typer.testing import CliRunner

from gatepass.cli._app import app
from gatepass.errors import GatepassError
from support.cli import gatepass
from support.gate import EASY, a_policy, a_workspace

JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    made.write({"policy.yaml": a_policy(EASY["tests"]), "junit.xml": JUNIT})
    return made


@pytest.fixture
def run(workspace, monkeypatch):
    monkeypatch.chdir(workspace.root)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(workspace.root.parent / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def invoke(*arguments, **env):
        done = CliRunner().invoke(app, list(arguments), env=env)
        if isinstance(done.exception, GatepassError):
            return 2, done.stdout, done.exception
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, None

    return invoke


# policy


def test_lint_says_what_is_fine_and_everything_that_is_wrong(run, workspace):
    code, out, _ = run("policy", "lint", "policy.yaml")
    assert (code, out) == (0, "policy.yaml: release without a version, 1 rule: fine\n")
    workspace.write(
        {"bad.yaml": a_policy("check: tests\n    minimun: 3\n    maximum-age: 2", "check: nothing")}
    )
    code, _, error = run("policy", "lint", "policy.yaml", "bad.yaml")
    assert code == 2
    assert len((error, *error.others)) >= 3
    assert all(each.place.path == "bad.yaml" and each.place.line for each in (error, *error.others))
    assert run("policy", "lint", "gone.yaml")[0] == 2


def test_the_schema_judges_the_policies_that_ship(run):
    import jsonschema

    from gatepass.strict_yaml import parse

    code, out, _ = run("policy", "schema")
    assert code == 0
    validator = jsonschema.Draft202012Validator(json.loads(out))
    names = [line.split()[0] for line in run("policy", "list")[1].splitlines()]
    assert names
    for name in names:
        code, text, _ = run("policy", "show", name)
        assert code == 0
        assert validator.is_valid(parse(text.encode(), name).value)
        assert run("policy", "lint", name)[0] == 0
    assert not validator.is_valid({"apiVersion": "gatepass/v1", "kind": "Policy"})
    code, _, error = run("policy", "show", "../pyproject")
    assert (code, names[0] in error.hint) == (2, True)


# key


def test_a_key_is_made_for_its_owner_alone_and_never_overwritten(run, workspace):
    code, out, _ = run("key", "generate", "a.pem")
    path = workspace.root / "a.pem"
    assert code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "BEGIN PRIVATE KEY" in path.read_text()
    before = path.read_bytes(), (workspace.root / "a.pub").read_bytes()
    assert run("key", "generate", "a.pem")[0] == 2
    path.unlink()
    assert run("key", "generate", "a.pem")[0] == 2  # the public part is still there
    assert not path.exists()
    assert (workspace.root / "a.pub").read_bytes() == before[1]
    assert "PRIVATE" not in out
    assert run("key", "generate", "gone/a.pem")[0] == 2


def test_a_key_is_shown_by_its_public_part_alone(run, workspace):
    private = run("key", "show", str(workspace.key))
    assert private == run("key", "show", str(workspace.public))
    assert private == run("key", "show", "env://K", K=workspace.key.read_text())
    assert private[0] == 0
    assert private[1].startswith("SHA256:")
    assert "PRIVATE" not in private[1]
    for wrong in ("gone.pem", "junit.xml", "env://GONE", "."):
        assert run("key", "show", wrong)[0] == 2


def test_a_protected_key_signs_only_with_its_passphrase(run, workspace):
    assert run("key", "generate", "p.pem", "--passphrase")[0] == 2  # nobody can be asked here
    assert run("key", "generate", "p.pem", "--passphrase", GATEPASS_KEY_PASSPHRASE="s3cret word")[0] == 0
    assert "ENCRYPTED" in (workspace.root / "p.pem").read_text()
    gate = ("gate", "--policy", "policy.yaml", "--evidence", "junit.xml", "--key", "p.pem")
    assert run(*gate, GATEPASS_KEY_PASSPHRASE="s3cret word")[0] == 0
    for wrong in ("", "another"):
        code, out, error = run(*gate, GATEPASS_KEY_PASSPHRASE=wrong)
        assert code == 2
        assert "s3cret" not in out + str(error)


def test_a_key_that_others_can_read_is_refused(run, workspace):
    workspace.key.chmod(0o644)
    code, _, error = run("key", "show", str(workspace.key))
    assert (code, error.hint) == (2, f"chmod 600 {workspace.key}")


# evidence


def test_evidence_is_shown_with_its_figures(run, workspace):
    code, out, _ = run("evidence", "show", "junit.xml")
    assert code == 0
    assert "tests · junit" in out
    assert "sha256:" in out
    code, out, _ = run("evidence", "show", "--json", "junit.xml")
    assert code == 0
    assert json.loads(out)["tests"]


@pytest.mark.parametrize(
    "content", ["", "hello", "<testsuite>", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>']
)
def test_evidence_that_cannot_be_used_is_said(run, workspace, content):
    workspace.write({"bad\x1b[2J.xml": content})
    code, out, _ = run("evidence", "show", "junit.xml", "*.xml", "gone.xml")
    assert code == 1
    assert out.count("cannot be used: ") == 2
    assert "\x1b" not in out
    code, out, _ = run("evidence", "show", "--json", "junit.xml", "*.xml")
    assert code == 1
    assert json.loads(out).keys() == {"tests"}


def test_the_formats_are_listed(run):
    code, out, _ = run("evidence", "formats")
    assert code == 0
    assert {"junit", "sarif", "lcov", "snyk"} <= {line.split()[1] for line in out.splitlines()}


# verify


@pytest.fixture
def recorded(run, workspace):
    assert (
        run("gate", "--policy", "policy.yaml", "--evidence", "junit.xml", "--key", str(workspace.key))[0] == 0
    )

    def verify(*more):
        return run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public), *more)

    return verify


AGAIN = ("--evidence", ".", "--policy", "policy.yaml", "--re-evaluate")


def test_what_is_judged_again_says_the_same(recorded):
    code, out, _ = recorded(*AGAIN)
    assert code == 0
    assert "GENUINE   verdict PASSED" in out
    assert "judged again: it says the same" in out


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("junit.xml", JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>")),
        ("junit.xml", JUNIT.replace('"a"', '"another"')),
        ("junit.xml", ""),
        ("policy.yaml", a_policy("check: tests\n    minimum-run: 5")),
        ("policy.yaml", a_policy(EASY["tests"], EASY["coverage"])),
        ("policy.yaml", a_policy(EASY["tests"]) + "# another byte\n"),
    ],
)
def test_what_has_changed_since_says_otherwise(recorded, workspace, file, content):
    workspace.write({file: content})
    code, out, _ = recorded(*AGAIN)
    assert code == 1
    assert "NOT VERIFIED" in out
    assert "GENUINE" not in out


def test_evidence_that_is_gone_is_no_proof(recorded, workspace):
    (workspace.root / "junit.xml").unlink()
    assert recorded("--evidence", ".")[0] == 1
    assert recorded(*AGAIN)[0] == 1
    assert recorded()[0] == 0


def test_a_folder_cannot_be_left_by_the_name_of_a_report(run, workspace):
    (workspace.root.parent / "outside.xml").write_text(JUNIT)
    key = ("--key", str(workspace.key))
    run("gate", "--policy", "policy.yaml", "--evidence", "../outside.xml", *key)
    code, out, _ = run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public), "--evidence", ".")
    assert (code, "found" in out.replace("not found", "")) == (1, False)


def test_nothing_is_verified_without_a_key(run, recorded, workspace):
    code, _, error = run("verify", "gatepass.intoto.jsonl")
    assert (code, "nothing can be verified" in str(error)) == (2, True)
    assert run("verify", "gatepass.intoto.jsonl", "--key", "gone.pub")[0] == 2
    assert run("verify", "gone.intoto.jsonl", "--key", str(workspace.public))[0] == 2
    assert recorded("--re-evaluate")[0] == 2
    assert run("verify", "gatepass.intoto.jsonl", "--trusted-keys", str(workspace.public))[0] == 0


def test_commands_of_a_process_of_its_own_never_show_a_traceback(workspace):
    for arguments in (
        ("verify", "policy.yaml", "--key", str(workspace.public)),
        ("policy", "lint", "junit.xml"),
        ("evidence", "show", "policy.yaml"),
        ("key", "show", "junit.xml"),
        ("nonsense",),
    ):
        done = gatepass(*arguments, cwd=workspace.root)
        assert done.code in (1, 2)
        assert "Traceback" not in done.err
        assert "gatepass itself failed" not in done.err
