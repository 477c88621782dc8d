"""The check `pipeline`: re-runs, and which evidence is about the build at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.model.build import Build, Run
from gatepass.model.decision import FindingKind
from gatepass.model.pipeline import JobStatus
from gatepass.model.source import Source
from support.evidence import read
from support.pipelines import BUILD, GHOST, a_job, a_run, again, an_attempt, judge, only_missing, said

FAILED = an_attempt(1, "failure", "test")


# --- re-run until green


def test_a_failure_that_a_re_run_made_green_is_found_with_who_ran_it_again():
    judgement = judge(again(FAILED), no_re_run_until_green=True)
    [finding] = judgement.findings
    assert finding.message == (
        "test failed in an earlier attempt at this commit, and carol ran it again without a change"
    )
    assert finding.details == (
        "attempt 1 of run 7001, set off by alice, failed (test); then carol tried again",
    )
    assert finding.kind is FindingKind.VIOLATION
    assert judgement.summary.startswith("2 of 2 jobs succeeded, attempt 2 · ")


def test_the_first_attempt_is_none_that_was_run_again():
    assert said(judge(a_run(), no_re_run_until_green=True, maximum_attempts=1)) == []


@pytest.mark.parametrize("status", ["success", "skipped"])
def test_a_re_run_of_what_did_not_fail_is_none_until_green(status):
    assert said(judge(again(an_attempt(1, status)), no_re_run_until_green=True)) == []


@pytest.mark.parametrize("status", ["failure", "timed-out", "cancelled", "stale", "neutral"])
def test_an_attempt_that_did_not_succeed_is_found_though_no_job_is_named(status):
    [finding] = judge(again(an_attempt(1, status)), no_re_run_until_green=True).findings
    assert finding.message.startswith("the pipeline ")
    assert "carol ran it again" in finding.message


@pytest.mark.parametrize("status", ["unknown", "running", "pending", "manual", "action-required"])
def test_an_attempt_whose_end_nobody_knows_is_missing(status):
    assert only_missing(judge(again(an_attempt(1, status)), no_re_run_until_green=True))


def test_a_job_that_failed_is_found_however_the_attempt_is_said_to_have_ended():
    for status in JobStatus:
        found = said(judge(again(an_attempt(1, status, "test")), no_re_run_until_green=True))
        assert found[0].startswith("test failed in an earlier attempt")


def test_an_earlier_run_for_the_same_commit_is_an_attempt_too():
    earlier = an_attempt(1, "failure", run="6001")
    judgement = judge(again(earlier), no_re_run_until_green=True, maximum_attempts=1)
    assert said(judgement) == [
        "2 attempts at this commit are more than 1",
        "the pipeline failed in an earlier attempt at this commit, and carol ran it again without a change",
    ]


@pytest.mark.parametrize(
    ("by", "named"), [(None, "somebody whom nobody names"), (GHOST, "a deleted account")]
)
def test_that_nobody_knows_who_ran_it_again_is_said(by, named):
    assert f"and {named} ran it again" in said(judge(again(FAILED, by=by), no_re_run_until_green=True))[0]


def test_each_job_that_failed_before_is_a_finding_and_the_attempt_is_none():
    attempts = (FAILED, an_attempt(2, "failure", "test", "lint"))
    first, second = judge(again(*attempts), no_re_run_until_green=True).findings
    assert first.message.startswith("lint failed in an earlier attempt")
    assert second.message.startswith("test failed in 2 earlier attempts at this commit, and alice and carol")
    third = judge(again(*attempts, an_attempt(3, "failure", "test")), no_re_run_until_green=True)
    assert {each.fingerprint for each in third.findings} == {first.fingerprint, second.fingerprint}


# --- what does not count


def test_an_attempt_in_which_the_gate_alone_failed_does_not_count():
    run = again(an_attempt(1, "failure", "gate"), an_attempt(2, "failure", "gate"))
    assert said(judge(run, no_re_run_until_green=True, maximum_attempts=1)) == []


def test_what_failed_beside_the_gate_counts():
    run = again(an_attempt(1, "failure", "gate", "test"))
    assert len(judge(run, no_re_run_until_green=True).findings) == 1


def test_a_cancelled_attempt_counts_though_the_gate_failed_in_it():
    run = again(an_attempt(1, "cancelled", "gate"))
    assert len(judge(run, no_re_run_until_green=True, maximum_attempts=1).findings) == 2


def test_another_job_of_the_gates_name_may_have_failed():
    gate = a_job("gate", "running", attempt=2)
    run = again(an_attempt(1, "failure", "gate"), jobs=(a_job("build"), a_job("gate", attempt=2), gate))
    assert said(judge(run, no_re_run_until_green=True))[0].startswith("gate failed in an earlier attempt")


def test_without_a_known_gate_nothing_is_taken_for_it():
    run = again(an_attempt(1, "failure", "gate"), gate_job=None)
    assert said(judge(run, no_re_run_until_green=True))[0].startswith("gate failed in an earlier attempt")


def test_a_job_that_may_fail_does_not_count():
    run = again(an_attempt(1, "failure", "docs", "gate"))
    assert len(judge(run, no_re_run_until_green=True).findings) == 1
    assert said(judge(run, no_re_run_until_green=True, may_fail=["docs"])) == []


# --- how often


def test_more_attempts_than_allowed_are_found_once():
    run = again(FAILED, an_attempt(2, "failure", "test"), an_attempt(3, "success"))
    assert said(judge(run, maximum_attempts=4)) == []
    [finding] = judge(run, maximum_attempts=3).findings
    assert finding.message == "4 attempts at this commit are more than 3"
    assert len(finding.details) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"attempts": ()},
        {"attempts": (an_attempt(1, "success"), an_attempt(3, "running"))},
        {"attempts": (an_attempt(3, "running"),)},
        {"attempts": (an_attempt(1), an_attempt(2), an_attempt(4))},
        {"attempts": (an_attempt(0), an_attempt(1), an_attempt(2), an_attempt(3))},
        {"attempts": (an_attempt(0), an_attempt(1), an_attempt(3))},
        {"attempts": (an_attempt(1, run="6001"),)},
        {"attempt": 10**12, "attempts": (an_attempt(1), an_attempt(2), an_attempt(3))},
        {"attempt": None, "attempts": ()},
        {"attempt": 0, "attempts": ()},
    ],
)
@pytest.mark.parametrize("demand", [{"maximum_attempts": 100}, {"no_re_run_until_green": True}])
def test_attempts_that_are_not_all_told_are_missing(changes, demand):
    jobs = (a_job("build"), a_job("gate", "running", attempt=None))
    run = replace(a_run(), **{"attempt": 3, "jobs": jobs, **changes})
    assert only_missing(judge(run, build=replace(BUILD, run=Run("7001", run.attempt)), **demand))


def test_a_forge_without_attempts_at_a_run_tells_of_earlier_runs():
    run = a_run(attempt=None, attempts=(an_attempt(1, "failure", run="6001"), an_attempt(1, "running")))
    build = replace(BUILD, run=Run("7001"))
    assert len(judge(run, build=build, no_re_run_until_green=True, maximum_attempts=1).findings) == 2


ENDS = ["success", "cancelled", "failure"]


@given(st.lists(st.sampled_from(ENDS), max_size=5), st.data())
def test_worse_attempts_never_make_fewer_findings(ends, data):
    worse = [data.draw(st.sampled_from(ENDS[ENDS.index(each) :])) for each in ends]
    worse += data.draw(st.lists(st.sampled_from(ENDS), max_size=3))
    counts = [
        len(
            judge(
                again(*(an_attempt(number, end) for number, end in enumerate(each, 1))),
                no_re_run_until_green=True,
                maximum_attempts=2,
            ).findings
        )
        for each in (ends, worse)
    ]
    assert counts[0] <= counts[1]


# --- which evidence is about the build


def run_of(build_attempt, **changes):
    return judge(a_run(**changes), build=replace(BUILD, run=Run("7001", build_attempt)), required_jobs=["*"])


@pytest.mark.parametrize(
    ("run", "build"),
    [
        (a_run(commit="ab" * 20), BUILD),
        (a_run(commit=""), BUILD),
        (a_run(run="7002"), BUILD),
        (a_run(repository="evil/payments"), BUILD),
        (a_run(complete=False), BUILD),
        (a_run(jobs=()), BUILD),
        (a_run(jobs=(a_job("build", app="mallory"),)), BUILD),
        (a_run(jobs=(a_job("build"), a_job("gate"))), BUILD),
        (a_run(jobs=(a_job("build"), a_job("scan", "running", app="scanner"))), BUILD),
        (a_run(), Build("local")),
        (a_run(), replace(BUILD, run=Run())),
        (a_run(), replace(BUILD, run=Run("", 1))),
        (a_run(), replace(BUILD, commit=None, other_commits=())),
        (a_run(), replace(BUILD, commit="c0c0c0", other_commits=())),
        (a_run(), replace(BUILD, commit="", other_commits=())),
        (a_run(), replace(BUILD, run=Run("7001", 2))),
        (a_run(attempt=2), BUILD),
        (a_run(attempt=None), BUILD),
        (a_run(), replace(BUILD, run=Run("7001", None))),
    ],
    ids=[
        "another commit",
        "no commit",
        "another run",
        "another repository",
        "incomplete",
        "no jobs",
        "no own jobs",
        "a run that is over",
        "a run beside which another program is running",
        "build unknown",
        "run unknown",
        "run empty",
        "commit unknown",
        "commit too short",
        "commit empty",
        "an older attempt",
        "a newer attempt",
        "attempt not told",
        "attempt of the build not known",
    ],
)
def test_a_run_that_is_not_this_one_is_missing_evidence(run, build):
    judgement = judge(run, build=build, required_jobs=["*"])
    assert only_missing(judgement)
    assert judgement.summary


def test_what_is_judged_is_this_run():
    assert run_of(1).findings == ()
    assert run_of(2, attempt=2).findings == ()


def test_a_forge_that_counts_the_tries_of_each_job_is_asked_for_those_of_the_gate():
    jobs = (a_job("build", attempt=3), a_job("gate", "running", attempt=2))
    assert run_of(2, attempt=3, jobs=jobs).findings == ()
    assert only_missing(run_of(3, attempt=3, jobs=jobs))


def test_what_this_run_asked_for_itself_is_of_this_attempt():
    own = Source("run.json", collected_from="https://api.forge.example")
    assert run_of(None, source=own).findings == ()
    assert run_of(None, attempt=None).findings == ()
    assert only_missing(run_of(2, source=own))


def test_a_run_that_is_not_this_one_is_not_healed_by_one_that_is():
    other = a_run(run="7002", source=Source("other.json"))
    for runs in ((a_run(), other), (other, a_run())):
        assert only_missing(judge(*runs, build=BUILD, required_jobs=["*"]))


def test_two_answers_about_one_run_are_both_judged():
    worse = a_run(a_job("test", "failure"), source=Source("other.json"))
    assert said(judge(a_run(), worse, required_jobs=["test"])) == ["test failed"]
    assert len(judge(worse, worse, required_jobs=["test"]).findings) == 1


FORGES = sorted((Path(__file__).parents[1] / "evidence" / "pipeline").glob("*/good/*.json"))
RUNS = [each for each in FORGES if not each.name.endswith(".expected.json")]


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.parent.parent.name)
def test_a_run_of_each_forge_can_be_judged(path):
    run = read(path, path.parent.parent.name).evidence
    gate = next((each for each in run.jobs if each.name == run.gate_job), None)
    own = Run(run.run, gate.attempt if gate else run.attempt)
    build = Build("any", run.repository, run.commit, run=own)
    limit = {"maximum_attempts": 99} if run.attempts else {}  # the results of jobs tell of none
    judgement = judge(run, build=build, required_jobs=["nowhere"], no_skipped_jobs=True, **limit)
    assert FindingKind.MISSING_EVIDENCE not in {each.kind for each in judgement.findings}
    assert "no job of the run is called nowhere" in said(judgement)
    another = replace(build, run=replace(own, id=f"{run.run}0"))
    assert only_missing(judge(run, build=another, required_jobs=["nowhere"]))
