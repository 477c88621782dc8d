"""Evidence: which tests ran and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gatepass.model.place import Place
from gatepass.model.source import Source


class TestOutcome(StrEnum):
    """How one test ended, worst first."""

    ERROR = "error"
    FAILED = "failed"
    SKIPPED = "skipped"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test that did not plainly pass.

    ``name`` is the full name (class and test). ``flaky`` tells a test that passed in the end after
    failing runs, ``reruns`` how many runs failed before the last one. ``also_passed`` tells a failed or
    errored case of which another case with the same suite, class and name passed in the same report.
    ``duration`` is in seconds.
    """

    name: str
    suite: str
    outcome: TestOutcome
    message: str = ""
    place: Place | None = None
    flaky: bool = False
    reruns: int = 0
    also_passed: bool = False
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class TestCounts:
    """Numbers of tests by outcome; ``flaky`` tests are among the passed."""

    passed: int = 0
    failed: int = 0
    errored: int = 0
    skipped: int = 0
    flaky: int = 0

    @property
    def total(self) -> int:
        """All tests that the report names."""
        return self.passed + self.failed + self.errored + self.skipped

    @property
    def run(self) -> int:
        """Tests that ran: all but the skipped."""
        return self.total - self.skipped

    def __add__(self, other: TestCounts) -> TestCounts:
        return TestCounts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.errored + other.errored,
            self.skipped + other.skipped,
            self.flaky + other.flaky,
        )


@dataclass(frozen=True, slots=True)
class TestSuite:
    """A suite of a report, all suites of the same name taken together.

    ``counts`` include those of the suites inside, so they do not add up over all suites. ``duration`` in
    seconds is the sum over its cases when each that ran has one, else what it claims.
    """

    name: str
    counts: TestCounts
    duration: float | None = None


@dataclass(frozen=True, slots=True)
class TestRun:
    """The tests of one report.

    ``counts`` are derived from the cases. ``claimed`` is what the report's own summary says where it has
    one; where it claims more failures or errors than the cases show, the reader says so in
    ``unexplained`` (a number of failures that no case explains), and rules fail closed on it.
    ``not_passed`` are the cases that did not plainly pass, ``omitted`` the number of such cases beyond
    what is kept. ``duration`` (seconds) is None unless it is known for everything that ran.
    ``repeated_names`` is the number of names of which one case passed and another failed or errored.
    """

    KIND: ClassVar[str] = "tests"

    source: Source
    counts: TestCounts
    suites: tuple[TestSuite, ...] = ()
    not_passed: tuple[TestCase, ...] = ()
    omitted: int = 0
    claimed: TestCounts | None = None
    unexplained: int = 0
    duration: float | None = None
    repeated_names: int = 0
