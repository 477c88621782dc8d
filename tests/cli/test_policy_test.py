"""`gatepass policy test`: cases that come out as expected, that do not, and files that are not in order."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from support.cli import gatepass

ROOT = Path(__file__).resolve().parents[2]
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
scope: {branches: [main]}
rules:
  - {id: tests, check: tests, minimum-run: 1}
  - id: calm
    check: expression
    evidence: facts
    fact: calendar
    require: "frozen == `false`"
    on-missing: skip
  - {id: reviewed, check: approvals, minimum: 1, collected: true, on-missing: warn}
facts:
  calendar: {schema: calendar.schema.json}
overrides:
  - rules: [tests]
    approvers: {users: [dana]}
    maximum-days: 30
    reasons: [mitigated]
"""
SCHEMA = {"type": "object", "properties": {"frozen": {"type": "boolean"}}, "required": ["frozen"]}
HEAD = """\
apiVersion: gatepass/v1
kind: PolicyTest
policies: [../release.yaml]
now: 2026-11-22
build: {repository: acme/payments, branch: main, event: push}
evidence:
  junit.xml: <testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>
cases:
"""
PASSES = "  - {name: It passes, expect: {verdict: PASSED, rules: {tests: pass}}}\n"
RED = '{junit.xml: <testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>}'


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "workspace"
    (root / "policies" / "tests").mkdir(parents=True)
    (root / "policies" / "release.yaml").write_text(POLICY)
    (root / "policies" / "calendar.schema.json").write_text(json.dumps(SCHEMA))
    return root


@pytest.fixture
def tried(workspace):
    def run(cases, *arguments, head=HEAD):
        (workspace / "policies" / "tests" / "release.yaml").write_text(head + cases)
        return gatepass("policy", "test", *arguments, cwd=workspace)

    return run


def test_a_case_that_comes_out_as_expected_passes(tried):
    ran = tried(PASSES)
    assert (ran.code, ran.err) == (0, "")
    assert "✓ policies/tests/release.yaml: 1 case" in ran.out
    assert "1 file, 1 case: all as expected" in ran.out


def test_rules_that_no_case_shows_passing_or_broken_are_named_and_fail_if_asked(tried):
    cases = (
        PASSES + f"  - {{name: Red, evidence: {RED}, expect: {{verdict: FAILED, rules: {{tests: fail}}}}}}\n"
    )
    ran = tried(cases)
    assert ran.code == 0
    assert "no case shows these rules pass: release/calm, release/reviewed" in ran.out
    assert "no case shows these rules be broken: release/calm, release/reviewed" in ran.out
    assert tried(cases, "--every-rule").code == 1


def test_an_expectation_that_did_not_come_shows_nothing_of_a_rule(tried):
    ran = tried("  - {name: Wrong, expect: {verdict: PASSED, rules: {tests: fail}}}\n")
    assert "no case shows these rules be broken: release/tests" in ran.out


def test_a_case_that_comes_out_otherwise_says_where_what_was_expected_and_what_came(tried):
    ran = tried(
        "  - name: It is let through\n"
        f"    evidence: {RED}\n"
        "    expect:\n"
        "      verdict: PASSED\n"
        "      rules: {tests: pass}\n"
        "      says: [all is well]\n"
    )
    assert ran.code == 1
    assert "✗ policies/tests/release.yaml:9: It is let through\n" in ran.out
    assert "release.yaml:12: verdict: expected PASSED, came out FAILED\n" in ran.out
    assert "release.yaml:13: tests: expected pass, came out fail: " in ran.out
    assert "release.yaml:14: nothing says: all is well\n" in ran.out
    assert "1 otherwise" in ran.out
    assert "│" not in ran.out


def test_verbose_prints_the_whole_report_of_such_a_case(tried):
    ran = tried("  - {name: Wrong, expect: {verdict: FAILED}}\n", "-v")
    assert "│ gatepass  PASSED   release · acme/payments" in ran.out


def test_a_build_that_no_policy_is_for_is_no_decision(tried):
    case = "  - {{name: Elsewhere, build: {{branch: x}}, expect: {{verdict: {}}}}}\n"
    assert tried(case.format("NO DECISION")).code == 0
    ran = tried(case.format("FAILED"))
    assert ran.code == 1
    assert "came out NO DECISION: no policy is for this build" in ran.out
    assert "branch is x, not main" in ran.out


