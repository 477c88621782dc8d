"""Asking over HTTP: patience with a limit, no way round the rules, no half answer."""

from __future__ import annotations

import gzip

import pytest

from gatepass.collect import Asking
from gatepass.errors import CollectionError, UsageError
from gatepass.https import Budget, Client
from support.loopback import Reply, paged, serving
from support.values import NOW

LIMITED = {"message": "You have exceeded a secondary rate limit. Please wait."}


def client(url, waits=None, *, budget=None, said=None, **more):
    return Client(
        base=url,
        headers={"Authorization": "Bearer top-secret"},
        sleep=(waits if waits is not None else []).append,
        say=(said if said is not None else []).append,
        needs="the token needs pull-requests: read",
        budget=budget or Budget(),
        **more,
    )


def asking(url, **more):
    return Asking(client(url, **more), "forge", "approvals", NOW, "gatepass test")


def test_all_pages_are_asked_for_and_kept_in_order():
    with serving({"/list": paged(list(range(7)), 3)}) as server:
        made = asking(server.url)
        assert made.entries("numbers", "/list?per_page=3") == list(range(7))
    assert [answer.body for answer in made.collection().of("numbers")] == ["[0, 1, 2]", "[3, 4, 5]", "[6]"]


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (Reply("", 500), 1),
        (Reply("", 502), 1),
        (Reply("", 409), 1),
        (Reply("", 503, {"Retry-After": "7"}), 7),
        (Reply("", 429, {"Retry-After": "3"}), 3),
        (Reply("", 429), 60),
        (Reply(LIMITED, 403), 60),
        (Reply(LIMITED, 403, {"Retry-After": "5"}), 5),
        (Reply({"message": "API rate limit exceeded"}, 403, {"X-RateLimit-Remaining": "0"}), 60),
        (Reply('{"ok": true}', cut=True), 1),
    ],
)
def test_what_may_pass_is_asked_again_after_the_wait_that_the_server_wants(reply, wait):
    waits, said = [], []
    with serving({"/x": [reply, Reply({"ok": True})]}) as server:
        assert client(server.url, waits, said=said).get("/x").json() == {"ok": True}
    assert waits == [wait]
    assert "asking again" in said[0]
    assert "top-secret" not in said[0]


def test_the_budget_is_one_for_all_questions():
    budget = Budget(seconds=100, retries=3)
    with serving({"/a": [Reply("", 500), Reply({})], "/b": Reply("", 500)}) as server:
        made = client(server.url, budget=budget)
        made.get("/a")
        with pytest.raises(CollectionError, match="no patience left"):
            made.get("/b")
        assert len(server.paths()) == 2 + 3


def test_a_limit_that_lasts_longer_than_the_budget_is_an_error_at_once():
    waits = []
    with (
        serving({"/x": Reply("", 429, {"Retry-After": "3600"})}) as server,
        pytest.raises(CollectionError, match="too much was asked"),
    ):
        client(server.url, waits).get("/x")
    assert waits == []


def test_a_time_out_is_an_error_and_no_empty_answer():
    with (
        serving({"/x": Reply([], seconds=5)}) as server,
        pytest.raises(CollectionError, match="did not answer in time"),
    ):
        client(server.url, budget=Budget(retries=1), read_seconds=0.1).get("/x")


def test_a_server_that_is_not_there_is_an_error():
    with serving({}) as server:
        url = server.url
    with pytest.raises(CollectionError, match="cannot be reached"):
        client(url, budget=Budget(retries=1)).get("/x")


def test_a_token_that_is_not_accepted_is_named_by_its_variable():
    with serving({"/x": Reply("", 401)}) as server, pytest.raises(CollectionError) as caught:
        client(server.url, variable="FORGE_TOKEN").get("/x")
    assert caught.value.hint == (
        "the token in FORGE_TOKEN is wrong, expired, revoked or of another server: set a new one"
    )


REFUSALS = [
    ({"message": "Validation Failed", "errors": [{"message": "No commit found"}]}, "No commit found"),
    ({"message": "no", "errors": ["locked", 7, None, {}]}, "no; locked"),
    ({"error": {"message": "too long"}}, "too long"),
    ({"error": "top-secret"}, "answered 422"),
    ([{"message": "x"}], "answered 422"),
    ("<html>", "answered 422"),
]


@pytest.mark.parametrize(("body", "words"), REFUSALS)
def test_a_refusal_says_the_servers_reason_and_what_to_look_at_and_never_the_token(body, words):
    with serving({"/x": Reply(body, 422)}) as server, pytest.raises(CollectionError) as caught:
        client(server.url).tell("POST", "/x", {}, repeatable=False)
    assert words in str(caught.value)
    assert "top-secret" not in str(caught.value)
    assert "is the commit pushed" in caught.value.hint


@pytest.mark.parametrize("status", [403, 404])
def test_what_the_token_may_not_read_says_what_it_needs_and_never_the_token(status):
    with (
        serving({"/x": Reply({"message": "Resource not accessible by integration"}, status)}) as server,
        pytest.raises(CollectionError) as caught,
    ):
        client(server.url).get("/x")
    assert caught.value.hint == "the token needs pull-requests: read"
    assert "top-secret" not in str(caught.value)


def test_a_404_that_is_an_answer_is_kept():
    with serving({}) as server:
        made = asking(server.url)
        assert made.one("member", "/orgs/acme/members/eve", about="eve", also=(404,)) is None
    [answer] = made.collection().of("member", "eve")
    assert answer.status == 404


def test_a_limit_is_never_taken_for_the_answer_that_a_403_may_be():
    with serving({"/x": [Reply(LIMITED, 403), Reply({"ok": 1})]}) as server:
        assert client(server.url).get("/x", also=(403,)).status == 200


