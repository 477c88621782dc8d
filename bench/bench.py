"""How fast gatepass is, as ratios measured in one run: ``make bench``, or ``bench.py --quick``.

Prints Markdown tables. Nothing is asserted: an aim that is missed is a word in the table, and
docs/speed.md says why. Inputs are made once, in ``.bench/``, which can be removed at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import generators
import measure
import ordinary
from table import Row, print_table, seconds

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "tests" / "evidence"
PYTHON = sys.executable
GATEPASS = str(Path(sys.executable).with_name("gatepass"))


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: bytes of the reports, and how often each thing is run."""

    ordinary: int
    reader: int
    big: float  # of the full size
    starts: int
    reads: int
    bigs: int


FULL = Size(ordinary=120_000, reader=2_000_000, big=1, starts=21, reads=7, bigs=3)
QUICK = Size(ordinary=20_000, reader=20_000, big=0.0005, starts=1, reads=1, bigs=1)


@dataclass(frozen=True, slots=True)
class Big:
    """A big report: its size in bytes, what its reading is compared with, how many times slower it may be."""

    name: str
    generator: Callable[[int], Iterator[str]]
    size: int
    floor: str
    floor_in_words: str
    slower: float
    peak: float | None  # MB; None: less than the floor's


BIGS = (
    Big("junit.xml", generators.junit, 200_000_000, "iterparse", "`iterparse`, clearing", 1, 100),
    Big("cobertura.xml", generators.cobertura, 100_000_000, "iterparse", "`iterparse`, clearing", 1, 100),
    Big("lcov.info", generators.lcov, 100_000_000, "lines", "empty loop over lines", 6, 100),
    Big("log.sarif", generators.sarif, 52_000_000, "json.load", "`json.load`", 1, None),
)
READERS = {
    "junit": (generators.junit, "expat"),
    "cobertura": (generators.cobertura, "expat"),
    "jacoco": (generators.jacoco, "expat"),
    "lcov": (generators.lcov, "lines"),
    "coverage-py": (generators.coverage_py, "json.load"),
    "sarif": (generators.sarif, "json.load"),
    "snyk": (generators.snyk, "json.load"),
}
PARTS = ("start-up", "readers", "big")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs, one run each: does it work?")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone")
    parser.add_argument("--folder", type=Path, default=HERE.parent / ".bench", help="where inputs are kept")
    given = parser.parse_args(arguments)
    if not Path(GATEPASS).exists():
        sys.exit(f"gatepass is not installed beside {PYTHON}; make bench sets it up")
    size = QUICK if given.quick else FULL
    folder = (given.folder / ("quick" if given.quick else "full")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{platform.python_implementation()} {platform.python_version()}, ", end="")
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}\n")
    for part in given.only or PARTS:
        title, rows = {"start-up": start_up, "readers": readers, "big": big}[part](size, folder)
        print_table(title, rows)


def start_up(size: Size, folder: Path) -> tuple[str, list[Row]]:
    root = folder / "ordinary"
    gate = [GATEPASS, *ordinary.make(root, size=size.ordinary)]
    if not (root / "key.pem").exists():
        subprocess.run([GATEPASS, "key", "generate", "key.pem"], cwd=root, check=True, capture_output=True)
    commands = [
        [PYTHON, "-c", "pass"],
        [GATEPASS, "--version"],
        [*gate, "--key", "key.pem"],
        [GATEPASS, "evidence", "show", "reports/junit.xml"],
        [GATEPASS, "policy", "lint", "release.yaml"],
        [GATEPASS, "--help"],
    ]
    runs = measure.by_turns(commands, size.starts, root, _environment())
    bare, version, gated, shown, linted, helped = runs
    floor = "`python -c pass`"
    rows = [
        Row("`gatepass --version`", version, floor, bare, "at most 8 times", version.wall <= 8 * bare.wall),
        Row("`gatepass gate`, 20 rules, 6 reports, signed", gated, floor, bare, "0.4 s", gated.wall <= 0.4),
        Row("`gatepass evidence show`, 1 report", shown, floor, bare),
        Row("`gatepass policy lint`, 20 rules", linted, floor, bare),
        Row("`gatepass --help`", helped, floor, bare),
    ]
    return "Whole processes", rows


def readers(size: Size, folder: Path) -> tuple[str, list[Row]]:
    reports: dict[str, tuple[Path, str, int]] = {}
    for name, (generator, floor) in READERS.items():
        path = generators.write(folder / "readers" / name, generator(size.reader))
        reports[name] = (path, floor, size.reads)
    for name, path in _fixtures():
        reports.setdefault(name, (path, _floor_of(path), size.reads * 30))
    rows = []
    for name, (path, floor, times) in reports.items():
        command = [PYTHON, str(HERE / "readers.py"), floor, str(times), str(path)]
        done = subprocess.run(command, env=_environment(), check=True, capture_output=True, text=True)
        ours, bare = json.loads(done.stdout)
        what = f"`{name}`, {_bytes(path.stat().st_size)}"
        rows.append(Row(what, seconds(ours), f"`{floor}`", seconds(bare)))
    return "Readers, in one process: open, hash, recognise, read; against merely parsing", rows


def big(size: Size, folder: Path) -> tuple[str, list[Row]]:
    rows = []
    for each in BIGS:
        path = generators.write(folder / "big" / each.name, each.generator(int(each.size * size.big)))
        commands = [
            [GATEPASS, "evidence", "show", each.name],
            [PYTHON, str(HERE / "floors.py"), each.floor, each.name],
        ]
        ours, floor = measure.by_turns(commands, size.bigs, path.parent, _environment(), best=True)
        limit = each.peak if each.peak is not None else floor.peak
        met = ours.wall <= each.slower * floor.wall and ours.peak < limit
        memory = f"{each.peak} MB" if each.peak is not None else "less memory"
        pace = "no slower" if each.slower == 1 else f"at most {each.slower:g} times"
        aim = f"{pace}, {memory}"
        what = f"`{each.name}`, {_bytes(path.stat().st_size)}"
        rows.append(Row(what, ours, each.floor_in_words, floor, aim, met))
    return "Big reports, `gatepass evidence show` as a whole process", rows


def _fixtures() -> Iterator[tuple[str, Path]]:
    """The largest sound fixture of each format, where the tests are there."""
    for folder in sorted(FIXTURES.glob("*/*/good")):
        sound = (each for each in folder.iterdir() if not each.name.endswith(".expected.json"))
        files = [each for each in sound if each.suffix in (".json", ".xml", ".txt", ".sarif", ".yaml")]
        if files:
            yield folder.parent.name, max(files, key=lambda each: (each.stat().st_size, each.name))


def _floor_of(path: Path) -> str:
    return {".xml": "expat", ".txt": "lines", ".yaml": "lines"}.get(path.suffix, "json.load")


def _environment() -> dict[str, str]:
    """As on a workstation: without what a CI system sets."""
    kept = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C.UTF-8"}


def _bytes(number: int) -> str:
    return f"{number / 1e6:.0f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"


if __name__ == "__main__":
    main(sys.argv[1:])