def test_overrides_facts_and_collected_evidence_count_as_in_the_gate(tried):
    override = (
        "{rule: tests, match: {whole-rule: true}, reason: mitigated, justification: x, requested-by: alice, "
        "approved-by: [dana], created: 2026-11-20, expires: 2026-11-22}"
    )
    expired = f"  - {{name: %s, now: %s, evidence: {RED}, overrides: {{OVR-1: {override}}}, expect: %s}}\n"
    fact = "facts: {calendar: {frozen: true}}"
    frozen = f"  - {{name: Frozen, {fact}, expect: {{verdict: FAILED, rules: {{calm: fail}}}}}}\n"
    ran = tried(
        expired % ("Overridden", "2026-11-22T23:59:59Z", "{verdict: PASSED, rules: {tests: overridden}}")
        + expired % ("Expired", "2026-11-23", "{verdict: FAILED, rules: {release/tests: fail}}")
        + frozen
    )
    assert ran.code == 0, ran.out


def test_evidence_counts_as_collected_only_where_the_case_says_so(tried):
    answers = ROOT / "tests/evidence/approvals/bitbucket-collected-approvals/good/pull-request.json"
    commit = "9fceb02d0ae598e95dc970b74767f19372d61af8"
    change = f'change-request: {{number: "482", head: {commit}, target-branch: main}}'
    head = HEAD.replace("branch: main, event: push", f"event: change-request, {change}")
    case = "  - {{name: A, evidence: {{a.json: {}}}, {} expect: {{verdict: {}, rules: {{reviewed: {}}}}}}}\n"
    text = json.dumps(answers.read_text())
    assert tried(case.format(text, "", "PASSED", "warn"), head=head).code == 0
    assert "was given as a file" in tried(case.format(text, "", "PASSED", "pass"), head=head).out
    asked = 'collected: {a.json: "https://api.bitbucket.org/2.0"},'
    ran = tried(case.format(text, asked, "FAILED", "fail"), head=head)  # dana asks for changes there
    assert ran.code == 0, ran.out


def test_what_a_file_gives_a_case_can_do_without(tried):
    ran = tried("  - {name: None, without: [junit.xml], expect: {verdict: FAILED, rules: {tests: error}}}\n")
    assert ran.code == 0, ran.out


