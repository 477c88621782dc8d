"""Globs over names with ``/`` in them, the same everywhere: scopes, paths, rules, packages.

``*`` and ``?`` stay within one part, ``**`` crosses parts, ``[ab]`` is a class of signs within one part.
Matching is of the whole name and sensitive to case unless told otherwise.

Names come from hostile reports, and the time of a regular expression with several stars grows with a power of
a name's length. So a long name goes through an automaton instead, which looks at each sign once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from gatepass.errors import PolicyError

_MOST_STEPS = 1_000_000


def matches(name: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Whether one glob fits the whole name. Raises `PolicyError` when the pattern is no glob."""
    return _compiled(pattern, ignore_case).fits(name)


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
def _compiled(pattern: str, ignore_case: bool) -> _Glob:  # noqa: FBT001  (a cache key)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    tokens = _tokens(pattern)
    try:
        whole = re.compile("".join(_STARS.get(token, token) for token in tokens), flags)
    except re.error as error:
        raise PolicyError(f"'{pattern}' is no glob: {error.msg}") from None
    return _Glob(whole, tokens, flags)


_STARS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*"}


def _tokens(pattern: str) -> tuple[str, ...]:
    """The pattern's stars as they are, and for each other sign the regular expression that fits one sign."""
    made: list[str] = []
    at = 0
    while at < len(pattern):
        star = next((each for each in _STARS if pattern.startswith(each, at)), "")
        if star:
            if made[-1:] != [star]:  # one does what two of them do
                made.append(star)
            at += len(star)
        elif pattern[at] == "?":
            made.append("[^/]")
            at += 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            made.append(f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]")
            at = end + 1
        else:
            made.append(re.escape(pattern[at]))
            at += 1
    return tuple(made)


@dataclass
class _Glob:
    whole: re.Pattern[str]
    tokens: tuple[str, ...]
    flags: int

    def fits(self, name: str) -> bool:
        if len(name) ** sum(token in _STARS for token in self.tokens) <= _MOST_STEPS:
            return self.whole.fullmatch(name) is not None
        return self.automaton.fits(name)

    @cached_property
    def automaton(self) -> _Automaton:
        return _Automaton(self.tokens, self.flags)


class _Automaton:
    """All ways through a glob at once: bit *n* of a set of states stands for "the tokens before *n* fit".

    ``**/`` takes two states: in front of a part, and within one.
    """

    def __init__(self, tokens: tuple[str, ...], flags: int) -> None:
        states = [
            state for token in tokens for state in (("**/", "in a part") if token == "**/" else (token,))
        ]
        self.end = 1 << len(states)
        self.signs = [
            (1 << at, re.compile(state, flags))
            for at, state in enumerate(states)
            if state not in _STARS and state != "in a part"
        ]
        self.any, self.stars, self.part, self.in_part = (
            sum(1 << at for at, state in enumerate(states) if state == wanted)
            for wanted in ("**", "*", "**/", "in a part")
        )
        self.moves: dict[str, int] = {}

    def fits(self, name: str) -> bool:
        at = self._skip_stars(1)
        for sign in name:
            step = self.moves.get(sign)
            if step is None:
                step = sum(bit for bit, form in self.signs if form.fullmatch(sign))
                if len(self.moves) < 1000:
                    self.moves[sign] = step
            after = (at & step) << 1 | at & self.any
            if sign == "/":
                after |= (at & self.in_part) >> 1
            else:
                after |= at & (self.stars | self.in_part) | (at & self.part) << 1
            at = self._skip_stars(after)
            if not at:
                return False
        return bool(at & self.end)

    def _skip_stars(self, at: int) -> int:
        while (more := at | (at & (self.any | self.stars)) << 1 | (at & self.part) << 2) != at:
            at = more
        return at
