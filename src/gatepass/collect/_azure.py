"""Asking Azure DevOps: its pages, named by a header or by ``nextSkip``.

https://learn.microsoft.com/rest/api/azure/devops/
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gatepass.collect._asking import MOST_PAGES, Asking
from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError
from gatepass.forges.azure import client, refuse_sign_in
from gatepass.https import Response
from gatepass.model.facts import Json

NOT_FOR_US = (403, 404)
NEEDS = "the token needs Code (read) and Build (read); see docs/collect/azure.md"


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    return Asking(client(asked.way(NEEDS)), "azure", kind, asked.now, asked.producer)


def project(asked: Asked) -> str:
    """The team project, ready for a path."""
    named = asked.environment.get("SYSTEM_TEAMPROJECT") or (asked.build.repository or "").partition("/")[0]
    if not named:
        raise CollectionError("nothing tells the project", hint="run it in Azure Pipelines")
    return quote(named, safe="")


def document(
    asking: Asking, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()
) -> dict[str, Json]:
    """One answer; empty for one of the statuses in ``also``."""
    return _object(asking, topic, asking.text(topic, path, about=about, also=also))


def values(
    asking: Asking,
    topic: str,
    path: str,
    *,
    about: str = "",
    also: tuple[int, ...] = (),
    key: str = "value",
) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `CollectionError` for a page without a list of objects."""
    found: list[dict[str, Json]] = []
    seen: set[str] = set()
    following: str | None = path
    while following is not None:
        if following in seen or len(seen) >= MOST_PAGES:
            raise CollectionError(f"{asking.client.base} has no end of pages about {topic}")
        seen.add(following)
        response = asking.text(topic, following, about=about, also=also)
        if response.status >= 300:
            return found
        page = _object(asking, topic, response)
        listed = page.get(key)
        if not isinstance(listed, list):
            raise CollectionError(f"{asking.client.base} answered about {topic} with a page without {key}")
        for entry in listed:
            if not isinstance(entry, dict):
                raise CollectionError(f"{asking.client.base} lists something odd about {topic}")
            found.append(entry)
        following = _following(response, page)
    return found


def text(document: Json, *keys: str) -> str:
    """The string below some keys, empty where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""


def _object(asking: Asking, topic: str, response: Response) -> dict[str, Json]:
    refuse_sign_in(response, asking.client)
    if response.status >= 300:
        return {}
    found = response.json()
    if not isinstance(found, dict):
        raise CollectionError(f"{asking.client.base} answered about {topic} with something odd")
    return found


def _following(response: Response, page: dict[str, Json]) -> str | None:
    if token := response.headers.get("x-ms-continuationtoken"):
        return _with(response.url, "continuationToken", token)
    skip = page.get("nextSkip")
    return _with(response.url, "$skip", str(skip)) if isinstance(skip, int) and skip > 0 else None


def _with(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = [(key, old) for key, old in parse_qsl(parts.query) if key != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)], safe="$:/")))
