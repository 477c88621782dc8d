"""What a change does to overrides: they are added and ended, never edited.

| what | is it in order? |
|---|---|
| a file of an override, a request, a broken glass is added | yes |
| an override is revoked, a request rejected | yes, by a file of its own |
| a request is approved: `kind: Override`, `approved-by` | yes, if nothing else changes |
| a request that nobody has signed is edited or withdrawn | yes: no approval outlives that |
| the form of a file that nobody has signed changes | yes |
| anything else in a file changes | no |
| what is over is removed: expired, or revoked before | yes |
| what may hold is removed | no: `gatepass override revoke` says who ended it, and why |
| broken glass or a revocation is removed | no: its file is the account of it |
| what lies beside broken glass is removed, edited | no: it tells who broke it, and who confirmed it |

Approvals that are named in a file outlive every edit of it, since they are over nothing: this stops that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from gatepass.model.facts import Json
from gatepass.model.override import Revocation
from gatepass.model.place import Place
from gatepass.policy.overrides import BREAK_GLASS_KIND, KIND, REQUEST_KIND, OverrideFile
from gatepass.strict_yaml import Document, parse

_APPROVING = {"kind", "approved-by"}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an override; ``refused`` when it must not."""

    id: str
    place: Place
    message: str
    refused: bool = False
    hint: str | None = None


def changes(
    before: Iterable[OverrideFile], after: Iterable[OverrideFile], now: datetime
) -> tuple[Change, ...]:
    """What differs between two sets of overrides, in order of their ids."""
    old = {each.override.id: each for each in before}
    new = {each.override.id: each for each in after}
    found: list[Change] = []
    for id_ in sorted(old.keys() | new.keys()):
        if id_ not in old:
            found.append(_added(new[id_]))
        elif id_ not in new:
            found.append(_removed(old[id_], now))
        else:
            found += _kept(old[id_], new[id_])
    return tuple(found)


def _added(file: OverrideFile) -> Change:
    override = file.override
    until = f"{override.expires:%Y-%m-%dT%H:%M:%SZ}"
    return Change(override.id, override.place, f"{_kind(file)} is added: {override.rule} until {until}")


def _removed(file: OverrideFile, now: datetime) -> Change:
    override = file.override
    place = Place(override.place.path)
    if override.break_glass:
        said = "broken glass is removed: its file is the account of it"
        hint = "put it back; while nobody has confirmed it it blocks further glass, and without it nobody can"
        return Change(override.id, place, said, True, hint)
    if now >= override.expires:
        return Change(override.id, place, "is removed: it had expired")
    if override.revocation is not None:
        return Change(override.id, place, "is removed: it had been ended")
    if override.is_request and not file.beside:
        return Change(override.id, place, "a request that nobody has signed is withdrawn")
    return Change(
        override.id,
        place,
        f"is removed, and holds until {override.expires:%Y-%m-%dT%H:%M:%SZ}",
        True,
        f"put it back; gatepass override revoke {override.id} says who ends it, and why",
    )


def _kept(old: OverrideFile, new: OverrideFile) -> Iterator[Change]:
    yield from _edited(old, new)
    if old.override.break_glass:
        yield from _bared(old, new)
    yield from _ended(new, old.override.revocation, new.override.revocation)
    if old.override.place.path != new.override.place.path:
        yield _of(new, f"is moved from {old.override.place.path}")


def _bared(old: OverrideFile, new: OverrideFile) -> Iterator[Change]:
    """What lay beside broken glass and does not any more, or is another: it may have been moved with it."""
    here = {name.rpartition("/")[2]: data for name, data in new.beside}
    for name, data in old.beside:
        short = name.rpartition("/")[2]
        renamed = f"{new.path.name}{short.removeprefix(old.path.name)}"
        if _lines(here.get(renamed, b"")) != _lines(data):
            word = "edited" if renamed in here else "removed"
            said = f"{short} is {word}: it tells who broke or confirmed it"
            yield _of(new, said, refused=True, hint="put it back")


