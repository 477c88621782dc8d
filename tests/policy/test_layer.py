"""A policy that extends another can only tighten it; a rule that tightens is a whole rule."""

from __future__ import annotations

import hashlib

import pytest

from gatepass import seam
from gatepass.checks import Check
from gatepass.errors import PolicyError
from gatepass.model.policy import Enforcement, OnMissing
from gatepass.parameters import members
from gatepass.policy.load import load
from support.values import write

ORG = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: org}
rules:
  - id: coverage
    check: coverage
    minimum: {lines: 80}
    max-age: 24h
    enforcement: warn
  - id: known
    check: vulnerabilities
    tools: [snyk]
    maximum: {critical: 0, high: 2}
  - id: graced
    check: vulnerabilities
    maximum: {critical: 0, high: 0}
    grace-days: {high: 14}
    licences: {maximum: {high: 1}}
  - id: high
    check: vulnerabilities
    maximum: {high: 0}
  - id: tests
    check: tests
    required-suites: [a]
  - id: sonar
    check: quality-gate
    conditions: {new_reliability_rating: {maximum: B}}
"""


def team(rule: str, extends: str = "[org.yaml]") -> str:
    return (
        f"apiVersion: gatepass/v1\nkind: Policy\nmetadata: {{name: team}}\nextends: {extends}\n"
        f"rules:\n  - {rule}\n"
    )


def rules(tmp_path, text, *more):
    write(tmp_path, {"org.yaml": ORG, "team.yaml": text})
    return {rule.id: rule for policy in load(["team.yaml", *more], tmp_path) for rule in policy.rules}


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [
        ("{id: coverage, check: coverage, minimum: {lines: 85}}", "minimum", {"lines": 85}),
        (
            "{id: coverage, check: coverage, minimum: {branches: 70}}",
            "minimum",
            {"lines": 80, "branches": 70},
        ),
        (
            "{id: sonar, check: quality-gate, conditions: {new_reliability_rating: {maximum: A}}}",
            "conditions",
            {"new_reliability_rating": {"maximum": "A"}},
        ),
        ("{id: known, check: vulnerabilities, maximum: {high: 0}}", "maximum", {"critical": 0, "high": 0}),
        ("{id: tests, check: tests, required-suites: [a, b]}", "required-suites", ["a", "b"]),
        ("{id: tests, check: tests, minimum-run: 10}", "minimum-run", 10),
    ],
)
def test_a_rule_is_tightened_in_place(tmp_path, rule, key, value):
    tightened = rules(tmp_path, team(rule))[rule.split(",")[0].removeprefix("{id: ")]
    assert tightened.policy == "org"
    assert tightened.parameters[key] == value


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "{id: coverage, check: coverage, minimum: {lines: 79}}",
            "minimum.lines would loosen.*may only be raised",
        ),
        ("{id: coverage, check: coverage, minimum: {lines: 80}, max-age: 25h}", "max-age would loosen"),
        (
            "{id: coverage, check: coverage, minimum: {lines: 80}, enforcement: observe}",
            "enforcement would loosen",
        ),
        (
            "{id: coverage, check: coverage, minimum: {lines: 80}, on-missing: skip}",
            "on-missing would loosen",
        ),
        (
            "{id: coverage, check: coverage, minimum: {lines: 80}, effective-on: 2027-01-01}",
            "effective-on would loosen",
        ),
        ("{id: coverage, check: coverage, minimum: {lines: 80}, reports: ['a/*']}", "reports would loosen"),
        (
            "{id: known, check: vulnerabilities, maximum: {high: 3}}",
            "maximum.high would loosen.*may only be lowered",
        ),
        (
            "{id: tests, check: tests, required-suites: [b]}",
            "required-suites would loosen.*may only be added to",
        ),
        (
            "{id: high, check: vulnerabilities, maximum: {critical: 5}}",
            "maximum.critical would loosen.*it is 0",
        ),
        ("{id: high, check: vulnerabilities, maximum: {unknown: 900}}", "maximum.unknown would loosen"),
        (
            "{id: graced, check: vulnerabilities, maximum: {high: 0}, grace-days: {critical: 10}}",
            "grace-days.critical would loosen.*it is 0 there",
        ),
        (
            "{id: graced, check: vulnerabilities, maximum: {high: 0}, licences: {maximum: {critical: 4}}}",
            "licences.maximum.critical would loosen.*it is 1 there",
        ),
        ("{id: tests, check: tests, maximum-failed: 1}", "maximum-failed would loosen.*it is 0 there"),
        ("{id: tests, check: tests, maximum-skipped: 5%, allowed-skips: [a]}", "allowed-skips would loosen"),
        ("{id: known, check: vulnerabilities, maximum: {high: 2}, tools: [trivy]}", "tools would loosen"),
        ("{id: known, check: vulnerabilities, maximum: {high: 2}, packages: [a]}", "packages would loosen"),
        (
            "{id: known, check: vulnerabilities, maximum: {high: 2}, grace-days: {high: 14}}",
            "grace-days.high would loosen",
        ),
        (
            "{id: known, check: coverage, minimum: {lines: 80}}",
            "check would loosen.*of the kind vulnerabilities",
        ),
    ],
)
def test_loosening_is_an_error_that_says_which_way_is_allowed(tmp_path, rule, message):
    with pytest.raises(PolicyError, match=message) as caught:
        rules(tmp_path, team(rule))
    assert caught.value.place.path == "team.yaml"


def test_rules_that_are_not_named_are_inherited_as_they_are(tmp_path):
    read = rules(tmp_path, team("{id: own, check: expression, evidence: build, require: \"event == 'tag'\"}"))
    assert set(read) == {"coverage", "known", "graced", "high", "tests", "sonar", "own"}
    assert read["coverage"].enforcement is Enforcement.WARN


def test_a_policy_that_is_given_and_extended_keeps_what_was_tightened(tmp_path):
    text = team("{id: coverage, check: coverage, minimum: {lines: 85}}")
    for more in (["org.yaml"], []):
        assert rules(tmp_path, text, *more)["coverage"].parameters["minimum"] == {"lines": 85}
    [org, _] = load(["org.yaml", "team.yaml"], tmp_path)
    assert org.rules[0].parameters["minimum"] == {"lines": 85}
    assert org.tightened_by == ("team.yaml",)


def test_an_extended_policy_can_be_pinned_by_its_digest(tmp_path):
    digest = hashlib.sha256(ORG.encode()).hexdigest()
    rule = "{id: coverage, check: coverage, minimum: {lines: 85}}"
    assert rules(tmp_path, team(rule, f"[{{policy: org.yaml, sha256: {digest}}}]"))
    with pytest.raises(PolicyError, match="with another digest"):
        rules(tmp_path, team(rule, f"[{{policy: org.yaml, sha256: {'ab' * 32}}}]"))


def test_a_circle_is_an_error(tmp_path):
    rule = "{id: a, check: expression, evidence: build, require: \"event == 'tag'\"}"
    with pytest.raises(PolicyError, match="extends itself"):
        rules(tmp_path, team(rule, "[team.yaml]"))


def test_a_repository_cannot_allow_overrides_of_what_it_inherits(tmp_path):
    text = team("{id: coverage, check: coverage, minimum: {lines: 85}}") + (
        "overrides:\n  - {rules: ['*'], approvers: {users: [mallory]}, maximum-days: 30, reasons: [x]}\n"
    )
    write(tmp_path, {"org.yaml": ORG, "team.yaml": text})
    org, own = load(["team.yaml"], tmp_path)
    assert (org.allowances, len(own.allowances)) == ((), 1)
    assert own.rules == ()


@pytest.mark.parametrize("above", ["collected: true", "collected: [https://a.example, https://b.example]"])
@pytest.mark.parametrize("below", ["collected: false", "collected: [https://c.example]"])
def test_a_layer_believes_no_more_servers_than_the_one_above(tmp_path, above, below):
    org = ORG.replace("check: tests\n", f"check: tests\n    {above}\n", 1)
    assert above in org
    write(tmp_path, {"org.yaml": org, "team.yaml": team(f"{{id: tests, check: tests, {below}}}")})
    if (above, below) == ("collected: true", "collected: [https://c.example]"):
        [rule] = [r for p in load(["team.yaml"], tmp_path) for r in p.rules if r.id == "tests"]
        assert (rule.collected, rule.servers) == (True, ("https://c.example",))
        return
    with pytest.raises(PolicyError, match="collected"):
        load(["team.yaml"], tmp_path)


def test_a_layer_that_says_nothing_of_servers_keeps_them(tmp_path):
    org = ORG.replace("check: tests\n", "check: tests\n    collected: [https://a.example]\n", 1)
    write(tmp_path, {"org.yaml": org, "team.yaml": team("{id: tests, check: tests, minimum-run: 10}")})
    [rule] = [r for p in load(["team.yaml"], tmp_path) for r in p.rules if r.id == "tests"]
    assert (rule.collected, rule.servers) == (True, ("https://a.example",))


# --- what evidence counts


WHOLE = {
    "findings": "maximum-by-level: {error: 0}",
    "quality-gate": "status: OK",
    "vulnerabilities": "maximum: {high: 0}",
}


def layered(tmp_path, check, above, below):
    """The organisation's rule after a layer; each says this more."""
    one, two = (
        ", ".join(filter(None, ("id: r", f"check: {check}", WHOLE[check], more))) for more in (above, below)
    )
    org = f"apiVersion: gatepass/v1\nkind: Policy\nmetadata: {{name: org}}\nrules:\n  - {{{one}}}\n"
    write(tmp_path, {"org.yaml": org, "team.yaml": team(f"{{{two}}}")})
    [rule] = [each for policy in load(["team.yaml"], tmp_path) for each in policy.rules]
    return rule


