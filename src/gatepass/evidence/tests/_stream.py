"""JUnit XML read as a stream: plain passes are counted, every other case is looked at.

Text is only kept inside a result and only as much of it as a message needs, so that a report with tens
of megabytes of ``system-out`` costs no memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from xml.parsers import expat

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._xml import local
from gatepass.evidence.tests._attributes import (
    LONGEST_TEXT,
    Claim,
    all_seconds,
    claim,
    created,
    full_name,
    place,
    seconds,
    shortened,
)
from gatepass.evidence.tests._case import RESULTS, DecidingCase, stated_to_pass
from gatepass.evidence.tests._names import Contradictions, Names
from gatepass.evidence.tests._suites import SuitesByName, Tally
from gatepass.model.source import ProblemCode
from gatepass.model.tests import TestCase, TestOutcome

MOST_CASES = 10_000
MOST_SUITES = 10_000
DEEPEST = 100

# elements that are many and never decide anything
_WITHOUT_MEANING = frozenset({"system-out", "system-err", "properties", "property"})
_OURS = "gatepass"  # what our report `junit` calls the package of each suite
_BATCH = 500
_OUTSIDE = "(outside of any test)"
_FAILING = (TestOutcome.ERROR, TestOutcome.FAILED)


class JUnitStream:
    """The handlers, and what they found: read ``root`` and the rest after the parser is done."""

    def __init__(self) -> None:
        self.root = Tally("", "", None)
        self.root_attributes: Mapping[str, str] = {}
        self.first_suite: Mapping[str, str] = {}
        self.created: datetime | None = None
        self.top_claims: list[Claim] = []
        self.suites = SuitesByName(MOST_SUITES)
        self.names = Names()
        self._omitted = 0
        self._failing: list[tuple[int, int, TestCase]] = []
        self._others: list[tuple[int, int, TestCase]] = []
        self._seen = 0
        self._open: list[Tally] = []
        self._suite = self.root
        self._passed: list[Mapping[str, str]] = []
        self._case: Mapping[str, str] | None = None
        self._case_tag = ""
        self._deciding: DecidingCase | None = None
        self._result_tag: str | None = None

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""
        self._parser = parser
        parser.ordered_attributes = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    @property
    def omitted(self) -> int:
        """How many cases that did not plainly pass are not among `not_passed`."""
        return self._omitted + max(0, len(self._failing) + len(self._others) - MOST_CASES)

    def not_passed(self, names: Contradictions) -> tuple[TestCase, ...]:
        """The kept cases in the report's order; failed ones are kept before skipped and flaky ones."""
        others = self._others[: MOST_CASES - len(self._failing)]
        kept = sorted([*self._failing, *others], key=lambda each: each[0])
        return tuple(
            replace(case, also_passed=True) if case.outcome in _FAILING and key in names.keys else case
            for _, key, case in kept
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "testcase" and self._case is None and self._open:
            self._case, self._case_tag = attributes, tag  # the way of nearly every element, kept short
        elif tag in _WITHOUT_MEANING:
            return
        elif self._case is not None:
            self._inside_case(tag, attributes)
        elif tag == "testcase" or local(tag) == "testcase":
            if not self._open:
                raise self._refusal("is not a JUnit report: its root is <testcase>")
            self._case, self._case_tag = attributes, tag
        else:
            self._outside_case(tag, attributes)

    def _end(self, tag: str) -> None:
        case = self._case
        if case is None:
            if tag not in _WITHOUT_MEANING and local(tag) in ("testsuite", "testsuites"):
                self._end_suite()
        elif tag == self._case_tag:
            self._case = None
            if self._deciding is None and "status" not in case and "result" not in case:
                # what nearly all cases of a big report are
                self._passed.append(case)
                if len(self._passed) >= _BATCH:
                    self._take_passed()
            else:
                self._end_case(case)
        elif tag == self._result_tag:
            self._end_result()

    def _outside_case(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name in ("testsuite", "testsuites"):
            self._start_suite(name, attributes)
        elif not self._open:
            raise self._refusal(f"is not a JUnit report: its root is <{shortened(tag, 80)}>")
        elif RESULTS.get(name.lower()) in ("error", "failure"):
            # a suite that could not be set up has its error beside its cases: it counts as one
            self._case, self._case_tag = {"name": _OUTSIDE, "classname": self._suite.name, "time": "0"}, tag
            self._deciding = DecidingCase(self._case)
            self._start_result(tag, RESULTS[name.lower()], attributes)

    def _start_suite(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise self._refusal(f"has suites nested deeper than {DEEPEST}")
        if attributes.get("package") == _OURS:
            raise UnreadableEvidence(
                "is a report of gatepass, whose rules are no tests: leave it out of the evidence",
                code=ProblemCode.OUR_OWN.value,
            )
        self._take_passed()
        claimed = claim(attributes, self._refusal)
        suite = Tally(
            name=shortened(attributes.get("name", ""), LONGEST_TEXT),
            file=shortened(attributes.get("file", ""), LONGEST_TEXT + 1),
            claim=claimed,
            is_suite=tag == "testsuite",
        )
        if not self._open:
            self.root, self.root_attributes = suite, attributes
        if tag == "testsuite":
            self.first_suite = self.first_suite or attributes
            if claimed and len(self._open) == 1:
                self.top_claims.append(claimed)
                # only the sum is wanted
                if len(self.top_claims) > 1:
                    self.top_claims = [_sum(*self.top_claims)]
        said = created(attributes.get("timestamp", ""))
        if said and (self.created is None or said < self.created):
            self.created = said
        self._open.append(suite)
        self._suite = suite

    def _end_suite(self) -> None:
        self._take_passed()
        suite = self._open.pop()
        suite.close()
        if all(outer.name != suite.name or not outer.is_suite for outer in self._open):
            self.suites.add(suite)
        if self._open:
            self._suite = self._open[-1]
            self._suite.add(suite)

    def _inside_case(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "testcase":
            raise self._refusal("has a test case inside a test case")
        result = RESULTS.get(name.lower())
        if result:
            if self._deciding is None:
                assert self._case is not None
                self._deciding = DecidingCase(self._case)
            self._start_result(tag, result, attributes)

    def _start_result(self, tag: str, result: str, attributes: dict[str, str]) -> None:
        assert self._deciding is not None
        self._deciding.open(result, attributes)
        self._result_tag = tag
        self._parser.CharacterDataHandler = self._text

    def _text(self, text: str) -> None:
        # never unset the handler in here: expat would flush its buffer into it again, without end
        if self._deciding is not None:
            self._deciding.text(text)

    def _end_result(self) -> None:
        self._parser.CharacterDataHandler = None
        self._result_tag = None
        if self._deciding:
            self._deciding.close()

    def _end_case(self, case: Mapping[str, str]) -> None:
        if self._result_tag is not None:
            self._end_result()
        deciding, self._deciding = self._deciding, None
        if deciding is None and stated_to_pass(case):
            self._passed.append(case)
        else:
            self._take(case, deciding or DecidingCase(case))

    def _take_passed(self) -> None:
        """Count the plain passes that have gathered; they are all of the suite that is open."""
        cases, suite = self._passed, self._suite
        suite.take_passed(len(cases), *all_seconds([case.get("time", "") for case in cases]))
        self.names.add_passed(
            suite.name, [(case.get("classname", ""), case.get("name", "")) for case in cases]
        )
        self._passed = []

    def _take(self, case: Mapping[str, str], deciding: DecidingCase) -> None:
        ending, suite, took = deciding.ending(), self._suite, seconds(case.get("time", ""))
        suite.take(ending.outcome, took)
        suite.flaky += ending.flaky
        suite.shown += ending.shown
        classname, name = case.get("classname", ""), case.get("name", "")
        key = self.names.add(suite.name, classname, name, ending.outcome)
        self._seen += 1
        if ending.outcome is TestOutcome.PASSED and not ending.flaky:
            return
        kept = self._failing if ending.outcome in _FAILING else self._others
        if len(kept) >= MOST_CASES:
            self._omitted += 1
            return
        found = TestCase(
            name=full_name(classname, name),
            suite=suite.name,
            outcome=ending.outcome,
            message=ending.message,
            # pytest counts the lines of its xunit1 family from 0
            place=place(case, suite.file, lines_from_zero=suite.name == "pytest"),
            flaky=ending.flaky,
            reruns=ending.reruns,
            duration=took,
        )
        kept.append((self._seen, key, found))

    def _refusal(self, message: str) -> UnreadableEvidence:
        parser = self._parser
        return UnreadableEvidence(
            message, line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber + 1
        )


def _sum(one: Claim, other: Claim) -> Claim:
    return Claim(
        tests=(one.tests or 0) + (other.tests or 0),
        failures=one.failures + other.failures,
        errors=one.errors + other.errors,
        skipped=one.skipped + other.skipped,
        seconds=None,
    )
