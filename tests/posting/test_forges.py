"""Each forge is told in its own way: one status by name, one comment, and nobody else's is ever touched."""

from __future__ import annotations

import json

import pytest

from gatepass import seam
from gatepass.errors import CollectionError, UsageError
from gatepass.forges import Way
from gatepass.model.build import Build, ChangeRequest, Run
from gatepass.model.decision import Verdict
from gatepass.posting import Annotation, Forge, News, Rule, State
from gatepass.posting._comment import comment, last
from support.loopback import Reply, paged, serving

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
ME, STRANGER = 41898282, 666
FORGES = seam.members("gatepass.posting", Forge)
COMMENTING = sorted(FORGES)


def news(platform="github", *, verdict=Verdict.FAILED, number="482", head=HEAD, **more):
    build = Build(
        platform,
        "acme/payments",
        head,
        change_request=ChangeRequest(number, head=head, url="https://git.acme.example/482"),
        run=Run(url="https://git.acme.example/runs/7"),
    )
    rules = (Rule("p/coverage", "fail", "lines"),) if verdict is Verdict.FAILED else ()
    return News("gatepass", build, verdict, rules, digest="ab" * 32, **more)


def way(forge, url):
    environment = {
        "github": {"GITHUB_API_URL": url, "GITHUB_TOKEN": "top-secret"},
        "gitlab": {"CI_API_V4_URL": url, "GATEPASS_GITLAB_TOKEN": "top-secret"},
        "bitbucket": {"BITBUCKET_API_URL": url, "BITBUCKET_TOKEN": "top-secret"},
        "azure": {
            "SYSTEM_COLLECTIONURI": url,
            "SYSTEM_ACCESSTOKEN": "top-secret",
            "SYSTEM_TEAMPROJECT": "acme",
        },
    }[forge]
    return Way(environment, "needs", say=lambda _: None, sleep=lambda _: None)


AZURE = "/acme/_apis/git/repositories/payments"
LISTS = {
    "github": "/repos/acme/payments/issues/482/comments",
    "gitlab": "/projects/acme%2Fpayments/merge_requests/482/notes",
    "bitbucket": "/repositories/acme/payments/pullrequests/482/comments",
    "azure": f"{AZURE}/pullRequests/482/threads",
}
EDITS = {
    "github": ("PATCH", "/repos/acme/payments/issues/comments/7"),
    "gitlab": ("PUT", f"{LISTS['gitlab']}/7"),
    "bitbucket": ("PUT", f"{LISTS['bitbucket']}/7"),
    "azure": ("PATCH", f"{LISTS['azure']}/7/comments/1"),
}


def entry(forge, text, by, number=7):
    return {
        "github": {"id": number, "body": text, "user": {"id": by}},
        "gitlab": {"id": number, "body": text, "author": {"id": by}, "system": False},
        "bitbucket": {"id": number, "content": {"raw": text}, "user": {"uuid": f"{{{by}}}"}},
        "azure": {"id": number, "comments": [{"id": 1, "content": text, "author": {"id": str(by)}}]},
    }[forge]


def listed(forge, entries, size=100):
    if forge == "bitbucket":
        return {"values": entries}
    return {"value": entries} if forge == "azure" else paged(entries, size)


def asked(forge, entries, *, size=100):
    """A forge that knows the comments, and remembers what it is told."""

    def answer(heard):
        told = heard.method in ("PUT", "PATCH") or (heard.method == "POST" and heard.path != "/graphql")
        if told:
            return Reply({"id": 7, "comments": [{"id": 1}]}, 201)
        if heard.path == "/graphql":
            return Reply({"data": {"viewer": {"login": "github-actions[bot]", "databaseId": ME}}})
        if heard.path == "/user":
            return Reply({"id": ME, "uuid": f"{{{ME}}}"})
        if heard.path == "/_apis/connectionData":
            return Reply({"authenticatedUser": {"id": str(ME)}})
        if heard.target.split("?")[0] == LISTS[forge]:
            made = listed(forge, entries, size)
            return made(heard) if callable(made) else Reply(made)
        return Reply("", 404)

    return answer


