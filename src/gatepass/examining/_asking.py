"""Asking without patience and without writing: GET, and queries of GraphQL. Nothing else can be said here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from gatepass.errors import CollectionError
from gatepass.examining._clock import Reading, reading
from gatepass.https import Budget, Client, Response
from gatepass.model.facts import Json

READ_SECONDS = 5.0
MOST_BYTES = 4 << 20
_ONCE = ", and there is no patience left to ask again"  # each is asked once
_JSON = "application/json"
_ANSWERS = tuple(range(400, 600))


class Outcome(StrEnum):
    """What became of a question."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and how long it took; ``response`` is None where there is none, and ``why`` says so."""

    outcome: Outcome
    response: Response | None = None
    seconds: float = 0.0
    why: str = ""
    hint: str | None = None

    @property
    def document(self) -> dict[str, Json]:
        """The object that was answered; empty for everything else."""
        if self.outcome is not Outcome.ALLOWED or self.response is None:
            return {}
        try:
            found = self.response.json()
        except CollectionError:
            return {}
        return found if isinstance(found, dict) else {}

    def header(self, name: str) -> str:
        """A header of the answer, by its name in lower case; empty where there is none."""
        return self.response.headers.get(name, "") if self.response else ""


@dataclass(slots=True)
class Asking:
    """Questions to one server, each asked once.

    ``clock`` tells the local time (UTC). ``answers`` and ``readings`` grow while it asks, so that what was
    told by then is known when nobody waits any longer.
    """

    client: Client
    clock: Callable[[], datetime]
    answers: list[Answered] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client.budget = Budget(seconds=0, retries=0)
        self.client.read_seconds = READ_SECONDS
        self.client.most_bytes = MOST_BYTES

    @property
    def host(self) -> str:
        """The server's name, with its port where it has one of its own."""
        parts = urlsplit(self.client.base)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "?"

    def get(self, path: str, *, accept: str = _JSON) -> Answered:
        """The answer to GET, whatever it is. Raises `UsageError` for an address that may not be asked."""
        answered = self._asked(lambda: self.client.get(path, accept=accept, also=_ANSWERS))
        return answered if accept != _JSON or answered.outcome is not Outcome.ALLOWED else _json(answered)

    def query(self, path: str, query: str) -> Answered:
        """The answer to a query of GraphQL; a mutation is never sent."""
        if not query.lstrip().startswith(("query", "{")):
            raise ValueError("only queries are asked")
        answered = self._asked(lambda: self.client.post(path, {"query": query}, also=_ANSWERS))
        if answered.document.get("errors"):
            return Answered(Outcome.DENIED, answered.response, answered.seconds, "is not told")
        return answered

    def _asked(self, ask: Callable[[], Response]) -> Answered:
        began, asked = time.monotonic(), self.clock()
        try:
            response = ask()
        except CollectionError as error:
            why = error.message.removesuffix(_ONCE)
            answered = Answered(Outcome.UNANSWERED, None, time.monotonic() - began, why, error.hint)
            self.answers.append(answered)
            return answered
        seconds = time.monotonic() - began
        if told := reading(self.host, response.headers, asked, self.clock()):
            self.readings.append(told)
        answered = Answered(_outcome(response.status), response, seconds, _words(response.status))
        self.answers.append(answered)
        return answered


def _json(answered: Answered) -> Answered:
    """The answer; a page to sign in that a proxy shows in its place is none."""
    try:
        if answered.response is not None:
            answered.response.json()
    except CollectionError:
        why = "answered with something that is no JSON"
        return Answered(Outcome.UNANSWERED, answered.response, answered.seconds, why)
    return answered


def _outcome(status: int) -> Outcome:
    if status in (401, 403, 203):  # Azure DevOps shows its sign-in page with a 203
        return Outcome.DENIED
    if 200 <= status < 300:
        return Outcome.ALLOWED
    return Outcome.NOT_FOUND if status in (404, 410) else Outcome.UNANSWERED


def _words(status: int) -> str:
    said = {
        203: "does not accept the token",
        401: "does not accept the token",
        403: "does not let the token read this",
        404: "is not there, or the token may not see it",
    }
    return said.get(status, "" if 200 <= status < 300 else f"answered {status}")
