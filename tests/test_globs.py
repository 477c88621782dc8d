"""Globs mean the same everywhere."""

from __future__ import annotations

import pytest

from gatepass.globs import matches, matches_any


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("main", "main", True),
        ("main", "maintenance", False),
        ("release/*", "release/1.4", True),
        ("release/*", "release/1/4", False),
        ("acme/*", "acme/payments", True),
        ("src/**", "src/a/b.py", True),
        ("src/**", "src", False),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "a/b/test_a.py", True),
        ("src/**/*.py", "src/a.py", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].py", "a.py", True),
        ("[!ab].py", "a.py", False),
        ("a.c", "abc", False),
        ("[", "[", True),
        ("*", "a\nb", True),
    ],
)
def test_a_glob_fits_the_whole_name(pattern, name, fits):
    assert matches(name, pattern) is fits


def test_an_exclamation_mark_takes_away_what_stood_before_it():
    assert matches_any("src/a.py", ["src/**", "!src/gen/**"])
    assert not matches_any("src/gen/a.py", ["src/**", "!src/gen/**"])
    assert not matches_any("src/a.py", ["!src/gen/**"])


def test_case_counts_unless_told_otherwise():
    assert not matches("Acme/x", "acme/*")
    assert matches("Acme/x", "acme/*", ignore_case=True)
