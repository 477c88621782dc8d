"""The component as GitLab runs it: exit codes on red, green and broken runs, what is kept, inputs as text."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess

import pytest
import yaml

from gatepass.signers.keys import generate
from integration.conftest import ran
from integration.gitlab_pipeline import (
    FAILING,
    IMAGE,
    NO_NETWORK,
    PASSING,
    PATH,
    TEMPLATE,
    Project,
    accepts,
    component,
)
from support.loopback import Reply, serving

pytestmark = pytest.mark.skipif(shutil.which("rsync") is None, reason="gitlab-ci-local needs rsync")

FIXED = {
    "junit": "gatepass.junit.xml",
    "code-quality": "gatepass.quality.json",
    "gitlab-annotations": "gatepass.links.json",
    "dotenv": "gatepass.env",
    "sarif": "gatepass.sarif",
}
REPORTS = set(FIXED.values())
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
    project.write(dict.fromkeys((*ALL, "gatepass.sigstore.json"), "GATEPASS_VERDICT=PASSED\n"))
    done = judged(
        project, more={"test": a_job("echo GATEPASS_VERDICT=PASSED >gatepass.env", paths=["*"])}, **inputs
    )
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
    verified = ran(
        project.folder / "bin" / "gatepass", "verify", record, "--key", pair.public_path, cwd=tmp_path
    )
    assert verified.returncode == 0, verified.stdout
    assert str(pair.path) not in "".join(done.kept().values())


def test_what_an_earlier_job_exports_chooses_neither_policy_nor_program_nor_what_is_imported(project):
    """A dotenv report sets variables of later jobs, over those of the job itself."""
    project.write(
        {"planted/sitecustomize.py": "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\n"}
    )
    planted = project.root / "planted"
    project.write({"planted/gatepass": f"#!/bin/sh\n>'{planted}/ran'\n"})
    (planted / "gatepass").chmod(0o755)
    lines = [f"PYTHONPATH={planted}", f"PATH={planted}:{PATH}", "policy=baseline", "line=--exit-zero"]
    lines += ["GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/other"]  # another platform to be believed
    lines += ["lines=--exit-zero", *(f"GATEPASS_IN_{name.upper()}=--exit-zero" for name in MANY)]
    script = [f"echo '{line}' >>.env" for line in lines]
    done = judged(project, FAILING, more={"test": a_job(*script, reports={"dotenv": ".env"})})
    assert (done.code, done.exit_code()) == (1, 1), done.log
    assert not (planted / "ran").exists()


CHOOSING = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"),
    *(
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "OPENSSL_CONF",
        "GIT_CONFIG_COUNT",
        "GIT_SSH_COMMAND",
        "GIT_EXEC_PATH",
    ),
)


@pytest.mark.parametrize("name", CHOOSING)
def test_the_gate_does_not_see_the_variable(script_of, name):
    seen = script_of(**{name: "planted"})[1]
    assert name not in seen
    assert seen["CI_PROJECT_PATH"] == "acme/payments", "others it sees"
    assert seen["PYTHONSAFEPATH"] == seen["PYTHONNOUSERSITE"] == "1"


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
    how = {"component": "$CI_SERVER_FQDN/$CI_PROJECT_PATH/gate@$CI_COMMIT_SHA"}
    project.pipeline(include=how, job_name="judge it")
    done = project.run()
    assert done.code == 0, done.log
    assert "PASS  judge it" in done.log


def test_the_same_file_is_a_remote_one_as_well(project):
    """That GitLab refuses a file by its digest is GitLab's own; gitlab-ci-local reads the digest alone."""
    content = TEMPLATE.read_bytes()
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    project.pipeline()
    local = project.expanded()
    project.env.update(dict.fromkeys(NO_NETWORK, ""))  # loopback is asked, by no proxy
    with serving({"/template.yml": Reply(content)}) as server:
        how = {"remote": f"{server.url}/template.yml", "integrity": f"sha256-{digest}"}
        project.pipeline(include=how)
        assert project.expanded() == local
    assert server.paths() == ["/template.yml"]


