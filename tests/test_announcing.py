"""What is announced is written where the platform points, nowhere else, and changes no decision."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatepass.errors import OutputError
from gatepass.files import append
from support.cli import gatepass
from support.gate import EASY, JUNIT, a_policy, a_workspace

FAILING = JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>")
SHA = "9fceb02d0ae598e95dc970b74767f19372d61af8"
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/payments", "GITHUB_SHA": SHA}
ARGUMENTS = ("gate", "--policy", "policy.yaml", "--unsafe-unsigned", "--evidence")


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    made.write({"policy.yaml": a_policy(EASY["tests"]), "junit.xml": JUNIT, "failing.xml": FAILING})
    return made.root


@pytest.fixture
def runner(tmp_path):
    """The variables of a runner of GitHub with files to write to, and the folder they lie in."""
    folder = tmp_path / "runner"
    folder.mkdir()
    named = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in named.values():
        Path(path).touch()
    return {**GITHUB, **named}


def read(runner, name):
    return Path(runner[name]).read_text("utf-8")


@pytest.mark.parametrize(("evidence", "code"), [("junit.xml", 0), ("failing.xml", 1), ("gone.xml", 1)])
def test_github_is_told_and_the_exit_code_is_the_verdicts(workspace, runner, evidence, code):
    done = gatepass(*ARGUMENTS, evidence, cwd=workspace, env=runner)
    assert done.code == code
    assert ("\n::error " in done.out) == bool(code)
    assert "verdict<<gatepass-" in read(runner, "GITHUB_OUTPUT")
    assert f"\n{'FAILED' if code else 'PASSED'}\n" in read(runner, "GITHUB_OUTPUT")
    assert read(runner, "GITHUB_STEP_SUMMARY").startswith("## ")
    assert "warning:" not in done.err


def test_what_others_wrote_before_stays(workspace, runner):
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        Path(runner[name]).write_text("before=1\n")
    gatepass(*ARGUMENTS, "junit.xml", cwd=workspace, env=runner)
    assert read(runner, "GITHUB_OUTPUT").startswith("before=1\nverdict<<")
    assert read(runner, "GITHUB_STEP_SUMMARY").startswith("before=1\n## ")


def test_a_report_that_was_sent_to_the_summary_is_not_followed_by_a_second_one(workspace, runner):
    report = ("--report", f"markdown={runner['GITHUB_STEP_SUMMARY']}")
    done = gatepass(*ARGUMENTS, "failing.xml", *report, cwd=workspace, env=runner)
    assert (done.code, read(runner, "GITHUB_STEP_SUMMARY").count("gatepass FAILED")) == (1, 1)
    assert "FAILED" in read(runner, "GITHUB_OUTPUT")


def test_two_runs_do_not_share_a_delimiter(workspace, runner):
    for _ in range(2):
        gatepass(*ARGUMENTS, "junit.xml", cwd=workspace, env=runner)
    assert (
        len({line for line in read(runner, "GITHUB_OUTPUT").splitlines() if line.startswith("verdict<<")})
        == 2
    )


def test_the_switch_and_the_configuration_turn_it_off_and_the_command_line_wins(workspace, runner):
    def said(*more):
        Path(runner["GITHUB_OUTPUT"]).write_text("")
        return gatepass(*ARGUMENTS, "failing.xml", *more, cwd=workspace, env=runner), read(
            runner, "GITHUB_OUTPUT"
        )

    done, output = said("--no-announce")
    assert (done.code, output, "::error" in done.out) == (1, "", False)
    (workspace / "gatepass.yaml").write_text("apiVersion: gatepass/v1\nkind: Config\nannounce: false\n")
    assert said()[1] == ""
    assert "FAILED" in said("--announce")[1]
    (workspace / "gatepass.yaml").write_text("apiVersion: gatepass/v1\nkind: Config\nannounce: perhaps\n")
    assert said()[0].code == 2


@pytest.mark.parametrize(
    "spoil",
    ["folder", "link", "relative", "nowhere", "device", "fifo", "unset"],
)
@pytest.mark.parametrize(("evidence", "code"), [("junit.xml", 0), ("failing.xml", 1)])
def test_what_cannot_be_announced_is_said_and_changes_no_verdict(
    workspace, runner, tmp_path, spoil, evidence, code
):
    target = tmp_path / "spoilt"
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    if spoil == "folder":
        target.mkdir()
    elif spoil == "link":
        target.symlink_to(victim)
    elif spoil == "fifo":
        os.mkfifo(target)
    path = {"relative": "policy.yaml", "nowhere": str(tmp_path / "a/b"), "device": "/dev/null", "unset": ""}
    env = {**runner, "GITHUB_OUTPUT": path.get(spoil, str(target))}
    done = gatepass(*ARGUMENTS, evidence, cwd=workspace, env=env)
    assert done.code == code
    assert "warning:" in done.err and "GITHUB_OUTPUT" in done.err
    assert (workspace / "gatepass.intoto.jsonl").is_file()
    assert victim.read_text() == "untouched"
    assert (workspace / "policy.yaml").read_text() == a_policy(EASY["tests"])
    assert read(runner, "GITHUB_STEP_SUMMARY").startswith("## ")


def test_a_summary_is_cut_to_the_room_that_others_left(workspace, runner):
    limit = 1 << 20
    path = Path(runner["GITHUB_STEP_SUMMARY"])
    path.write_bytes(b"x" * (limit - 300))
    gatepass(*ARGUMENTS, "failing.xml", cwd=workspace, env=runner)
    assert path.stat().st_size <= limit
    assert path.read_text().endswith("_The summary is cut to fit; the reports have everything._\n")
    path.write_bytes(b"x" * limit)
    done = gatepass(*ARGUMENTS, "failing.xml", cwd=workspace, env=runner)
    assert (done.code, path.stat().st_size) == (1, limit)
    assert "there is no room left" in done.err


def test_a_machines_document_stays_alone_on_standard_output(workspace, runner):
    done = gatepass(*ARGUMENTS, "failing.xml", "--report", "json=-", cwd=workspace, env=runner)
    assert done.out.startswith("{")
    assert "::error" not in done.out
    assert "\n::error " in done.err


def test_azure_uploads_a_summary_that_is_there(workspace, tmp_path):
    env = {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(tmp_path / "agent")}
    done = gatepass(*ARGUMENTS, "failing.xml", cwd=workspace, env=env)
    [line] = [line for line in done.out.splitlines() if line.startswith("##vso[task.uploadsummary]")]
    assert Path(line.partition("]")[2]).read_text("utf-8").startswith("## ❌ gatepass FAILED")
    (tmp_path / "no-folder").write_text("")
    done = gatepass(
        *ARGUMENTS,
        "failing.xml",
        cwd=workspace,
        env={**env, "AGENT_TEMPDIRECTORY": str(tmp_path / "no-folder")},
    )
    assert (done.code, "uploadsummary" in done.out) == (1, False)
    assert "its summary was not written" in done.err


def test_gitlab_has_a_section_around_the_text_and_none_without_it(workspace):
    env = {"GITLAB_CI": "true", "CI_JOB_URL": "https://git.acme.example/a/b/-/jobs/7"}
    links = ("--report", "gitlab-annotations=links.json")
    done = gatepass(*ARGUMENTS, "junit.xml", *links, cwd=workspace, env=env)
    assert done.out.startswith("\x1b[0Ksection_start:")
    assert done.out.endswith("\r\x1b[0K\n")
    wanted = "https://git.acme.example/a/b/-/jobs/7/artifacts/file/gatepass.intoto.jsonl"
    assert wanted in (workspace / "links.json").read_text()
    assert gatepass(*ARGUMENTS, "junit.xml", "--quiet", cwd=workspace, env=env).out == ""


def test_tekton_gets_the_results_that_the_step_names(workspace, tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    env = {"TEKTON_TASK_RUN": "gate-1", "TEKTON_RESULT_VERDICT": str(results / "verdict")}
    done = gatepass(*ARGUMENTS, "failing.xml", cwd=workspace, env=env)
    assert (done.code, "warning" in done.err) == (1, False)
    assert {each.name: each.read_text() for each in results.iterdir()} == {"verdict": "FAILED"}


def test_a_result_that_an_earlier_step_forged_is_not_passed_any_more(workspace, tmp_path):
    forged = tmp_path / "verdict"
    forged.write_text("PASSED")
    env = {"TEKTON_TASK_RUN": "gate-1", "TEKTON_RESULT_VERDICT": str(forged)}
    gatepass(*ARGUMENTS, "failing.xml", cwd=workspace, env=env)
    assert forged.read_text() != "PASSED"


def test_no_decision_announces_nothing(workspace, runner):
    done = gatepass("gate", "--policy", "gone.yaml", "--unsafe-unsigned", cwd=workspace, env=runner)
    assert (done.code, read(runner, "GITHUB_OUTPUT"), read(runner, "GITHUB_STEP_SUMMARY")) == (2, "", "")


def test_variables_of_a_second_system_do_not_choose_what_is_judged(workspace, runner):
    forged = {**runner, "TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/scratch"}
    done = gatepass(*ARGUMENTS, "junit.xml", cwd=workspace, env=forged)
    assert done.code == 2
    assert "variables of 2 CI systems are set: azure, github" in done.err
    named = gatepass(*ARGUMENTS, "junit.xml", "--platform", "github", cwd=workspace, env=forged)
    assert (named.code, "##vso" in named.out) == (0, False)
    assert gatepass(*ARGUMENTS, "junit.xml", "--platform", "gitlab", cwd=workspace, env=runner).code == 2


def test_a_text_that_is_told_on_the_way_commands_no_runner(workspace):
    name = "::error::x ##vso[task.complete result=Succeeded;]"
    done = gatepass("gate", "--policy", name, "--unsafe-unsigned", cwd=workspace, env=GITHUB)
    assert done.code == 2
    assert not any(line.lstrip().startswith("::") or "##vso" in line for line in done.err.splitlines())


def test_appending_asks_for_the_size_and_makes_a_missing_file(tmp_path):
    path = tmp_path / "new"
    append(path, lambda size: f"{size} ".encode())
    append(path, lambda size: f"{size} ".encode())
    assert path.read_text() == "0 2 "
    with pytest.raises(OutputError, match="cannot add to"):
        append(tmp_path / "a\0b", lambda _: b"")
