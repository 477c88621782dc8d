from __future__ import annotations

import re

import pytest

from gatepass.model.decision import RuleResult
from gatepass.model.place import Place
from gatepass.model.source import Problem, ProblemCode
from gatepass.reports.markdown import MAXIMUM, REPORT, SHORTENED
from reports.decisions import CONTEXT, NOW, decision, finding, green, hostile, picture, report, rule

ATTACKS = [
    "![x](http://evil.example/x.png)",
    "[click](http://evil.example)",
    "http://evil.example www.evil.example mail@evil.example",
    "<img src=x onerror=alert(1)>",
    "</code></summary></details><h1>PASSED",
    "`a` ``b`` ```c```",
    "**bold** _it_ ~~no~~ # head",
    "| a | b |\n|---|---|",
    "&lt;script&gt; &#60;b&#62;",
    "\n\n# PASSED\n\n- x",
    "$x^2$ \\(y\\)",
]


def parsed(text):
    """All tokens of the report as a CommonMark reader with tables sees them."""
    reader = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed").MarkdownIt(
        "commonmark"
    )
    tokens = reader.enable("table").parse(text)
    return [each for token in tokens for each in (token, *(token.children or ()))]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_text_makes_no_structure(attack):
    clean, hurt = (parsed(REPORT.render(hostile(text), CONTEXT)) for text in ("clean", attack))
    assert shape(hurt) == shape(clean)
    assert not [t for t in hurt if t.type in ("link_open", "image", "code_inline", "fence")]
    html = {t.content.strip() for t in hurt if t.type == "html_inline"}
    assert html <= {"<code>", "</code>", "<br>"}


def shape(tokens):
    """The types of tokens; runs of text are one."""
    types = ["text" if t.type in ("text", "text_special") else t.type for t in tokens]
    return [each for at, each in enumerate(types) if each != "text" or types[at - 1 : at] != ["text"]]


@pytest.mark.parametrize("attack", ["\n".join(ATTACKS), *ATTACKS])
def test_a_hostile_text_is_shown_as_it_was_written(attack):
    scan = rule("scan")
    result = RuleResult(scan, NOW, "x", (finding(scan, attack, Place("a.py", 1)),))
    cells = [t.children for t in parsed(REPORT.render(decision(result), CONTEXT)) if t.type == "inline"]
    texts = ["".join(c.content for c in children or () if c.type != "html_inline") for children in cells]
    shown = re.sub(r"\s+", " ", attack.replace("\n", "\\n"))
    assert shown[:380].strip() in [text.replace("\u200b", "")[:380] for text in texts]


@pytest.mark.parametrize("sign", ["@alice", "#12", "!7", "~bug", "GH-12", "%v1", ":tada:", "[issue:1]"])
def test_a_hostile_text_mentions_nobody_and_nothing(sign):
    scan = rule("scan")
    result = RuleResult(scan, NOW, sign, (finding(scan, sign, Place(sign, 1)),))
    shown = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), REPORT.render(decision(result), CONTEXT))
    assert sign not in shown
    assert sign in shown.replace("\u200b", "")


def test_passed_rules_are_the_first_to_be_left_out_and_it_is_said():
    passed = [RuleResult(rule(f"rule-{at}"), NOW, "it is fine " * 30) for at in range(400)]
    scan = rule("scan")
    blocks = RuleResult(scan, NOW, "1 finding", (finding(scan, "the one that matters", Place("a.py", 1)),))
    text = REPORT.render(decision(*passed, blocks), CONTEXT)
    assert len(text) <= MAXIMUM
    assert "the one that matters" in text
    assert "✅ 400 passed (left out here)" in text
    assert SHORTENED in text
    assert SHORTENED not in REPORT.render(picture(), CONTEXT)


def test_findings_without_end_fit_and_the_rest_is_counted():
    scan = rule("scan")
    found = tuple(
        finding(scan, f"{at} " + "<&" * 400, Place("a<b" * 90, at + 1), details=("&" * 400,) * 20)
        for at in range(3000)
    )
    text = REPORT.render(decision(RuleResult(scan, NOW, "3000 findings", found)), CONTEXT)
    assert len(text) <= MAXIMUM
    assert re.search(r"… and 2,9\d\d more", text)
    assert "1 rule: 1 failed" in text


def test_rules_without_end_fit_and_the_rest_is_counted():
    results = []
    for at in range(800):
        scan = rule(f"rule-{at}", fix="<" * 300)
        results.append(RuleResult(scan, NOW, "<" * 400, (finding(scan, "<" * 900, Place("<" * 300, 1)),)))
    sources = tuple(
        report(f"{at}" + "<" * 300, problem=Problem(ProblemCode.EMPTY, "<" * 900)) for at in range(300)
    )
    text = REPORT.render(decision(*results, sources=sources), CONTEXT)
    assert len(text) <= MAXIMUM
    assert re.search(r"… and 7\d\d rules more that did not simply pass", text)
    assert "800 rules: 800 failed" in text
    assert "300 reports not used" in text
    assert text.count("<details>") == text.count("</details>")


def test_a_pass_is_short():
    assert REPORT.render(green(), CONTEXT).startswith("## ✅ gatepass PASSED\n")
