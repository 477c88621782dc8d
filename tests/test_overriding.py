"""An override lets a finding through only while everything about it is in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.build import Artifact
from gatepass.model.decision import Outcome, Subject, Verdict
from gatepass.model.override import Match, OverrideStatus
from gatepass.model.scan import Severity
from support.values import BUILD, NOW, a_policy, a_rule, an_allowance, an_override, judged, some_facts

LODASH = {
    "message": "lodash",
    "identity": ("CVE-2020-8203", "lodash"),
    "severity": Severity.HIGH,
    "subject": Subject(
        path="web/package.json",
        vulnerabilities=("SNYK-JS-LODASH-590103", "CVE-2020-8203"),
        package="lodash",
        fixable=True,
    ),
}


def use(override, *, finding=LODASH, allowance=None, now=NOW, rule=None, allowed=True):
    allowances = (allowance or an_allowance(),) if allowed else ()
    policy = a_policy(rule or a_rule(), allowances=allowances)
    decision = judged(some_facts(finding), policies=(policy,), overrides=(override,), now=now)
    [used] = decision.overrides
    passed = decision.verdict is Verdict.PASSED
    assert passed == (used.status is OverrideStatus.IN_FORCE), "only an override in force lets a finding pass"
    return used


def test_an_override_in_force_covers_the_finding_and_says_so():
    used = use(an_override())
    assert (used.status, used.covers) == (OverrideStatus.IN_FORCE, 1)


def test_an_override_stops_working_the_instant_it_expires():
    override = an_override(expires=NOW)
    assert use(override, now=NOW - timedelta(seconds=1)).status is OverrideStatus.IN_FORCE
    expired = use(override)
    assert (expired.status, expired.would_cover) == (OverrideStatus.EXPIRED, 1)
    assert expired.message == "expired at 2026-11-22T12:00:00Z"


def test_an_override_does_not_work_before_it_was_created():
    assert use(an_override(created=NOW + timedelta(seconds=1))).status is OverrideStatus.NOT_YET
    assert use(an_override(created=NOW)).status is OverrideStatus.IN_FORCE


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"approved_by": ("alice",), "requested_by": "alice"}, OverrideStatus.UNAUTHORISED),
        ({"approved_by": ("Dana",), "requested_by": "dana"}, OverrideStatus.UNAUTHORISED),
        ({"approved_by": ("mallory",)}, OverrideStatus.UNAUTHORISED),
        ({"approved_by": ("DANA",)}, OverrideStatus.IN_FORCE),
        ({"reason": "in a hurry"}, OverrideStatus.NOT_ALLOWED),
        ({"created": NOW - timedelta(days=20), "expires": NOW + timedelta(days=11)}, OverrideStatus.TOO_LONG),
        ({"created": NOW - timedelta(days=20), "expires": NOW + timedelta(days=10)}, OverrideStatus.IN_FORCE),
        ({"rule": "other"}, OverrideStatus.UNKNOWN_RULE),
        ({"rule": "other/tested"}, OverrideStatus.UNKNOWN_RULE),
        ({"rule": "release/tested"}, OverrideStatus.IN_FORCE),
        ({"drop_if_fixable": True}, OverrideStatus.FIXABLE),
    ],
)
def test_everything_about_an_override_must_be_in_order(changes, status):
    assert use(an_override(**changes)).status is status


def test_a_day_as_expiry_is_the_end_of_that_day():
    created = NOW.replace(hour=0) - timedelta(days=20)
    override = an_override(created=created, expires=created + timedelta(days=31))
    assert use(override).status is OverrideStatus.IN_FORCE
    longer = an_override(created=created, expires=created + timedelta(days=32))
    assert use(longer).status is OverrideStatus.TOO_LONG


def test_the_requester_does_not_count_among_several_approvers():
    allowance = an_allowance(minimum=2)
    one = an_override(requested_by="dana", approved_by=("dana", "erin"))
    two = an_override(requested_by="alice", approved_by=("dana", "erin"))
    assert use(one, allowance=allowance).status is OverrideStatus.UNAUTHORISED
    assert use(two, allowance=allowance).status is OverrideStatus.IN_FORCE


def test_the_same_person_in_two_spellings_is_one():
    allowance = an_allowance(minimum=2)
    override = an_override(approved_by=("dana", "DANA"))
    assert use(override, allowance=allowance).status is OverrideStatus.UNAUTHORISED


def test_members_of_a_team_may_approve():
    allowance = an_allowance(users=(), teams=(("acme/appsec", ("frank",)),))
    assert use(an_override(approved_by=("frank",)), allowance=allowance).status is OverrideStatus.IN_FORCE
    assert use(an_override(), allowance=allowance).status is OverrideStatus.UNAUTHORISED


def test_a_rule_that_no_allowance_names_is_never_overridden():
    assert use(an_override(), allowed=False).status is OverrideStatus.NOT_ALLOWED
    other = an_allowance(rules=("other-*",))
    assert use(an_override(), allowance=other).status is OverrideStatus.NOT_ALLOWED


def test_a_ticket_that_the_policy_wants_must_be_there():
    allowance = an_allowance(require=("ticket",))
    assert use(an_override(), allowance=allowance).status is OverrideStatus.NOT_ALLOWED
    assert use(an_override(ticket="SEC-1"), allowance=allowance).status is OverrideStatus.IN_FORCE


def test_only_some_severities_may_be_overridden():
    allowance = an_allowance(severities=("low", "medium"))
    assert use(an_override(), allowance=allowance).status is OverrideStatus.NOT_ALLOWED
    mild = {**LODASH, "severity": Severity.LOW}
    assert use(an_override(), allowance=allowance, finding=mild).status is OverrideStatus.IN_FORCE
    unjudged = {**LODASH, "severity": None}
    assert use(an_override(), allowance=allowance, finding=unjudged).status is OverrideStatus.NOT_ALLOWED


FINGERPRINT = judged(some_facts(LODASH)).results[0].findings[0].fingerprint


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(vulnerabilities=("cve-2020-8203",)), True),
        (Match(vulnerabilities=("CVE-2020-0000",)), False),
        (Match(packages=("lodash",)), True),
        (Match(packages=("lodash-*",)), False),
        (Match(vulnerabilities=("CVE-2020-8203",), packages=("express",)), False),
        (Match(paths=("web/**",)), True),
        (Match(paths=("api/**",)), False),
        (Match(fingerprints=(FINGERPRINT,)), True),
        (Match(fingerprints=("0" * 32,)), False),
        (Match(artifacts=("sha256:" + "0" * 64,)), False),
    ],
)
def test_everything_that_a_match_says_must_fit(match, fits):
    used = use(an_override(match=match))
    assert (used.status is OverrideStatus.IN_FORCE) is fits
    if not fits:
        assert (used.status, used.message) == (
            OverrideStatus.UNUSED,
            "matches nothing that was found; it can go",
        )


def test_an_exception_for_a_figure_does_not_excuse_that_nothing_was_measured():
    policy = a_policy(allowances=(an_allowance(),))
    lenient = judged(policies=(policy,), overrides=(an_override(),))
    assert lenient.results[0].outcome is Outcome.ERROR
    assert "here evidence is missing" in lenient.overrides[0].message
    written = an_override(match=Match(whole_rule=True, missing_evidence=True))
    assert judged(policies=(policy,), overrides=(written,)).results[0].outcome is Outcome.OVERRIDDEN


def test_one_finding_that_nothing_covers_still_fails_the_rule():
    other = {"message": "other", "identity": ("other",)}
    override = an_override(match=Match(packages=("lodash",)))
    policy = a_policy(allowances=(an_allowance(),))
    decision = judged(some_facts(LODASH, other), policies=(policy,), overrides=(override,))
    assert decision.results[0].outcome is Outcome.FAIL
    assert [f.message for f in decision.results[0].overridden] == ["lodash"]


def test_an_allowance_of_one_policy_does_not_reach_into_another():
    strict = a_policy(a_rule(policy="strict"), name="strict")
    lax = a_policy(allowances=(an_allowance(),))
    decision = judged(some_facts(LODASH), policies=(strict, lax), overrides=(an_override(),))
    assert [result.outcome for result in decision.results] == [Outcome.FAIL, Outcome.OVERRIDDEN]


def test_a_request_lets_nothing_through_and_says_who_may_approve_it():
    used = use(an_override(approved_by=()))
    assert (used.status, used.would_cover) == (OverrideStatus.REQUESTED, 1)
    assert used.message == "nobody has approved it; 1 of dana, erin may"


@pytest.mark.parametrize(
    ("changes", "allowance", "why"),
    [
        ({"reason": "in a hurry"}, {}, "its reason 'in a hurry' is not one of mitigated, risk-accepted"),
        ({"expires": NOW}, {}, "expired at 2026-11-22T12:00:00Z"),
        ({"created": NOW + timedelta(days=1)}, {}, "holds only from 2026-11-23T12:00:00Z"),
        ({"expires": NOW + timedelta(days=40)}, {}, "lasts 50 days; at most 30 are allowed"),
        ({}, {"require": ("ticket",)}, "the policy wants a ticket"),
        ({}, {"rules": ("other",)}, "the policy release does not let tested be overridden"),
        (
            {"requested_by": "Dana"},
            {"users": ("dana",)},
            "has 0 of 1 approvals by dana; approved by nobody else",
        ),
    ],
)
def test_a_request_that_nobody_could_approve_says_why(changes, allowance, why):
    used = use(an_override(approved_by=(), **changes), allowance=an_allowance(**allowance))
    assert used.status is OverrideStatus.REQUESTED
    assert used.message == f"nobody has approved it, and nobody could: {why}"


def test_a_request_for_a_rule_that_no_policy_has_is_a_request_that_nobody_could_approve():
    used = use(an_override(approved_by=(), rule="other"))
    assert used.status is OverrideStatus.REQUESTED
    assert used.message == "nobody has approved it, and nobody could: no policy has a rule 'other'"


@pytest.mark.parametrize(
    ("left", "soon"),
    [
        (timedelta(seconds=1), True),
        (timedelta(days=14), True),
        (timedelta(days=14, seconds=1), False),
    ],
)
def test_an_override_in_force_is_said_to_expire_soon_in_its_last_14_days(left, soon):
    override = an_override(expires=NOW + left)
    policy = a_policy(allowances=(an_allowance(),))
    decision = judged(some_facts(LODASH), policies=(policy,), overrides=(override,))
    assert [each.override.id for each in decision.overrides_expiring_soon] == ["OVR-1"] * soon
    unused = judged(some_facts(), policies=(policy,), overrides=(override,))
    assert unused.overrides_expiring_soon == ()


ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")


@pytest.mark.parametrize(
    ("made", "named", "status"),
    [
        ((ONE,), (ONE,), OverrideStatus.IN_FORCE),
        ((ONE,), (ONE, TWO), OverrideStatus.IN_FORCE),
        ((ONE, TWO), (ONE, TWO), OverrideStatus.IN_FORCE),
        ((ONE, TWO), (ONE,), OverrideStatus.UNUSED),
        ((THREE,), (ONE, TWO), OverrideStatus.UNUSED),
        ((), (ONE,), OverrideStatus.UNUSED),
    ],
)
def test_an_override_for_artifacts_holds_in_the_builds_of_these_alone(made, named, status):
    artifacts = tuple(Artifact(each, (("sha256", each.removeprefix("sha256:")),)) for each in made)
    decision = judged(
        some_facts(LODASH),
        policies=(a_policy(allowances=(an_allowance(),)),),
        overrides=(an_override(match=Match(artifacts=named)),),
        build=replace(BUILD, artifacts=artifacts),
    )
    assert decision.overrides[0].status is status
    assert (decision.verdict is Verdict.PASSED) == (status is OverrideStatus.IN_FORCE)


def test_an_artifact_without_such_a_digest_is_covered_by_no_override():
    build = replace(BUILD, artifacts=(Artifact("a", (("sha512", "1" * 128),)),))
    override = an_override(match=Match(artifacts=(ONE,)))
    policies = (a_policy(allowances=(an_allowance(),)),)
    decision = judged(some_facts(LODASH), policies=policies, overrides=(override,), build=build)
    assert decision.overrides[0].status is OverrideStatus.UNUSED