def say(forge, entries, made=None, **more):
    made = made or news(forge)
    with serving(asked(forge, entries, **more)) as server:
        FORGES[forge].comment(
            way(forge, server.url), made, lambda before: comment(made, last(before), FORGES[forge].dialect)
        )
        return [
            (each.method, each.target.split("?")[0], json.loads(each.body))
            for each in server.heard
            if each.method != "GET" and each.path != "/graphql"
        ]


def words(body):
    found = body.get("body") or body.get("content") or body["comments"][0]["content"]
    return found["raw"] if isinstance(found, dict) else found


def earlier(forge):
    return comment(news(forge, verdict=Verdict.PASSED), None, FORGES[forge].dialect)


@pytest.mark.parametrize("forge", COMMENTING)
def test_the_first_word_is_a_new_comment(forge):
    method, path, body = say(forge, [])[0]
    assert (method, path) == ("POST", LISTS[forge])
    assert words(body).startswith("## ❌ gatepass FAILED")


@pytest.mark.parametrize("forge", COMMENTING)
def test_the_next_word_takes_its_place_and_says_what_changed(forge):
    told = say(forge, [entry(forge, earlier(forge), ME)])
    assert told[0][:2] == EDITS[forge]
    assert "fails now" in words(told[0][2])
    assert not [each for each in told if each[0] == "POST"]


@pytest.mark.parametrize("forge", COMMENTING)
def test_a_comment_by_somebody_else_is_never_touched_nor_believed(forge):
    told = say(forge, [entry(forge, earlier(forge), STRANGER), entry(forge, "hello", ME)])
    assert [each[0] for each in told] == ["POST"]
    assert "Since the last run" not in words(told[0][2])


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_ours_is_found_on_a_later_page(forge):
    many = [entry(forge, "hello", STRANGER, number) for number in range(100, 105)]
    told = say(forge, [*many, entry(forge, earlier(forge), ME)], size=2)
    assert told[0][:2] == EDITS[forge]


@pytest.mark.parametrize("forge", COMMENTING)
def test_without_a_change_request_there_is_nowhere_to_comment(forge):
    with pytest.raises(UsageError, match="no change request"):
        say(forge, [], news(forge, number=""))


@pytest.mark.parametrize("forge", COMMENTING)
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_forge_that_does_not_let_us_in_is_an_error(forge, status):
    with (
        serving(lambda _: Reply({"message": "no"}, status)) as server,
        pytest.raises(CollectionError) as error,
    ):
        FORGES[forge].comment(way(forge, server.url), news(forge), lambda _: "x")
    assert "top-secret" not in f"{error.value} {error.value.hint}"


def test_who_cannot_be_known_on_github_writes_nothing():
    with serving(lambda _: Reply({"data": {"viewer": None}})) as server:
        with pytest.raises(CollectionError, match="whose token"):
            FORGES["github"].comment(way("github", server.url), news(), lambda _: "x")
        assert {each.path for each in server.heard} == {"/graphql"}


def test_the_sign_in_page_of_azure_is_a_refusal():
    with serving(lambda _: Reply("<html>", 203)) as server, pytest.raises(CollectionError, match="sign-in"):
        FORGES["azure"].comment(way("azure", server.url), news("azure"), lambda _: "x")


def test_a_thread_on_azure_is_closed_once_the_build_passes():
    told = say("azure", [entry("azure", earlier("azure"), ME)], news("azure", verdict=Verdict.PASSED))
    assert told[1][2] == {"status": 4}
    assert say("azure", [entry("azure", earlier("azure"), ME)])[1][2] == {"status": 1}


