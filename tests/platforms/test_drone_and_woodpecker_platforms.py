"""The variables of Drone, and of Woodpecker that grew out of it, become the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
DRONE = {
    "CI": "true",
    "DRONE": "true",
    "DRONE_BRANCH": "main",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_BUILD_LINK": "https://drone.acme.example/acme/payments/42",
    "DRONE_BUILD_NUMBER": "42",
    "DRONE_BUILD_TRIGGER": "@hook",
    "DRONE_COMMIT": HEAD,
    "DRONE_COMMIT_AUTHOR": "alice",
    "DRONE_COMMIT_BRANCH": "main",
    "DRONE_COMMIT_REF": "refs/heads/main",
    "DRONE_COMMIT_SHA": HEAD,
    "DRONE_REPO": "acme/payments",
    "DRONE_STAGE_NAME": "default",
    "DRONE_STEP_NAME": "gate",
}
DRONE_PULL = {
    "DRONE_BUILD_EVENT": "pull_request",
    "DRONE_COMMIT_REF": "refs/pull/482/head",
    "DRONE_PULL_REQUEST": "482",
    "DRONE_SOURCE_BRANCH": "refunds",
    "DRONE_TARGET_BRANCH": "main",
}
WOODPECKER = {
    "CI": "woodpecker",
    "CI_REPO": "acme/payments",
    "CI_COMMIT_SHA": HEAD,
    "CI_COMMIT_REF": "refs/heads/main",
    "CI_COMMIT_BRANCH": "main",
    "CI_COMMIT_SOURCE_BRANCH": "",
    "CI_COMMIT_TARGET_BRANCH": "",
    "CI_COMMIT_TAG": "",
    "CI_COMMIT_PULL_REQUEST": "",
    "CI_COMMIT_AUTHOR": "alice",
    "CI_PIPELINE_NUMBER": "8",
    "CI_PIPELINE_PARENT": "0",
    "CI_PIPELINE_EVENT": "push",
    "CI_PIPELINE_URL": "https://ci.acme.example/repos/7/pipeline/8",
    "CI_PIPELINE_FORGE_URL": f"https://git.acme.example/acme/payments/commit/{HEAD}",
    "CI_PIPELINE_AUTHOR": "carol",
    "CI_WORKFLOW_NAME": "release",
    "CI_STEP_NAME": "gate",
}
WOODPECKER_PULL = {
    "CI_PIPELINE_EVENT": "pull_request",
    "CI_COMMIT_REF": "refs/pull/482/head",
    "CI_COMMIT_SOURCE_BRANCH": "refunds",
    "CI_COMMIT_TARGET_BRANCH": "main",
    "CI_COMMIT_PULL_REQUEST": "482",
    "CI_PIPELINE_FORGE_URL": "https://git.acme.example/acme/payments/pulls/482",
}


def build(variables, **more):
    return build_of({**variables, **more}, Path(), {})


@pytest.mark.parametrize(("variables", "pull"), [(DRONE, DRONE_PULL), (WOODPECKER, WOODPECKER_PULL)])
def test_a_push_and_a_pull_request(variables, pull):
    push = build(variables)
    assert (push.event, push.branch, push.commit, push.change_request) == (Event.PUSH, "main", HEAD, None)
    assert (push.repository, push.run.job) == ("acme/payments", "gate")
    made = build(variables, **pull)
    assert (made.event, made.branch, made.scope_branch, made.head) == (
        Event.CHANGE_REQUEST,
        None,
        "main",
        HEAD,
    )
    assert (made.change_request.number, made.change_request.source_branch) == ("482", "refunds")


def test_woodpecker_tells_where_the_pull_request_is_and_where_it_runs():
    made = build(WOODPECKER, **WOODPECKER_PULL)
    assert made.change_request.url == "https://git.acme.example/acme/payments/pulls/482"
    assert (made.run.id, made.run.workflow) == ("8", "release")
    assert [(each.role, each.login, each.assurance) for each in made.actors] == [
        ("triggered-by", "carol", Assurance.SELF_ASSERTED)
    ]


@pytest.mark.parametrize(
    ("trigger", "roles"),
    [
        ("@hook", [("started-by", "alice")]),
        ("@cron", [("started-by", "alice")]),
        ("carol", [("started-by", "alice"), ("triggered-by", "carol")]),
        ("", [("started-by", "alice")]),
    ],
)
def test_drone_tells_a_person_from_a_hook(trigger, roles):
    made = build(DRONE, DRONE_BUILD_TRIGGER=trigger)
    assert [(each.role, each.login) for each in made.actors] == roles


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("push", Event.PUSH),
        ("tag", Event.TAG),
        ("cron", Event.SCHEDULE),
        ("promote", Event.MANUAL),
        ("rollback", Event.MANUAL),
        ("custom", Event.MANUAL),
        ("", Event.MANUAL),
    ],
)
def test_events_of_drone(word, event):
    assert build(DRONE, DRONE_BUILD_EVENT=word).event is event


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("push", Event.PUSH),
        ("tag", Event.TAG),
        ("release", Event.TAG),
        ("cron", Event.SCHEDULE),
        ("manual", Event.MANUAL),
        ("deployment", Event.MANUAL),
        ("something_new", Event.MANUAL),
    ],
)
def test_events_of_woodpecker(word, event):
    assert build(WOODPECKER, CI_PIPELINE_EVENT=word).event is event


def test_a_tag_is_no_branch():
    assert build(DRONE, DRONE_TAG="v1", DRONE_BUILD_EVENT="tag").branch is None
    assert build(WOODPECKER, CI_COMMIT_TAG="v1", CI_PIPELINE_EVENT="tag").branch is None


def test_woodpecker_with_drones_variables_for_its_plugins_is_woodpecker():
    assert detect(DRONE).name == "drone"
    assert detect(WOODPECKER).name == "woodpecker"
    assert detect({**DRONE, **WOODPECKER}).name == "woodpecker"
    assert detect({"CI": "true"}) is None
