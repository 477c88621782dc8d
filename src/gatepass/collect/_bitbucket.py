"""Asking Bitbucket Cloud, page by page.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination
"""

from __future__ import annotations

from urllib.parse import quote

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError
from gatepass.forges.bitbucket import client, next_page
from gatepass.model.facts import Json

NOT_FOR_US = (403, 404)
NEEDS = "the token needs read:repository, read:pullrequest and read:pipeline; see docs/collect/bitbucket.md"


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    return Asking(client(asked.way(NEEDS)), "bitbucket", kind, asked.now, asked.producer)


def repository(asked: Asked) -> tuple[str, str]:
    """Workspace and slug, ready for a path."""
    workspace, slash, slug = (asked.build.repository or "").partition("/")
    if not slash or not workspace or not slug or "/" in slug:
        raise CollectionError(
            "nothing tells the repository as workspace/name",
            hint="run it in Bitbucket Pipelines, or give --build repository=acme/payments",
        )
    return quote(workspace, safe=""), quote(slug, safe="")


def values(
    asking: Asking, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()
) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `CollectionError` for a page without a list of objects."""
    found: list[dict[str, Json]] = []
    for page in asking.all(topic, path, about=about, also=also, following=next_page):
        listed = page.get("values") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise CollectionError(f"{asking.client.base} answered about {topic} with a page without values")
        for entry in listed:
            if not isinstance(entry, dict):
                raise CollectionError(f"{asking.client.base} lists something odd about {topic}")
            found.append(entry)
    return found


def inner(document: Json, *keys: str) -> Json:
    """The value below some keys, None where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def text(document: Json, *keys: str) -> str:
    """The string below some keys, empty where there is none."""
    found = inner(document, *keys)
    return found if isinstance(found, str) else ""
