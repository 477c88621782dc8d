"""Override files: one approved, expiring exception in each.

```yaml
apiVersion: gatepass/v1
kind: Override
id: OVR-2026-014
rule: release/snyk                 # a rule's id, or policy/id
match:                             # everything that is written must fit
  vulnerabilities: [SNYK-JS-LODASH-590103]
  packages: [lodash]
reason: risk-accepted              # from the list that the policy allows
justification: Not reachable; the upgrade breaks the payment form.
ticket: SEC-123
requested-by: alice
approved-by: [dana]
created: 2026-11-01
expires: 2026-12-01                # the end of that day, UTC
drop-if-fixable: true
```

A request has the same fields but ``approved-by``, and ``kind: OverrideRequest``: it lets nothing through
until it is approved. ``kind: BreakGlass`` holds at once and is confirmed afterwards; it has an ``incident``.

Approvals stand beside the file, whose bytes they are over: ``OVR-1.yaml.sig`` or ``OVR-1.yaml.dana.sig``
(SSH), ``OVR-1.yaml.dana.dsse.json``. That an override is revoked is a file of its own, ``kind:
OverrideRevocation``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from gatepass.errors import OverrideError
from gatepass.model.facts import Json
from gatepass.model.override import Match, Override, Revocation
from gatepass.model.place import Place
from gatepass.policy._override_schema import (
    BREAK_GLASS_KIND,
    BREAK_GLASS_SCHEMA,
    KIND,
    REQUEST_KIND,
    REQUEST_SCHEMA,
    REVOCATION_KIND,
    REVOCATION_SCHEMA,
    SCHEMA,
    SCHEMAS,
)
from gatepass.policy.dates import first_instant, instant_after
from gatepass.policy.mistakes import mistakes
from gatepass.strict_yaml import Document, YamlMistake, parse

__all__ = [
    "BREAK_GLASS_KIND",
    "BREAK_GLASS_SCHEMA",
    "KIND",
    "REQUEST_KIND",
    "REQUEST_SCHEMA",
    "REVOCATION_KIND",
    "REVOCATION_SCHEMA",
    "SCHEMA",
    "OverrideFile",
    "approvals_beside",
    "load",
    "load_files",
    "load_with_paths",
    "read",
    "revocation_in",
    "revocation_path",
]

_ENDINGS = (".yaml", ".yml")
MAXIMUM_BYTES = 1 << 20
MAXIMUM_BESIDE = 100
REASON_OF_BROKEN_GLASS = "break-glass"


@dataclass(frozen=True, slots=True)
class OverrideFile:
    """An override with the bytes of its file, and what lies beside it, by name: its approvals."""

    override: Override
    path: Path
    data: bytes
    beside: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class _Revoked:
    """Which override a revocation is of."""

    id: str
    revocation: Revocation


def load(references: Sequence[str], root: Path) -> tuple[Override, ...]:
    """The overrides and requests in files and folders (``*.yaml``, to any depth), in order of their ids.

    What lies beside them is not verified here: `gatepass.approved` does that.

    Raises `OverrideError` with the place: a broken override is not skipped, since nobody could tell which
    finding it was meant for. So is a revocation of what there is not: nobody could tell what it was to end.
    """
    return tuple(each.override for each in load_files(references, root))


def load_with_paths(references: Sequence[str], root: Path) -> dict[Override, Path]:
    """As `load`, each with the path of its file."""
    return {each.override: each.path for each in load_files(references, root)}


def load_files(references: Sequence[str], root: Path) -> tuple[OverrideFile, ...]:
    """As `load`, each with its bytes and what lies beside it."""
    found: dict[str, OverrideFile] = {}
    revoked: dict[str, _Revoked] = {}
    listed: dict[Path, list[Path]] = {}
    for path in _paths(references, root):
        data = _bytes(path, _name(path, root))
        read_ = _read(data, _name(path, root))
        if isinstance(read_, _Revoked):
            revoked.setdefault(read_.id, read_)
            continue
        if read_.id in found:
            taken = found[read_.id].override.place.path
            raise OverrideError(f"the id {read_.id} is taken by {taken}", place=read_.place)
        if path.parent not in listed:
            listed[path.parent] = sorted(each for each in path.parent.glob("*") if _approves(each))
        found[read_.id] = OverrideFile(read_, path, data, tuple(_beside(path, root, listed[path.parent])))
    for each in revoked.values():
        if each.id not in found:
            raise OverrideError(
                f"it ends the override {each.id}, which is not there",
                place=each.revocation.place,
                hint="mend its id, or remove it together with the override's file",
            )
        whole = found[each.id]
        found[each.id] = replace(whole, override=replace(whole.override, revocation=each.revocation))
    return tuple(found[each] for each in sorted(found))


def read(data: bytes, name: str) -> Override:
    """The override or the request in the bytes of a file called ``name``."""
    found = _read(data, name)
    if isinstance(found, _Revoked):
        raise OverrideError("is a revocation, not an override", place=found.revocation.place)
    return found


def revocation_in(data: bytes, name: str) -> tuple[str, Revocation] | None:
    """The id of the override that a file ends, and how; None when the file is none of that kind.

    Raises `OverrideError` when it is one, by its kind or its name, and is broken: that would end nothing.
    """
    try:
        found = _read(data, name)
    except OverrideError:
        if b"OverrideRevocation" in data or ".revocation." in name:
            raise
        return None
    return (found.id, found.revocation) if isinstance(found, _Revoked) else None


def revocation_path(path: Path) -> Path:
    """Where the revocation of an override stands: ``OVR-1.yaml`` has ``OVR-1.revocation.yaml``."""
    return path.with_name(f"{path.stem}.revocation.yaml")


def _paths(references: Sequence[str], root: Path) -> Iterator[Path]:
    """All files, each once: of a file that is named, its revocation as well."""
    seen: set[Path] = set()
    for reference in references:
        for path in _files(reference, root):
            for each in (path, revocation_path(path)):
                if each.resolve() not in seen and (each == path or each.is_file()):
                    seen.add(each.resolve())
                    yield each


def _files(reference: str, root: Path) -> list[Path]:
    path = root / reference
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.suffix.lower() in _ENDINGS)
    if not path.is_file():
        raise OverrideError(f"there is no override {reference}", hint="give a file or a folder of them")
    return [path]


def approvals_beside(path: Path) -> list[Path]:
    """Files that are named as the override's with an ending for an approval, over whose bytes they are."""
    return _of(path, sorted(each for each in path.parent.glob("*") if _approves(each)))


