"""Snyk's policy file, ``.snyk``: what it ignores, patches and excludes.

```yaml
version: v1.25.0
ignore:
  SNYK-JS-LODASH-590103:
    - "*":                          # a path of dependencies, or of files
        reason: Not reachable
        expires: 2026-12-31T00:00:00.000Z
        created: 2026-11-20T08:00:00.000Z
patch: {}
exclude:
  global: ["**/*.test.ts"]
```

https://docs.snyk.io/manage-risk/policies/the-.snyk-file. Strict: a date that is none, and a key that is not
known beside a reason, are mistakes, since ``expire:`` for ``expires:`` would ignore for ever. Keys of the
file itself that ignore nothing are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.suppressions import SuppressionKind, WrittenSuppression
from gatepass.strict_yaml import Document, YamlMistake, parse
from gatepass.suppressing.written import IgnoreFileError, date_in, shown, text_in

SCANNER = "snyk"
_TERMS = frozenset(
    (
        *("reason", "expires", "created", "ignoredBy", "disregardIfFixable"),
        *("reasonType", "source", "from", "path", "patched", "id"),
    )
)


def read(data: bytes, path: str) -> tuple[WrittenSuppression, ...]:
    """All that a file leaves out. Raises `IgnoreFileError` with the line."""
    try:
        document = parse(data, path)
    except YamlMistake as mistake:
        raise IgnoreFileError(mistake.message, mistake.place.line if mistake.place else None) from None
    whole = document.value
    if not isinstance(whole, dict):
        raise IgnoreFileError("is no mapping", 1)
    version = whole.get("version", "v1")
    if not isinstance(version, str) or version.split(".")[0] != "v1":
        said = f"has the version {shown(version)}; v1 is read"
        raise IgnoreFileError(said, document.place("version").line)
    reader = _Reader(document, path)
    return tuple(reader.all(whole))


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    path: str

    def all(self, whole: dict[str, Json]) -> Iterator[WrittenSuppression]:
        for key, kind in (("ignore", SuppressionKind.IGNORED), ("patch", SuppressionKind.PATCHED)):
            for id_, listed in self.mapping(whole.get(key), key).items():
                for at, covers, terms in self.rules(listed, f"{key}.{id_}"):
                    yield self.made(kind, at, (id_,), covers, terms)
        for group, listed in self.mapping(whole.get("exclude"), "exclude").items():
            for at, covers, terms in self.excluded(listed, f"exclude.{group}"):
                yield self.made(SuppressionKind.EXCLUDED, at, (), covers, terms)

    def rules(self, listed: Json, at: str) -> Iterator[tuple[str, str, Json]]:
        """Each path with where it stands and its terms; old files have a mapping for the list."""
        if isinstance(listed, dict) and isinstance(listed.get("path"), list):
            for index, covers in enumerate(self.items(listed["path"], f"{at}.path")):
                yield f"{at}.path[{index}]", self.name(covers, f"{at}.path[{index}]"), listed
            return
        if isinstance(listed, dict):
            entries: list[tuple[str, Json]] = [(at, listed)] if listed else []
        else:
            entries = [(f"{at}[{n}]", each) for n, each in enumerate(self.items(listed, at))]
        for where, entry in entries:
            if not isinstance(entry, dict) or not entry:
                said = f"{shown(entry)} is no path with its terms; write '*': {{reason: …}}"
                raise self.mistake(said, where)
            yield from ((f"{where}.{covers}", covers, terms) for covers, terms in entry.items())

    def excluded(self, listed: Json, at: str) -> Iterator[tuple[str, str, Json]]:
        """Each glob with where it stands; its terms may stand inside it or beside it."""
        for index, entry in enumerate(self.items(listed, at)):
            where = f"{at}[{index}]"
            if not isinstance(entry, dict):
                yield where, self.name(entry, where), None
                continue
            beside = {key: value for key, value in entry.items() if key in _TERMS}
            globs = [key for key in entry if key not in _TERMS]
            if len(globs) != 1:
                raise self.mistake(f"{shown(entry)} is no glob with its terms", where)
            yield where, globs[0], entry[globs[0]] if entry[globs[0]] is not None else beside

    def made(
        self, kind: SuppressionKind, at: str, rules: tuple[str, ...], covers: str, given: Json
    ) -> WrittenSuppression:
        line = self.document.place(at).line
        terms = self.mapping(given, at)
        if strange := sorted(set(terms) - _TERMS):
            raise IgnoreFileError(f"{covers} has '{strange[0][:60]}', which is not known", line)
        fixable = terms.get("disregardIfFixable", False)
        if not isinstance(fixable, bool):
            raise IgnoreFileError(f"disregardIfFixable is neither true nor false: {shown(fixable)}", line)
        date_in(terms.get("patched"), "patched", line)
        return WrittenSuppression(
            SCANNER,
            kind,
            Place(self.path, line),
            rules,
            covers=covers[:500],
            reason=text_in(terms.get("reason"), "reason", line),
            created=date_in(terms.get("created"), "created", line),
            expires=date_in(terms.get("expires"), "expires", line),
            by=self.who(terms.get("ignoredBy"), line),
            until_fixable=fixable,
        )

    def who(self, value: Json, line: int | None) -> str | None:
        """A name or an address, as a text or as an object with either."""
        if isinstance(value, dict):
            value = value.get("email") or value.get("name")
        return text_in(value, "ignoredBy", line) or None

    def mapping(self, value: Json, at: str) -> dict[str, Json]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.mistake(f"{at.rpartition('.')[2][:60]} is no mapping: {shown(value)}", at)
        return value

    def items(self, value: Json, at: str) -> list[Json]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.mistake(f"{at.rpartition('.')[2][:60]} is no list: {shown(value)}", at)
        return value

    def name(self, value: Json, at: str) -> str:
        if not isinstance(value, str) or not value:
            raise self.mistake(f"{shown(value)} is no path", at)
        return value

    def mistake(self, message: str, at: str) -> IgnoreFileError:
        return IgnoreFileError(message, self.document.place(at).line)