def test_the_token_never_goes_to_another_host():
    with serving({}) as other, serving({"/x": Reply("", 302, {"Location": f"{other.url}/x"})}) as server:
        with pytest.raises(CollectionError, match="another host"):
            client(server.url).get("/x")
        assert other.heard == []


def test_a_next_page_on_another_host_is_not_asked():
    with serving({}) as other:
        link = {"Link": f'<{other.url}/list?page=2>; rel="next"'}
        with (
            serving({"/list": Reply([1], headers=link)}) as server,
            pytest.raises(CollectionError, match="another host"),
        ):
            asking(server.url).entries("numbers", "/list")
        assert other.heard == []


def test_a_redirect_on_the_same_host_is_followed():
    with serving({"/x": Reply("", 301, {"Location": "/y"}), "/y": {"ok": True}}) as server:
        assert client(server.url).get("/x").json() == {"ok": True}


def test_pages_that_lead_back_are_an_error():
    with serving(lambda h: Reply([1], headers={"Link": '</list>; rel="next"'})) as server:
        made = asking(server.url)
        with pytest.raises((CollectionError, UsageError)):
            made.entries("numbers", f"{server.url}/list")


@pytest.mark.parametrize("odd", ["https://[", "http://[::1", "https://forge.example:port/x"])
def test_what_is_no_address_is_an_error_whoever_names_it(odd):
    with pytest.raises(UsageError, match="address of an API"):
        client(odd).get("/x")
    routes = {
        "/list": Reply([1], headers={"Link": f'<{odd}>; rel="next"'}),
        "/x": Reply("", 302, {"Location": odd}),
    }
    with serving(routes) as server:
        with pytest.raises(CollectionError, match="no address"):
            asking(server.url).entries("numbers", "/list")
        with pytest.raises(CollectionError, match="no address"):
            client(server.url).get("/x")


def test_plain_http_is_for_loopback_alone():
    with pytest.raises(UsageError, match="over https alone"):
        client("http://forge.example/api").get("/x")


def test_an_answer_that_unpacks_to_more_than_the_limit_is_refused():
    packed = gzip.compress(b"a" * (3 << 20))
    with (
        serving({"/x": Reply(packed, headers={"Content-Encoding": "gzip"})}) as server,
        pytest.raises(CollectionError, match="more than 1 MiB"),
    ):
        client(server.url, most_bytes=1 << 20).get("/x")


def test_what_is_no_utf_8_and_what_is_no_json_is_refused():
    with serving({"/x": Reply(b"\xff\xfe"), "/y": Reply("<html>Log in</html>")}) as server:
        with pytest.raises(CollectionError, match="no UTF-8"):
            client(server.url).get("/x")
        with pytest.raises(CollectionError, match="no JSON"):
            client(server.url).get("/y").json()


def test_half_of_a_character_is_refused_and_whole_ones_are_not():
    whole, half = "\\ud83d\\ude00 \\\\ud83d", "\\ud83d"
    with serving({"/whole": Reply(f'{{"a": "{whole}"}}'), "/half": Reply(f'[{{"a": "{half}"}}]')}) as server:
        asked = client(server.url)
        assert asked.get("whole").json() == {"a": "\U0001f600 \\ud83d"}
        with pytest.raises(CollectionError, match="half of a character"):
            asked.get("half").json()


def test_a_query_that_is_answered_with_an_error_is_an_error():
    with (
        serving({"/graphql": {"data": None, "errors": [{"message": "no"}]}}) as server,
        pytest.raises(CollectionError, match="cannot answer the query"),
    ):
        asking(server.url).queried("reviews", "/graphql", {"query": "{}"})


def test_what_may_be_told_twice_is_told_again():
    waits = []
    with serving({"/x": [Reply("{}", cut=True), Reply("", 503), Reply({"id": 7}, 201)]}) as server:
        told = client(server.url, waits).tell("PUT", "/x", {"a": 1}, repeatable=True)
        assert (told.json(), [each.method for each in server.heard]) == ({"id": 7}, ["PUT"] * 3)
    assert waits == [1, 2]


@pytest.mark.parametrize("reply", [Reply('{"ok": true}', cut=True), Reply("", 500), Reply("", 503)])
def test_what_must_not_be_told_twice_is_told_once(reply):
    with serving({"/x": [reply, Reply({"id": 7}, 201)]}) as server:
        with pytest.raises(CollectionError):
            client(server.url).tell("POST", "/x", {}, repeatable=False)
        assert len(server.heard) == 1


def test_a_limit_means_that_nothing_was_done_so_it_is_told_again():
    with serving({"/x": [Reply(LIMITED, 403), Reply("", 429), Reply({"id": 7}, 201)]}) as server:
        assert client(server.url).tell("POST", "/x", {}, repeatable=False).json() == {"id": 7}


def test_a_token_that_may_not_write_is_told_so():
    with (
        serving({"/x": Reply("", 403)}) as server,
        pytest.raises(CollectionError, match="write this") as error,
    ):
        client(server.url).tell("POST", "/x", {}, repeatable=False)
    assert "write this" in str(error.value) and "pull-requests" in error.value.hint
    assert "top-secret" not in f"{error.value} {error.value.hint}"


def test_what_is_told_never_follows_to_another_place():
    with serving({"/x": Reply("", 307, {"Location": "/y"}), "/y": {"id": 7}}) as server:
        with pytest.raises(CollectionError, match="points to"):
            client(server.url).tell("POST", "/x", {}, repeatable=True)
        assert server.paths() == ["/x"]
