"""Overrides of a story, as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write(overrides: dict[str, Any], root: Path) -> tuple[str, ...]:
    """Write them into ``overrides/``; what the gate is to be given."""
    if not overrides:
        return ()
    folder = root / "overrides"
    folder.mkdir()
    for name, fields in overrides.items():
        whole = {"apiVersion": "gatepass/v1", "kind": "Override", "id": name, **fields}
        (folder / f"{name}.yaml").write_text(json.dumps(whole, indent=1))
    return ("overrides",)
