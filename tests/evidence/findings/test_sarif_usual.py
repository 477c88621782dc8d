"""Results as most analysers write them are read in a quicker way, which says the same as the thorough one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatepass.model.scan import ScanResult, Severity
from support.evidence import read

RULES = [
    {"id": "first", "properties": {"security-severity": "2.0"}},
    {"id": "second", "properties": {"security-severity": "5.0"}},
]
PLUGIN = [{"id": "first", "defaultConfiguration": {"level": "error"}}]
PLAIN = {
    "ruleId": "first",
    "ruleIndex": 0,
    "message": {"text": "no"},
    "locations": [
        {"physicalLocation": {"artifactLocation": {"uri": "src/a.py"}, "region": {"startLine": 3}}}
    ],
    "partialFingerprints": {"primaryLocationLineHash": "aa:1"},
}


def the_result(folder: Path, **changed: Any) -> ScanResult:
    driver = {"name": "tool", "rules": RULES}
    tool = {"driver": driver, "extensions": [{"name": "plugin", "rules": PLUGIN}]}
    result = {name: value for name, value in {**PLAIN, **changed}.items() if value != "absent"}
    path = folder / "log.sarif"
    path.write_text(json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": [result]}]}))
    [found] = read(path, "sarif").evidence.results
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": {"id": "first", "index": 0}},
        {"rule": {"id": "first"}},
        {"rule": {"index": 0}},
        {"rule": {"id": "first", "index": True}},
        {"rule": {}},
        {"rule": None},
        {"rule": 5},
        {"properties": {}},
        {"properties": {"tags": ["x"]}},
        {"properties": None},
        {"properties": 5},
        {"properties": "security-severity"},
        {"properties": ["security-severity"]},
        {"suppressions": []},
        {"baselineState": None},
        {"provenance": {}},
    ],
    ids=json.dumps,
)
def test_what_says_nothing_new_changes_nothing(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert the_result(tmp_path, **changed) == the_result(tmp_path)


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-1", "severe", True, [1]])
def test_a_severity_that_cannot_be_read_is_the_worst(tmp_path: Path, written: object) -> None:
    found = the_result(tmp_path, level="note", properties={"security-severity": written})
    assert (found.severity, found.security_severity) == (Severity.CRITICAL, None)


@pytest.mark.parametrize("written", [None, "", "undefined"])
def test_a_severity_that_nobody_judged_is_unknown(tmp_path: Path, written: object) -> None:
    """The rule has none either."""
    found = the_result(
        tmp_path, ruleId="third", ruleIndex="absent", properties={"security-severity": written}
    )
    assert found.severity is Severity.UNKNOWN


def test_a_severity_of_the_result_itself_counts(tmp_path: Path) -> None:
    found = the_result(tmp_path, properties={"security-severity": "9.8"})
    assert (found.severity, found.security_severity) == (Severity.CRITICAL, 9.8)


def test_a_reference_to_a_rule_of_an_extension_counts(tmp_path: Path) -> None:
    reference = {"id": "first", "index": 0, "toolComponent": {"index": 0}}
    assert the_result(tmp_path, rule=reference).level == "error"


def test_a_reference_to_another_index_counts_where_the_result_names_no_rule(tmp_path: Path) -> None:
    found = the_result(tmp_path, ruleId="absent", rule={"index": 1})
    assert (found.rule_id, found.severity) == ("second", Severity.MEDIUM)


def test_a_suppression_beside_a_plain_reference_is_kept(tmp_path: Path) -> None:
    found = the_result(tmp_path, rule={"id": "first", "index": 0}, suppressions=[{"kind": "inSource"}])
    assert found.suppressed


@pytest.mark.parametrize(
    ("changed", "fingerprint"),
    [
        ({}, "aa:1"),
        ({"partialFingerprints": "absent", "fingerprints": {"matchBasedId/v1": "bb_0"}}, "bb_0"),
        ({"fingerprints": {"matchBasedId/v1": "bb_0"}}, "aa:1"),
        ({"partialFingerprints": {"primaryLocationLineHash": ""}, "fingerprints": {"x": "bb"}}, "bb"),
        ({"partialFingerprints": ["aa"], "fingerprints": {"x": "bb"}}, "bb"),
    ],
)
def test_the_fingerprint_is_githubs_hash_or_else_the_tools_own(
    tmp_path: Path, changed: dict[str, Any], fingerprint: str
) -> None:
    assert the_result(tmp_path, **changed).fingerprint == fingerprint


def test_without_any_fingerprint_one_is_made_that_does_not_hold_the_line(tmp_path: Path) -> None:
    places = [
        {"physicalLocation": {"artifactLocation": {"uri": "src/a.py"}, "region": {"startLine": line}}}
        for line in (3, 4)
    ]
    first, second = (
        the_result(tmp_path, partialFingerprints="absent", locations=[place]).fingerprint for place in places
    )
    assert first == second != ""
