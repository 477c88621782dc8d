"""What gatepass writes about its own rules is no evidence for any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.model.source import ProblemCode
from support import gate

GOLDEN = Path(__file__).parent / "golden"
RULES = {"junit.xml": gate.EASY["tests"], "sarif": gate.EASY["findings"]}


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("report", ["green", "picture", "everything", "nothing_judged"])
def test_a_report_of_gatepass_is_refused(tmp_path, report, kind):
    workspace = gate.a_workspace(tmp_path)
    workspace.write({f"report.{kind}": (GOLDEN / f"{report}.{kind}").read_text()})
    run = workspace.judge(gate.a_policy(RULES[kind]), f"report.{kind}")
    [source] = run.decision.sources
    assert source.problem.code is ProblemCode.OUR_OWN
    assert "is a report of gatepass" in source.problem.message
    assert run.decision.verdict.value == "FAILED"