@pytest.mark.parametrize("check", WHOLE)
def test_a_layer_may_pin_the_projects_where_nobody_has(tmp_path, check):
    rule = layered(tmp_path, check, "", "projects: [acme_payments]")
    assert rule.parameters["projects"] == ["acme_payments"]


@pytest.mark.parametrize("check", WHOLE)
@pytest.mark.parametrize("projects", ["[web]", "[api, web, docs]", "[clean]", '["**"]'])
def test_a_layer_changes_no_pin(tmp_path, check, projects):
    """An entry more is a project more that counts, and one less is one less that must be there."""
    with pytest.raises(PolicyError, match="projects would loosen"):
        layered(tmp_path, check, "projects: [web, api]", f"projects: {projects}")


@pytest.mark.parametrize("check", WHOLE)
def test_a_layer_keeps_the_pin_and_the_branch(tmp_path, check):
    pin = "projects: [web, api]"
    for below in ("", pin, "same-branch: true"):
        assert layered(tmp_path, check, pin, below).parameters["projects"] == ["web", "api"]
    with pytest.raises(PolicyError, match="same-branch would loosen"):
        layered(tmp_path, check, pin, "same-branch: false")


@pytest.mark.parametrize("check", WHOLE)
@pytest.mark.parametrize("missing", ["warn", "skip"])
@pytest.mark.parametrize("less", ["projects: [clean]", "same-branch: true", "max-age: 1h", "collected: true"])
def test_where_missing_evidence_does_not_fail_a_layer_leaves_as_much_counting(tmp_path, check, missing, less):
    above = f"on-missing: {missing}, same-branch: false"
    with pytest.raises(PolicyError, match="fewer reports would count"):
        layered(tmp_path, check, above, less)
    assert layered(tmp_path, check, above, f"{less}, on-missing: fail").on_missing is OnMissing.FAIL


