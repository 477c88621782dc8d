"""Lines for a terminal: hanging indents, a right-hand column, and colour where it is wanted.

Colours are ECMA-48 SGR sequences and the only control characters ever written; texts must be plain.
"""

from __future__ import annotations

from dataclasses import dataclass

from gatepass.plain import columns, elided, padded, uncommanded, wrapped

RED = "31"
GREEN = "32"
YELLOW = "33"
BOLD_RED = "1;31"
BOLD_GREEN = "1;32"
BOLD_YELLOW = "1;33"
DIM = "2"

NARROWEST = 40
LINES_OF_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Page:
    """A page of ``width`` columns; ``verbose`` when nothing is to be left out for shortness."""

    colour: bool
    width: int
    verbose: bool = False

    def row(
        self,
        lead: str,
        text: str,
        *,
        ink: str = "",
        right: str = "",
        hang: int = 10,
        most: int = LINES_OF_A_ROW,
    ) -> list[str]:
        """``lead``, then ``text``, wrapped under itself; ``right`` stands at the right-hand edge.

        At most ``most`` lines; what does not fit ends in ``…``. ``hang`` is the largest indent, in columns,
        of the lines after the first.
        """
        lead = elided(lead, self.width - 8) if text else elided(lead, self.width)
        indent = min(columns(lead), hang)
        lines = wrapped(text, self.width - indent, max(self.width - columns(lead), 8))
        if len(lines) > most:
            kept = lines[: most - 1]
            lines = [*kept, elided(" ".join(lines[len(kept) :]), self.width - indent)]
        rows = [self._painted(lead, ink) + lines[0], *(" " * indent + line for line in lines[1:])]
        used = columns(lead) + columns(lines[0]) if len(rows) == 1 else indent + columns(lines[-1])
        if right:
            rows = self._with_right(rows, used, right)
        return [uncommanded(row.rstrip()) for row in rows]

    def _with_right(self, rows: list[str], used: int, right: str) -> list[str]:
        right = elided(right, self.width - 8)
        gap = self.width - used - columns(right)
        if gap >= 2:
            return [*rows[:-1], rows[-1] + " " * gap + self.painted(right, DIM)]
        return [*rows, " " * (self.width - columns(right)) + self.painted(right, DIM)]

    def _painted(self, lead: str, ink: str) -> str:
        stripped = lead.strip()
        if not stripped or not ink:
            return lead
        before, _, after = lead.partition(stripped)
        return before + self.painted(stripped, ink) + after

    def painted(self, text: str, ink: str) -> str:
        """The text in a colour, if this page has colours."""
        return f"\x1b[{ink}m{text}\x1b[0m" if self.colour and ink else text

    def table(self, cells: list[tuple[str, ...]], limit: int) -> list[str]:
        """Rows of cells with three spaces between, each column as wide as its widest cell up to ``limit``."""
        count = max((len(row) for row in cells), default=0)
        widths = [
            max((w for row in cells if len(row) > at if (w := columns(row[at])) <= limit), default=0)
            for at in range(count)
        ]
        return ["   ".join(padded(cell, widths[at]) for at, cell in enumerate(row)).rstrip() for row in cells]
