"""An examination for people, one screen, and for programs, in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gatepass.examining import Examination, Line
    from gatepass.terminal import Page

_WIDEST_NAME = 26


def text(examination: Examination, page: Page, *, quiet: bool) -> str:
    """What is missing first, in a word; then every section. ``quiet`` leaves out what is as it should be."""
    from gatepass.examining import Mark
    from gatepass.plain import columns, padded, plain
    from gatepass.terminal import BOLD_GREEN, BOLD_RED

    count = examination.count(Mark.MISSING)
    word = "READY" if examination.complete else f"{count} MISSING"
    lead = f"gatepass doctor  {word}   "
    rows = page.row(lead, plain(examination.subject), hang=len(lead))
    rows[0] = rows[0].replace(word, page.painted(word, BOLD_GREEN if examination.complete else BOLD_RED), 1)
    shown = {
        section: [each for each in section.lines if not quiet or each.mark in (Mark.WARNING, Mark.MISSING)]
        for section in examination.sections
    }
    names = [columns(plain(each.what)) for lines in shown.values() for each in lines]
    width = max((each for each in names if each <= _WIDEST_NAME), default=0)
    for section, lines in shown.items():
        rows += ["", section.title] if lines else []
        for line in lines:
            rows += _line(line, padded(plain(line.what), width), page)
    return "\n".join(rows) + "\n"


def _line(line: Line, name: str, page: Page) -> list[str]:
    from gatepass.examining import Mark
    from gatepass.plain import plain
    from gatepass.terminal import DIM, GREEN, RED, YELLOW

    mark, ink = {
        Mark.OK: ("✓", GREEN),
        Mark.NOTE: ("–", DIM),
        Mark.WARNING: ("!", YELLOW),
        Mark.MISSING: ("✗", RED),
    }[line.mark]
    rows = page.row(f"  {mark} {name}   ", plain(line.said), ink=ink, hang=len(name) + 7)
    if line.fix:
        rows += page.row("      fix: ", plain(line.fix), ink=DIM, hang=11)
    return rows


def document(examination: Examination, at: datetime) -> str:
    """The same for programs. Its shape stays: ids, marks and the names of facts are only ever added to."""
    import gatepass
    from gatepass.examining import Mark
    from gatepass.plain import without_commands

    value = {
        "apiVersion": "gatepass/v1",
        "kind": "Examination",
        "gatepass": gatepass.__version__,
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "complete": examination.complete,
        "subject": examination.subject,
        "counts": {mark.value: examination.count(mark) for mark in Mark},
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "lines": [
                    {
                        "id": line.id,
                        "mark": line.mark.value,
                        "what": line.what,
                        "said": line.said,
                        "fix": line.fix,
                        "facts": dict(line.facts),
                    }
                    for line in section.lines
                ],
            }
            for section in examination.sections
        ],
    }
    return without_commands(json.dumps(value, indent=2)) + "\n"
