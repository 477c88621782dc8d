"""Ways to get a yes that is not deserved, by reports, policies, overrides and files; none of them works."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gatepass.errors import OutputError, OverrideError, PolicyError, UsageError
from gatepass.model.decision import Verdict
from gatepass.policy import overrides
from support import gate
from support.gate import JUNIT, failed_and_recorded, sarif_of
from support.values import BUILD


def test_a_passing_report_beside_a_failing_one_hides_nothing(workspace):
    failing = JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>")
    workspace.write({"a.xml": failing, "b.xml": JUNIT, "z.xml": JUNIT.replace('"a"', '"z"')})
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "*.xml")
    failed_and_recorded(workspace, run)


@pytest.mark.parametrize("broken", ["", "<testsuite>", "not a report", "<html/>", '{"ok": true}'])
def test_a_broken_report_beside_a_good_one_fails(workspace, broken):
    workspace.write({"a.xml": JUNIT, "b.xml": broken})
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "a.xml", "b.xml")
    failed_and_recorded(workspace, run, "b.xml")


def test_no_evidence_at_all_fails_even_when_every_rule_may_be_skipped(workspace):
    run = workspace.judge(gate.a_policy("check: tests\n    on-missing: skip"))
    failed_and_recorded(workspace, run)
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "reports/*.xml")
    failed_and_recorded(workspace, run, "matches no file")
    with pytest.raises(UsageError, match="an empty path"):
        workspace.judge(gate.a_policy(gate.EASY["tests"]), "")


def test_a_rule_for_reports_that_are_not_there_fails(workspace):
    workspace.write({"a.xml": JUNIT})
    run = workspace.judge(gate.a_policy('check: tests\n    reports: ["unit/*.xml"]'), "a.xml")
    failed_and_recorded(workspace, run, "no tests report matches unit/*.xml")


def test_a_scope_without_this_build_is_no_decision(workspace):
    workspace.write({"a.xml": JUNIT})
    policy = gate.a_policy(gate.EASY["tests"], more="scope: {branches: [main]}\n")
    with pytest.raises(PolicyError, match="no policy is for this build"):
        workspace.judge(policy, "a.xml", build={"branch": "other", "event": "push"})
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()


def test_two_rules_with_one_id_and_no_rule_are_mistakes(workspace):
    twice = gate.a_policy("check: tests", "check: tests").replace("id: r2", "id: r1")
    with pytest.raises(PolicyError, match="is taken"):
        workspace.judge(twice)
    with pytest.raises(PolicyError, match="rules"):
        workspace.judge(gate.HEAD + "rules: []\n")


def test_suppressed_results_count_where_suppressions_are_refused(workspace):
    suppressed = sarif_of(suppressions=[{"kind": "external", "status": "accepted"}])
    workspace.write({"a.sarif": suppressed})
    rule = "check: findings\n    maximum-by-level: {error: 0}\n    suppressions: refuse"
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(rule), "a.sarif"))


def test_reports_of_another_commit_or_another_day_do_not_count(workspace):
    workspace.write(
        {"a.sarif": sarif_of(commit="77aa01c" * 5), "b.sarif": sarif_of(created="2026-11-01T00:00:00Z")}
    )
    easy = gate.EASY["findings"]
    build = {"commit": BUILD.commit}
    run = workspace.judge(gate.a_policy(easy), "a.sarif", build=build)
    failed_and_recorded(workspace, run, "not for this build")
    run = workspace.judge(gate.a_policy(f"{easy}\n    max-age: 7d"), "b.sarif", build=build)
    failed_and_recorded(workspace, run, "longer ago than allowed")
    for future in ("2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        workspace.write({"b.sarif": sarif_of(created=future)})
        run = workspace.judge(gate.a_policy(f"{easy}\n    max-age: 7d"), "b.sarif", build=build)
        failed_and_recorded(workspace, run, "in the future")


def test_a_scan_that_failed_by_its_own_word_does_not_count(workspace):
    sarif = json.loads(sarif_of())
    sarif["runs"][0]["invocations"] = [{"executionSuccessful": False}]
    workspace.write(
        {"a.sarif": json.dumps(sarif), "snyk.json": '{"ok": false, "error": "Auth failed", "path": "."}'}
    )
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(gate.EASY["findings"]), "a.sarif"))
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(gate.EASY["vulnerabilities"]), "snyk.json"))


# overrides


OVERRIDE = {
    "apiVersion": "gatepass/v1", "kind": "Override", "id": "OVR-1", "rule": "r1",
    "match": {"whole-rule": True}, "reason": "mitigated", "justification": "Not reachable.",
    "ticket": "SEC-1", "requested-by": "alice",
    "approved-by": ["dana"], "created": "2026-11-20", "expires": "2026-11-30",
}  # fmt: skip
MAY_BE_OVERRIDDEN = (
    gate.a_policy("check: findings\n    maximum-by-level: {error: 0}")
    + """overrides:
  - rules: [r1]
    approvers: {users: [dana, alice], minimum: 1}
    maximum-days: 14
    reasons: [mitigated]
    require: [ticket]
