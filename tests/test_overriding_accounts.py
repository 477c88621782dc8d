"""Nobody approves what they asked for, or wrote, by a second account; one human being approves once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.approvals import Approvals, Person, Review, ReviewState
from gatepass.model.build import Assurance
from gatepass.model.commits import Commit, Commits, Signatory, Signature, SignatureStatus
from gatepass.model.override import Approval, ApprovalHow, Bringer, OverrideStatus
from gatepass.model.pipeline import Attempt, JobStatus, Pipeline
from gatepass.model.policy import BreakGlass, Trust
from gatepass.model.source import Source
from gatepass.record.predicate import predicate
from support.values import BUILD, NOW, a_policy, a_rule, an_allowance, an_override, judged, some_facts

HEAD = BUILD.commit
SIGNED = {"accept": (ApprovalHow.SSH_SIGNATURE,), "trust": Trust("d1")}
REVIEWED = {"accept": (ApprovalHow.CHANGE_REQUEST,)}
DANA, ERIN = Person("dana", "4"), Person("erin", "5")
SSO = ("saml:somebody@acme.example",)
SAME = "is alice by another account, and the requester does not count"


def use(override, *evidence, same=(), **allowance):
    rule = a_rule(parameters={"same-person": [list(each) for each in same]} if same else {})
    policy = a_policy(rule, allowances=(an_allowance(**allowance),))
    decision = judged(some_facts({}), *evidence, policies=(policy,), overrides=(override,))
    [used] = decision.overrides
    return used


def answer(*by, **changes):
    """The forge's own answer: alice opened and wrote the change; these people approve its head."""
    made = Approvals(
        Source("reviews.json", "ef" * 32, 10, "github", "approvals"),
        change_request="482",
        author=Person("alice", "1"),
        committers=(Person("alice", "1"),),
        head=HEAD,
        reviews=tuple(Review(each, ReviewState.APPROVED, commit=HEAD) for each in by or (DANA,)),
        changed_paths=("overrides/OVR-1.yaml",),
        assurance=Assurance.PLATFORM_API,
    )
    return replace(made, **changes)


def brought(**changes):
    return an_override(**{"approved_by": (), "committed_in": (HEAD,), "requested_by": "frank", **changes})


def signed(by, **changes):
    return replace(Approval(by, ApprovalHow.SSH_SIGNATURE, f"SHA256:{by}", "d1", (by,)), **changes)


def with_signatures(*approvals, **changes):
    return an_override(approved_by=tuple(each.by for each in approvals), approvals=approvals, **changes)


def run_of(*people):
    """A run that people set off one after the other: of them the evidence knows links as well."""
    attempts = tuple(Attempt("7", n, JobStatus.SUCCESS, each) for n, each in enumerate(people, 1))
    return Pipeline(Source("run.json", "aa" * 32, 1, "github", "pipeline"), "7", HEAD, attempts=attempts)


def commits_by(*signatories):
    none = Signature(SignatureStatus.NONE)
    listed = tuple(
        Commit(HEAD if n == 0 else f"{n:040d}", (f"{n + 1:040d}",), each, each, "Refunds", none)
        for n, each in enumerate(signatories)
    )
    return Commits(Source("commits.json", "bb" * 32, 1, "git-commits", "commits"), "0" * 40, HEAD, listed)


def test_a_review_by_somebody_else_approves():
    assert use(brought(), answer(), **REVIEWED).status is OverrideStatus.IN_FORCE


# --- the author's second account


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, [["alice", "Dana"]]),
        ({"author": Person("alice", "1", linked=SSO), "reviews": None}, []),
        ({"committers": (Person("bob", "2", email="d@acme.example"),), "reviews": None}, []),
        ({"pushed_by": Person("bob", "2")}, [["bob", "robert", "x"], ["robert", "dana"]]),
        ({"gate": Person("acme-gate", "8")}, [["acme-gate", "dana"]]),
    ],
    ids=["the rule says so", "single sign-on", "an address", "over a third", "the gate's account"],
)
def test_no_account_of_who_made_the_change_approves_what_it_brings(changes, same):
    if changes.get("reviews", ()) is None:
        linked = replace(DANA, linked=("SAML:Somebody@acme.example",), email="D@acme.example")
        changes["reviews"] = (Review(linked, ReviewState.APPROVED, commit=HEAD),)
    assert use(brought(), answer(**changes), same=same, **REVIEWED).status is OverrideStatus.REQUESTED


