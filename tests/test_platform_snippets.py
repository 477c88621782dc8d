"""The pipelines in docs/platforms are what they say: valid YAML, options that exist, a gate not skipped."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
import yaml

from gatepass import seam
from gatepass.cli._app import app
from gatepass.collect import Collector
from gatepass.detecting import platforms
from gatepass.reports import Report

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "platforms"
SNIPPETS = sorted(path for path in FOLDER.iterdir() if path.suffix == ".yaml" or path.name == "Jenkinsfile")
TOOLS = ("check-jsonschema", "yamllint")
# what makes each system run the gate although something failed before it
ALSO_AFTER_A_FAILURE = {
    "azure.yaml": "condition: always()",
    "bitbucket.yaml": "make test || true",
    "buildkite.yaml": "allow_failure: true",
    "circleci.yaml": "when: always",
    "drone.yaml": "status: [success, failure]",
    "github.yaml": "if: always()",
    "gitlab.yaml": "when: always",
    "Jenkinsfile": "catchError(",
    "tekton.yaml": "finally:",
    "woodpecker.yaml": "status: [success, failure]",
}


def commands(path: Path) -> list[list[str]]:
    """The gate's arguments in a pipeline, however it is folded."""
    if path.name == "Jenkinsfile":
        texts = [path.read_text("utf-8").replace("\\\n", " ")]
    else:
        texts = list(_texts(yaml.safe_load(path.read_text("utf-8"))))
    found = [match[1] for text in texts for match in re.finditer(r"\bgatepass (gate [^|;\n]*)", text)]
    return [shlex.split(each) for each in found]


def _texts(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        if node.get("command") == ["gatepass"]:
            yield shlex.join(["gatepass", *node["args"]])
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def test_every_platform_has_a_pipeline_and_a_line_in_the_page():
    called = {path.stem.lower().replace("jenkinsfile", "jenkins") for path in SNIPPETS}
    assert called == set(platforms())
    page = (FOLDER / "README.md").read_text("utf-8")
    for each in platforms().values():
        assert f"| {each.title} |" in page
    for path in SNIPPETS:
        assert f"]({path.name})" in page


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_gate_is_called_with_options_that_exist(path):
    gate = typer.main.get_command(app).commands["gate"]
    options = {name for parameter in gate.params for name in parameter.opts}
    reports, collectors = (
        seam.members(package, kind)
        for package, kind in (("gatepass.reports", Report), ("gatepass.collect", Collector))
    )
    assert commands(path)
    for arguments in commands(path):
        given = list(zip(arguments[1::2], arguments[2::2], strict=True))
        assert {name for name, _ in given} <= options
        assert {"--policy", "--evidence", "--key"} <= {name for name, _ in given}
        for name, value in given:
            assert name != "--report" or value.partition("=")[0] in reports
            assert name != "--collect" or value in collectors


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_the_gate_runs_although_something_failed_before_it(path):
    assert ALSO_AFTER_A_FAILURE[path.name] in path.read_text("utf-8")


@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"{' and '.join(TOOLS)} are not on the PATH"
)
def test_the_pipelines_are_valid_by_their_vendors_schemas():
    done = subprocess.run(
        [sys.executable, str(FOLDER / "lint.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