def test_files_beside_the_test_are_evidence(tried, workspace):
    (workspace / "policies/tests/red.xml").write_text(json.loads(json.dumps(RED[len("{junit.xml: ") : -1])))
    ran = tried(
        "  - {name: Red, files: {junit.xml: red.xml}, expect: {verdict: FAILED, rules: {tests: fail}}}\n"
    )
    assert ran.code == 0, ran.out


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        (
            "  - {name: A, expct: {verdict: PASSED}}\n",
            "release.yaml:9:15: cases[0] has no 'expct'; did you mean 'expect'?",
        ),
        ("  - {name: A, expect: {rules: {tests: pass}}}\n", "needs 'verdict'"),
        ("  - {name: A, expect: {verdict: PASS}}\n", "cannot be \"PASS\"; did you mean 'PASSED'?"),
        ("  - {name: A, expect: {verdict: PASSED, rules: {tests: passed}}}\n", "did you mean 'pass'?"),
        (
            "  - {name: A, expect: {verdict: PASSED, rules: {test: pass}}}\n",
            "there is no rule 'test'; did you mean 'tests'?",
        ),
        ("  - {name: A, without: [x.xml], expect: {verdict: PASSED}}\n", "no evidence 'x.xml' to do without"),
        ("  - {name: A, evidence: {../x.xml: a}, expect: {verdict: PASSED}}\n", "no name of a report"),
        ("  - {name: A, evidence: {/x.xml: a}, expect: {verdict: PASSED}}\n", "no name of a report"),
        (
            "  - {name: A, evidence: {a: a, a/b: b}, expect: {verdict: PASSED}}\n",
            "the evidence a/b cannot be written",
        ),
        (
            "  - {name: A, evidence: {a.xml: null}, expect: {verdict: PASSED}}\n",
            "must be a string or a mapping or a list",
        ),
        (
            "  - {name: A, files: {a.xml: gone.xml}, expect: {verdict: PASSED}}\n",
            "the file gone.xml cannot be read",
        ),
        ("  - {name: A, files: {a.xml: ../../../x}, expect: {verdict: PASSED}}\n", "is not in the workspace"),
        ("  - {name: A, files: {a: b}, evidence: {a: b}, expect: {verdict: PASSED}}\n", "is given twice"),
        (
            "  - {name: A, collected: {x: y}, expect: {verdict: PASSED}}\n",
            "no evidence 'x' that could be collected",
        ),
        ("  - {name: A, now: 2026-13-01, expect: {verdict: PASSED}}\n", "now: "),
        ("  - {name: A, overrides: {OVR-1: {rule: x}}, expect: {verdict: PASSED}}\n", "needs 'approved-by'"),
        ("  - {name: A, override-files: [gone], expect: {verdict: PASSED}}\n", "there is no override"),
        ("  - {name: A, build: {event: pushed}, expect: {verdict: PASSED}}\n", "did you mean 'push'?"),
        (PASSES + PASSES, "the name of the case is taken in line 9"),
        ("  []\n", "must have at least 1 entry; it is empty"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_with_its_place(tried, cases, words):
    ran = tried(cases)
    assert ran.code == 2
    assert words in ran.err
    assert "policies/tests/release.yaml:" in ran.err or "no override" in ran.err
    assert "as expected" not in ran.out


def test_no_case_is_an_error(workspace):
    assert gatepass("policy", "test", cwd=workspace).code == 2
    ran = gatepass("policy", "test", "policies", cwd=workspace)
    assert "nothing was tested" in ran.err
    assert gatepass("policy", "test", "gone", cwd=workspace).code == 2


def test_a_file_whose_kind_is_misspelt_is_not_passed_over(tried):
    ran = tried(PASSES, head=HEAD.replace("PolicyTest", "PolicyTests"))
    assert ran.code == 2
    assert "did you mean 'PolicyTest'?" in ran.err


def test_a_policy_that_is_not_there_is_said_where_it_is_named(tried):
    ran = tried(PASSES, head=HEAD.replace("../release.yaml", "../gone.yaml"))
    assert ran.code == 2
    assert "policies/tests/release.yaml:3:1: there is no policy policies/gone.yaml" in ran.err


def test_a_case_is_judged_without_the_pipeline_that_runs_it(tried, workspace):
    (workspace / "policies/tests/release.yaml").write_text(
        HEAD + "  - {name: A, expect: {verdict: PASSED, says: [push to main]}}\n"
    )
    env = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "evil/evil",
        "CI": "true",
        "GITHUB_REF": "refs/heads/x",
    }
    assert gatepass("policy", "test", cwd=workspace, env=env).code == 0


def test_nothing_is_written_but_what_was_asked_for(tried, workspace):
    before = sorted(workspace.rglob("*"))
    tried(PASSES)
    assert sorted(workspace.rglob("*")) == sorted({*before, workspace / "policies/tests/release.yaml"})


def test_junit_tells_of_every_case(tried, workspace):
    name = 'A & "B" <c>'
    ran = tried(
        PASSES + f"  - {{name: '{name}', evidence: {RED}, expect: {{verdict: PASSED}}}}\n",
        "--junit",
        "out/junit.xml",
    )
    assert ran.code == 1
    suite = ET.parse(workspace / "out/junit.xml").getroot().find("testsuite")
    assert suite.attrib["tests"] == "2"
    assert suite.attrib["failures"] == "1"
    passed, failed = suite.findall("testcase")
    assert passed.find("failure") is None
    assert failed.attrib["name"] == name
    assert "expected PASSED, came out FAILED" in failed.find("failure").attrib["message"]


def test_every_rule_that_ships_is_shown_passing_and_broken_by_the_cases_that_ship():
    ran = gatepass("policy", "test", "--every-rule", "policies", cwd=ROOT)
    assert ran.code == 0, ran.out
    assert "no case" not in ran.out


def test_cases_that_ship_are_no_policies(tmp_path):
    listed = gatepass("policy", "list", cwd=tmp_path).out
    assert [row.split()[0] for row in listed.splitlines()] == ["baseline", "regulated", "release"]
