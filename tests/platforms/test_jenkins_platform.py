"""Jenkins' variables become the build: plain jobs, multibranch pipelines, and what no variable tells."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
# a declarative pipeline of a multibranch project, as `env` prints it
MULTIBRANCH = {
    "CI": "true",
    "JENKINS_URL": "https://ci.acme.example/",
    "JENKINS_HOME": "/var/jenkins_home",
    "JOB_NAME": "payments/main",
    "JOB_BASE_NAME": "main",
    "BUILD_NUMBER": "153",
    "BUILD_ID": "153",
    "BUILD_TAG": "jenkins-payments-main-153",
    "BUILD_URL": "https://ci.acme.example/job/payments/job/main/153/",
    "STAGE_NAME": "gate",
    "NODE_NAME": "linux-4",
    "BRANCH_NAME": "main",
    "BRANCH_IS_PRIMARY": "true",
    "GIT_BRANCH": "main",
    "GIT_COMMIT": HEAD,
    "GIT_URL": "https://git.acme.example/acme/payments.git",
}
PULL = {
    "JOB_NAME": "payments/PR-482",
    "BRANCH_NAME": "PR-482",
    "GIT_BRANCH": "PR-482",
    "CHANGE_ID": "482",
    "CHANGE_URL": "https://git.acme.example/acme/payments/pull/482",
    "CHANGE_TITLE": "Refund fees",
    "CHANGE_AUTHOR": "alice",
    "CHANGE_AUTHOR_EMAIL": "alice@acme.example",
    "CHANGE_TARGET": "main",
    "CHANGE_BRANCH": "refunds",
}


def build(root, /, **more):
    return build_of({**MULTIBRANCH, **more}, root, {})


def plain(root, /, **more):
    """A plain job: no variables of a multibranch project."""
    kept = {name: value for name, value in MULTIBRANCH.items() if not name.startswith("BRANCH_")}
    return build_of({**kept, "GIT_BRANCH": "origin/main", **more}, root, {})


def test_a_branch_of_a_multibranch_project(tmp_path):
    made = build(tmp_path)
    assert (made.event, made.branch, made.ref, made.commit) == (Event.PUSH, "main", "refs/heads/main", HEAD)
    assert (made.repository, made.run.id) == ("acme/payments", "jenkins-payments-main-153")
    assert made.run.url == "https://ci.acme.example/job/payments/job/main/153/"
    assert (made.run.workflow, made.run.job, made.actors) == ("payments/main", "gate", ())


def test_a_change_request_is_in_scope_of_its_target_and_its_own_name_is_no_branch(tmp_path):
    made = build(tmp_path, **PULL)
    assert (made.event, made.branch, made.ref, made.scope_branch) == (
        Event.CHANGE_REQUEST,
        None,
        None,
        "main",
    )
    change = made.change_request
    assert (change.number, change.author, change.source_branch) == ("482", "alice", "refunds")
    assert change.url == "https://git.acme.example/acme/payments/pull/482"


@pytest.mark.parametrize(
    ("name", "head"), [("PR-482-head", HEAD), ("PR-482-merge", None), ("PR-482", None), ("MR-7", None)]
)
def test_the_head_of_a_change_is_known_only_where_nothing_was_merged_into_it(tmp_path, name, head):
    made = build(tmp_path, **{**PULL, "BRANCH_NAME": name})
    assert made.change_request.head == head
    assert made.head == HEAD  # what was checked out stands for it: no approval of another commit counts


def test_a_tag_is_no_branch(tmp_path):
    made = build(tmp_path, BRANCH_NAME="v1.4.0", TAG_NAME="v1.4.0", GIT_BRANCH="v1.4.0")
    assert (made.event, made.tag, made.branch, made.ref) == (Event.TAG, "v1.4.0", None, "refs/tags/v1.4.0")


@pytest.mark.parametrize(
    ("variables", "branch"),
    [
        ({"GIT_BRANCH": "origin/release/1.4"}, "release/1.4"),
        ({"GIT_BRANCH": "origin/x", "GIT_LOCAL_BRANCH": "main"}, "main"),
        ({"GIT_BRANCH": "refs/heads/main"}, "main"),
        ({"GIT_BRANCH": "detached"}, None),
        ({"GIT_BRANCH": ""}, None),
    ],
)
def test_a_plain_job_says_its_branch_with_the_remotes_name(tmp_path, variables, branch):
    assert plain(tmp_path, **variables).branch == branch


@pytest.mark.parametrize(
    ("user", "event", "actors"),
    [
        ("alice", Event.MANUAL, ["alice"]),
        ("timer", Event.SCHEDULE, []),
        ("scmChange", Event.PUSH, []),
        ("branchIndexing", Event.PUSH, []),
        ("remoteRequest", Event.MANUAL, []),
        ("", Event.PUSH, []),
    ],
)
def test_who_started_it_is_told_by_a_plugin_and_no_more_than_asserted(tmp_path, user, event, actors):
    made = build(tmp_path, BUILD_USER_ID=user, BUILD_USER="Alice")
    assert made.event is event
    assert [(each.role, each.login) for each in made.actors] == [("triggered-by", each) for each in actors]
    assert {each.assurance for each in made.actors} <= {Assurance.SELF_ASSERTED}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_scripted_pipeline_without_git_variables_is_told_by_the_work_tree(tmp_path):
    for command in (
        "init -q -b main",
        "-c user.name=a -c user.email=a@acme.example commit -q --allow-empty -m x",
        "remote add origin git@git.acme.example:acme/payments.git",
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command.split()], check=True)
    made = build(tmp_path, GIT_COMMIT="", GIT_URL="", **PULL)
    assert len(made.commit) == 40
    assert (made.repository, made.platform) == ("acme/payments", "jenkins")


def test_nothing_is_guessed_when_nothing_is_known(tmp_path):
    made = build_of(
        {
            "JENKINS_URL": "x",
            "BUILD_NUMBER": "1",
            "JOB_NAME": "x",
            "GIT_CEILING_DIRECTORIES": str(tmp_path.parent),
        },
        tmp_path,
        {},
    )
    assert (made.commit, made.repository, made.branch, made.event) == (None, None, None, Event.MANUAL)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        (MULTIBRANCH, "jenkins"),
        ({"BUILD_TAG": "jenkins-payments-153", "BUILD_NUMBER": "153", "JOB_NAME": "payments"}, "jenkins"),
        ({"JENKINS_URL": "https://ci.acme.example/"}, None),  # for the command line of Jenkins
        ({"BUILD_NUMBER": "153", "JOB_NAME": "payments"}, None),
    ],
)
def test_jenkins_is_told_by_a_build_of_a_job(environment, name):
    platform = detect(environment)
    assert (platform.name if platform else None) == name
