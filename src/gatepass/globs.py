"""Globs over names with ``/`` in them, the same everywhere: scopes, paths, rules, packages.

``*`` and ``?`` stay within one part, ``**`` crosses parts, ``[ab]`` is a class. Matching is of the whole
name and sensitive to case unless told otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(name: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Whether one glob fits the whole name."""
    return _compiled(pattern, ignore_case).fullmatch(name) is not None


def matches_any(name: str, patterns: Iterable[str], *, ignore_case: bool = False) -> bool:
    """Whether any of the globs fits; one that starts with ``!`` takes away what those before it gave."""
    fits = False
    for pattern in patterns:
        if pattern.startswith("!"):
            fits = fits and not matches(name, pattern[1:], ignore_case=ignore_case)
        else:
            fits = fits or matches(name, pattern, ignore_case=ignore_case)
    return fits


@lru_cache(maxsize=2048)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001  (a cache key)
    return re.compile(_translate(pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


_WHOLE_PARTS = "**/"


def _translate(pattern: str) -> str:
    made: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith(_WHOLE_PARTS, at):
            made.append("(?:[^/]+/)*")
            at += 3
        elif pattern.startswith("**", at):
            made.append(".*")
            at += 2
        elif pattern[at] == "*":
            made.append("[^/]*")
            at += 1
        elif pattern[at] == "?":
            made.append("[^/]")
            at += 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", r"\\")
            made.append(f"[{'^' + inner[1:] if inner[0] in '!^' else inner}]")
            at = end + 1
        else:
            made.append(re.escape(pattern[at]))
            at += 1
    return "".join(made)