def test_whoever_wrote_a_commit_under_their_address_does_not_approve_it():
    known = answer(replace(DANA, email="dana@acme.example"))
    for email, status in (
        ("Dana@acme.example", OverrideStatus.REQUESTED),
        ("4+dana@users.noreply.github.com", OverrideStatus.REQUESTED),
        ("bob@acme.example", OverrideStatus.IN_FORCE),
    ):
        assert use(brought(), known, commits_by(Signatory("D", email)), **REVIEWED).status is status


def test_a_link_that_only_a_third_account_tells_is_one():
    """alice and alice-admin share an identity, alice-admin and dana an address."""
    middle = Person("alice-admin", "21", linked=SSO, email="d@acme.example")
    own = {"author": Person("alice", "1", linked=SSO), "requested": (middle,)}
    found = answer(replace(DANA, email="d@acme.example"), **own)
    assert use(brought(), found, **REVIEWED).status is OverrideStatus.REQUESTED


# --- the requester's second account


@pytest.mark.parametrize("how", [REVIEWED, SIGNED, {}], ids=["review", "signature", "stated"])
def test_no_account_of_the_requester_approves(how):
    override, evidence = an_override(requested_by="Alice"), ()
    if how is REVIEWED:
        override = brought(requested_by="Alice")
        evidence = (answer(author=Person("bob", "2"), committers=(Person("bob", "2"),)),)
    elif how is SIGNED:
        override = with_signatures(signed("dana"), requested_by="Alice")
    assert use(override, *evidence, **how).status is OverrideStatus.IN_FORCE
    used = use(override, *evidence, same=[["alice", "dana"]], **how)
    assert used.status is OverrideStatus.UNAUTHORISED
    assert f"dana {SAME}" in used.message


def test_what_any_evidence_tells_of_the_requesters_accounts_counts():
    run = run_of(Person("alice", "1", linked=SSO), Person("dana", "4", linked=SSO))
    override = with_signatures(signed("dana"))
    assert use(override, run_of(DANA), **SIGNED).status is OverrideStatus.IN_FORCE
    assert f"dana {SAME}" in use(override, run, **SIGNED).message


def test_a_key_that_is_known_by_an_address_is_its_owners():
    run = run_of(Person("alice", "1", email="dana@acme.example"))
    override = with_signatures(signed("dana", names=("dana", "dana@acme.example")))
    assert f"dana {SAME}" in use(override, run, **SIGNED).message


# --- one human being


@pytest.mark.parametrize("how", [REVIEWED, SIGNED, {}], ids=["review", "signature", "stated"])
def test_two_accounts_of_one_approver_are_one_approval(how):
    override, evidence = an_override(approved_by=("dana", "erin")), ()
    if how is REVIEWED:
        override, evidence = brought(), (answer(DANA, ERIN),)
    elif how is SIGNED:
        override = with_signatures(signed("dana"), signed("erin"))
    assert use(override, *evidence, minimum=2, **how).status is OverrideStatus.IN_FORCE
    same = [["dana", "erin"]]
    assert use(override, *evidence, same=same, minimum=2, **how).status is OverrideStatus.UNAUTHORISED
    assert use(override, *evidence, same=same, minimum=1, **how).status is OverrideStatus.IN_FORCE


@pytest.mark.parametrize("how", [REVIEWED, SIGNED], ids=["review", "signature"])
def test_that_somebody_may_approve_lets_no_other_account_of_theirs_do_so(how):
    mallory = Person("mallory", "9", linked=SSO)
    links = run_of(mallory, replace(DANA, linked=SSO))
    override = brought() if how is REVIEWED else with_signatures(signed("mallory"))
    used = use(override, answer(mallory), links, same=[["dana", "mallory"]], **how)
    assert used.status is OverrideStatus.UNAUTHORISED


# --- who brings it in somebody else's name


def opened_by(person, **changes):
    """dana signs, or whoever; this is who opened the change that touches the override's file."""
    return answer(author=person, committers=(), reviews=(), **changes)


@pytest.mark.parametrize("how", [SIGNED, {}], ids=["signature", "stated"])
def test_who_opened_the_change_that_adds_it_does_not_approve_it_in_any_way(how):
    override = with_signatures(signed("dana")) if how is SIGNED else an_override()
    assert use(override, opened_by(Person("carol", "7")), **how).status is OverrideStatus.IN_FORCE
    used = use(override, opened_by(DANA), **how)
    assert used.status is OverrideStatus.UNAUTHORISED
    assert "dana added it (change 482), which is asking for it" in used.message


def test_another_may_approve_what_an_approver_brings():
    override = an_override(approved_by=("dana", "erin"))
    used = use(override, opened_by(DANA))
    assert used.status is OverrideStatus.IN_FORCE
    assert used.message.partition("; approved by ")[2] == (
        "erin (self-asserted); added by dana (change 482), asked for by alice as the file says"
    )
    assert use(override, opened_by(DANA), minimum=2).status is OverrideStatus.UNAUTHORISED