def _edited(old: OverrideFile, new: OverrideFile) -> Iterator[Change]:
    if _lines(old.data) == _lines(new.data):
        return
    document = parse(new.data, new.override.place.path)
    differing = list(_differences(parse(old.data, old.override.place.path), document))
    if old.beside:
        names = ", ".join(name.rpartition("/")[2] for name, _ in old.beside)
        yield _of(new, f"its bytes change, and {names} is over them", refused=True, hint=_hint(old))
    elif not differing:
        yield _of(new, "its form changes, and nobody has signed it")
        return
    elif _kind(old) == REQUEST_KIND and _kind(new) == REQUEST_KIND:
        keys = ", ".join(key for key, _, _ in differing)
        yield _of(new, f"a request that nobody has signed is edited: {keys}")
        return
    elif _kind(old) == REQUEST_KIND and _kind(new) == KIND:
        by = ", ".join(new.override.approved_by)
        yield _of(new, f"the request is approved by {by}, as the file states it")
        differing = [each for each in differing if each[0] not in _APPROVING]
    for key, was, becomes in differing:
        word = _direction(old, new) if key == "expires" else ""
        said = f"{key}{word} from {was} to {becomes}"
        yield Change(new.override.id, document.place(key), said, True, _hint(old))


def _direction(old: OverrideFile, new: OverrideFile) -> str:
    if old.override.expires == new.override.expires:
        return ""
    return " is lengthened" if new.override.expires > old.override.expires else " is shortened"


def _hint(file: OverrideFile) -> str:
    override = file.override
    if override.break_glass:
        return "put it back; who needs longer asks: gatepass override request"
    if override.is_request and not file.beside:
        return "put it back; who approves changes kind and approved-by alone"
    return (
        f"put it back; gatepass override extend {override.id} asks anew, and "
        f"gatepass override revoke {override.id} ends it"
    )


def _ended(file: OverrideFile, was: Revocation | None, becomes: Revocation | None) -> Iterator[Change]:
    if was is None and becomes is not None:
        word = "rejected" if becomes.rejected else "revoked"
        yield _of(file, f"is {word} by {becomes.by}: {becomes.reason}")
    elif was is not None and becomes is None:
        said = f"its revocation by {was.by} is taken away, so it would hold again"
        yield _of(file, said, refused=True, hint="put it back; who needs it still asks anew")
    elif was is not None and becomes is not None and _said(was) != _said(becomes):
        yield Change(file.override.id, becomes.place, "its revocation is edited", True, "put it back")


def _said(revocation: Revocation) -> tuple[str, str, datetime, bool]:
    return revocation.by, revocation.reason, revocation.at, revocation.rejected


def _differences(old: Document, new: Document) -> Iterator[tuple[str, str, str]]:
    """Keys whose values differ, with what they were and what they become; `match` key by key."""
    was, becomes = (_flat(cast("Mapping[str, Json]", each.value)) for each in (old, new))
    for key in dict.fromkeys([*was, *becomes]):
        before, after = was.get(key), becomes.get(key)
        if _in_any_order(before) != _in_any_order(after):
            yield key, _shown(before), _shown(after)


def _flat(fields: Mapping[str, Json]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for key, value in fields.items():
        inner = value.items() if isinstance(value, dict) else None
        made |= {f"{key}.{name}": each for name, each in inner} if inner else {key: value}
    return made


def _in_any_order(value: Json) -> Json:
    return sorted(value, key=json.dumps) if isinstance(value, list) else value


def _shown(value: Json) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _kind(file: OverrideFile) -> str:
    if file.override.break_glass:
        return BREAK_GLASS_KIND
    return REQUEST_KIND if file.override.is_request else KIND


def _lines(data: bytes) -> Sequence[bytes]:
    """Without regard to how lines end: a checkout may have changed that."""
    return data.replace(b"\r\n", b"\n").split(b"\n")


def _of(file: OverrideFile, message: str, *, refused: bool = False, hint: str | None = None) -> Change:
    return Change(file.override.id, file.override.place, message, refused, hint)
