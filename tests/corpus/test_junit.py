"""JUnit reports of real projects: what we count is what is in them, or we refuse them."""

from __future__ import annotations

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import OpenReport
from gatepass.evidence.tests.junit import FORMAT
from support import corpus

pytestmark = corpus.needs_corpus

EMPTY = "names no test"
# each with what is refused and why that is right
REFUSED = {
    # its root is <suites>, which nobody but its example writes
    "EnricoMi+publish-unit-test-result-action__non-junit.xml": "its root is <suites>",
    # <testsuites2> is opened and </testsuites> closed
    "chainloop-dev+chainloop__junit-invalid.xml": "its root is <testsuites2>",
    # Jest found no test: nothing was tested, which is no pass
    "dorny+test-reporter__empty_jest-junit.xml": EMPTY,
    # PHPUnit found no test
    "dorny+test-reporter__phpunit-empty.xml": EMPTY,
    # no XML at all
    "jenkinsci+junit-plugin__testXxe-oob.xml": "not well-formed",
    # wants a file of the reading machine by an entity
    "jenkinsci+junit-plugin__testXxe-xxe.xml": "declares the entity",
    # ends in the middle of a CDATA section
    "mikepenz+action-junit-report__TEST-test.CorruptTest.xml": "not well-formed",
    # a raw < in an attribute: every strict parser refuses it
    "mikepenz+action-junit-report__expectedRetries.xml": "not well-formed",
}
# each with our counts (passed, failed, skipped, errors) where the truth counts `testcase` elements only
DIFFERENT = {
    # its one suite names no case and claims one failure: the attributes are the only source
    "jenkinsci+coverage-model__empty.xml": (0, 1, 0, 0),
    # one suite among 108 names no case and claims one failure, which no case explains
    "jenkinsci+junit-plugin__junit-report-1472.xml": (2652, 2, 0, 0),
    # one suite has its <error> beside its cases: it could not be set up, which is no pass
    "jenkinsci+junit-plugin__junit-report-nested-testsuites.xml": (2, 0, 0, 1),
}
# more failures claimed than the cases show: rules fail closed on these
UNEXPLAINED = {
    # claims one failure, has none
    "weiwei+junitparser__no_fails.xml": 1,
    # claims a failure and two errors, has a failure and an error
    "mikepenz+action-junit-report__flaky_with_classname_file.xml": 1,
}


def rows(*, readable: bool) -> list[corpus.Row]:
    return [row for row in corpus.rows("junit") if (row.path.name not in REFUSED) is readable]


def name(row: corpus.Row) -> str:
    return row.path.name


@pytest.mark.parametrize("row", rows(readable=True), ids=name)
def test_the_counted_cases_are_those_that_the_truth_counts(row):
    counts = read_junit(row).evidence.counts
    ours = (counts.passed, counts.failed, counts.skipped, counts.errored)
    assert ours == DIFFERENT.get(row.path.name, truth(row))


@pytest.mark.parametrize("row", rows(readable=True), ids=name)
def test_flaky_tests_and_claims_without_cases_are_seen(row):
    run = read_junit(row).evidence
    assert run.counts.flaky == row.truth["counted"].get("flakyFailure", 0)
    assert run.unexplained == UNEXPLAINED.get(row.path.name, 0)


@pytest.mark.parametrize(
    "row", [row for row in rows(readable=True) if "EnricoMi expected" in row.truth], ids=name
)
def test_the_counts_are_those_that_another_project_expects(row):
    counts = read_junit(row).evidence.counts
    expected = row.truth["EnricoMi expected"]
    assert (counts.total, counts.passed, counts.skipped, counts.failed, counts.errored) == (
        expected["tests"],
        expected["tests_succ"],
        expected["tests_skip"],
        expected["tests_fail"],
        expected["tests_error"],
    )


@pytest.mark.parametrize("row", rows(readable=False), ids=name)
def test_what_is_empty_or_broken_is_refused(row):
    with pytest.raises(UnreadableEvidence, match=REFUSED[row.path.name]):
        read_junit(row)


def test_the_whole_corpus_was_looked_at():
    assert len(corpus.rows("junit")) == 61


def test_nothing_else_in_the_corpus_is_taken_for_junit():
    files = [path for path in corpus.ROOT.rglob("*") if path.is_file() and path.parent.name != "junit"]
    assert len(files) > 300
    assert [path.name for path in files if recognised(path)] == []


def recognised(path) -> bool:
    with OpenReport(path, path.name) as report:
        return FORMAT.recognises(report.head)


def read_junit(row: corpus.Row):
    with OpenReport(row.path, row.path.name) as report:
        return FORMAT.read(report)


def truth(row: corpus.Row) -> tuple[int, ...]:
    return tuple(row.truth["counted"].get(key, 0) for key in ("passed", "failed", "skipped", "error"))
