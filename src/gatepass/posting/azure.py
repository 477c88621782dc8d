"""Azure DevOps: a status on the pull request and the commit, and a thread on the pull request.

A branch policy can require the status of the pull request.
https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-statuses/create,
https://learn.microsoft.com/rest/api/azure/devops/git/statuses/create,
https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads
"""

from __future__ import annotations

from urllib.parse import quote

from gatepass.errors import UsageError
from gatepass.forges import Way
from gatepass.forges.answers import text_at, within
from gatepass.forges.azure import client, refuse_sign_in
from gatepass.https import Client, Response
from gatepass.model.facts import Json
from gatepass.posting._asked import Object, address, an_object, change, commit, identity
from gatepass.posting._comment import is_ours
from gatepass.posting._forge import Body, Forge, State
from gatepass.posting._news import News

_VERSION = "api-version=7.1"
_STATES = {
    State.PENDING: "pending",
    State.SUCCESS: "succeeded",
    State.FAILURE: "failed",
    State.ERROR: "error",
}
_ACTIVE, _CLOSED, _TEXT = 1, 4, 1  # of CommentThreadStatus and CommentType


def status(way: Way, news: News, state: State) -> str:
    """Say it on the commit, and on the pull request where there is one."""
    asked, repo = _way(way, news)
    body: dict[str, Json] = {
        "state": _STATES[state],
        "description": (news.line if state is not State.PENDING else "being judged")[:400],
        "context": {"genre": "gatepass", "name": news.name},
    }
    if news.run:
        body["targetUrl"] = news.run
    said = _told(asked, "POST", f"{repo}/commits/{commit(news)}/statuses?{_VERSION}", body, repeatable=True)
    if news.build.change_request and news.build.change_request.number:
        path = f"{repo}/pullRequests/{change(news)}/statuses?{_VERSION}"
        said = _told(asked, "POST", path, body, repeatable=True)
    return address(asked, said, "targetUrl")


def comment(way: Way, news: News, body: Body) -> str:
    """Keep one thread on the pull request, open while the build fails."""
    asked, repo = _way(way, news)
    threads = f"{repo}/pullRequests/{change(news)}/threads"
    me = text_at(_got(asked, "_apis/connectionData").json(), "authenticatedUser", "id")
    listed = within(_got(asked, f"{threads}?{_VERSION}").json(), "value")
    found = [
        (thread, first)
        for thread in (listed if isinstance(listed, list) else [])
        if isinstance(thread, dict) and (first := _first(thread)) is not None
        if me and text_at(first, "author", "id") == me and is_ours(text_at(first, "content"), news.name)
    ]
    standing = _CLOSED if news.verdict is not None and not news.failing else _ACTIVE
    if found:
        thread, first = found[0]
        there = f"{threads}/{identity(thread, 'id')}"
        path = f"{there}/comments/{identity(first, 'id')}?{_VERSION}"
        _told(asked, "PATCH", path, {"content": body(text_at(first, "content"))}, repeatable=True)
        _told(asked, "PATCH", f"{there}?{_VERSION}", {"status": standing}, repeatable=True)
    else:
        first_word: Json = {"parentCommentId": 0, "content": body(None), "commentType": _TEXT}
        made: Json = {"comments": [first_word], "status": standing}
        _told(asked, "POST", f"{threads}?{_VERSION}", made, repeatable=False)
    url = news.build.change_request.url if news.build.change_request else None
    return url or asked.base


def _way(way: Way, news: News) -> tuple[Client, str]:
    """The client, and the path of the repository: its id where the pipeline tells it, else its name."""
    project = way.environment.get("SYSTEM_TEAMPROJECT") or (news.build.repository or "").partition("/")[0]
    name = way.environment.get("BUILD_REPOSITORY_ID") or (news.build.repository or "").rpartition("/")[2]
    if not project or not name:
        raise UsageError("nothing tells project and repository", hint="run it in Azure Pipelines")
    return client(way), f"{quote(project, safe='')}/_apis/git/repositories/{quote(name, safe='')}"


def _first(thread: Object) -> Object | None:
    """The comment that began a thread, None where it was deleted."""
    comments = thread.get("comments")
    first = comments[0] if isinstance(comments, list) and comments else None
    deleted = thread.get("isDeleted") is True or (isinstance(first, dict) and first.get("isDeleted") is True)
    return first if isinstance(first, dict) and not deleted else None


def _got(asked: Client, path: str) -> Response:
    response = asked.get(path)
    refuse_sign_in(response, asked)
    return response


def _told(asked: Client, method: str, path: str, body: Json, *, repeatable: bool) -> Object:
    response = asked.tell(method, path, body, repeatable=repeatable)
    refuse_sign_in(response, asked)
    return an_object(response)


FORGE = Forge(
    name="azure",
    title="Azure DevOps Services and Server",
    status=status,
    comment=comment,
    scopes={
        "status": "vso.code_status (the build service needs Contribute to pull requests)",
        "comment": "vso.threads_full, or vso.code_write",
    },
    page="https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-statuses/create",
)
