"""What GitLab tells of a merge request: who decided what, and about which commit."""

from __future__ import annotations

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.model.approvals import Permission, PersonKind, ReviewState
from support.gitlab_answers import (
    BASE,
    HEAD,
    OLD,
    REQUEST,
    approval,
    diff,
    note,
    request,
    reviewer,
    user,
    version,
)
from support.gitlab_asking import APPROVED, GONE, UNAPPROVED, approved, found, told


def test_an_approval_is_for_the_version_that_was_shown_when_it_was_given(tmp_path):
    evidence = found(tmp_path)
    assert (evidence.change_request, evidence.head, evidence.base) == ("482", HEAD, BASE)
    assert told(evidence) == [("bob", "approved", OLD), ("carol", "approved", HEAD)]
    assert [each.permission for each in evidence.reviews] == [Permission.WRITE, Permission.MAINTAIN]
    assert (evidence.author.login, evidence.pushed_by.login) == ("alice", "frank")
    assert [each.login for each in evidence.committers] == ["alice"]
    assert [each.login for each in evidence.requested] == ["bob", "carol"]
    assert evidence.changed_paths == ("a.md", "b.md", "src/refund.py")
    assert (evidence.gate.login, evidence.gate.kind) == ("project_77_bot_1a", PersonKind.BOT)
    assert (evidence.labels, evidence.commits_known) == (("urgent",), True)


# --- which commit


@pytest.mark.parametrize(
    ("minute", "seconds", "expected"),
    [
        (9, 0, None),  # before there was anything to approve
        (10, 5, OLD),  # there was nothing else
        (29, 59, OLD),
        (30, 0, None),  # in the very instant of a push
        (30, 20, None),  # GitLab may still have shown what was before
        (30, 31, HEAD),
    ],
)
def test_an_approval_that_falls_together_with_a_push_is_for_no_known_commit(
    tmp_path, minute, seconds, expected
):
    evidence = found(tmp_path, approvals=approved(approval("bob", minute, seconds)))
    assert told(evidence)[0] == ("bob", "approved", expected)


@pytest.mark.parametrize(("minute", "expected"), [(20, OLD), (31, None), (40, None), (41, HEAD)])
def test_without_a_time_of_its_own_the_note_dates_it_and_notes_are_late(tmp_path, minute, expected):
    entry = {"user": user("bob")}
    evidence = found(tmp_path, approvals=approved(entry), notes=[note("bob", APPROVED, minute)])
    assert told(evidence) == [("bob", "approved", expected)]


@pytest.mark.parametrize(
    "notes",
    [
        [],
        [note("carol", APPROVED, 50)],
        [note("bob", APPROVED, 50, system=False)],
        [note("bob", APPROVED, 50), note("bob", UNAPPROVED, 51)],
        [note("bob", APPROVED, 50), {**note("bob", UNAPPROVED, 50), "id": 1}],
    ],
)
def test_an_approval_that_no_note_of_gitlabs_own_dates_is_for_no_known_commit(tmp_path, notes):
    evidence = found(tmp_path, approvals=approved({"user": user("bob"), "approved_at": None}), notes=notes)
    assert told(evidence)[0] == ("bob", "approved", None)


def test_versions_of_one_commit_are_one_where_they_show_one_diff(tmp_path):
    again = [version(13, HEAD, 40), version(12, HEAD, 30), version(11, OLD, 10)]
    asked = {"approvals": approved(approval("bob", 35)), "versions": again}
    assert told(found(tmp_path, **asked))[0][2] == HEAD


@pytest.mark.parametrize("shown", [diff(40), diff(40, text="sneaked in"), None])
def test_an_approval_before_the_target_branch_was_changed_is_for_what_was_shown_then(tmp_path, shown):
    retargeted = version(13, HEAD, 40, base="c0" * 20)
    answer = GONE if shown is None else {**retargeted, "diffs": [shown]}
    evidence = found(
        tmp_path,
        approvals=approved(approval("bob", 35)),
        versions=[retargeted, version(12, HEAD, 30), version(11, OLD, 10)],
        **{f"{REQUEST}/versions/13": answer},
    )
    assert told(evidence)[0][2] == (HEAD if shown == diff(40) else None)


