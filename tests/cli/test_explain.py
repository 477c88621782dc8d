"""`gatepass explain`: what a rule wants, in words; with a record, why it came out so."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gatepass.checks import Check
from gatepass.explaining import sections
from gatepass.model.place import Place
from gatepass.model.policy import Policy, Rule
from support.cli import gatepass
from support.decisions import a_decision, a_finding, failing_result
from support.records import an_author
from support.values import write

POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release, title: What may be released, owner: appsec@acme.example, version: 1.4.0}
scope: {branches: [main, "release/*"]}
teams:
  acme/appsec: [dana, erin]
rules:
  - id: coverage
    title: New code is tested
    check: coverage
    minimum: {lines: 80}
    enforcement: block
    effective-on: 2027-01-01
    on-missing: warn
    max-age: 36h
    reports: ["build/*.xml"]
    controls: ["soc2:CC8.1"]
    fix: Add tests for the lines named here.
  - id: sonar
    check: quality-gate
    conditions: {new_coverage: {minimum: 80}}
    enforcement: observe
  - {id: tests, title: Tests ran, check: tests}
overrides:
  - rules: [coverage]
    approvers: {users: [frank], teams: [acme/appsec], minimum: 2}
    maximum-days: 30
    reasons: [false-positive, risk-accepted]
    require: [ticket]
    severities: [low]
"""
CONFIG = "apiVersion: gatepass/v1\nkind: Config\npolicies: [release.yaml]\nevidence: [junit.xml]\n"
JUNIT = """\
<testsuite name="s" tests="2" failures="1">
  <testcase classname="s" name="one"/>
  <testcase classname="s" name="two&#10;&#x202e;" file="s.py" line="7"><failure message="no"/></testcase>
</testsuite>
"""
OVERRIDE = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: tests
match: {whole-rule: true}
reason: risk-accepted
justification: Shipped on Monday.
requested-by: alice
approved-by: [dana]
created: 2026-11-01
expires: 2026-12-01
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("explain") / "workspace"
    files = {"release.yaml": POLICY, "gatepass.yaml": CONFIG, "junit.xml": JUNIT, "o/OVR-1.yaml": OVERRIDE}
    return write(made, files)


@pytest.fixture(scope="module")
def record(folder):
    judged = gatepass(
        *("gate", "--unsafe-unsigned", "--overrides", "o", "--now", "2026-11-22T12:00:00Z", "--record", "r"),
        cwd=folder,
    )
    assert judged.code == 1, judged.err
    return "r.intoto.jsonl"


def said(text: str) -> str:
    """The words in one line, however they were wrapped."""
    return " ".join(text.split())