@pytest.mark.parametrize(
    ("opener", "same"),
    [
        (Person("dana-admin", "40"), [["dana", "DANA-admin"]]),
        (Person("dana-admin", "40", linked=SSO), []),
        (Person("dana-admin", "40", email="d@acme.example"), []),
    ],
    ids=["the rule says so", "single sign-on", "an address"],
)
def test_a_second_account_of_who_opened_the_change_does_not_approve_it(opener, same):
    linked = replace(DANA, linked=SSO, email="d@acme.example") if not same else DANA
    used = use(an_override(), opened_by(opener), run_of(linked), same=same)
    assert used.status is OverrideStatus.UNAUTHORISED
    assert "dana added it" in used.message


def test_a_second_account_of_the_requester_that_brings_it_is_no_difference():
    opener = Person("alice-admin", "41", linked=SSO)
    override = an_override()
    plain = use(override, opened_by(opener))
    assert "added by alice-admin (change 482), asked for by alice" in plain.message
    used = use(override, opened_by(opener), run_of(Person("alice", "1", linked=SSO)))
    assert (used.status, "added by" in used.message) == (OverrideStatus.IN_FORCE, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"changed_paths": ("overrides/OVR-2.yaml",)},
        {"changed_paths": None},
        {"assurance": Assurance.SELF_ASSERTED},
        {"head": "1" * 40},
    ],
    ids=["of another file", "of who knows what", "from a file that was given", "about another commit"],
)
def test_what_does_not_tell_who_brought_it_changes_nothing(changes):
    assert use(an_override(), opened_by(DANA, **changes)).status is OverrideStatus.IN_FORCE


def test_who_edits_what_was_there_before_has_not_brought_it():
    assert use(an_override(there_before=True), opened_by(DANA)).status is OverrideStatus.IN_FORCE


def test_whom_git_names_by_an_address_is_the_account_with_that_address():
    written = Bringer(("d@acme.example",), "commit 123456789abc, as it says itself", "1" * 40)
    override = an_override(brought_by=(written,))
    assert use(override).status is OverrideStatus.IN_FORCE
    used = use(override, run_of(replace(DANA, email="D@acme.example")))
    assert used.status is OverrideStatus.UNAUTHORISED
    assert "dana added it (commit 123456789abc, as it says itself)" in used.message


def test_the_record_tells_who_brought_it():
    decision = judged(
        some_facts({}),
        opened_by(Person("carol", "7")),
        policies=(a_policy(allowances=(an_allowance(),)),),
        overrides=(an_override(),),
    )
    [entry] = predicate(decision)["overrides"]
    assert entry["broughtBy"] == [{"names": ["carol"], "said": "change 482"}]
    assert "added by carol (change 482)" in entry["message"]


# --- broken glass


def test_who_brings_a_broken_glass_does_not_confirm_it():
    glass = BreakGlass((("alice",), ()), 24, 24, (("dana", "erin"), ()))
    override = an_override(
        break_glass=True,
        incident="INC-1",
        created=NOW - timedelta(hours=2),
        expires=NOW + timedelta(hours=2),
        approved_by=("dana",),
    )
    assert "confirmed by dana" in use(override, break_glass=glass).message
    used = use(override, opened_by(DANA), break_glass=glass)
    assert "1 of dana, erin must confirm it" in used.message
    assert "dana added it (change 482)" in used.message


def test_a_second_account_does_not_confirm_a_broken_glass():
    glass = BreakGlass((("alice",), ()), 24, 24, (("dana",), ()))
    override = an_override(
        break_glass=True,
        incident="INC-1",
        created=NOW - timedelta(hours=2),
        expires=NOW + timedelta(hours=2),
        approved_by=("dana",),
    )
    assert "confirmed by dana" in use(override, break_glass=glass).message
    used = use(override, same=[["alice", "dana"]], break_glass=glass)
    assert used.status is OverrideStatus.IN_FORCE
    assert f"must confirm it before 2026-11-23T10:00:00Z (dana {SAME}" in used.message


def test_who_breaks_the_glass_may_have_a_second_account():
    glass = BreakGlass((("alice",), ()), 24, 24, (("dana",), ()))
    override = with_signatures(
        signed("alice"),
        break_glass=True,
        incident="INC-1",
        created=NOW - timedelta(hours=2),
        expires=NOW + timedelta(hours=2),
    )
    used = use(override, same=[["alice", "alice-admin"]], break_glass=glass, **SIGNED)
    assert used.status is OverrideStatus.IN_FORCE
