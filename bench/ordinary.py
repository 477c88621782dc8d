"""An ordinary build: a policy of 20 rules, and six reports of 4 to 200 kB, in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import generators

COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"

POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata:
  name: release
  title: What may be released
  owner: appsec@acme.example
  version: 1.4.0
scope:
  repositories: ["acme/*"]
  branches: [main, "release/*"]
rules:
  - {id: tests, title: Tests ran and passed, check: tests, minimum-run: 100, controls: ["soc2:CC8.1"]}
  - {id: no-failures, check: tests, maximum-failed: 0, maximum-errored: 0}
  - {id: few-skips, check: tests, maximum-skipped: 5%}
  - {id: not-flaky, check: tests, maximum-flaky: 0, enforcement: warn}
  - {id: coverage, title: Code is tested, check: coverage, minimum: {lines: 75, branches: 60}}
  - id: coverage-of-payments
    check: coverage
    minimum: {lines: 60}
    paths:
      - {match: ["**/p1/**", "!**/generated/**"], minimum: {lines: 70}}
  - {id: branch-coverage, check: coverage, minimum: {branches: 50}, effective-on: 2026-01-01}
  - {id: code-scanning, check: findings, maximum-by-level: {error: 0}, controls: ["nist-ssdf:PW.7.2"]}
  - {id: codeql, check: findings, tools: [CodeQL], maximum-by-severity: {critical: 0, high: 0}}
  - {id: semgrep, check: findings, tools: ["Semgrep*"], maximum-by-severity: {critical: 0}}
  - {id: no-shells, check: findings, forbidden-rules: [B602], enforcement: observe}
  - {id: snyk, check: vulnerabilities, tools: [snyk], maximum: {critical: 0, high: 0}, grace-days: {high: 14}}
  - {id: few-lows, check: vulnerabilities, maximum: {low: 20}, enforcement: warn}
  - {id: licences, check: vulnerabilities, licences: {forbidden: ["AGPL-*"]}}
  - {id: sonar, check: quality-gate, status: OK, controls: ["soc2:CC8.1"]}
  - {id: sonar-coverage, check: quality-gate, conditions: {new_coverage: {minimum: 80}}}
  - {id: reviewed, check: approvals, minimum: 1, on: any-commit, except: [bots]}
  - {id: suites, check: expression, evidence: tests, require: "length(suites) > `0`"}
  - {id: no-debug, check: expression, evidence: build, require: "length(actors) >= `0`"}
  - {id: no-notes, check: expression, evidence: findings, forbid: "results[?level == 'error']"}
overrides:
  - rules: [snyk, coverage]
    approvers: {users: [dana]}
    maximum-days: 30
    reasons: [false-positive, mitigated]
    require: [ticket]
"""

_SONAR = {
    "serverUrl": "https://sonar.acme.example",
    "taskId": "AZk1",
    "status": "SUCCESS",
    "analysedAt": "2026-11-22T19:50:00+0000",
    "revision": COMMIT,
    "project": {
        "key": "acme_payments",
        "name": "payments",
        "url": "https://sonar.acme.example/dashboard?id=acme_payments",
    },
    "branch": {"name": "main", "type": "BRANCH", "isMain": True},
    "qualityGate": {
        "name": "Acme way",
        "status": "OK",
        "conditions": [
            {
                "metric": metric,
                "operator": "LESS_THAN",
                "value": "92.4",
                "status": "OK",
                "errorThreshold": "80",
            }
            for metric in ("new_coverage", "coverage", "new_security_hotspots_reviewed")
        ],
    },
    "properties": {},
}


def make(root: Path, *, size: int = 120_000) -> list[str]:
    """Write the build into ``root``; the arguments of ``gatepass gate`` for it, without the key."""
    reports = root / "reports"
    generators.write(reports / "junit.xml", generators.passing_junit(size))
    generators.write(reports / "coverage.xml", generators.cobertura(size))
    generators.write(reports / "scan.sarif", generators.sarif(size))
    generators.write(reports / "snyk.json", generators.snyk(size))
    generators.write(reports / "sonar.json", iter([json.dumps(_SONAR, indent=2)]))
    generators.write(reports / "reviews.json", _reviews())
    generators.write(root / "release.yaml", iter([POLICY]))
    build = {"repository": "acme/payments", "commit": COMMIT, "branch": "main", "change-request": "482"}
    return [
        *("gate", "--policy", "release.yaml", "--evidence", "reports/*"),
        *(part for name, value in build.items() for part in ("--build", f"{name}={value}")),
        *("--report", "sarif=out/gatepass.sarif", "--report", "text=out/gatepass.txt"),
        *("--record", "out/gatepass.intoto.jsonl"),
    ]


def _reviews() -> Iterator[str]:
    entries = [
        {
            "id": 9000 + number,
            "user": {"login": login, "id": 1000 + number, "type": "User", "site_admin": False},
            "body": "Looks right to me. " * 5,
            "state": "APPROVED",
            "author_association": "MEMBER",
            "submitted_at": f"2026-11-22T1{number}:00:00Z",
            "commit_id": COMMIT,
            "html_url": f"https://github.com/acme/payments/pull/482#pullrequestreview-{9000 + number}",
            "pull_request_url": "https://api.github.com/repos/acme/payments/pulls/482",
        }
        for number, login in enumerate(("bob", "carol", "dana"))
    ]
    yield json.dumps([entries], indent=2)
