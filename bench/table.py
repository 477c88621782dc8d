"""The rows of the benchmark, as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measure import Run


@dataclass(frozen=True, slots=True)
class Row:
    """A thing measured beside its floor; without an aim, ``met`` says nothing."""

    what: str
    ours: Run
    floor_in_words: str
    floor: Run
    aim: str = ""
    met: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        ratio = self.ours.wall / self.floor.wall if self.floor.wall else float("inf")
        peak = f"{self.ours.peak:.0f} / {self.floor.peak:.0f}" if self.ours.peak else ""
        return (
            self.what,
            _shown(self.ours.wall),
            f"{self.floor_in_words} {_shown(self.floor.wall)}",
            f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}",
            peak,
            self.aim or "–",
            ("yes" if self.met else "**no**") if self.aim else "–",
        )


HEAD = ("what", "ours", "floor", "ratio", "peak MB, ours / floor", "aim", "met?")


def print_table(title: str, rows: Sequence[Row]) -> None:
    print(f"### {title}\n")
    lines = [HEAD, *(row.cells for row in rows)]
    if not any(row.ours.peak for row in rows):
        lines = [(*cells[:4], *cells[5:]) for cells in lines]
    if not any(row.aim for row in rows):
        lines = [cells[:-2] for cells in lines]
    head, *body = lines
    for cells in (head, ("---",) * len(head), *body):
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def seconds(number: float) -> Run:
    """A time that was taken inside of a process, so that there is no peak."""
    return Run(wall=number, processor=number, peak=0.0)


def _shown(number: float) -> str:
    return (
        f"{number:.2f} s"
        if number >= 1
        else f"{number * 1e3:.0f} ms"
        if number >= 0.01
        else (f"{number * 1e3:.2f} ms")
    )
