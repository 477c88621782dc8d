"""The component as GitLab runs it: exit codes on red, green and broken runs, what is kept, and inputs that stay text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from gatepass.signers.keys import generate
from integration.conftest import ran
from integration.gitlab_pipeline import FAILING, IMAGE, PASSING, Project, accepts, component

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="gitlab-ci-local needs rsync")

REPORTS = {"gatepass.junit.xml", "gatepass.quality.json", "gatepass.links.json", "gatepass.env", "gatepass.sarif"}
ALL = {*REPORTS, "gatepass.intoto.jsonl"}
BUNDLES = {"out/gate.sigstore.json", "out/gate.vsa.sigstore.json"}
MANY = ("policy", "evidence", "fact", "overrides", "collect", "artifact", "build", "report")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def judged(project, junit=PASSING, **pipeline):
    project.write({"reports/junit.xml": junit})
    project.pipeline(**pipeline)
    return project.run()


def variables(done):
    return dict(line.split("=", 1) for line in done.kept()["gatepass.env"].splitlines())


def test_green(project):
    done = judged(project)
    assert (done.code, done.exit_code()) == (0, 0), done.log
    assert set(done.kept()) == ALL
    assert variables(done)["GATEPASS_VERDICT"] == "PASSED"
    assert "\ngatepass_started\ngatepass  PASSED" in done.said(), "a section of the log"
    assert "\ngatepass took " in done.said()


def test_red_keeps_everything_that_green_keeps(project):
    done = judged(project, FAILING)
    assert (done.code, done.exit_code()) == (1, 1), done.log
    assert set(done.kept()) == ALL
    assert variables(done)["GATEPASS_VERDICT"] == "FAILED"
    assert json.loads(done.kept()["gatepass.quality.json"])
    assert "<failure" in done.kept()["gatepass.junit.xml"]


@pytest.mark.parametrize(
    "inputs",
    [{"unsigned": False}, {"config": "nowhere.yaml"}],
    ids=lambda inputs: "-".join(inputs),
)
def test_a_broken_run_is_no_decision_and_leaves_nothing_that_looks_like_one(project, inputs):
    """Neither does what the change, or an earlier job, put where the gate writes."""
    project.write({name: "GATEPASS_VERDICT=PASSED\n" for name in (*ALL, "gatepass.sigstore.json")})
    done = judged(project, more={"test": a_job("echo GATEPASS_VERDICT=PASSED >gatepass.env", paths=["*"])}, **inputs)
    assert (done.code, done.exit_code()) == (1, 2), done.log
    assert done.kept() == {}


def a_job(*script, **artifacts):
    return {"stage": "test", "script": list(script), "artifacts": {"when": "always", **artifacts}}


def test_a_failed_job_before_does_not_skip_the_gate_and_its_report_is_judged(project):
    script = ["mkdir reports", f"echo '{FAILING.strip()}' >reports/junit.xml", "exit 1"]
    project.pipeline(more={"test": a_job(*script, paths=["reports/"])})
    done = project.run()
    assert done.code == 1
    assert done.exit_code("test") == 1
    assert done.exit_code() == 1, done.log
    assert variables(done)["GATEPASS_FAILED_RULES"] == "tests"


def test_without_a_report_the_gate_fails(project):
    project.pipeline()
    done = project.run()
    assert (done.code, done.exit_code()) == (1, 1), done.log


def test_the_key_is_the_variable_that_is_named(project, tmp_path):
    pair = generate(tmp_path / "key.pem")
    project.variables["RELEASE_KEY"] = str(pair.path)  # as a variable of the type File is: a path
    done = judged(project, unsigned=False, key_variable="RELEASE_KEY", record="out/gate")
    assert done.exit_code() == 0, done.log
    assert set(done.kept()) == {*REPORTS, *BUNDLES, "out/gate.intoto.jsonl"}
    record = tmp_path / "gate.intoto.jsonl"
    record.write_text(done.kept()["out/gate.intoto.jsonl"])
    verified = ran(project.folder / "bin" / "gatepass", "verify", record, "--key", pair.public_path, cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    assert str(pair.path) not in "".join(done.kept().values())


def test_what_an_earlier_job_exports_chooses_neither_policy_nor_what_is_imported(project):
    """A dotenv report sets variables of later jobs, over those of the job itself."""
    project.write({"planted/sitecustomize.py": "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\n"})
    planted = project.root / "planted"
    lines = [f"PYTHONPATH={planted}", "PYTHONSTARTUP=x", "policy=baseline", "line=--exit-zero", "lines=--exit-zero"]
    lines += [f"GATEPASS_IN_{name.upper()}=--exit-zero" for name in MANY]
    script = [f"echo '{line}' >>.env" for line in lines]
    done = judged(project, FAILING, more={"test": a_job(*script, reports={"dotenv": ".env"})})
    assert (done.code, done.exit_code()) == (1, 1), done.log
    assert not (planted / "ran").exists()


def test_what_the_pipeline_sets_for_all_jobs_is_not_for_the_gate(project):
    default = {"before_script": ["touch before", "exit 0"], "image": "planted", "tags": ["ours"]}
    project.pipeline(more={"default": default, "variables": {"POLICY": "planted"}})
    job = project.expanded()["gatepass"]
    assert "before_script" not in job
    assert job["tags"] == ["ours"]
    assert job["image"] == {"name": IMAGE, "entrypoint": [""]}
    assert "POLICY" not in job["variables"]


def test_the_job_cannot_be_skipped_and_fails_the_pipeline(project):
    project.pipeline(audience="https://gate.acme.example", record="out/record", access="none")
    job = project.expanded()["gatepass"]
    assert job["rules"] == [{"when": "always"}]
    assert job["allow_failure"] is False
    assert "when" not in job
    assert "needs" not in job
    assert job["id_tokens"] == {"GATEPASS_ID_TOKEN": {"aud": "https://gate.acme.example"}}
    kept = job["artifacts"]
    assert (kept["when"], kept["access"], kept["expire_in"]) == ("always", "none", "1 year")
    assert kept["paths"] == ["out/record.*", "gatepass.*", ".gatepass/collected/"]
    assert set(kept["reports"]) == {"junit", "codequality", "annotations", "dotenv"}
    assert set(kept["reports"].values()) < REPORTS


def test_it_is_a_component(project):
    project.write({"reports/junit.xml": PASSING})
    project.pipeline(include="$CI_SERVER_FQDN/$CI_PROJECT_PATH/gate@$CI_COMMIT_SHA", job_name="judge it")
    done = project.run()
    assert done.code == 0, done.log
    assert "PASS  judge it" in done.log


HOSTILE = [
    '"; echo x #',
    "$(touch pwned)",
    "`touch pwned`",
    "--exit-zero",
    "../../../etc/passwd",
    "\u202ereports/junit.xml",
    "${GATEPASS_KEY}$HOME",
    "; touch pwned",
    "&& touch pwned || true",
    "*",
    "EOF",
    "$[[ inputs.image ]]",
    "  spaces\tand tabs  ",
    "%s%n",
    "\u2028touch pwned",
]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_every_line_of_an_input_is_one_argument_of_its_option(project, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    project.pipeline(**{name: "\n".join(["", *HOSTILE, "", "last"]) for name in MANY})
    [script] = project.expanded()["gatepass"]["script"]
    arguments = heard(project, script, shell)
    expected = [f"--{name}={line}" for name in MANY for line in [*HOSTILE, "last"]]
    fixed = [f"--report={format}={path}" for format, path in FIXED.items()]
    assert arguments == ["gate", "--record=gatepass.intoto.jsonl", *fixed, *expected, "--unsafe-unsigned"]
    assert not list(project.folder.rglob("pwned"))


@pytest.mark.parametrize(("kind", "told"), [("PEM", "env://GATEPASS_KEY"), ("path", None)])
def test_the_text_of_a_key_is_no_argument(project, kind, told):
    path = project.folder / "bin" / "key.pem"
    text = generate(path).path.read_text()
    project.pipeline()
    [script] = project.expanded()["gatepass"]["script"]
    arguments = heard(project, script, GATEPASS_KEY=text if kind == "PEM" else str(path))
    assert f"--key={told or path}" in arguments
    assert "PRIVATE KEY" not in "".join(arguments)


def heard(project, script, shell="sh", **variables):
    """The arguments that the job's script gives to `gatepass`, in a folder that is not empty."""
    (project.folder / "bin" / "gatepass").write_text('#!/bin/sh\nprintf "%s\\0" "$@" >"$SEEN"\n')
    workspace, seen = project.folder / "workspace", project.folder / "seen"
    workspace.mkdir()
    (workspace / "a file").touch()
    path = os.pathsep.join((str(project.folder / "bin"), os.environ["PATH"]))
    env = {"PATH": path, "SEEN": str(seen), **variables}
    subprocess.run([shell, "-e"], input=script.encode(), env=env, cwd=workspace, check=True)
    return seen.read_bytes().decode().split("\0")[:-1]


