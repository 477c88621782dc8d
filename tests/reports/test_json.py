from __future__ import annotations

import json
import math

from gatepass.model.decision import RuleResult
from gatepass.model.place import Place
from gatepass.reports.json import REPORT
from reports.decisions import CONTEXT, NOW, decision, everything, finding, green, nothing_judged, rule


def document(of):
    return json.loads(REPORT.render(of, CONTEXT))


def test_every_rule_finding_source_and_override_is_in_it():
    given = everything()
    read = document(given)
    assert [rule["code"] for rule in read["rules"]] == [result.rule.code for result in given.results]
    assert [[f["message"] for f in rule["findings"]] for rule in read["rules"]] == [
        [f.message for f in result.findings] for result in given.results
    ]
    assert [source["name"] for source in read["sources"]] == [source.name for source in given.sources]
    assert [each["id"] for each in read["overrides"]] == [use.override.id for use in given.overrides]
    assert read["relaxations"] == list(given.relaxations)
    assert read["record"] == {"path": CONTEXT.record.path, "keyid": CONTEXT.record.keyid}


def test_what_the_decision_derives_is_in_it():
    given = everything()
    read = document(given)
    assert (read["schema"], read["verdict"], read["nothingJudged"]) == (
        "gatepass.decision/v1",
        "FAILED",
        False,
    )
    assert sum(read["counts"].values()) == len(given.results)
    for rule_read, result in zip(read["rules"], given.results, strict=True):
        states = [f["state"] for f in rule_read["findings"]]
        assert rule_read["outcome"] == result.outcome.value
        assert states.count("blocks") == len(result.blocking)
        assert states.count("warns") == len(result.warning)
        assert states.count("overridden") == len(result.overridden)
    assert document(nothing_judged())["nothingJudged"] is True
    assert document(green())["verdict"] == "PASSED"


def test_every_source_says_whether_it_was_used_and_if_not_why():
    sources = document(everything())["sources"]
    assert [s["name"] for s in sources if s["used"] and s["whyNotUsed"]] == []
    assert [s["name"] for s in sources if not s["used"] and not s["whyNotUsed"]] == []
    assert {s["name"]: s["used"] for s in sources}["coverage.xml"] is True


def test_every_finding_and_every_rule_has_the_same_keys():
    rules = document(everything())["rules"]
    assert len({tuple(rule) for rule in rules}) == 1
    assert len({tuple(finding) for rule in rules for finding in rule["findings"]}) == 1


def test_instants_are_utc_and_places_are_parts():
    read = document(everything())
    assert read["at"] == "2026-11-22T14:30:00Z"
    found = read["rules"][-6]["findings"][0]
    assert found["place"] == {"path": "src/db.py", "line": 10, "column": 3, "endLine": 11}


def test_equal_decisions_with_parameters_in_another_order_give_the_same_bytes():
    one, two = (
        decision(RuleResult(rule("tests", parameters=parameters), NOW, "1 run"))
        for parameters in ({"a": {"x": 1, "y": 2}, "b": 2}, {"b": 2, "a": {"y": 2, "x": 1}})
    )
    assert one == two
    assert REPORT.render(one, CONTEXT) == REPORT.render(two, CONTEXT)


def test_a_figure_that_is_no_number_does_not_break_the_document():
    result = RuleResult(rule("tests"), NOW, "?", figures=(("a", math.nan), ("b", math.inf), ("c", 78.4)))
    assert document(decision(result))["rules"][0]["figures"] == {"a": "nan", "b": "inf", "c": 78.4}


def test_a_lone_surrogate_becomes_a_replacement_character():
    tests = rule("tests")
    result = RuleResult(tests, NOW, "x", (finding(tests, "a\ud800b", Place("\udc00.py", 1)),))
    found = document(decision(result))["rules"][0]["findings"][0]
    assert (found["message"], found["place"]["path"]) == ("a\ufffdb", "\ufffd.py")
