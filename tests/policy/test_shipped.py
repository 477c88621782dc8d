"""Every rule of every policy that ships is passed once and failed once, by real reports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass import seam
from gatepass.checks import Check
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import gather
from gatepass.model.build import Actor, Artifact, Build, ChangeRequest, Event
from gatepass.model.decision import Outcome, Verdict
from gatepass.policy import shipped
from gatepass.policy.load import load
from support.values import NOW, write

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
BUILD = Build(
    "github",
    repository="acme/payments",
    commit="0badc0ffee0badc0ffee0badc0ffee0badc0ffee",
    other_commits=(HEAD,),
    event=Event.CHANGE_REQUEST,
    change_request=ChangeRequest("482", head=HEAD, target_branch="main", author="alice"),
    actors=(Actor("started-by", "alice", "1"),),
    artifacts=(Artifact("payments-1.4.0.tar.gz", (("sha256", "ab" * 32),)),),
)


def person(login, number):
    return {"login": login, "id": number, "type": "User"}


def lines(covered, total, branches):
    rows = [f'<line number="{n}" hits="{int(n <= covered)}"/>' for n in range(1, total + 1)]
    rows.append(f'<line number="{total + 1}" hits="1" branch="true" condition-coverage="x ({branches}/10)"/>')
    return (
        '<coverage line-rate="0" branch-rate="0" version="7"><packages><package name="p"><classes>'
        f'<class name="a" filename="src/a.py"><lines>{"".join(rows)}</lines></class>'
        "</classes></package></packages></coverage>"
    )


def suite(*cases):
    return f'<testsuite name="unit">{"".join(cases)}</testsuite>'


def case(name, inner=""):
    return f'<testcase classname="t" name="{name}" time="0.1">{inner}</testcase>'


def scan(*results):
    rule = {"id": "R1", "properties": {"security-severity": "7.5"}}
    run = {"tool": {"driver": {"name": "scanner", "rules": [rule]}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]})


def result(level, rule="R2", **more):
    place = {"physicalLocation": {"artifactLocation": {"uri": "src/a.py"}, "region": {"startLine": 3}}}
    return {"ruleId": rule, "level": level, "message": {"text": "found"}, "locations": [place], **more}


def snyk(*issues, **more):
    project = {"ok": not issues, "dependencyCount": 3, "packageManager": "npm", "projectName": "web"}
    return json.dumps({**project, "vulnerabilities": list(issues), "uniqueCount": len(issues), **more})


def issue(severity, days=100):
    return {
        "id": "SNYK-JS-LODASH-590103",
        "title": "Prototype Pollution",
        "severity": severity,
        "packageName": "lodash",
        "name": "lodash",
        "version": "4.17.15",
        "from": ["web@1.0.0", "lodash@4.17.15"],
        "identifiers": {"CVE": ["CVE-2020-8203"]},
        "publicationTime": (NOW - timedelta(days=days)).isoformat(),
        "fixedIn": ["4.17.21"],
        "isUpgradable": True,
    }


def sonar(status="OK", revision=HEAD):
    condition = {
        "metric": "new_coverage",
        "operator": "LESS_THAN",
        "value": "91.4" if status == "OK" else "40.0",
        "status": status,
        "errorThreshold": "80",
    }
    return json.dumps(
        {
            "serverUrl": "https://sonar.acme.example",
            "taskId": "AY7",
            "status": "SUCCESS",
            "analysedAt": "2026-11-22T10:46:28+0100",
            "revision": revision,
            "project": {"key": "acme_payments", "name": "Payments"},
            "qualityGate": {"name": "Way", "status": status, "conditions": [condition]},
            "properties": {},
        }
    )


def reviews(*logins, commit=HEAD, state="APPROVED"):
    return json.dumps(
        [
            {
                "id": 7000 + number,
                "user": person(login, number),
                "state": state,
                "submitted_at": f"2026-11-22T09:0{number}:00Z",
                "commit_id": commit,
                "author_association": "MEMBER",
                "pull_request_url": "https://git.acme.example/api/v3/repos/acme/payments/pulls/482",
            }
            for number, login in enumerate(logins, 2)
        ]
    )


PULL = {
    "number": 482,
    "url": "https://git.acme.example/api/v3/repos/acme/payments/pulls/482",
    "diff_url": "https://git.acme.example/acme/payments/pull/482.diff",
    "patch_url": "https://git.acme.example/acme/payments/pull/482.patch",
    "state": "open",
    "user": person("alice", 1),
    "head": {"sha": HEAD, "ref": "refunds", "repo": {"full_name": "acme/payments"}},
    "base": {"sha": "c1" * 20, "ref": "main", "repo": {"full_name": "acme/payments"}},
    "requested_reviewers": [],
    "merged": False,
    "commits": 1,
}
COMMITS = [
    {
        "sha": HEAD,
        "url": f"https://git.acme.example/api/v3/repos/acme/payments/commits/{HEAD}",
        "commit": {
            "author": {"name": "Alice"},
            "committer": {"name": "Alice"},
            "message": "Refunds",
            "tree": {"sha": "aa" * 20},
        },
        "author": person("alice", 1),
        "committer": person("alice", 1),
        "parents": [{"sha": "c1" * 20}],
    }
]

GREEN = {
    "junit.xml": suite(case("a"), case("b")),
    "coverage.xml": lines(95, 100, 9),
    "scan.sarif": scan(result("warning")),
    "snyk.json": snyk(),
    "sonar.json": sonar(),
    "reviews.json": reviews("bob", "carol"),
    "pull.json": json.dumps(PULL),
    "commits.json": json.dumps(COMMITS),
}

SUPPRESSED = result("error", suppressions=[{"kind": "inSource", "status": "accepted"}])

# What turns exactly one rule red: other reports, or another build.
RED = {
    "baseline": {
        "tests": {"junit.xml": suite(case("a", "<failure/>"))},
        "coverage": {"coverage.xml": lines(59, 100, 9)},
        "code-scanning": {"scan.sarif": scan(result("warning", "R1"))},
        "vulnerabilities": {"snyk.json": snyk(issue("high"))},
    },
    "release": {
        "release-tests": {"junit.xml": suite(case("a"), case("b", "<skipped/>"))},
        "release-coverage": {"coverage.xml": lines(79, 100, 9)},
        "release-code-scanning": {"scan.sarif": scan(result("error"))},
        "release-vulnerabilities": {"snyk.json": snyk(issue("high", days=8))},
        "release-quality-gate": {"sonar.json": sonar("ERROR")},
        "release-review": {"reviews.json": reviews("bob", commit="3f2c1aa0" * 5)},
        "release-artifacts": replace(
            BUILD, artifacts=(Artifact("payments-debug.tar.gz", (("sha256", "ab" * 32),)),)
        ),
    },
    "regulated": {
        "two-people": {"reviews.json": reviews("bob", "alice")},
        "all-tests": {"junit.xml": suite(case("a"), case("b", '<flakyFailure message="first try"/>'))},
        "measured": {"coverage.xml": lines(95, 100, 6)},
        "scanned": {"scan.sarif": scan(SUPPRESSED)},
        "no-known-vulnerabilities": {"snyk.json": snyk(issue("medium", days=31))},
        "quality-gate": {"sonar.json": sonar(revision="77" * 20)},
        "attributed": replace(BUILD, actors=()),
    },
}


def decide(name, root, change):
    files = GREEN | (change if isinstance(change, dict) else {})
    build = BUILD if isinstance(change, dict) else change
    write(root, files)
    found = gather(sorted(files), {}, root, build)
    return evaluate(
        load([name], root),
        Gathered(found.evidence, found.sources),
        (),
        build,
        NOW,
        checks=seam.members("gatepass.checks", Check),
        gate_version="0",
    )


@pytest.mark.parametrize("name", shipped.names())
def test_a_build_that_has_everything_passes_every_rule(tmp_path, name):
    decision = decide(name, tmp_path, {})
    assert {r.rule.id: r.outcome for r in decision.results} == {
        r.rule.id: Outcome.PASS for r in decision.results
    }
    assert decision.verdict is Verdict.PASSED


@pytest.mark.parametrize(("name", "rule"), [(name, rule) for name, rules in RED.items() for rule in rules])
def test_a_build_that_lacks_one_thing_fails_that_rule_alone(tmp_path, name, rule):
    decision = decide(name, tmp_path, RED[name][rule])
    assert decision.verdict is Verdict.FAILED
    assert [r.rule.id for r in decision.results if r.outcome.blocks] == [rule]


@pytest.mark.parametrize("name", shipped.names())
def test_every_rule_that_ships_is_failed_by_a_test(tmp_path, name):
    [policy] = load([name], tmp_path)
    assert {rule.id for rule in policy.rules} == set(RED[name])
    for rule in policy.rules:
        assert rule.title
        assert rule.controls
        assert rule.fix or rule.check == "expression"


@pytest.mark.parametrize("name", shipped.names())
def test_without_evidence_nothing_passes(tmp_path, name):
    policies = load([name], tmp_path)
    bare = Build("local", commit=HEAD)
    checks = seam.members("gatepass.checks", Check)
    decision = evaluate(policies, Gathered(), (), bare, NOW, checks=checks, gate_version="0")
    assert decision.verdict is Verdict.FAILED
    passed = {r.rule.id for r in decision.results if r.outcome is Outcome.PASS}
    assert passed == set()
