"""`gatepass gate` as a pipeline meets it: exit codes, streams, keys, the configuration, the record."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatepass.cli._app import app
from gatepass.errors import GatepassError
from support.cli import gatepass
from support.gate import EASY, a_policy, a_workspace

JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'
FAILING = JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>")
POLICY = a_policy(EASY["tests"])
UNSIGNED = ("gate", "--policy", "policy.yaml", "--evidence", "junit.xml", "--unsafe-unsigned")


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    made.write({"policy.yaml": POLICY, "junit.xml": JUNIT, "failing.xml": FAILING})
    return made


@pytest.fixture
def run(workspace, monkeypatch):
    """Runs a command in this process, in the workspace; an error of ours counts as the 2 that it becomes."""
    monkeypatch.chdir(workspace.root)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(workspace.root.parent / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(workspace.root.parent))

    def invoke(*arguments, **env):
        done = CliRunner().invoke(app, list(arguments), env=env)
        if isinstance(done.exception, GatepassError):
            return 2, done.stdout, str(done.exception), done.exception.hint or ""
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr, ""

    return invoke


def gate(*arguments, evidence="junit.xml"):
    return ("gate", "--policy", "policy.yaml", "--evidence", evidence, *arguments)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (gate("--unsafe-unsigned"), 0),
        (gate("--unsafe-unsigned", evidence="failing.xml"), 1),
        (gate("--unsafe-unsigned", evidence="gone.xml"), 1),
        (gate("--unsafe-unsigned", evidence="policy.yaml"), 1),
        (gate("--unsafe-unsigned", "--evidence", "failing.xml"), 1),
        (("gate", "--policy", "policy.yaml", "--unsafe-unsigned"), 1),
        (gate("--unsafe-unsigned", "--exit-zero", evidence="failing.xml"), 0),
        (("gate", "--unsafe-unsigned", "--evidence", "junit.xml"), 2),
        (gate("--unsafe-unsigned", "--policy", "gone.yaml"), 2),
        (gate("--unsafe-unsigned", "--policy", "junit.xml"), 2),
        (gate("--unsafe-unsigned", evidence=""), 2),
        (gate("--unsafe-unsigned", "--overrides", "gone.yaml"), 2),
        (gate("--unsafe-unsigned", "--report", "nothing=-"), 2),
        (gate("--unsafe-unsigned", "--report", "json"), 2),
        (gate("--unsafe-unsigned", "--report", "json=a", "--report", "json=a"), 2),
        (gate("--unsafe-unsigned", "--report", "json=-", "--report", "json=-"), 2),
        (gate("--unsafe-unsigned", "--report", "json=-", "--report", "sarif=-"), 2),
        (gate("--unsafe-unsigned", "--report", "json=a", "--report", "sarif=./a"), 2),
        (gate("--unsafe-unsigned", "--report", "json=junit.xml/a"), 2),
        (gate("--unsafe-unsigned", "--record", "junit.xml/a"), 2),
        (gate("--unsafe-unsigned", "--now", "tomorrow"), 2),
        (gate("--unsafe-unsigned", "--now", "0001-01-01T00:00:00+14:00"), 2),
        (gate("--unsafe-unsigned", "--build", "colour=red"), 2),
        (gate("--unsafe-unsigned", "--build", "event=party"), 2),
        (gate("--unsafe-unsigned", "--artifact", "gone.tar"), 2),
        (gate("--unsafe-unsigned", "--config", "gone.yaml"), 2),
        (gate("--unsafe-unsigned", "--fact", "x"), 2),
        (gate("--key", "gone.pem"), 2),
        (gate("--key", "junit.xml"), 2),
        (gate("--key", "env://GONE"), 2),
        (gate("--key", "ftp://key"), 2),
        (gate("--unsafe-unsigned", "--nonsense"), 2),
    ],
)
def test_the_exit_code_says_passed_failed_or_undecided(run, workspace, arguments, code):
    assert run(*arguments)[0] == code
    assert (workspace.root / "gatepass.intoto.jsonl").exists() == (code != 2)
    assert run(*arguments, "--exit-zero")[0] == (2 if code == 2 else 0)


@pytest.mark.parametrize("evidence", ["junit.xml", "failing.xml"])
def test_no_report_changes_the_exit_code(run, evidence):
    expected = 0 if evidence == "junit.xml" else 1
    for name in ("text", "json", "markdown", "sarif", "sarif-github"):
        assert run(*gate("--unsafe-unsigned", "--report", f"{name}=-", evidence=evidence))[0] == expected
        assert (
            run(*gate("--unsafe-unsigned", "--report", f"{name}=o/{name}", evidence=evidence))[0] == expected
        )
    assert run(*gate("--unsafe-unsigned", "--quiet", evidence=evidence))[:2] == (expected, "")


@pytest.mark.parametrize("name", ["json", "sarif", "sarif-github"])
def test_standard_output_is_the_machines_document_and_nothing_else(run, name):
    _, out, err, _ = run(*gate("--unsafe-unsigned", "--report", f"{name}=-", evidence="failing.xml"))
    assert isinstance(json.loads(out), dict)
    assert err.startswith("gatepass  FAILED")


def test_a_process_of_its_own_ends_with_the_same_codes(workspace):
    root = workspace.root
    assert gatepass(*gate("--unsafe-unsigned"), cwd=root).code == 0
    failed = gatepass(*gate("--unsafe-unsigned", "--report", "json=-", evidence="failing.xml"), cwd=root)
    assert failed.code == 1
    assert json.loads(failed.out)["verdict"] == "FAILED"
    undecided = gatepass(*gate("--unsafe-unsigned", "--policy", "gone.yaml", "--exit-zero"), cwd=root)
    assert (undecided.code, undecided.out) == (2, "")
    assert undecided.err.startswith("error: there is no policy gone.yaml\n  next: ")
    assert "Traceback" not in undecided.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_stream_that_takes_nothing_is_said(workspace):
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "gatepass", *gate("--unsafe-unsigned")]
        done = subprocess.run(command, cwd=workspace.root, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: cannot write the text report to a stream")


def test_a_small_character_set_and_a_closed_stream_change_nothing(workspace):
    small = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    assert "·" in gatepass(*gate("--unsafe-unsigned"), cwd=workspace.root, env=small).out
    verify = gatepass("verify", "gatepass.intoto.jsonl", "--unsafe-unsigned", cwd=workspace.root, env=small)
    assert (verify.code, "–" in verify.out) == (0, True)
    for evidence, code in (("junit.xml", 0), ("failing.xml", 1)):
        command = [sys.executable, "-m", "gatepass", *gate("--unsafe-unsigned", evidence=evidence)]
        done = subprocess.run(
            f"{shlex.join(command)} >&-", shell=True, cwd=workspace.root, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


# keys


def test_a_pipeline_without_a_key_makes_no_decision(run, workspace):
    code, _, error, hint = run(*gate(), CI="true")
    assert code == 2
    assert "no key to sign the record with was given" in error
    assert "gatepass key generate" in hint
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()
    assert run(*gate("--key", str(workspace.key)), CI="true")[0] == 0


def test_a_key_in_a_variable_signs_and_is_shown_nowhere(workspace):
    secret = workspace.key.read_text()
    env = {"CI": "true", "KEY": secret}
    done = gatepass(*gate("--key", "env://KEY", "--report", "json=o.json", "-v"), cwd=workspace.root, env=env)
    assert done.code == 0
    body = "".join(secret.splitlines()[1:-1])[:40]
    for text in (done.out, done.err, *(p.read_text() for p in workspace.root.iterdir())):
        assert body not in text.replace("\n", "")
    assert workspace.verified().ok
    broken = gatepass(*gate("--key", "env://KEY"), cwd=workspace.root, env={"KEY": secret[:-60]})
    assert broken.code == 2
    assert body not in broken.err.replace("\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (gate("--collect", "gihub"), "there is no collector 'gihub'; did you mean 'github'?"),
        (gate("--policy", "basline"), "there is no policy basline; did you mean 'baseline'?"),
        (gate("--record", "-"), "a record cannot go to standard output"),
    ],
)
def test_what_there_is_not_is_said_before_a_personal_key_is_made(workspace, arguments, said):
    ran = gatepass(*arguments, cwd=workspace.root)
    assert ran.code == 2
    assert said in ran.err
    assert "personal key" not in ran.err
    assert not list(workspace.root.glob("-*"))


def test_a_personal_key_is_made_once_and_said_once(workspace):
    first = gatepass(*gate(), cwd=workspace.root)
    assert first.code == 0
    assert "made a personal key" in first.err
    record = (workspace.root / "gatepass.intoto.jsonl").read_text()
    second = gatepass(*gate(), cwd=workspace.root)
    assert (second.code, second.err) == (0, "")
    keyid = json.loads(record.splitlines()[0])["signatures"][0]["keyid"]
    assert keyid in (workspace.root / "gatepass.intoto.jsonl").read_text()
    assert gatepass("verify", "gatepass.intoto.jsonl", cwd=workspace.root).code == 0


def test_an_unsigned_record_is_said_loudly_and_proves_nothing(run, workspace):
    code, out, _, _ = run(*gate("--unsafe-unsigned", "--report", "markdown=o.md"))
    assert code == 0
    assert "unsigned" in out.lower()
    assert "unsigned" in (workspace.root / "o.md").read_text().lower()
    code, out, _, _ = run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public))
    assert code == 1
    assert "REFUSED" in out
    code, out, _, _ = run("verify", "gatepass.intoto.jsonl", "--unsafe-unsigned")
    assert (code, "UNSIGNED" in out) == (0, True)


# time


def test_a_given_instant_is_said_and_may_be_forbidden(run, workspace):
    _, out, _, _ = run(*gate("--unsafe-unsigned", "--now", "2030-01-01"))
    assert "--now" in out
    workspace.write({"policy.yaml": a_policy(EASY["tests"], more="forbid-now: true\n")})
    code, _, error, _ = run(*gate("--unsafe-unsigned", "--now", "2030-01-01"))
    assert (code, "forbids" in error) == (2, True)
    assert run(*gate("--unsafe-unsigned"))[0] == 0


def test_a_record_made_in_the_future_is_not_verified_today(run, workspace):
    key = ("--key", str(workspace.key))
    assert run(*gate(*key, "--now", "2999-01-01"))[0] == 0
    code, out, _, _ = run("verify", "gatepass.intoto.jsonl", "--key", str(workspace.public))
    assert (code, "has not come yet" in out) == (1, True)


# gatepass.yaml


HEAD = "apiVersion: gatepass/v1\nkind: Config\n"


@pytest.mark.parametrize(
    "wrong",
    [
        "unsafe-unsigned: true\n",
        "exit-zero: true\n",
        "now: 2020-01-01\n",
        "policy: [policy.yaml]\n",
        "policies: []\n",
        "policies: policy.yaml\n",
        "policies: [1]\n",
        "policies: ['']\n",
        "record: ''\n",
        "policies: [a]\npolicies: [b]\n",
        "a: &a [*a]\n",
        "policies: &a [x]\nevidence: !!python/object/apply:os.system [x]\n",
        "x: &a [1]\ny: [*a, *a]\n",
        "---\n",
        "\t",
        "reports: {json: 1}\n",
    ],
)
def test_a_mistaken_configuration_is_refused_with_its_place(run, workspace, wrong):
    workspace.write({"gatepass.yaml": HEAD + wrong})
    code, _, error, _ = run(*UNSIGNED)
    assert code == 2
    assert error.startswith("gatepass.yaml:")


def test_a_configuration_that_is_no_file_is_refused(run, workspace):
    (workspace.root / "gatepass.yaml").mkdir()
    assert run(*UNSIGNED)[0] == 2


def test_the_command_line_wins_over_the_configuration(run, workspace):
    more = "policies: [policy.yaml]\nevidence: [failing.xml]\nrecord: from-config\nreports: {json: c.json}\n"
    workspace.write({"gatepass.yaml": HEAD + more})
    assert run("gate", "--unsafe-unsigned")[0] == 1
    assert (workspace.root / "from-config.intoto.jsonl").exists()
    assert (workspace.root / "c.json").exists()
    assert run("gate", "--unsafe-unsigned", "--evidence", "junit.xml", "--record", "given")[0] == 0
    assert (workspace.root / "given.intoto.jsonl").exists()


# writing


def test_a_folder_that_is_missing_is_made(run, workspace):
    code, *_ = run(*gate("--unsafe-unsigned", "--record", "a/b/r", "--report", "json=c/d/o.json"))
    assert code == 0
    assert (workspace.root / "a/b/r.intoto.jsonl").exists()
    assert (workspace.root / "c/d/o.json").exists()


def test_what_cannot_be_written_leaves_nothing_behind(run, workspace):
    (workspace.root / "r.intoto.jsonl").mkdir()
    before = sorted(path.name for path in workspace.root.iterdir())
    code, out, error, _ = run(*gate("--unsafe-unsigned", "--record", "r", "--report", "json=o.json"))
    assert (code, out) == (2, "")
    assert "it is a folder" in error
    assert sorted(path.name for path in workspace.root.iterdir()) == before


# records


def a_record(run, workspace, name, *more, evidence="junit.xml"):
    run(*gate("--key", str(workspace.key), "--record", name, *more, evidence=evidence))
    return workspace.root / f"{name}.intoto.jsonl"


def verified(run, workspace, name, *more):
    return run("verify", f"{name}.intoto.jsonl", "--key", str(workspace.public), *more)


def test_a_genuine_record_of_a_failure_is_no_yes(run, workspace):
    a_record(run, workspace, "r", evidence="failing.xml")
    code, out, _, _ = verified(run, workspace, "r")
    assert code == 1
    assert "GENUINE   verdict FAILED" in out
    assert verified(run, workspace, "r", "--any-verdict")[0] == 0


def test_a_record_that_was_touched_is_refused(run, workspace):
    path = a_record(run, workspace, "r")
    other = a_record(run, workspace, "other", "--build", "commit=" + "ab" * 20).read_bytes()
    whole = path.read_bytes()
    lines, others = whole.splitlines(keepends=True), other.splitlines(keepends=True)
    touched = [
        *(
            whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            for at in range(0, len(whole), len(whole) // 25)
        ),
        *(whole[:cut] for cut in range(0, len(whole), len(whole) // 10)),
        lines[0] + others[1],
        others[0] + lines[1],
        lines[1] + lines[0],
        lines[0] + lines[0],
        lines[0],
        whole + b"\n",
        whole + lines[0],
        b"\xef\xbb\xbf" + whole,
        b"[" * 100_000,
    ]
    for each in touched:
        path.write_bytes(each)
        code, out, _, _ = verified(run, workspace, "r", "--any-verdict")
        assert code == 1
        assert "REFUSED" in out
    path.write_bytes(whole)
    assert verified(run, workspace, "r")[0] == 0


def test_a_record_is_not_a_record_of_another_artifact(run, workspace):
    workspace.write({"app.tar": "one", "other.tar": "two"})
    a_record(run, workspace, "r", "--artifact", "app.tar")
    assert verified(run, workspace, "r", "--artifact", "app.tar")[0] == 0
    code, out, _, _ = verified(run, workspace, "r", "--artifact", "other.tar")
    assert (code, "not what the record is about" in out) == (1, True)
    a_record(run, workspace, "none")
    assert verified(run, workspace, "none", "--artifact", "app.tar")[0] == 1


def test_a_record_signed_by_another_key_is_refused(run, workspace):
    run("key", "generate", "../other.pem")
    run(*gate("--key", "../other.pem", "--record", "r"))
    code, out, _, _ = verified(run, workspace, "r")
    assert (code, "no trusted key signed" in out) == (1, True)


def test_nothing_of_an_earlier_run_is_left_to_be_taken_for_this_one(run, workspace):
    report = ("--report", "sarif=gate.sarif")
    assert run(*UNSIGNED, *report)[0] == 0
    assert (workspace.root / "gate.sarif").is_file()
    workspace.write({"policy.yaml": POLICY.replace("check: tests", "check: tets")})
    assert run(*UNSIGNED, *report)[0] == 2
    assert sorted(path.name for path in workspace.root.iterdir() if "gate" in path.name) == []


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/null", "/proc/self/fd/1"])
def test_a_device_is_never_replaced_by_a_file(run, path):
    before = os.lstat(path)
    code, _, message, hint = run(*UNSIGNED, "--report", f"json={path}")
    assert (code, hint) == (2, "a report goes to standard output as FORMAT=-; a record is a file")
    assert "is no file" in message
    assert os.lstat(path).st_mode == before.st_mode


def test_what_a_run_reads_is_never_written_over(run, workspace):
    before = (workspace.root / "policy.yaml").read_text()
    for arguments in (
        ("--report", "sarif=policy.yaml"),
        ("--report", "json=junit.xml"),
        ("--report", "json=gatepass.yaml"),
    ):
        code, _, message, _ = run(*UNSIGNED, *arguments)
        assert (code, "this run reads it" in message) == (2, True)
    assert (workspace.root / "policy.yaml").read_text() == before
    assert (workspace.root / "junit.xml").read_text() == JUNIT


def test_a_build_cannot_be_told_by_a_file_of_the_change(run, workspace):
    workspace.write({"gatepass.yaml": "apiVersion: gatepass/v1\nkind: Config\nbuild: {branch: feature}\n"})
    code, _, message, _ = run(*UNSIGNED)
    assert (code, "has no 'build'" in message) == (2, True)


@pytest.mark.parametrize("key", ["unsafe-unsigned", "exit-zero", "now", "build"])
def test_what_stands_on_the_command_line_alone_is_told_so(run, workspace, key):
    workspace.write({"gatepass.yaml": f"{HEAD}{key}: true\n"})
    code, _, message, hint = run(*UNSIGNED)
    assert (code, hint.startswith(f"give --{key} on the command line")) == (2, True)
    assert "gatepass.yaml:3:1" in message


def test_artifacts_that_nobody_gave_are_missing_evidence(run, workspace):
    rule = "check: expression\n    evidence: artifacts\n    forbid: \"[?contains(name, 'debug')]\""
    workspace.write({"policy.yaml": a_policy(rule), "app.tar": "x"})
    assert run("gate", "--policy", "policy.yaml", "--unsafe-unsigned")[0] == 1
    assert run("gate", "--policy", "policy.yaml", "--unsafe-unsigned", "--artifact", "app.tar")[0] == 0


def test_a_report_of_a_commit_does_not_count_where_the_build_has_none(run, workspace):
    run_of = {"tool": {"driver": {"name": "t"}}, "results": []}
    run_of["versionControlProvenance"] = [{"repositoryUri": "https://git.example/a", "revisionId": "1" * 40}]
    sarif = json.dumps({"version": "2.1.0", "runs": [run_of]})
    rule = "check: findings\n    maximum-by-level: {error: 0}"
    workspace.write({"policy.yaml": a_policy(rule), "scan.sarif": sarif})
    unsigned = ("gate", "--policy", "policy.yaml", "--evidence", "scan.sarif", "--unsafe-unsigned")
    assert run(*unsigned)[0] == 1
    assert run(*unsigned, "--build", f"commit={'1' * 40}")[0] == 0


def test_what_is_said_of_the_record_is_where_it_lies(run, workspace):
    code, out, *_ = run(*gate("--unsafe-unsigned", "--record", "out/decision"))
    assert code == 0
    assert "record out/decision.intoto.jsonl" in out
    assert (workspace.root / "out" / "decision.intoto.jsonl").is_file()
