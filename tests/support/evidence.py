"""Reading one report with one format, and looking into what came out."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from gatepass import seam
from gatepass.evidence import Format, OpenReport, Reading


def formats() -> dict[str, Format]:
    return seam.members("gatepass.evidence", Format)


def recognised_as(path: Path) -> list[str]:
    """The names of all formats that recognise a file."""
    with OpenReport(path, path.name) as report:
        return [name for name, each in formats().items() if each.recognises(report.head)]


def read(path: Path, name: str) -> Reading:
    """Read a file with the format called ``name``, hashing it to the end."""
    with OpenReport(path, path.name) as report:
        reading = formats()[name].read(report)
        report.finish()
        return reading


def look(value: Any, path: str) -> Any:
    """The plain value at a dotted path: ``evidence.files[0].lines.covered``, ``evidence.results.length``."""
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        if step == "length":
            value = len(value)
        elif step.startswith("["):
            value = value[int(step[1:-1])]
        else:
            value = value[step] if isinstance(value, dict) else getattr(value, step)
    return plain(value)


def plain(value: Any) -> Any:
    """A model value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, list | tuple | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value
