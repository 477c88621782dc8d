"""The corpus of real reports, where it lies beside the project: `../shared/corpus`."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3] / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(
    not ROOT.is_dir(), reason="the corpus of real reports is not beside the project"
)


@dataclass(frozen=True)
class Row:
    """One file of the corpus with its truth."""

    path: Path
    name: str
    kind: str
    truth: Any
    how: str


def rows(kind: str) -> list[Row]:
    """The rows of a kind; none when the corpus is not there."""
    if not ROOT.is_dir():
        return []
    csv.field_size_limit(1 << 30)
    with (ROOT / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        # the truth column is a JSON text that the file quotes as CSV does
        return [
            Row(ROOT / row["path"], row["path"], row["kind"], _truth(row["truth"]), row["truth_how"])
            for row in csv.DictReader(lines, delimiter="\t")
            if row["kind"] == kind
        ]


def _truth(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
