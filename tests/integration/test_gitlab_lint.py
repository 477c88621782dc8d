"""What we ship for GitLab is valid by GitLab's own schema; all YAML and shell that we ship is clean."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from integration.conftest import PROJECT, ran, tool
from integration.gitlab_pipeline import GIVEN, PATH, TEMPLATE, Project, accepts, component

DOCS = PROJECT / "docs" / "gitlab"
SHIPPED = (
    "*.y*ml",
    ".*.y*ml",
    ".ci/*.y*ml",
    ".github/**/*.y*ml",
    "docs/[!d]*/*.y*ml",  # all but the demo, whose files are a project of its own
    "policies/*.y*ml",
    "templates/**/*.y*ml",
)

# as docs.gitlab.com tells it: user/application_security/policies/pipeline_execution_policies/#schema
EXECUTION_POLICIES = {
    "type": "object",
    "required": ["pipeline_execution_policy"],
    "additionalProperties": False,
    "properties": {
        "pipeline_execution_policy": {
            "type": "array",
            "minItems": 1,
            "maxItems": 5,
            "items": {
                "type": "object",
                "required": ["name", "enabled", "content"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 255},
                    "description": {"type": "string"},
                    "enabled": {"type": "boolean"},
                    "pipeline_config_strategy": {"enum": ["inject_policy", "override_project_ci"]},
                    "content": {
                        "type": "object",
                        "required": ["include"],
                        "properties": {
                            "include": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["project", "file"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "project": {"type": "string"},
                                        "file": {"type": "string", "pattern": r"\.ya?ml$"},
                                        "ref": {"type": "string"},
                                    },
                                },
                            }
                        },
                    },
                    "policy_scope": {"type": "object"},
                    "suffix": {"enum": ["on_conflict", "never"]},
                    "skip_ci": {
                        "type": "object",
                        "required": ["allowed"],
                        "properties": {"allowed": {"type": "boolean"}, "allowlist": {"type": "object"}},
                    },
                    "variables_override": {
                        "type": "object",
                        "required": ["allowed"],
                        "properties": {"allowed": {"type": "boolean"}, "exceptions": {"type": "array"}},
                    },
                },
            },
        }
    },
}


def filled(node, values):
    """The component with its inputs put in as GitLab does: in each text, after the YAML is read."""
    if isinstance(node, dict):
        return {filled(key, values): filled(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(each, values) for each in node]
    if isinstance(node, str):
        return re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: as_text(values[found[1]]), node)
    return node


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else value


@pytest.fixture
def job():
    asked, jobs = component()
    return filled(jobs, {**{name: each.get("default") for name, each in asked.items()}, **GIVEN})


def valid_by_gitlab(path: Path) -> None:
    done = ran(tool("check-jsonschema"), "--builtin-schema", "vendor.gitlab-ci", path, cwd=path.parent)
    assert done.returncode == 0, done.stdout


def test_both_documents_of_the_component_are_valid_by_gitlabs_schema(tmp_path, job):
    header, _ = yaml.safe_load_all(TEMPLATE.read_text("utf-8"))
    for name, document in (("header", header), ("jobs", job)):
        path = tmp_path / f"{name}.yml"
        path.write_text(yaml.safe_dump(document), "utf-8")
        valid_by_gitlab(path)


@pytest.mark.skipif(shutil.which("rsync") is None, reason="gitlab-ci-local needs rsync")
def test_filled_in_here_it_is_what_gitlab_ci_local_makes_of_it(tmp_path, job):
    project = Project(tmp_path)
    project.pipeline(path=PATH)
    assert project.expanded()["gatepass"] == job["gatepass"]


def test_the_component_sets_nothing_but_its_job(job):
    assert list(job) == ["gatepass"]


@pytest.mark.parametrize("name", ["pipeline.yml", "policy-ci.yml"])
def test_the_pipelines_of_the_page_are_valid_and_give_inputs_that_are_asked_for(name):
    valid_by_gitlab(DOCS / name)
    signed, unsigned = yaml.safe_load((DOCS / name).read_text("utf-8"))["include"]
    assert signed["component"] == unsigned["component"]
    assert unsigned["inputs"] == {**signed["inputs"], "unsigned": True}
    assert all(accepts(name, value) for name, value in unsigned["inputs"].items())
    assert {name for name, each in component()[0].items() if "default" not in each} <= set(signed["inputs"])
    rules = [each["rules"][0]["if"] for each in (signed, unsigned)]
    assert rules == [f'$CI_COMMIT_REF_PROTECTED {sign} "true"' for sign in ("==", "!=")], (
        "one of them, always"
    )


def test_the_execution_policy_is_valid_and_lets_nobody_skip_or_replace_the_gate():
    document = yaml.safe_load((DOCS / "policy.yml").read_text("utf-8"))
    jsonschema.Draft7Validator(EXECUTION_POLICIES).validate(document)
    [policy] = document["pipeline_execution_policy"]
    assert policy["enabled"] is True
    assert policy["suffix"] == "never"
    assert policy["skip_ci"] == {"allowed": False}
    of_the_project = ["GATEPASS_KEY", "GATEPASS_GITLAB_TOKEN"]
    assert policy["variables_override"] == {"allowed": False, "exceptions": of_the_project}
    assert policy["content"]["include"][0]["file"] == "policy-ci.yml"


def test_the_table_of_inputs_is_the_components():
    page = (DOCS / "README.md").read_text("utf-8")
    told = re.findall(r"^\| `([a-z-]+)` \| (.*?) \| (.*) \|$", page, re.MULTILINE)
    asked, _ = component()
    assert [name for name, _, _ in told] == list(asked)
    for name, default, about in told:
        default = default.strip("`")
        assert default == ("required" if "default" not in asked[name] else as_text(asked[name]["default"]))
        assert about == asked[name]["description"]


def test_all_yaml_that_is_shipped_is_clean():
    files = sorted({path for pattern in SHIPPED for path in PROJECT.glob(pattern) if path.is_file()})
    assert {TEMPLATE, PROJECT / "action.yml", DOCS / "policy.yml"} <= set(files)
    style = PROJECT / ".yamllint.yaml"
    done = ran(tool("yamllint"), "--strict", "-f", "parsable", "-c", style, *files, cwd=PROJECT)
    assert done.returncode == 0, done.stdout


def test_the_scripts_are_clean(tmp_path, job):
    [script] = job["gatepass"]["script"]
    (tmp_path / "job.sh").write_text(f"#!/bin/sh\n{script}", "utf-8")
    # SC2050: what is filled in is a constant here
    found = [
        *shellcheck(tmp_path / "job.sh", "--exclude=SC2050"),
        *shellcheck(PROJECT / ".github" / "action" / "install.sh"),
    ]
    assert found == []


def test_shellcheck_would_object(tmp_path):
    (tmp_path / "job.sh").write_text("#!/bin/sh\nrm -rf $record\n")
    assert shellcheck(tmp_path / "job.sh")


def shellcheck(path: Path, *options: str) -> list[str]:
    done = ran(tool("shellcheck"), "--format=json", *options, path, cwd=path.parent)
    return [
        f"{path.name}:{each['line']}: SC{each['code']} {each['message']}" for each in json.loads(done.stdout)
    ]
