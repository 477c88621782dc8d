"""GitHub: a commit status or a check run, and a comment on the pull request.

A status of one name takes the place of the one before it, whoever wrote that; let a ruleset name the app that
it must come from. Whose token this is tells GraphQL alone; a comment by anybody else is never touched.
https://docs.github.com/en/rest/commits/statuses, https://docs.github.com/en/rest/checks/runs,
https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

from gatepass.errors import CollectionError
from gatepass.forges import Way
from gatepass.forges.answers import text_at, within
from gatepass.forges.github import client, graphql
from gatepass.https import Client
from gatepass.model.facts import Json
from gatepass.plain import plain
from gatepass.posting._asked import address, an_object, change, commit, entries, identity, repository
from gatepass.posting._comment import is_ours
from gatepass.posting._forge import Body, Forge, State
from gatepass.posting._news import Annotation, News

_DESCRIPTION, _MESSAGE = 140, 2000
_CONCLUSIONS = {State.SUCCESS: "success", State.FAILURE: "failure", State.ERROR: "failure"}


def status(way: Way, news: News, state: State) -> str:
    """Say it as a commit status."""
    asked = client(way)
    body: dict[str, Json] = {
        "state": state.value,
        "context": news.name,
        "description": _short(news.line if state is not State.PENDING else "being judged", _DESCRIPTION),
    }
    if news.run:
        body["target_url"] = news.run
    path = f"repos/{repository(news)}/statuses/{commit(news)}"
    said = an_object(asked.tell("POST", path, body, repeatable=True))
    return address(asked, said, "url")


def check(way: Way, news: News, state: State) -> str:
    """Say it as a check run; one that this app made under the name before is written anew."""
    asked = client(way)
    repo, head = repository(news), commit(news)
    body: dict[str, Json] = {
        "name": news.name,
        "external_id": _external(news),
        "output": {
            "title": _short(news.line, 250),
            "summary": _summary(news),
            "annotations": [_annotation(each) for each in news.annotations],
        },
        "status": "in_progress" if state is State.PENDING else "completed",
    }
    if state is not State.PENDING:
        body["conclusion"] = _CONCLUSIONS[state]
    if news.run:
        body["details_url"] = news.run
    runs = entries(
        asked, f"repos/{repo}/commits/{head}/check-runs?per_page=100&filter=latest", key="check_runs"
    )
    mine = [
        each for each in runs if each.get("external_id") == _external(news) and each.get("name") == news.name
    ]
    if mine:
        said = asked.tell(
            "PATCH", f"repos/{repo}/check-runs/{identity(mine[-1], 'id')}", body, repeatable=True
        )
    else:
        made = {**body, "head_sha": head}
        said = asked.tell("POST", f"repos/{repo}/check-runs", made, repeatable=False)
    return address(asked, an_object(said), "html_url")


def comment(way: Way, news: News, body: Body) -> str:
    """Keep one comment on the pull request."""
    asked = client(way)
    repo, number = repository(news), change(news)
    me = _account(asked)
    comments = entries(asked, f"repos/{repo}/issues/{number}/comments?per_page=100")
    mine = [each for each in comments if _is_by(each, me) and is_ours(text_at(each, "body"), news.name)]
    if mine:
        there = mine[0]
        path = f"repos/{repo}/issues/comments/{identity(there, 'id')}"
        said = asked.tell("PATCH", path, {"body": body(text_at(there, "body"))}, repeatable=True)
    else:
        path = f"repos/{repo}/issues/{number}/comments"
        said = asked.tell("POST", path, {"body": body(None)}, repeatable=False)
    return address(asked, an_object(said), "html_url")


def _account(asked: Client) -> int:
    """The number of the account whose token this is."""
    answer = asked.post(graphql(asked.base), {"query": "query { viewer { login databaseId } }"})
    number = within(answer.json(), "data", "viewer", "databaseId")
    if isinstance(number, bool) or not isinstance(number, int):
        raise CollectionError("GitHub does not tell whose token this is, so no comment can be known as ours")
    return number


def _is_by(comment: dict[str, Json], account: int) -> bool:
    return within(comment, "user", "id") == account


def _external(news: News) -> str:
    return f"gatepass:{news.name}"


def _summary(news: News) -> str:
    """What a check run says above its annotations; the comment has the rest."""
    rules = [f"- {rule.code}: {rule.outcome}" for rule in news.rules if rule.outcome != "pass"]
    shown = "\n".join(["```text", news.line, *rules[:200], "```"])
    return shown[:60_000]


def _annotation(found: Annotation) -> Json:
    return {
        "path": found.path,
        "start_line": found.line,
        "end_line": found.line,
        "annotation_level": "failure" if found.blocks else "warning",
        "title": _short(found.title, 250),
        "message": _short(plain(found.message), _MESSAGE) or "-",
    }


def _short(words: str, limit: int) -> str:
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


FORGE = Forge(
    name="github",
    title="GitHub, GitHub Enterprise Server",
    status=status,
    comment=comment,
    check=check,
    scopes={
        "status": "statuses: write",
        "check run": "checks: write, which apps alone can have (the GITHUB_TOKEN of a workflow is one's)",
        "comment": "pull-requests: write",
    },
    page="https://docs.github.com/en/rest/commits/statuses",
)
