"""GitLab: a commit status, which is a job of an outside stage, and a note on the merge request.

https://docs.gitlab.com/api/commits/#set-commit-pipeline-status, https://docs.gitlab.com/api/notes/
"""

from __future__ import annotations

from urllib.parse import quote

from gatepass.forges import Way
from gatepass.forges.answers import text_at, within
from gatepass.forges.gitlab import client
from gatepass.model.facts import Json
from gatepass.posting._asked import address, an_object, change, commit, entries, identity, repository
from gatepass.posting._comment import is_ours
from gatepass.posting._forge import Body, Forge, State
from gatepass.posting._news import News

_STATES = {
    State.PENDING: "pending",
    State.SUCCESS: "success",
    State.FAILURE: "failed",
    State.ERROR: "failed",
}
_DESCRIPTION = 140
_REFUSED = 400


def status(way: Way, news: News, state: State) -> str:
    """Say it as a commit status; one that says the same already is left as it is."""
    asked = client(way)
    line = news.line if state is not State.PENDING else "being judged"
    body: dict[str, Json] = {
        "state": _STATES[state],
        "name": news.name,
        "description": line if len(line) <= _DESCRIPTION else f"{line[: _DESCRIPTION - 1]}…",
    }
    if news.run:
        body["target_url"] = news.run
    path = f"{_project(news)}/statuses/{commit(news)}"
    response = asked.tell("POST", path, body, repeatable=True, also=(_REFUSED,))
    said = an_object(response)
    if response.status == _REFUSED and not _says_so_already(asked.get(_listed(news)).json(), news, state):
        asked.tell("POST", path, body, repeatable=True)  # refused again, in the words of every refusal
    return address(asked, said, "target_url")


def comment(way: Way, news: News, body: Body) -> str:
    """Keep one note on the merge request."""
    asked = client(way)
    notes = f"{_project(news)}/merge_requests/{change(news)}/notes"
    me = identity(asked.get("user").json(), "id")
    mine = [
        each
        for each in entries(asked, f"{notes}?per_page=100&sort=asc&order_by=created_at")
        if str(within(each, "author", "id")) == me
        and each.get("system") is not True
        and is_ours(text_at(each, "body"), news.name)
    ]
    if mine:
        there = mine[0]
        path = f"{notes}/{identity(there, 'id')}"
        asked.tell("PUT", path, {"body": body(text_at(there, "body"))}, repeatable=True)
    else:
        asked.tell("POST", notes, {"body": body(None)}, repeatable=False)
    url = news.build.change_request.url if news.build.change_request else None
    return url or asked.base


def _project(news: News) -> str:
    repository(news)  # refuses what is none
    return f"projects/{quote(news.build.repository or '', safe='')}"


def _listed(news: News) -> str:
    name = quote(news.name, safe="")
    return f"{_project(news)}/repository/commits/{commit(news)}/statuses?per_page=100&name={name}"


def _says_so_already(listed: Json, news: News, state: State) -> bool:
    """Whether the newest status of the name is what was to be said: GitLab refuses to say it twice."""
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    ours = [each for each in found if each.get("name") == news.name]
    newest = max(ours, key=lambda each: _number(each.get("id")), default=None)
    return newest is not None and newest.get("status") == _STATES[state]


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0


FORGE = Forge(
    name="gitlab",
    title="GitLab, also of one's own",
    status=status,
    comment=comment,
    scopes=dict.fromkeys(
        ("status", "comment"),
        "to be of a project or group, with the scope api and the role Developer; CI_JOB_TOKEN cannot do it",
    ),
    page="https://docs.gitlab.com/api/commits/#set-commit-pipeline-status",
)
