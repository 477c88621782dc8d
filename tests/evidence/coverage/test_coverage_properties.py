"""What holds of the coverage formats for any report: they read back what was written, and refuse the rest."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import OpenReport, Reading
from gatepass.model.coverage import FileCoverage, Ratio, bit_set
from support.evidence import formats

OURS = ("cobertura", "coverage-py", "jacoco", "lcov")

names = st.text("abcdefghij/._-é ", min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and not name.startswith("./")
)
line_hits = st.dictionaries(st.integers(1, 5000), st.integers(0, 3), min_size=1, max_size=40)
branch_counts = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda two: (min(two), max(two)))
measured = st.dictionaries(
    names,
    st.tuples(line_hits, st.dictionaries(st.integers(1, 5000), branch_counts, max_size=5)),
    min_size=1,
    max_size=4,
)


def read(data: bytes, name: str) -> Reading:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        path.write_bytes(data)
        with OpenReport(path, "report") as report:
            assert formats()[name].recognises(report.head)
            return formats()[name].read(report)


def as_lcov(files) -> str:
    rows = []
    for path, (lines, branches) in files.items():
        rows += ["TN:", f"SF:{path}", *(f"DA:{line},{hits}" for line, hits in lines.items())]
        for line, (covered, total) in branches.items():
            rows += [f"BRDA:{line},0,{number},{int(number < covered)}" for number in range(total)]
        rows.append("end_of_record")
    return "\n".join(rows) + "\n"


def as_cobertura(files) -> str:
    rows = ['<coverage line-rate="0"><packages><package name="p"><classes>']
    for path, (lines, branches) in files.items():
        rows.append(f'<class name="c" filename={quoteattr(path)}><methods/><lines>')
        for line, hits in lines.items():
            covered, total = branches.get(line, (0, 0))
            counts = f' branch="true" condition-coverage="0% ({covered}/{total})"' if total else ""
            rows.append(f'<line number="{line}" hits="{hits}"{counts}/>')
        rows.append("</lines></class>")
    return "\n".join([*rows, "</classes></package></packages></coverage>"])


def expected(files):
    return {
        path: (bit_set(list(lines)), bit_set([line for line, hits in lines.items() if hits]))
        for path, (lines, _) in files.items()
    }


def expected_branches(files):
    counts = [count for _, branches in files.values() for count in branches.values()]
    return sum(covered for covered, _ in counts), sum(total for _, total in counts)


@settings(max_examples=60, deadline=None)
@given(measured)
def test_what_is_written_as_lcov_is_read_back(files):
    coverage = read(as_lcov(files).encode(), "lcov").evidence
    assert {file.path: (file.coverable, file.hit) for file in coverage.files} == expected(files)
    assert (coverage.branches.covered, coverage.branches.total) == expected_branches(files)
    assert coverage.skipped_rows == 0


@settings(max_examples=60, deadline=None)
@given(measured)
def test_what_is_written_as_cobertura_is_read_back(files):
    files = {
        path: (lines, {line: count for line, count in branches.items() if line in lines})
        for path, (lines, branches) in files.items()
    }
    coverage = read(as_cobertura(files).encode(), "cobertura").evidence
    assert {file.path: (file.coverable, file.hit) for file in coverage.files} == expected(files)
    assert (coverage.branches.covered, coverage.branches.total) == expected_branches(files)


@settings(max_examples=40, deadline=None)
@given(measured, st.randoms(use_true_random=False))
def test_a_file_in_several_records_is_the_union_of_them(files, random):
    parts = [as_lcov(files), as_lcov(files)]
    random.shuffle(parts)
    once, twice = (read(text.encode(), "lcov").evidence for text in (parts[0], "".join(parts)))
    assert once.files == twice.files


@given(st.sets(st.integers(1, 300)), st.sets(st.integers(1, 300)))
def test_bit_sets_and_missed_ranges_say_what_lists_of_lines_say(coverable, run):
    file = FileCoverage("a", bit_set(list(coverable)), bit_set(list(run)))
    assert file.lines == Ratio(len(coverable & run), len(coverable))
    missed = [line for first, last in file.missed for line in range(first, last + 1)]
    assert missed == sorted(coverable - run)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(file.missed))


def test_ranges_of_a_hostile_file_are_found_in_time_linear_to_its_last_line():
    every_other = bit_set(list(range(1, 2_000_000, 2)))
    assert len(FileCoverage("a", every_other).missed) == 1_000_000


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_report_is_read_or_refused_and_nothing_else_happens(name, data):
    good = sorted(
        path
        for path in (Path(__file__).parent / name / "good").iterdir()
        if not path.name.endswith(".expected.json")
    )
    content = bytearray(data.draw(st.sampled_from(good)).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        if not content:
            break
    read_or_refused(bytes(content), name)


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_reason(name, content):
    beginning = {"lcov": b"TN:\nSF:a\n", "coverage-py": b'{"files":'}.get(name, b"<coverage>")
    for data in (content, beginning + content):
        read_or_refused(data, name)


def read_or_refused(data: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report"
        path.write_bytes(data)
        with OpenReport(path, "report") as report:
            formats()[name].recognises(report.head)
            try:
                coverage = formats()[name].read(report).evidence
            except UnreadableEvidence as refused:
                assert refused.message
                return
    assert coverage.lines.total > 0
    for ratio in (coverage.lines, coverage.branches, coverage.functions):
        assert 0 <= ratio.covered <= ratio.total


@pytest.mark.parametrize("position", ["first", "last"])
def test_sorted_keys_of_a_long_coverage_py_report_do_not_hide_what_it_is(position):
    lines = list(range(1, 400))
    entry = {
        "executed_lines": lines,
        "missing_lines": [],
        "summary": {"covered_lines": len(lines), "num_statements": len(lines)},
    }
    files = {f"src/module_{number}.py": entry for number in range(120)}
    meta = {"version": "7.17.3", "branch_coverage": False}
    document = {"meta": meta, "files": files} if position == "first" else {"files": files, "meta": meta}
    data = json.dumps(document).encode()
    assert len(data) > 200_000
    assert read(data, "coverage-py").evidence.lines.total == 120 * 399


def test_a_class_of_very_many_lines_is_read_in_parts():
    rows = "".join(f'<line number="{line}" hits="{line % 2}"/>\n' for line in range(1, 260_001))
    text = (
        '<coverage line-rate="0.5"><packages><package name="p"><classes><class name="c" filename="a.c">'
        f"<methods/><lines>{rows}</lines></class></classes></package></packages></coverage>"
    )
    coverage = read(text.encode(), "cobertura").evidence
    assert (coverage.lines.covered, coverage.lines.total) == (130_000, 260_000)
    assert len(coverage.files) == 1
