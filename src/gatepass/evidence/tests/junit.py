"""JUnit XML: what pytest, Surefire, Gradle, Jest, PHPUnit, GoogleTest, gotestsum and many more write.

There is no standard, only a family. https://github.com/testmoapp/junitxml describes it; Surefire's
schema is https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd,
GoogleTest's variant https://google.github.io/googletest/advanced.html#generating-an-xml-report.

Cases are counted, never taken from the attributes of a suite: those are wrong in many real reports.
They are a cross-check, and the only source for a suite that names no case.
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._open import OpenReport
from gatepass.evidence._xml import stream_xml
from gatepass.evidence.tests._attributes import Claim
from gatepass.evidence.tests._stream import MOST_SUITES, JUnitStream
from gatepass.model.source import ProblemCode
from gatepass.model.tests import TestCounts, TestRun

_ROOTS = ("testsuites", "testsuite")
# what producers call the outermost or the first suite when they are not told otherwise
_PRODUCERS = {
    "pytest tests": "pytest",
    "pytest": "pytest",
    "jest tests": "Jest",
    "vitest tests": "Vitest",
    "Mocha Tests": "Mocha",
    "AllTests": "GoogleTest",
}


def _recognises(head: Head) -> bool:
    return head.xml is not None and head.xml.root in _ROOTS


def _read(report: OpenReport) -> Reading:
    stream = JUnitStream()
    stream_xml(report, stream.attach)
    root = stream.root
    if root.total == 0:
        raise UnreadableEvidence(
            "names no test; did the run stop before its first test?", code=ProblemCode.EMPTY.value
        )
    names = stream.names.contradictions()
    run = TestRun(
        source=report.source,
        counts=root.counts,
        suites=tuple(stream.suites),
        not_passed=stream.not_passed(names),
        omitted=stream.omitted,
        claimed=_claimed(stream),
        unexplained=root.unexplained,
        duration=root.duration,
        repeated_names=len(names.keys),
    )
    return Reading(run, producer=_producer(stream), created=stream.created, notes=tuple(_notes(stream, run)))


def _claimed(stream: JUnitStream) -> TestCounts | None:
    claim = _summary(stream)
    return claim.counts if claim else None


def _summary(stream: JUnitStream) -> Claim | None:
    """What the report says of itself as a whole: at its root, else the sum of its outermost suites."""
    claims = (stream.root.claim, *stream.top_claims)
    return next((each for each in claims if each and (each.tests is not None or each.bad)), None)


def _producer(stream: JUnitStream) -> str | None:
    for attributes in (stream.root_attributes, stream.first_suite):
        if any("surefire-test-report" in value for value in attributes.values()):
            return "Maven Surefire"
        if attributes.get("name") in _PRODUCERS:
            return _PRODUCERS[attributes["name"]]
    return None


def _notes(stream: JUnitStream, run: TestRun) -> list[str]:
    notes: list[str] = []
    claim = _summary(stream)
    if claim and claim.tests is not None and claim.tests != run.counts.total:
        notes.append(f"its summary claims {claim.tests:,} tests, its cases are {run.counts.total:,}")
    if run.unexplained:
        notes.append(f"its summary claims {run.unexplained:,} more failures or errors than its cases show")
    if stream.root.claimed_only:
        notes.append(
            f"suites that name no test, of which the claims are counted: {stream.root.claimed_only:,}"
        )
    if run.repeated_names:
        notes.append(f"names that passed in one case and failed in another: {run.repeated_names:,}")
    if run.omitted:
        notes.append(f"{run.omitted:,} more tests that did not plainly pass are counted but not listed")
    if stream.suites.dropped:
        notes.append(f"only the first {MOST_SUITES:,} suites are listed")
    return notes


FORMAT = Format(
    name="junit",
    title="JUnit XML",
    kind=TestRun.KIND,
    recognises=_recognises,
    read=_read,
    page="https://github.com/testmoapp/junitxml",
)
