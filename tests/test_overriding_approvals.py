"""Which approvals of an override count: how they were given, by whom, and how well that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.approvals import Approvals, Person, PersonKind, Review, ReviewState, Version
from gatepass.model.build import Assurance
from gatepass.model.decision import Verdict
from gatepass.model.override import Approval, ApprovalHow, OverrideStatus, Revocation
from gatepass.model.place import Place
from gatepass.model.policy import Trust
from gatepass.model.scan import Severity
from gatepass.model.source import Source
from support.values import BUILD, NOW, a_policy, an_allowance, an_override, judged, some_facts

HEAD = BUILD.commit
TRUST = Trust("d1")
SIGNED = {"accept": (ApprovalHow.SSH_SIGNATURE,), "trust": TRUST}
REVIEWED = {"accept": (ApprovalHow.CHANGE_REQUEST,)}


def a_signature(by="dana", **changes):
    return replace(Approval(by, ApprovalHow.SSH_SIGNATURE, "SHA256:abc", "d1", (by,)), **changes)


def approved(*approvals, **changes):
    by = tuple(dict.fromkeys(each.by for each in approvals))
    return an_override(approved_by=by, approvals=approvals, **changes)


def use(override, *evidence, allowance, finding=None, now=NOW):
    policy = a_policy(allowances=(an_allowance(**allowance),))
    decision = judged(
        some_facts(finding or {}), *evidence, policies=(policy,), overrides=(override,), now=now
    )
    [used] = decision.overrides
    passed = decision.verdict is Verdict.PASSED
    assert passed == (used.status is OverrideStatus.IN_FORCE), "only an override in force lets a finding pass"
    return used


def test_a_request_with_a_signature_that_the_policy_trusts_is_an_override_in_force():
    assert use(approved(a_signature()), allowance=SIGNED).status is OverrideStatus.IN_FORCE


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (an_override(), "that of dana by stated, which the policy does not accept"),
        (approved(a_signature(trust="another")), "is by a key that the policy does not trust"),
        (approved(a_signature("alice")), "the requester does not count"),
        (approved(a_signature(names=("dana", "Alice"))), "the requester does not count"),
        (approved(a_signature(names=("dana", "erin"))), "is that of several: dana, erin"),
        (approved(a_signature("mallory")), "has 0 of 1 approvals by dana, erin; approved by mallory"),
    ],
)
def test_an_approval_that_does_not_count_says_why(override, said):
    used = use(override, allowance=SIGNED)
    assert used.status is OverrideStatus.UNAUTHORISED
    assert said in used.message


def test_a_name_in_the_file_counts_beside_a_signature_that_the_policy_does_not_want():
    stated = Approval("dana", ApprovalHow.STATED)
    override = approved(a_signature(), stated)
    assert use(override, allowance={}).status is OverrideStatus.IN_FORCE
    assert use(approved(a_signature()), allowance={}).status is OverrideStatus.UNAUTHORISED


def test_two_keys_of_one_person_are_one_approval():
    two = approved(a_signature(), a_signature(key="SHA256:def", names=("dana", "dana@acme.example")))
    assert use(two, allowance={**SIGNED, "minimum": 2}).status is OverrideStatus.UNAUTHORISED
    both = approved(a_signature(), a_signature("erin", key="SHA256:def"))
    assert use(both, allowance={**SIGNED, "minimum": 2}).status is OverrideStatus.IN_FORCE


def test_what_is_known_less_well_than_the_policy_wants_does_not_count():
    allowance = {
        "accept": (ApprovalHow.STATED, ApprovalHow.SSH_SIGNATURE),
        "minimum_assurance": Assurance.SIGNATURE,
        "trust": TRUST,
    }
    used = use(an_override(), allowance=allowance)
    assert used.status is OverrideStatus.UNAUTHORISED
    assert "is self-asserted; the policy wants signature" in used.message
    assert use(approved(a_signature()), allowance=allowance).status is OverrideStatus.IN_FORCE


def test_a_request_tells_how_it_may_be_approved_and_what_does_not_count():
    override = an_override(approved_by=(), remarks=("OVR-1.yaml.sig does not count: it is broken",))
    used = use(override, allowance=SIGNED)
    assert used.status is OverrideStatus.REQUESTED
    assert used.message == (
        "nobody has approved it; 1 of dana, erin may, by signature; "
        "OVR-1.yaml.sig does not count: it is broken"
    )


@pytest.mark.parametrize("rejected", [True, False])
def test_what_is_revoked_never_holds_whoever_approved_it(rejected):
    revocation = Revocation("bob", "not safe", NOW, Place("a.yaml", 3), "ab" * 32, rejected=rejected)
    for override in (an_override(), approved(a_signature()), an_override(approved_by=())):
        used = use(replace(override, revocation=revocation), allowance={})
        assert used.status is (OverrideStatus.REJECTED if rejected else OverrideStatus.REVOKED)
        assert used.would_cover == 1
        assert "by bob: not safe (a.yaml)" in used.message


def test_the_longest_term_depends_on_what_is_found():
    allowance = {"maximum_days": 90, "by_severity": (("critical", 7), ("high", 30))}
    override = an_override(created=NOW - timedelta(days=10), expires=NOW + timedelta(days=10))
    for severity, status in (
        (Severity.CRITICAL, OverrideStatus.TOO_LONG),
        (Severity.HIGH, OverrideStatus.IN_FORCE),
        (Severity.LOW, OverrideStatus.IN_FORCE),
        (None, OverrideStatus.IN_FORCE),
    ):
        used = use(override, allowance=allowance, finding={"severity": severity})
        assert used.status is status
    used = use(override, allowance=allowance, finding={"severity": Severity.CRITICAL})
    assert used.message == "lasts 20 days; at most 7 are allowed for severity critical"


def reviews(*states, **changes):
    """Answers of the forge itself about the change that is judged; alice opened it, bob committed to it."""
    answer = Approvals(
        Source("reviews.json", "ef" * 32, 10, "github", "approvals"),
        change_request="482",
        author=Person("alice", "1"),
        committers=(Person("alice", "1"), Person("bob", "2")),
        head=HEAD,
        reviews=tuple(
            Review(Person(login, id_), state, commit=HEAD)
            for login, id_, state in states or (("dana", "4", ReviewState.APPROVED),)
        ),
        changed_paths=("overrides/OVR-1.yaml", "src/app.py"),
        assurance=Assurance.PLATFORM_API,
    )
    return replace(answer, **changes)


def a_brought(**changes):
    """A request that the judged commit holds with these very bytes."""
    return an_override(**{"approved_by": (), "committed_in": (HEAD,), **changes})


def test_the_review_of_the_change_that_brings_an_override_approves_it():
    used = use(a_brought(), reviews(), allowance=REVIEWED)
    assert used.status is OverrideStatus.IN_FORCE
    [approval] = used.override.approvals
    assert (approval.by, approval.how) == ("dana", ApprovalHow.CHANGE_REQUEST)
    assert approval.assurance is Assurance.PLATFORM_API
    assert approval.said == f"review of change 482 at {HEAD[:12]}"


APPROVED, CHANGES, COMMENT, DISMISSED = (
    ReviewState.APPROVED,
    ReviewState.CHANGES_REQUESTED,
    ReviewState.COMMENTED,
    ReviewState.DISMISSED,
)
DANA = ("dana", "4")


@pytest.mark.parametrize(
    "states",
    [
        [(*DANA, COMMENT)],
        [(*DANA, APPROVED), (*DANA, CHANGES)],
        [(*DANA, APPROVED), (*DANA, DISMISSED)],
        [("mallory", "9", APPROVED)],
    ],
)
def test_a_review_that_does_not_stand_or_is_by_nobody_who_may_approves_nothing(states):
    assert use(a_brought(), reviews(*states), allowance=REVIEWED).status is not OverrideStatus.IN_FORCE


def test_a_comment_takes_no_approval_back():
    states = [(*DANA, APPROVED), (*DANA, COMMENT)]
    assert use(a_brought(), reviews(*states), allowance=REVIEWED).status is OverrideStatus.IN_FORCE


OLD = Review(Person("dana", "4"), APPROVED, commit="1" * 40)


@pytest.mark.parametrize(
    "changes",
    [
        {"assurance": Assurance.SELF_ASSERTED},
        {"complete": False},
        {"author": None},
        {"author": Person("Dana", None)},
        {"author": Person("dana-at-work", "4")},
        {"author": Person("dana2", "5", linked=("saml:dana@acme.example",)), "linked": True},
        {"committers": None},
        {"committers": (Person("dana", "4"),)},
        {"pushed_by": Person("dana", "4")},
        {"gate": Person("dana", "4")},
        {"head": None},
        {"head": "2" * 40},
        {"reviews": None},
        {"reviews": ()},
        {"reviews": (OLD,)},
        {"reviews": (replace(OLD, commit=None),)},
        {"reviews": (OLD,), "versions": (Version("1" * 40, None), Version(HEAD, None))},
        {"reviews": (OLD,), "versions": (Version("1" * 40, "p1"), Version(HEAD, "p2"))},
        {"reviews": (Review(Person("dana", "4", PersonKind.BOT), APPROVED, commit=HEAD),)},
        {"reviews": (Review(Person("dana", "4"), APPROVED, commit=HEAD, at=NOW, edited=NOW + timedelta(1)),)},
        {"changed_paths": None},
        {"changed_paths": ("overrides/OVR-2.yaml",)},
    ],
)
def test_reviews_that_are_not_surely_of_this_override_by_somebody_else_approve_nothing(changes):
    if changes.pop("linked", False):
        by = Person("dana", "4", linked=("SAML:dana@acme.example",))
        changes["reviews"] = (Review(by, APPROVED, commit=HEAD),)
    used = use(a_brought(), reviews(**changes), allowance=REVIEWED)
    assert used.status is OverrideStatus.REQUESTED


def test_an_approval_survives_a_rebase_that_changes_nothing():
    versions = (Version("1" * 40, "p1"), Version(HEAD, "p1"))
    answer = reviews(reviews=(OLD,), versions=versions)
    assert use(a_brought(), answer, allowance=REVIEWED).status is OverrideStatus.IN_FORCE


def test_a_file_that_is_not_the_one_of_the_commit_was_reviewed_by_nobody():
    for committed in ((), ("3" * 40,)):
        override = a_brought(committed_in=committed)
        assert use(override, reviews(), allowance=REVIEWED).status is OverrideStatus.REQUESTED


def test_reviews_count_for_a_change_that_was_merged():
    answer = reviews(reviews=(Review(Person("dana", "4"), APPROVED, commit="4" * 40),), head="4" * 40)
    merged = replace(answer, merge_commit=HEAD)
    assert use(a_brought(), merged, allowance=REVIEWED).status is OverrideStatus.IN_FORCE
    assert use(a_brought(), answer, allowance=REVIEWED).status is OverrideStatus.REQUESTED


def test_a_review_does_not_count_where_the_policy_does_not_accept_reviews():
    assert use(a_brought(), reviews(), allowance={}).status is OverrideStatus.UNAUTHORISED
    assert use(a_brought(), reviews(), allowance=SIGNED).status is OverrideStatus.UNAUTHORISED


def test_the_requester_does_not_approve_by_reviewing_the_change_of_another():
    override = a_brought(requested_by="Dana")
    assert use(override, reviews(), allowance=REVIEWED).status is OverrideStatus.UNAUTHORISED


def test_two_linked_accounts_of_one_reviewer_are_one_approval():
    one, two = (Person(login, login, linked=("saml:dana@acme.example",)) for login in ("dana", "erin"))
    both = tuple(Review(each, APPROVED, commit=HEAD) for each in (one, two))
    answer = reviews(reviews=both)
    assert use(a_brought(), answer, allowance=REVIEWED).status is OverrideStatus.IN_FORCE
    wanted = {**REVIEWED, "minimum": 2}
    assert use(a_brought(), answer, allowance=wanted).status is OverrideStatus.UNAUTHORISED
    apart = tuple(Review(Person(each, each), APPROVED, commit=HEAD) for each in ("dana", "erin"))
    assert use(a_brought(), reviews(reviews=apart), allowance=wanted).status is OverrideStatus.IN_FORCE
