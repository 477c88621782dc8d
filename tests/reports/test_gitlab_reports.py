"""The reports that GitLab and other systems collect: valid by their formats, whatever the texts are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from gatepass import seam
from gatepass.model.build import ChangeRequest, Run
from gatepass.model.decision import Outcome
from gatepass.model.place import Place
from gatepass.reports import Report
from reports import decisions

REPORTS = seam.members("gatepass.reports", Report)
ALL = (decisions.picture, decisions.everything, decisions.nothing_judged, decisions.green)
ODD = st.text(
    st.one_of(st.characters(), st.sampled_from("<>&\"'\x00\x0b\ufffe\uffff\ud800]]>=$\n# ")), max_size=30
)


def render(name, decision, **context):
    return REPORTS[name].render(decision, replace(decisions.CONTEXT, **context))


# -- JUnit XML


@pytest.mark.parametrize("make", ALL)
def test_junit_is_valid_by_the_schemas_of_ant_and_of_jenkins(make):
    assert list(mistakes(render("junit", make()))) == []


@settings(max_examples=60, deadline=None)
@given(ODD)
@example("]]></failure></testcase><testcase name='x' classname='y' time='0'/>")
@example("\ufffe\uffff\x00\x1b")
def test_junit_is_valid_whatever_the_texts_are(text):
    document = render("junit", decisions.hostile(text))
    assert list(mistakes(document)) == []
    assert len(ET.fromstring(document).findall(".//testcase")) == 5


def test_each_policy_is_a_suite_and_each_rule_a_case_of_it():
    base = decisions.picture()
    other = replace(base.results[4], rule=decisions.rule("tests", policy="organisation"))
    root = ET.fromstring(render("junit", replace(base, results=(*base.results, other))))
    suites = {suite.get("name"): [case.get("name") for case in suite.iter("testcase")] for suite in root}
    assert suites["organisation"] == ["tests"]
    assert len(suites["release"]) == len(base.results)


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [
        (Outcome.FAIL, "failure"),
        (Outcome.ERROR, "error"),
        (Outcome.WARN, "skipped"),
        (Outcome.OVERRIDDEN, "skipped"),
        (Outcome.NOT_APPLICABLE, "skipped"),
        (Outcome.PASS, None),
    ],
)
def test_only_what_passed_is_a_case_that_passed(outcome, tag):
    decision = decisions.everything()
    root = ET.fromstring(render("junit", decision))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    for result in decision.by_outcome(outcome):
        assert [child.tag for child in cases[result.rule.id]] == ([tag] if tag else [])


def test_a_junit_reader_finds_the_failures_the_errors_and_the_verdict():
    read = JUnitXml.fromstring(render("junit", decisions.everything()).encode())
    [suite] = read
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (17, 3, 1, 8)
    assert ("verdict", "FAILED") in [(each.name, each.value) for each in suite.properties()]


def test_a_decision_that_judged_nothing_is_no_green_suite():
    root = ET.fromstring(render("junit", replace(decisions.green(), results=())))
    assert [case.get("name") for case in root.iter("testcase")] == ["nothing-judged"]
    assert root.find(".//failure") is not None


def test_a_rule_with_very_many_findings_says_how_many_more():
    scan = decisions.everything().results[11]
    many = replace(scan, findings=tuple(replace(scan.findings[0], message=str(n)) for n in range(5000)))
    text = render("junit", replace(decisions.green(), results=(many,)))
    assert "- and 4,900 more (see the JSON report)" in text
    assert len(text) < 100_000


def mistakes(document: str) -> Iterator[str]:
    """What the two schemas would object to (JUnit.xsd of Ant, junit-10.xsd of Jenkins' xUnit plugin)."""
    root = ET.fromstring(document)
    if root.tag != "testsuites" or root.attrib:
        yield "the root is a testsuites element without attributes"
    for at, suite in enumerate(root):
        needed = {"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"}
        if suite.tag != "testsuite" or set(suite.attrib) != needed | {"skipped"}:
            yield f"suite with {sorted(suite.attrib)}"
        if suite.get("id") != str(at):
            yield "ids count from 0"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", "")):
            yield "a time with a zone"
        tags = [child.tag for child in suite]
        cases = tags.count("testcase")
        if tags != ["properties", *["testcase"] * cases, "system-out", "system-err"]:
            yield f"children {tags}"
        if suite.get("tests") != str(cases):
            yield "the number of tests"
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if suite.get(attribute) != str(len(suite.findall(f"testcase/{tag}"))):
                yield f"the number of {attribute}"
        for case in suite.findall("testcase"):
            yield from mistakes_of(case)


def mistakes_of(case):
    if set(case.attrib) != {"name", "classname", "time"} or len(case) > 1:
        yield f"case with {sorted(case.attrib)} and {len(case)} children"
    for name in ("name", "classname"):
        if case.get(name) != " ".join(case.get(name, "").split()):
            yield f"{name} is no token"
    for child in case:
        wanted = {"message"} if child.tag == "skipped" else {"message", "type"}
        if child.tag not in ("failure", "error", "skipped") or set(child.attrib) != wanted or len(child):
            yield f"{child.tag} with {sorted(child.attrib)}"


# -- Code Quality


@settings(max_examples=60, deadline=None)
@given(ODD)
@example("../../etc/passwd")
@example("/etc/passwd")
def test_every_issue_has_what_gitlab_reads_and_a_fingerprint_of_its_own(text):
    for decision in (decisions.hostile(text), decisions.everything()):
        issues = json.loads(render("code-quality", decision))
        assert len({each["fingerprint"] for each in issues}) == len(issues) > 0
        for each in issues:
            assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
            assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert re.fullmatch(r"[0-9a-f]{32}", each["fingerprint"])
            assert each["location"]["lines"]["begin"] >= 1
            path = each["location"]["path"]
            assert not path.startswith(("/", "./")) and ".." not in path.split("/")


def test_what_is_overridden_is_no_issue_and_what_only_warns_says_so():
    issues = json.loads(render("code-quality", decisions.picture()))
    assert not any("GPL-3.0" in each["description"] for each in issues)
    assert [each["severity"] for each in issues if "(warns only)" in each["description"]] == ["critical"]
    assert json.loads(render("code-quality", decisions.green())) == []


def test_two_findings_of_one_fingerprint_are_two_issues_in_every_run():
    result = decisions.picture().results[0]
    twice = replace(decisions.green(), results=(replace(result, findings=(result.findings[0],) * 3),))
    first, again = (json.loads(render("code-quality", twice)) for _ in range(2))
    assert len({each["fingerprint"] for each in first}) == 3
    assert first == again


@pytest.mark.parametrize("line", [0, -1, 2**40, None])
def test_a_line_that_is_none_is_the_first(line):
    result = decisions.picture().results[0]
    odd = replace(result, findings=(replace(result.findings[0], place=Place("src/a.py", line)),))
    [issue] = json.loads(render("code-quality", replace(decisions.green(), results=(odd,))))
    assert issue["location"] == {"path": "src/a.py", "lines": {"begin": 1}}


# -- links


def test_the_links_are_the_record_the_change_and_the_run():
    url = "https://git.acme.example/acme/payments/-/jobs/7/artifacts/file/gatepass.intoto.jsonl"
    document = json.loads(render("gitlab-annotations", decisions.picture(), record_url=url))
    links = [each["external_link"] for each in document["gatepass"]]
    assert [link["label"] for link in links] == [
        "gatepass FAILED: the record",
        "gatepass FAILED: change 482",
        "gatepass FAILED: the run",
    ]
    assert links[0]["url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://",
        "https://a b",
        "https://a/\n",
        'https://a/"x',
        "https://a/<x>",
        "data:text/html,x",
        "//evil.example",
        "https://évil.example/x",
        "https://a/" + "x" * 3000,
        "",
        None,
    ],
)
def test_what_is_no_address_of_the_web_is_no_link(url):
    build = replace(decisions.BUILD, change_request=ChangeRequest("482", url=url), run=Run(url=url))
    document = json.loads(
        render("gitlab-annotations", replace(decisions.picture(), build=build), record_url=url)
    )
    assert document == {"gatepass": []}


