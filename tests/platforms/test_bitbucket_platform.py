"""Bitbucket Pipelines' variables become the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
VARIABLES = {
    "CI": "true",
    "BITBUCKET_BUILD_NUMBER": "77",
    "BITBUCKET_COMMIT": HEAD,
    "BITBUCKET_REPO_FULL_NAME": "acme/payments",
    "BITBUCKET_STEP_UUID": "{s4}",
    "BITBUCKET_STEP_RUN_NUMBER": "2",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{00000000-0000-4000-8000-000000000001}",
}


def build(**more):
    return build_of({**VARIABLES, **more}, Path(), {})


def test_a_pull_request_is_judged_by_the_commit_of_its_source():
    made = build(
        BITBUCKET_PR_ID="482",
        BITBUCKET_BRANCH="refunds",
        BITBUCKET_PR_DESTINATION_BRANCH="main",
        BITBUCKET_PR_DESTINATION_COMMIT="c1c1c1c1c1c1",
    )
    assert (made.event, made.head, made.scope_branch, made.branch) == (
        Event.CHANGE_REQUEST,
        HEAD,
        "main",
        None,
    )
    assert made.change_request.url == "https://bitbucket.org/acme/payments/pull-requests/482"
    assert made.changed_paths is None


@pytest.mark.parametrize(
    ("more", "event", "branch", "tag"),
    [
        ({"BITBUCKET_BRANCH": "main"}, Event.PUSH, "main", None),
        ({"BITBUCKET_TAG": "v1.4.0"}, Event.TAG, None, "v1.4.0"),
        ({}, Event.MANUAL, None, None),
    ],
)
def test_events_of_bitbucket(more, event, branch, tag):
    made = build(**more)
    assert (made.event, made.branch, made.tag) == (event, branch, tag)


def test_who_triggered_it_is_known_by_uuid_and_no_more_than_asserted():
    (actor,) = build().actors
    assert (actor.role, actor.id) == ("triggered-by", VARIABLES["BITBUCKET_STEP_TRIGGERER_UUID"])
    assert actor.assurance is Assurance.SELF_ASSERTED
    assert (build().run.id, build().run.attempt) == ("77", 2)
    assert build(BITBUCKET_STEP_RUN_NUMBER="x").run.attempt is None


def test_bitbucket_is_told_by_its_own_sign():
    assert detect(VARIABLES).name == "bitbucket"
    assert detect({"CI": "true", "BITBUCKET_TOKEN": "x"}) is None
