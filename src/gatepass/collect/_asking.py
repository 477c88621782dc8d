"""Asking and writing down at the same time, so that nothing is used that is not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gatepass.errors import CollectionError
from gatepass.https import Client, Response
from gatepass.model.collection import Answer, Collection
from gatepass.model.facts import Json

MOST_PAGES = 300


@dataclass(slots=True)
class Asking:
    """Questions to one server, for one kind of evidence."""

    client: Client
    collector: str
    kind: str
    at: datetime
    producer: str
    about: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def text(
        self,
        topic: str,
        path: str,
        *,
        about: str = "",
        accept: str = "application/json",
        also: tuple[int, ...] = (),
    ) -> Response:
        """One answer; ``also`` are statuses besides 2xx that are answers, and are kept."""
        return self._kept(topic, about, self.client.get(path, accept=accept, also=also))

    def one(self, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()) -> Json:
        """One answer in JSON; None for one of the statuses in ``also``."""
        response = self.text(topic, path, about=about, also=also)
        return response.json() if response.status < 300 else None

    def all(
        self,
        topic: str,
        path: str,
        *,
        about: str = "",
        also: tuple[int, ...] = (),
        following: Callable[[Response], str | None] = Response.next_page,
    ) -> list[Json]:
        """The documents of all pages; ``following`` finds the next one's address, by default in ``Link``."""
        pages: list[Json] = []
        seen: set[str] = set()
        following_path: str | None = path
        while following_path is not None:
            if following_path in seen or len(seen) >= MOST_PAGES:
                raise CollectionError(f"{self.client.base} has no end of pages about {topic}")
            seen.add(following_path)
            response = self.text(topic, following_path, about=about, also=also)
            if response.status >= 300:
                return pages
            pages.append(response.json())
            following_path = following(response)
        return pages

    def entries(self, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()) -> list[Json]:
        """The elements of all pages, where each page is a list."""
        pages = self.all(topic, path, about=about, also=also)
        if not all(isinstance(page, list) for page in pages):
            raise CollectionError(f"{self.client.base} answered about {topic} with something that is no list")
        return [entry for page in pages if isinstance(page, list) for entry in page]

    def queried(self, topic: str, path: str, query: Json, *, about: str = "") -> Json:
        """The answer to a GraphQL query. Raises `CollectionError` when it reports an error."""
        document = self._kept(topic, about, self.client.post(path, query)).json()
        if not isinstance(document, dict) or document.get("errors") or "data" not in document:
            raise CollectionError(f"{self.client.base} cannot answer the query about {topic}")
        return document["data"]

    def collection(self) -> Collection:
        """Everything that was answered."""
        return Collection(
            self.collector,
            self.kind,
            self.client.base,
            self.at,
            tuple(sorted(self.about.items())),
            tuple(self.answers),
            self.producer,
        )

    def _kept(self, topic: str, about: str, response: Response) -> Response:
        self.answers.append(Answer(topic, response.url, response.status, response.body, about))
        return response
