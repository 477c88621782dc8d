"""`gatepass policy fmt`: what it writes, what it leaves alone, and how it exits."""

from __future__ import annotations

import pytest

from support.cli import gatepass
from support.gate import a_policy

UNTIDY = "kind: Policy\napiVersion: gatepass/v1 # v\nmetadata: {name: p}\nrules:\n- {check: tests, id: t}\n"
TIDY = "apiVersion: gatepass/v1 # v\nkind: Policy\nmetadata: {name: p}\nrules:\n  - {id: t, check: tests}\n"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "workspace"
    (root / "policies").mkdir(parents=True)
    (root / "policies/p.yaml").write_text(UNTIDY)
    return root


def test_a_file_is_written_in_form_once(folder):
    ran = gatepass("policy", "fmt", "policies/p.yaml", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "formatted policies/p.yaml\n1 file: 1 formatted\n"
    assert (folder / "policies/p.yaml").read_text() == TIDY
    assert gatepass("policy", "fmt", "policies", cwd=folder).out == "1 file: 1 in form\n"


def test_check_writes_nothing_shows_what_would_change_and_exits_one(folder):
    ran = gatepass("policy", "fmt", "--check", "policies", cwd=folder)
    assert ran.code == 1
    assert (folder / "policies/p.yaml").read_text() == UNTIDY
    assert "not in form: policies/p.yaml" in ran.out
    assert "\n  -- {check: tests, id: t}\n  +  - {id: t, check: tests}\n" in ran.out
    (folder / "policies/p.yaml").write_text(TIDY)
    assert gatepass("policy", "fmt", "--check", "policies", cwd=folder).code == 0


@pytest.mark.parametrize("approval", ["p.yaml.sig", "p.yaml.dana.sig", "p.yaml.dana.dsse.json"])
def test_a_file_with_an_approval_beside_it_is_left_alone_and_named(folder, approval):
    (folder / "policies" / approval).write_text("signed")
    for options in ((), ("--check",)):
        ran = gatepass("policy", "fmt", *options, "policies/p.yaml", cwd=folder)
        assert ran.code == 0
        assert f"policies/p.yaml is left alone: {approval} is over its bytes" in ran.out
        assert (folder / "policies/p.yaml").read_text() == UNTIDY
    (folder / "policies" / approval).rename(folder / "policies/q.yaml.sig")
    assert gatepass("policy", "fmt", "policies/p.yaml", cwd=folder).out.startswith("formatted")


def test_what_cannot_be_formatted_stays_and_the_others_are_done(folder):
    broken = "kind: Policy\n? a\n: b\n"
    (folder / "policies/a.yaml").write_text(broken)
    ran = gatepass("policy", "fmt", "policies", "gone.yaml", cwd=folder)
    assert ran.code == 2
    assert "policies/a.yaml:2: is left alone: a key is written with '? '" in ran.err
    assert "gone.yaml cannot be read" in ran.err
    assert "3 files: 1 formatted, 2 cannot be formatted" in ran.out
    assert (folder / "policies/a.yaml").read_text() == broken
    assert (folder / "policies/p.yaml").read_text() == TIDY


def test_a_link_is_not_replaced_by_a_file(folder):
    (folder / "link.yaml").symlink_to("policies/p.yaml")
    assert gatepass("policy", "fmt", "link.yaml", cwd=folder).code == 2
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "policies/p.yaml").read_text() == UNTIDY


def test_a_folder_without_yaml_and_no_folder_at_all_are_errors(folder):
    (folder / "empty").mkdir()
    assert gatepass("policy", "fmt", "empty", cwd=folder).code == 2
    assert gatepass("policy", "fmt", cwd=folder).code == 2


def test_what_a_file_holds_steers_no_terminal(folder):
    (folder / "policies/p.yaml").write_text(
        a_policy("check: tests") + "# \u202e ##vso[task.complete]\n\n\n\n"
    )
    ran = gatepass("policy", "fmt", "--check", "policies", cwd=folder)
    assert "\u202e" not in ran.out
    assert "##vso" not in ran.out


def test_options_of_the_gate_are_formatted_too(folder):
    (folder / "gatepass.yaml").write_text("kind: Config\napiVersion: gatepass/v1\npolicies: [a]\n")
    assert gatepass("policy", "fmt", "gatepass.yaml", cwd=folder).code == 0
    assert (folder / "gatepass.yaml").read_text().startswith("apiVersion: gatepass/v1\nkind: Config\n")