# -- dotenv


@settings(max_examples=60, deadline=None)
@given(ODD)
@example("x\nGATEPASS_VERDICT=PASSED")
@example("$HOME `id` $(id) ${{ x }}")
def test_variables_are_words_of_their_own_lines(text):
    document = render("dotenv", decisions.hostile(text), record=decisions.RecordInfo(text, None))
    assert len(document.encode()) < 5 * 1024
    lines = document.splitlines()
    names = [line.partition("=")[0] for line in lines]
    assert names == [
        "GATEPASS_VERDICT",
        "GATEPASS_FAILED",
        "GATEPASS_FAILED_RULES",
        "GATEPASS_OVERRIDDEN",
        "GATEPASS_OVERRIDES",
        "GATEPASS_RECORD",
    ]
    assert lines[0] == "GATEPASS_VERDICT=FAILED"
    assert all(re.fullmatch(r"[A-Z_]+=[A-Za-z0-9._~/:@+,%-]*", line) for line in lines)


def test_a_list_that_is_too_long_is_cut_between_names_and_counted_whole():
    base = decisions.picture().results[0]
    many = tuple(replace(base, rule=decisions.rule(f"{'r' * 40}{n}")) for n in range(500))
    document = render(
        "dotenv", replace(decisions.picture(), results=many), record=decisions.RecordInfo("x" * 4000, None)
    )
    values = dict(line.split("=") for line in document.splitlines())
    assert len(document.encode()) < 5 * 1024
    assert values["GATEPASS_FAILED"] == "500"
    *names, last = values["GATEPASS_FAILED_RULES"].split(",")
    assert last == "..."
    assert set(names) <= {result.rule.id for result in many}
    assert values["GATEPASS_RECORD"] == ""


def test_the_verdict_and_the_overrides_are_told():
    values = dict(line.split("=") for line in render("dotenv", decisions.picture()).splitlines())
    assert values == {
        "GATEPASS_VERDICT": "FAILED",
        "GATEPASS_FAILED": "2",
        "GATEPASS_FAILED_RULES": "coverage,reviewed",
        "GATEPASS_OVERRIDDEN": "1",
        "GATEPASS_OVERRIDES": "OVR-2026-014",
        "GATEPASS_RECORD": "gatepass.intoto.jsonl",
    }
    assert "GATEPASS_VERDICT=PASSED\n" in render("dotenv", decisions.green())
