"""A policy either means one thing or is refused with every mistake in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatepass.errors import PolicyError
from gatepass.model.policy import Enforcement, OnMissing
from gatepass.policy.load import load
from support.values import write

HEAD = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
"""
RULE = "  - {id: shipped, check: expression, evidence: artifacts, require: length(@) > `0`}\n"

MISTAKES = {
    "another apiVersion": (
        "apiVersion: gatepass/v2\nkind: Policy\nmetadata: {name: a}\nrules:\n" + RULE,
        1,
        'apiVersion must be "gatepass/v1", not "gatepass/v2"',
    ),
    "the name of our own policy": (
        HEAD.replace("release", "gatepass") + "rules:\n" + RULE,
        3,
        "the name 'gatepass' is gatepass's own",
    ),
    "no rules": (HEAD + "rules: []\n", 4, "rules must have at least 1 entry; it is empty"),
    "no rules at all": (HEAD, 1, "the file needs 'rules'"),
    "no name": (
        "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {}\nrules:\n" + RULE,
        3,
        "metadata needs 'name'",
    ),
    "an unknown key at the top": (
        HEAD + "scop: {}\nrules:\n" + RULE,
        4,
        "the file has no 'scop'; did you mean 'scope'?",
    ),
    "an unknown key in a rule": (
        HEAD + "rules:\n  - id: a\n    check: expression\n    evidnce: build\n    require: event == 'tag'\n",
        7,
        "a has no 'evidnce'; did you mean 'evidence'?",
    ),
    "an unknown check": (HEAD + "rules:\n  - id: a\n    check: coverge\n", 6, "did you mean 'coverage'?"),
    "a check that is misspelt": (
        HEAD + "rules:\n  - id: a\n    chek: coverage\n",
        5,
        "a needs 'check'; is 'chek'",
    ),
    "an id taken twice": (HEAD + "rules:\n" + RULE + RULE, 6, "the rule id 'shipped' is taken in line 5"),
    "a day that is none": (
        HEAD + "rules:\n" + RULE.replace("}", ", effective-on: 2026-02-30}"),
        5,
        "effective-on: day is out of range for month",
    ),
    "a day written otherwise": (
        HEAD + "rules:\n" + RULE.replace("}", ", effective-on: 01.12.2026}"),
        5,
        "write a day (2026-12-31)",
    ),
    "an instant without its zone": (
        HEAD + "rules:\n" + RULE.replace("}", ', effective-on: "2026-12-01T10:00"}'),
        5,
        "write a day (2026-12-31)",
    ),
    "a term that is none": (HEAD + "rules:\n" + RULE.replace("}", ", max-age: 1 day}"), 5, "write a term"),
    "yes for true": (
        HEAD + "forbid-now: yes\nrules:\n" + RULE,
        4,
        "in YAML 1.2 'yes' is a word: write true or false",
    ),
    "an event that is none": (
        HEAD + "scope: {events: [pull-request]}\nrules:\n" + RULE,
        4,
        "did you mean 'change-request'?",
    ),
    "a key of rules": (
        HEAD + "enforcment: warn\nrules:\n" + RULE,
        4,
        "the file has no 'enforcment'; 'enforcement' is a key of a rule",
    ),
    "a share past all": (
        HEAD + "rules:\n  - {id: a, check: tests, maximum-skipped: 500%}\n",
        5,
        'is "500%"; it may be a whole number of at least 0, or a share of at most 100%, such as 5%',
    ),
    "no text": (
        HEAD + "rules:\n" + RULE.replace("}", ", title: ''}"),
        5,
        "title must have at least 1 character; it is empty",
    ),
    "another form of what is extended": (
        HEAD + "extends: [5]\nrules:\n" + RULE,
        4,
        "is 5; it may be a string, or a mapping with 'policy' and 'sha256'",
    ),
    "an empty scope": (HEAD + "scope: {}\nrules:\n" + RULE, 4, "scope must have at least 1"),
    "a name in an expression": (
        HEAD
        + "rules:\n  - id: a\n    check: expression\n    evidence: artifacts\n    forbid: \"[?nam=='x']\"\n",
        8,
        "a: the evidence has no 'nam' here; did you mean 'name'?",
    ),
    "a name in a message": (
        HEAD
        + "rules:\n  - id: a\n    check: expression\n    evidence: artifacts\n"
        + "    forbid: \"[?name=='x']\"\n    message: '{nme}'\n",
        9,
        "what is found has no 'nme'",
    ),
    "forbid and require": (
        HEAD + "rules:\n" + RULE.replace("}", ", forbid: '[]'}"),
        5,
        "needs 'forbid' or 'require'",
    ),
    "a forbid that answers a number": (
        HEAD + "rules:\n  - {id: a, check: expression, evidence: artifacts, forbid: length(@)}\n",
        5,
        "answers neither a list nor true or false",
    ),
    "a fact nobody named": (
        HEAD + "rules:\n  - {id: a, check: expression, evidence: facts, fact: deploy, require: ok}\n",
        5,
        "there is no fact 'deploy'",
    ),
    "facts without a name": (
        HEAD + "rules:\n  - {id: a, check: expression, evidence: facts, require: ok}\n",
        5,
        "needs 'fact'",
    ),
    "a schema that is not there": (
        HEAD + "facts: {deploy: {schema: deploy.json}}\nrules:\n" + RULE,
        4,
        "the JSON Schema deploy.json cannot be read",
    ),
    "a team without members": (
        HEAD + "rules:\n" + RULE + "overrides:\n  - rules: [shipped]\n    approvers: {teams: [acme/appsec]}\n"
        "    maximum-days: 30\n    reasons: [mitigated]\n",
        8,
        "the team 'acme/appsec' has no members",
    ),
    "nobody who may approve": (
        HEAD + "rules:\n" + RULE + "overrides:\n  - rules: [shipped]\n    approvers: {minimum: 1}\n"
        "    maximum-days: 30\n    reasons: [mitigated]\n",
        8,
        "needs 'users' or 'teams'",
    ),
    "a term without an end": (
        HEAD + "rules:\n" + RULE + "overrides:\n  - rules: [shipped]\n    approvers: {users: [dana]}\n"
        "    maximum-days: 100000\n    reasons: [mitigated]\n",
        9,
        "must be at most 366",
    ),
}


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path, text, line, message):
    write(tmp_path, {"p.yaml": text})
    with pytest.raises(PolicyError) as caught:
        load(["p.yaml"], tmp_path)
    told = [(error.place.line, error.message) for error in (caught.value, *caught.value.others)]
    assert any(at == line and message in said for at, said in told), told


