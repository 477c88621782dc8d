"""Asking GitLab: its pages, and reading answers as far as the next question needs it.

Pages are named by ``Link``; where a proxy drops that header, by the number in ``x-next-page``.
https://docs.gitlab.com/api/rest/#pagination
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gatepass.collect._asking import MOST_PAGES, Asking
from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError
from gatepass.forges.answers import Told
from gatepass.forges.gitlab import client
from gatepass.https import Response
from gatepass.model.facts import Json

PAGE = "per_page=100"
UNSEEN = (403, 404)  # of what a token need not see, and what a tier does not have
NEEDS = (
    "GATEPASS_GITLAB_TOKEN needs the scope read_api, and the role Developer for most of it "
    "(docs/collect/gitlab.md)"
)
_TOLD = Told("GitLab")
an_object, text, number = _TOLD.an_object, _TOLD.text, _TOLD.number


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    return Asking(client(asked.way(NEEDS)), "gitlab", kind, asked.now, asked.producer)


def listed(
    asking: Asking, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()
) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `CollectionError` for a page that is no list of objects."""
    path = f"{path}{'&' if '?' in path else '?'}{PAGE}"
    found: list[dict[str, Json]] = []
    for page in asking.all(topic, path, about=about, also=also, following=_following):
        if not isinstance(page, list):
            raise CollectionError(f"GitLab answered about {topic} with something that is no list")
        found.extend(an_object(each, f"an entry of {topic}") for each in page)
    return found


def graph(
    asking: Asking, topic: str, query: str, variables: dict[str, Json], *keys: str, about: str = ""
) -> None:
    """All pages of a connection of GraphQL that stands below ``keys``; ``$after`` is where a page begins."""
    after: str | None = None
    seen: set[str] = set()
    while True:
        document: Json = {"query": query, "variables": {**variables, "after": after}}
        node = asking.queried(topic, _graphql(asking.client.base), document, about=about)
        for key in (*keys, "pageInfo"):
            node = an_object(node, topic).get(key)
        page = an_object(node, topic)
        if page.get("hasNextPage") is False:
            return
        after = text(page, "endCursor")
        if after in seen or len(seen) >= MOST_PAGES:
            raise CollectionError(f"GitLab has no end of pages about {topic}")
        seen.add(after)


def _graphql(base: str) -> str:
    """``…/api/graphql`` beside ``…/api/v4``."""
    return f"{base.rstrip('/').removesuffix('/v4')}/graphql"


def _following(response: Response) -> str | None:
    if found := response.next_page():
        return found
    page = response.headers.get("x-next-page", "").strip()
    if not page:
        return None
    parts = urlsplit(response.url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", page)])))
