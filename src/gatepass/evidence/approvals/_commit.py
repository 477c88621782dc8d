"""Commit ids as the forges write them: SHA-1 or SHA-256 in hex, always whole."""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_text
from gatepass.model.facts import Json

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def commit(value: Json, what: str) -> str | None:
    """A whole commit id in lower case, or None for ``null``."""
    if value is None:
        return None
    text = as_text(value, limit=100).lower()
    if not _COMMIT.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return text
