"""Asking Azure DevOps: the way in, its pages, and the sign-in page that it gives instead of a refusal.

A token that is not accepted is answered with 203 and HTML. Further pages are named by a header or by
``nextSkip``. https://learn.microsoft.com/rest/api/azure/devops/
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gatepass.collect._asking import MOST_PAGES, Asking
from gatepass.collect._collector import Asked
from gatepass.collect._http import Client, Response
from gatepass.errors import CollectionError
from gatepass.model.facts import Json

NOT_FOR_US = (403, 404)
NEEDS = "the token needs Code (read) and Build (read); see docs/collect/azure.md"
_SIGN_IN = 203


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    base = asked.environment.get("SYSTEM_COLLECTIONURI", "").rstrip("/")
    if not base:
        raise CollectionError(
            "nothing tells which organisation to ask",
            hint="run it in Azure Pipelines, or set SYSTEM_COLLECTIONURI",
        )
    client = Client(
        base=base,
        headers={"Authorization": _authorization(asked.environment), "User-Agent": "gatepass"},
        sleep=asked.sleep,
        say=asked.say,
        needs=NEEDS,
        environment=asked.environment,
    )
    return Asking(client, "azure", kind, asked.now, asked.producer)


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


def _authorization(environment: Mapping[str, str]) -> str:
    if token := environment.get("SYSTEM_ACCESSTOKEN"):
        return f"Bearer {token}"
    if token := environment.get("AZURE_DEVOPS_TOKEN"):
        return f"Basic {base64.b64encode(f':{token}'.encode()).decode()}"
    raise CollectionError(
        "there is no token for Azure DevOps",
        hint="map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step, or set AZURE_DEVOPS_TOKEN",
    )


def _object(asking: Asking, topic: str, response: Response) -> dict[str, Json]:
    if response.status == _SIGN_IN:
        raise CollectionError(
            f"{asking.client.base} does not accept the token: it answers with its sign-in page", hint=NEEDS
        )
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
