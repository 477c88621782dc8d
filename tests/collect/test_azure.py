"""Asking Azure DevOps, and reading what it answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.collect import Asked
from gatepass.collect.azure import COLLECTOR
from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.approvals import PersonKind, ReviewState
from gatepass.model.build import Build, ChangeRequest, Run
from gatepass.model.pipeline import JobStatus, Runner
from support.azure_answers import (
    APPROVAL,
    HEAD,
    OLD,
    PULL,
    build,
    change,
    commit,
    identity,
    iteration,
    record,
    reviewer,
    routes,
    values,
    vote,
)
from support.evidence import read, recognised_as
from support.loopback import Reply, serving
from support.values import NOW

BUILD = Build("azure", "shop/payments", change_request=ChangeRequest("482", head=HEAD), run=Run(id="77"))
SIGN_IN = Reply("<html>Sign in</html>", 203, {"Content-Type": "text/html"})


def collect(url, kind, *, build=BUILD, **environment):
    variables = {
        "SYSTEM_COLLECTIONURI": f"{url}/",
        "SYSTEM_TEAMPROJECT": "shop",
        "SYSTEM_ACCESSTOKEN": "top-secret",
        "SYSTEM_JOBID": "j4",
    }
    given = {name: value for name, value in {**variables, **environment}.items() if value}
    asked = Asked(build, given, Path(), NOW, "gatepass test", {}, [].append, [].append)
    return COLLECTOR.collect(asked, kind).data


def found(tmp_path, kind, **changes):
    with serving(routes(**changes)) as server:
        data = collect(server.url, kind)
    assert b"top-secret" not in data
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    assert recognised_as(path) == [f"azure-collected-{kind}"]
    return read(path, f"azure-collected-{kind}").evidence


def approvals(tmp_path, **changes):
    return found(tmp_path, "approvals", **changes)


def pull(*reviewers, **more):
    return {**routes()[PULL], "reviewers": list(reviewers), **more}


def test_votes_are_for_the_iteration_that_was_there(tmp_path):
    evidence = approvals(tmp_path)
    assert (evidence.change_request, evidence.head, evidence.repository) == ("482", HEAD, "shop/payments")
    assert [(each.by.login, each.state, each.commit, each.teams) for each in evidence.reviews] == [
        ("bob@acme.example", ReviewState.APPROVED, OLD, ()),
        ("carol@acme.example", ReviewState.APPROVED, HEAD, (r"[shop]\appsec",)),
        ("dana@acme.example", ReviewState.CHANGES_REQUESTED, HEAD, ()),
    ]
    assert evidence.pushed_by.login == "frank@acme.example"
    assert {each.login for each in evidence.committers} == {"alice@acme.example", "frank@acme.example"}
    assert (evidence.changed_paths, evidence.labels) == (("src/a.py",), ("urgent",))
    assert (evidence.gate.id, evidence.gate.kind) == ("id-ci", PersonKind.BOT)


def test_a_group_never_votes(tmp_path):
    group = {"id": "g1", "displayName": "team", "isContainer": True, "vote": 10}
    assert approvals(tmp_path, pull=pull(group)).reviews == ()


def test_services_and_deleted_accounts_are_no_people(tmp_path):
    people = [reviewer("ci", 10, descriptor="svc.abc"), reviewer("old", 10, isDeletedInOrigin=True)]
    kinds = [each.by.kind for each in approvals(tmp_path, pull=pull(*people)).reviews]
    assert kinds == [PersonKind.BOT, PersonKind.GHOST]


@pytest.mark.parametrize(
    "threads",
    [values(), values(vote("bob", -5, 40)), values(vote("bob", 10, 30)), values(vote("eve", 10, 40))],
)
def test_a_vote_of_which_nothing_tells_when_is_for_no_known_commit(tmp_path, threads):
    made = approvals(tmp_path, pull=pull(reviewer("bob", 10)), threads=threads)
    assert [each.commit for each in made.reviews] == [None]


def test_a_clean_rebase_keeps_what_the_change_does(tmp_path):
    head, old = approvals(tmp_path).versions
    assert (head.head, old.head) == (HEAD, OLD)
    assert head.change == old.change is not None
    other = {"changeEntries": [change("/src/a.py", new="d1" * 20)]}
    head, old = approvals(tmp_path, old_changes=other).versions
    assert head.change != old.change
    assert approvals(tmp_path, old_changes={"changeEntries": []}).versions[1].change is None


def test_an_address_that_nobody_here_has_is_of_somebody_unknown(tmp_path):
    made = approvals(tmp_path, commits=values(commit(HEAD, "mallory")))
    assert (made.committers[0].login, made.committers[0].email) == ("", "mallory@acme.example")


def test_what_the_branch_demands(tmp_path):
    protection = approvals(tmp_path).protection
    assert (protection.branch, protection.required_approvals, protection.required_checks) == (
        "main",
        2,
        ("ci",),
    )
    assert (protection.dismisses_stale, protection.last_push_approval) == (True, True)
    assert approvals(tmp_path, evaluations=Reply("", 403)).protection is None
    assert approvals(tmp_path, evaluations=values()).protection.required_approvals == 0


def test_all_pages_are_asked_for(tmp_path):
    def commits(heard):
        if heard.query.get("continuationToken") == "t/2":
            return Reply(values(commit(HEAD, "frank")))
        return Reply(values(commit(OLD)), headers={"x-ms-continuationtoken": "t/2"})

    def changes(heard):
        skipped = heard.query.get("$skip") == "1"
        shown = {"changeEntries": [change("/b.py" if skipped else "/a.py")]}
        return Reply(shown if skipped else {**shown, "nextSkip": 1, "nextTop": 1})

    made = approvals(tmp_path, commits=commits, changes=changes)
    assert "frank@acme.example" in {each.login for each in made.committers}
    assert made.changed_paths == ("a.py", "b.py")


@pytest.mark.parametrize(
    "answer",
    [
        SIGN_IN,
        Reply("", 302, {"Location": "https://signin.example/_signin"}),
        Reply("<html>Sign in</html>"),
        Reply("", 401),
        Reply("", 403),
        Reply("", 404),
        Reply("", 429),
        Reply("", 500),
        Reply('{"value": []}', cut=True),
        [],
        {},
        {"value": None},
        {"value": ["x"]},
    ],
)
@pytest.mark.parametrize("name", ["threads", "commits"])
def test_what_is_not_answered_is_an_error_and_never_an_empty_list(tmp_path, name, answer):
    with pytest.raises(CollectionError) as caught:
        approvals(tmp_path, **{name: answer})
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["evaluations", "gate"])
def test_a_sign_in_page_is_never_a_thing_that_is_not_known(tmp_path, name):
    with pytest.raises(CollectionError, match="sign-in page"):
        approvals(tmp_path, **{name: SIGN_IN})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iterations": values()}, "no iterations"),
        ({"iterations": values(iteration(1, OLD, 10))}, "two head commits"),
        ({"commits": values(commit(OLD))}, "moved meanwhile"),
        ({"commits": {"value": [commit(HEAD)], "count": 2}}, "not whole"),
        ({"pull": pull(reviewer("bob", 7))}, "none of Azure's"),
        ({"pull": pull({**identity("bob"), "id": "", "vote": 10})}, "has no id"),
        ({"pull": pull(createdBy=None)}, "names no author"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(tmp_path, changes, message):
    with pytest.raises(UnreadableEvidence, match=message):
        approvals(tmp_path, **changes)


def test_nobody_is_asked_without_a_token_or_about_a_pull_request_elsewhere():
    with serving(routes()) as server:
        with pytest.raises(CollectionError, match="no token"):
            collect(server.url, "approvals", SYSTEM_ACCESSTOKEN="")
        with pytest.raises(CollectionError, match="not in Azure Repos"):
            collect(server.url, "approvals", BUILD_REPOSITORY_PROVIDER="GitHub")
        with pytest.raises(CollectionError, match="no pull request"):
            collect(server.url, "approvals", build=Build("azure", "shop/payments"))
        assert server.heard == []
        collect(server.url, "pipeline", SYSTEM_ACCESSTOKEN="", AZURE_DEVOPS_TOKEN="top-secret")
        assert server.heard[0].headers["authorization"].startswith("Basic ")


def test_a_run_tells_its_jobs_attempts_and_who_let_it_deploy(tmp_path):
    made = found(tmp_path, "pipeline")
    assert (made.run, made.gate_job, made.attempt, made.triggered_by) == ("77", "gate", 2, None)
    assert [(job.name, job.status, job.stage, job.runner) for job in made.jobs] == [
        ("test", JobStatus.SUCCESS, "Deploy", Runner.SELF_HOSTED),
        ("scan", JobStatus.NEUTRAL, "Deploy", None),
        ("lint", JobStatus.SKIPPED, None, None),
        ("gate", JobStatus.RUNNING, None, None),
    ]
    assert [(each.run, each.number, each.status, each.failed_jobs) for each in made.attempts] == [
        ("76", 1, JobStatus.FAILURE, ()),
        ("77", 1, JobStatus.FAILURE, ("test",)),
        ("77", 2, JobStatus.RUNNING, ()),
    ]
    ((stage, by),) = [(each.environment, each.by.login) for each in made.deployments]
    # that a stage was started by hand Azure does not tell
    assert (made.deployments_known, made.manual_known) == (True, False)
    assert (stage, by) == ("Deploy", "dana@acme.example")


def test_a_timeline_that_is_gone_leaves_the_run_incomplete(tmp_path):
    made = found(tmp_path, "pipeline", earlier=Reply("", 404))
    assert (made.complete, made.attempts[1].status) == (False, JobStatus.UNKNOWN)


def test_an_approval_of_which_nothing_is_told_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="does not tell of 1 approval"):
        found(tmp_path, "pipeline", approvals=values())
    with pytest.raises(CollectionError):
        found(tmp_path, "pipeline", approvals=Reply("", 403))
    with pytest.raises(CollectionError, match="no jobs"):
        found(tmp_path, "pipeline", timeline={"records": []})


# answers that are odd


def timeline_of(*records):
    return {"records": [*records, record("j4", "Job", "gate", None)]}


def test_what_is_not_known_to_be_no_job_is_judged_as_one(tmp_path):
    odd = record("j9", "ContainerJob", "new", "failed")
    made = found(tmp_path, "pipeline", timeline=timeline_of(odd, record("t1", "Task", "step", "failed")))
    assert [(job.name, job.status) for job in made.jobs][:-1] == [("new", JobStatus.FAILURE)]


@pytest.mark.parametrize("kind", [None, "", " ", 7, ["Job"]])
def test_a_record_that_is_of_no_kind_is_refused(tmp_path, kind):
    with pytest.raises(UnreadableEvidence, match="whether it is a job"):
        found(tmp_path, "pipeline", timeline=timeline_of(record("j1", kind, "test", "failed")))


@pytest.mark.parametrize("kind", ["Job", "ContainerJob", "Phase", "Stage"])
@pytest.mark.parametrize("number", [None, 0, 1])
def test_an_attempt_comes_after_those_that_it_names(tmp_path, kind, number):
    before = [{"attempt": 1, "timelineId": "t1", "recordId": "j1"}]
    again = record("j1", kind, "test", "succeeded", attempt=number, previousAttempts=before)
    with pytest.raises(UnreadableEvidence, match="no attempt"):
        found(tmp_path, "pipeline", timeline=timeline_of(again))


@pytest.mark.parametrize("kind", ["Job", "ContainerJob", "Phase", "Stage"])
def test_attempts_are_counted_by_whatever_was_tried_again(tmp_path, kind):
    again = record("j1", kind, "test", "succeeded", attempt=2)
    assert found(tmp_path, "pipeline", timeline=timeline_of(again)).attempt == 2


@pytest.mark.parametrize("steps", [None, "x", {}, [None], [{}], [{"status": None}], [{"status": 7}], []])
def test_an_approval_that_does_not_tell_how_it_was_decided_is_refused(tmp_path, steps):
    with pytest.raises(UnreadableEvidence):
        found(tmp_path, "pipeline", approvals=values({"id": APPROVAL, "steps": steps}))


def test_an_approval_that_nobody_has_decided_about_is_no_deployment(tmp_path):
    waiting = {"id": APPROVAL, "steps": [], "status": "pending"}
    assert found(tmp_path, "pipeline", approvals=values(waiting)).deployments == ()


def runs_before(tmp_path, *earlier, **own):
    made = found(
        tmp_path,
        "pipeline",
        timeline=timeline_of(),
        build=build(77) | own,
        builds=values(build(77), *earlier),
    )
    return [(each.run, each.status) for each in made.attempts[:-1]]


def test_a_run_that_was_queued_by_hand_is_of_the_same_commit_by_what_was_built(tmp_path):
    by_hand = {"reason": "manual", "triggerInfo": {}}
    failed = build(76, result="failed")
    assert runs_before(tmp_path, failed, **by_hand) == [("76", JobStatus.FAILURE)]
    assert runs_before(tmp_path, failed | by_hand) == [("76", JobStatus.FAILURE)]


def test_a_run_of_another_trial_merge_may_be_of_the_same_commit(tmp_path):
    moved = build(76, result="failed") | {"sourceVersion": OLD, "triggerInfo": None}
    assert runs_before(tmp_path, moved) == [("76", JobStatus.UNKNOWN)]
    on_a_branch = {"sourceBranch": "refs/heads/main", "reason": "individualCI", "triggerInfo": {}}
    assert runs_before(tmp_path, moved | on_a_branch, **on_a_branch) == []


@pytest.mark.parametrize("told", ["x", [], {"pr.sourceSha": HEAD[:12]}, {"pr.sourceSha": 7}])
def test_a_source_that_is_no_commit_is_refused(tmp_path, told):
    with pytest.raises(UnreadableEvidence):
        runs_before(tmp_path, build(76, result="failed") | {"triggerInfo": told})


@pytest.mark.parametrize("listed", [(), (build(76),), (build(77), {})])
def test_a_list_of_runs_that_is_not_whole_is_refused(tmp_path, listed):
    with pytest.raises(UnreadableEvidence):
        found(tmp_path, "pipeline", builds=values(*listed))


@pytest.mark.parametrize(
    "listed",
    [
        (iteration(2, OLD, 10), iteration(2, HEAD, 30)),
        (iteration(1, OLD, 40), iteration(2, HEAD, 30)),
    ],
)
def test_iterations_that_are_in_no_order_are_refused(tmp_path, listed):
    with pytest.raises(UnreadableEvidence, match="which came first"):
        approvals(tmp_path, iterations=values(*listed))


def test_a_reviewer_who_is_listed_twice_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="twice"):
        approvals(tmp_path, pull=pull(reviewer("bob", -10), reviewer("bob", 10)))
