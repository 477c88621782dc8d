"""Options of the whole test suite."""

from __future__ import annotations

import pytest

collect_ignore = ["samples"]  # projects that fixtures are made from, not tests of ours


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", choices=("check", "update"), default="check", help="write golden files anew")
