"""The check `approvals`: answers that are missing, foreign, contradictory, or tell too little."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.model.approvals import ForgeRule, Person, PersonKind, Review, ReviewState
from gatepass.model.build import Build, Event
from gatepass.model.decision import FindingKind
from gatepass.model.source import Source
from support.reviews import (
    ALICE,
    BOB,
    CAROL,
    COMMITS,
    HEAD,
    MERGE_REQUEST,
    OLD,
    PULL,
    judge,
    listed,
    missing,
    reviewed,
    reviews,
    said,
)

MERGE = "77aa01c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f001"

# --- evidence that is not there


def test_without_a_list_of_reviews_nothing_is_judged_clean():
    judgement = judge(PULL, COMMITS, minimum=1)
    assert missing(judgement) == ["no answer lists the reviews"]
    assert "an empty list is no evidence" in judgement.findings[-1].fix


def test_a_list_that_may_go_on_is_missing_evidence_even_when_it_would_be_enough():
    part = reviews(reviewed(BOB), complete=False)
    assert missing(judge(part, PULL, COMMITS, minimum=1)) == [
        "the list of reviews may not be complete, and what is not listed may take an approval back"
    ]
    rest = reviews(reviewed(CAROL, "commented"), name="page-2.json")
    assert judge(part, rest, PULL, COMMITS, minimum=1).findings == ()


def test_an_unknown_author_is_missing_evidence_unless_authors_may_approve():
    anonymous = replace(PULL, author=None)
    judgement = judge(reviews(reviewed(BOB)), anonymous, COMMITS, minimum=1)
    assert missing(judgement) == ["no answer names the author, whose approval must not count"]
    relaxed = {"except": ["committers", "bots"]}
    assert judge(reviews(reviewed(BOB)), anonymous, COMMITS, minimum=1, **relaxed).findings == ()


@pytest.mark.parametrize("commits", [[], [replace(COMMITS, complete=False, head=None)]])
def test_unknown_committers_are_missing_evidence_with_the_answer_to_give(commits):
    judgement = judge(reviews(reviewed(BOB)), PULL, *commits, minimum=1)
    assert missing(judgement) == ["no answer lists all committers, whose approvals must not count"]
    assert "pulls/N/commits" in judgement.findings[0].fix
    relaxed = {"except": ["author", "bots"]}
    assert judge(reviews(reviewed(BOB)), PULL, *commits, minimum=1, **relaxed).findings == ()


def test_a_committer_without_an_account_may_be_the_approver():
    stranger = Person("", kind=PersonKind.GHOST, name="Bob B.", email="b@laptop.example")
    judgement = judge(reviews(reviewed(BOB)), PULL, replace(COMMITS, committers=(ALICE, stranger)), minimum=1)
    assert missing(judgement) == ["commits are by people without a known account: Bob B."]


def test_an_answer_about_another_change_request_is_not_used_and_named():
    other = reviews(reviewed(BOB), reviewed(CAROL), number="481", name="other.json")
    judgement = judge(other, PULL, COMMITS, minimum=1)
    assert missing(judgement) == [
        "other.json is about change request 481, not 482",
        "no answer lists the reviews",
    ]
    assert "0 of 1 approval" in said(judgement)


def test_an_answer_about_another_head_commit_is_not_used_and_named():
    judgement = judge(reviews(reviewed(BOB)), replace(PULL, head=OLD), COMMITS, minimum=1)
    assert missing(judgement)[0] == "pull.json is about the head commit 3f2c1aa, not 9fceb02"


def test_an_answer_about_another_repository_is_not_used_and_named():
    fork = replace(PULL, repository="mallory/payments")
    judgement = judge(reviews(reviewed(BOB)), fork, COMMITS, minimum=1)
    assert missing(judgement)[0] == "pull.json is about the repository mallory/payments, not acme/payments"


def test_only_foreign_answers_leave_nothing_to_judge():
    judgement = judge(reviews(reviewed(BOB), number="1"), minimum=1)
    assert missing(judgement) == ["reviews.json is about change request 1, not 482"]
    assert judgement.summary


def test_no_answer_at_all_is_never_a_pass():
    assert missing(judge(minimum=1)) == ["no answer names the change request or the commit that is built"]


def test_answers_that_name_no_change_request_are_not_taken_for_this_one():
    nameless = replace(listed(BOB, CAROL), change_request=None)
    judgement = judge(nameless, minimum=1, on="any-commit", **{"except": []})
    assert missing(judgement) == ["no answer names the change request or the commit that is built"]


# --- gitlab


RELAXED = {"except": ["author", "bots"]}


def test_gitlab_does_not_tell_the_commit_so_the_head_is_missing_evidence():
    judgement = judge(listed(BOB, CAROL), MERGE_REQUEST, minimum=2, **RELAXED)
    assert missing(judgement) == ["0 of 2 approvals known to be for the head commit"]
    assert "on: any-commit" in judgement.findings[0].fix
    assert judge(listed(BOB, CAROL), MERGE_REQUEST, minimum=2, on="any-commit", **RELAXED).findings == ()


def test_too_few_on_gitlab_are_too_few_whatever_the_commit():
    judgement = judge(listed(BOB), MERGE_REQUEST, minimum=2, **RELAXED)
    assert [f.kind for f in judgement.findings] == [FindingKind.VIOLATION]


def test_an_approval_that_gitlabs_list_does_not_name_was_taken_back():
    rule = ForgeRule("Security", "regular", 1, (BOB,), (BOB,), approved=True)
    state = replace(listed(BOB, name="state.json"), rules=(rule,))
    judgement = judge(state, listed(CAROL), MERGE_REQUEST, minimum=2, on="any-commit", **RELAXED)
    assert judgement.findings[0].details == (
        "bob is not among the approvals in approvals.json",
        "carol approved",
    )


def test_that_gitlab_says_somebody_wants_changes_blocks():
    somebody = Review(Person("", kind=PersonKind.GHOST), ReviewState.CHANGES_REQUESTED)
    wanting = replace(MERGE_REQUEST, reviews=(somebody,), complete=False)
    judgement = judge(listed(BOB, CAROL), wanting, minimum=2, on="any-commit", **RELAXED)
    assert said(judgement) == ["somebody asks for changes"]


# --- builds that are no change request


PUSH = Build("github", repository="acme/payments", commit=MERGE, event=Event.PUSH, branch="main")


def test_a_push_is_judged_by_the_pull_request_that_made_its_commit():
    merged = replace(PULL, merge_commit=MERGE, state="merged")
    assert judge(reviews(reviewed(BOB)), merged, COMMITS, build=PUSH, minimum=1).findings == ()
    stale = judge(reviews(reviewed(BOB, commit=OLD)), merged, COMMITS, build=PUSH, minimum=1)
    assert said(stale) == ["0 of 1 approval"]


def test_a_push_of_a_commit_that_no_pull_request_made_is_not_judged():
    judgement = judge(reviews(reviewed(BOB)), PULL, COMMITS, build=PUSH, minimum=1)
    assert missing(judgement) == ["no answer names the change request or the commit that is built"]


def test_two_pull_requests_with_one_commit_are_ambiguous():
    twin = replace(PULL, change_request="483", source=Source("twin.json"))
    build = replace(PUSH, commit=HEAD)
    judgement = judge(reviews(reviewed(BOB)), PULL, twin, COMMITS, build=build, minimum=1)
    assert missing(judgement) == [
        "the answers are about more than one change request or head commit: 482, 483"
    ]


# --- one review told twice


@pytest.mark.parametrize("state", ["dismissed", "changes-requested"])
def test_of_one_review_told_twice_the_stricter_telling_counts(state):
    event = replace(PULL, reviews=(reviewed(BOB, number="7"),), complete=False)
    judgement = judge(event, reviews(reviewed(BOB, state, number="7")), COMMITS, minimum=1)
    assert said(judgement)[0] == "0 of 1 approval"


def test_one_review_with_two_commits_is_for_neither():
    event = replace(PULL, reviews=(reviewed(BOB, number="7"),), complete=False)
    judgement = judge(event, reviews(reviewed(BOB, number="7", commit=OLD)), COMMITS, minimum=1)
    assert missing(judgement) == ["0 of 1 approval known to be for the head commit"]
