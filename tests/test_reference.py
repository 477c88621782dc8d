"""The reference pages say what the code says, and the code says enough to make them of."""

from __future__ import annotations

import importlib.util
import shutil
import textwrap
from pathlib import Path

import pytest
import typer.main

from gatepass import seam
from gatepass.checks import Check
from gatepass.cli._app import app
from gatepass.explaining import page
from gatepass.parameters import DIRECTIONS, parameters_of
from gatepass.policy.load import load_file
from gatepass.policy.schema import COMMON_RULE_KEYS

DOCS = Path(__file__).parents[1] / "docs"
CHECKS = seam.members("gatepass.checks", Check)


def reference(*arguments: str) -> int:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(list(arguments))


def test_the_pages_are_as_the_code_says(capsys):
    assert (reference("--check"), capsys.readouterr().out) == (0, ""), "make docs writes them again"


def test_a_stale_a_missing_and_a_leftover_page_are_named(tmp_path, capsys):
    copy = tmp_path / "docs"
    shutil.copytree(DOCS / "checks", copy / "checks")
    shutil.copy(DOCS / "cli.md", copy)
    (copy / "cli.md").write_text("old")
    (copy / "checks" / "tests.md").unlink()
    (copy / "checks" / "gone.md").write_text("a check that was taken away")
    assert reference("--check", "--docs", str(copy)) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "stale: checks/tests.md",
        "stale: cli.md",
        "stale: collect/README.md",
        "stale: formats.md",
        "leftover: checks/gone.md",
    ]
    assert reference("--docs", str(copy)) == 0
    assert not (copy / "checks" / "gone.md").exists()
    assert reference("--check", "--docs", str(copy)) == 0


def test_the_pages_do_not_depend_on_the_terminal(monkeypatch, capsys):
    for name, value in {"COLUMNS": "40", "TERMINAL_WIDTH": "40", "FORCE_COLOR": "1", "LANG": "de_DE"}.items():
        monkeypatch.setenv(name, value)
    assert reference("--check") == 0


def test_a_key_is_told_with_its_type_its_default_and_its_direction():
    told = {each.path: each for each in parameters_of(CHECKS["coverage"].parameters)}
    assert (told["minimum.lines"].type, told["minimum.lines"].stricter) == ("number, 0 to 100", "higher")
    assert told["paths[].match"].type == "list of texts"
    told = {each.path: each for each in parameters_of(CHECKS["quality-gate"].parameters)}
    assert told["same-commit"].default == "true"
    assert told["status"].type == "`any`, `OK`"
    assert told["conditions.*.maximum"].type == "number or `A`, `B`, `C`, `D`, `E`"
    page = (DOCS / "checks" / "coverage.md").read_text("utf-8")
    assert "| `minimum.lines` | number, 0 to 100 |  | higher | Percent of the lines" in page


@pytest.mark.parametrize("name", CHECKS)
def test_the_example_of_a_check_loads_without_a_mistake(tmp_path, name):
    example = CHECKS[name].example
    rule = example if example.startswith("- ") else "- " + textwrap.indent(example, "  ").lstrip()
    text = (
        f"apiVersion: gatepass/v1\nkind: Policy\nmetadata: {{name: p}}\nrules:\n{textwrap.indent(rule, '  ')}"
    )
    (tmp_path / "p.yaml").write_text(text, "utf-8")
    [policy] = load_file(tmp_path / "p.yaml", tmp_path)
    assert [each.check for each in policy.rules] == [name]


@pytest.mark.parametrize("name", CHECKS)
def test_every_key_of_a_check_is_described_and_every_leaf_says_which_way_is_stricter(name):
    parameters = list(parameters_of(CHECKS[name].parameters))
    assert parameters
    inside = {each.path.rpartition(".")[0].removesuffix("[]") for each in parameters}
    for each in parameters:
        assert each.description.endswith("."), each.path
        is_leaf = each.path not in inside
        if is_leaf:
            assert each.stricter in DIRECTIONS, each.path
        else:
            assert each.stricter is None or each.stricter in DIRECTIONS, each.path


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_a_page_of_its_own(name):
    assert len(page(name)) > 200
    assert "## " not in page(name), "the page's headings are made by docs/reference.py"


def test_the_keys_of_every_rule_are_described():
    assert all(each.description for each in parameters_of({"properties": COMMON_RULE_KEYS}))


def commands(name, command):
    yield name, command
    for inner, each in getattr(command, "commands", {}).items():
        yield from commands(f"{name} {inner}", each)


@pytest.mark.parametrize(
    ("name", "command"),
    [pytest.param(*each, id=each[0]) for each in commands("gatepass", typer.main.get_command(app))],
)
def test_every_command_and_option_has_help(name, command):
    assert command.help
    assert all(each.help for each in command.params), [each.name for each in command.params if not each.help]
