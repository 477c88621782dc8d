"""An expression that cannot mean anything is refused when the policy loads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatepass import expressions, views
from gatepass.expressions import ExpressionFailure, ExpressionMistake, version_key
from gatepass.model.build import Build
from gatepass.views import Items, Leaf

NOW = datetime(2026, 11, 22, tzinfo=UTC)

MISTAKES = {
    "a misspelt name": (
        "findings",
        "results[?severty=='critical']",
        "no 'severty' here; did you mean 'severity'",
    ),
    "a name deep down": ("vulnerabilities", "issues[].package.nam", "no 'nam'"),
    "a word that never occurs": ("findings", "results[?severity=='Critical']", "'Critical' never occurs"),
    "a name asked of a list": ("findings", "results.severity", "asked of a list"),
    "a name asked of a number": ("coverage", "lines.percent.covered", "has no fields"),
    "not before a dot": ("coverage", "!lines.percent", "no fields"),
    "ordering of words": ("findings", "results[?severity > 'low']", "compare numbers alone"),
    "a number and a string": ("coverage", "lines.percent == '80'", "compared with the string"),
    "an unknown function": ("findings", "lenght(results) == `0`", "no function lenght.*did you mean length"),
    "a bad regular expression": ("findings", "results[?matches(message, '(')]", "no regular expression"),
    "a pattern that is computed": ("findings", "results[?matches(message, rule_id)]", "written out"),
    "a name in a sort": ("findings", "sort_by(results, &severty)", "no 'severty'"),
    "a name in a map": ("findings", "map(&severty, results)", "no 'severty'"),
    "a filter of no list": ("coverage", "lines[?covered > `1`]", "a list is expected"),
    "a name of a multi-select": ("findings", "results[].{a: rule_id}.b", "asked of a list"),
    "a field of an answer": ("findings", "length(results).x", "no fields"),
    "null without backticks": ("vulnerabilities", "issues[?cvss == null]", "write `null` in backticks"),
    "no expression": ("findings", "results[?", "."),
}


@pytest.mark.parametrize(("kind", "text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_before_anything_is_judged(kind, text, message):
    with pytest.raises(ExpressionMistake, match=message):
        expressions.result_shape(text, views.shape(kind))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("findings", "results[?severity=='critical' && !suppressions].{place: place, rule: rule_id}"),
        ("findings", "length(tools[?failure]) == `0`"),
        ("vulnerabilities", "issues[?cvss == `null` || cvss >= `7.0`] | [0].id"),
        ("vulnerabilities", "issues[?age_days(published) > `30`].package.name"),
        ("coverage", "files[?lines.percent < `50` && glob(path, 'src/**')].path"),
        ("tests", "counts.skipped <= `3` && length(suites) > `0`"),
        ("approvals", "reviews[?state=='approved'].by.login"),
        ("commits", "commits[?signature.status!='good' && !merge].author.email"),
        ("quality-gate", "conditions[?status=='ERROR'].metric"),
        ("artifacts", "[?contains(name, 'debug')]"),
        ("build", "change_request.author != `null`"),
        ("findings", "max_by(results, &security_severity).rule_id"),
        ("findings", "results[*].tags[]"),
        ("findings", "results[:3].rule_id"),
    ],
)
def test_what_the_evidence_has_can_be_asked(kind, text):
    expressions.result_shape(text, views.shape(kind))


@pytest.mark.parametrize("kind", [each for each in views.KINDS if each != "facts"])
def test_the_shape_of_a_kind_is_that_of_its_document(kind):
    shape = views.shape(kind)
    document = views.document(kind, [], Build("local"))
    if isinstance(shape, Items):
        assert document == []
    else:
        assert set(document) == set(shape.named)


def test_a_schema_tells_the_shape_of_a_fact():
    schema = {
        "type": "object",
        "properties": {"deploys": {"type": "array", "items": {"$ref": "#/$defs/deploy"}}},
        "$defs": {"deploy": {"type": "object", "properties": {"env": {"type": "string", "enum": ["prod"]}}}},
    }
    shape = views.shape("facts", schema)
    assert expressions.result_shape("deploys[].env", shape) == Items(Leaf("string", ("prod",)))
    with pytest.raises(ExpressionMistake, match="no 'evn'"):
        expressions.result_shape("deploys[].evn", shape)
    with pytest.raises(ExpressionMistake, match="never occurs"):
        expressions.result_shape("deploys[?env=='Prod']", shape)


def test_our_functions_answer():
    document = {"published": "2026-11-12T00:00:00Z", "version": "1.10.0", "name": "src/a.py", "nothing": None}
    asked = {
        "age_days(published)": 10.0,
        "version_at_least(version, '1.9.9')": True,
        "version_at_least(version, '1.11')": False,
        "glob(name, 'src/**')": True,
        "matches(name, 'a[.]py$')": True,
        "matches(nothing, 'a')": False,
        "age_days(nothing)": None,
    }
    assert {text: expressions.evaluate(text, document, NOW) for text in asked} == asked


@pytest.mark.parametrize(
    "text",
    [
        "age_days(name)",
        "version_at_least(name, '1.0')",
        "sum(name)",
        "ceil(to_number(huge))",
        "floor(to_number(huge))",
        "sum([whole, `1.5`])",
        "merge(@, nothing)",
    ],
)
def test_what_cannot_be_evaluated_is_a_failure_and_no_answer(text):
    document = {"name": "no such thing", "huge": "1e999", "whole": 10**400, "nothing": None}
    with pytest.raises(ExpressionFailure):
        expressions.evaluate(text, document, NOW)


def test_versions_are_ordered_by_numbers_and_a_pre_release_stands_before_its_release():
    versions = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2",
        "1.10",
        "v2",
    ]
    assert sorted(versions, key=version_key) == versions
    assert version_key("1.0") == version_key("1.0.0") == version_key("v1+build")
