"""Public test vectors, where they lie beside the project: `../shared/vectors`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3] / "shared" / "vectors"


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test when a folder or file of vectors is not there, and name it."""
    return pytest.mark.skipif(
        not (ROOT / name).exists(), reason=f"the public vectors {name} are not beside the project"
    )


def load(name: str) -> Any:
    """A JSON file of vectors; an empty object when it is not there, for parametrised tests."""
    path = ROOT / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
