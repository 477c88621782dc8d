"""What merely parsing costs: ``floors.py NAME FILE`` does it once in a process of its own.

Each is what somebody would write who throws everything away, so no reader can be expected to be faster.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

_CHUNK_BYTES = 1 << 20


def expat_without_handlers(path: Path) -> None:
    """Well-formedness alone."""
    parser = expat.ParserCreate()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def iterparse_clearing(path: Path) -> None:
    """The usual loop over a big XML file, with an empty body."""
    from xml.etree.ElementTree import iterparse

    for _, element in iterparse(path):
        element.clear()


def json_load(path: Path) -> None:
    """The whole document as dictionaries and lists."""
    with path.open("rb") as file:
        json.load(file)


def empty_line_loop(path: Path) -> None:
    """Every line of the text taken in hand and put down."""
    with path.open(encoding="utf-8") as file:
        for _ in file:
            pass


FLOORS: dict[str, Callable[[Path], None]] = {
    "expat": expat_without_handlers,
    "iterparse": iterparse_clearing,
    "json.load": json_load,
    "lines": empty_line_loop,
}

if __name__ == "__main__":
    FLOORS[sys.argv[1]](Path(sys.argv[2]))
