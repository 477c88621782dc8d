"""The check `approvals`: what counts, who does not, and from whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.model.approvals import ForgeRule, Person
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from support.reviews import (
    ALICE,
    BOB,
    CAROL,
    CHANGE,
    COMMITS,
    DAVE,
    GHOST,
    MERGE_REQUEST,
    OLD,
    PULL,
    RENOVATE,
    judge,
    listed,
    missing,
    on_github,
    reviewed,
    reviews,
    said,
)

# --- what counts


def test_two_people_who_approved_the_head_commit_are_enough():
    judgement = on_github(reviewed(BOB), reviewed(CAROL), minimum=2)
    assert judgement.findings == ()
    assert judgement.summary == "2 of 2 approvals · bob, carol"
    assert judgement.figures == (("approvals", 2), ("required", 2), ("changes requested", 0))


def test_an_approval_of_an_older_commit_does_not_count_and_is_named():
    judgement = on_github(reviewed(BOB, commit=OLD), reviewed(CAROL), minimum=2)
    (finding,) = judgement.findings
    assert judgement.summary == "1 of 2 approvals · bob approved 3f2c1aa, not the head commit 9fceb02"
    assert finding.kind is FindingKind.VIOLATION
    assert finding.details == ("bob approved 3f2c1aa, not the head commit 9fceb02", "carol approved")
    assert finding.fix == "ask bob to look again"
    assert finding.place == Place("release.yaml", 16, 14)


def test_an_approval_of_any_commit_counts_when_the_rule_says_so():
    assert on_github(reviewed(BOB, commit=OLD), minimum=1, on="any-commit").findings == ()


def test_nobody_at_all_is_not_enough():
    judgement = on_github(minimum=1)
    assert said(judgement) == ["0 of 1 approval"]
    assert judgement.findings[0].fix == "ask 1 more person to approve"


def test_one_person_counts_once_however_often_and_under_whatever_name():
    again = replace(BOB, login="bobby")
    without_id = Person("BOBBY")
    judgement = on_github(reviewed(BOB), reviewed(again, minute=1), reviewed(without_id, minute=2), minimum=2)
    assert said(judgement) == ["1 of 2 approvals"]


def test_a_comment_does_not_take_an_approval_back():
    assert on_github(reviewed(BOB), reviewed(BOB, "commented", minute=1), minimum=1).findings == ()


@pytest.mark.parametrize("state", ["commented", "pending", "dismissed"])
def test_what_is_no_approval_does_not_count(state):
    assert said(on_github(reviewed(BOB, state), minimum=1)) == ["0 of 1 approval"]


def test_a_dismissal_takes_the_approval_back_and_a_new_one_gives_it_again():
    assert said(on_github(reviewed(BOB), reviewed(BOB, "dismissed", minute=1), minimum=1))
    assert not said(on_github(reviewed(BOB, "dismissed"), reviewed(BOB, minute=1), minimum=1))


def test_time_decides_and_not_the_order_in_the_file():
    later = reviewed(BOB, "changes-requested", minute=5)
    assert said(on_github(later, reviewed(BOB), minimum=1)) == [
        "0 of 1 approval",
        "bob asks for changes",
    ]


def test_an_approval_after_the_request_for_changes_settles_it():
    assert on_github(reviewed(BOB, "changes-requested"), reviewed(BOB, minute=1), minimum=1).findings == ()


def test_a_request_for_changes_blocks_whoever_else_approves():
    judgement = on_github(reviewed(BOB), reviewed(CAROL), reviewed(DAVE, "changes-requested"), minimum=2)
    assert said(judgement) == ["dave asks for changes"]
    assert judgement.summary.endswith("dave asks for changes")
    assert judgement.findings[0].fix == "make the changes, then ask dave to look again"


def test_a_request_for_changes_to_an_older_commit_still_blocks():
    asked = reviewed(DAVE, "changes-requested", commit=OLD)
    assert said(on_github(reviewed(BOB), asked, minimum=1)) == ["dave asks for changes"]


@pytest.mark.parametrize("person", [ALICE, RENOVATE, GHOST])
def test_a_request_for_changes_blocks_whoever_makes_it(person):
    judgement = on_github(reviewed(BOB), reviewed(person, "changes-requested", number="5"), minimum=1)
    assert len(judgement.findings) == 1


def test_two_deleted_accounts_are_not_one_person():
    judgement = on_github(
        reviewed(BOB),
        reviewed(GHOST, "changes-requested", number="5"),
        reviewed(GHOST, "approved", number="6", minute=1),
        minimum=1,
    )
    assert said(judgement) == ["a deleted account asks for changes"]


def test_requests_for_changes_can_be_ignored_in_writing_but_never_count_as_approval():
    asked = reviewed(DAVE, "changes-requested", minute=3)
    relaxed = {"changes_requested": "ignore"}
    assert on_github(reviewed(BOB), asked, minimum=1, **relaxed).findings == ()
    assert said(on_github(reviewed(DAVE), asked, minimum=1, **relaxed)) == ["0 of 1 approval"]


# --- who does not count


def test_author_committers_bots_and_deleted_accounts_do_not_count():
    judgement = judge(
        reviews(*map(reviewed, (ALICE, CAROL, RENOVATE, GHOST))),
        PULL,
        replace(COMMITS, committers=(ALICE, Person("Carol"))),
        minimum=1,
    )
    (finding,) = judgement.findings
    assert finding.details == (
        "alice is the author",
        "carol is a committer",
        "a deleted account approved; nobody is behind that account",
        "renovate[bot] is a bot",
    )
    assert judgement.summary.endswith("and 1 more")


def test_exclusions_are_relaxed_in_writing_only():
    everyone = reviews(*map(reviewed, (ALICE, CAROL, RENOVATE, GHOST)))
    judgement = judge(everyone, PULL, replace(COMMITS, committers=(CAROL,)), minimum=3, **{"except": []})
    assert judgement.findings == ()
    assert judgement.figures[0] == ("approvals", 3)


def test_accounts_named_in_the_rule_do_not_count():
    judgement = on_github(reviewed(BOB), minimum=1, except_users=["BOB"])
    assert judgement.findings[0].details == ("bob is excluded by the rule",)


def test_the_author_that_the_pipeline_names_is_excluded_too():
    build = replace(CHANGE, change_request=replace(CHANGE.change_request, author="Bob"))
    judgement = judge(reviews(reviewed(BOB)), PULL, COMMITS, build=build, minimum=1)
    assert judgement.findings[0].details == ("bob is the author",)


# --- from whom


def test_a_user_of_the_group_must_be_among_them():
    group = {"users": ["Carol", "dave"], "minimum": 1}
    assert on_github(reviewed(BOB), reviewed(CAROL), minimum=2, _from=group).findings == ()
    judgement = on_github(reviewed(BOB), reviewed(ALICE), minimum=1, _from=group)
    assert said(judgement) == ["0 of 1 approval from Carol or dave"]
    assert judgement.findings[0].fix == "ask 1 more person from Carol or dave to approve"


def test_each_group_of_a_list_must_be_satisfied():
    groups = [{"users": ["bob"]}, {"users": ["carol", "dave"], "minimum": 2}]
    judgement = on_github(reviewed(BOB), reviewed(CAROL), _from=groups)
    assert said(judgement) == ["1 of 2 approvals from carol or dave"]
    assert judgement.summary == (
        "2 of 1 approval · 1 of 1 approval from bob · 1 of 2 approvals from carol or dave · bob, carol"
    )


def test_team_members_come_from_gitlabs_rules():
    state = listed(BOB, CAROL, name="state.json", teams=(("AppSec", (CAROL, DAVE)),))
    relaxed = {"on": "any-commit", "except": ["author", "bots"]}
    group = {"teams": ["appsec"], "minimum": 1}
    assert judge(state, MERGE_REQUEST, minimum=2, _from=group, **relaxed).findings == ()
    two = judge(state, MERGE_REQUEST, minimum=2, _from=group | {"minimum": 2}, **relaxed)
    assert said(two) == ["1 of 2 approvals from appsec"]


def test_team_members_come_from_the_reviews_where_the_forge_names_teams_there():
    group = {"teams": ["acme/appsec"]}
    member = reviewed(CAROL, teams=("acme/appsec",))
    assert on_github(reviewed(BOB), member, _from=group).findings == ()


@pytest.mark.parametrize("teams", [(), (("acme/appsec", ()),), (("acme/other", (CAROL,)),)])
def test_a_team_that_is_listed_nowhere_is_missing_evidence(teams):
    judgement = judge(reviews(reviewed(CAROL), teams=teams), PULL, COMMITS, _from={"teams": ["acme/appsec"]})
    assert missing(judgement) == ["nothing tells who is in acme/appsec"]


def test_rules_changed_for_this_merge_request_tell_no_teams():
    rule = ForgeRule("appsec", "regular", 1, (CAROL,))
    state = listed(CAROL, teams=(("appsec", (CAROL,)),), rules=(rule,), rules_overwritten=True)
    judgement = judge(
        state, MERGE_REQUEST, _from={"teams": ["appsec"]}, on="any-commit", **{"except": ["author"]}
    )
    assert missing(judgement) == ["nothing tells who is in appsec"]


# --- findings stay the same


def test_fingerprints_do_not_change_with_the_count():
    few = on_github(minimum=2).findings[0]
    more = on_github(reviewed(BOB), minimum=2).findings[0]
    assert few.message != more.message
    assert few.fingerprint == more.fingerprint


def test_groups_and_people_have_fingerprints_of_their_own():
    judgement = on_github(
        reviewed(BOB, "changes-requested"),
        reviewed(CAROL, "changes-requested"),
        minimum=1,
        _from=[{"users": ["dave"]}, {"users": ["erin"]}],
    )
    assert len({finding.fingerprint for finding in judgement.findings}) == len(judgement.findings) == 5
