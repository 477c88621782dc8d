"""Builds whose reports were handed in as files: each fails its rule for more than one reason where it can.

So small that every value of them is changed. Summaries stand in them beside what they sum up, as tools write
them: whoever believes the summary would pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gatepass.model.build import Build
from support.one_value_case import Case, Report
from support.values import BUILD, NOW

Rule = Mapping[str, Any]
COVERED: Rule = {"id": "covered", "check": "coverage", "minimum": {"lines": 80}}
TESTED: Rule = {"id": "tested", "check": "tests"}
FOUND: Rule = {"id": "found", "check": "findings", "maximum-by-level": {"error": 0}}
SEVERE: Rule = {"id": "severe", "check": "findings", "maximum-by-severity": {"critical": 0, "high": 0}}
HOLES: Rule = {"id": "holes", "check": "vulnerabilities", "maximum": {"critical": 0, "high": 0}}
GATE: Rule = {"id": "gate", "check": "quality-gate", "status": "OK"}

COBERTURA = """\
<?xml version="1.0" ?>
<coverage line-rate="0" branch-rate="0" lines-valid="4" lines-covered="0"
 version="7.6" timestamp="1763800000000">
<sources><source>.</source></sources>
<packages><package name="a" line-rate="0" branch-rate="0"><classes>
<class name="one" filename="a/one.py" line-rate="0" branch-rate="0"><methods/><lines>
<line number="1" hits="0"/><line number="2" hits="0" branch="true" condition-coverage="0% (0/2)"/>
</lines></class>
<class name="two" filename="a/two.py" line-rate="0" branch-rate="0"><methods/><lines>
<line number="1" hits="0"/><line number="5" hits="0"/>
</lines></class>
</classes></package></packages>
</coverage>
"""
JACOCO = """\
<?xml version="1.0" encoding="UTF-8"?>
<report name="payments"><sessioninfo id="host-1" start="1763800000000" dump="1763800001000"/>
<package name="org/acme"><class name="org/acme/One" sourcefilename="One.java">
<method name="run" desc="()V" line="3"><counter type="LINE" missed="2" covered="0"/></method>
<counter type="LINE" missed="2" covered="0"/></class>
<sourcefile name="One.java">
<line nr="3" mi="2" ci="0" mb="0" cb="0"/><line nr="4" mi="3" ci="0" mb="2" cb="0"/>
<counter type="INSTRUCTION" missed="5" covered="0"/><counter type="LINE" missed="2" covered="0"/></sourcefile>
<sourcefile name="Two.java">
<line nr="7" mi="2" ci="0" mb="0" cb="0"/><line nr="8" mi="1" ci="0" mb="0" cb="0"/>
<counter type="INSTRUCTION" missed="3" covered="0"/><counter type="LINE" missed="2" covered="0"/></sourcefile>
<counter type="LINE" missed="4" covered="0"/></package>
<counter type="LINE" missed="4" covered="0"/></report>
"""
LCOV = """\
TN:
SF:a/one.js
FN:1,run
FNDA:0,run
FNF:1
FNH:0
DA:1,0
DA:2,0
BRDA:2,0,0,0
BRF:1
BRH:0
LF:2
LH:0
end_of_record
SF:a/two.js
DA:1,0
DA:5,0
LF:2
LH:0
end_of_record
"""
JUNIT = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="all" tests="3" failures="2" errors="0" skipped="0" time="0.3">
<testsuite name="one" tests="2" failures="1" errors="0" skipped="0" time="0.2"
 timestamp="2026-11-22T11:00:00">
<testcase classname="a.one" name="good" time="0.1"/>
<testcase classname="a.one" name="bad" time="0.1">
<failure message="1 is not 2" type="AssertionError">line 4</failure></testcase>
</testsuite>
<testsuite name="two" tests="1" failures="1" errors="0" skipped="0" time="0.1"
 timestamp="2026-11-22T11:00:00">
<testcase classname="a.two" name="worse" time="0.1">
<error message="gone" type="OSError">line 9</error></testcase>
</testsuite>
</testsuites>
"""


def _coverage_py() -> str:
    def file(missing: list[int]) -> dict[str, Any]:
        summary = {"covered_lines": 0, "num_statements": 2, "percent_covered": 0.0, "missing_lines": 2,
                   "excluded_lines": 0}  # fmt: skip
        return {"executed_lines": [], "summary": summary, "missing_lines": missing, "excluded_lines": []}

    return json.dumps(
        {
            "meta": {
                "format": 3,
                "version": "7.6.1",
                "timestamp": "2026-11-22T11:00:00.000000",
                "branch_coverage": False,
                "show_contexts": False,
            },
            "files": {"a/one.py": file([1, 2]), "a/two.py": file([1, 5])},
            "totals": {
                "covered_lines": 0,
                "num_statements": 4,
                "percent_covered": 0.0,
                "missing_lines": 4,
                "excluded_lines": 0,
            },
        }
    )


