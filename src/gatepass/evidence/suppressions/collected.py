"""What `gatepass collect suppressions` writes: ``{"schema": "gatepass/suppressions/v1", …}``.

Every key must be there, and no other. Who cannot tell what is new says so in every entry.
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_count, as_object, as_text, read_json, refuse_other_keys
from gatepass.evidence._open import OpenReport
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.suppressions import (
    SuppressionKind,
    Suppressions,
    SuppressionScope,
    Unread,
    WrittenSuppression,
)

_SCHEMA = "gatepass/suppressions/v1"
_ANY_VERSION = "gatepass/suppressions/"
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_KEYS = (
    *(
        "schema",
        "producer",
        "collected",
        "head",
        "base",
        "compared-with",
        "scope",
        "looked-for",
        "files",
        "left-out",
    ),
    *("unread", "suppressions"),
)
_ENTRY_KEYS = (
    *("scanner", "kind", "path", "line", "rules", "covers", "reason", "created", "expires", "by"),
    *("until-fixable", "new"),
)


def _recognises(head: Head) -> bool:
    return head.json is not None and head.json.values.get("schema", "").startswith(_ANY_VERSION)


def _read(report: OpenReport) -> Reading:
    whole = as_object(read_json(report), "the document")
    if whole.get("schema") != _SCHEMA:
        raise UnreadableEvidence(f"has the schema {as_text(whole.get('schema'), limit=80)}, not {_SCHEMA}")
    refuse_other_keys(whole, _KEYS, "the document")
    created = instant(whole["collected"])
    if created is None:
        raise UnreadableEvidence("collected is no instant")
    left_out = as_object(whole["left-out"], "left-out")
    refuse_other_keys(left_out, ("binary", "links", "submodules"), "left-out")
    looked_for = tuple(
        _text(each, "looked-for", empty=False) for each in as_array(whole["looked-for"], "looked-for")
    )
    if not looked_for:
        raise UnreadableEvidence("nothing was looked for", code="empty")
    base, compared_with = (
        None if whole[key] is None else _id(whole[key], key) for key in ("base", "compared-with")
    )
    if (base is None) != (compared_with is None):
        raise UnreadableEvidence("says only half of what the files were compared with")
    found = Suppressions(
        report.source,
        _scope(whole["scope"], base),
        looked_for,
        tuple(
            _suppression(each, n, base)
            for n, each in enumerate(as_array(whole["suppressions"], "suppressions"))
        ),
        tuple(_unread(each, n) for n, each in enumerate(as_array(whole["unread"], "unread"))),
        _id(whole["head"], "head"),
        base,
        compared_with,
        files=_count(whole["files"], "files"),
        binary=_count(left_out["binary"], "binary"),
        links=_count(left_out["links"], "links"),
        submodules=_count(left_out["submodules"], "submodules"),
    )
    producer = _text(whole["producer"], "producer")
    return Reading(found, producer=producer, commit=found.head, created=created, notes=_notes(found))


def _notes(found: Suppressions) -> tuple[str, ...]:
    given = ((found.binary, "binary file"), (found.links, "link"), (found.submodules, "submodule"))
    said = ", ".join(f"{number:,} {what}{'' if number == 1 else 's'}" for number, what in given if number)
    return (f"holding no text: {said}",) if said else ()


def _scope(value: Json, base: str | None) -> SuppressionScope:
    if value not in (SuppressionScope.TREE.value, SuppressionScope.CHANGED.value):
        raise UnreadableEvidence("scope is neither tree nor changed")
    if value == SuppressionScope.CHANGED.value and base is None:
        raise UnreadableEvidence("tells of changed files, and not since when")
    return SuppressionScope(str(value))


def _suppression(value: Json, index: int, base: str | None) -> WrittenSuppression:
    what = f"suppressions[{index}]"
    entry = as_object(value, what)
    refuse_other_keys(entry, _ENTRY_KEYS, what)
    fixable, new = entry["until-fixable"], entry["new"]
    if not isinstance(fixable, bool):
        raise UnreadableEvidence(f"{what}.until-fixable is neither true nor false")
    if not (isinstance(new, bool) if base else new is None):
        raise UnreadableEvidence(f"{what}.new does not go with the base")
    try:
        kind = SuppressionKind(_text(entry["kind"], f"{what}.kind"))
    except ValueError:
        raise UnreadableEvidence(f"{what} is of no known kind") from None
    return WrittenSuppression(
        _text(entry["scanner"], f"{what}.scanner", empty=False),
        kind,
        Place(_text(entry["path"], f"{what}.path", empty=False), _line(entry["line"], what)),
        tuple(
            _text(each, f"{what}.rules", empty=False) for each in as_array(entry["rules"], f"{what}.rules")
        ),
        covers=_text(entry["covers"], f"{what}.covers"),
        reason=_text(entry["reason"], f"{what}.reason"),
        created=_perhaps(entry["created"], f"{what}.created"),
        expires=_perhaps(entry["expires"], f"{what}.expires"),
        by=_perhaps(entry["by"], f"{what}.by"),
        until_fixable=fixable,
        new=new if isinstance(new, bool) else None,
    )


def _unread(value: Json, index: int) -> Unread:
    what = f"unread[{index}]"
    entry = as_object(value, what)
    refuse_other_keys(entry, ("path", "line", "why"), what)
    path = _text(entry["path"], f"{what}.path", empty=False)
    return Unread(path, _text(entry["why"], f"{what}.why"), _line(entry["line"], what))


def _line(value: Json, what: str) -> int | None:
    if value is None:
        return None
    line = _count(value, f"{what}.line")
    if line < 1:
        raise UnreadableEvidence(f"{what}.line counts from 1")
    return line


def _count(value: Json, what: str) -> int:
    number = as_count(value, what)
    if number > 10**9:
        raise UnreadableEvidence(f"{what} is too large")
    return number


def _text(value: Json, what: str, *, empty: bool = True) -> str:
    if not isinstance(value, str) or not (value or empty):
        raise UnreadableEvidence(f"{what} is no text")
    return as_text(value)


def _perhaps(value: Json, what: str) -> str | None:
    return None if value is None else _text(value, what)


def _id(value: Json, what: str) -> str:
    text = as_text(value, limit=100)
    if not _ID.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole id")
    return text


FORMAT = Format(
    name="suppressions",
    title="Comments and files that silence scanners, by gatepass collect suppressions",
    kind=Suppressions.KIND,
    recognises=_recognises,
    read=_read,
)
