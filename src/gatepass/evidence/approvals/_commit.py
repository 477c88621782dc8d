"""What the forges tell of commits: ids (SHA-1 or SHA-256 in hex, always whole), and co-authors."""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_text
from gatepass.model.facts import Json

_CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^<>\s]+)>\s*$", re.IGNORECASE | re.MULTILINE)
_LONGEST_MESSAGE = 1 << 20
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def commit(value: Json, what: str) -> str | None:
    """A whole commit id in lower case, or None for ``null``."""
    if value is None:
        return None
    text = as_text(value, limit=100).lower()
    if not _COMMIT.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return text


def co_authors(message: Json) -> list[str]:
    """The addresses that a commit's message names at its lines ``Co-authored-by``.

    Raises `UnreadableEvidence` without a message, or with one so long that its end is not looked at: those
    who are named there may be the ones who approve.
    """
    if not isinstance(message, str) or len(message) > _LONGEST_MESSAGE:
        raise UnreadableEvidence("lists a commit whose message nobody can read to its end")
    return _CO_AUTHOR.findall(as_text(message, limit=_LONGEST_MESSAGE))
