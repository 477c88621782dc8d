"""Asking GitLab: the way in, its pages, and reading answers as far as the next question needs it.

Pages are named by ``Link``; where a proxy drops that header, by the number in ``x-next-page``.
https://docs.gitlab.com/api/rest/#pagination
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gatepass.collect._asking import MOST_PAGES, Asking
from gatepass.collect._collector import Asked
from gatepass.collect._http import Client, Response
from gatepass.errors import CollectionError, UsageError
from gatepass.model.facts import Json

API = "https://gitlab.com/api/v4"
PAGE = "per_page=100"
UNSEEN = (403, 404)  # of what a token need not see, and what a tier does not have
NEEDS = (
    "GATEPASS_GITLAB_TOKEN needs the scope read_api, and the role Developer for most of it "
    "(docs/collect/gitlab.md)"
)
_TOKENS = ("GATEPASS_GITLAB_TOKEN", "GITLAB_TOKEN")


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    client = Client(
        base=_base(asked.environment),
        headers={
            "PRIVATE-TOKEN": _token(asked.environment),
            "User-Agent": asked.producer.replace(" ", "/"),
        },
        sleep=asked.sleep,
        say=asked.say,
        needs=NEEDS,
        environment=asked.environment,
    )
    return Asking(client, "gitlab", kind, asked.now, asked.producer)


def _token(environment: Mapping[str, str]) -> str:
    for name in _TOKENS:
        if token := environment.get(name):
            return token
    beside = "; CI_JOB_TOKEN may not read approvals" if environment.get("CI_JOB_TOKEN") else ""
    raise CollectionError(
        f"there is no token for GitLab{beside}",
        hint="set GATEPASS_GITLAB_TOKEN (or GITLAB_TOKEN): a project or group access token with read_api",
    )


def _base(environment: Mapping[str, str]) -> str:
    """The address of the API by the platform's own variables, which must all mean one server."""
    server = environment.get("CI_SERVER_URL", "").rstrip("/")
    if not server and (host := environment.get("CI_SERVER_HOST")):
        port = environment.get("CI_SERVER_PORT")
        server = f"{environment.get('CI_SERVER_PROTOCOL') or 'https'}://{host}{f':{port}' if port else ''}"
    base = environment.get("CI_API_V4_URL", "").rstrip("/") or (f"{server}/api/v4" if server else API)
    if server and _host(server) != _host(base):
        raise UsageError(
            f"CI_API_V4_URL is at {_host(base)}, the server at {_host(server)}; the token is sent to neither",
            hint="both are set by GitLab itself; remove them from the variables of the job",
        )
    return base


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "nowhere").casefold()


def segment(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def an_object(value: Json, what: str) -> dict[str, Json]:
    """The object. Raises `CollectionError` for anything else."""
    if not isinstance(value, dict):
        raise CollectionError(f"GitLab does not tell {what}")
    return value


def text(holder: dict[str, Json], name: str) -> str:
    """A text that is not empty. Raises `CollectionError` for anything else."""
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise CollectionError(f"GitLab does not tell the {name}")
    return value


def number(holder: dict[str, Json], name: str) -> int:
    """A number from 0. Raises `CollectionError` for anything else."""
    value = holder.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CollectionError(f"GitLab does not tell the {name}")
    return value


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
