"""The check `pipeline`: jobs, manual jobs, what others report, changed files, foreign code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.model.approvals import Person
from gatepass.model.decision import FindingKind
from gatepass.model.pipeline import JobStatus, Pipeline
from gatepass.model.place import Place
from gatepass.model.source import Source
from support.pipelines import (
    ALICE,
    BOT,
    GHOST,
    WORKFLOW,
    a_job,
    a_report,
    a_run,
    a_use,
    judge,
    only_missing,
    said,
)

NOT_SUCCESS = [each for each in JobStatus if each is not JobStatus.SUCCESS]


# --- jobs that are required


def test_required_jobs_that_all_succeeded_pass():
    judgement = judge(a_run(), required_jobs=["build", "test"])
    assert judgement.findings == ()
    assert judgement.summary == "2 of 2 jobs succeeded"
    assert judgement.figures == (("jobs", 2), ("succeeded", 2), ("attempts", 1))


@pytest.mark.parametrize("status", NOT_SUCCESS)
def test_success_alone_is_success(status):
    judgement = judge(a_run(a_job("build"), a_job("test", status)), required_jobs=["test"])
    [finding] = judgement.findings
    assert finding.kind is FindingKind.VIOLATION
    assert finding.message.startswith("test ")
    assert finding.place == Place("release.yaml", 20, 5)
    assert finding.fix


def test_each_way_of_not_succeeding_has_words_of_its_own():
    words = {said(judge(a_run(a_job("test", each)), required_jobs=["test"]))[0] for each in NOT_SUCCESS}
    assert len(words) == len(NOT_SUCCESS)
    assert {"test was skipped", "test ended as neutral", "test is still running"} <= words


def test_a_job_that_failed_and_may_has_not_succeeded():
    allowed = a_job("test", "failure", allowed_failure=True)
    assert said(judge(a_run(allowed), required_jobs=["test"])) == [
        "test failed, which the pipeline lets pass"
    ]


def test_every_job_of_a_matrix_must_have_succeeded():
    matrix = a_run(a_job("test (3.11)"), a_job("test (3.12)", "failure"), a_job("test (3.13)"))
    assert said(judge(matrix, required_jobs=["test *"])) == ["test (3.12) failed"]


def test_of_two_reports_each_is_told_by_its_name():
    runs = [
        a_run(a_job("test", "failure"), source=Source("a.json")),
        a_run(a_job("test"), source=Source("b.json")),
    ]
    summary = judge(*runs, no_failed_jobs=True).summary
    assert "a.json: 0 of 1 job succeeded · b.json: 1 of 1 job succeeded" in summary


def test_of_two_jobs_of_one_name_the_good_one_does_not_hide_the_other():
    for jobs in ((a_job("test"), a_job("test", "failure")), (a_job("test", "failure"), a_job("test"))):
        assert said(judge(a_run(*jobs), required_jobs=["test"])) == ["test failed"]


@pytest.mark.parametrize("wanted", ["deploy", "Test", "tes", "build/**", "test?"])
def test_a_job_that_is_not_there_is_found(wanted):
    [finding] = judge(a_run(), required_jobs=["build", wanted]).findings
    assert finding.message == f"no job of the run is called {wanted}"
    assert "there is build, test" in finding.fix
    assert finding.kind is FindingKind.VIOLATION


def test_a_job_of_a_reusable_workflow_is_named_with_its_caller():
    run = a_run(a_job("release / build", "skipped"))
    assert said(judge(run, required_jobs=["release / *"])) == ["release / build was skipped"]
    assert said(judge(run, required_jobs=["release*"])) == ["no job of the run is called release*"]


def test_what_another_program_reports_is_no_job():
    run = a_run(a_job("build"), a_report("test", "mallory"))
    assert said(judge(run, required_jobs=["test"])) == [
        "no job of the run is called test; mallory reported one for the commit, which is no job"
    ]


def test_the_gates_own_job_may_run_and_is_no_required_one():
    assert said(judge(a_run(), required_jobs=["*"])) == []
    assert said(judge(a_run(), required_jobs=["gate"])) == [
        "no job of the run is called gate; what is running is the gate itself"
    ]


@pytest.mark.parametrize("status", ["running", "failure", "success"])
def test_another_job_of_the_gates_name_is_judged(status):
    run = a_run(a_job("build"), a_job("gate", status))
    assert bool(judge(run, required_jobs=["gate"]).findings) is (status != "success")


def test_a_job_that_runs_is_not_taken_for_the_gates_where_nothing_tells():
    for name in (None, "", "another"):
        assert said(judge(a_run(gate_job=name), required_jobs=["*"])) == ["gate is still running"]


def test_the_gates_name_excuses_no_job_that_has_ended():
    run = replace(a_run(), jobs=(a_job("build"), a_job("gate", "skipped"), a_job("deploy", "running")))
    assert said(judge(run, required_jobs=["build", "gate"])) == ["gate was skipped"]


# --- every job


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("success", None),
        ("skipped", None),
        ("manual", None),
        ("pending", None),
        ("running", FindingKind.MISSING_EVIDENCE),
        *((each, FindingKind.VIOLATION) for each in ("failure", "cancelled", "timed-out", "stale")),
        *((each, FindingKind.VIOLATION) for each in ("neutral", "action-required", "unknown")),
    ],
)
def test_a_job_that_ended_must_have_succeeded_or_been_skipped(status, found):
    run = a_run(a_job("build"), a_job("docs", status))
    assert [each.kind for each in judge(run, no_failed_jobs=True).findings] == ([found] if found else [])
    assert said(judge(run, no_failed_jobs=True, may_fail=["docs"])) == []


def test_what_the_pipeline_lets_fail_has_failed_all_the_same():
    run = a_run(a_job("build"), a_job("docs", "failure", allowed_failure=True))
    assert len(judge(run, no_failed_jobs=True).findings) == 1


def test_a_required_job_that_may_fail_is_still_required():
    run = a_run(a_job("test", "failure"))
    assert said(judge(run, required_jobs=["test"], no_failed_jobs=True, may_fail=["test"])) == ["test failed"]


def test_a_skipped_job_is_found_and_one_that_may_be_skipped_is_not():
    run = a_run(a_job("build", stage="make"), a_job("docs", "skipped", stage="extra"), a_job("ui", "skipped"))
    assert said(judge(run, no_skipped_jobs=True)) == [
        "docs was skipped, as was all of the stage extra",
        "ui was skipped",
    ]
    assert said(judge(run, no_skipped_jobs=True, may_be_skipped=["extra"])) == ["ui was skipped"]
    assert said(judge(run, no_skipped_jobs=True, may_be_skipped=["docs", "u*"])) == []


def test_a_job_of_which_nobody_knows_how_it_ended_may_have_been_skipped():
    odd = a_run(a_job("build"), a_job("docs", "unknown"))
    judgement = judge(odd, no_skipped_jobs=True)
    assert only_missing(judgement)
    assert said(judgement) == ["nobody knows how docs ended, so it may have been skipped"]
    assert judge(odd, no_skipped_jobs=True, may_be_skipped=["docs"]).findings == ()


def test_a_stage_of_which_a_part_ran_was_not_skipped_as_a_whole():
    run = a_run(a_job("a", stage="extra"), a_job("b", "skipped", stage="extra"))
    assert said(judge(run, no_skipped_jobs=True)) == ["b was skipped"]


@pytest.mark.parametrize("demand", ["no_failed_jobs", "no_skipped_jobs", "manual_jobs_attributed"])
def test_a_run_of_the_gate_alone_is_no_run_in_which_nothing_failed(demand):
    alone = replace(a_run(), jobs=(a_job("gate", "running"),))
    assert only_missing(judge(alone, **{demand: True}))


# --- manual jobs


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (ALICE, None),
        (None, "nothing tells who started deploy by hand"),
        (Person(""), "nothing tells who started deploy by hand"),
        (BOT, "deploy was started by the bot deployer[bot], not by a known human being"),
        (GHOST, "deploy was started by a deleted account, not by a known human being"),
    ],
)
def test_a_manual_job_has_a_person(by, message):
    run = a_run(a_job("build"), a_job("deploy", manual=True, by=by))
    judgement = judge(run, manual_jobs_attributed=True)
    assert said(judgement) == ([message] if message else [])
    if message:
        assert only_missing(judgement) is message.startswith("nothing")


@pytest.mark.parametrize("status", ["manual", "pending", "skipped"])
def test_a_manual_job_that_nobody_started_needs_nobody(status):
    run = a_run(a_job("build"), a_job("deploy", status, manual=True))
    assert said(judge(run, manual_jobs_attributed=True)) == []


def test_a_run_that_does_not_tell_of_manual_jobs_is_not_one_without_any():
    judgement = judge(a_run(manual_known=False), manual_jobs_attributed=True)
    assert only_missing(judgement)
    assert said(judgement) == ["run.json does not tell which jobs and stages were started by hand"]
    assert said(judge(a_run(manual_known=False), no_failed_jobs=True)) == []


def test_a_reader_that_says_nothing_knows_nothing():
    bare = Pipeline(Source("run.json"), "7001", "aa" * 20)
    assert (bare.deployments_known, bare.manual_known) == (False, False)


@pytest.mark.parametrize("status", ["failure", "running", "unknown", "cancelled"])
def test_a_manual_job_that_was_started_needs_somebody_however_it_ended(status):
    run = a_run(a_job("build"), a_job("deploy", status, manual=True))
    assert only_missing(judge(run, manual_jobs_attributed=True))


# --- what others report


COVERED = {"codecov": ["codecov/*"]}


def test_what_the_named_program_reported_as_a_success_passes():
    run = a_run(a_job("build"), a_report("codecov/patch", "Codecov"), a_report("codecov/patch", "mallory"))
    assert said(judge(run, required_checks=COVERED)) == []


@pytest.mark.parametrize("app", ["mallory", "codecov[bot]", "codecov2", ""])
def test_what_somebody_else_reported_under_that_name_does_not_count(app):
    run = a_run(a_job("build"), a_report("codecov/patch", app))
    [finding] = judge(run, required_checks=COVERED).findings
    assert finding.message.startswith("codecov has not reported codecov/* for this commit; ")
    assert finding.message.endswith(" did, and does not count")
    assert finding.place == Place("release.yaml", 20, 5)


def test_a_job_of_the_run_is_no_report_of_a_program():
    run = a_run(a_job("codecov/patch"))
    assert said(judge(run, required_checks=COVERED)) == ["codecov has not reported codecov/* for this commit"]


def test_what_nobody_tells_the_reporter_of_is_nobodys():
    run = a_run(a_job("build"), a_report("codecov/patch", "unknown"))
    for app in ("codecov", "unknown", "Unknown"):
        assert len(judge(run, required_checks={app: ["codecov/*"]}).findings) == 1


@pytest.mark.parametrize("status", NOT_SUCCESS)
def test_a_report_of_anything_but_success_is_none(status):
    reports = (a_report("codecov/patch", "codecov"), a_report("codecov/project", "codecov", status))
    [message] = said(judge(a_run(a_job("build"), *reports), required_checks=COVERED))
    assert message.startswith("codecov/project, reported by codecov, ")


# --- files that define the pipeline, foreign code, events


def test_a_change_of_the_pipeline_is_found_file_by_file():
    judgement = judge(a_run(workflow_changed=(WORKFLOW, "action.yml")), workflow_unchanged=True)
    assert [(each.message, each.subject.path) for each in judgement.findings] == [
        (f"the change touches {WORKFLOW}, which defines the pipeline", WORKFLOW),
        ("the change touches action.yml, which defines the pipeline", "action.yml"),
    ]
    assert said(judge(a_run(), workflow_unchanged=True)) == []


@pytest.mark.parametrize(
    ("run", "demand"),
    [
        (a_run(workflow_changed=None), {"workflow_unchanged": True}),
        (a_run(uses=None), {"pinned": True, "trusted": ["actions/**"]}),
        (a_run(event=None), {"events": ["push"]}),
        (a_run(event=""), {"events": ["push"]}),
    ],
)
def test_what_nobody_looked_for_is_missing(run, demand):
    assert only_missing(judge(run, **demand))


def test_foreign_code_that_is_not_pinned_is_found_with_its_lines():
    uses = (
        a_use("actions/checkout@v4"),
        a_use("actions/checkout@v4", line=40),
        a_use("actions/cache@" + "ab" * 20, pinned=True),
        a_use("docker://node:20", line=None),
    )
    judgement = judge(a_run(uses=uses), pinned=True)
    assert said(judgement) == [
        f"actions/checkout@v4 in {WORKFLOW}:14, 40 is not pinned",
        f"docker://node:20 in {WORKFLOW} is not pinned",
    ]
    assert {each.subject.path for each in judgement.findings} == {WORKFLOW}


@pytest.mark.parametrize(
    ("trusted", "name", "is_trusted"),
    [
        ("actions/**", "actions/cache/restore@v4", True),
        ("Actions/*", "actions/checkout@v4", True),
        ("actions/checkout", "actions/checkout@v4", True),
        ("actions/checkout@v4", "actions/checkout@v3", False),
        ("actions/*", "actions/cache/restore@v4", False),
        ("actions/**", "actionsx/checkout@v4", False),
        ("actions/**", "docker://actions/checkout:1", False),
        ("actions/**", "actions/../evil/checkout@v4", False),
        ("actions/**", "", False),
    ],
)
def test_trusted_code_need_not_be_pinned(trusted, name, is_trusted):
    assert (judge(a_run(uses=(a_use(name),)), pinned=True, trusted=[trusted]).findings == ()) is is_trusted


def test_an_event_that_is_not_allowed_is_found():
    run = a_run(event="workflow_dispatch")
    assert said(judge(run, events=["pull_request", "push"])) == [
        "the run was set off by workflow_dispatch, which is none of pull_request, push"
    ]
    assert said(judge(run, events=["pull_request", "workflow_*"])) == []


# --- what a finding is known by


def test_a_finding_is_the_same_in_the_next_run():
    now = a_run(a_job("test", "failure", id="1", url="https://forge.example/1"), uses=(a_use("a/b@v1"),))
    later = a_run(a_job("test", "timed-out", id="2", attempt=1), uses=(a_use("a/b@v1", line=90),))
    first, second = (judge(each, required_jobs=["test"], pinned=True).findings for each in (now, later))
    assert [each.fingerprint for each in first] == [each.fingerprint for each in second]


def test_that_a_job_did_not_run_and_that_it_failed_are_two_findings():
    prints = {
        judge(a_run(a_job("test", status)), required_jobs=["test"]).findings[0].fingerprint
        for status in ("skipped", "failure")
    }
    assert len(prints) == 2


def test_a_job_that_breaks_several_requirements_is_found_once():
    run = a_run(a_job("test", "failure"))
    assert len(judge(run, required_jobs=["test", "t*"], no_failed_jobs=True).findings) == 1


def test_jobs_of_one_name_in_two_stages_are_two_findings():
    run = a_run(a_job("test", "failure", stage="unit"), a_job("test", "failure", stage="system"))
    assert len({each.fingerprint for each in judge(run, required_jobs=["test"]).findings}) == 2


def test_what_is_wrong_with_very_many_jobs_is_cut_aloud():
    run = a_run(*(a_job(f"test {number}", "failure") for number in range(600)))
    judgement = judge(run, required_jobs=["test *"])
    assert len(judgement.findings) == 501
    assert said(judgement)[-1].startswith("100 more findings")
    assert judgement.summary.endswith("and 498 more")


# --- a worse pipeline


LADDER = ["success", "skipped", "failure"]
JOBS = st.lists(st.sampled_from(LADDER), min_size=1, max_size=6)


@given(JOBS, st.data())
def test_a_worse_pipeline_never_makes_fewer_findings(ends, data):
    worse = [data.draw(st.sampled_from(LADDER[LADDER.index(each) :])) for each in ends]
    used = data.draw(st.lists(st.sampled_from(["a/b@v1", "c/d@v2"]), max_size=2))
    more = data.draw(st.lists(st.sampled_from(["e/f@v3", "c/d@v2"]), max_size=2))
    demands = {"required_jobs": ["0", "1"], "no_failed_jobs": True, "pinned": True}
    counts = [
        len(
            judge(
                a_run(
                    *(a_job(str(index), end) for index, end in enumerate(each)), uses=tuple(map(a_use, uses))
                ),
                **demands,
            ).findings
        )
        for each, uses in ((ends, used), (worse, [*used, *more]))
    ]
    assert counts[0] <= counts[1]