def _approves(path: Path) -> bool:
    return path.name.endswith((".sig", ".dsse.json"))


def _of(path: Path, approvals: Sequence[Path]) -> list[Path]:
    return [each for each in approvals if each.name.startswith(f"{path.name}.")]


def _beside(path: Path, root: Path, approvals: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    names = _of(path, approvals)
    if len(names) > MAXIMUM_BESIDE:
        raise OverrideError(f"more than {MAXIMUM_BESIDE} approvals lie beside it", place=Place(path.name))
    for each in names:
        yield _name(each, root), _bytes(each, _name(each, root))


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise OverrideError(f"cannot be read: {error.strerror}", place=Place(name)) from None
    if len(data) > MAXIMUM_BYTES:
        raise OverrideError("is larger than 1 MiB", place=Place(name))
    return data


def _name(path: Path, root: Path) -> str:
    """The path as git has it: a link is not what it leads to, or another file's approvals were its own."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100  (resolve follows links)
    for base in (Path(os.path.abspath(root)), root.resolve()):  # noqa: PTH100  (as above)
        if whole.is_relative_to(base):
            return whole.relative_to(base).as_posix()
    return path.as_posix()


def _read(data: bytes, name: str) -> Override | _Revoked:
    try:
        document = parse(data, name)
    except YamlMistake as mistake:
        raise OverrideError(mistake.message, place=mistake.place) from None
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    schema = SCHEMAS.get(kind, SCHEMA) if isinstance(kind, str) else SCHEMA
    wrong = mistakes(document, schema)
    if wrong:
        place, message = wrong[0]
        approved = kind == REQUEST_KIND and isinstance(value, dict) and "approved-by" in value
        hint = "whoever approves sets kind: Override, too" if approved else "docs/overrides.md shows the form"
        raise OverrideError(message, place=place, hint=hint)
    sha256 = hashlib.sha256(data).hexdigest()
    if kind == REVOCATION_KIND:
        return _revocation(document, sha256)
    return _override(document, sha256)


def _revocation(document: Document, sha256: str) -> _Revoked:
    value = cast("dict[str, str]", document.value)
    try:
        at = first_instant(value["at"])
    except ValueError as error:
        raise OverrideError(str(error), place=document.place("at")) from None
    rejected = value["decision"] == "rejected"
    place = document.place("override")
    made = Revocation(value["by"], value["reason"], at, place, sha256, rejected=rejected)
    return _Revoked(value["override"], made)


def _override(document: Document, sha256: str) -> Override:
    value = cast("dict[str, Json]", document.value)
    match = cast("dict[str, Json]", value["match"])
    try:
        created = first_instant(str(value["created"]))
        expires = instant_after(str(value["expires"]))
    except ValueError as error:
        raise OverrideError(str(error), place=document.place("expires")) from None
    if expires <= created:
        raise OverrideError("expires before it was created", place=document.place("expires"))
    return Override(
        id=str(value["id"]),
        rule=str(value["rule"]),
        match=Match(
            fingerprints=_strings(match.get("fingerprints")),
            paths=_strings(match.get("paths")),
            vulnerabilities=_strings(match.get("vulnerabilities")),
            packages=_strings(match.get("packages")),
            artifacts=_strings(match.get("artifacts")),
            whole_rule=bool(match.get("whole-rule", False)),
            missing_evidence=bool(match.get("missing-evidence", False)),
        ),
        reason=str(value.get("reason", REASON_OF_BROKEN_GLASS)),
        justification=str(value["justification"]),
        requested_by=str(value["requested-by"]),
        approved_by=_strings(value.get("approved-by")),
        created=created,
        expires=expires,
        place=document.place("id"),
        sha256=sha256,
        ticket=cast("str | None", value.get("ticket")),
        drop_if_fixable=bool(value.get("drop-if-fixable", False)),
        break_glass=value["kind"] == BREAK_GLASS_KIND,
        incident=cast("str | None", value.get("incident")),
    )


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
