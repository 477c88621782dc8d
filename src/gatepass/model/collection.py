"""Answers of a forge or a server, kept as they came: what a collector writes and a format reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

SCHEMA = "gatepass/collection/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole.

    ``topic`` is what was asked for, in a word that the collector and its format share (``reviews``);
    pages of one list have one topic, in order. ``about`` tells entries of one topic apart (a login, a commit
    id). ``url`` is what was asked, without what is secret. ``body`` is the text of the answer, byte for byte;
    it is empty for statuses without one. Only answers that mean something are kept: 2xx, and 403 or 404
    where that is the answer.
    """

    topic: str
    url: str
    status: int
    body: str
    about: str = ""

    @property
    def sha256(self) -> str:
        """Lower-case hex of the digest of the body in UTF-8."""
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Collection:
    """All answers that one piece of evidence is made of.

    ``collector`` is who asked (``github``), ``kind`` the kind of evidence that it makes. ``server`` is the
    base URL of the API. ``at`` (UTC) is when it began to ask. ``about`` are facts that the answers do not
    hold themselves: repository, change request, head, run, as names and values.
    """

    collector: str
    kind: str
    server: str
    at: datetime
    about: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    producer: str = ""

    def of(self, topic: str, about: str | None = None) -> tuple[Answer, ...]:
        """The answers to a topic, all its pages, in the order in which they came."""
        return tuple(
            each for each in self.answers if each.topic == topic and (about is None or each.about == about)
        )

    def fact(self, name: str) -> str | None:
        """A fact of ``about``, None where it was not known."""
        return next((value for key, value in self.about if key == name), None)

    def text(self) -> bytes:
        """The file; what recognition needs stands at its beginning."""
        head = {
            "schema": SCHEMA,
            "collector": self.collector,
            "kind": self.kind,
            "server": self.server,
            "collected": self.at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "producer": self.producer,
            "about": dict(self.about),
        }
        return (json.dumps({**head, "answers": list(map(_written, self.answers))}, indent=1) + "\n").encode()

    def topics(self) -> Iterator[tuple[str, str]]:
        """Each topic with what it is about, once, in the order of the answers."""
        return iter(dict.fromkeys((each.topic, each.about) for each in self.answers))


def _written(answer: Answer) -> dict[str, str | int]:
    return {
        "topic": answer.topic,
        "about": answer.about,
        "url": answer.url,
        "status": answer.status,
        "sha256": answer.sha256,
        "body": answer.body,
    }
