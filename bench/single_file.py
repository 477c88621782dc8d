"""What running gatepass from its single file costs, beside the same gatepass installed.

``make single-file && .venv/bin/python bench/single_file.py dist/gatepass-….pyz`` prints the table. The
floor is the installed one, so a ratio of 1 would be for free. Both are compiled beforehand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import measure
import ordinary
from bench import FULL, GATEPASS, HERE, PYTHON, _environment
from table import Row, print_table


def main(file: Path) -> None:
    root = HERE.parent / ".bench" / "full" / "ordinary"
    gate = ordinary.make(root, size=FULL.ordinary)
    single = [str(Path(PYTHON).resolve()), "-I", str(file.resolve())]
    if not (root / "key.pem").exists():
        measure.once([GATEPASS, "key", "generate", "key.pem"], root, _environment(), (0,))
    rows = []
    for shown, arguments in (
        ("--version`", ["--version"]),
        ("policy lint`, 20 rules", ["policy", "lint", "release.yaml"]),
        ("gate`, 20 rules, 6 reports, signed", [*gate, "--key", "key.pem"]),
    ):
        commands = [[*single, *arguments], [GATEPASS, *arguments]]
        ours, installed = measure.by_turns(commands, FULL.starts, root, _environment())
        rows.append(Row(f"`gatepass.pyz {shown}", ours, "installed", installed))
    print_table("The single file", rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