def test_where_missing_evidence_does_not_fail_a_layer_may_say_the_same_again(tmp_path):
    above = "on-missing: warn, projects: [web], max-age: 1d, collected: true"
    again = "projects: [web], max-age: 24h, collected: true"
    assert layered(tmp_path, "findings", above, again).parameters["projects"] == ["web"]


# --- words that stand in an order

WORDS = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: org}
rules:
  - {id: signed, check: commits, signed: any}
  - {id: linear, check: commits, linear: true}
  - {id: reviewed, check: approvals, minimum: 1, on: any-commit, permission: write, code-owners: if-any}
  - {id: strict, check: approvals, minimum: 1}
  - {id: tests, check: tests}
  - {id: sonar, check: quality-gate, status: any, conditions: {coverage: {minimum: 80}}}
  - {id: sast, check: findings, maximum-by-level: {error: 0}}
  - {id: deps, check: vulnerabilities, maximum: {high: 0}, scanner-ignores: accept}
  - {id: signers, check: commits, signers: [dana, erin]}
  - {id: submodules, check: commits, submodules: refuse}
"""
_REVIEWED = "{id: reviewed, check: approvals, minimum: 1"
_STRICT = "{id: strict, check: approvals, minimum: 1"


def tightened(tmp_path, rule):
    write(tmp_path, {"org.yaml": WORDS, "team.yaml": team(rule)})
    name = rule.split(",")[0].removeprefix("{id: ")
    [made] = [rule for policy in load(["team.yaml"], tmp_path) for rule in policy.rules if rule.id == name]
    return made.parameters


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [
        ("{id: signed, check: commits, signed: allowed}", "signed", "allowed"),
        ("{id: signed, check: commits, signed: any}", "signed", "any"),
        ("{id: linear, check: commits, signed: any}", "signed", "any"),
        ("{id: linear, check: commits, submodules: refuse}", "submodules", "refuse"),
        ("{id: linear, check: commits, signers: [dana]}", "signers", ["dana"]),
        ("{id: linear, check: commits, email-domains: [acme.example]}", "email-domains", ["acme.example"]),
        ("{id: signers, check: commits, signers: [erin]}", "signers", ["erin"]),
        (_REVIEWED + ", on: head-commit}", "on", "head-commit"),
        (_REVIEWED + ", permission: maintain}", "permission", "maintain"),
        (_REVIEWED + ", code-owners: true}", "code-owners", True),
        (_STRICT + ", code-owners: if-any}", "code-owners", "if-any"),
        (_STRICT + ", permission: read}", "permission", "read"),
        (_STRICT + ", rebased: drop}", "rebased", "drop"),
        ("{id: sonar, check: quality-gate, status: OK}", "status", "OK"),
        (
            "{id: sast, check: findings, maximum-by-level: {error: 0}, suppressions: refuse}",
            "suppressions",
            "refuse",
        ),
        (
            "{id: deps, check: vulnerabilities, maximum: {high: 0}, scanner-ignores: refuse}",
            "scanner-ignores",
            "refuse",
        ),
    ],
)
def test_a_word_becomes_a_stricter_one(tmp_path, rule, key, value):
    assert tightened(tmp_path, rule)[key] == value


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (_REVIEWED + ", permission: triage}", "it is write there and may only become maintain or admin"),
        (_REVIEWED + ", code-owners: false}", "it is if-any there and may only become true"),
        (_STRICT + ", on: any-commit}", "it is head-commit there and cannot be changed"),
        (_STRICT + ", edited: ignore}", "edited would loosen"),
        (_STRICT + ", changes-requested: ignore}", "changes-requested would loosen"),
        ("{id: tests, check: tests, repeated-names: allow}", "it is fail there and cannot be changed"),
        ("{id: signers, check: commits, signers: [dana, mallory]}", "signers would loosen"),
        (
            "{id: submodules, check: commits, linear: true, submodules: allow}",
            "it is refuse there and cannot",
        ),
        (
            "{id: submodules, check: commits, submodules: refuse, allowed-submodules: [vendor/a]}",
            "allowed-submodules would loosen",
        ),
        (
            "{id: deps, check: findings, maximum-by-level: {error: 0}}",
            "of the kind vulnerabilities",
        ),
    ],
)
def test_a_word_never_becomes_a_laxer_one_also_where_it_is_not_written(tmp_path, rule, message):
    with pytest.raises(PolicyError, match=message):
        tightened(tmp_path, rule)


def words(schema, path=""):
    for name, inner in members(schema):
        yield from ([(f"{path}{name}", inner)] if inner.get("x-stricter") == "later" else [])
        yield from words(inner, f"{path}{name}.")


@pytest.mark.parametrize(
    "check", seam.members("gatepass.checks", Check).values(), ids=lambda check: check.name
)
def test_every_list_of_words_with_an_order_has_words_and_its_default_is_one_of_them(check):
    for path, schema in words(check.parameters):
        assert len(schema["enum"]) == len({repr(each) for each in schema["enum"]}) > 1, path
        assert "default" not in schema or schema["default"] in schema["enum"], path
