"""Answers of Bitbucket's that are odd: they are refused, or taken for the worse of what they may mean."""

from __future__ import annotations

import pytest

from gatepass.errors import UnreadableEvidence
from support import bitbucket_answers as answers
from support.bitbucket_answers import commit, participant, pipeline, routes, step, update, user, values
from support.bitbucket_case import approvals, found


def runs_before(tmp_path, selector, own=None):
    earlier, this = pipeline(76, result="FAILED"), pipeline(77, result=None)
    earlier["target"]["selector"] = selector
    if own is not None:
        this["target"]["selector"] = own
    made = found(tmp_path, "pipeline", pipeline=this, pipelines=values(earlier, this))
    return [each.run for each in made.attempts[:-1]]


MAIN = {"type": "branches", "pattern": "main"}


@pytest.mark.parametrize("selector", [MAIN, None, {}, {"type": "branches"}, {"type": "odd", "pattern": "a"}])
def test_a_run_of_which_nobody_knows_which_pipeline_it_is_of_may_be_an_earlier_attempt(tmp_path, selector):
    assert runs_before(tmp_path, selector) == ["76"]
    assert runs_before(tmp_path, MAIN, own=selector or {}) == ["76"]


def test_a_run_of_another_pipeline_is_no_earlier_attempt(tmp_path):
    assert runs_before(tmp_path, {"type": "custom", "pattern": "main"}) == []
    assert runs_before(tmp_path, {"type": "default"}) == []


@pytest.mark.parametrize("selector", ["x", [], [MAIN], 7])
def test_a_selector_of_no_known_shape_is_refused(tmp_path, selector):
    with pytest.raises(UnreadableEvidence, match=r"target\.selector"):
        runs_before(tmp_path, selector)


def test_a_list_of_runs_without_this_one_is_not_whole(tmp_path):
    with pytest.raises(UnreadableEvidence, match="without this one"):
        found(tmp_path, "pipeline", pipelines=values(pipeline(76)))


@pytest.mark.parametrize("trigger", [None, "x", {}, {"type": None}, {"type": "pipeline_step_trigger_odd"}])
def test_a_step_that_is_not_known_to_go_by_itself_may_have_been_started_by_hand(tmp_path, trigger):
    odd = {**step("deploy", "SUCCESSFUL", uuid="s3"), "trigger": trigger}
    made = found(tmp_path, "pipeline", steps=values(step("test", "SUCCESSFUL", uuid="s1"), odd))
    assert [job.manual for job in made.jobs if job.app is None] == [False, True]


@pytest.mark.parametrize("number", [0, None, -1, "2"])
def test_how_often_a_step_ran_is_told_of_all_steps_or_of_none(tmp_path, number):
    odd = {**step("test", "SUCCESSFUL", uuid="s1"), "run_number": number}
    with pytest.raises(UnreadableEvidence):
        found(tmp_path, "pipeline", steps=values(odd, step("gate", None, uuid="s4", number=2)))


@pytest.mark.parametrize("entry", [{}, {"UPDATE": update(answers.HEAD, 30, "bob")["update"]}, {"odd": 1}])
def test_an_activity_of_no_known_kind_is_refused(tmp_path, entry):
    with pytest.raises(UnreadableEvidence, match="activity"):
        approvals(tmp_path, activity=values(entry, update(answers.OLD, 10)))


def test_a_participant_without_a_state_is_refused(tmp_path):
    odd = {key: each for key, each in participant(user("dana")).items() if key != "state"}
    with pytest.raises(UnreadableEvidence, match="participant"):
        approvals(tmp_path, pull={**routes()[answers.PULL], "participants": [odd]})


@pytest.mark.parametrize("message", [None, 7, [], {}])
def test_a_commit_without_a_message_names_its_co_authors_to_nobody(tmp_path, message):
    with pytest.raises(UnreadableEvidence, match="message"):
        approvals(tmp_path, commits=values(commit(answers.HEAD, message=message)))


def test_a_participant_who_is_listed_twice_is_refused(tmp_path):
    both = [participant(user("bob"), state="changes_requested"), participant(user("bob"), approved=True)]
    with pytest.raises(UnreadableEvidence, match="twice"):
        approvals(tmp_path, pull={**routes()[answers.PULL], "participants": both})


@pytest.mark.parametrize("minutes", [(30, 40), (30, None)])
def test_an_activity_that_ends_at_another_commit_than_the_head_is_refused(tmp_path, minutes):
    head, old = minutes
    listed = [update(answers.OLD, old or 20), *([update(answers.HEAD, head, "bob")] if old else [])]
    with pytest.raises(UnreadableEvidence, match="updates without the head"):
        approvals(tmp_path, activity=values(*listed))
