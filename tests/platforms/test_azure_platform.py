"""Azure Pipelines' variables become the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
MERGE = "0badc0ffee0badc0ffee0badc0ffee0badc0ffee"
VARIABLES = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "shop",
    "BUILD_REPOSITORY_NAME": "payments",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/shop/_git/payments",
    "BUILD_BUILDID": "77",
    "BUILD_SOURCEVERSION": MERGE,
    "BUILD_DEFINITIONNAME": "release",
    "BUILD_REQUESTEDFOR": "Alice",
    "BUILD_REQUESTEDFORID": "a1",
    "BUILD_REQUESTEDFOREMAIL": "alice@acme.example",
    "BUILD_QUEUEDBY": "Carol",
    "BUILD_QUEUEDBYID": "c3",
    "SYSTEM_STAGEATTEMPT": "2",
    "SYSTEM_JOBDISPLAYNAME": "gate",
}
PULL = {
    "BUILD_REASON": "PullRequest",
    "BUILD_SOURCEBRANCH": "refs/pull/482/merge",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "482",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD,
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/refunds",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
}


def build(**more):
    return build_of({**VARIABLES, **more}, Path(), {})


def test_a_pull_request_is_judged_by_the_commit_under_review():
    made = build(**PULL)
    assert (made.event, made.commit, made.head) == (Event.CHANGE_REQUEST, MERGE, HEAD)
    assert (made.commits, made.branch, made.scope_branch) == ((MERGE, HEAD), None, "main")
    assert made.change_request.url == "https://dev.azure.com/acme/shop/_git/payments/pullrequest/482"
    assert build(**{**PULL, "BUILD_REASON": "Manual"}).event is Event.CHANGE_REQUEST


def test_a_pull_request_of_github_has_its_number_and_repository():
    more = {
        "BUILD_REPOSITORY_PROVIDER": "GitHub",
        "BUILD_REPOSITORY_NAME": "acme/payments",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "991827364",
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "7",
    }
    made = build(**{**PULL, **more})
    assert (made.repository, made.change_request.number) == ("acme/payments", "7")
    assert made.change_request.url is None


@pytest.mark.parametrize(
    ("reason", "ref", "event", "branch", "tag"),
    [
        ("IndividualCI", "refs/heads/release/1.4", Event.PUSH, "release/1.4", None),
        ("BatchedCI", "refs/tags/v1.4.0", Event.TAG, None, "v1.4.0"),
        ("Schedule", "refs/heads/main", Event.SCHEDULE, "main", None),
        ("Manual", "refs/heads/main", Event.MANUAL, "main", None),
        ("SomethingNew", "refs/heads/main", Event.MANUAL, "main", None),
    ],
)
def test_events_of_azure(reason, ref, event, branch, tag):
    made = build(BUILD_REASON=reason, BUILD_SOURCEBRANCH=ref)
    assert (made.event, made.branch, made.tag) == (event, branch, tag)


def test_who_it_is_for_and_who_queued_it_are_two():
    made = build()
    assert [(each.role, each.login, each.id) for each in made.actors] == [
        ("started-by", "alice@acme.example", "a1"),
        ("triggered-by", "Carol", "c3"),
    ]
    assert {each.assurance for each in made.actors} == {Assurance.SELF_ASSERTED}
    assert made.run.url == "https://dev.azure.com/acme/shop/_build/results?buildId=77"
    assert (made.run.attempt, made.run.job, made.repository) == (2, "gate", "shop/payments")


def test_azure_is_told_by_its_own_sign():
    assert detect(VARIABLES).name == "azure"
    assert detect({"TF_BUILD": ""}) is None
