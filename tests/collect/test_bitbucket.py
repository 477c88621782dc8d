"""Asking Bitbucket Cloud, and reading what it answered."""

from __future__ import annotations

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.approvals import Permission, PersonKind, ReviewState
from gatepass.model.build import Build, Run
from gatepass.model.pipeline import JobStatus
from support.bitbucket_answers import (
    BASE,
    HEAD,
    OLD,
    PERMISSIONS,
    PULL,
    commit,
    decision,
    diff,
    participant,
    pipeline,
    routes,
    step,
    update,
    user,
    values,
)
from support.bitbucket_case import approvals, collect, found
from support.evidence import read
from support.loopback import Reply, serving


def by_name(evidence):
    return {each.by.name: each for each in evidence.reviews}


def activity(*entries):
    return values(*entries)


def one_pull(*participants, **more):
    pull = routes()[PULL]
    return {**pull, "participants": list(participants), **more}


def test_an_approval_is_for_the_commit_that_the_branch_was_at(tmp_path):
    evidence = approvals(tmp_path)
    assert (evidence.change_request, evidence.head, evidence.base) == ("482", HEAD, BASE)
    assert [(each.by.login, each.state, each.commit, each.permission) for each in evidence.reviews] == [
        ("bob", ReviewState.APPROVED, OLD, Permission.WRITE),
        ("carol", ReviewState.APPROVED, HEAD, Permission.WRITE),
        ("dana", ReviewState.CHANGES_REQUESTED, HEAD, Permission.WRITE),
    ]
    assert evidence.author.login == "alice"
    assert evidence.pushed_by.login == "bob"
    assert {each.login for each in evidence.committers} == {"alice", "bob"}
    assert evidence.changed_paths == ("bitbucket-pipelines.yml", "src/a.py", "src/b.py")
    assert evidence.gate.login == "eve"


def test_a_clean_rebase_keeps_what_the_change_does(tmp_path):
    head, old = approvals(tmp_path).versions
    assert (head.head, old.head) == (HEAD, OLD)
    assert head.change == old.change is not None


@pytest.mark.parametrize(
    "other",
    [
        Reply(diff(7).replace("+done", "+gone")),
        Reply(diff(7).replace("+done\n", "")),
        Reply(diff(7, binary=True)),
        Reply(""),
        Reply("", 404),
        Reply("", 555),
        Reply(b"\xff\xfe"),
    ],
)
def test_what_does_not_compare_is_no_clean_rebase(tmp_path, other):
    head, old = approvals(tmp_path, old_diff=other).versions
    assert head.change != old.change


def test_two_binary_changes_are_not_taken_for_one(tmp_path):
    binary = Reply(diff(7, binary=True))
    assert {each.change for each in approvals(tmp_path, diff=binary, old_diff=binary).versions} == {None}


def test_an_approval_in_the_instant_of_a_push_is_for_no_known_commit(tmp_path):
    entries = activity(update(HEAD, 30), decision("approval", "bob", 30), update(OLD, 10))
    pull = one_pull(participant(user("bob"), approved=True))
    assert [each.commit for each in approvals(tmp_path, pull=pull, activity=entries).reviews] == [None]


def test_an_approval_without_its_activity_is_for_no_known_commit(tmp_path):
    pull = one_pull(participant(user("bob"), approved=True))
    evidence = approvals(tmp_path, pull=pull, activity=activity(update(HEAD, 30)))
    assert [(each.at, each.commit) for each in evidence.reviews] == [(None, None)]


def test_a_commit_that_is_gone_is_not_guessed(tmp_path):
    evidence = approvals(tmp_path, old=Reply("", 404))
    assert by_name(evidence)["Bob"].commit is None


def test_a_head_whose_id_is_not_told_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="whole id of the head"):
        approvals(tmp_path, head=Reply("", 404))
    with pytest.raises(UnreadableEvidence, match="with another one"):
        approvals(tmp_path, head={"hash": OLD})
    with pytest.raises(UnreadableEvidence, match="moved meanwhile"):
        approvals(tmp_path, commits=values(commit(OLD)))


def test_deleted_accounts_and_apps_are_no_people(tmp_path):
    gone = {"type": "user", "display_name": "Former user", "account_status": "closed"}
    app = user("renovate", type="app_user")
    pull = one_pull(*(participant(each, approved=True) for each in (None, gone, app)))
    kinds = [each.by.kind for each in approvals(tmp_path, pull=pull).reviews]
    assert kinds == [PersonKind.GHOST, PersonKind.GHOST, PersonKind.BOT]
    untyped = one_pull(participant(user("bob", type=None), approved=True))
    with pytest.raises(UnreadableEvidence, match="tells people from bots"):
        approvals(tmp_path, pull=untyped)


