"""Evidence of kind `suppressions`: what the code itself tells scanners to leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from gatepass.model.place import Place
from gatepass.model.source import Source

_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


class SuppressionKind(StrEnum):
    """How something is left out: by a comment, by its id in a file, with a whole path, or as patched."""

    COMMENT = "comment"
    IGNORED = "ignored"
    EXCLUDED = "excluded"
    PATCHED = "patched"


class SuppressionScope(StrEnum):
    """What was looked through: all tracked files, those that the change touches, or one file alone."""

    TREE = "tree"
    CHANGED = "changed"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class WrittenSuppression:
    """One suppression as it stands in a file of the repository; texts are as they are written there.

    ``rules`` are ids of the scanner's rules or of vulnerabilities; none means all of them. ``covers`` says
    what it is limited to (a path of dependencies, a glob of files), empty where it is for its own place.
    ``expires`` is when it is over: of a day, its first instant (UTC), as scanners take it. ``new`` tells
    whether this change added the line, None where nobody can tell.
    """

    scanner: str
    kind: SuppressionKind
    place: Place
    rules: tuple[str, ...] = ()
    covers: str = ""
    reason: str = ""
    created: str | None = None
    expires: str | None = None
    by: str | None = None
    until_fixable: bool = False
    new: bool | None = None

    @property
    def ends(self) -> datetime | None:
        """When it is over (UTC); None where it says nothing, or nothing that is a date."""
        return instant_of(self.expires)

    @property
    def everything(self) -> bool:
        """Whether it leaves out whatever the scanner finds there."""
        return not self.rules


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could hold suppressions and could not be read, and why, in words."""

    path: str
    why: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What was found in the files of a repository, or in one file of a scanner.

    ``looked_for`` are the scanners whose comments and files were looked for. ``head`` is the commit whose
    files they are, ``base`` the commit that the change begins at, None where nobody could tell what is new;
    ``compared_with`` is the commit that it goes into, from which it left at ``base``.
    ``files`` counts those that were looked through; ``links`` and ``submodules`` those that were not, and
    ``binary`` those in which nothing was found that is text.
    """

    KIND: ClassVar[str] = "suppressions"

    source: Source
    scope: SuppressionScope
    looked_for: tuple[str, ...]
    suppressions: tuple[WrittenSuppression, ...] = ()
    unread: tuple[Unread, ...] = ()
    head: str | None = None
    base: str | None = None
    compared_with: str | None = None
    files: int = 1
    binary: int = 0
    links: int = 0
    submodules: int = 0


def instant_of(text: str | None) -> datetime | None:
    """The instant (UTC) that a text is, of a day its first; without a zone it is UTC. None for no date."""
    try:
        if text is None or not _DATE.fullmatch(text):
            return None
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
