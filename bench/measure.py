"""How a process is measured: started fresh; its times and its peak memory as the kernel tells them.

The kernel counts the peak of the process that starts another into the other's own, so this process must stay
small: it imports nothing of gatepass, little else, and keeps no report. A peak below about 16 MB is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_KIB = 1 if sys.platform != "darwin" else 1024  # ru_maxrss is in KiB, on macOS in bytes


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds on the wall clock, seconds of processor time (user and system), peak memory in MB."""

    wall: float
    processor: float
    peak: float


def once(command: Sequence[str], root: Path, environment: Mapping[str, str], exits: Sequence[int]) -> Run:
    """Run a command to its end, its output thrown away; another exit code than ``exits`` raises."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=root, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in exits:
        raise RuntimeError(f"{' '.join(command)} exited with {process.returncode}:\n{said.decode()[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _KIB * 1024 / 1e6)


def by_turns(
    commands: Sequence[Sequence[str]],
    times: int,
    root: Path,
    environment: Mapping[str, str],
    exits: Sequence[int] = (0,),
    *,
    best: bool = False,
) -> list[Run]:
    """Each command ``times`` times, by turns, so that what else runs hits all of them alike.

    Times are medians, or the ``best``; the peak is the highest.
    """
    pick = min if best else _median
    taken: list[list[Run]] = [[] for _ in commands]
    for _ in range(times):
        for command, runs in zip(commands, taken, strict=True):
            runs.append(once(command, root, environment, exits))
    return [
        Run(
            pick([run.wall for run in runs]),
            pick([run.processor for run in runs]),
            max(run.peak for run in runs),
        )
        for runs in taken
    ]


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]
