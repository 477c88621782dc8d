"""The one form of files: examples by hand, and whatever a generator thinks of."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatepass import config
from gatepass.errors import PolicyError
from gatepass.policy import requests, shipped
from gatepass.policy.formatting import formatted
from gatepass.strict_yaml import YamlMistake, parse
from support.gate import a_policy

HERE = Path(__file__).parent / "formatting"
ROOT = Path(__file__).resolve().parents[2]
GIVEN = sorted(each for each in HERE.glob("*.yaml") if not each.name.endswith(".expected.yaml"))
DEMO = sorted((ROOT / "docs/demo/project").rglob("*.yaml"))


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_a_file_gets_the_form_that_is_expected(path):
    expected = path.with_name(f"{path.stem}.expected.yaml").read_bytes()
    assert formatted(path.read_bytes(), path.name).decode() == expected.decode()
    assert formatted(expected, path.name) == expected


@pytest.mark.parametrize("path", [*shipped.folder().rglob("*.yaml"), *DEMO], ids=lambda path: path.stem)
def test_what_ships_has_the_form_already(path):
    others = {"Config": config.SCHEMA}
    assert formatted(path.read_bytes(), path.name, others).decode() == path.read_text("utf-8")


def test_a_request_that_gatepass_writes_has_the_form_already():
    text = requests.text_of(
        {
            "apiVersion": "gatepass/v1",
            "kind": "OverrideRequest",
            "id": "OVR-2026-001",
            "rule": "snyk",
            "match": {"vulnerabilities": ["CVE-2020-8203"], "missing-evidence": True},
            "reason": "mitigated",
            "justification": "Forms: parsed.",
            "requested-by": "alice",
            "created": "2026-11-20",
            "expires": "2026-12-10",
        }
    )
    assert formatted(text.encode(), "r.yaml").decode() == text


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("kind: Policy\n? a\n: 1\n", "'? '", 2),
        ('{"kind": "Policy"}\n', "in one line", 1),
        ("kind: Policy\na: &a\n  - 1\nb:\n  - &b\n    c: 1\n", "anchor", 5),
        ("kind: Policy\nkind: Policy\n", "twice", 2),
        ("kind: Deployment\n", "no file of gatepass", None),
        ("- kind: Policy\n", "no file of gatepass", None),
        ("a: 1\n", "no file of gatepass", None),
        ("", "is empty", 1),
        ('kind: Policy\na: "b\u2028c"\n', "line ends", None),
    ],
)
def test_what_cannot_be_formatted_is_refused_with_its_place(text, words, line):
    with pytest.raises(PolicyError, match=words) as error:
        formatted(text.encode(), "p.yaml")
    assert error.value.place
    assert error.value.place.line == line


def test_keys_do_not_move_where_there_are_anchors():
    text = "kind: Policy\nrules:\n  - check: tests\n    reports: &r [a]\n    id: t\napiVersion: gatepass/v1\n"
    assert formatted(text.encode(), "p.yaml").decode() == text


def test_a_mark_at_the_front_and_foreign_line_ends_go():
    text = a_policy("check: tests")
    foreign = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert formatted(foreign, "p.yaml").decode() == text
    assert formatted(text.replace("\n", "\r").encode(), "p.yaml").decode() == text


def test_a_rule_of_a_kind_that_there_is_not_keeps_the_order_of_its_keys():
    text = a_policy("check: nothing\n    zebra: 1\n    apple: 2")
    assert formatted(text.encode(), "p.yaml").decode() == text


# Whatever a generator thinks of: every comment has a number, so that none is lost or doubled unseen.

WORDS = st.sampled_from(
    ["a", "yes", "on", "N", "x: y", "# no", "it's", 'q"q', "80", "1.4.0", "", " s ", "- d", "é"]
)
KEYS = st.sampled_from(
    [
        "id",
        "check",
        "title",
        "minimum",
        "fix",
        "rules",
        "kind",
        "metadata",
        "name",
        "b c",
        "on",
        "paths",
        "match",
    ]
)
SCALARS = st.one_of(WORDS, st.integers(-5, 500), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5), st.just("two\nlines\n")
    ),
    max_leaves=25,
)


class Scribe:
    """Writes a value as untidily as YAML lets it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.comments = 0

    def maybe(self) -> bool:
        return self.draw(st.integers(0, 3)) == 3

    def comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}."

    def behind(self) -> str:
        return f"{' ' * self.draw(st.integers(1, 4))}{self.comment()}" if self.maybe() else ""

    def between(self, indent: int) -> list[str]:
        made = []
        while self.maybe():
            deep = max(0, indent + self.draw(st.sampled_from([-2, 0, 0, 0, 2])))
            made.append("" if self.maybe() else f"{' ' * deep}{self.comment()}")
        return made

    def scalar(self, value: object) -> str:
        if value is None:
            return self.draw(st.sampled_from(["", "~", "null"]))
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        text = str(value)
        if re.fullmatch(r"[A-Za-z]+", text) and self.draw(st.booleans()):
            return text
        if "\n" not in text and self.draw(st.booleans()):
            return "'" + text.replace("'", "''") + "'"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    def flow(self, value: object) -> str:
        space = self.draw(st.sampled_from(["", " "]))
        if isinstance(value, dict):
            return (
                "{"
                + space
                + ", ".join(f"{self.scalar(k)}: {self.flow(v)}" for k, v in value.items())
                + space
                + "}"
            )
        if isinstance(value, list):
            return "[" + space + f",{space}".join(self.flow(each) or "~" for each in value) + space + "]"
        return self.scalar(value)

    def block(self, value: object, indent: int) -> list[str]:
        """The lines of a value that is not empty, the first of which may stand behind a dash."""
        pad, made = " " * indent, []
        items = list(value.items()) if isinstance(value, dict) else [(None, each) for each in value]
        for number, (key, inner) in enumerate(items):
            if number:
                made += self.between(indent)
            head = f"{pad}-" if key is None else f"{pad}{self.scalar(key)}:"
            made += self.entry(head, key, inner, indent)
        return made

    def entry(self, head: str, key: object, inner: object, indent: int) -> list[str]:
        if isinstance(inner, dict | list) and inner and self.draw(st.booleans()):
            step = self.draw(st.integers(1, 4))
            if isinstance(inner, list) and key is not None and self.draw(st.booleans()):
                step = 0
            body = self.block(inner, indent + (step or 0))
            if key is None and self.draw(st.booleans()):
                gap = " " * step
                body = self.block(inner, indent + 1 + step)
                return [f"{head}{gap}{body[0].lstrip()}", *body[1:]]
            return [head + self.behind(), *self.between(indent + step), *body]
        if isinstance(inner, str) and inner.endswith("\n"):
            deep = " " * (indent + self.draw(st.integers(1, 4)))
            return [f"{head} |{self.behind()}", *(f"{deep}{each}" for each in inner.splitlines())]
        text = self.flow(inner)
        return [f"{head} {text}{self.behind()}".rstrip()]


@st.composite
def untidy(draw: st.DrawFn) -> str:
    scribe = Scribe(draw)
    value = {
        **draw(st.dictionaries(KEYS, VALUES, max_size=6)),
        "kind": draw(st.sampled_from(["Policy", "Override"])),
    }
    lines = [*scribe.between(0), *scribe.block(value, 0), *scribe.between(0)]
    whole = draw(st.sampled_from(["\n", "\r\n"])).join(lines)
    # the last line of a block without a line feed is a text without one: no form could give it one
    return whole + draw(st.sampled_from(["\n", "\n\n"] if "|" in whole else ["", "\n", "\n\n"]))


@settings(max_examples=300, deadline=None)
@given(untidy())
def test_meaning_and_comments_stay_and_a_second_time_changes_nothing(text):
    data = text.encode()
    try:
        before = parse(data, "u.yaml").value
    except YamlMistake:
        assume(False)
    once = formatted(data, "u.yaml")
    assert parse(once, "u.yaml").value == before
    assert Counter(re.findall(r"# c\d+\.", once.decode())) == Counter(re.findall(r"# c\d+\.", text))
    assert formatted(once, "u.yaml") == once
    assert b"\r" not in once
    assert once.endswith(b"\n")
