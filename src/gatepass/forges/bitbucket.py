"""Bitbucket Cloud: ``BITBUCKET_TOKEN``, or ``BITBUCKET_USERNAME`` and ``BITBUCKET_APP_PASSWORD``.

``BITBUCKET_API_URL`` is another address, for a proxy. Pages name the next one in their body; those of
pipelines may do so by their numbers alone.
https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gatepass.errors import CollectionError
from gatepass.forges._way import Way
from gatepass.https import Client, Response

API = "https://api.bitbucket.org/2.0"


def client(way: Way) -> Client:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    return Client(
        base=way.environment.get("BITBUCKET_API_URL") or API,
        headers={"Authorization": _authorization(way.environment), "User-Agent": "gatepass"},
        sleep=way.sleep,
        say=way.say,
        needs=way.needs,
        variable="BITBUCKET_TOKEN" if way.environment.get("BITBUCKET_TOKEN") else "BITBUCKET_APP_PASSWORD",
        environment=way.environment,
    )


def next_page(response: Response) -> str | None:
    """The address of the page that follows, None on the last one."""
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
