"""The contract of a report: a decision in, text out. A report is pure and prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatepass.model.decision import Decision


@dataclass(frozen=True, slots=True)
class RecordInfo:
    """The signed record that was written, for reports that point to it."""

    path: str
    keyid: str | None


@dataclass(frozen=True, slots=True)
class ReportContext:
    """How to render: ``colour`` and ``width`` (columns) for terminals, the record if one was written.

    ``record_url`` is where people will see the record once the job has kept it.
    """

    colour: bool = False
    width: int = 110
    record: RecordInfo | None = None
    verbose: bool = False
    record_url: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An output format. ``render`` returns the whole text, ending in a line feed."""

    name: str
    title: str
    render: Callable[[Decision, ReportContext], str]
    media_type: str = "text/plain"
