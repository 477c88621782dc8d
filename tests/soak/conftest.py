"""A test for each build that is told of, so that many can be changed side by side."""

from __future__ import annotations

import pytest

from support.one_value_cases import asked_labels, labels


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, wanted in (("label", labels()), ("asked_label", asked_labels())):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, wanted)
