"""What an examination says: sections of lines, each with a mark and, where something is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Fact = str | int | float | bool | None


class Mark(StrEnum):
    """How it stands: ``missing`` is what the gate needs and will not get here."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at.

    ``id`` stays its own from version to version, for programs; ``what`` is its name for people, ``said`` how
    it stands, ``fix`` what to do. ``facts`` are the same for programs: names in kebab-case, with their unit
    (``latency-ms``, ``skew-seconds``). No secret is in any of them. Texts may hold anything that a server, a
    policy or a variable said: whoever prints them makes them plain.
    """

    id: str
    mark: Mark
    what: str
    said: str
    fix: str | None = None
    facts: tuple[tuple[str, Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines about one subject."""

    id: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """All sections; ``subject`` says in a few words which build it is about."""

    subject: str
    sections: tuple[Section, ...]

    @property
    def lines(self) -> Iterator[Line]:
        """All lines, in order."""
        return (line for section in self.sections for line in section.lines)

    def count(self, mark: Mark) -> int:
        """How many lines have a mark."""
        return sum(line.mark is mark for line in self.lines)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing that the gate needs. An examination of nothing is not."""
        return any(True for _ in self.lines) and not self.count(Mark.MISSING)


def ok(id_: str, what: str, said: str, **facts: Fact) -> Line:
    """Something that is as it should be."""
    return Line(id_, Mark.OK, what, said, None, _named(facts))


def note(id_: str, what: str, said: str, fix: str | None = None, **facts: Fact) -> Line:
    """Something to know, which nothing here needs otherwise."""
    return Line(id_, Mark.NOTE, what, said, fix, _named(facts))


def warning(id_: str, what: str, said: str, fix: str | None = None, **facts: Fact) -> Line:
    """Something that may go wrong."""
    return Line(id_, Mark.WARNING, what, said, fix, _named(facts))


def missing(id_: str, what: str, said: str, fix: str | None = None, **facts: Fact) -> Line:
    """Something that the gate needs and will not get here."""
    return Line(id_, Mark.MISSING, what, said, fix, _named(facts))


def _named(facts: dict[str, Fact]) -> tuple[tuple[str, Fact], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in facts.items())
