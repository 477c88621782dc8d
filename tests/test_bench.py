"""The benchmark runs; what it measures is asserted nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gatepass.gathering import formats

BENCH = Path(__file__).resolve().parents[1] / "bench" / "bench.py"


def run(folder: Path, part: str) -> str:
    command = [sys.executable, str(BENCH), "--quick", "--folder", str(folder), "--only", part]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(output: str) -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines() if "|" in line
    ]
    return {row[0]: row for row in cells[2:]}


@pytest.mark.parametrize(
    ("part", "measured"),
    [
        ("start-up", ["gatepass --version", "gatepass gate", "gatepass policy lint"]),
        ("readers", sorted(formats())),
        ("big", ["junit.xml", "cobertura.xml", "lcov.info", "log.sarif"]),
    ],
)
def test_each_part_of_the_benchmark_prints_a_ratio_for_everything_it_measures(
    tmp_path: Path, part: str, measured: list[str]
) -> None:
    printed = rows(run(tmp_path, part))
    for name in measured:
        [row] = [cells for what, cells in printed.items() if what.startswith(f"`{name}`")]
        assert re.fullmatch(r"[0-9.]+", row[3]), row


def test_its_inputs_are_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(tmp_path / name, "big")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).rglob("big/*")} for n in ("one", "two"))
    assert one == two
    assert len(one) == 4


def test_every_hook_is_measured(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCH.with_name("hooks.py")), "--quick", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    manifest = (BENCH.parents[1] / ".pre-commit-hooks.yaml").read_text("utf-8")
    hooks = re.findall(r"^- id: (\S+)", manifest, re.MULTILINE)
    assert len(hooks) == 6
    assert set(rows(done.stdout)) == {"`gatepass --version`", *(f"`{each}`" for each in hooks)}
