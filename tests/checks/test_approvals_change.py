"""The check `approvals`: approvals of older commits, edited ones, and changes in a merge queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.approvals import Permission, Version
from gatepass.model.build import ChangeRequest, Event
from gatepass.model.decision import FindingKind
from gatepass.model.source import Source
from support.reviews import (
    BOB,
    CAROL,
    CHANGE,
    COMMITS,
    HEAD,
    NOW,
    OLD,
    PULL,
    collected,
    judge,
    missing,
    reviewed,
    reviews,
    said,
)

SAME = (Version(OLD, "aa11"), Version(HEAD, "aa11"))

# --- the same change at an older commit


def test_an_approval_of_an_older_commit_counts_when_the_change_is_the_same():
    judgement = judge(collected(reviewed(BOB, commit=OLD), versions=SAME), minimum=1)
    assert judgement.findings == ()
    assert judgement.summary == "1 of 1 approval · bob approved 3f2c1aa, the same change"


@pytest.mark.parametrize(
    "versions",
    [
        (),
        (Version(OLD, "aa11"), Version(HEAD, "bb22")),
        (Version(OLD, None), Version(HEAD, None)),
        (Version(OLD, "aa11"), Version(HEAD, None)),
        (Version(OLD, "aa11"),),
        (Version(HEAD, "aa11"),),
        (*SAME, Version(OLD, "cc33")),
        (*SAME, Version(HEAD, None)),
    ],
)
def test_an_approval_of_an_older_commit_does_not_count_when_the_change_differs_or_is_not_known(versions):
    judgement = judge(collected(reviewed(BOB, commit=OLD), versions=versions), minimum=1)
    assert said(judgement) == ["0 of 1 approval"]
    assert judgement.findings[0].details == ("bob approved 3f2c1aa, not the head commit 9fceb02",)


def test_a_rule_may_drop_approvals_when_the_change_is_rebased():
    judgement = judge(collected(reviewed(BOB, commit=OLD), versions=SAME), minimum=1, rebased="drop")
    assert said(judgement) == ["0 of 1 approval"]


def test_an_approval_of_nobody_knows_which_commit_is_not_the_same_change():
    judgement = judge(collected(reviewed(BOB, commit=None), versions=SAME), minimum=1)
    assert missing(judgement) == ["0 of 1 approval known to be for the head commit"]


# --- edited later


def edited(minutes, **more):
    given = reviewed(BOB, **more)
    return replace(given, edited=(given.at or NOW) + timedelta(minutes=minutes))


def test_an_approval_whose_text_was_changed_later_does_not_count():
    judgement = judge(collected(edited(1)), minimum=1)
    assert judgement.findings[0].details == ("bob edited the text of the approval after it was given",)
    assert judge(collected(edited(1)), minimum=1, edited="ignore").findings == ()


def test_an_approval_that_was_edited_before_it_was_given_counts():
    assert judge(collected(edited(0)), minimum=1).findings == ()


def test_an_edited_approval_without_a_time_does_not_count():
    assert said(judge(collected(replace(edited(1), at=None)), minimum=1)) == ["0 of 1 approval"]


def test_a_second_approval_that_was_not_edited_counts():
    again = reviewed(BOB, minute=5, number="2")
    assert judge(collected(edited(1, number="1"), again), minimum=1).findings == ()
    stale = reviewed(BOB, minute=5, number="2", commit=OLD)
    assert said(judge(collected(edited(1, number="1"), stale), minimum=1)) == ["0 of 1 approval"]


# --- permission


def test_only_those_who_may_write_count_when_the_rule_says_so():
    may = reviewed(BOB, permission=Permission.ADMIN), reviewed(CAROL, permission=Permission.TRIAGE)
    judgement = judge(collected(*may), minimum=2, permission="write")
    assert said(judgement) == ["1 of 2 approvals"]
    assert judgement.findings[0].details == ("bob approved", "carol may only triage, not write")


def test_somebody_who_may_nothing_does_not_count():
    judgement = judge(collected(reviewed(BOB, permission=Permission.NONE)), minimum=1, permission="read")
    assert judgement.findings[0].details == ("bob may do nothing in the repository, not read",)


def test_what_nobody_tells_about_permission_is_missing_evidence_and_an_association_is_none():
    judgement = judge(collected(reviewed(BOB, association="OWNER")), minimum=1, permission="write")
    assert missing(judgement) == ["0 of 1 approval known to be by somebody who may"]


def test_of_two_answers_about_permission_the_lesser_counts():
    twice = (
        reviewed(BOB, permission=Permission.ADMIN, number="1"),
        reviewed(BOB, permission=Permission.READ, number="2"),
    )
    assert said(judge(collected(*twice), minimum=1, permission="write")) == ["0 of 1 approval"]


# --- merge queue

QUEUED = "abad1dea" * 5
IN_QUEUE = replace(
    CHANGE, commit=QUEUED, event=Event.MERGE_QUEUE, change_request=ChangeRequest("482", head=QUEUED)
)


def test_in_a_merge_queue_the_approvals_of_the_change_count():
    judgement = judge(collected(reviewed(BOB)), build=IN_QUEUE, minimum=1)
    assert judgement.findings == ()
    assert judgement.summary.endswith("head 9fceb02, as abad1de in the merge queue")


def test_a_merge_queue_makes_nobodys_approval_and_renews_none():
    assert said(judge(collected(), build=IN_QUEUE, minimum=1)) == ["0 of 1 approval"]
    stale = judge(collected(reviewed(BOB, commit=OLD)), build=IN_QUEUE, minimum=1)
    assert said(stale) == ["0 of 1 approval"]


def test_the_queues_own_commit_is_nothing_that_could_be_approved():
    judgement = judge(collected(reviewed(BOB, commit=QUEUED)), build=IN_QUEUE, minimum=1)
    assert said(judgement) == ["0 of 1 approval"]


def test_each_change_of_a_queue_must_be_approved():
    second = replace(collected(reviewed(CAROL)), change_request="483", head=OLD, source=Source("second.json"))
    both = judge(collected(reviewed(BOB)), second, build=IN_QUEUE, minimum=1)
    assert said(both) == ["change request 483: 0 of 1 approval"]
    approved = replace(second, reviews=(reviewed(CAROL, commit=OLD),))
    assert judge(collected(reviewed(BOB)), approved, build=IN_QUEUE, minimum=1).findings == ()


def test_the_same_finding_about_three_changes_has_three_fingerprints():
    second = replace(collected(), change_request="483", head=OLD, source=Source("second.json"))
    third = replace(second, change_request="484", source=Source("third.json"))
    judgement = judge(collected(), second, third, build=IN_QUEUE, minimum=1)
    assert len({found.fingerprint for found in judgement.findings}) == 3


def test_answers_about_other_changes_do_not_stand_for_the_one_that_is_queued():
    other = replace(collected(reviewed(BOB)), change_request="483")
    judgement = judge(other, build=IN_QUEUE, minimum=1)
    assert missing(judgement)
    nameless = replace(IN_QUEUE, change_request=ChangeRequest("", head=QUEUED))
    judgement = judge(collected(reviewed(BOB)), build=nameless, minimum=1)
    assert missing(judgement)


def test_answers_about_two_heads_of_a_queued_change_are_ambiguous():
    twice = replace(collected(reviewed(BOB)), head=OLD, source=Source("later.json"))
    judgement = judge(collected(reviewed(BOB)), twice, build=IN_QUEUE, minimum=1)
    assert [found.kind for found in judgement.findings] == [FindingKind.MISSING_EVIDENCE]


def test_a_queue_that_tells_the_head_of_the_change_is_taken_at_its_word():
    train = replace(IN_QUEUE, change_request=ChangeRequest("482", head=HEAD))
    assert judge(collected(reviewed(BOB)), build=train, minimum=1).findings == ()
    stale = replace(collected(reviewed(BOB, commit=OLD)), head=OLD)
    assert missing(judge(stale, build=train, minimum=1)) == [
        "github.json is about the head commit 3f2c1aa, not 9fceb02"
    ]


def test_outside_a_queue_answers_about_another_head_are_still_not_used():
    other = ChangeRequest("482", head=QUEUED)
    judgement = judge(
        reviews(reviewed(BOB)), PULL, COMMITS, build=replace(CHANGE, change_request=other), minimum=1
    )
    assert missing(judgement)
