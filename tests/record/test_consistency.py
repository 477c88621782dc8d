from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import VerificationError
from gatepass.model.decision import FindingKind, Outcome, RuleResult
from gatepass.model.policy import Enforcement, OnMissing
from gatepass.record import decision_statement
from gatepass.record.consistency import contradictions
from support.decisions import AT, a_decision, a_finding, a_rule, all_results, an_override


def predicate_of(decision):
    return decision_statement(decision)["predicate"]


def rule_of(predicate, name):
    return next(rule for rule in predicate["rules"] if rule["id"] == name)


def test_an_honest_predicate_agrees_with_itself():
    assert contradictions(predicate_of(a_decision())) == ()


def at_rule(name, **changes):
    return lambda predicate: rule_of(predicate, name).update(changes)


def at_findings(name, **changes):
    return lambda predicate: rule_of(predicate, name)["findings"].update(changes)


def at_finding(name, **changes):
    return lambda predicate: rule_of(predicate, name)["findings"]["items"][0].update(changes)


def at_entry(name, number, **changes):
    return lambda predicate: predicate[name][number].update(changes)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (at_rule("coverage", outcome="pass"), "the outcome is pass, its findings make it fail"),
        (at_rule("coverage", outcome="error"), "the outcome is error"),
        (at_rule("coverage", enforcement="warn"), "warns, the record says blocks"),
        (at_rule("coverage", effectiveOn="2027-01-01T00:00:00Z"), "warns, the record says blocks"),
        (at_rule("signed-commits", effectiveOn="2026-11-22T20:00:00Z"), "blocks, the record says warns"),
        (at_rule("reviewed", onMissing="skip"), "warns, the record says blocks"),
        (at_rule("fuzzing", onMissing="fail"), "blocks, the record says warns"),
        (at_rule("coverage", notApplicable="not today"), "make it not-applicable"),
        (at_rule("freeze", outcome="pass"), "make it not-applicable"),
        (at_rule("tests", sources=["other.xml"]), "the source other.xml was used but is not listed"),
        (at_finding("coverage", effect="warns"), "blocks, the record says warns"),
        (at_finding("coverage", message="all is well"), "not those of its digest"),
        (at_finding("coverage", override="OVR-2026-014"), "overridden, the record says blocks"),
        (at_finding("licences", override="OVR-2026-100"), "OVR-2026-100 is not in force"),
        (at_finding("snyk", warnsUntil="2026-11-22T20:00:00Z"), "blocks, the record says warns"),
        (at_findings("coverage", count=1), "do not add up"),
        (at_findings("coverage", count=0, blocking=0), "do not add up"),
        (at_findings("coverage", count=0, blocking=0, items=[]), "not those of its digest"),
        (at_findings("coverage", items=[]), "do not add up"),
        (at_entry("policies", 0, applied=False), "not true of the policy release"),
        (at_entry("policies", 1, applied=True), "not true of the policy production"),
        (at_entry("policies", 1, applied=None), "not true of the policy production"),
        (at_entry("inputs", 0, used=False), "not true of the input junit.xml"),
        (at_entry("inputs", 5, used=True), "not true of the input copy/junit.xml"),
        (at_findings("coverage", blocking=1, warning=1), "do not add up"),
        (at_findings("lint", warning=0, overridden=1), "do not add up"),
    ],
)
def test_a_predicate_that_was_changed_in_one_place_contradicts_itself(change, reason):
    predicate = copy.deepcopy(predicate_of(a_decision()))
    change(predicate)
    assert any(reason in each for each in contradictions(predicate))


def test_nothing_judged_is_never_passed():
    results = [r for r in all_results() if r.outcome is Outcome.NOT_APPLICABLE]
    for decision in (a_decision(results=results), a_decision(results=[])):
        predicate = predicate_of(decision)
        assert predicate["verdict"] == "FAILED"
        assert contradictions(predicate) == ()
        predicate["verdict"] = "PASSED"
        assert contradictions(predicate) == ("the verdict is PASSED, its rules make it FAILED",)


@pytest.mark.parametrize(
    "change",
    [
        at_rule("coverage", findings=None),
        at_rule("coverage", sources="coverage.xml"),
        at_rule("coverage", outcome=None),
        at_finding("coverage", kind="rumour"),
        at_finding("snyk", warnsUntil="soon"),
        at_finding("licences", override=""),
        at_findings("coverage", count="2"),
        at_findings("coverage", count=True),
        at_findings("coverage", blocking=-1),
        at_findings("coverage", items=[1]),
        at_findings("coverage", digest={}),
        lambda predicate: predicate.pop("evaluatedAt"),
        lambda predicate: predicate.update(overrides={}),
        lambda predicate: predicate.update(verdict=None),
    ],
)
def test_a_predicate_of_another_shape_is_refused(change):
    predicate = copy.deepcopy(predicate_of(a_decision()))
    change(predicate)
    with pytest.raises(VerificationError):
        contradictions(predicate)


findings = st.builds(
    lambda kind, until, covered: replace(
        a_finding("release/any", "m", "p", 1, kind=kind),
        warns_until=AT + timedelta(hours=until) if until is not None else None,
        override=an_override("OVR-2026-014", "any") if covered else None,
    ),
    st.sampled_from(FindingKind),
    st.none() | st.integers(-1, 1),
    st.booleans(),
)
results = st.builds(
    lambda enforcement, missing, effective, found, reason: RuleResult(
        rule=a_rule(
            "any",
            "any",
            1,
            enforcement=enforcement,
            on_missing=missing,
            effective_on=AT + timedelta(hours=effective) if effective is not None else None,
        ),
        at=AT,
        findings=tuple(found),
        not_applicable=reason,
    ),
    st.sampled_from(Enforcement),
    st.sampled_from(OnMissing),
    st.none() | st.integers(-1, 1),
    st.lists(findings, max_size=3),
    st.sampled_from([None, None, "out of scope"]),
)


@given(st.lists(results, max_size=3))
@settings(deadline=None, max_examples=150)
def test_the_second_derivation_agrees_with_the_first(made):
    assert contradictions(predicate_of(a_decision(results=made))) == ()
