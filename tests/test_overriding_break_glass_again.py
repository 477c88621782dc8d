"""A broken glass that nobody confirmed in time blocks further ones, until somebody confirms it late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.decision import Subject, Verdict
from gatepass.model.override import Approval, ApprovalHow, Bringer, Match, OverrideStatus, Revocation, Trace
from gatepass.model.place import Place
from gatepass.model.policy import BreakGlass, Trust
from gatepass.record.consistency import contradictions
from gatepass.record.predicate import predicate
from gatepass.reports import Report, ReportContext
from gatepass.seam import members
from support.values import NOW, a_policy, a_rule, an_allowance, an_override, judged, some_facts

LODASH = {"subject": Subject(package="lodash", vulnerabilities=("CVE-1", "GHSA-1"))}
HOUR = timedelta(hours=1)
SHORT = BreakGlass((("alice", "bob"), ()), 8, 2, (("dana", "erin"), ()))
REVIEWED = {
    "accept": (ApprovalHow.STATED, ApprovalHow.CHANGE_REQUEST, ApprovalHow.SSH_SIGNATURE),
    "trust": Trust("d1"),
}


def broken(id_="BG-2", **changes):
    fields = {
        "reason": "break-glass",
        "approved_by": (),
        "created": NOW - HOUR,
        "expires": NOW + 4 * HOUR,
        "break_glass": True,
        "incident": "INC-4712",
        "sha256": id_[-1] * 64,
    }
    return an_override(id_, **{**fields, **changes})


def earlier(**changes):
    """One whose term was over an hour ago, and that holds no longer either way."""
    return broken(
        "BG-1", **{"created": NOW - 3 * HOUR, "expires": NOW + HOUR, "incident": "INC-4711", **changes}
    )


def decided(*overrides, rules=("tested",), finding=None, same=(), glass=SHORT, now=NOW, **allowance):
    more = {"parameters": {"same-person": [list(each) for each in same]}} if same else {}
    made = [a_rule(each, **more) for each in rules]
    policy = a_policy(*made, allowances=(an_allowance(break_glass=glass, **allowance),))
    return judged(some_facts(finding or {}), policies=(policy,), overrides=overrides, now=now)


def statuses(*overrides, **more):
    return {(each.override.id, each.status) for each in decided(*overrides, **more).overrides}


def second(*overrides, **more):
    decision = decided(*overrides, **more)
    [used] = [each for each in decision.overrides if each.override.id == "BG-2"]
    passed = decision.verdict is Verdict.PASSED
    assert passed is (used.status is OverrideStatus.IN_FORCE), "what is blocked lets nothing through"
    return used


def test_alone_the_second_holds():
    assert second(broken()).status is OverrideStatus.IN_FORCE


def test_a_second_one_by_the_same_is_blocked_and_says_by_which_and_what_to_do():
    used = second(earlier(), broken())
    assert (used.status, used.covers, used.would_cover) == (OverrideStatus.BLOCKED, 0, 1)
    assert used.message == (
        "an earlier one stands in its way: BG-1 by alice for INC-4711; confirm it late: gatepass override "
        "approve BG-1 (1 of dana, erin had to confirm it before 2026-11-22T11:00:00Z, and nobody has)"
    )


def test_the_first_blocks_from_the_end_of_its_term_on_and_not_before():
    one, two = earlier(created=NOW - 2 * HOUR), broken()
    assert second(one, two, now=NOW - timedelta(seconds=1)).status is OverrideStatus.IN_FORCE
    assert second(one, two, now=NOW).status is OverrideStatus.BLOCKED


def test_the_first_blocks_for_ever_though_it_is_long_over():
    one = earlier(created=NOW - 9000 * HOUR, expires=NOW - 8999 * HOUR)
    assert second(one, broken()).status is OverrideStatus.BLOCKED


def test_a_third_one_is_told_of_both_before_it():
    third = broken("BG-3", created=NOW)
    two = broken(created=NOW - 3 * HOUR + timedelta(minutes=1))
    [used] = [each for each in decided(earlier(), two, third).overrides if each.override.id == "BG-3"]
    assert "BG-1 by alice" in used.message
    assert used.message.endswith("; after it BG-2")


@pytest.mark.parametrize("by", ["alice", "Alice", "ALICE"])
def test_the_same_is_the_same_however_it_is_written(by):
    one = earlier(match=Match(packages=("express",)))
    two = broken(requested_by=by, match=Match(packages=("lodash",)))
    assert second(one, two, finding=LODASH).status is OverrideStatus.BLOCKED


def test_a_second_account_of_the_same_is_the_same():
    one = earlier(match=Match(packages=("express",)))
    two = broken(requested_by="bob", match=Match(packages=("lodash",)))
    finding = LODASH
    assert second(one, two, finding=finding).status is OverrideStatus.IN_FORCE
    for same in ([["alice", "bob"]], [["Bob", "x"], ["x", "ALICE"]]):
        assert second(one, two, finding=finding, same=same).status is OverrideStatus.BLOCKED


def test_who_breaks_it_under_another_name_is_the_same():
    one, finding = earlier(match=Match(packages=("express",))), LODASH
    two = broken(requested_by="bob", match=Match(packages=("lodash",)))
    by_alice, by_carol = (
        (Bringer((name,), "commit 1, as it says itself", "1" * 40),) for name in ("alice", "carol")
    )
    assert second(one, replace(two, brought_by=by_alice), finding=finding).status is OverrideStatus.BLOCKED
    other = replace(one, requested_by="bob", brought_by=by_alice)
    alone = replace(two, requested_by="alice")
    assert second(other, alone, finding=finding).status is OverrideStatus.BLOCKED
    both = (replace(each, brought_by=by_carol) for each in (one, two))
    assert second(*both, finding=finding).status is OverrideStatus.IN_FORCE


def test_the_same_does_not_break_it_for_another_rule_and_a_colleague_does():
    one = earlier(rule="other")
    rules = ("tested", "other")
    both = {"rules": rules, "finding": {}}
    for by, expected in (("alice", OverrideStatus.BLOCKED), ("bob", OverrideStatus.IN_FORCE)):
        decision = decided(one, broken(requested_by=by), **both)
        assert decision.overrides[1].status is expected


@pytest.mark.parametrize(
    ("first", "other", "blocked"),
    [
        ({"whole_rule": True}, {"whole_rule": True}, True),
        ({"whole_rule": True}, {"packages": ("lodash",)}, True),
        ({"packages": ("lodash",)}, {"whole_rule": True}, True),
        ({"packages": ("express",)}, {"packages": ("lodash",)}, False),
        ({"packages": ("express", "lodash")}, {"packages": ("lodash",)}, True),
        ({"packages": ("lo*",)}, {"packages": ("lodash",)}, True),
        ({"packages": ("lodash",)}, {"packages": ("lo*",)}, True),
        ({"packages": ("ex*",)}, {"packages": ("lodash",)}, False),
        ({"packages": ("ex*",)}, {"packages": ("lo*",)}, True),
        ({"packages": ("!express", "ex*")}, {"packages": ("lodash",)}, False),
        ({"vulnerabilities": ("CVE-1",)}, {"vulnerabilities": ("cve-1", "CVE-3")}, True),
        ({"vulnerabilities": ("CVE-2",)}, {"vulnerabilities": ("CVE-1",)}, False),
        ({"vulnerabilities": ("GHSA-1",)}, {"vulnerabilities": ("CVE-1",)}, True),
        ({"vulnerabilities": ("CVE-1",), "packages": ("express",)}, {"packages": ("lodash",)}, False),
        ({"paths": ("src/**",)}, {"packages": ("lodash",)}, True),
        ({"whole_rule": True, "artifacts": ("sha256:old",)}, {"whole_rule": True}, True),
        ({"whole_rule": True}, {"whole_rule": True, "missing_evidence": True}, True),
    ],
)
def test_a_colleague_is_blocked_where_something_could_be_for_both(first, other, blocked):
    finding = LODASH
    used = second(
        earlier(match=Match(**first)), broken(requested_by="bob", match=Match(**other)), finding=finding
    )
    assert used.status is (OverrideStatus.BLOCKED if blocked else OverrideStatus.IN_FORCE)


# --- what clears the way


def approval(by="dana", how=ApprovalHow.CHANGE_REQUEST, at=None):
    trust = "d1" if how is ApprovalHow.SSH_SIGNATURE else None
    return Approval(by, how, f"SHA256:{by}" if trust else None, trust, at=at)


def confirmed(*approvals, **changes):
    return earlier(approved_by=tuple(each.by for each in approvals), approvals=approvals, **changes)


def test_a_confirmation_after_the_term_clears_the_way_and_revives_nothing():
    one = confirmed(approval(at=NOW - timedelta(minutes=1)))
    assert statuses(one, broken(), **REVIEWED) == {
        ("BG-1", OverrideStatus.UNCONFIRMED),
        ("BG-2", OverrideStatus.IN_FORCE),
    }


def test_of_two_who_must_confirm_it_both_clear_the_way():
    two = BreakGlass((("alice", "bob"), ()), 8, 2, (("dana", "erin"), ()), 2)
    late = NOW - timedelta(minutes=1)
    assert "too few have" in second(confirmed(approval(at=late)), broken(), glass=two, **REVIEWED).message
    both = confirmed(approval(at=late), approval("erin", at=late))
    assert second(both, broken(), glass=two, **REVIEWED).status is OverrideStatus.IN_FORCE
    same = [["dana", "erin"]]
    assert second(both, broken(), glass=two, same=same, **REVIEWED).status is OverrideStatus.BLOCKED


@pytest.mark.parametrize(
    "given",
    [
        approval("alice"),
        approval("bob"),
        approval("mallory"),
        approval("alice", ApprovalHow.SSH_SIGNATURE),
        Approval("dana", ApprovalHow.SSH_SIGNATURE, "SHA256:x", "another list"),
        Approval("dana", ApprovalHow.COMMIT, "SHA256:x", "d1"),
    ],
    ids=[
        "who broke it",
        "another who may break it",
        "a stranger",
        "its signature",
        "an unknown key",
        "a way",
    ],
)
def test_nobody_else_and_no_other_way_clears_it(given):
    assert second(confirmed(given), broken(), **REVIEWED).status is OverrideStatus.BLOCKED


def test_a_second_account_of_who_broke_it_does_not_clear_the_way():
    one = confirmed(approval())
    assert second(one, broken(), same=[["alice", "dana"]], **REVIEWED).status is OverrideStatus.BLOCKED


def test_that_it_is_revoked_does_not_clear_the_way():
    ended = Revocation("alice", "never mind", NOW - HOUR, Place("overrides/BG-1.revocation.yaml"), "0" * 64)
    found = statuses(earlier(revocation=ended), broken())
    assert found == {("BG-1", OverrideStatus.REVOKED), ("BG-2", OverrideStatus.BLOCKED)}


def test_that_its_signature_is_gone_does_not_clear_the_way():
    signed_only = {"accept": (ApprovalHow.SSH_SIGNATURE,), "trust": Trust("d1")}
    own = Approval("alice", ApprovalHow.SSH_SIGNATURE, "SHA256:alice", "d1")
    two = broken(approved_by=("alice",), approvals=(own,))
    assert second(two, **signed_only).status is OverrideStatus.IN_FORCE
    found = statuses(earlier(), two, **signed_only)
    assert found == {("BG-1", OverrideStatus.UNAUTHORISED), ("BG-2", OverrideStatus.BLOCKED)}


# --- what never held blocks nothing


@pytest.mark.parametrize(
    "changes",
    [
        {"requested_by": "mallory"},
        {"expires": NOW + 6 * HOUR},
        {"rule": "gone"},
        {"created": NOW + HOUR, "expires": NOW + 2 * HOUR},
        {"break_glass": False, "reason": "mitigated"},
    ],
    ids=["by a stranger", "for too long", "for no rule", "not yet", "a request"],
)
def test_what_never_held_blocks_nothing(changes):
    assert second(earlier(**changes), broken()).status is OverrideStatus.IN_FORCE


def test_only_broken_glass_is_blocked():
    other = an_override("OVR-1", approved_by=("dana",))
    found = statuses(earlier(), broken(), other)
    assert ("OVR-1", OverrideStatus.IN_FORCE) in found


# --- when it says that it was broken


def test_what_says_it_was_first_is_blocked_unless_it_is_confirmed():
    long = BreakGlass((("alice", "bob"), ()), 8, 24, (("dana", "erin"), ()))
    policy = a_policy(
        a_rule("other"),
        a_rule(),
        allowances=(
            an_allowance(rules=("other",), break_glass=SHORT),
            an_allowance(rules=("tested",), break_glass=long),
        ),
    )
    for approved_by, expected in (((), OverrideStatus.BLOCKED), (("dana",), OverrideStatus.IN_FORCE)):
        two = broken(created=NOW - 4 * HOUR, approved_by=approved_by)
        decision = judged(some_facts({}), policies=(policy,), overrides=(earlier(rule="other"), two))
        assert decision.overrides[1].status is expected


def test_a_confirmed_one_that_came_later_waits_as_well():
    assert second(earlier(), broken(approved_by=("dana",))).status is OverrideStatus.BLOCKED


# --- what git alone knows of


TRACE = Trace("refs/remotes/origin/main", "0123456789abcdef" * 2 + "01234567")


def test_a_trace_blocks_and_is_told_of_and_covers_nothing():
    decision = decided(earlier(trace=TRACE), broken())
    one, two = decision.overrides
    assert (one.status, one.covers, two.status) == (OverrideStatus.UNCONFIRMED, 0, OverrideStatus.BLOCKED)
    gone = "overrides/BG-1.yaml is gone or edited here"
    assert one.message.endswith(f"{gone}, and refs/remotes/origin/main has had it")
    assert f"{gone}: put it back (git cat-file blob 0123456789ab) and confirm it late" in two.message
    made = predicate(decision)
    assert made["overrides"][0]["trace"] == {"ref": TRACE.ref, "blob": TRACE.blob}
    assert contradictions(made) == ()


def test_a_trace_never_holds_itself():
    waiting = earlier(created=NOW - HOUR, trace=TRACE)
    decision = decided(waiting)
    assert (decision.verdict, decision.overrides) == (Verdict.FAILED, ())


def test_a_trace_that_was_confirmed_is_not_told_of():
    one = confirmed(approval(how=ApprovalHow.SSH_SIGNATURE), trace=TRACE)
    assert statuses(one, broken(), **REVIEWED) == {("BG-2", OverrideStatus.IN_FORCE)}


@pytest.mark.parametrize(
    "changes",
    [{"created": NOW - HOUR}, {"requested_by": "bob"}, {"match": Match(packages=("x",)), "created": NOW}],
)
def test_the_same_id_with_other_words_is_another_glass(changes):
    one = earlier(trace=TRACE)
    two = earlier(**{"expires": NOW + HOUR, "sha256": "9" * 64, **changes})
    found = [(each.override.trace is not None, each.status) for each in decided(one, two).overrides]
    assert (True, OverrideStatus.UNCONFIRMED) in found
    assert (False, OverrideStatus.IN_FORCE) not in found


def test_many_findings_take_no_longer_than_they_are_many():
    found = [{"identity": (str(number),), "subject": Subject(package=f"p{number}")} for number in range(4000)]
    one = earlier(match=Match(packages=("express",)))
    two = broken(requested_by="bob", match=Match(packages=("p*",)))
    policy = a_policy(allowances=(an_allowance(break_glass=SHORT),))
    decision = judged(some_facts(*found), policies=(policy,), overrides=(one, two))
    assert decision.overrides[1].covers == 4000


@pytest.mark.parametrize("name", ["text", "markdown", "json", "sarif"])
def test_every_output_tells_what_stands_in_the_way(name):
    report = members("gatepass.reports", Report)[name]
    said = " ".join(report.render(decided(earlier(trace=TRACE), broken()), ReportContext()).split())
    assert "gatepass override approve BG-1" in said
    assert "NEVER CONFIRMED" in said
