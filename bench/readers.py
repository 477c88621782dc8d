"""One reader against its floor in one process: ``readers.py FLOOR TIMES FILE`` prints both in seconds.

Both open the file each time. Ours is what the gate does with one: hash, recognise among all formats, read.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from floors import FLOORS

from gatepass.gathering import read_one


def main(floor: str, times: int, path: Path) -> None:
    def ours() -> None:
        source, evidence = read_one(path, path.name, path.parent, None)
        assert evidence is not None, source

    ours()
    seconds = [_best(way, times) for way in (ours, lambda: FLOORS[floor](path))]
    print(json.dumps(seconds))


def _best(way: Callable[[], None], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        way()
        taken.append(time.perf_counter() - begun)
    return min(taken)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
