"""Hostile text made harmless for people: one line, nothing invisible, nothing that steers a terminal.

Reports are written by whoever can change the build, so a test's name may hold an escape sequence that
clears the screen, a bidirectional mark that turns a line around, a line feed and a "✓ 5 passed", or a
command to the CI runner that reads the log: Azure Pipelines and TeamCity obey ``##vso[…]`` and
``##teamcity[…]`` anywhere in a line, GitHub Actions ``##[…]`` anywhere and ``::…::`` at the start of one.
Widths are columns of a terminal (Unicode Standard Annex 11).
"""

from __future__ import annotations

import re
import unicodedata

MAXIMUM_MARKS = 3

_HARMLESS = re.compile(r"[ -~]*")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": " "}
# Control, format (bidi marks, zero width, tags), surrogate, line and paragraph separators.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks that draw nothing: fillers, the braille blank, joiners, the further variation selectors.
_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(chr(c) for c in range(0xE0100, 0xE01F0))
)
_SPACES = re.compile(r"[\s\u00a0]+")


def plain(text: str) -> str:
    """One line of visible characters: everything else is written out (``\\n``, ``\\x1b``, ``\\u202e``).

    Runs of white space become one space, so that nothing can be pushed out of sight, and ``##`` becomes
    ``# #``, so that no CI runner finds a command.
    """
    if not _HARMLESS.fullmatch(text):
        text = "".join(_visible(text))
    return _SPACES.sub(" ", text).replace("##", "# #").replace("##", "# #").strip()


def _visible(text: str) -> list[str]:
    out: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        # marks piled up draw over the lines above and below
        hidden = category in _UNSEEN_CATEGORIES or character in _UNSEEN or marks > MAXIMUM_MARKS
        out.append(_NAMED.get(character, _escape(character)) if hidden else character)
    return out


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unforged(text: str) -> str:
    """A text that starts a line of ours, in quotes if it would look like a mark or a ``fix:`` of ours."""
    if not text:
        return text
    # no mark is a sign of a currency, and of ASCII's symbols but one
    category = unicodedata.category(text[0])
    symbol = category[0] == "S" and category != "Sc" and (not text[0].isascii() or text[0] == "~")
    ours = symbol or text[0] in "!–-…" or text.casefold().startswith("fix:")
    return f'"{text}"' if ours else text


def uncommanded(line: str) -> str:
    """A line that GitHub Actions does not take for a workflow command, which white space may precede."""
    indent = len(line) - len(line.lstrip())
    return f"{line[:indent]}∷{line[indent + 2 :]}" if line.startswith("::", indent) else line


def without_commands(document: str) -> str:
    """A JSON text of the same meaning in which no CI runner finds a command, should it be printed."""
    return document.replace("##", "#\\u0023")  # a sign of that kind stands only in strings


def whole(text: str) -> str:
    """The same text as data for a machine: lone surrogates, which no UTF-8 can carry, are replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def columns(text: str) -> int:
    """How many columns a terminal uses for a plain text."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, width: int) -> str:
    """The text with spaces up to ``width`` columns."""
    return text + " " * (width - columns(text))


def elided(text: str, width: int) -> str:
    """The text in at most ``width`` columns, ending in ``…`` when something was left out."""
    if columns(text) <= width:
        return text
    head, _ = _split(text, width - 1)
    return head.rstrip() + "…"


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """The text in lines of at most ``width`` columns (the first of ``first``), at spaces if it can."""
    lines: list[str] = []
    room = width if first is None else first
    rest = text
    while columns(rest) > room:
        head, tail = _split(rest, room)
        space = head.rfind(" ")
        if tail.startswith(" ") or space <= 0:
            lines.append(head.rstrip())
        else:
            lines.append(head[:space])
            tail = head[space:] + tail
        rest = tail.lstrip()
        room = width
    lines.append(rest)
    return lines


def _split(text: str, width: int) -> tuple[str, str]:
    used = 0
    for index, character in enumerate(text):
        used += _columns_of(character)
        if used > width and index > 0:
            return text[:index], text[index:]
    return text, ""
