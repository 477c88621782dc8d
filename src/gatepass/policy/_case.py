"""One case of a test of policies, from what stands in its file to values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from gatepass.errors import PolicyError
from gatepass.model.build import Actor, Artifact, Build, ChangeRequest, Event
from gatepass.model.decision import Outcome
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.policy.dates import first_instant
from gatepass.policy.schema import API_VERSION
from gatepass.strict_yaml import Document

MAXIMUM_BYTES = 64 << 20
Object = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come out: the verdict as reports write it, rules by id or code, words of the text report."""

    verdict: str
    rules: tuple[tuple[str, Outcome], ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One build and what must come out.

    ``evidence`` and ``facts`` are bytes by name, ``collected`` servers by the names of evidence,
    ``overrides`` bytes of files by id, ``override_files`` references relative to the workspace. ``places``
    says where each part stands, by path (``expect.verdict``).
    """

    name: str
    place: Place
    now: datetime
    build: Build
    evidence: Mapping[str, bytes]
    facts: Mapping[str, bytes]
    collected: Mapping[str, str]
    overrides: Mapping[str, bytes]
    override_files: tuple[str, ...]
    expected: Expected
    places: Mapping[str, Place]

    def place_of(self, path: str) -> Place:
        """Where a part of the case stands, else the case."""
        return self.places.get(path, self.place)


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads one case, which stands at ``at`` and adds to what the ``file`` gives all of them."""

    document: Document
    file: Object
    value: Object
    at: str
    folder: Path
    root: Path

    def case(self) -> Case:
        """The case. Raises `PolicyError` for what its schema cannot say."""
        prefix = f"{self.at}."
        places = self.document.places.items()
        expect = cast("Object", self.value["expect"])
        evidence = self._evidence()
        return Case(
            name=str(self.value["name"]),
            place=self.document.place(f"{self.at}.name"),
            now=self._now(),
            build=_build({**_object(self.file, "build"), **_object(self.value, "build")}),
            evidence=evidence,
            facts={name: json.dumps(each).encode() for name, each in self._both("facts").items()},
            collected=self._collected(evidence),
            overrides={
                id_: _override(id_, cast("Object", each)) for id_, each in self._both("overrides").items()
            },
            override_files=tuple(
                reference_of(each, self.folder, self.root) for each in self._override_files()
            ),
            expected=Expected(
                str(expect["verdict"]),
                tuple((rule, Outcome(str(each))) for rule, each in _object(expect, "rules").items()),
                strings(expect.get("says")),
            ),
            places={path.removeprefix(prefix): place for path, place in places if path.startswith(prefix)},
        )

    def _both(self, key: str) -> dict[str, Json]:
        return {**_object(self.file, key), **_object(self.value, key)}

    def _override_files(self) -> tuple[str, ...]:
        key = "override-files"
        return (*strings(self.file.get(key)), *strings(self.value.get(key)))

    def _now(self) -> datetime:
        at, path = (self.value["now"], f"{self.at}.now") if "now" in self.value else (self.file["now"], "now")
        try:
            return first_instant(str(at))
        except ValueError as error:
            raise PolicyError(f"now: {error}", place=self.document.place(path)) from None

    def _evidence(self) -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        for source, at in ((self.file, ""), (self.value, f"{self.at}.")):
            if twice := sorted(_object(source, "evidence").keys() & _object(source, "files").keys()):
                said = f"'{twice[0]}' is given twice, under evidence and under files"
                raise PolicyError(said, place=self.document.place(f"{at}files.{twice[0]}"))
            made |= {**self._inline(source, at), **self._from_files(source, at)}
        for name in strings(self.value.get("without")):
            if made.pop(name, None) is None:
                place = self.document.place(f"{self.at}.without")
                raise PolicyError(f"there is no evidence '{name}' to do without", place=place)
        return made

    def _inline(self, source: Object, at: str) -> dict[str, bytes]:
        made = {}
        for name, content in _object(source, "evidence").items():
            _refuse_odd_name(name, self.document.place(f"{at}evidence.{name}"))
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            made[name] = text.encode()
        return made

    def _from_files(self, source: Object, at: str) -> dict[str, bytes]:
        made = {}
        for name, reference in _object(source, "files").items():
            place = self.document.place(f"{at}files.{name}")
            _refuse_odd_name(name, place)
            path = self.folder / str(reference)
            if not path.resolve().is_relative_to(self.root.resolve()):
                raise PolicyError(f"the file {reference} is not in the workspace", place=place)
            try:
                made[name] = bytes_of(path, str(reference))
            except PolicyError as error:
                raise PolicyError(f"the file {reference} {error.message}", place=place) from None
        return made

    def _collected(self, evidence: Mapping[str, bytes]) -> dict[str, str]:
        made = {name: str(server) for name, server in self._both("collected").items()}
        own = _object(self.value, "collected")
        for name in sorted(own.keys() - evidence.keys()):
            place = self.document.place(f"{self.at}.collected.{name}")
            raise PolicyError(f"there is no evidence '{name}' that could be collected", place=place)
        return {name: server for name, server in made.items() if name in evidence}


def _build(value: Object) -> Build:
    change = cast("dict[str, str]", value.get("change-request"))
    actors = cast("list[dict[str, str]]", value.get("actors", []))
    artifacts = cast("list[dict[str, str]]", value.get("artifacts", []))
    request = (
        ChangeRequest(
            number=change["number"],
            head=change.get("head"),
            base=change.get("base"),
            source_branch=change.get("source-branch"),
            target_branch=change.get("target-branch"),
            author=change.get("author"),
        )
        if change
        else None
    )
    branch = cast("str | None", value.get("branch"))
    return Build(
        platform=str(value.get("platform", "local")),
        repository=cast("str | None", value.get("repository")),
        commit=cast("str | None", value.get("commit")),
        other_commits=(request.head,) if request and request.head else (),
        ref=f"refs/heads/{branch}" if branch else None,
        branch=branch,
        tag=cast("str | None", value.get("tag")),
        event=Event(str(value.get("event", "manual"))),
        change_request=request,
        actors=tuple(Actor(each["role"], each["login"], each.get("id")) for each in actors),
        artifacts=tuple(Artifact(each["name"], (("sha256", each["sha256"]),)) for each in artifacts),
        changed_paths=strings(value["changed"]) if "changed" in value else None,
    )


def _override(id_: str, fields: Object) -> bytes:
    whole = {"apiVersion": API_VERSION, "kind": "Override", "id": id_, **fields}
    return json.dumps(whole, indent=1).encode()


def reference_of(reference: str, folder: Path, root: Path) -> str:
    """A path beside a file in ``folder``, relative to ``root`` where it lies there."""
    path = (folder / reference).resolve()
    resolved = root.resolve()
    return path.relative_to(resolved).as_posix() if path.is_relative_to(resolved) else path.as_posix()


def _refuse_odd_name(name: str, place: Place) -> None:
    """A name is a path in a workspace of its own, and leads out of it by no means."""
    parts = name.split("/")
    if (
        not set(parts).isdisjoint(("", ".", ".."))
        or not {"\\", ":"}.isdisjoint(name)
        or not name.isprintable()
    ):
        raise PolicyError(f"'{name}' is no name of a report: write a path such as junit.xml", place=place)


def bytes_of(path: Path, name: str) -> bytes:
    """The content of a file, at most 64 MiB. Raises `PolicyError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        said = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise PolicyError(said, place=Place(name)) from None
    if len(data) > MAXIMUM_BYTES:
        raise PolicyError("is larger than 64 MiB", place=Place(name))
    return data


def _object(value: Object, key: str) -> Object:
    return cast("Object", value.get(key, {}))


def strings(value: Json) -> tuple[str, ...]:
    """A list of strings, by its schema; nothing when it is not there."""
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
