"""Bitbucket Cloud: a build status, and a comment on the pull request.

Its Markdown knows no HTML, so foreign text stands in code spans.
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/,
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
"""

from __future__ import annotations

from gatepass.errors import UsageError
from gatepass.forges import Way
from gatepass.forges.answers import text_at
from gatepass.forges.bitbucket import client, next_page
from gatepass.model.facts import Json
from gatepass.posting._asked import address, an_object, change, commit, entries, identity, repository
from gatepass.posting._comment import SPANS, is_ours
from gatepass.posting._forge import Body, Forge, State
from gatepass.posting._news import News

_STATES = {
    State.PENDING: "INPROGRESS",
    State.SUCCESS: "SUCCESSFUL",
    State.FAILURE: "FAILED",
    State.ERROR: "FAILED",
}
_KEY = 40


def status(way: Way, news: News, state: State) -> str:
    """Say it as a build status; Bitbucket keeps one for each key."""
    asked = client(way)
    if len(news.name) > _KEY:
        raise UsageError(f"the name of a status has at most {_KEY} characters on Bitbucket")
    body: dict[str, Json] = {
        "key": news.name,
        "name": news.name,
        "state": _STATES[state],
        "description": (news.line if state is not State.PENDING else "being judged")[:255],
        "url": news.run or f"https://bitbucket.org/{news.build.repository}/commits/{commit(news)}",
    }
    path = f"repositories/{repository(news)}/commit/{commit(news)}/statuses/build"
    return address(asked, an_object(asked.tell("POST", path, body, repeatable=True)), "url")


def comment(way: Way, news: News, body: Body) -> str:
    """Keep one comment on the pull request."""
    asked = client(way)
    comments = f"repositories/{repository(news)}/pullrequests/{change(news)}/comments"
    me = text_at(asked.get("user").json(), "uuid")
    mine = [
        each
        for each in entries(asked, f"{comments}?pagelen=100", key="values", following=next_page)
        if me
        and text_at(each, "user", "uuid") == me
        and each.get("deleted") is not True
        and is_ours(text_at(each, "content", "raw"), news.name)
    ]
    if mine:
        there = mine[0]
        said: Json = {"content": {"raw": body(text_at(there, "content", "raw"))}}
        answer = asked.tell("PUT", f"{comments}/{identity(there, 'id')}", said, repeatable=True)
    else:
        answer = asked.tell("POST", comments, {"content": {"raw": body(None)}}, repeatable=False)
    return address(asked, an_object(answer), "links", "html", "href")


FORGE = Forge(
    name="bitbucket",
    title="Bitbucket Cloud",
    status=status,
    comment=comment,
    dialect=SPANS,
    scopes={
        "status": "repository write (write:repository)",
        "comment": "pull request write (write:pullrequest), account read (read:user) to know our own",
    },
    page="https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/",
)
