"""The comment on a change request: the newest word, nothing hidden, nothing that a stranger could steer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gatepass.errors import VerificationError
from gatepass.model.build import Build, ChangeRequest, Run
from gatepass.model.decision import Verdict
from gatepass.posting._comment import MAXIMUM, SPANS, Dialect, comment, is_ours, last
from gatepass.posting._news import News, Rule, news

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
BUILD = Build(
    "github",
    "acme/payments",
    HEAD,
    change_request=ChangeRequest("482", head=HEAD),
    run=Run(url="https://git.acme.example/runs/7"),
)
COVERAGE = Rule("p/coverage", "fail", "lines 36.3 % of 80", 4, ("a.py 36 %", "b.py 2 %"), ("add tests",))
TESTS = Rule("p/tests", "pass", "2 run")


def failed(*rules, **more):
    return News("gatepass", BUILD, Verdict.FAILED, (*rules, TESTS), digest="ab" * 32, **more)


def passed(*rules, **more):
    return News("gatepass", BUILD, Verdict.PASSED, (*rules, TESTS), digest="ab" * 32, **more)


def test_it_says_the_verdict_first_then_what_blocks_and_how_to_mend_it():
    text = comment(failed(COVERAGE), None)
    assert text.startswith("## ❌ gatepass FAILED\n")
    order = [
        "9fceb02d0ae5",
        "p/coverage",
        "36.3",
        "a.py",
        "and 1 more",
        "**Fix:** add tests",
        "2 rules: 1 passed, 1 failed",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "[pipeline](https://git.acme.example/runs/7)" in text


def test_it_says_what_changed_since_the_last_run():
    before = last(comment(failed(COVERAGE, Rule("p/gone", "error", "-")), None))
    now = failed(Rule("p/snyk", "fail", "1 high"), Rule("p/coverage", "pass", "fine"))
    text = comment(now, before)
    assert "fails now: <code>p/snyk</code>; no longer fails: <code>p/coverage</code>" in text
    assert "is no longer judged: <code>p/gone</code>" in text
    assert "still fails: <code>p/coverage</code>" in comment(failed(COVERAGE), before)
    same = last(comment(failed(COVERAGE), None))
    assert "nothing changed" not in comment(failed(COVERAGE), same)
    assert "nothing changed" in comment(passed(), last(comment(passed(), None)))


def test_a_run_without_a_decision_does_not_count_as_the_last_run():
    broken = News("gatepass", replace(BUILD, change_request=ChangeRequest("482", head="cd" * 20)))
    red = last(comment(failed(COVERAGE), None))
    before = last(comment(broken, last(comment(broken, red))))
    assert before == red
    assert f"Since the last run (<code>{HEAD[:12]}</code>): still fails: <code>p/coverage</code>" in comment(
        failed(COVERAGE), before
    )
    fine = comment(passed(Rule("p/coverage", "pass", "fine")), before)
    assert "no longer fails: <code>p/coverage</code>" in fine
    assert last(comment(broken, None)) is None
    assert "Since the last run" not in comment(passed(), last(comment(broken, None)))


def test_it_says_who_let_what_through_and_what_weakened_the_decision():
    text = comment(passed(overrides=("OVR-1 lets snyk through",), loud=("The record is unsigned.",)), None)
    assert text.startswith("## ✅ gatepass PASSED")
    assert "OVR-1 lets snyk through" in text
    assert "The record is unsigned." in text


def test_without_a_decision_it_never_looks_like_a_pass():
    text = comment(News("gatepass", BUILD), None)
    assert "could not decide" in text
    assert "✅" not in text
    assert "PASSED" not in text


@pytest.mark.parametrize("dialect", [Dialect(), SPANS])
def test_without_a_decision_it_says_why_and_no_text_in_that_is_a_command(dialect):
    text = comment(News("gatepass", BUILD, why="no report of [x](https://evil.example)"), None, dialect)
    assert "nothing has passed: " in text
    assert "no report of" in text
    assert "[x](https" not in text.replace("`no report of [x](https://evil.example)`", "")


def test_a_comment_is_found_again_by_its_name():
    text = comment(failed(COVERAGE), None)
    assert is_ours(text, "gatepass")
    assert is_ours(text.replace("\n", "\r\n"), "gatepass")
    assert not is_ours(text, "other")
    assert not is_ours("gatepass FAILED", "gatepass")
    assert not is_ours(f"{text}\nand a word of mine", "gatepass")


@pytest.mark.parametrize("hidden", ["", "e30", "bnVsbA", "W10", "!!", "eyJydWxlcyI6W119"])
def test_a_hidden_line_that_says_nothing_is_no_last_run(hidden):
    assert last(f"words\n[//]: # (gatepass {hidden})\n") is None


HOSTILE = [
    "@everyone <script>alert(1)</script>",
    "](https://evil.example) ![x](https://evil.example/x.png)",
    "line\n## ✅ gatepass PASSED\n[//]: # (gatepass e30)",
    "</details> `code` | table | --> <!-- ",
    "\u202egnissap\u202c \x1b[2J ::set-output name=a::b",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("dialect", [None, SPANS])
def test_what_a_stranger_wrote_is_shown_and_never_obeyed(text, dialect):
    rule = Rule("p/x", "fail", text, 1, (text,), (text,))
    more = {"dialect": dialect} if dialect else {}
    made = comment(failed(rule, overrides=(text,), loud=(text,)), None, **more)
    lines = made.splitlines()
    assert not any(line.startswith("## ✅") for line in lines)
    assert sum(line.startswith("[//]:") for line in lines) == 1
    assert "\x1b" not in made
    assert "\u202e" not in made
    if dialect is None:
        assert "<script" not in made
        assert "](https://evil" not in made
        assert "@everyone" not in made
    assert last(made).outcomes == {"p/x": "fail"}


def test_a_long_one_is_shortened_and_says_so():
    rules = [Rule(f"p/r{n}", "fail", "x" * 390, 9, ("y" * 390, "z" * 390), ("w" * 390,)) for n in range(300)]
    made = comment(failed(*rules), None)
    assert len(made) <= MAXIMUM
    assert "Shortened" in made
    assert is_ours(made, "gatepass")


def test_an_address_of_the_pipeline_that_is_none_is_left_out():
    build = Build("github", "acme/payments", HEAD, run=Run(url="javascript:alert(1)"))
    assert "javascript" not in comment(News("gatepass", build, Verdict.FAILED, (COVERAGE,)), None)
    spaced = Build(
        "github", "acme/payments", HEAD, run=Run(url="https://a.example/) [x](https://evil.example")
    )
    assert "evil" not in comment(News("gatepass", spaced, Verdict.FAILED, (COVERAGE,)), None)


def test_no_branch_in_an_address_ends_the_link():
    """A system that names its runs by branches lets a stranger choose a part of the address."""
    url = 'https://ci.example/a)<img/src=//evil.example/i>[y](//evil.example/"x"/7?a=1&b=2'
    build = Build("github", "acme/payments", HEAD, run=Run(url=url))
    [line] = [
        each
        for each in comment(News("gatepass", build, Verdict.FAILED, (COVERAGE,)), None).splitlines()
        if "pipeline" in each
    ]
    assert re.search(r" · \[pipeline\]\(https://ci\.example/a%29[^()<>\[\]\"']+7\?a=1&b=2\)$", line), line


def test_what_is_remembered_leaves_room_for_what_is_said():
    names = [f"{'p' * 60}/{'r' * 55}{n:03}" for n in range(300)]
    made = comment(failed(*(Rule(name, "fail", "no", 1) for name in names)), None)
    assert len(made) <= MAXIMUM
    assert "FAILED" in made
    assert len(last(made).outcomes) > 20


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "12) a", "---", "-", "1."])
def test_a_text_begins_no_list_in_the_item_that_it_stands_in(text):
    made = comment(failed(Rule("p/x", "fail", "said", 1, (text,))), None)
    assert f"\n- {text}\n" not in made
    assert re.search(r"\n- (?:\d+)?&#\d+;", made)


def test_news_is_read_from_the_record():
    finding = {
        "effect": "blocks",
        "message": "36 %",
        "place": {"path": "src/a.py", "line": 3},
        "fix": "add tests",
    }
    outside = {"effect": "blocks", "message": "x", "place": {"path": "../a.py", "line": 3}}
    predicate = {
        "verdict": "FAILED",
        "rules": [
            {
                "policy": "p",
                "id": "coverage",
                "outcome": "fail",
                "summary": "lines",
                "findings": {"items": [finding, outside]},
            }
        ],
        "overrides": [
            {
                "id": "OVR-1",
                "rule": "snyk",
                "covers": 1,
                "requestedBy": "alice",
                "approvals": [{"by": "dana", "assurance": "signature"}],
                "expiresAt": "2026-12-01T23:59:59Z",
                "reason": "mitigated",
            },
            {"id": "OVR-2", "rule": "snyk", "covers": 0},
        ],
        "relaxations": ["--now 2026-11-22T12:00:00Z"],
        "unsigned": True,
    }
    found = news("gatepass", predicate, BUILD, "ab")
    assert [(each.path, each.line, each.blocks) for each in found.annotations] == [("src/a.py", 3, True)]
    assert found.failing[0].fixes == ("add tests",)
    assert len(found.overrides) == 1
    assert "alice" in found.overrides[0]
    assert "dana (signature)" in found.overrides[0]
    assert len(found.loud) == 2
    assert found.line == "FAILED (unsigned record): coverage"


def test_what_has_no_verdict_is_no_news():
    with pytest.raises(VerificationError, match="no verdict"):
        news("gatepass", {"rules": []}, BUILD, "ab")
