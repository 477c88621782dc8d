"""What GitHub takes: our SARIF has no error by Microsoft's SARIF tools, their rules for GitHub among them.

`Sarif.Multitool validate` exits with 0 whatever it finds, so its own report is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from gatepass.reports import sarif, sarif_github
from integration.conftest import HERE, ran
from integration.gitlab_pipeline import NO_NETWORK
from reports import decisions
from support.decisions import a_decision, a_passing_decision, a_small_decision

PROGRAM = HERE / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
HOSTILE = (
    "a/../..\\é \x1b[2J<b>",
    "::error::x\r\n%0A",
    "{0} {{1}} {",
    "[link](javascript:x)",
    "\u202e\ud800\x00",
    "",
)

DECISIONS = {
    "picture": decisions.picture(),
    "everything": decisions.everything(),
    "green": decisions.green(),
    "nothing-judged": decisions.nothing_judged(),
    "no-rules": replace(decisions.green(), results=()),
    "no-reports": replace(decisions.everything(), sources=()),
    "failed": a_decision(),
    "passed": a_passing_decision(),
    "small": a_small_decision(),
    "relaxed": a_decision(relaxations=("--now", "--exit-zero")),
    **{f"hostile-{number}": decisions.hostile(text) for number, text in enumerate(HOSTILE)},
}


def errors(logs: Mapping[str, str], kinds: str, folder) -> list[tuple[str, str]]:
    """Of each log, the rules that it breaks."""
    assert PROGRAM.exists(), f"{PROGRAM} is not there; run make integration"
    PROGRAM.chmod(0o755)  # packages of npm hold no modes but those of their own programs
    for name, text in logs.items():
        (folder / f"{name}.sarif").write_text(text, "utf-8")
    command = ["validate", *(f"{name}.sarif" for name in logs), "--rule-kind", kinds, "--level", "Error"]
    done = ran(
        PROGRAM, *command, "--output", "told.json", "--log", "ForceOverwrite", cwd=folder, env=NO_NETWORK
    )
    assert f"Done. {len(logs)} file" in done.stdout, done.stdout
    [run] = json.loads((folder / "told.json").read_text("utf-8-sig"))["runs"]
    assert [each["executionSuccessful"] for each in run["invocations"]] == [True]
    return [(_file(result), result["ruleId"]) for result in run.get("results", [])]


def _file(result) -> str:
    uri: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return uri.rpartition("/")[2].removesuffix(".sarif")


@pytest.mark.parametrize(
    ("report", "kinds"),
    [(sarif_github.REPORT, "Sarif;Ghas"), (sarif.REPORT, "Sarif")],
    ids=["for-github", "in-full"],
)
def test_no_decision_makes_a_log_with_an_error(tmp_path, report, kinds):
    logs = {name: report.render(each, decisions.CONTEXT) for name, each in DECISIONS.items()}
    assert errors(logs, kinds, tmp_path) == []


def test_a_log_with_errors_is_told(tmp_path):
    """The rules are asked: each kind objects to what it is for, in the very log that is otherwise ours."""
    ours = json.loads(sarif_github.REPORT.render(decisions.picture(), decisions.CONTEXT))
    nowhere, rooted = json.loads(json.dumps(ours)), json.loads(json.dumps(ours))
    for result in nowhere["runs"][0]["results"]:
        del result["locations"]
    for result in rooted["runs"][0]["results"]:
        result["locations"][0]["physicalLocation"]["region"] = {"startLine": 0}
    logs = {"nowhere": json.dumps(nowhere), "rooted": json.dumps(rooted), "ours": json.dumps(ours)}
    told = errors(logs, "Sarif;Ghas", tmp_path)
    assert {name for name, _ in told} == {"nowhere", "rooted"}
    assert any(rule.startswith("GH") for name, rule in told if name == "nowhere"), told
    assert any(not rule.startswith("GH") for name, rule in told if name == "rooted"), told
