"""One case that did not plainly pass, read by junitparser.

junitparser knows the elements: which results a case may have, that a flaky failure is none in the end,
what messages are. What it gets wrong for a gate is decided here: a ``status`` that says a test did not
run, and which of several results is the case's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from gatepass.evidence.tests._attributes import LONGEST_TEXT, STATUSES, shortened
from gatepass.model.tests import TestOutcome

if TYPE_CHECKING:
    from junitparser.junitparser import Result

RESULTS: Mapping[str, str] = {
    "error": "error",
    "failure": "failure",
    "skipped": "skipped",
    # what some producers write for skipped
    "skip": "skipped",
    "ignored": "skipped",
    "disabled": "skipped",
    "flakyfailure": "flakyFailure",
    "flakyerror": "flakyError",
    "rerunfailure": "rerunFailure",
    "rerunerror": "rerunError",
}
"""Elements that decide how a case ended, in lower case, and what junitparser calls them."""

_MOST_RESULTS = 100
_WORST_FIRST = (TestOutcome.ERROR, TestOutcome.FAILED, TestOutcome.SKIPPED, TestOutcome.PASSED)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case ended. ``shown`` is the number of failing results in it, those of reruns included."""

    outcome: TestOutcome
    message: str
    flaky: bool
    reruns: int
    shown: int


class DecidingCase:
    """Collects the results of one case while it is being read, then interprets them."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes
        self._element = Element("testcase")
        self._tags: set[str] = set()
        self._failing = 0
        self._interim = 0
        self._texts: list[str] = []
        self._room = 0

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A result begins; ``tag`` is a value of `RESULTS`."""
        self._failing += tag != "skipped"
        self._interim += tag.startswith(("flaky", "rerun"))
        self._texts, self._room = [], LONGEST_TEXT
        # a case with a million results is told by the first hundred and one of each tag
        if len(self._element) < _MOST_RESULTS or tag not in self._tags:
            kept = {k: shortened(attributes[k], LONGEST_TEXT) for k in ("message", "type") if k in attributes}
            SubElement(self._element, tag, kept)
        self._tags.add(tag)

    def text(self, text: str) -> None:
        """Take text of the open result, as far as there is room."""
        if self._room > 0:
            self._texts.append(text[: self._room])
            self._room -= len(text)

    def close(self) -> None:
        """The open result ends."""
        if len(self._element) and self._element[-1].text is None:
            self._element[-1].text = "".join(self._texts)
        self._texts = []

    def ending(self) -> Ending:
        """How the case ended: error before failure before skipped before passed."""
        from junitparser import Error, Failure, Skipped, xunit2  # slow to import

        # junitparser has no types
        parsed = xunit2.TestCase.fromelem(self._element)  # type: ignore[no-untyped-call]
        results = list(parsed)
        outcomes, complaint = self._stated()
        kinds: dict[TestOutcome, tuple[type[Result], ...]] = {
            # a run that was repeated and has no result of its own in the end did not pass
            TestOutcome.ERROR: (Error, xunit2.RerunError),
            TestOutcome.FAILED: (Failure, xunit2.RerunFailure),
            TestOutcome.SKIPPED: (Skipped,),
            TestOutcome.PASSED: (xunit2.FlakyFailure, xunit2.FlakyError),
        }
        found = {outcome: [r for r in results if isinstance(r, kind)] for outcome, kind in kinds.items()}
        outcomes.update(outcome for outcome, those in found.items() if those)
        outcome = min(outcomes, key=_WORST_FIRST.index)
        failed = outcome in (TestOutcome.ERROR, TestOutcome.FAILED)
        return Ending(
            outcome=outcome,
            message=_message(found[outcome]) or complaint,
            flaky=outcome is TestOutcome.PASSED and (bool(found[outcome]) or self._says("flaky")),
            reruns=self._interim,
            shown=max(self._failing, int(failed)),
        )

    def _stated(self) -> tuple[set[TestOutcome], str]:
        """What the attributes say, and a remark when they are not understood."""
        outcomes = {TestOutcome.PASSED}
        words: list[str] = []
        for name in ("status", "result"):
            text = self._attributes.get(name, "").strip()
            word = f"{name}={shortened(text, 40)!r}"
            stated = STATUSES.get(text.lower())
            if stated is None:
                return {TestOutcome.ERROR}, f"has {word}, which is not known as passed"
            outcomes.add(stated)
            words += [word] if text else []
        return outcomes, "" if outcomes == {TestOutcome.PASSED} else " ".join(words)

    def _says(self, word: str) -> bool:
        return any(self._attributes.get(name, "").strip().lower() == word for name in ("status", "result"))


def _message(results: Sequence[Result]) -> str:
    for result in results:
        for text in (result.message, result.text, result.type):
            if text and text.strip():
                return shortened(text.strip(), LONGEST_TEXT)
    return ""


def stated_to_pass(attributes: Mapping[str, str]) -> bool:
    """Whether nothing in the attributes of a case keeps it from plainly passing."""
    for name in ("status", "result"):
        text = attributes.get(name)
        if text is not None:
            word = text.strip().lower()
            if word == "flaky" or STATUSES.get(word) is not TestOutcome.PASSED:
                return False
    return True