def test_all_mistakes_of_all_files_are_told_in_one_go(tmp_path):
    bad = HEAD + "scop: {}\nrules:\n" + RULE.replace("id: shipped", "id: Shipped")
    write(tmp_path, {"policies/a.yaml": bad, "policies/b.yaml": "- not a policy\n"})
    with pytest.raises(PolicyError) as caught:
        load(["policies"], tmp_path)
    places = [str(error.place) for error in (caught.value, *caught.value.others)]
    assert places == ["policies/a.yaml:4:1", "policies/a.yaml:6:6", "policies/b.yaml:1:1"]


def test_no_policy_is_an_error_that_names_what_there_is(tmp_path):
    with pytest.raises(PolicyError, match="nothing to judge by") as caught:
        load([], tmp_path)
    assert "baseline" in caught.value.hint


@pytest.mark.parametrize("reference", ["gone.yaml", "empty-folder", "../outside.yaml"])
def test_a_reference_to_nothing_is_an_error(tmp_path, reference):
    (tmp_path / "empty-folder").mkdir()
    with pytest.raises(PolicyError):
        load([reference], tmp_path)


def test_two_policies_of_one_name_are_an_error(tmp_path):
    write(tmp_path, {"a.yaml": HEAD + "rules:\n" + RULE, "b.yaml": HEAD + "rules:\n" + RULE + "# other\n"})
    with pytest.raises(PolicyError, match="the policy name 'release' is taken by a"):
        load(["a.yaml", "b.yaml"], tmp_path)


def test_the_same_policy_twice_counts_once(tmp_path):
    write(tmp_path, {"a.yaml": HEAD + "rules:\n" + RULE})
    assert len(load(["a.yaml", "a.yaml"], tmp_path)) == 1


def test_what_a_rule_says_is_read(tmp_path):
    rule = RULE.replace(
        "}",
        ", title: Something is shipped, enforcement: warn, effective-on: 2027-01-01, on-missing: skip,"
        " max-age: 36h, reports: ['unit/*'], controls: ['soc2:CC8.1'], fix: Ship it}",
    )
    write(tmp_path, {"p.yaml": HEAD + "rules:\n" + rule})
    [policy] = load(["p.yaml"], tmp_path)
    [read] = policy.rules
    assert str(read.place) == "p.yaml:5:6"
    assert read.effective_on == datetime(2027, 1, 1, tzinfo=UTC)
    assert (read.enforcement, read.on_missing) == (Enforcement.WARN, OnMissing.SKIP)
    assert (read.max_age, read.reports, read.controls) == (timedelta(hours=36), ("unit/*",), ("soc2:CC8.1",))
    assert read.parameters == {"evidence": "artifacts", "require": "length(@) > `0`"}


def test_a_shipped_name_is_never_a_file_of_the_workspace(tmp_path):
    write(tmp_path, {"baseline": HEAD + "rules:\n" + RULE})
    [policy] = load(["baseline"], tmp_path)
    assert policy.source == "gatepass:baseline"
