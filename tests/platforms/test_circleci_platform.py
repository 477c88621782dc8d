"""CircleCI's variables become the build: pull requests by their addresses, forks, what is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
# a job of a project that is connected by GitHub OAuth, as `env` prints it
VARIABLES = {
    "CI": "true",
    "CIRCLECI": "true",
    "CIRCLE_BRANCH": "refunds",
    "CIRCLE_BUILD_NUM": "77",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/payments/77",
    "CIRCLE_JOB": "gate",
    "CIRCLE_NODE_INDEX": "0",
    "CIRCLE_NODE_TOTAL": "1",
    "CIRCLE_PROJECT_REPONAME": "payments",
    "CIRCLE_PROJECT_USERNAME": "acme",
    "CIRCLE_REPOSITORY_URL": "git@github.com:acme/payments.git",
    "CIRCLE_SHA1": HEAD,
    "CIRCLE_USERNAME": "alice",
    "CIRCLE_WORKFLOW_ID": "0d0c1a1f-2f4c-4b26-9a3c-5d1f8b0c6f10",
    "CIRCLE_WORKFLOW_JOB_ID": "5b0ad8b7-6b4d-4f8c-9c87-2b1a7a1f8a77",
}
ADDRESS = "https://github.com/acme/payments/pull/482"


def build(**more):
    return build_of({**VARIABLES, **more}, Path(), {})


def test_a_push_to_a_branch():
    made = build(CIRCLE_BRANCH="main")
    assert (made.event, made.branch, made.ref, made.commit) == (Event.PUSH, "main", "refs/heads/main", HEAD)
    assert (made.repository, made.run.id, made.run.job) == (
        "acme/payments",
        VARIABLES["CIRCLE_WORKFLOW_ID"],
        "gate",
    )
    assert [(each.role, each.login, each.assurance) for each in made.actors] == [
        ("triggered-by", "alice", Assurance.SELF_ASSERTED)
    ]


def test_a_pull_request_is_known_by_its_address_and_its_target_is_not_known():
    made = build(CIRCLE_PULL_REQUEST=ADDRESS, CIRCLE_PULL_REQUESTS=ADDRESS)
    change = made.change_request
    assert (made.event, made.head, made.branch, made.ref) == (Event.CHANGE_REQUEST, HEAD, None, None)
    assert (change.number, change.source_branch, change.target_branch, change.url) == (
        "482",
        "refunds",
        None,
        ADDRESS,
    )
    assert made.scope_branch is None  # so that no policy is out of scope by its branches
    assert build_of({**VARIABLES, "CIRCLE_PULL_REQUEST": ADDRESS}, Path(), {"target-branch": "main"}).head


@pytest.mark.parametrize(
    ("repository", "address", "number"),
    [
        ("git@bitbucket.org:acme/payments.git", "https://bitbucket.org/acme/payments/pull-requests/9", "9"),
        (
            "git@gitlab.com:acme/shop/payments.git",
            "https://gitlab.com/acme/shop/payments/-/merge_requests/12",
            "12",
        ),
        ("https://github.com/ACME/payments", "https://github.com/acme/payments/pull/3/", "3"),
    ],
)
def test_addresses_of_other_forges(repository, address, number):
    made = build(CIRCLE_REPOSITORY_URL=repository, CIRCLE_PULL_REQUESTS=address)
    assert made.change_request.number == number


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/upstream/payments/pull/482",  # a fork's own project: the number is another's
        "https://github.com/acme/payments/issues/482",
        "https://github.com/acme/payments/pull/x",
        "https://[",
        "482",
        "",
    ],
)
def test_what_is_no_pull_request_of_this_repository_is_a_push(address):
    made = build(CIRCLE_PULL_REQUEST=address, CIRCLE_PULL_REQUESTS=address)
    assert (made.event, made.change_request, made.branch) == (Event.PUSH, None, "refunds")


def test_of_two_pull_requests_neither_is_picked():
    other = "https://github.com/acme/payments/pull/483"
    made = build(CIRCLE_PULL_REQUEST=other, CIRCLE_PULL_REQUESTS=f"{ADDRESS},{other}")
    assert (made.event, made.change_request.number, made.change_request.url) == (
        Event.CHANGE_REQUEST,
        "",
        None,
    )


def test_a_fork_has_the_number_in_the_name_of_its_branch():
    fork = {"CIRCLE_BRANCH": "pull/482", "CIRCLE_PR_NUMBER": "482", "CIRCLE_PR_USERNAME": "mallory"}
    made = build(**fork, CIRCLE_PULL_REQUEST=ADDRESS)
    assert (made.change_request.number, made.change_request.author) == ("482", "mallory")
    assert (made.change_request.source_branch, made.branch) == (None, None)
    lied = build(**fork, CIRCLE_PULL_REQUEST="https://github.com/acme/payments/pull/1")
    assert (lied.change_request.number, lied.change_request.url) == ("482", None)


def test_a_tag():
    made = build(CIRCLE_BRANCH="", CIRCLE_TAG="v1.4.0")
    assert (made.event, made.tag, made.branch, made.ref) == (Event.TAG, "v1.4.0", None, "refs/tags/v1.4.0")


def test_nothing_is_guessed_when_nothing_is_known():
    made = build_of({"CIRCLECI": "true"}, Path(), {})
    assert (made.commit, made.repository, made.event, made.actors) == (None, None, Event.MANUAL, ())


def test_circleci_is_told_by_its_own_sign():
    assert detect(VARIABLES).name == "circleci"
    assert detect({"CI": "true", "CIRCLE_SHA1": HEAD}) is None
