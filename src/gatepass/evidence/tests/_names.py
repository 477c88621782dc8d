"""Which names of a report both passed and failed, in eight bytes for each test."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.model.tests import TestOutcome


@dataclass(frozen=True, slots=True)
class Contradictions:
    """The names whose runs disagree, as `Names.add` returned them."""

    keys: frozenset[int]


class Names:
    """Collects names with outcomes, of each only its hash.

    A report of 200 MB may name millions of tests, too many to keep their texts. Python's own hash is keyed
    anew in every process, so that nobody can prepare names that share it; two that share it by chance
    (about one in a million for five million tests) would only count as one that disagrees with itself,
    which rules fail on.
    """

    def __init__(self) -> None:
        self._passed = array("q")
        self._failed: set[int] = set()

    def add(self, suite: str, classname: str, name: str, outcome: TestOutcome) -> int:
        """Take a case in; what stands for its name is returned."""
        key = hash((suite, classname, name))
        if outcome is TestOutcome.PASSED:
            self._passed.append(key)
        elif outcome is not TestOutcome.SKIPPED:
            self._failed.add(key)
        return key

    def add_passed(self, suite: str, names: Iterable[tuple[str, str]]) -> None:
        """Take many cases of a suite in that passed, each by class and name."""
        self._passed.extend([hash((suite, classname, name)) for classname, name in names])

    def contradictions(self) -> Contradictions:
        """The names that passed in one case and failed in another."""
        if not self._failed:
            return Contradictions(frozenset())
        failed = self._failed
        return Contradictions(frozenset(key for key in self._passed if key in failed))