def test_whoever_takes_the_nickname_of_another_is_called_by_uuid(tmp_path):
    impostor = user("eve", nickname="Dana")
    members = values(*({"user": each} for each in (user("dana"), impostor, user("bob"))))
    pull = one_pull(participant(impostor, approved=True), participant(user("bob"), approved=True))
    logins = [each.by.login for each in approvals(tmp_path, pull=pull, members=members).reviews]
    assert logins == [impostor["uuid"], "bob"]


def test_without_the_list_of_members_everybody_is_called_by_uuid(tmp_path):
    for more in ({"members": Reply("", 403)}, {"options": {"names": "uuid"}}):
        evidence = approvals(tmp_path, **more)
        assert evidence.author.login == evidence.author.id == user("alice")["uuid"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply("", 403), None),
        (values(), Permission.NONE),
        (values({"permission": "admin", "user": {"uuid": user("eve")["uuid"]}}), Permission.NONE),
    ],
)
def test_a_permission_is_of_the_person_or_not_known(tmp_path, answer, expected):
    assert by_name(approvals(tmp_path, permission=answer))["Bob"].permission is expected


def test_what_the_branch_demands(tmp_path):
    protection = approvals(tmp_path).protection
    assert (protection.branch, protection.required_approvals, protection.enforced) == ("main", 2, True)
    assert (protection.dismisses_stale, protection.force_pushes) == (True, True)
    assert protection.bypass == ("dana", "group release")
    bare = approvals(tmp_path, restrictions=values()).protection
    assert (bare.required_approvals, bare.enforced, bare.bypass) == (0, False, ("everybody who may write",))
    assert approvals(tmp_path, restrictions=Reply("", 403)).protection is None


def test_default_reviewers_are_a_team(tmp_path):
    ((name, members),) = approvals(tmp_path).teams
    assert (name, [each.login for each in members]) == ("default-reviewers", ["carol"])
    assert approvals(tmp_path, default=Reply("", 403)).teams == ()


def test_the_author_of_a_commit_without_an_account_is_nobody_known(tmp_path):
    commits = values(commit(HEAD, "mallory", account=False), commit(OLD, "carol"))
    stranger = approvals(tmp_path, commits=commits).committers[0]
    assert (stranger.login, stranger.kind, stranger.email) == ("", PersonKind.GHOST, "mallory@acme.example")


def test_a_co_author_is_a_committer(tmp_path):
    message = "Refunds\n\nCo-authored-by: Carol <carol@acme.example>\n"
    commits = values(commit(HEAD, message=message), commit(OLD, "carol"))
    assert "carol" in {each.login for each in approvals(tmp_path, commits=commits).committers}


def test_all_pages_are_asked_for(tmp_path):
    def commits(heard):
        if heard.query.get("page") == "2":
            return Reply(values(commit(HEAD, "carol")))
        following = f"http://{heard.headers['host']}{heard.path}?page=2"
        return Reply(values(commit(OLD), next=following))

    logins = {each.login for each in approvals(tmp_path, commits=commits).committers}
    assert logins == {"alice", "bob", "carol"}


@pytest.mark.parametrize(
    "changes",
    [
        {"activity": Reply("", 403)},
        {"commits": Reply("", 404)},
        {"pull": Reply("", 401)},
        {"commits": Reply("[]", cut=True)},
        {"activity": Reply("", 500)},
        {"diffstat": Reply("", 429)},
        {"commits": Reply("", 302, {"Location": "https://id.atlassian.example/login"})},
        {"commits": Reply("<html>Log in</html>")},
        {"commits": {"values": None}},
        {"commits": {}},
        {"commits": values("x")},
        {"members": Reply("", 500)},
        {"commits": values(next="https://elsewhere.example/commits")},
        {"pull": {}},
    ],
)
def test_what_is_not_answered_is_an_error_and_never_an_empty_list(tmp_path, changes):
    with pytest.raises((CollectionError, UnreadableEvidence)) as caught:
        approvals(tmp_path, **changes)
    assert isinstance(caught.value, CollectionError)
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_what_may_pass_is_asked_again(tmp_path, status):
    pull = routes()[PULL]
    evidence = approvals(tmp_path, pull=[Reply("", status, {"Retry-After": "1"}), Reply(pull)])
    assert len(evidence.reviews) == 3


