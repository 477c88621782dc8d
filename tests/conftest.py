"""Options of the whole test suite."""

from __future__ import annotations

import hypothesis
import pytest

from gatepass.gathering import gather
from support import gate
from support.one_value_cases import Cases
from support.values import BUILD

collect_ignore = ["samples"]  # projects that fixtures are made from, not tests of ours

# what a property takes depends on who else uses the machine; bench/ measures
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", choices=("check", "update"), default="check", help="write golden files anew")


@pytest.fixture
def workspace(tmp_path):
    """A folder to judge in, and a key beside it."""
    return gate.a_workspace(tmp_path)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """Builds that servers tell of, whose answers are changed one value at a time."""
    return Cases(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a report: the source and its evidence, if any."""

    def of(content: bytes):
        (tmp_path / "report").write_bytes(content)
        found = gather(["report"], {}, tmp_path, BUILD)
        [source] = found.sources
        assert bool(found.evidence) == source.usable
        return source, next(iter(found.evidence), None)

    return of
