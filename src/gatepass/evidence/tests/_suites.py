"""Suites while a report is being read: what their cases come to, and what their attributes claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.evidence.tests._attributes import Claim
from gatepass.model.tests import TestCounts, TestOutcome, TestSuite


@dataclass(slots=True)
class Tally:
    """One open suite; what its inner suites came to is added when they close.

    ``is_suite`` is false for ``testsuites``. ``shown`` is the number of failing results in its cases,
    which explains the failures it claims; ``unexplained`` what its inner suites claim beyond that.
    ``untimed`` are the cases that ran and tell no duration. ``claimed_only`` is the number of suites
    without a case, whose attributes were taken.
    """

    name: str
    file: str
    claim: Claim | None
    is_suite: bool = True
    passed: int = 0
    failed: int = 0
    errored: int = 0
    skipped: int = 0
    flaky: int = 0
    seconds: float = 0.0
    untimed: int = 0
    shown: int = 0
    unexplained: int = 0
    claimed_only: int = 0

    @property
    def total(self) -> int:
        """All cases."""
        return self.passed + self.failed + self.errored + self.skipped

    @property
    def counts(self) -> TestCounts:
        """The cases by outcome."""
        return TestCounts(self.passed, self.failed, self.errored, self.skipped, self.flaky)

    @property
    def duration(self) -> float | None:
        """Seconds over its cases when all that ran tell them, else what it claims."""
        if not self.untimed:
            return round(self.seconds, 6)
        return self.claim.seconds if self.claim else None

    def take(self, outcome: TestOutcome, seconds: float | None) -> None:
        """Count a case."""
        match outcome:
            case TestOutcome.PASSED:
                self.passed += 1
            case TestOutcome.FAILED:
                self.failed += 1
            case TestOutcome.ERROR:
                self.errored += 1
            case TestOutcome.SKIPPED:
                self.skipped += 1
        if seconds is not None:
            self.seconds += seconds
        elif outcome is not TestOutcome.SKIPPED:
            self.untimed += 1

    def take_passed(self, number: int, seconds: float, untimed: int) -> None:
        """Count cases that plainly passed."""
        self.passed += number
        self.seconds += seconds
        self.untimed += untimed

    def add(self, inner: Tally) -> None:
        """Take in an inner suite that is closed."""
        self.passed += inner.passed
        self.failed += inner.failed
        self.errored += inner.errored
        self.skipped += inner.skipped
        self.flaky += inner.flaky
        self.shown += inner.shown
        self.unexplained += inner.unexplained
        self.claimed_only += inner.claimed_only
        duration = inner.duration
        if duration is not None:
            self.seconds += duration
        else:
            self.untimed += inner.untimed

    def close(self) -> None:
        """Compare what is claimed with what was shown; without any case the claim is all there is."""
        if self.claim is None:
            return
        if self.total == 0 and self.is_suite:
            self._take_claim(self.claim)
        # outer suites claim what their inner ones claim: levels are compared, never added up
        self.unexplained = max(self.unexplained, self.claim.bad - self.shown)

    def _take_claim(self, claim: Claim) -> None:
        counts = claim.counts
        if counts.total == 0:
            return
        self.passed, self.failed = counts.passed, counts.failed
        self.errored, self.skipped = counts.errored, counts.skipped
        self.shown += claim.bad
        self.untimed = counts.run
        self.claimed_only = 1


class SuitesByName:
    """Closed suites, those of one name taken together; at most ``most`` names are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, tuple[TestCounts, float | None]] = {}
        self.dropped = 0

    def add(self, suite: Tally) -> None:
        """Take in a closed suite, unless it has no test or is the list of all suites."""
        if suite.total == 0 or not suite.is_suite:
            return
        if suite.name in self._kept:
            counts, duration = self._kept[suite.name]
            both = None if duration is None or suite.duration is None else duration + suite.duration
            self._kept[suite.name] = (counts + suite.counts, both)
        elif len(self._kept) < self._most:
            self._kept[suite.name] = (suite.counts, suite.duration)
        else:
            self.dropped += 1

    def __iter__(self) -> Iterator[TestSuite]:
        for name, (counts, duration) in self._kept.items():
            yield TestSuite(name, counts, duration)
