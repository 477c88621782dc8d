"""Asking Bitbucket Cloud: the way in, and its pages.

Pages name the next one in their body; those of pipelines may do so by their numbers alone.
https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._http import Client, Response
from gatepass.errors import CollectionError
from gatepass.model.facts import Json

API = "https://api.bitbucket.org/2.0"
NOT_FOR_US = (403, 404)
NEEDS = "the token needs read:repository, read:pullrequest and read:pipeline; see docs/collect/bitbucket.md"


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    client = Client(
        base=asked.environment.get("BITBUCKET_API_URL") or API,
        headers={"Authorization": _authorization(asked.environment), "User-Agent": "gatepass"},
        sleep=asked.sleep,
        say=asked.say,
        needs=NEEDS,
        environment=asked.environment,
    )
    return Asking(client, "bitbucket", kind, asked.now, asked.producer)


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
    for page in asking.all(topic, path, about=about, also=also, following=_following):
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


def _authorization(environment: Mapping[str, str]) -> str:
    if token := environment.get("BITBUCKET_TOKEN"):
        return f"Bearer {token}"
    user, password = (environment.get(f"BITBUCKET_{each}") or "" for each in ("USERNAME", "APP_PASSWORD"))
    if user and password:
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    raise CollectionError(
        "there is no token for Bitbucket",
        hint="set BITBUCKET_TOKEN (an access token), or BITBUCKET_USERNAME and BITBUCKET_APP_PASSWORD "
        "(an e-mail address and an API token)",
    )


def _following(response: Response) -> str | None:
    page = response.json()
    if not isinstance(page, dict):
        return None
    following = page.get("next")
    if following is not None:
        if not isinstance(following, str) or not following:
            raise CollectionError("Bitbucket names a next page that is no address")
        return following
    size, number, length = (page.get(key) for key in ("size", "page", "pagelen"))
    if not (isinstance(size, int) and isinstance(number, int) and isinstance(length, int)):
        return None
    return _numbered(response.url, number + 1) if number * length < size else None


def _numbered(url: str, page: int) -> str:
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", page)])))