def test_the_gate_is_signed_where_the_key_is_and_unsigned_elsewhere(project):
    """Two includes, each with its rule: a pipeline has one of them."""
    project.pipeline(unsigned=False)
    [signed] = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text())["include"]
    rules = {"signed": '$CI_COMMIT_REF_PROTECTED == "true"', "unsigned": '$CI_COMMIT_REF_PROTECTED != "true"'}
    both = [
        {**signed, "rules": [{"if": rules["signed"]}]},
        {**signed, "rules": [{"if": rules["unsigned"]}], "inputs": {**signed["inputs"], "unsigned": True}},
    ]
    project.write({".gitlab-ci.yml": yaml.safe_dump({"stages": ["gate"], "include": both})})
    for protected, line in (("true", "[ 'false' = false ]"), ("false", "[ 'true' = false ]")):
        project.variables["CI_COMMIT_REF_PROTECTED"] = protected
        assert line in project.expanded()["gatepass"]["script"][0]


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


@pytest.fixture(scope="module")
def script_of(tmp_path_factory):
    """Run the job's script; the arguments and the variables that `gatepass` gets of it."""
    scripts: dict[str, str] = {}

    def heard(*, shell="sh", inputs=None, **variables):
        folder = tmp_path_factory.mktemp("job")
        if (key := str(inputs)) not in scripts:
            project = Project(tmp_path_factory.mktemp("project"))
            project.pipeline(path=f"/tmp/stub:{PATH}", **(inputs or {}))
            [scripts[key]] = project.expanded()["gatepass"]["script"]
        (folder / "bin").mkdir()
        stub = folder / "bin" / "gatepass"
        stub.write_text('#!/bin/sh\nprintf "%s\\0" "$@" >"$SEEN"; env -0 >"$SEEN.env"\n')
        stub.chmod(0o755)
        (folder / "workspace").mkdir()
        (folder / "workspace" / "a file").touch()
        script = scripts[key].replace("/tmp/stub", str(stub.parent))
        env = {"PATH": PATH, "SEEN": str(folder / "seen"), "CI_PROJECT_PATH": "acme/payments", **variables}
        done = subprocess.run(
            [shutil.which(shell), "-e"], input=script.encode(), env=env, cwd=folder / "workspace", check=False
        )
        assert done.returncode == 0
        assert not list(folder.rglob("pwned"))
        arguments, around = (
            (folder / name).read_bytes().decode().split("\0")[:-1] for name in ("seen", "seen.env")
        )
        return arguments, dict(each.split("=", 1) for each in around)

    return heard


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_every_line_of_an_input_is_one_argument_of_its_option(script_of, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    inputs = {name: "\n".join(["", *HOSTILE, "", "last"]) for name in MANY}
    arguments, _ = script_of(shell=shell, inputs=inputs)
    expected = [f"--{name}={line}" for name in MANY for line in [*HOSTILE, "last"]]
    fixed = [f"--report={name}={path}" for name, path in FIXED.items()]
    first = ["gate", "--platform=gitlab", "--record=gatepass.intoto.jsonl"]
    assert arguments == [*first, *fixed, *expected, "--unsafe-unsigned"]


@pytest.mark.parametrize("kind", ["PEM", "path"])
def test_the_text_of_a_key_is_no_argument(script_of, tmp_path, kind):
    path = generate(tmp_path / "key.pem").path
    arguments, _ = script_of(GATEPASS_KEY=path.read_text() if kind == "PEM" else str(path))
    assert f"--key={'env://GATEPASS_KEY' if kind == 'PEM' else path}" in arguments
    assert "PRIVATE KEY" not in "".join(arguments)


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
        ("path", "bin"),
        ("path", "/usr/bin:."),
        ("path", ""),
        ("path", "/usr/bin:$PWD"),
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
    assert asked["unsigned"]["default"] is False
    assert accepts("image", IMAGE)
    assert accepts("stage", ".pipeline-policy-post")
    assert accepts("record", "out/gate.d/record-1")
    assert all(accepts(name, "\n".join(HOSTILE)) for name in MANY)


def test_gitlab_ci_local_asks_the_patterns_as_well(project):
    project.pipeline(evidence="a' ; touch pwned; '")
    shown = project.preview()
    assert shown.code == 1
    assert "does not match required regex" in shown.log
