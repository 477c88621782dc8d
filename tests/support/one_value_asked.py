"""One answer tampered with while collectors ask: what they ask next, and whether they notice, is theirs.

A value of its body is changed, or it is answered with another status, or with something that is no answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from support.loopback import Heard, Reply
from support.one_value import Known, changes
from support.one_value_case import Case
from support.one_value_cases import Cases
from support.one_value_said import SAID

# a server that is in trouble says when to come back: nobody waits in a test
_LATER = {"Retry-After": "3600"}
_OTHERWISE: tuple[tuple[str, Callable[[Reply], Reply]], ...] = (
    ("403", lambda _: Reply({"message": "Forbidden"}, 403)),
    ("404", lambda _: Reply({"message": "Not Found"}, 404)),
    ("500", lambda _: Reply("", 500, _LATER)),
    ("204", lambda _: Reply("", 204)),
    ("nothing", lambda made: replace(made, body="")),
    ("a page to sign in", lambda made: replace(made, body="<html>Sign in</html>")),
    ("an empty list", lambda made: replace(made, body="[]")),
    ("an empty object", lambda made: replace(made, body="{}")),
    ("null", lambda made: replace(made, body="null")),
    ("no next page", lambda made: replace(made, headers={})),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it was given before anybody tampered with it."""

    method: str
    target: str
    body: bytes
    reply: Reply


@dataclass(frozen=True, slots=True)
class Tampered:
    """One answer that is given otherwise: to which question, where in it, and how."""

    told: Told
    place: str
    name: str
    make: Callable[[Reply], Reply]

    def __call__(self, heard: Heard, reply: Reply) -> Reply:
        """The answer to a question."""
        asked = (heard.method, heard.target, heard.body)
        return self.make(reply) if asked == (self.told.method, self.told.target, self.told.body) else reply

    def said(self, case: Case) -> bool:
        """Whether the change says by itself what lets the build pass, under any topic of that address."""
        rows = [row for row in SAID if row.fits(case.server, self.place, self.name)]
        return any(row.of_topic(topic) for row in rows for topic in _topics(case, self.told.target))

    def __str__(self) -> str:
        return f"{self.told.method} {self.told.target} {self.place or '(all)'} {self.name}"


def _topics(case: Case, target: str) -> set[str]:
    answers = (each for report in case.reports for each in json.loads(report.text)["answers"])
    path = urlsplit(target).path
    return {each["topic"] for each in answers if urlsplit(each["url"]).path == path}


def answers_of(cases: Cases, label: str, room: Path) -> list[Told]:
    """Every answer that is given when nobody tampers, once."""
    given: dict[tuple[str, str, bytes], Told] = {}

    def listen(heard: Heard, reply: Reply) -> Reply:
        asked = (heard.method, heard.target, heard.body)
        given.setdefault(asked, Told(*asked, reply))
        return reply

    cases.again(label, listen, room)
    return list(given.values())


def tamperings(answers: list[Told], known: Known) -> Iterator[Tampered]:
    """Each answer given otherwise in each way."""
    for told in answers:
        for name, make in _OTHERWISE:
            yield Tampered(told, "", name, make)
        for each in changes(told.reply.data.decode(), known):
            text = each.text
            yield Tampered(told, each.place, each.name, lambda made, text=text: replace(made, body=text()))
