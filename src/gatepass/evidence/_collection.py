"""Reading what a collector wrote: a collection of answers, kept whole under their digests.

The digests find a file that was cut or mended by hand. They do not tell who wrote it: that, and so the
assurance of what it says, is known by `Source.collected_from` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._head import Head
from gatepass.evidence._json import (
    as_array,
    as_count,
    as_object,
    as_text,
    parse_json,
    read_json,
    refuse_other_keys,
)
from gatepass.evidence._open import OpenReport
from gatepass.model.collection import SCHEMA, Answer, Collection
from gatepass.model.facts import Json

_KEYS = ("schema", "collector", "kind", "server", "collected", "about", "answers", "producer")
_BODY = 64 << 20
_DIGEST = re.compile("[0-9a-f]{64}")


def recognises(collector: str, kind: str) -> Callable[[Head], bool]:
    """What tells a collection of this collector for this kind of evidence."""

    def of(head: Head) -> bool:
        return asker_of(head) == collector and head.json is not None and head.json.values.get("kind") == kind

    return of


def asker_of(head: Head) -> str | None:
    """The name of the collector that a collection says it is of; None of what is no collection."""
    json = head.json
    if json is None or json.shape != "object" or json.values.get("schema") != SCHEMA:
        return None
    return json.values.get("collector", "")


def read(report: OpenReport) -> Collection:
    """The collection in a file. Raises `UnreadableEvidence` when it is none, or was altered."""
    document = as_object(read_json(report), "the document")
    if document.get("schema") != SCHEMA:
        raise UnreadableEvidence(f"is no {SCHEMA}")
    refuse_other_keys(document, _KEYS, "the document")
    at = instant(document.get("collected"))
    if at is None:
        raise UnreadableEvidence("does not say when it was collected")
    about = as_object(document.get("about"), "about")
    answers = tuple(
        _answer(each, f"answers[{index}]")
        for index, each in enumerate(as_array(document.get("answers"), "answers"))
    )
    if not answers:
        raise UnreadableEvidence("holds no answer", code="empty")
    return Collection(
        collector=as_text(document.get("collector"), limit=60),
        kind=as_text(document.get("kind"), limit=60),
        server=as_text(document.get("server"), limit=400),
        at=at,
        about=tuple(
            (_whole(name, "a name in about", 200), _whole(value, name, 2000)) for name, value in about.items()
        ),
        answers=answers,
        producer=as_text(document.get("producer"), limit=200),
    )


def json_of(answer: Answer) -> Json:
    """The body of an answer as JSON, as strict as every report."""
    try:
        return parse_json(answer.body.encode())
    except UnreadableEvidence as error:
        raise UnreadableEvidence(f"the answer of {answer.url} {error.message}") from None


def entries(collection: Collection, topic: str, about: str | None = None) -> Iterator[Json]:
    """The elements of the lists that all pages of a topic hold. Raises when nobody asked."""
    pages = collection.of(topic, about)
    if not pages:
        raise UnreadableEvidence(f"holds no answer about {topic}{f' of {about}' if about else ''}")
    for page in pages:
        yield from as_array(json_of(page), f"the answer of {page.url}")


def _whole(value: Json, what: str, limit: int) -> str:
    """What answers are found and compared by: cut short, it might be found to be something else."""
    if not isinstance(value, str) or len(value) > limit:
        raise UnreadableEvidence(f"{what[:100]} is no text, or longer than {limit:,} characters")
    return as_text(value, limit=limit)


def _answer(value: Json, what: str) -> Answer:
    entry = as_object(value, what)
    body, digest = entry.get("body"), entry.get("sha256")
    if not isinstance(body, str) or len(body) > _BODY:
        raise UnreadableEvidence(f"{what} has no body, or one that is too large")
    answer = Answer(
        topic=_whole(entry.get("topic"), f"{what}.topic", 100),
        url=as_text(entry.get("url"), limit=4000),
        status=as_count(entry.get("status"), f"{what}.status"),
        body=body,
        about=_whole(entry.get("about", ""), f"{what}.about", 1000),
    )
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise UnreadableEvidence(f"{what} has no digest")
    try:
        same = answer.sha256 == digest
    except UnicodeEncodeError:
        raise UnreadableEvidence(f"{what} holds half of a character") from None
    if not same:
        raise UnreadableEvidence(f"{what} was altered: the digest of its body is another")
    return answer
