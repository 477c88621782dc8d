"""What GitLab reads of the gate is as its documentation wants it, whatever the decision.

The schemas and rules are ours, written from these pages:
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations
https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
That JUnit files are valid, tests/reports/test_gitlab_reports.py says.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from gatepass.model.decision import Verdict
from gatepass.reports import code_quality, dotenv, gitlab_annotations, junit
from gatepass.reports._report import RecordInfo
from integration.test_sarif import DECISIONS
from reports.decisions import CONTEXT

# an unknown key is dropped by GitLab; here it is a mistake
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32,64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    # "relative path … must not be prefixed with ./"
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^\.?/|(^|/)\.\.(/|$)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
ANNOTATIONS = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255},
    "additionalProperties": {
        "type": "array",
        "maxItems": 1000,
        "items": {
            "type": "object",
            "required": ["external_link"],
            "additionalProperties": False,
            "properties": {
                "external_link": {
                    "type": "object",
                    "required": ["label", "url"],
                    "additionalProperties": False,
                    "properties": {
                        "label": {"type": "string", "minLength": 1},
                        "url": {"type": "string", "pattern": "^https?://"},
                    },
                }
            },
        },
    },
}
EVERY = pytest.mark.parametrize("decision", DECISIONS.values(), ids=DECISIONS)
LINK = "https://gitlab.acme.example/acme/payments/-/jobs/7/artifacts/file/gatepass.intoto.jsonl"
WITH_LINK = replace(CONTEXT, record_url=LINK)


def loaded(text, schema):
    """The document, where it is valid and one document of plain UTF-8."""
    assert not text.startswith("\ufeff"), "no byte order mark"
    text.encode("utf-8", "strict")
    document = json.loads(text)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(document)
    return document


@EVERY
def test_code_quality_is_valid_and_each_issue_is_one_of_its_own(decision):
    issues = loaded(code_quality.REPORT.render(decision, CONTEXT), CODE_QUALITY)
    prints = [each["fingerprint"] for each in issues]
    assert len(set(prints)) == len(prints), "of two with one fingerprint GitLab shows one"
    # the widget of a failed decision is never empty: an empty one reads as all is well
    assert issues or decision.verdict is Verdict.PASSED


@EVERY
def test_annotations_are_valid(decision):
    links = loaded(gitlab_annotations.REPORT.render(decision, WITH_LINK), ANNOTATIONS)["gatepass"]
    assert links[0]["external_link"]["url"] == LINK
    assert decision.verdict.value in links[0]["external_link"]["label"]


@EVERY
def test_dotenv_is_below_the_limits_and_has_one_plain_variable_a_line(decision):
    long = RecordInfo("a" * 3000 + "/ü $(touch pwned).jsonl", "SHA256:x")
    for context in (CONTEXT, replace(CONTEXT, record=long), replace(CONTEXT, record=None)):
        text = dotenv.REPORT.render(decision, context)
        lines = text.splitlines(keepends=True)
        assert len(text.encode()) < 5 * 1024
        assert len(lines) <= 20
        assert all(re.fullmatch(r"[A-Za-z0-9_]+=[^\s'\"`$#\\;&|<>()]*\n", line, re.ASCII) for line in lines)
        assert len({line.partition("=")[0] for line in lines}) == len(lines)
        assert f"GATEPASS_VERDICT={decision.verdict.value}\n" in lines


@EVERY
def test_the_reports_tell_one_verdict(decision):
    failed = decision.verdict is Verdict.FAILED
    tree = ET.fromstring(junit.REPORT.render(decision, CONTEXT))
    assert bool(tree.findall(".//failure") + tree.findall(".//error")) is failed
    assert ("GATEPASS_VERDICT=FAILED\n" in dotenv.REPORT.render(decision, CONTEXT)) is failed
    [links] = json.loads(gitlab_annotations.REPORT.render(decision, WITH_LINK)).values()
    assert links
    assert all(("FAILED" in each["external_link"]["label"]) is failed for each in links)


@pytest.mark.parametrize(
    "wrong",
    [
        {"severity": "error"},
        {"location": {"path": "./a", "lines": {"begin": 1}}},
        {"location": {"path": "/a", "lines": {"begin": 1}}},
        {"location": {"path": "a/../../b", "lines": {"begin": 1}}},
        {"location": {"path": "a", "lines": {"begin": 0}}},
        {"location": {"path": "a"}},
        {"check_name": None},
        {"more": 1},
    ],
    ids=str,
)
def test_the_schema_refuses_what_gitlab_does(wrong):
    right = {
        "description": "d",
        "check_name": "c",
        "fingerprint": "0" * 32,
        "severity": "major",
        "location": {"path": "a", "lines": {"begin": 1}},
    }
    loaded(json.dumps([right]), CODE_QUALITY)
    with pytest.raises(jsonschema.ValidationError):
        loaded(json.dumps([{**right, **wrong}]), CODE_QUALITY)
