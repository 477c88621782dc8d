"""What a platform tells its people after a decision was written down: from neutral news to its own words.

The news hold texts that are plain already (one line, nothing invisible, no command to a runner); what is left
to a platform is its own escaping and its own limits. Everything here is pure; `announcing` does the effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: it blocks, it warns, or it was overridden."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say, at a place of the repository where one is known; lines and columns count from 1."""

    level: Level
    title: str
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """A decision for a platform to announce.

    ``notes`` are in order, the worst first. ``outputs`` are (name, value) for later steps, every name always
    there. ``summary`` is Markdown. ``nonce`` are random hex digits that no text of the build can know.
    """

    passed: bool
    headline: str
    notes: tuple[Note, ...]
    outputs: tuple[tuple[str, str], ...]
    summary: str
    at: datetime
    nonce: str

    def of_level(self, level: Level) -> tuple[Note, ...]:
        """The notes of one level, the worst first."""
        return tuple(note for note in self.notes if note.level is level)


@dataclass(frozen=True, slots=True)
class Addition:
    """A text to append to the file that a variable of the platform names, of at most ``most`` bytes in all.

    A variable that is not ``wanted`` may be unset: then there is nothing to tell.
    """

    variable: str
    text: str
    most: int | None = None
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to make where there is none, and the line to print once it is there."""

    path: str
    text: str
    line: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """What to print and to write. ``opening`` and ``closing`` stand around the text for people."""

    opening: str = ""
    closing: str = ""
    lines: tuple[str, ...] = ()
    additions: tuple[Addition, ...] = ()
    files: tuple[NewFile, ...] = ()


Announce = Callable[[News, Mapping[str, str]], Announcement]


def within(notes: Sequence[Note], most: int) -> tuple[Note, ...]:
    """At most ``most`` notes; the last one says how many more there are."""
    if len(notes) <= most:
        return tuple(notes)
    more = len(notes) - most + 1
    level = notes[0].level
    said = f"and {more:,} more of this level: they are in the log and in the reports"
    return (*notes[: most - 1], Note(level, "gatepass", said))


def cut(markdown: str, room: int) -> str:
    """Markdown in at most ``room`` bytes, cut between two lines with a sentence that says so.

    Empty when not even the sentence fits.
    """
    if len(markdown.encode()) <= room:
        return markdown
    sentence = "\n_The summary is cut to fit; the reports have everything._\n"
    # what a cut leaves open would hide the sentence
    closing = "\n</details>\n"
    room -= len(sentence.encode()) + len(closing)
    if room < 0:
        return ""
    head = markdown.encode()[:room].decode(errors="ignore")
    head = head[: head.rfind("\n") + 1]
    opened = head.count("<details>") > head.count("</details>")
    return head + (closing if opened else "") + sentence
