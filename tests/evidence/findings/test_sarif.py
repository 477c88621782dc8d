"""What holds for every SARIF log: nothing vanishes, nothing crashes, big logs stay small."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Head, OpenReport, Reading
from gatepass.evidence.findings.sarif import FORMAT
from gatepass.evidence.findings.snyk_iac import FORMAT as SNYK_IAC


def read(folder, data, reader=FORMAT):
    path = folder / "log"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    with OpenReport(path, path.name) as report:
        reading = reader.read(report)
        report.finish()
        return reading


def log(results, **run):
    return {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scan"}}, "results": results, **run}]}


def result(number, uri="src/a.py", **more):
    where = {"artifactLocation": {"uri": uri}, "region": {"startLine": number + 1}}
    return {
        "ruleId": "r",
        "message": {"text": "same"},
        "locations": [{"physicalLocation": where}],
        **more,
    }


def test_alike_results_without_fingerprints_are_told_apart_and_do_not_depend_on_lines(tmp_path):
    before = read(tmp_path, log([result(1), result(2), result(3, "b.py")])).evidence.results
    after = read(tmp_path, log([result(11), result(12), result(13, "b.py")])).evidence.results
    assert len({each.fingerprint for each in before}) == 3
    assert [each.fingerprint for each in before] == [each.fingerprint for each in after]


def test_the_line_hash_that_github_uses_is_the_fingerprint(tmp_path):
    both = {"partialFingerprints": {"other": "x", "primaryLocationLineHash": "39fa2ee980eb94b0:1"}}
    (only,) = read(tmp_path, log([result(1, **both)])).evidence.results
    assert only.fingerprint == "39fa2ee980eb94b0:1"


def test_other_fingerprints_are_used_whatever_their_order(tmp_path):
    one = {"fingerprints": {"a/v1": "1", "b/v1": {"value": "2"}}}
    two = {"fingerprints": {"b/v1": {"value": "2"}, "a/v1": "1"}}
    first, second = read(tmp_path, log([result(1, **one), result(2, "other.py", **two)])).evidence.results
    assert first.fingerprint == second.fingerprint
    changed = {"fingerprints": {"a/v1": "1", "b/v1": {"value": "3"}}}
    (third,) = read(tmp_path, log([result(1, **changed)])).evidence.results
    assert third.fingerprint != first.fingerprint


def test_a_fingerprint_that_only_says_log_in_is_none(tmp_path):
    login = {"fingerprints": {"matchBasedId/v1": "requires login"}}
    first, second = read(tmp_path, log([result(1, **login), result(2, **login)])).evidence.results
    assert first.fingerprint != second.fingerprint


def test_the_usual_shape_and_an_unusual_one_give_the_same_result(tmp_path):
    usual = result(3, partialFingerprints={"primaryLocationLineHash": "abc"}, level="error")
    unusual = {**usual, "properties": {"any": 1}, "suppressions": []}
    first, second = read(tmp_path, log([usual, unusual])).evidence.results
    assert first == second


def test_a_log_is_recognised_when_its_results_come_before_its_version():
    run = {"results": [result(n) for n in range(2000)], "tool": {"driver": {"name": "scan"}}}
    text = json.dumps({"runs": [run], "version": "2.1.0"}).encode()[: 128 << 10]
    assert FORMAT.recognises(Head(text, complete=False))


def test_text_that_a_secret_may_stand_in_is_not_kept(tmp_path):
    secret = result(1)
    region = secret["locations"][0]["physicalLocation"]["region"]
    region["snippet"] = {"text": "password = 'hunter2'"}
    assert "hunter2" not in repr(read(tmp_path, log([secret])))


def test_a_big_log_takes_less_memory_than_its_parsed_document(tmp_path):
    data = log([result(n, f"src/f{n % 90}.py", properties={"junk": ["x"] * 20}) for n in range(5000)])
    text = json.dumps(data).encode()
    del data
    tracemalloc.start()
    json.loads(text)
    _, whole = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    start, _ = tracemalloc.get_traced_memory()
    assert len(read(tmp_path, text).evidence.results) == 5000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - start < whole


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def shaped(*names):
    """Objects with the names that the reader looks for, and anything as their values."""
    return st.dictionaries(st.sampled_from(names), anything, max_size=len(names))


physical = st.fixed_dictionaries(
    {},
    optional={
        "artifactLocation": shaped("uri", "uriBaseId", "index") | anything,
        "region": shaped("startLine", "startColumn", "endLine") | anything,
    },
)
hostile_result = st.fixed_dictionaries(
    {},
    optional={
        "ruleId": anything,
        "ruleIndex": anything,
        "rule": shaped("id", "index", "guid", "toolComponent") | anything,
        "level": anything,
        "kind": anything,
        "message": shaped("text", "id", "arguments", "markdown") | anything,
        "locations": st.lists(st.fixed_dictionaries({"physicalLocation": physical}), max_size=2) | anything,
        "suppressions": st.lists(shaped("status", "state", "kind", "properties"), max_size=2) | anything,
        "baselineState": anything,
        "partialFingerprints": shaped("primaryLocationLineHash", "x") | anything,
        "fingerprints": anything,
        "properties": shaped("security-severity", "tags") | anything,
        "provenance": shaped("invocationIndex") | anything,
    },
)
hostile_rule = shaped("id", "guid", "name", "helpUri", "defaultConfiguration", "properties", "messageStrings")
hostile_run = st.fixed_dictionaries(
    {},
    optional={
        "tool": st.fixed_dictionaries(
            {},
            optional={
                "driver": st.fixed_dictionaries(
                    {}, optional={"name": anything, "rules": st.lists(hostile_rule, max_size=2)}
                ),
                "extensions": anything,
            },
        )
        | anything,
        "results": st.lists(hostile_result, max_size=3) | anything,
        "invocations": st.lists(
            shaped(
                "executionSuccessful",
                "ruleConfigurationOverrides",
                "endTimeUtc",
                "toolExecutionNotifications",
            ),
            max_size=2,
        )
        | anything,
        "originalUriBaseIds": anything,
        "artifacts": anything,
        "versionControlProvenance": st.lists(shaped("revisionId", "mappedTo"), max_size=2) | anything,
        "externalPropertyFileReferences": anything,
    },
)
hostile_log = st.fixed_dictionaries(
    {"version": st.just("2.1.0"), "runs": st.lists(hostile_run, max_size=3) | anything},
    optional={"inlineExternalProperties": anything},
)


def check(folder, data, reader=FORMAT):
    try:
        reading = read(folder, data, reader)
    except UnreadableEvidence as error:
        assert error.message
        return
    assert isinstance(reading, Reading)
    assert reading.evidence.tools
    assert (
        reading.failed or any(tool.failure is None for tool in reading.evidence.tools) or reader is SNYK_IAC
    )
    hash(reading.evidence.results)
    repr(reading)


@settings(max_examples=150, deadline=None)
@given(hostile_log)
def test_any_log_gives_a_reading_or_is_refused(tmp_path_factory, data):
    check(tmp_path_factory.getbasetemp(), data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_reading_or_are_refused(tmp_path_factory, data):
    check(tmp_path_factory.getbasetemp(), data)
    check(tmp_path_factory.getbasetemp(), data, SNYK_IAC)


hostile_issue = (
    shaped("id", "severity", "lineNumber", "path", "isIgnored", "ignored", "title", "type") | anything
)
hostile_target = st.fixed_dictionaries(
    {},
    optional={
        "infrastructureAsCodeIssues": st.lists(hostile_issue, max_size=2) | anything,
        "targetFile": anything,
        "targetFilePath": anything,
        "path": anything,
        "ok": anything,
        "error": anything,
    },
)


@settings(max_examples=100, deadline=None)
@given(hostile_target | st.lists(hostile_target, max_size=3))
def test_any_report_of_snyk_iac_gives_a_reading_or_is_refused(tmp_path_factory, data):
    check(tmp_path_factory.getbasetemp(), data, SNYK_IAC)


levels = st.sampled_from(["error", "warning", "note", "none"])
kinds = st.sampled_from(["fail", "open", "review", "pass", "notApplicable", "informational"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(levels, kinds), max_size=6), min_size=1, max_size=4), st.booleans())
def test_a_generated_log_is_read_back_with_equal_counts(tmp_path_factory, runs, tool_first):
    written = []
    for number, results in enumerate(runs):
        tool = {"tool": {"driver": {"name": f"t{number}"}}}
        found = {
            "results": [
                {
                    "ruleId": "r",
                    "level": level if kind in ("fail", "open", "review") else "none",
                    "kind": kind,
                }
                for level, kind in results
            ]
        }
        written.append({**tool, **found} if tool_first else {**found, **tool})
    scan = read(tmp_path_factory.getbasetemp(), {"runs": written, "version": "2.1.0"}).evidence
    every = [(f"t{n}", level, kind) for n, results in enumerate(runs) for level, kind in results]
    counted = [each for each in every if each[2] in ("fail", "open", "review")]
    assert [(r.tool, r.level.value, r.kind) for r in scan.results] == counted
    assert scan.not_counted == len(every) - len(counted)
    assert Counter(tool.name for tool in scan.tools) == Counter(f"t{n}" for n in range(len(runs)))


def test_paths_are_relative_to_the_outermost_folder_that_the_run_names(tmp_path):
    bases = {"ROOT": {"uri": "file:///build/shop/"}, "LIB": {"uri": "file:///build/shop/lib/"}}
    in_lib = {"artifactLocation": {"uri": "a.py", "uriBaseId": "LIB"}}
    scan = read(
        tmp_path,
        log(
            [
                {"ruleId": "r", "message": {"text": "m"}, "locations": [{"physicalLocation": in_lib}]},
                result(1, "file:///build/shop/lib/b.py"),
                result(1, "file:///build/shopping/c.py"),
            ],
            originalUriBaseIds=bases,
        ),
    ).evidence
    assert [each.place.path for each in scan.results] == ["lib/a.py", "lib/b.py", "/build/shopping/c.py"]
