"""Asking GitLab about a pipeline, and reading what it answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.build import ChangeRequest, Run
from gatepass.model.pipeline import JobStatus, Runner
from support.gitlab_answers import (
    HEAD,
    LINT,
    OLD,
    PIPELINE,
    PROJECT,
    connection,
    deployment,
    diff,
    job,
    manual,
    pipeline,
    request,
    routes,
    user,
)
from support.gitlab_asking import BUILD, FORBIDDEN, GONE, collect, found
from support.loopback import Reply, serving


def run(tmp_path, **more):
    return found(tmp_path, "pipeline", **more)


def one_job(**more):
    return {"jobs": [job(101, "test", **more), job(105, "gate", "running")], "bridges": []}


def test_a_pipeline_tells_its_jobs_in_their_newest_try(tmp_path):
    evidence = run(tmp_path)
    assert (evidence.run, evidence.commit, evidence.gate_job) == ("7001", HEAD, "gate")
    assert (evidence.event, evidence.workflow_path, evidence.attempt) == (
        "merge_request_event",
        ".gitlab-ci.yml",
        2,
    )
    assert [(each.name, each.status.value, each.attempt) for each in evidence.jobs] == [
        ("test", "success", 2),
        ("lint", "failure", 1),
        ("deploy", "success", 1),
        ("gate", "running", 1),
        ("child", "success", 1),
        ("other", "success", 1),
        ("child / e2e", "failure", 1),
        ("sonar", "failure", None),
    ]
    assert [each.name for each in evidence.jobs if each.allowed_failure] == ["lint"]
    assert [(each.name, each.app) for each in evidence.jobs if each.app] == [("sonar", "eve")]
    assert evidence.complete


def test_who_retried_and_who_played_a_job_are_named(tmp_path):
    evidence = run(tmp_path)
    assert {each.name: each.by.login for each in evidence.jobs if each.by} == {
        "test": "carol",
        "deploy": "dana",
    }
    assert [each.name for each in evidence.jobs if each.manual] == ["deploy"]
    told = [(each.run, each.number, each.status.value, each.by.login) for each in evidence.attempts]
    assert told == [
        ("6998", 1, "cancelled", "alice"),
        ("6999", 1, "failure", "eve"),
        ("7001", 1, "failure", "alice"),
        ("7001", 2, "running", "carol"),
    ]
    assert evidence.attempts[2].failed_jobs == ("test", "lint", "child / e2e")
    assert (evidence.started_by.login, evidence.triggered_by.login) == ("alice", "carol")


def test_a_manual_job_that_nobody_played_is_by_nobody(tmp_path):
    (waiting, *_) = run(tmp_path, **one_job(status="manual")).jobs
    assert (waiting.manual, waiting.status, waiting.by) == (True, JobStatus.MANUAL, None)


@pytest.mark.parametrize("told", [[], [manual(101, "test", None)], [manual(105, "gate", False)]])
def test_where_nothing_tells_whether_a_job_is_manual_answers_are_missing(tmp_path, told):
    assert not run(tmp_path, manual=connection(*told), **one_job()).complete


def test_retries_by_different_people_are_different_attempts(tmp_path):
    jobs = [
        job(101, "a", "failed"),
        job(102, "b", "failed"),
        job(103, "c", "canceled"),
        job(110, "a", "failed", by="bob"),
        job(111, "b", by="bob"),
        job(112, "c", by="carol"),
        job(113, "a", "failed", by="carol"),
        job(114, "a", by="carol"),
        job(115, "gate", "running"),
    ]
    attempts = run(tmp_path, jobs=jobs, bridges=[], pipelines=[pipeline()]).attempts
    assert [(each.number, each.by.login, each.status.value, each.failed_jobs) for each in attempts] == [
        (1, "alice", "failure", ("a", "b")),
        (2, "bob", "failure", ("a",)),
        (3, "carol", "failure", ("a",)),
        (4, "carol", "running", ()),
    ]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"status": "success"}, "success"),
        ({"status": "failed", "allow_failure": True}, "unknown"),
        ({"status": "canceled"}, "cancelled"),
        ({"status": "odd"}, "unknown"),
    ],
)
def test_how_an_attempt_ended_that_another_followed_is_told_by_its_jobs(tmp_path, before, expected):
    jobs = [job(101, "a", **before), job(110, "a", by="bob")]
    attempts = run(tmp_path, jobs=jobs, bridges=[], pipelines=[]).attempts
    assert attempts[0].status.value == expected


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"status": "failed", "failure_reason": "script_failure"}, JobStatus.FAILURE),
        ({"status": "failed", "failure_reason": "job_execution_timeout"}, JobStatus.TIMED_OUT),
        ({"status": "skipped"}, JobStatus.SKIPPED),
        ({"status": "scheduled"}, JobStatus.PENDING),
        ({"status": "canceling"}, JobStatus.RUNNING),
        ({"status": "glorious"}, JobStatus.UNKNOWN),
        ({"status": None}, JobStatus.UNKNOWN),
    ],
)
def test_what_did_not_plainly_succeed_is_no_success(tmp_path, told, status):
    assert run(tmp_path, **one_job(**told)).jobs[0].status is status


@pytest.mark.parametrize(
    ("runner", "expected"),
    [
        ({"is_shared": True}, Runner.HOSTED),
        ({"is_shared": False}, Runner.SELF_HOSTED),
        ({"is_shared": None}, None),
        (None, None),
    ],
)
def test_whose_machine_it_was_is_told_by_the_runner(tmp_path, runner, expected):
    assert run(tmp_path, **one_job(runner=runner)).jobs[0].runner is expected


# --- children


def test_what_a_pipeline_of_another_project_does_is_told_by_its_bridge_alone(tmp_path):
    with serving(routes()) as server:
        collect(server.url, "pipeline")
        assert not any("8000" in path for path in server.paths())


def test_a_pipeline_that_is_its_own_child_is_refused(tmp_path):
    itself = job(106, "child", downstream_pipeline={"id": 7001, "iid": 101, "project_id": 77})
    with pytest.raises(CollectionError, match="its own child"):
        run(tmp_path, bridges=[itself])


def test_a_child_that_is_not_answered_is_an_error(tmp_path):
    with pytest.raises(CollectionError):
        run(tmp_path, child_jobs=FORBIDDEN)


# --- deployments


def test_who_let_it_deploy_and_who_did_not(tmp_path):
    told = [
        (each.environment, each.state, each.by.login, each.comment, each.at.minute)
        for each in run(tmp_path).deployments
    ]
    assert told == [
        ("production", "approved", "frank", "Go", 50),
        ("production", "rejected", "eve", None, 51),
    ]


def test_where_deployments_may_not_be_seen_all_else_is_told(tmp_path):
    assert run(tmp_path).deployments_known
    for answer in (FORBIDDEN, GONE):
        evidence = run(tmp_path, deployments=answer)
        assert (evidence.deployments, evidence.deployments_known, evidence.complete) == ((), False, True)


@pytest.mark.parametrize(
    "other",
    [
        deployment(32),
        deployment(31, run=6999),
        deployment(31, approvals=[None]),
        deployment(31, approvals=[{"user": user("frank"), "status": None}]),
        deployment(31, approvals=[{"user": None, "status": "approved"}]),
        deployment(31, approvals=({},)),
        {**deployment(31), "approvals": None},
        {**deployment(31), "environment": {"name": ""}},
    ],
)
def test_a_deployment_that_is_told_oddly_is_refused(tmp_path, other):
    with pytest.raises(UnreadableEvidence):
        run(tmp_path, deployment=other)


# --- the definition


def used(evidence):
    return {each.name: each.pinned for each in evidence.uses or ()}


def test_foreign_code_is_pinned_by_a_whole_commit_or_a_digest(tmp_path):
    assert used(run(tmp_path)) == {
        "./ci/build.yml": True,
        "acme/ci/a.yml@HEAD": False,
        f"acme/ci/b.yml@{OLD}": True,
        "https://ci.acme.example/c.yml": False,
        "template: Jobs/SAST.gitlab-ci.yml": False,
        f"gitlab.acme.example/acme/gate/gate@{OLD}": True,
        "gitlab.acme.example/acme/gate/gate@1.0": False,
        "docker://ruby:3.3": False,
        "docker://python@sha256:" + "a1" * 32: True,
        "docker://postgres:16": False,
        "docker://redis": False,
    }


def test_an_address_with_a_digest_is_pinned_where_the_file_itself_says_so(tmp_path):
    where = "https://ci.acme.example/c.yml"
    written = f"include:\n- remote: {where}\n  integrity: sha256-abc=\n"
    assert used(run(tmp_path, definition=Reply(written)))[where]


def test_what_is_local_to_a_foreign_file_is_not_ours(tmp_path):
    nested = {"type": "local", "location": "x.yml", "context_project": "acme/ci", "context_sha": OLD}
    own = {"type": "local", "location": "ci/y.yml", "context_project": "Acme/Payments", "context_sha": HEAD}
    assert used(run(tmp_path, lint={**LINT, "merged_yaml": "a: {}", "includes": [nested, own]})) == {
        f"acme/ci/x.yml@{OLD}": True,
        "./ci/y.yml": True,
    }


def test_without_gitlabs_own_reading_the_file_is_read_by_itself(tmp_path):
    written = (
        "include:\n- project: acme/ci\n  file: [a.yml, /b.yml]\n  ref: main\n- https://x.example/c.yml\n"
    )
    written += "default:\n  image: ruby:3.3\ntest:\n  services: [{name: redis}]\n"
    for answer in (FORBIDDEN, GONE, Reply("", 400), {**LINT, "valid": False}):
        evidence = run(tmp_path, lint=answer, definition=Reply(written))
        assert used(evidence) == {
            "acme/ci/a.yml@main": False,
            "acme/ci/b.yml@main": False,
            "https://x.example/c.yml": False,
            "docker://ruby:3.3": False,
            "docker://redis": False,
        }
        assert evidence.workflow_changed == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"lint": GONE, "definition": Reply("include: ci/build.yml\n")},
        {"lint": GONE, "definition": Reply("a: &a {x: 1}\nb: {<<: *a}\n")},
        {"lint": GONE, "definition": Reply("- a\n")},
        {"lint": GONE, "definition": Reply("include: [7]\n")},
        {"lint": GONE, "definition": Reply("include: {registry: x}\n")},
        {"lint": GONE, "definition": GONE},
        {"lint": {**LINT, "merged_yaml": "a: !reference [b]\n"}},
        {"lint": {**LINT, "merged_yaml": None}},
        {"lint": {**LINT, "merged_yaml": "child: {trigger: {include: [{local: child.yml}]}}\n"}},
        {"lint": {**LINT, "merged_yaml": "child: {trigger: {include: [{artifact: c.yml, job: make}]}}\n"}},
        {"project": {"id": 77, "path_with_namespace": "acme/payments", "ci_config_path": "c.yml@acme/ci"}},
    ],
)
def test_what_cannot_be_told_of_the_definition_is_not_nothing(tmp_path, changed):
    evidence = run(tmp_path, **changed)
    assert evidence.uses is None
    assert evidence.workflow_changed is None


def test_a_child_of_a_foreign_file_is_foreign_code(tmp_path):
    merged = "child: {trigger: {include: [{project: acme/ci, file: c.yml, ref: main}]}}\n"
    assert used(run(tmp_path, lint={**LINT, "merged_yaml": merged, "includes": []})) == {
        "acme/ci/c.yml@main": False
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [("ci/build.yml", ("ci/build.yml",)), (".gitlab-ci.yml", (".gitlab-ci.yml",)), ("ci/other.yml", ())],
)
def test_that_the_change_touches_the_definition_is_known(tmp_path, path, expected):
    diffs = [diff(new_path=path), diff()]
    assert run(tmp_path, diffs=diffs).workflow_changed == expected


def test_a_touched_file_is_told_even_where_others_may_be_missing(tmp_path):
    touched = {
        "lint": GONE,
        "definition": Reply("include: ci/x.yml\n"),
        "diffs": [diff(new_path="ci/x.yml"), diff()],
    }
    assert run(tmp_path, **touched).workflow_changed == ("ci/x.yml",)


def test_a_change_that_has_moved_on_touches_nobody_knows_what(tmp_path):
    assert run(tmp_path, request=request(sha=OLD)).workflow_changed is None
    nobody = replace(BUILD, change_request=None)
    assert run(tmp_path, build=nobody).workflow_changed is None


# --- what does not fit


@pytest.mark.parametrize(
    "changed",
    [
        {"jobs": FORBIDDEN},
        {"jobs": {}},
        {"bridges": FORBIDDEN},
        {"pipelines": FORBIDDEN},
        {"earlier": FORBIDDEN},
        {"statuses": FORBIDDEN},
        {"pipeline": GONE},
        {"pipeline": pipeline(sha=None)},
        {"pipeline": pipeline(7000)},
        {"pipeline": pipeline(iid=None)},
        {"deployment": FORBIDDEN},
        {"deployments": {}},
        {"lint": Reply("", 500)},
        {"diffs": FORBIDDEN},
        {"graphql": {"data": {"project": {"pipeline": None}}}},
    ],
)
def test_what_is_not_answered_is_an_error(tmp_path, changed):
    with pytest.raises(CollectionError):
        run(tmp_path, **changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"project": {"id": 78, "path_with_namespace": "acme/payments"}}, "another project"),
        ({"project": {"id": 77, "path_with_namespace": "eve/payments"}}, "another project"),
        ({"pipeline": pipeline(user=None)}, "who started"),
        ({"jobs": [], "bridges": []}, "no jobs"),
        ({"jobs": [job(101, "test", pipeline={"id": 6})]}, "job of another pipeline"),
        ({"jobs": [job(101, None)]}, "without a name"),
        ({"jobs": [job(101, "test", id=None)]}, "job's id"),
        ({"earlier": pipeline(6998)}, "another earlier pipeline"),
        ({"earlier": pipeline(6999, sha=OLD)}, "another earlier pipeline"),
        ({"statuses": [{"id": 1, "sha": OLD, "name": "x"}]}, "another commit"),
        ({"statuses": [{"id": 1, "sha": HEAD}]}, "without a name"),
        ({"lint": {**LINT, "includes": None}}, "includes"),
        ({"lint": {**LINT, "includes": [{"type": "local"}]}}, "type or place"),
        ({"request": request(iid=7)}, "another merge request"),
        ({"request": request(changes_count=None)}, "does not tell all files"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(tmp_path, changed, words):
    with pytest.raises(UnreadableEvidence, match=words):
        run(tmp_path, **changed)


def test_a_pipeline_or_a_change_without_a_number_is_not_asked_for(tmp_path):
    with serving(routes()) as server:
        for strange in (Run(), Run(id="x")):
            with pytest.raises(CollectionError, match="which pipeline"):
                collect(server.url, "pipeline", build=replace(BUILD, run=strange))
        assert server.heard == []
        none = replace(BUILD, change_request=ChangeRequest(""))
        collect(server.url, "pipeline", build=none)
        assert f"{PROJECT}/merge_requests/482" not in server.paths()
        assert f"{PIPELINE}/jobs" in server.paths()