def test_without_a_token_or_a_pull_request_nobody_is_asked():
    with serving(routes()) as server:
        with pytest.raises(CollectionError, match="no token"):
            collect(server.url, "approvals", BITBUCKET_TOKEN="")
        with pytest.raises(CollectionError, match="no pull request"):
            collect(server.url, "approvals", build=Build("bitbucket", "acme/payments", HEAD))
        with pytest.raises(CollectionError, match="workspace/name"):
            collect(server.url, "pipeline", build=Build("bitbucket", run=Run(id="77")))
        assert server.heard == []


def test_a_user_name_and_a_password_do_as_well():
    with serving(routes()) as server:
        more = {"BITBUCKET_USERNAME": "ci@acme.example", "BITBUCKET_APP_PASSWORD": "top-secret"}
        collect(server.url, "approvals", BITBUCKET_TOKEN="", **more)
        assert {each.headers["authorization"].split()[0] for each in server.heard} == {"Basic"}
        assert PERMISSIONS in server.paths()


def test_a_cut_collection_is_refused(tmp_path):
    with serving(routes(commits=values(commit(HEAD), size=3, page=1, pagelen=100))) as server:
        data = collect(server.url, "approvals")
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    with pytest.raises(UnreadableEvidence, match="all pages about commits"):
        read(path, "bitbucket-collected-approvals")


def test_a_pipeline_tells_its_steps_and_earlier_runs(tmp_path):
    evidence = found(tmp_path, "pipeline")
    assert (evidence.run, evidence.commit, evidence.gate_job) == ("77", HEAD, "gate")
    assert [(job.name, job.status, job.manual) for job in evidence.jobs] == [
        ("test", JobStatus.SUCCESS, False),
        ("scan", JobStatus.SKIPPED, False),
        ("deploy", JobStatus.FAILURE, True),
        ("gate", JobStatus.RUNNING, False),
        ("SonarQube", JobStatus.FAILURE, False),
    ]
    assert [job.app for job in evidence.jobs] == [None, None, None, None, "unknown"]
    assert [(each.run, each.status) for each in evidence.attempts] == [
        ("75", JobStatus.FAILURE),
        ("77", JobStatus.RUNNING),
    ]
    assert evidence.started_by.login == user("alice")["uuid"]
    assert evidence.workflow_changed == ("bitbucket-pipelines.yml",)


def test_a_step_that_was_run_again_is_an_attempt_by_nobody_known(tmp_path):
    steps = values(step("test", "SUCCESSFUL", uuid="s1", number=2))
    evidence = found(tmp_path, "pipeline", steps=steps)
    assert (evidence.attempt, evidence.triggered_by) == (2, None)
    own = [each for each in evidence.attempts if each.run == "77"]
    assert [(each.number, each.status, each.by) for each in own] == [
        (1, JobStatus.UNKNOWN, None),
        (2, JobStatus.RUNNING, None),
    ]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"name": "COMPLETED"}, JobStatus.UNKNOWN),
        ({"name": "COMPLETED", "result": {"name": "GLORIOUS"}}, JobStatus.UNKNOWN),
        ({"name": "COMPLETED", "result": {"name": "STOPPED"}}, JobStatus.CANCELLED),
        ({"name": "PENDING", "stage": {"name": "PAUSED"}}, JobStatus.MANUAL),
        (None, JobStatus.UNKNOWN),
    ],
)
def test_what_did_not_plainly_succeed_is_no_success(tmp_path, state, status):
    steps = values({**step("test", "SUCCESSFUL", uuid="s1"), "state": state})
    assert found(tmp_path, "pipeline", steps=steps).jobs[0].status is status


def test_pages_without_an_address_of_the_next_are_asked_for_by_number(tmp_path):
    def runs(heard):
        page = int(heard.query.get("page", 1))
        shown = pipeline(75, result="FAILED") if page == 1 else pipeline(77, result=None)
        return Reply(values(shown, page=page, pagelen=1, size=2) | {"pagelen": 1})

    evidence = found(tmp_path, "pipeline", pipelines=runs)
    assert [each.run for each in evidence.attempts] == ["75", "77"]


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": values()},
        {"pipelines": values(pipeline(75, commit=OLD))},
        {"pipeline": pipeline(78)},
        {"steps": values({"state": {}})},
    ],
)
def test_a_pipeline_that_does_not_fit_together_is_refused(tmp_path, changes):
    with pytest.raises(UnreadableEvidence):
        found(tmp_path, "pipeline", **changes)
