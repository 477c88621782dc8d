"""Reading what a forge answers while it is told something."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from gatepass.errors import CollectionError, UsageError
from gatepass.https import Client, Response
from gatepass.model.facts import Json
from gatepass.posting._news import News

Object = dict[str, Json]
_MOST_PAGES = 100
_WHOLE = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def entries(
    client: Client,
    path: str,
    *,
    key: str | None = None,
    following: Callable[[Response], str | None] = Response.next_page,
) -> Iterator[Object]:
    """The objects of all pages, which are lists, or hold them under ``key``. Raises `CollectionError`."""
    waiting: str | None = path
    for _ in range(_MOST_PAGES):
        if waiting is None:
            return
        response = client.get(waiting)
        page = response.json()
        listed = page.get(key) if key and isinstance(page, dict) else page
        if not isinstance(listed, list):
            raise CollectionError(f"{client.base} answered with something that is no list")
        yield from (each for each in listed if isinstance(each, dict))
        waiting = following(response)
    raise CollectionError(f"{client.base} has no end of pages")


def an_object(response: Response) -> Object:
    """The answer as an object. Raises `CollectionError` when it is none."""
    value = response.json()
    if not isinstance(value, dict):
        raise CollectionError("the forge answered with something odd")
    return value


def within(holder: Json, *keys: str) -> Json:
    """The value below some keys, None where there is none."""
    for key in keys:
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder


def text(holder: Json, *keys: str) -> str:
    """The text below some keys, empty where there is none."""
    found = within(holder, *keys)
    return found if isinstance(found, str) else ""


def address(client: Client, holder: Json, *keys: str) -> str:
    """Where something that was said can be looked at; the forge itself where it does not tell."""
    found = text(holder, *keys)
    return found if found.startswith(("https://", "http://")) else client.base


def identity(holder: Json, *keys: str) -> str:
    """An id, a number or a text. Raises `CollectionError` where there is none."""
    found = within(holder, *keys)
    if isinstance(found, bool) or not isinstance(found, int | str) or found == "":
        raise CollectionError("the forge does not tell the id of what it was asked for")
    return quote(str(found), safe="{}")


def commit(news: News) -> str:
    """The commit that a status is for. Raises `UsageError` when nothing tells it whole."""
    head = (news.build.head or "").lower()
    if not _WHOLE.fullmatch(head):
        raise UsageError(
            "nothing tells which commit this is about", hint="run it in the pipeline of the build"
        )
    return head


def change(news: News) -> str:
    """The number of the change request. Raises `UsageError` when this build is of none."""
    number = news.build.change_request.number if news.build.change_request else ""
    if not number.isdecimal():
        raise UsageError("this build is of no change request, so there is nowhere to comment")
    return number


def repository(news: News) -> str:
    """``owner/name`` (or deeper, on GitLab) as the forge writes it, ready for a path."""
    name = news.build.repository or ""
    parts = name.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        raise UsageError("nothing tells the repository", hint="run it in the pipeline of the build")
    return "/".join(quote(part, safe="") for part in parts)