def _sarif(level: str | None, severity: str | None) -> str:
    """Two results of one rule; the level is the result's own, or the rule's."""
    place = {"artifactLocation": {"uri": "src/a.py"}, "region": {"startLine": 3}}
    rule: dict[str, Any] = {
        "id": "R1",
        "name": "Injection",
        "shortDescription": {"text": "No injection"},
        "defaultConfiguration": {"level": "error", "enabled": True},
        "properties": {"tags": ["security"], **({"security-severity": severity} if severity else {})},
    }
    results = [
        {
            "ruleId": "R1",
            "ruleIndex": 0,
            "kind": "fail",
            **({"level": level} if level else {}),
            "message": {"text": f"number {number}"},
            "locations": [{"physicalLocation": place}],
            "partialFingerprints": {"primaryLocationLineHash": f"{number}a:1"},
        }
        for number in (1, 2)
    ]
    run = {
        "tool": {"driver": {"name": "scan", "version": "1.2.3", "rules": [rule]}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-11-22T11:00:00Z", "exitCode": 0}],
        "versionControlProvenance": [
            {"repositoryUri": "https://git.acme.example/payments", "revisionId": BUILD.commit}
        ],
        "results": results,
    }
    return json.dumps({"version": "2.1.0", "runs": [run]})


def _snyk() -> str:
    def issue(number: int) -> dict[str, Any]:
        return {
            "id": f"SNYK-JS-A-{number}",
            "title": "A hole",
            "severity": "high",
            "severityWithCritical": "high",
            "cvssScore": 7.5,
            "packageName": "a",
            "name": "a",
            "moduleName": "a",
            "version": f"1.{number}.0",
            "packageManager": "npm",
            "identifiers": {"CVE": [f"CVE-2026-{number}"], "CWE": ["CWE-79"]},
            "fixedIn": ["2.0.0"],
            "isUpgradable": True,
            "isPatchable": False,
            "upgradePath": [False, "a@2.0.0"],
            "from": ["payments@1.0.0", f"a@1.{number}.0"],
            "publicationTime": "2026-10-01T00:00:00Z",
            "disclosureTime": "2026-10-01T00:00:00Z",
        }

    return json.dumps(
        {
            "ok": False,
            "vulnerabilities": [issue(1), issue(2)],
            "dependencyCount": 40,
            "packageManager": "npm",
            "projectName": "payments",
            "displayTargetFile": "package-lock.json",
            "summary": "2 vulnerable dependency paths",
            "uniqueCount": 2,
            "filesystemPolicy": False,
            "filtered": {"ignore": [], "patch": []},
        }
    )


def _gate(*conditions: tuple[str, str, str]) -> str:
    listed = [
        {
            "status": status,
            "metricKey": metric,
            "comparator": "LT",
            "errorThreshold": "80",
            "actualValue": actual,
        }
        for metric, status, actual in conditions
    ]
    return json.dumps(
        {
            "projectStatus": {
                "status": "ERROR",
                "conditions": listed,
                "ignoredConditions": False,
                "period": {"mode": "PREVIOUS_VERSION", "date": "2026-11-01T10:00:00+0000"},
            }
        }
    )


FILES: tuple[tuple[str, str, str, Rule], ...] = (
    ("cobertura", "coverage.xml", COBERTURA, COVERED),
    ("jacoco", "jacoco.xml", JACOCO, COVERED),
    ("lcov", "lcov.info", LCOV, COVERED),
    ("coverage-py", "coverage.json", _coverage_py(), COVERED),
    ("junit", "junit.xml", JUNIT, TESTED),
    ("sarif: levels of results", "scan.sarif", _sarif("error", None), FOUND),
    ("sarif: levels of the rule", "scan.sarif", _sarif(None, None), FOUND),
    ("sarif: severities", "scan.sarif", _sarif("warning", "9.8"), SEVERE),
    ("snyk", "snyk.json", _snyk(), HOLES),
    (
        "sonarqube-status",
        "gate.json",
        _gate(("coverage", "ERROR", "41.0"), ("new_coverage", "ERROR", "12.0")),
        GATE,
    ),
)
FILES_BUILD: Build = BUILD


def file_cases() -> Iterator[Case]:
    """All of them; none passes."""
    for name, file, text, rule in FILES:
        yield Case("files", name, (Report(file, text),), (rule,), FILES_BUILD, NOW, "FAILED")
