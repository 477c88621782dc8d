"""Broken glass holds at once, for a while, and must be confirmed by somebody else in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatepass.model.decision import Verdict
from gatepass.model.override import Approval, ApprovalHow, Match, OverrideStatus
from gatepass.model.policy import BreakGlass, Trust
from gatepass.model.scan import Severity
from gatepass.record.consistency import contradictions
from gatepass.record.predicate import predicate
from gatepass.reports import Report, ReportContext
from gatepass.seam import members
from support.values import NOW, a_policy, an_allowance, an_override, judged, some_facts

GLASS = BreakGlass((("alice",), ()), 8, 24, (("dana", "erin"), ()))
HOUR = timedelta(hours=1)


def broken(**changes):
    fields = {
        "id": "BG-1",
        "reason": "break-glass",
        "approved_by": (),
        "created": NOW - HOUR,
        "expires": NOW + 4 * HOUR,
        "break_glass": True,
        "incident": "INC-4711",
    }
    return an_override(**{**fields, **changes})


def decided(override, *, now=NOW, glass=GLASS, finding=None, **allowance):
    policy = a_policy(allowances=(an_allowance(break_glass=glass, **allowance),))
    decision = judged(some_facts(finding or {}), policies=(policy,), overrides=(override,), now=now)
    [used] = decision.overrides
    passed = decision.verdict is Verdict.PASSED
    assert passed == (used.status is OverrideStatus.IN_FORCE), "only an override in force lets a finding pass"
    return decision


def status(override, **more):
    return decided(override, **more).overrides[0].status


def test_it_holds_before_anybody_confirmed_it_and_says_who_must():
    [used] = decided(broken()).overrides
    assert (used.status, used.covers, used.confirm_by) == (OverrideStatus.IN_FORCE, 1, NOW + 23 * HOUR)
    assert used.message == (
        "broken glass by alice for INC-4711, until 2026-11-22T16:00:00Z; "
        "1 of dana, erin must confirm it before 2026-11-23T11:00:00Z"
    )


def test_at_the_end_of_time_it_is_only_not_yet():
    last = datetime(9999, 12, 31, 22, tzinfo=UTC)
    assert status(broken(created=last, expires=last + HOUR)) is OverrideStatus.NOT_YET


def test_confirmed_it_holds_to_its_end_and_then_is_expired():
    override = broken(approved_by=("dana",))
    [used] = decided(override).overrides
    assert (used.confirm_by, used.message.endswith("confirmed by dana (self-asserted)")) == (None, True)
    for now, expected in (
        (NOW + 4 * HOUR - timedelta(seconds=1), OverrideStatus.IN_FORCE),
        (NOW + 4 * HOUR, OverrideStatus.EXPIRED),
        (NOW + 900 * HOUR, OverrideStatus.EXPIRED),
    ):
        assert status(override, now=now) is expected


def test_unconfirmed_it_ends_with_the_term_and_is_told_of_ever_after():
    short = BreakGlass((("alice",), ()), 8, 2, (("dana",), ()))
    override = broken()
    assert status(override, glass=short, now=NOW + HOUR - timedelta(seconds=1)) is OverrideStatus.IN_FORCE
    for later in (HOUR, 10 * HOUR, 10_000 * HOUR):
        [used] = decided(override, glass=short, now=NOW + later).overrides
        assert used.status is OverrideStatus.UNCONFIRMED
        assert used.message.startswith("was never confirmed: 1 of dana had to confirm it before")


def test_expired_but_still_to_be_confirmed_it_waits():
    [used] = decided(broken(), now=NOW + 5 * HOUR).overrides
    assert used.status is OverrideStatus.EXPIRED
    assert "1 of dana, erin must confirm it before" in used.message
    assert status(broken(), now=NOW + 23 * HOUR) is OverrideStatus.UNCONFIRMED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"requested_by": "ALICE"}, OverrideStatus.IN_FORCE),
        ({"requested_by": "mallory"}, OverrideStatus.UNAUTHORISED),
        ({"expires": NOW + 7 * HOUR}, OverrideStatus.IN_FORCE),
        ({"expires": NOW + 7 * HOUR + timedelta(seconds=1)}, OverrideStatus.TOO_LONG),
        ({"created": NOW + HOUR}, OverrideStatus.NOT_YET),
        ({"match": Match(packages=("lodash",))}, OverrideStatus.UNUSED),
        ({"rule": "other"}, OverrideStatus.UNKNOWN_RULE),
    ],
)
def test_everything_about_it_must_be_in_order(changes, expected):
    assert status(broken(**changes)) is expected


def test_where_the_policy_lets_nobody_break_the_glass_it_stays_whole():
    assert status(broken(), glass=None) is OverrideStatus.NOT_ALLOWED
    assert status(broken(), rules=("other",)) is OverrideStatus.NOT_ALLOWED
    severe = {"severity": Severity.CRITICAL}
    assert status(broken(), severities=("low",), finding=severe) is OverrideStatus.NOT_ALLOWED


@pytest.mark.parametrize("by", ["alice", "Alice", "mallory"])
def test_neither_who_broke_it_nor_a_stranger_confirms_it(by):
    override = broken(approved_by=(by,))
    assert decided(override).overrides[0].confirm_by is not None
    assert status(override, now=NOW + 23 * HOUR) is OverrideStatus.UNCONFIRMED


def test_as_many_confirm_it_as_the_policy_wants():
    glass = BreakGlass((("alice",), ()), 8, 24, (("dana", "erin"), ()), 2)
    one, two = broken(approved_by=("dana", "DANA")), broken(approved_by=("dana", "erin"))
    assert decided(one, glass=glass).overrides[0].confirm_by is not None
    assert decided(two, glass=glass).overrides[0].confirm_by is None


SIGNED = {"accept": (ApprovalHow.SSH_SIGNATURE,), "trust": Trust("d1")}


def signature(by, *names, trust="d1"):
    return Approval(by, ApprovalHow.SSH_SIGNATURE, f"SHA256:{by}", trust, names or (by,))


def test_where_the_policy_takes_nobodys_word_who_breaks_it_signs_it():
    assert status(broken(), **SIGNED) is OverrideStatus.UNAUTHORISED
    own = broken(approved_by=("alice",), approvals=(signature("alice"),))
    assert status(own, **SIGNED) is OverrideStatus.IN_FORCE
    for forged in (signature("alice", trust="d2"), signature("alice", "alice", "mallory"), signature("dana")):
        override = broken(approved_by=(forged.by,), approvals=(forged,))
        assert status(override, **SIGNED) is OverrideStatus.UNAUTHORISED
    both = broken(approved_by=("alice", "dana"), approvals=(signature("alice"), signature("dana")))
    assert decided(both, **SIGNED).overrides[0].confirm_by is None


REVIEWED = {
    "accept": (ApprovalHow.STATED, ApprovalHow.CHANGE_REQUEST, ApprovalHow.COMMIT),
    "trust": Trust("d1"),
}
SHORT = BreakGlass((("alice",), ()), 8, 2, (("dana", "erin"), ()))


def confirmed(*approvals):
    return broken(approved_by=tuple(each.by for each in approvals), approvals=approvals)


def a_review(by="dana", after=HOUR, how=ApprovalHow.CHANGE_REQUEST):
    """A confirmation so long after the glass was broken, an hour before now."""
    trust = "d1" if how is ApprovalHow.COMMIT else None
    return Approval(by, how, trust=trust, at=NOW - HOUR + after)


@pytest.mark.parametrize("how", [ApprovalHow.CHANGE_REQUEST, ApprovalHow.COMMIT])
@pytest.mark.parametrize("late", [2 * HOUR, 3 * HOUR, 300 * HOUR])
@pytest.mark.parametrize("later", [HOUR, 3 * HOUR, 50 * HOUR])
def test_a_confirmation_that_is_known_to_be_late_makes_nothing_good(how, late, later):
    decision = decided(confirmed(a_review(after=late, how=how)), now=NOW + later, glass=SHORT, **REVIEWED)
    [used] = decision.overrides
    assert (used.status, used.confirm_by) == (OverrideStatus.UNCONFIRMED, NOW + HOUR)
    assert used.message.startswith("was not confirmed in time: 1 of dana, erin had to confirm it before")
    assert f"dana ({how.value}) confirmed it at 2026-" in used.message


def test_a_confirmation_in_the_last_second_of_the_term_is_in_time():
    review = a_review(after=2 * HOUR - timedelta(seconds=1))
    [used] = decided(confirmed(review), now=NOW + 3 * HOUR, glass=SHORT, **REVIEWED).overrides
    assert (used.status, used.confirm_by) == (OverrideStatus.IN_FORCE, None)
    assert used.message.endswith("confirmed by dana (change-request)")


@pytest.mark.parametrize("how", [ApprovalHow.SSH_SIGNATURE, ApprovalHow.COMMIT])
def test_what_nobody_can_date_counts_and_that_is_said_once_the_term_is_over(how):
    approval = Approval("dana", how, trust="d1", at=None if how is ApprovalHow.SSH_SIGNATURE else NOW)
    accepted = {"accept": (ApprovalHow.STATED, how), "trust": Trust("d1")}
    doubt = "; nobody can tell whether that was before 2026-11-22T13:00:00Z"
    for later, told in ((HOUR - timedelta(seconds=1), False), (HOUR, True), (5 * HOUR, True)):
        [used] = decided(confirmed(approval), now=NOW + later, glass=SHORT, **accepted).overrides
        assert used.message.endswith(f"confirmed by dana ({how.value})" + (doubt if told else ""))


def test_a_late_review_takes_nothing_from_a_signature_of_the_same_person():
    both = confirmed(a_review(after=9 * HOUR), Approval("dana", ApprovalHow.SSH_SIGNATURE, trust="d1"))
    accepted = {
        "accept": (ApprovalHow.STATED, *SIGNED["accept"], ApprovalHow.CHANGE_REQUEST),
        "trust": Trust("d1"),
    }
    assert decided(both, now=NOW + 3 * HOUR, glass=SHORT, **accepted).overrides[0].confirm_by is None


def test_of_two_who_must_confirm_it_one_is_late():
    two = BreakGlass((("alice",), ()), 8, 2, (("dana", "erin"), ()), 2)
    override = confirmed(a_review("dana"), a_review("erin", 5 * HOUR))
    [used] = decided(override, now=NOW + 3 * HOUR, glass=two, **REVIEWED).overrides
    assert used.status is OverrideStatus.UNCONFIRMED
    assert "dana" not in used.message.partition("; ")[2]
    assert "erin (change-request) confirmed it at" in used.message


@pytest.mark.parametrize("name", ["text", "markdown", "json", "sarif", "sarif-github"])
def test_every_output_tells_of_it_on_a_line_of_its_own(name):
    report = members("gatepass.reports", Report)[name]
    waiting = report.render(decided(broken()), ReportContext())
    never = report.render(decided(broken(), now=NOW + 23 * HOUR), ReportContext())
    for text, word in ((waiting, "BREAK GLASS"), (never, "NEVER CONFIRMED")):
        said = " ".join(text.split())
        assert word in said
        assert "BG-1 by alice for INC-4711" in said


def test_sarif_has_a_notification_of_its_own_for_it():
    import json

    report = members("gatepass.reports", Report)["sarif"]
    log = json.loads(report.render(decided(broken()), ReportContext()))
    run = log["runs"][0]
    told = run["invocations"][0]["toolExecutionNotifications"]
    [notice] = [each for each in told if each["descriptor"]["id"] == "gatepass/break-glass"]
    assert notice["message"]["text"].startswith("BREAK GLASS: BG-1 by alice for INC-4711")
    [suppression] = run["results"][0]["suppressions"]
    assert suppression["properties"]["breakGlass"] is True
    assert suppression["properties"]["incident"] == "INC-4711"


@pytest.mark.parametrize("later", [0, 23])
def test_the_record_has_an_entry_of_its_own_for_it(later):
    made = predicate(decided(broken(), now=NOW + later * HOUR))
    [entry] = made["breakGlass"]
    assert (entry["id"], entry["incident"], entry["by"]) == ("BG-1", "INC-4711", "alice")
    assert entry["status"] == ("in-force" if later == 0 else "unconfirmed")
    assert entry["confirmBy"] == "2026-11-23T11:00:00Z"
    assert contradictions(made) == ()
    hidden = {key: value for key, value in made.items() if key != "breakGlass"}
    assert "the broken glass BG-1 is not told of as it stands" in contradictions(hidden)
    eased = {**made, "breakGlass": [{**entry, "status": "expired"}]}
    assert "the broken glass BG-1 is not told of as it stands" in contradictions(eased)


def test_a_decision_without_broken_glass_says_nothing_of_it():
    policy = a_policy(allowances=(an_allowance(),))
    decision = judged(some_facts(), policies=(policy,), overrides=(an_override(),))
    assert "breakGlass" not in predicate(decision)


def test_an_approved_override_is_named_before_a_broken_glass():
    policy = a_policy(allowances=(an_allowance(break_glass=GLASS),))
    both = (broken(), an_override())
    decision = judged(some_facts({}), policies=(policy,), overrides=both)
    assert decision.results[0].findings[0].override.id == "OVR-1"
    assert [(each.override.id, each.covers) for each in decision.overrides] == [("BG-1", 1), ("OVR-1", 1)]
