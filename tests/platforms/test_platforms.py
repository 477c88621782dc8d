"""What a pipeline's variables say becomes the build; the commit under review is told from a trial merge."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.errors import UsageError
from gatepass.model.build import Assurance, Event
from gatepass.platforms import in_ci
from gatepass.platforms._platform import positive

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
MERGE = "0badc0ffee0badc0ffee0badc0ffee0badc0ffee"
GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/payments",
    "GITHUB_SHA": MERGE,
    "GITHUB_SERVER_URL": "https://git.acme.example",
    "GITHUB_RUN_ID": "9",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_WORKFLOW_REF": "acme/payments/.github/workflows/ci.yml@refs/heads/main",
    "GITHUB_JOB": "gate",
    "GITHUB_ACTOR": "alice",
    "GITHUB_ACTOR_ID": "1001",
    "GITHUB_TRIGGERING_ACTOR": "carol",
}
GITLAB = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_PROJECT_PATH": "acme/payments",
    "CI_COMMIT_SHA": MERGE,
    "CI_PIPELINE_ID": "77",
    "CI_PIPELINE_URL": "https://git.acme.example/acme/payments/-/pipelines/77",
    "CI_JOB_NAME": "gate",
    "GITLAB_USER_LOGIN": "alice",
    "GITLAB_USER_ID": "1001",
}


def github(tmp_path, event, ref, payload=None, **more):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(payload or {}))
    named = {"GITHUB_EVENT_NAME": event, "GITHUB_REF": ref, "GITHUB_EVENT_PATH": str(path)}
    return build_of({**GITHUB, **named, **more}, tmp_path, {})


def test_a_pull_request_is_judged_by_the_commit_under_review(tmp_path):
    pull = {
        "number": 482,
        "head": {"sha": HEAD, "ref": "refunds"},
        "base": {"sha": "c1" * 20, "ref": "main"},
        "user": {"login": "alice"},
        "html_url": "https://git.acme.example/acme/payments/pull/482",
    }
    build = github(tmp_path, "pull_request", "refs/pull/482/merge", {"pull_request": pull})
    assert (build.event, build.commit, build.head) == (Event.CHANGE_REQUEST, MERGE, HEAD)
    assert build.commits == (MERGE, HEAD)
    assert (build.branch, build.scope_branch) == (None, "main")
    assert (build.change_request.number, build.change_request.author) == ("482", "alice")


def test_a_merge_queue_is_in_scope_of_its_target(tmp_path):
    group = {
        "head_sha": MERGE,
        "base_sha": "c1" * 20,
        "base_ref": "refs/heads/main",
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-482-{HEAD}",
    }
    build = github(tmp_path, "merge_group", group["head_ref"], {"merge_group": group})
    assert (build.event, build.scope_branch, build.change_request.number) == (
        Event.MERGE_QUEUE,
        "main",
        "482",
    )


def test_who_started_and_who_ran_again_are_two(tmp_path):
    build = github(tmp_path, "push", "refs/heads/main")
    assert [(a.role, a.login, a.id) for a in build.actors] == [
        ("started-by", "alice", "1001"),
        ("triggered-by", "carol", None),
    ]
    assert {a.assurance for a in build.actors} == {Assurance.SELF_ASSERTED}
    assert (build.run.attempt, build.run.url) == (2, "https://git.acme.example/acme/payments/actions/runs/9")


@pytest.mark.parametrize(
    ("event", "ref", "expected", "branch", "tag"),
    [
        ("push", "refs/heads/release/1.4", Event.PUSH, "release/1.4", None),
        ("push", "refs/tags/v1.4.0", Event.TAG, None, "v1.4.0"),
        ("schedule", "refs/heads/main", Event.SCHEDULE, "main", None),
        ("workflow_dispatch", "refs/heads/main", Event.MANUAL, "main", None),
        ("something_new", "refs/heads/main", Event.MANUAL, "main", None),
    ],
)  # fmt: skip
def test_events_of_github(tmp_path, event, ref, expected, branch, tag):
    build = github(tmp_path, event, ref)
    assert (build.event, build.branch, build.tag) == (expected, branch, tag)


@pytest.mark.parametrize("content", ["", "{", "\xff"])
def test_an_event_that_cannot_be_read_is_an_error_and_no_guess(tmp_path, content):
    path = tmp_path / "event.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH cannot be read"):
        build_of({**GITHUB, "GITHUB_EVENT_PATH": str(path)}, tmp_path, {})


@pytest.mark.parametrize(
    "payload", [{"pull_request": None}, {"pull_request": []}, {"pull_request": {"head": None}}]
)
def test_an_odd_event_is_no_traceback(tmp_path, payload):
    assert github(tmp_path, "pull_request", "refs/pull/1/merge", payload).commit == MERGE


def test_a_merge_request_of_merged_results_is_judged_by_its_source():
    more = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "12",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "refunds",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://git.acme.example/acme/payments",
    }
    build = build_of({**GITLAB, **more}, Path(), {})
    assert (build.event, build.head, build.commits) == (Event.CHANGE_REQUEST, HEAD, (MERGE, HEAD))
    assert build.change_request.url == "https://git.acme.example/acme/payments/-/merge_requests/12"
    assert build.scope_branch == "main"
    plain = build_of({**GITLAB, **more, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""}, Path(), {})
    assert plain.head == MERGE
    train = build_of({**GITLAB, **more, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train"}, None, {})
    assert train.event is Event.MERGE_QUEUE


def test_a_child_pipeline_of_a_merge_request_is_one_of_the_change_request():
    more = {"CI_PIPELINE_SOURCE": "parent_pipeline", "CI_MERGE_REQUEST_IID": "7"}
    assert build_of({**GITLAB, **more}, Path(), {}).event is Event.CHANGE_REQUEST


def test_the_base_of_a_pull_request_target_is_not_the_build(tmp_path):
    pull = {"number": 5, "head": {"sha": HEAD}, "base": {"sha": MERGE, "ref": "main"}}
    build = github(tmp_path, "pull_request_target", "refs/heads/main", {"pull_request": pull})
    assert build.commits == (HEAD,)


def test_a_tag_of_gitlab():
    build = build_of({**GITLAB, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1"}, None, {})
    assert (build.event, build.tag, build.branch) == (Event.TAG, "v1", None)
    assert [(a.role, a.login, a.id) for a in build.actors] == [("triggered-by", "alice", "1001")]


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@needs_git
def test_a_work_tree_tells_commit_branch_and_repository(tmp_path):
    for command in (
        "init -q -b main",
        "-c user.name=a -c user.email=a@acme.example commit -q --allow-empty -m x",
        "remote add origin git@git.acme.example:acme/payments.git",
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command.split()], check=True)
    build = build_of({}, tmp_path, {})
    assert (build.platform, build.repository, build.branch) == ("local", "acme/payments", "main")
    assert len(build.commit) == 40


@needs_git
def test_the_paths_that_a_change_touches_are_asked_of_git(tmp_path):
    def git(*arguments):
        command = [
            "git",
            "-C",
            str(tmp_path),
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@acme.example",
            *arguments,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "base")
    base = git("rev-parse", "HEAD")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/ü.py").write_text("x")
    git("add", "-A")
    git("commit", "-q", "-m", "change")
    head = git("rev-parse", "HEAD")
    more = {"CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": head, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert build_of({**GITLAB, **more}, tmp_path, {}).changed_paths == ("src/ü.py",)
    unknown = {**more, "CI_MERGE_REQUEST_DIFF_BASE_SHA": "1" * 40}
    assert build_of({**GITLAB, **unknown}, tmp_path, {}).changed_paths is None


def test_a_folder_that_is_no_work_tree_tells_nothing(tmp_path):
    build = build_of({"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}, tmp_path, {})
    assert (build.commit, build.branch, build.repository) == (None, None, None)


def test_what_is_given_wins_and_a_misspelt_key_is_an_error(tmp_path):
    given = {
        "repository": "acme/x",
        "commit": HEAD,
        "branch": "main",
        "event": "tag",
        "change-request": "7",
        "head": HEAD,
    }
    build = build_of(GITHUB, tmp_path, given)
    assert (build.repository, build.commit, build.event) == ("acme/x", HEAD, Event.TAG)
    assert (build.change_request.number, build.head) == ("7", HEAD)
    with pytest.raises(UsageError, match="--build has no 'comit'"):
        build_of(GITHUB, tmp_path, {"comit": HEAD})
    with pytest.raises(UsageError, match="'merge' is no event"):
        build_of(GITHUB, tmp_path, {"event": "merge"})


@pytest.mark.parametrize(
    ("environment", "name"), [({}, None), (GITHUB, "github"), (GITLAB, "gitlab"), ({"CI": "true"}, None)]
)
def test_the_platform_is_told_by_its_own_sign(environment, name):
    platform = detect(environment)
    assert (platform.name if platform else None) == name


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"CI": "true"}, True),
        ({"CI": "false"}, False),
        ({"CI": ""}, False),
        ({"JENKINS_URL": "x"}, True),
    ],
)
def test_a_pipeline_is_told_from_a_workstation(environment, expected):
    assert in_ci(environment) is expected


def test_the_variables_of_two_systems_are_refused_until_one_is_named(tmp_path):
    forged = {**GITHUB, "TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/scratch"}
    with pytest.raises(UsageError, match="variables of 2 CI systems are set: azure, github"):
        build_of(forged, tmp_path, {})
    assert build_of(forged, tmp_path, {}, "github").platform == "github"


def test_a_platform_that_is_not_here_cannot_be_named():
    for name in ("gitlab", "nonsense", ""):
        with pytest.raises(UsageError, match=f"this is not the platform '{name}'"):
            detect(GITHUB, name)


@pytest.mark.parametrize("text", ["0", "-1", "", None, "x", "1" * 10, "٣", "1.5"])
def test_what_is_no_count_is_none(text):
    assert positive(text) is None


def test_a_count_is_a_number():
    assert (positive("1"), positive("007"), positive("999999999")) == (1, 7, 999_999_999)


def followed(tmp_path, event="pull_request", **more):
    run = {
        "id": 7001,
        "run_attempt": 3,
        "head_sha": HEAD,
        "head_branch": "refunds",
        "event": event,
        "path": ".github/workflows/ci.yml",
        "html_url": "https://git.acme.example/acme/payments/actions/runs/7001",
        "actor": {"login": "alice", "id": 1001},
        "triggering_actor": {"login": "carol", "id": 1003},
        "pull_requests": [],
        **more,
    }
    return github(tmp_path, "workflow_run", "refs/heads/main", {"workflow_run": run})


def test_a_workflow_that_follows_another_judges_what_that_one_ran_for(tmp_path):
    build = followed(tmp_path)
    assert (build.commit, build.head, build.event) == (HEAD, HEAD, Event.CHANGE_REQUEST)
    assert MERGE not in build.commits
    assert (build.run.id, build.run.attempt) == ("7001", 3)
    assert build.change_request.number == ""  # of a fork's change nothing is told
    assert build.branch is None
    told = {actor.role: (actor.login, actor.id, actor.assurance) for actor in build.actors}
    assert told == {
        "started-by": ("alice", "1001", Assurance.SELF_ASSERTED),
        "triggered-by": ("carol", "1003", Assurance.SELF_ASSERTED),
    }


def test_a_followed_run_names_its_change_where_the_head_is_the_same(tmp_path):
    pull = {"number": 482, "head": {"sha": HEAD}, "base": {"ref": "main", "sha": "c1" * 20}}
    change = followed(tmp_path, pull_requests=[pull]).change_request
    assert (change.number, change.target_branch, change.base) == ("482", "main", "c1" * 20)
    moved = {**pull, "head": {"sha": "d2" * 20}}
    assert followed(tmp_path, pull_requests=[moved]).change_request.number == ""
    assert followed(tmp_path, pull_requests=[pull, pull]).change_request.number == ""


def test_a_followed_merge_queue_names_its_change_by_the_branch(tmp_path):
    queue = f"gh-readonly-queue/main/pr-482-{'c1' * 20}"
    build = followed(tmp_path, event="merge_group", head_branch=queue)
    assert (build.event, build.change_request.number) == (Event.MERGE_QUEUE, "482")
    assert build.scope_branch == "main"


def test_a_fork_cannot_name_its_branch_like_a_merge_queue(tmp_path):
    queue = f"gh-readonly-queue/main/pr-481-{'c1' * 20}"
    change = followed(tmp_path, head_branch=queue).change_request
    assert (change.number, change.target_branch) == ("", None)


def test_a_followed_push_is_of_its_branch(tmp_path):
    build = followed(tmp_path, event="push", head_branch="main")
    assert (build.event, build.branch, build.change_request) == (Event.PUSH, "main", None)


@pytest.mark.parametrize(
    ("event", "judged"),
    [
        ("push", Event.CHANGE_REQUEST),
        ("workflow_dispatch", Event.CHANGE_REQUEST),
        ("pull_request", Event.CHANGE_REQUEST),
        ("merge_group", Event.MERGE_QUEUE),
    ],
)
def test_a_commit_of_a_change_is_judged_as_one_whatever_made_its_pipeline_run(tmp_path, event, judged):
    """Whoever writes a branch chooses the events of its pipeline, and so could choose its policies."""
    followed(tmp_path, event=event, head_branch="refunds")
    environment = {
        **GITHUB,
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    given = {"change-request": "482", "target-branch": "main"}
    build = build_of(environment, tmp_path, given)
    assert (build.event, build.scope_branch) == (judged, "main")
    assert build_of(environment, tmp_path, {**given, "event": "manual"}).event is Event.MANUAL


def test_a_run_that_is_given_is_another_than_the_platform_tells_of(tmp_path):
    followed(tmp_path)
    environment = {
        **GITHUB,
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    given = build_of(environment, tmp_path, {"run": "6001"}).run
    assert (given.id, given.attempt, given.workflow) == ("6001", None, None)
    assert build_of(environment, tmp_path, {"run": "7001"}).run.attempt == 3


@pytest.mark.parametrize("sha", [None, "", "9fceb02", 7, "refs/heads/main"])
def test_a_followed_run_without_a_commit_is_refused(tmp_path, sha):
    with pytest.raises(UsageError, match="which run"):
        followed(tmp_path, head_sha=sha)


def test_the_repository_of_the_source_branch_is_known(tmp_path):
    told = followed(tmp_path, head_repository={"full_name": "mallory/payments"}).change_request
    assert told.source_repository == "mallory/payments"
    assert followed(tmp_path).change_request.source_repository is None
    pull = {"number": 482, "head": {"sha": HEAD, "repo": {"full_name": "mallory/payments"}}, "base": {}}
    build = github(tmp_path, "pull_request", "refs/pull/482/merge", {"pull_request": pull})
    assert build.change_request.source_repository == "mallory/payments"
    gone = {**pull, "head": {"sha": HEAD, "repo": None}}
    build = github(tmp_path, "pull_request", "refs/pull/482/merge", {"pull_request": gone})
    assert build.change_request.source_repository is None


def test_a_workflow_run_without_its_payload_is_refused(tmp_path):
    with pytest.raises(UsageError, match="which run"):
        github(tmp_path, "workflow_run", "refs/heads/main", {})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({**GITHUB, "GITHUB_REPOSITORY_ID": "456"}, "456"),
        (GITHUB, None),
        ({**GITLAB, "CI_PROJECT_ID": "20"}, "20"),
        ({"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_COMMIT": HEAD, "BITBUCKET_REPO_UUID": "{3}"}, "{3}"),
    ],
)
def test_a_repository_is_known_by_an_id_that_outlives_its_name(environment, expected, tmp_path):
    assert build_of(environment, tmp_path, {}).repository_id == expected
