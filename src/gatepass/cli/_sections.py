"""Headings with terms and texts below them, wrapped for the screen; texts may hold anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gatepass.cli import _terminal

if TYPE_CHECKING:
    from gatepass.explaining import Section

_WIDEST_TERM = 28


def show(sections: Iterable[Section]) -> None:
    """Print each section after an empty line."""
    from gatepass.plain import plain

    for section in sections:
        print()
        say("", section.title, bold=True)
        column = min(max((len(term) for term, _ in section.rows), default=0), _WIDEST_TERM)
        for term, text in section.rows:
            if len(term) > column:
                say("  ", term)
            lead = plain(term) if len(term) <= column else ""
            say(f"  {lead:{column}}  " if term else "  ", text)


def say(lead: str, text: str, *, bold: bool = False) -> None:
    """Print a text of a policy, an override or a report, which may hold anything, after a lead of ours."""
    from gatepass.plain import plain, wrapped

    for row in wrapped(plain(text), max(_terminal.width() - len(lead), 30)):
        print(f"{lead}\x1b[1m{row}\x1b[0m" if bold and _terminal.wants_colour() else f"{lead}{row}")
        lead = " " * len(lead)