def test_without_a_rule_all_rules_are_listed_with_what_they_ask(folder):
    ran = gatepass("explain", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    assert "release/coverage · New code is tested" in ran.out
    assert "coverage: minimum.lines 80" in ran.out
    assert "quality-gate: conditions.new_coverage.minimum 80" in ran.out
    assert "release/tests · Tests ran" in ran.out


def test_everything_that_a_rule_says_is_explained(folder):
    words = said(gatepass("explain", "coverage", cwd=folder).out)
    for each in (
        "release/coverage · New code is tested",
        "How much of the code the tests ran.",
        "minimum.lines: 80 Percent of the lines that must have run, compared unrounded.",
        "It fails the pipeline from 2027-01-01 00:00:00 UTC on; before that it warns.",
        "Without evidence it only warns (on-missing: warn).",
        "Evidence older than 36 hours, or of unknown age, counts as not there.",
        "Only reports that are named build/*.xml count.",
        "Add tests for the lines named here.",
        "2 of frank, acme/appsec (dana, erin) may let it through for at most 30 days, for one of the reasons",
        "reasons false-positive, risk-accepted. Only findings of severity low. The override needs a ticket.",
        "release/coverage in release.yaml:8:5",
        "release 1.4.0, What may be released, appsec@acme.example",
        "branches main, release/*",
        "soc2:CC8.1",
        "docs/checks/coverage.md",
    ):
        assert each in words


def test_defaults_count_as_what_is_wanted_and_nobody_may_override_what_is_not_named(folder):
    ran = gatepass("explain", "release/sonar", cwd=folder)
    words = said(ran.out)
    assert 'status: "OK" The status that the gate must have' in words
    assert "same-commit: true" in words
    assert "It is recorded and fails nothing (enforcement: observe)." in words
    assert "It may not be overridden: nothing under `overrides` in release.yaml names it." in words


@pytest.mark.parametrize(
    ("rule", "hint"),
    [("covrage", "did you mean 'coverage'?"), ("release/test", "did you mean 'release/tests'?")],
)
def test_a_rule_that_is_not_there_is_refused_with_the_nearest_one(folder, rule, hint):
    ran = gatepass("explain", rule, cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err


def test_a_policy_that_ships_is_explained_by_its_name(tmp_path):
    ran = gatepass("explain", "--policy", "baseline", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "baseline/" in ran.out


def test_without_any_policy_or_record_nothing_is_explained(tmp_path):
    ran = gatepass("explain", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "no policy was given" in ran.err


def test_a_record_says_why_the_rule_came_out_so(folder, record):
    ran = gatepass("explain", "tests", "--record", record, cwd=folder)
    assert ran.code == 0, ran.err
    words = said(ran.out)
    written = json.loads(decoded(folder / record))["predicate"]
    [rule] = [each for each in written["rules"] if each["id"] == "tests"]
    [finding] = rule["findings"]["items"]
    for each in (
        f"fail · {rule['summary']}",
        "2026-11-22T12:00:00Z; the whole decision is FAILED",
        "run 2, passed 1, failed 1",
        "junit.xml, junit, sha256:",
        "blocks s.py:7 · ",
        f"fingerprint {finding['fingerprint']}",
        "OVR-1 not-allowed: the policy release does not let tests be overridden; it would cover 1 findings",
    ):
        assert each in words


def test_a_record_is_never_taken_for_a_verified_one(folder, record):
    for arguments in (("tests",), ()):
        ran = gatepass("explain", *arguments, "--record", record, cwd=folder)
        assert ran.out.startswith(f"NOT VERIFIED: whoever wrote {record} may have written anything.")
        assert f"gatepass verify {record}" in ran.out


def test_hostile_texts_of_a_record_steer_no_terminal(folder, record):
    assert "\\u202e" in json.dumps(json.loads(decoded(folder / record)))
    ran = gatepass("explain", "tests", "--record", record, cwd=folder)
    assert "\u202e" not in ran.out
    assert "\\u202e" in ran.out


def test_a_record_of_another_version_of_the_policy_is_named_as_such(folder, record):
    (folder / "changed.yaml").write_text(POLICY.replace("lines: 80", "lines: 70"))
    ran = gatepass("explain", "coverage", "--policy", "changed.yaml", "--record", record, cwd=folder)
    assert "The record was made by another version of changed.yaml" in said(ran.out)
    same = gatepass("explain", "coverage", "--record", record, cwd=folder)
    assert "another version" not in same.out


def test_a_record_alone_is_explained_without_its_policy(tmp_path):
    author = an_author(tmp_path)
    workspace = tmp_path / "elsewhere"
    workspace.mkdir()
    findings = tuple(
        a_finding("release/coverage", f"file {n} \x1b[2Jis not tested", f"src/{n}.py", n)
        for n in range(1, 41)
    )
    result = failing_result()
    decision = a_decision(results=[type(result)(result.rule, result.at, "low", findings)], overrides=())
    author.write(decision, "elsewhere/r")
    ran = gatepass("explain", "coverage", "--record", "r.sigstore.json", cwd=workspace)
    assert ran.code == 0, ran.err
    assert "No policy that was given has this rule" in ran.out
    assert "src/25.py:25 · low · file 25 \\x1b[2Jis not tested" in ran.out
    assert "src/26.py" not in ran.out
    assert "and 15 more: --verbose" in ran.out
    whole = gatepass("explain", "coverage", "--record", "r.intoto.jsonl", "--verbose", cwd=workspace)
    assert whole.out.count("fingerprint") == 40


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("{}\n", "the envelope has a field too many or too few"),
        ("[1]\n", "is not an object"),
        ('{"payload":"e30=","payloadType":"x","signatures":[]}\n', "holds no decision of gatepass"),
    ],
)
def test_what_is_no_record_is_refused(folder, text, message):
    (folder / "odd.intoto.jsonl").write_text(text)
    ran = gatepass("explain", "--record", "odd.intoto.jsonl", cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_rule_of_two_policies_is_explained_twice(folder):
    (folder / "other.yaml").write_text(POLICY.replace("name: release,", "name: other,"))
    ran = gatepass("explain", "tests", "--policy", "release.yaml", "--policy", "other.yaml", cwd=folder)
    assert ran.out.index("release/tests") < ran.out.index("other/tests")


def test_keys_that_mean_nothing_where_they_would_stand_are_not_listed_as_defaults():
    parameters = {
        "properties": {
            "group": {"type": "object", "properties": {"least": {"default": 1, "x-stricter": "higher"}}},
            "switch": {"type": "boolean", "default": False, "x-stricter": "false"},
        }
    }
    check = Check("told", "Told", "facts", parameters, lambda question: NotImplemented, "")
    policy = Policy("p", "p.yaml", "", ())
    rule = Rule("r", "p", "told", Place("p.yaml"), effective_on=datetime(2027, 1, 1, tzinfo=UTC))
    terms = [term for each in sections(rule, policy, check, "") for term, _ in each.rows]
    assert "switch: false" in terms
    assert "group.least: 1" not in terms
    with_group = Rule("r", "p", "told", Place("p.yaml"), parameters={"group": {}})
    terms = [term for each in sections(with_group, policy, check, "") for term, _ in each.rows]
    assert "group.least: 1" in terms


def decoded(path) -> str:
    from base64 import b64decode

    envelope = json.loads(path.read_text().splitlines()[0])
    return b64decode(envelope["payload"]).decode()
