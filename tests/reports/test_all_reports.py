"""What holds for every report: nothing disappears, nothing hostile gets through, same input, same bytes."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatepass import seam
from gatepass.model.decision import Outcome
from gatepass.model.override import OverrideStatus
from gatepass.model.source import ProblemCode
from gatepass.reports import Report
from reports import decisions

REPORTS = seam.members("gatepass.reports", Report)
FOR_PEOPLE = ("text", "markdown")
# how each is said to people; the JSON report has the values themselves
SAID = {
    Outcome.FAIL: "3 failed",
    Outcome.ERROR: "1 in error (evidence missing)",
    Outcome.WARN: "5 warns",
    Outcome.OVERRIDDEN: "1 overridden",
    Outcome.PASS: "5 passed",
    Outcome.NOT_APPLICABLE: "2 not applicable",
}
ODD = st.text(
    st.one_of(
        st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "So", "Lo")),
        st.sampled_from("<>&|`*_[]()!#@~$\\\"':/-✓✗ \n\r\t\x1b\x00\u202e\u2066\u200b\ud800abc1."),
    ),
    max_size=30,
)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_ends_in_one_line_feed_and_is_the_same_every_time(name):
    for make in (decisions.picture, decisions.everything, decisions.green, decisions.nothing_judged):
        text = REPORTS[name].render(make(), decisions.CONTEXT)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert text == REPORTS[name].render(make(), decisions.CONTEXT)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_said_in_every_report_for_people_and_in_json(outcome):
    decision = decisions.everything()
    assert decision.by_outcome(outcome)
    assert SAID[outcome] in flat("text", decision)
    assert SAID[outcome] in flat("markdown", decision)
    document = json.loads(REPORTS["json"].render(decision, decisions.CONTEXT))
    assert document["counts"][outcome.value] == len(decision.by_outcome(outcome))
    assert outcome.value in {rule["outcome"] for rule in document["rules"]}


@pytest.mark.parametrize("status", OverrideStatus)
def test_every_status_of_an_override_is_said(status):
    decision = decisions.everything()
    for name in FOR_PEOPLE:
        assert f"1 {status.value.replace('-', ' ')}" in flat(name, decision)
        if status is not OverrideStatus.IN_FORCE:
            assert f"because {status.value}" in flat(name, decision)
    document = json.loads(REPORTS["json"].render(decision, decisions.CONTEXT))
    assert status.value in {each["status"] for each in document["overrides"]}
    if status is not OverrideStatus.IN_FORCE:
        assert f"because {status.value}" in REPORTS["sarif"].render(decision, decisions.CONTEXT)


def test_an_override_that_expires_soon_is_warned_about_in_every_report():
    decision = decisions.picture()
    said = "OVR-2026-014 for rule licences expires soon: it holds until 2026-12-01 (9 days)"
    for name in FOR_PEOPLE:
        assert said in flat(name, decision)
    assert said in REPORTS["sarif"].render(decision, decisions.CONTEXT)
    [used] = json.loads(REPORTS["json"].render(decision, decisions.CONTEXT))["overrides"]
    assert used["expiresSoon"] is True


@pytest.mark.parametrize("code", ProblemCode)
def test_every_reason_why_a_report_does_not_count_is_said(code):
    decision = decisions.everything()
    for name in FOR_PEOPLE:
        assert f"bad/{code.value}.xml:3:7: it is {code.value} ({code.value})" in flat(name, decision)
    for name in ("json", "sarif", "sarif-github"):
        assert f"bad/{code.value}.xml:3:7: it is {code.value} ({code.value})" in REPORTS[name].render(
            decision, decisions.CONTEXT
        )


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_every_rule_and_every_source_that_does_not_count_is_named(name):
    decision = decisions.everything()
    text = flat(name, decision)
    assert [r.rule.id for r in decision.results if r.rule.id not in text] == []
    assert "copy.sarif: the same bytes as scan.sarif" in text
    assert "spare.json: no rule needs it" in text
    assert "its summary claims 13 results, it holds 14" in text


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_a_relaxed_run_an_unsigned_record_and_a_pass_by_override_are_said_loudly(name):
    decision = decisions.everything()
    text = flat(name, decision)
    for word in ("UNSIGNED", "NOT NOW", "EXIT ZERO"):
        assert word in text
    unsigned = replace(decisions.CONTEXT, record=replace(decisions.RECORD, keyid=None))
    assert "UNSIGNED" in REPORTS[name].render(decisions.green(), unsigned)
    assert "UNSIGNED" not in REPORTS[name].render(decisions.green(), decisions.CONTEXT)
    passed = replace(decisions.green(), results=decisions.picture().by_outcome(Outcome.OVERRIDDEN))
    assert "OVERRIDDEN" in REPORTS[name].render(passed, decisions.CONTEXT)
    assert "OVERRIDDEN" not in REPORTS[name].render(decisions.green(), decisions.CONTEXT)


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_a_decision_in_which_nothing_was_judged_says_so_and_fails(name):
    text = flat(name, decisions.nothing_judged())
    assert "FAILED" in text
    assert "nothing was judged" in text
    assert "the branch is not main" in text


@settings(max_examples=60, deadline=None)
@given(ODD, st.integers(min_value=20, max_value=140), st.booleans())
@example("a\n✓ 5 passed\ngatepass  PASSED", 110, False)
@example("\x1b[2J\x1b[32m✓ all fine\x1b[0m", 80, True)
@example("\u202egnihton\u2066\u200b\ud800", 60, False)
@example("\u302a", 20, False)
def test_no_text_of_a_report_steers_a_terminal_or_leaves_the_page(text, width, verbose):
    context = replace(decisions.CONTEXT, width=width, verbose=verbose)
    output = REPORTS["text"].render(decisions.hostile(text), context)
    assert unseen(output) == []
    assert max(map(columns, output.splitlines())) <= max(width, 40)
    output.encode()


@settings(max_examples=60, deadline=None)
@given(ODD)
@example("</details><script>alert(1)</script>")
@example("| a | b |\n|---|---|\n```")
def test_no_text_of_a_report_writes_html_or_an_unseen_character_into_markdown(text):
    output = REPORTS["markdown"].render(decisions.hostile(text), decisions.CONTEXT)
    assert unseen(output) == []
    ours = re.sub(r"</?(?:details|summary|code)>|<br>", "", output)
    assert "<" not in ours
    assert output.count("<details>") == output.count("</details>") == output.count("<summary>")
    output.encode()


@settings(max_examples=30, deadline=None)
@given(ODD)
def test_hostile_texts_stay_data_in_the_reports_for_machines(text):
    for name in ("json", "sarif", "sarif-github"):
        output = REPORTS[name].render(decisions.hostile(text), decisions.CONTEXT)
        assert output.isascii()
        assert re.search(r"[\x00-\x09\x0b-\x1f\x7f]", output) is None
        again = json.dumps(json.loads(output), ensure_ascii=False)
        again.encode()  # holds no lone surrogate


COMMANDS = re.compile(r"^\s*::|##(?:vso|teamcity)?\[", re.MULTILINE)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "text",
    [
        "::error file=a.py::gatepass PASSED",
        "##vso[task.setvariable variable=x]y",
        "##[add-mask]passed",
        "###vso[a] #" * 3,
        "#####[group]",
        "##teamcity[x]",
        "x " * 8 + "::set-env name=a::b " * 20,
    ],
)
def test_no_text_of_a_report_commands_the_ci_runner_that_reads_the_log(name, text):
    for width in range(40, 60):
        output = REPORTS[name].render(decisions.hostile(text), replace(decisions.CONTEXT, width=width))
        assert COMMANDS.search(output) is None
    if "json" in name or "sarif" in name:
        assert text in json.dumps(json.loads(output))


@pytest.mark.parametrize("name", REPORTS)
def test_a_decision_without_policies_and_rules_is_a_failure_in_every_report(name):
    empty = replace(decisions.green(), policies=(), results=(), sources=())
    output = REPORTS[name].render(empty, decisions.CONTEXT)
    assert "FAILED" in output
    assert "PASSED" not in output


def flat(name, decision):
    """The report on one line, the wrapping undone, entities read."""
    text = re.sub(r"\s+", " ", REPORTS[name].render(decision, decisions.CONTEXT))
    return re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), text).replace("\u200b", "")


def unseen(text):
    return [
        c
        for c in text
        if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\ufe0f"
    ]


def columns(line):
    drawn = [c for c in line if unicodedata.category(c) not in ("Mn", "Me")]
    return len(drawn) + sum(unicodedata.east_asian_width(c) in "WF" for c in drawn)