"""
)


def overridden(workspace, policy=MAY_BE_OVERRIDDEN, **changes):
    override = {key: value for key, value in {**OVERRIDE, **changes}.items() if value is not None}
    workspace.write({"a.sarif": sarif_of(), "override.yaml": json.dumps(override)})
    return workspace.judge(policy, "a.sarif", overrides=("override.yaml",))


def test_an_override_in_order_lets_through_and_is_said(workspace):
    run = overridden(workspace)
    assert run.decision.verdict is Verdict.PASSED
    assert "OVERRIDDEN" in workspace.written()["text"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"created": "2026-11-01", "expires": "2026-11-10"}, "expired"),
        ({"created": "2026-11-23"}, "holds only from"),
        ({"approved-by": ["mallory"]}, "0 of 1 approvals"),
        ({"approved-by": ["alice"]}, "the requester does not count"),
        ({"approved-by": ["ALICE"]}, "0 of 1 approvals"),
        ({"requested-by": "Dana"}, "0 of 1 approvals"),
        ({"expires": "2027-11-30"}, "at most 14 are allowed"),
        ({"expires": "9999-12-30"}, "at most 14 are allowed"),
        ({"reason": "risk-accepted"}, "is not one of"),
        ({"ticket": None}, "wants a ticket"),
        ({"rule": "nothing"}, "no policy has a rule"),
        ({"rule": "other/r1"}, "no policy has a rule"),
        ({"match": {"paths": ["elsewhere/**"]}}, "matches nothing"),
        ({"match": {"packages": ["lodash"]}}, "matches nothing"),
    ],
)
def test_an_override_that_is_not_in_order_lets_nothing_through_and_says_why(workspace, changes, said):
    run = overridden(workspace, **changes)
    written = failed_and_recorded(workspace, run)
    assert said in " ".join(written["text"].split())
    assert said in " ".join(written["json"].split())


@pytest.mark.parametrize(
    "changes",
    [
        {"requested-by": "dаna"},  # the second letter is Cyrillic
        {"requested-by": "dana\u200b"},
        {"requested-by": "dana\n"},
        {"requested-by": "dana "},
        {"requested-by": "@dana"},
        {"requested-by": "ｄana"},
        {"approved-by": ["dana\n"]},
        {"expires": "9999-12-31"},
        {"created": "0001-01-01T00:00:00+14:00"},
        {"expires": "2026-11-30\n"},
        {"rule": "*"},
        {"match": {}},
        {"match": {"missing-evidence": True}},
        {"id": "OVR-1\n"},
        {"approved-by": []},
        {"expires": "2026-11-01"},
    ],
)
def test_an_override_written_to_deceive_is_refused_as_a_whole(workspace, changes):
    with pytest.raises(OverrideError) as caught:
        overridden(workspace, **changes)
    assert caught.value.place is not None


def test_missing_evidence_is_overridden_only_by_name(workspace):
    workspace.write({"override.yaml": json.dumps(OVERRIDE)})
    run = workspace.judge(MAY_BE_OVERRIDDEN, "a.sarif", overrides=("override.yaml",))
    failed_and_recorded(workspace, run)


def test_a_rule_of_our_own_is_never_overridden(workspace):
    override = {
        **OVERRIDE,
        "rule": "gatepass/evidence",
        "match": {"whole-rule": True, "missing-evidence": True},
    }
    workspace.write({"a.sarif": sarif_of(), "b": "x", "override.yaml": json.dumps(override)})
    policy = MAY_BE_OVERRIDDEN.replace("rules: [r1]", 'rules: ["**"]').replace("error: 0", "error: 5")
    run = workspace.judge(policy, "a.sarif", "b", overrides=("override.yaml",))
    failed_and_recorded(workspace, run, "OVR-1")
    [use] = run.decision.overrides
    assert use.message == "the policy gatepass does not let evidence be overridden"


def test_two_overrides_with_one_id_are_refused(workspace):
    workspace.write({"a.yaml": json.dumps(OVERRIDE), "b.yaml": json.dumps(OVERRIDE)})
    with pytest.raises(OverrideError, match="is taken"):
        overrides.load(["a.yaml", "b.yaml"], workspace.root)


# writing


def test_reports_and_record_are_written_together_or_not_at_all(workspace):
    workspace.write({"a.xml": JUNIT})
    (workspace.root / "r.intoto.jsonl").mkdir()
    policy = gate.a_policy(gate.EASY["tests"])
    for record in ("r.intoto.jsonl", "a.xml/r", "r\0", "x" * 300):
        with pytest.raises(OutputError):
            workspace.judge(policy, "a.xml", record=record)
        assert {path.name for path in workspace.root.iterdir()} == {"a.xml", "policy.yaml", "r.intoto.jsonl"}
    (workspace.root / "gate.md").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        workspace.judge(policy, "a.xml")
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()
    assert not (workspace.root / "gate.json").exists()


def test_two_outputs_never_share_a_file(workspace):
    workspace.write({"a.xml": JUNIT})
    policy = gate.a_policy(gate.EASY["tests"])
    with pytest.raises(UsageError, match="one file"):
        workspace.judge(policy, "a.xml", reports=(("json", "o"), ("markdown", "./o")))
    with pytest.raises(OutputError, match="both a report and the record"):
        workspace.judge(policy, "a.xml", reports=(("json", "r.intoto.jsonl"),), record="r")


def test_the_same_inputs_give_the_same_reports(workspace):
    workspace.write({"a.xml": JUNIT, "b.sarif": sarif_of()})
    policy = gate.a_policy(gate.EASY["tests"], gate.EASY["findings"])
    workspace.judge(policy, "a.xml", "b.sarif")
    first = workspace.written()
    workspace.judge(policy, "b.sarif", "a.xml", now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert workspace.written() == first
