"""Buildkite's variables become the build."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
# a job that a webhook started, as the agent's documentation lists its variables
VARIABLES = {
    "CI": "true",
    "BUILDKITE": "true",
    "BUILDKITE_BRANCH": "main",
    "BUILDKITE_BUILD_CREATOR": "Alice",
    "BUILDKITE_BUILD_CREATOR_EMAIL": "alice@acme.example",
    "BUILDKITE_BUILD_ID": "4735ba57-80d0-46e2-8fa0-b28223a86586",
    "BUILDKITE_BUILD_NUMBER": "1514",
    "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/payments/builds/1514",
    "BUILDKITE_COMMIT": HEAD,
    "BUILDKITE_JOB_ID": "e44f9784-e20e-4b93-a21d-f41fd5869db9",
    "BUILDKITE_LABEL": ":lock: gate",
    "BUILDKITE_ORGANIZATION_SLUG": "acme",
    "BUILDKITE_PIPELINE_SLUG": "payments",
    "BUILDKITE_PULL_REQUEST": "false",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "",
    "BUILDKITE_PULL_REQUEST_REPO": "",
    "BUILDKITE_REPO": "git@github.com:acme/payments.git",
    "BUILDKITE_RETRY_COUNT": "0",
    "BUILDKITE_SOURCE": "webhook",
    "BUILDKITE_TAG": "",
}


def build(**more):
    return build_of({**VARIABLES, **more}, Path(), {})


def test_a_push_and_the_word_false_is_no_pull_request():
    made = build()
    assert (made.event, made.branch, made.change_request) == (Event.PUSH, "main", None)
    assert (made.repository, made.commit, made.run.workflow) == ("acme/payments", HEAD, "acme/payments")
    assert made.run.url == f"{VARIABLES['BUILDKITE_BUILD_URL']}#{VARIABLES['BUILDKITE_JOB_ID']}"


def test_a_pull_request_of_a_fork_is_in_scope_of_its_target():
    made = build(
        BUILDKITE_PULL_REQUEST="482",
        BUILDKITE_PULL_REQUEST_BASE_BRANCH="main",
        BUILDKITE_PULL_REQUEST_REPO="git://github.com/mallory/payments.git",
        BUILDKITE_BRANCH="mallory:main",
    )
    assert (made.event, made.branch, made.scope_branch, made.repository) == (
        Event.CHANGE_REQUEST,
        None,
        "main",
        "acme/payments",
    )
    assert (made.change_request.number, made.head) == ("482", HEAD)
    assert made.change_request.source_branch == "mallory:main"


def test_a_merge_queue_is_in_scope_of_its_target():
    made = build(
        BUILDKITE_BRANCH=f"gh-readonly-queue/main/pr-482-{HEAD}",
        BUILDKITE_MERGE_QUEUE_BASE_BRANCH="main",
        BUILDKITE_MERGE_QUEUE_BASE_COMMIT="c1" * 20,
    )
    assert (made.event, made.scope_branch, made.change_request.number) == (Event.MERGE_QUEUE, "main", "482")
    assert made.change_request.base == "c1" * 20


@pytest.mark.parametrize(
    ("source", "tag", "event"),
    [
        ("webhook", "", Event.PUSH),
        ("webhook", "v1.4.0", Event.TAG),
        ("schedule", "", Event.SCHEDULE),
        ("ui", "", Event.MANUAL),
        ("api", "", Event.MANUAL),
        ("trigger_job", "", Event.PUSH),
        ("something_new", "", Event.MANUAL),
    ],
)
def test_events_of_buildkite(source, tag, event):
    made = build(BUILDKITE_SOURCE=source, BUILDKITE_TAG=tag, BUILDKITE_BRANCH=tag or "main")
    assert (made.event, made.tag, made.branch) == (event, tag or None, None if tag else "main")


def test_who_created_and_who_unblocked_are_two_and_both_asserted():
    made = build(BUILDKITE_UNBLOCKER="Carol", BUILDKITE_UNBLOCKER_ID="c3")
    assert [(each.role, each.login, each.id) for each in made.actors] == [
        ("started-by", "alice@acme.example", None),
        ("unblocked-by", "Carol", "c3"),
    ]
    assert {each.assurance for each in made.actors} == {Assurance.SELF_ASSERTED}


@pytest.mark.parametrize(("count", "attempt"), [("0", 1), ("2", 3), ("", None), ("x", None), ("-1", None)])
def test_a_retry_is_a_further_attempt(count, attempt):
    assert build(BUILDKITE_RETRY_COUNT=count).run.attempt == attempt


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_symbolic_commit_is_looked_up_in_the_work_tree(tmp_path):
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q", "-b", "main"], check=True)
    commit = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@acme.example",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ]
    subprocess.run(["git", "-C", str(tmp_path), *commit], check=True)
    made = build_of({**VARIABLES, "BUILDKITE_COMMIT": "HEAD"}, tmp_path, {})
    assert len(made.commit) == 40


def test_a_symbolic_commit_without_a_work_tree_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert build_of({**VARIABLES, "BUILDKITE_COMMIT": "HEAD"}, tmp_path, {}).commit is None


def test_buildkite_is_told_by_its_own_sign():
    assert detect(VARIABLES).name == "buildkite"
    assert detect({"CI": "true", "BUILDKITE_COMMIT": HEAD}) is None
