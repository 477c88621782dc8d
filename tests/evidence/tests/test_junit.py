"""What of the JUnit reader no single fixture can show: generated reports, hostile bytes, size."""

from __future__ import annotations

import tempfile
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import OpenReport, Reading
from gatepass.evidence.tests.junit import FORMAT
from gatepass.model.tests import TestCounts, TestOutcome, TestRun

RESULTS = {
    "passed": "",
    "failed": "<failure message='no'/>",
    "errored": "<error>broke</error>",
    "skipped": "<skipped/>",
    "flaky": "<flakyFailure message='once'/>",
}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"))
CASE = st.tuples(TEXT, st.sampled_from(sorted(RESULTS)))
SUITE = st.recursive(
    st.tuples(TEXT, st.lists(CASE, max_size=4), st.just([])),
    lambda inner: st.tuples(TEXT, st.lists(CASE, max_size=4), st.lists(inner, max_size=3)),
    max_leaves=6,
)


def read(data: bytes) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_bytes(data)
        with OpenReport(path, path.name) as report:
            reading = FORMAT.read(report)
            report.finish()
            return reading


def run_of(text: str) -> TestRun:
    evidence = read(text.encode()).evidence
    assert isinstance(evidence, TestRun)
    return evidence


def written(suite) -> str:
    name, cases, inner = suite
    inside = "".join(
        f"<testcase name={quoteattr(case)}>{RESULTS[result]}</testcase>" for case, result in cases
    )
    return f"<testsuite name={quoteattr(name)}>{inside}{''.join(map(written, inner))}</testsuite>"


def results(suite) -> list[str]:
    _, cases, inner = suite
    return [result for _, result in cases] + [each for one in inner for each in results(one)]


@settings(deadline=None, max_examples=60)
@given(st.lists(SUITE, max_size=4))
def test_a_generated_report_is_counted_as_it_was_written(suites):
    text = f"<testsuites>{''.join(map(written, suites))}</testsuites>"
    expected = [result for suite in suites for result in results(suite)]
    if not expected:
        with pytest.raises(UnreadableEvidence, match="names no test"):
            run_of(text)
        return
    run = run_of(text)
    assert run.counts == TestCounts(
        passed=expected.count("passed") + expected.count("flaky"),
        failed=expected.count("failed"),
        errored=expected.count("errored"),
        skipped=expected.count("skipped"),
        flaky=expected.count("flaky"),
    )
    assert len(run.not_passed) == len(expected) - expected.count("passed")
    assert run.unexplained == 0


SCRAPS = [
    b"<testsuites>",
    b"</testsuites>",
    b"<testsuite tests='1' failures='",
    b"<testsuite>",
    b"</testsuite>",
    b"'>",
    b"<testcase name='a'>",
    b"</testcase>",
    b"<testcase/>",
    b"<failure>",
    b"</failure>",
    b"<error message='&#1;'/>",
    b"<skipped/>",
    b"]]>",
    b"<![CDATA[",
    b"&amp;",
    b"&x;",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
    b"\xff\xfe",
    b"\x00",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<?xml version='1.0' encoding='shift_jis'?>",
    b"\xed\xa0\x80",
    b"9",
]


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.binary(), st.lists(st.sampled_from(SCRAPS), max_size=12).map(b"".join)))
def test_whatever_the_bytes_there_is_a_reading_or_a_refusal(data):
    try:
        reading = read(data)
    except UnreadableEvidence as refusal:
        assert refusal.message
    else:
        assert isinstance(reading.evidence, TestRun)
        assert reading.evidence.counts.total > 0


@settings(deadline=None, max_examples=60)
@given(st.integers(min_value=1, max_value=330))
def test_a_report_that_is_cut_off_anywhere_is_refused(length):
    whole = (
        "<?xml version='1.0'?><testsuites><testsuite name='a' tests='2' failures='1'>"
        "<testcase name='a' time='1'><system-out>log</system-out></testcase>"
        "<testcase name='b'><failure message='no'><![CDATA[trace]]></failure></testcase>"
        "</testsuite><testsuite name='b'><testcase name='c'/><testcase name='d'/><properties/></testsuite>"
        "</testsuites>"
    )
    assert run_of(whole).counts.total == 4
    with pytest.raises(UnreadableEvidence):
        run_of(whole[: min(length, len(whole) - 1)])


