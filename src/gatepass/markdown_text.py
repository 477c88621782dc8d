"""Hostile text in Markdown: shown as it is, and nothing but shown.

Every character that Markdown, HTML or a formula could read becomes an entity, which CommonMark never
takes for structure (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
Forges then look for mentions, issues, labels and addresses in the finished text, where an entity no longer
helps: a zero-width space behind the sign keeps those from being found. A text may be all that an item of a
list holds, where `-`, `+` and `1.` at its beginning would start another.
"""

from __future__ import annotations

import re

from gatepass.plain import plain

MAXIMUM_TEXT = 400

_STRUCTURE = "&<>\"'`*_{}[]#!|~$\\^"
_REFERENCE = re.compile(
    r"""
      (?<=[@\#!~%$^&*])(?=[\w"])      # @mention, #issue, !merge-request, ~label, %milestone
    | (?<=:)(?=[a-z_][\w+-]*:)        # :emoji:
    | (?<=\[)(?=\w+:)                 # [vulnerability:1]
    | (?<=:)(?=//)                    # https://…
    | (?<=www)(?=\.)
    | (?<=GH)(?=-\d)
    | (?<=mailto)(?=:) | (?<=xmpp)(?=:)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ITEM = re.compile(r"\A(?:[-+]|\d{1,9}[.)])(?=[\s-]|\Z)")
_GAP = "\x00"  # plain text holds no control character, so it can stand in for the space until the end
_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in _STRUCTURE} | {_GAP: "&#8203;"})


def escaped(text: str, limit: int = MAXIMUM_TEXT) -> str:
    """A text of at most ``limit`` characters, on one line, as Markdown that shows just that."""
    made = _REFERENCE.sub(_GAP, _shortened(text, limit)).translate(_ENTITIES)
    return _ITEM.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", made, count=1)


def code(text: str, limit: int = MAXIMUM_TEXT) -> str:
    """The same in the letters of code."""
    # not a code span: those know no entities, and would hold a raw "<"
    return f"<code>{escaped(text, limit)}</code>"


def _shortened(text: str, limit: int) -> str:
    text = plain(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
