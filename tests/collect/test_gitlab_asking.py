"""Asking GitLab: the way in, all pages, patience, and what is not answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatepass.collect import Asked
from gatepass.collect.gitlab import COLLECTOR
from gatepass.errors import CollectionError, UnreadableEvidence, UsageError
from support.gitlab_answers import (
    API,
    HEAD,
    OLD,
    PROJECT,
    REQUEST,
    TRIAL,
    approval,
    at,
    commit,
    diff,
    note,
    request,
    reviewer,
    routes,
    user,
    version,
    without,
)
from support.gitlab_asking import APPROVED, BUILD, FORBIDDEN, GONE, approved, collect, found, told
from support.loopback import Reply, paged, serving
from support.values import NOW


@pytest.mark.parametrize(
    "changed",
    [
        {"approvals": FORBIDDEN},
        {"approvals": GONE},
        {"approvals": Reply("", 401)},
        {"approvals": Reply("", 500)},
        {"approvals": Reply("", 429)},
        {"approvals": {}},
        {"approvals": {"approved_by": None}},
        {"approvals": []},
        {"approvals": approved(None)},
        {"approvals": approved({"user": None})},
        {"approvals": Reply("{}", cut=True)},
        {"approvals": Reply("<html>Sign in</html>")},
        {"approvals": Reply("", 302, {"Location": "https://id.acme.example/login"})},
        {"reviewers": FORBIDDEN},
        {"reviewers": {}},
        {"notes": FORBIDDEN},
        {"notes": ["x"]},
        {"commits": FORBIDDEN},
        {"diffs": FORBIDDEN},
        {"diffs": None},
        {"versions": FORBIDDEN},
        {"versions": [{"id": 12}]},
        {"member_bob": FORBIDDEN},
        {"direct_bob": FORBIDDEN},
        {"graphql": {"errors": [{"message": "timeout"}]}},
        {"graphql": {"data": None}},
        {"graphql": {"data": {"project": None}}},
        {"request": request(sha=None)},
        {"request": request(author=None)},
        {"request": []},
    ],
)
def test_what_is_not_answered_is_an_error_and_never_no_reviewers(tmp_path, changed):
    with pytest.raises(CollectionError) as caught:
        found(tmp_path, **changed)
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_what_may_pass_is_asked_again(tmp_path, status):
    fine = approved(approval("bob", 40))
    again = {"Retry-After": "1"} if status != 503 else {}
    evidence = found(tmp_path, approvals=[Reply("", status, again), Reply(fine)])
    assert told(evidence)[0] == ("bob", "approved", HEAD)


def test_a_limit_is_waited_for_as_gitlab_says_and_one_budget_holds_for_all():
    waits = []
    limited = Reply("", 429, {"RateLimit-Reset": "1", "RateLimit-Remaining": "0"})
    everything = {path: Reply("", 429, {"Retry-After": "20"}) for path in routes()}
    for given, expected in ((routes(approvals=[limited, Reply(approved())]), 1), (everything, 6)):
        waits.clear()
        with serving(given) as server:
            environment = {"CI_API_V4_URL": f"{server.url}{API}", "GITLAB_TOKEN": "top-secret"}
            asked = Asked(BUILD, environment, Path(), NOW, "gatepass", {}, [].append, waits.append)
            if expected == 1:
                COLLECTOR.collect(asked, "approvals")
            else:
                with pytest.raises(CollectionError, match="no patience left"):
                    COLLECTOR.collect(asked, "approvals")
        assert len(waits) == expected


def test_pages_are_followed_to_the_last_by_link_or_by_number(tmp_path):
    listed = [note("eve", "mentioned in !1", minute) for minute in range(1, 8)]
    listed.append(note("bob", "requested changes", 50))

    def numbered(heard):
        page = int(heard.query.get("page", 1))
        following = str(page + 1) if page < len(listed) else ""
        return Reply([listed[page - 1]], headers={"x-next-page": following})

    for answer in (paged(listed, 3), numbered):
        evidence = found(tmp_path, approvals=approved(), reviewers=[], notes=answer)
        assert told(evidence) == [("bob", "changes-requested", None)]


def test_a_next_page_elsewhere_or_without_end_is_not_asked_for(tmp_path):
    away = Reply([], headers={"Link": '<https://elsewhere.example/notes?page=2>; rel="next"'})
    with pytest.raises(CollectionError, match="another host"):
        found(tmp_path, notes=away)
    with pytest.raises(CollectionError, match="no end of pages"):
        found(tmp_path, notes=Reply([], headers={"x-next-page": "2"}))

    def round_and_round(_heard):
        return {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}

    with pytest.raises(CollectionError, match="no end of pages"):
        found(tmp_path, authors=round_and_round)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"project": {"id": 77, "path_with_namespace": "eve/payments"}}, "another project"),
        ({"request": request(project_id=78)}, "another project"),
        ({"request": request(iid=483)}, "another merge request"),
        ({"request": request(diff_refs={"head_sha": OLD})}, "two head commits"),
        ({"request": request(changes_count="1000+")}, "does not tell all files"),
        ({"request": request(changes_count=None)}, "does not tell all files"),
        ({"request": request(changes_count="3")}, "lists 2 of 3 files"),
        ({"diffs": [diff(), diff(old_path=None)]}, "without a path"),
        ({"commits": [commit(OLD)]}, "moved meanwhile"),
        ({"commits": [commit(HEAD, author_email=None)]}, "without the address"),
        ({"versions": []}, "no versions"),
        ({"versions": [version(13, TRIAL, 50), version(12, HEAD, 30)]}, "while somebody pushed"),
        ({"versions": [version(12, HEAD, 30, merge_request_id=7)]}, "another merge request"),
        ({"user_bob": user("carol", bot=False)}, "another user"),
        ({"user_bob": {**user("bob", bot=False), "username": "robert"}}, "two user names"),
        ({"member_bob": {"id": 3, "access_level": 50}}, "another member"),
        ({"member_bob": {"id": 2, "access_level": None}}, "access_level"),
        ({"appsec_bob": {"id": 3}}, "another member"),
        ({"approvals": approved({**approval("bob", 40), "approved_at": "yesterday"})}, "at no instant"),
        ({"reviewers": [reviewer("bob", None)]}, "without a state"),
        ({"notes": [{**note("bob", APPROVED, 40), "created_at": None}]}, "without a date"),
        ({"notes": [{**note("bob", APPROVED, 40), "system": "true"}]}, "who wrote it"),
        ({"state": {"approval_rules_overwritten": None, "rules": []}}, "not true or false"),
        ({"gate": {"id": 1}}, "no username"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(tmp_path, changed, words):
    with pytest.raises(UnreadableEvidence, match=words):
        found(tmp_path, **changed)


# --- the way in


def test_without_a_token_nobody_is_asked_and_that_of_the_job_is_not_tried():
    with serving(routes()) as server:
        with pytest.raises(CollectionError, match=r"no token for GitLab$"):
            collect(server.url, GATEPASS_GITLAB_TOKEN="")
        with pytest.raises(CollectionError, match="CI_JOB_TOKEN may not read approvals"):
            collect(server.url, GATEPASS_GITLAB_TOKEN="", CI_JOB_TOKEN="of the job")
        assert server.heard == []
        collect(server.url, GATEPASS_GITLAB_TOKEN="", GITLAB_TOKEN="another", CI_JOB_TOKEN="of the job")
        assert {each.headers["private-token"] for each in server.heard} == {"another"}


def test_the_server_is_the_platforms_own_and_only_one():
    with serving(routes()) as server:
        collect(server.url, CI_API_V4_URL="", CI_SERVER_URL=server.url)
        port = server.url.rpartition(":")[2]
        told = {"CI_SERVER_PROTOCOL": "http", "CI_SERVER_HOST": "127.0.0.1", "CI_SERVER_PORT": port}
        collect(server.url, CI_API_V4_URL="", **told)
        heard = len(server.heard)
        with pytest.raises(UsageError, match="sent to neither"):
            collect(server.url, CI_SERVER_URL="https://gitlab.acme.example")
        with pytest.raises(UsageError, match="https alone"):
            collect(server.url, CI_API_V4_URL="http://gitlab.acme.example/api/v4")
        assert len(server.heard) == heard


def test_a_server_that_points_elsewhere_never_gets_the_token_there():
    with serving(routes()) as other:
        away = Reply("", 301, {"Location": f"{other.url}{REQUEST}/approvals"})
        with serving(routes(approvals=away)) as server, pytest.raises(CollectionError, match="another host"):
            collect(server.url)
        assert other.heard == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("repository", "payments"),
        ("repository", "acme/../payments"),
        ("repository", "acme/payments?x"),
        ("change-request", "48 2"),
        ("change-request", "²"),
        ("teams", "acme/../x"),
    ],
)
def test_options_that_are_no_names_are_refused(option, value):
    with serving(routes()) as server:
        with pytest.raises(UsageError):
            collect(server.url, options={option: value})
        assert server.heard == []


def test_options_name_another_change():
    with serving(without(routes(), f"{PROJECT}/merge_requests/482")) as server:
        with pytest.raises(CollectionError, match="is not there, or the token may not see it"):
            collect(server.url, options={"repository": "acme/payments", "change-request": "7"})
        assert server.paths()[-1] == f"{PROJECT}/merge_requests/7"


def test_answers_are_kept_whole(tmp_path):
    with serving(routes()) as server:
        document = json.loads(collect(server.url))
    kept = {
        (each["topic"], each["about"]): json.loads(each["body"])
        for each in document["answers"]
        if each["topic"] == "approvals"
    }
    assert kept["approvals", ""]["approved_by"][0]["approved_at"] == at(20)
    assert document["server"].endswith(API)
