"""The hooks are commands that there are, and no command is lost by building only the one that is named."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main
import yaml

from gatepass.cli._app import app
from support.cli import gatepass

ROOT = Path(__file__).resolve().parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def commands():
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        yield from (
            ((name, inner) for inner in command.commands) if hasattr(command, "commands") else [(name,)]
        )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_entry_of_a_hook_is_a_command_with_options_that_there_are(hook, tmp_path):
    program, *arguments = shlex.split(hook["entry"])
    assert program == "gatepass"
    ran = gatepass(*arguments, "--help", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert hook["language"] == "python"


def test_files_of_hooks_are_those_that_they_are_for():
    by_id = {hook["id"]: hook for hook in HOOKS}
    matched = {
        path: {
            name
            for name, hook in by_id.items()
            if "files" in hook
            and re.search(hook["files"], path)
            and not re.search(hook.get("exclude", "^$"), path)
        }
        for path in (
            "policies/release.yaml",
            "security/policies/eu/release.yml",
            "policies/tests/release.yaml",
            "policies/tests/reports/junit.xml",
            "overrides/OVR-1.yaml",
            "overrides/OVR-1.yaml.dana.sig",
            "gatepass.yaml",
            "src/policies.py",
            "README.md",
        )
    }
    lint, fmt, test = "gatepass-lint", "gatepass-fmt", "gatepass-test"
    assert matched == {
        "policies/release.yaml": {lint, fmt, test},
        "security/policies/eu/release.yml": {lint, fmt, test},
        "policies/tests/release.yaml": {fmt, test},
        "policies/tests/reports/junit.xml": {test},
        "overrides/OVR-1.yaml": {fmt},
        "overrides/OVR-1.yaml.dana.sig": set(),
        "gatepass.yaml": {fmt},
        "src/policies.py": set(),
        "README.md": set(),
    }


def test_what_looks_at_files_that_are_gone_or_not_in_git_always_runs():
    assert {hook["id"] for hook in HOOKS if hook.get("always_run")} == {"gatepass-gate", "gatepass-overrides"}


def test_the_gate_of_a_hook_writes_nothing():
    [gate] = [hook for hook in HOOKS if hook["id"] == "gatepass-gate"]
    assert "--dry-run" in gate["entry"].split()


@pytest.mark.parametrize("command", [*commands()], ids=" ".join)
def test_each_command_is_there_when_it_is_named(command, tmp_path):
    ran = gatepass(*command, "--help", cwd=tmp_path)
    assert ran.code == 0
    assert f"Usage: gatepass {' '.join(command)}" in ran.out


def test_a_command_that_is_misspelt_is_suggested(tmp_path):
    assert "Did you mean 'policy'?" in gatepass("polcy", "lint", cwd=tmp_path).err
    assert "Did you mean 'lint'?" in gatepass("policy", "lnt", cwd=tmp_path).err