def test_text_outside_of_results_is_not_kept():
    log = "2026-11-20 a line of a long log\n" * 300_000
    data = (
        f"<testsuite><testcase name='a'><failure message='no'>{log}</failure><system-out>{log}</system-out>"
        f"</testcase><system-err>{log}</system-err></testsuite>"
    ).encode()
    assert len(data) > 25_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_bytes(data)
        with OpenReport(path, path.name) as report:
            tracemalloc.start()
            run = FORMAT.read(report).evidence
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert run.counts == TestCounts(failed=1)
    assert run.not_passed[0].message == "no"
    assert peak < 12_000_000


def test_messages_and_names_are_cut_to_a_length():
    run = run_of(
        f"<testsuite name='{'s' * 5000}'><testcase name='{'n' * 5000}'>"
        f"<failure>{'m' * 50_000}</failure></testcase>"
        f"<testcase name='b'><failure message='{'m' * 5000}'/></testcase></testsuite>"
    )
    first, second = run.not_passed
    assert {len(first.suite), len(first.name), len(first.message), len(second.message)} == {1000}


def test_more_failures_than_are_listed_are_still_counted():
    case = "<testcase name='x{}'><failure/></testcase>"
    run = run_of(f"<testsuite>{''.join(case.format(n) for n in range(10_030))}</testsuite>")
    assert run.counts.failed == 10_030
    assert len(run.not_passed) == 10_000
    assert run.omitted == 30


def test_failures_are_listed_before_skipped_tests_when_there_is_not_room_for_all():
    skipped = "<testcase name='s{}'><skipped/></testcase>"
    text = f"{''.join(skipped.format(n) for n in range(10_010))}<testcase name='last'><failure/></testcase>"
    run = run_of(f"<testsuite>{text}</testsuite>")
    assert len(run.not_passed) == 10_000
    assert run.not_passed[-1].name == "last"
    assert run.omitted == 11


def test_a_case_with_very_many_results_keeps_the_worst_of_them():
    run = run_of(
        f"<testsuite><testcase name='a'>{'<skipped/>' * 5000}<error message='late'/></testcase></testsuite>"
    )
    assert run.counts == TestCounts(errored=1)
    assert run.not_passed[0].message == "late"


def test_very_many_suites_are_counted_but_not_all_listed():
    suite = "<testsuite name='s{}'><testcase name='a'/></testsuite>"
    reading = read(f"<testsuites>{''.join(suite.format(n) for n in range(10_005))}</testsuites>".encode())
    assert reading.evidence.counts.passed == 10_005
    assert len(reading.evidence.suites) == 10_000
    assert reading.notes == ("only the first 10,000 suites are listed",)


@pytest.mark.parametrize("status", ["run", "PASSED", " completed ", "success", ""])
def test_a_status_that_says_passed_is_a_pass(status):
    assert run_of(f"<testsuite><testcase name='a' status='{status}'/></testsuite>").counts == TestCounts(1)


@pytest.mark.parametrize("status", ["timeout", "aborted", "unknown", "0", "passed?"])
def test_a_status_that_nobody_knows_is_no_pass(status):
    run = run_of(f"<testsuite><testcase name='a' result='{status}'/></testsuite>")
    assert run.counts == TestCounts(errored=1)
    assert run.not_passed[0].outcome is TestOutcome.ERROR


@pytest.mark.parametrize("result", ["Failure", "FAILURE", "j:failure"])
def test_a_result_counts_however_it_is_spelt(result):
    run = run_of(f"<testsuite xmlns:j='x'><testcase name='a'><{result}/></testcase></testsuite>")
    assert run.counts == TestCounts(failed=1)