# --- whether the change is the same


def changes(tmp_path, **more):
    return [each.change for each in found(tmp_path, **more).versions]


def test_a_clean_rebase_keeps_what_the_change_does(tmp_path):
    head, old = changes(tmp_path)
    assert head == old is not None


@pytest.mark.parametrize(
    "other",
    [
        diff(7, text="gone"),
        diff(7, new_path="src/other.py"),
        diff(7, b_mode="100755"),
        diff(7, too_large=True),
        diff(7, collapsed=True),
        diff(7, diff=""),
        diff(7, diff=None),
        diff(7, text="\ufffd"),
        diff(7, diff="Binary files a/x and b/x differ\n"),
        diff(7, diff="@@ -7,1 +7,2 @@\n pass\n"),
    ],
)
def test_what_does_not_compare_is_no_clean_rebase(tmp_path, other):
    head, old = changes(tmp_path, version_11={**version(11, OLD, 10), "diffs": [other]})
    assert head != old


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "overflow"},
        {"state": "without_files"},
        {"real_size": "2"},
        {"real_size": "1000+"},
        {"real_size": None},
    ],
)
def test_a_diff_that_is_not_whole_is_known_for_nothing(tmp_path, odd):
    whole = {"version_11": {**version(11, OLD, 10, **odd), "diffs": [diff(7)]}}
    whole["version_12"] = {**version(12, HEAD, 30, **odd), "diffs": [diff(40)]}
    assert changes(tmp_path, **whole) == [None, None]
    assert changes(tmp_path, version_11=GONE)[1] is None


def test_a_version_that_is_another_than_it_says_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="another version"):
        found(tmp_path, version_11={**version(11, HEAD, 10), "diffs": [diff(7)]})


# --- what everybody decided


def test_a_request_for_changes_has_a_name(tmp_path):
    evidence = found(
        tmp_path,
        approvals=approved(),
        reviewers=[reviewer("carol", "requested_changes"), reviewer("bob", "unreviewed")],
        notes=[note("carol", "requested changes", 33)],
    )
    assert told(evidence) == [("carol", "changes-requested", None)]
    assert evidence.reviews[0].at.minute == 33


def test_whoever_is_no_reviewer_may_ask_for_changes_too(tmp_path):
    notes = [note("eve", APPROVED, 20), note("eve", "requested changes", 33), note("eve", UNAPPROVED, 33)]
    evidence = found(tmp_path, approvals=approved(), notes=notes, reviewers=[])
    assert told(evidence) == [("eve", "changes-requested", None)]


def test_an_approval_lifts_the_own_request_for_changes(tmp_path):
    notes = [note("bob", "requested changes", 20), note("bob", APPROVED, 40)]
    evidence = found(tmp_path, approvals=approved(approval("bob", 40)), notes=notes, reviewers=[])
    assert told(evidence) == [("bob", "approved", HEAD)]


def test_whoever_approves_and_asks_for_changes_at_once_asks_for_changes(tmp_path):
    both = {"approvals": approved(approval("bob", 40)), "reviewers": [reviewer("bob", "requested_changes")]}
    assert told(found(tmp_path, **both)) == [("bob", "changes-requested", None)]


def test_that_somebody_asks_for_changes_is_said_without_a_name_where_gitlab_gives_none(tmp_path):
    status = request(detailed_merge_status="requested_changes")
    *_, last = found(tmp_path, request=status).reviews
    assert (last.state, last.by.kind) == (ReviewState.CHANGES_REQUESTED, PersonKind.GHOST)


@pytest.mark.parametrize("after", [[note("bob", UNAPPROVED, 45)], []])
def test_an_approval_that_was_taken_back_or_removed_does_not_stand(tmp_path, after):
    evidence = found(tmp_path, approvals=approved(), notes=[note("bob", APPROVED, 40), *after])
    assert told(evidence) == [("bob", "dismissed", None)]