FIXED = {
    "junit": "gatepass.junit.xml",
    "code-quality": "gatepass.quality.json",
    "gitlab-annotations": "gatepass.links.json",
    "dotenv": "gatepass.env",
    "sarif": "gatepass.sarif",
}


@pytest.mark.parametrize("name", ["evidence", "policy", "report"])
def test_what_an_input_holds_is_data(project, name):
    done = judged(project, FAILING, **{name: "\n".join(HOSTILE)})
    assert done.code == 1, done.log
    assert done.exit_code() in (1, 2)
    assert not list(project.folder.rglob("pwned"))
    assert "PASSED" not in done.kept().get("gatepass.env", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "a' ; touch pwned; '") for name in (*MANY, "config")),
        *((name, "a\\`b") for name in (*MANY, "config")),  # Ruby's gsub puts in there what stands before
        ("config", "a\nb"),
        ("key-variable", "KEY:-$(touch pwned)"),
        ("key-variable", "KEY\nPWNED"),
        ("key-variable", ""),
        ("record", "../outside"),
        ("record", "a/../../outside"),
        ("record", "/etc/passwd"),
        ("record", "-rf"),
        ("record", ".git/config"),
        ("record", "$HOME"),
        ("record", ""),
        ("image", "registry.acme.example/gate:latest"),
        ("image", f"{IMAGE}\nscript: x"),
        ("job-name", "a\nb"),
        ("stage", "a\nb"),
        ("access", "everybody"),
        ("audience", "a b"),
        ("expire-in", "$NEVER"),
        ("unsigned", "$(touch pwned)"),
    ],
)
def test_what_a_pattern_does_not_let_in_makes_no_pipeline(name, value):
    assert not accepts(name, value)


def test_every_input_says_what_it_is_for_and_what_it_may_be():
    asked, _ = component()
    for name, each in asked.items():
        assert each["description"], name
        assert {"regex", "options"} & set(each) or each["type"] == "boolean", name
        assert name == "image" or accepts(name, each["default"]), name
    assert accepts("image", IMAGE)
    assert accepts("stage", ".pipeline-policy-post")
    assert accepts("record", "out/gate.d/record-1")
    assert all(accepts(name, "\n".join(HOSTILE)) for name in MANY)


def test_gitlab_ci_local_asks_the_patterns_as_well(project):
    project.pipeline(evidence="a' ; touch pwned; '")
    shown = project.preview()
    assert shown.code == 1
    assert "does not match required regex" in shown.log