STATUS = {
    "github": f"/repos/acme/payments/statuses/{HEAD}",
    "gitlab": f"/projects/acme%2Fpayments/statuses/{HEAD}",
    "bitbucket": f"/repositories/acme/payments/commit/{HEAD}/statuses/build",
    "azure": f"{AZURE}/commits/{HEAD}/statuses",
}
_STATES = (State.SUCCESS, State.FAILURE, State.ERROR, State.PENDING)
SAID = {
    "github": dict(zip(_STATES, ("success", "failure", "error", "pending"), strict=True)),
    "gitlab": dict(zip(_STATES, ("success", "failed", "failed", "pending"), strict=True)),
    "bitbucket": dict(zip(_STATES, ("SUCCESSFUL", "FAILED", "FAILED", "INPROGRESS"), strict=True)),
    "azure": dict(zip(_STATES, ("succeeded", "failed", "error", "pending"), strict=True)),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("forge", sorted(FORGES))
def test_a_status_says_the_state_under_its_name_on_the_commit(forge, state):
    with serving(lambda _: Reply({"id": 1}, 201)) as server:
        FORGES[forge].status(way(forge, server.url), news(forge), state)
        first = server.heard[0]
    said = json.loads(first.body)
    assert (first.method, first.target.split("?")[0]) == ("POST", STATUS[forge])
    assert said["state"] == SAID[forge][state]
    assert "gatepass" in json.dumps(said)


def test_a_status_on_azure_stands_on_the_pull_request_as_well():
    with serving(lambda _: Reply({"id": 1}, 201)) as server:
        FORGES["azure"].status(way("azure", server.url), news("azure"), State.FAILURE)
        assert server.paths()[1] == f"{AZURE}/pullRequests/482/statuses"


@pytest.mark.parametrize("head", [None, "", "9fceb02", "main", "../../x"])
@pytest.mark.parametrize("forge", sorted(FORGES))
def test_a_status_needs_a_whole_commit(forge, head):
    with serving(lambda _: Reply({}, 201)) as server, pytest.raises(UsageError, match="which commit"):
        FORGES[forge].status(way(forge, server.url), news(forge, head=head), State.SUCCESS)


def test_gitlab_that_says_so_already_is_content():
    there = [
        {"id": 3, "name": "gatepass", "status": "failed"},
        {"id": 2, "name": "gatepass", "status": "success"},
    ]
    with serving(
        lambda heard: Reply(there) if heard.method == "GET" else Reply({"message": "no"}, 400)
    ) as server:
        FORGES["gitlab"].status(way("gitlab", server.url), news("gitlab"), State.FAILURE)
        with pytest.raises(CollectionError):
            FORGES["gitlab"].status(way("gitlab", server.url), news("gitlab"), State.SUCCESS)


def check(runs):
    found = news(annotations=(Annotation("src/a.py", 3, "coverage", "36 %", blocks=True),))
    routes = {
        f"/repos/acme/payments/commits/{HEAD}/check-runs": {"total_count": len(runs), "check_runs": runs},
        "/repos/acme/payments/check-runs": Reply({"html_url": "https://x.example/1"}, 201),
        "/repos/acme/payments/check-runs/9": {"html_url": "https://x.example/9"},
    }
    with serving(routes) as server:
        where = FORGES["github"].check(way("github", server.url), found, State.FAILURE)
        told = server.heard[-1]
    return where, told.method, told.path, json.loads(told.body)


def test_a_check_run_has_the_findings_at_their_lines():
    where, method, path, body = check([])
    assert (where, method, path) == ("https://x.example/1", "POST", "/repos/acme/payments/check-runs")
    assert (body["head_sha"], body["conclusion"], body["status"]) == (HEAD, "failure", "completed")
    (annotation,) = body["output"]["annotations"]
    assert (annotation["path"], annotation["start_line"], annotation["annotation_level"]) == (
        "src/a.py",
        3,
        "failure",
    )


def test_a_check_run_of_ours_is_written_anew():
    ours = {"id": 9, "name": "gatepass", "external_id": "gatepass:gatepass"}
    assert check([{"id": 8, "name": "gatepass", "external_id": ""}, ours])[:3] == (
        "https://x.example/9",
        "PATCH",
        "/repos/acme/payments/check-runs/9",
    )


def test_a_check_run_of_the_same_name_by_others_is_left_alone():
    assert check([{"id": 8, "name": "gatepass", "external_id": "other"}])[1] == "POST"
