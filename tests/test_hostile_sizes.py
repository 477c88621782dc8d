"""What is endless, deep or huge costs neither time nor memory out of proportion."""

from __future__ import annotations

import json
import time

import pytest

from gatepass import globs
from gatepass.errors import PolicyError
from gatepass.evidence._head import Head
from support import gate
from support.gate import failed_and_recorded


def within(seconds, action):
    started = time.monotonic()
    answer = action()
    assert time.monotonic() - started < seconds
    return answer


def test_deep_json_costs_neither_time_nor_memory(read):
    import tracemalloc

    tracemalloc.start()
    within(5, lambda: read(b'{"version":"2.1.0","runs":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000  # recognition alone once took 9.6 GB for these 200 kB


def test_a_string_that_never_ends_is_looked_at_once():
    head = Head(('{"' + '\\"' * 64_000).encode())
    assert within(2, lambda: head.json).shape == "object"


def test_long_keys_do_not_add_up():
    key = "k" * 60_000
    document = json.dumps({key: {f"{n}": 1 for n in range(5000)}})
    assert sum(map(len, Head(document.encode()).json.paths)) < 5_000_000


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("**/**/**/**/*x", "a/" * 20_000 + "b", False),
        ("**/a/**/a/**/a/**/a/**/x", "a/" * 5_000 + "y", False),
        ("**/a/**/a/**/a/**/a/**/x", "a/" * 5_000 + "x", True),
        ("*a*a*a*a*x", "a" * 20_000, False),
        ("*a*a*a*a*x", "a" * 20_000 + "x", True),
        ("**a**a**a**x", "a/" * 10_000, False),
        ("?" * 30 + "*a*" * 8 + "z", "a" * 20_000, False),
    ],
)
def test_no_glob_takes_for_ever(pattern, name, fits):
    assert within(2, lambda: globs.matches(name, pattern)) is fits


def test_short_and_long_names_are_matched_alike():
    patterns = (
        "**/a?/*b*",
        "*a*/b",
        "a**b",
        "**",
        "**/x",
        "[!a]*/**/*a*",
        "src/**",
        "*",
        "**/*.py",
        "[ab][!c]*",
    )
    names = (
        "a",
        "x",
        "ax/b",
        "src/a/b.py",
        "b/ab/bab",
        "aab",
        "a/b",
        "",
        "/",
        "a//b",
        "src/",
        "bd/x/ca",
        "a\nb",
        "./x",
    )
    for pattern in patterns:
        glob = globs._compiled(pattern, False)  # the only way to have both answers for one short name
        for name in names:
            assert glob.automaton.fits(name) == (glob.whole.fullmatch(name) is not None), (pattern, name)


def test_a_class_stays_within_one_part_and_a_broken_one_is_a_mistake():
    assert not globs.matches("a/c", "a[!b]c")
    assert globs.matches("a[c", "a[[]c")
    with pytest.raises(PolicyError, match="is no glob"):
        globs.matches("a", "[z-a]")


@pytest.mark.parametrize(
    "rows",
    [
        "DA:1000000000,1\n",
        "DA:10000000,1\n",
        "DA:-5,0\n",
        "BRDA:4294967296,0,0,1\n",
        "DA:99999999999999999999,1\n",
    ],
)
def test_a_line_number_that_no_file_has_is_never_room_in_memory(read, rows):
    import tracemalloc

    tracemalloc.start()
    _, evidence = read(f"SF:a.py\n{rows}end_of_record\n".encode())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert evidence is None
    assert peak < 20_000_000


def test_many_small_things_are_read_in_time(read):
    suites = '<testsuite name="a"><testcase name="b"/></testsuite>' * 50_000
    _, tests = within(10, lambda: read(f"<testsuites>{suites}</testsuites>".encode()))
    assert tests is not None
    files = "".join(f"SF:{n}\nDA:1,1\nend_of_record\n" for n in range(50_000))
    _, coverage = within(10, lambda: read(files.encode()))
    assert len(coverage.files) == 50_000
    location = {"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 3}}}
    result = {"ruleId": "R", "level": "error", "message": {"text": "m"}, "locations": [location] * 50_000}
    driver, more = {"driver": {"name": "t"}}, {str(n): 1 for n in range(200_000)}
    run = {"tool": driver, "results": [result], "properties": more}
    _, scan = within(10, lambda: read(json.dumps({"version": "2.1.0", "runs": [run]}).encode()))
    assert len(scan.results) == 1


def test_ten_megabytes_in_one_line_are_read_and_shown_shortened(workspace):
    result = {"ruleId": "R", "level": "error", "message": {"text": "m" * 10_000_000}}
    sarif = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]}
    workspace.write({"a.sarif": json.dumps(sarif)})
    rule = gate.a_policy("check: findings\n    maximum-by-level: {error: 0}")
    written = failed_and_recorded(workspace, within(10, lambda: workspace.judge(rule, "a.sarif")))
    assert all(len(text) < 50_000 for text in written.values())
