"""YAML means one thing, or is refused with its place."""

from __future__ import annotations

import pytest

from gatepass.strict_yaml import MAXIMUM_BYTES, YamlMistake, parse

REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3\n", "has the key 'a' twice", 3),
    "a key twice deeper down": ("a:\n  b: 1\n  b: 2\n", "has the key 'b' twice", 3),
    "a key that is a number": ("1: a\n", "has a key that is not a string", 1),
    "a key that is a list": ("? [a]\n: b\n", "has a key that is not a string", 1),
    "a merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", "uses a merge key", 3),
    "a tag": ("a: !!python/object:os.system x\n", "has the tag", 1),
    "a tag on a plain word": ("a: !!str 5\n", "has the tag", 1),
    "a tag on a quoted word": ('a: !!int "5"\n', "has the tag", 1),
    "a tag on a mapping": ("a: !thing {b: 1}\n", "has the tag", 1),
    "octal of YAML 1.1": ("a: 010\n", "read differently", 1),
    "sexagesimal of YAML 1.1": ("a: 1:30\n", "read differently", 1),
    "underscores in a number": ("a: 1_000\n", "read differently", 1),
    "not a number": ("a: .nan\n", "read differently", 1),
    "infinity": ("a: .inf\n", "read differently", 1),
    "infinity by size": ("a: 1e999\n", "no finite number", 1),
    "two documents": ("a: 1\n---\nb: 2\n", "more than one YAML document", None),
    "an empty file": ("", "is empty", 1),
    "only a comment": ("# nothing\n", "is empty", 1),
    "a tab": ("a:\n\t- b\n", "is not YAML", 2),
    "an open bracket": ("a: [1, 2\n", "is not YAML", None),
    "a control character": ("a: \x07\n", "is not YAML", None),
}


@pytest.mark.parametrize(("text", "message", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_ambiguous_is_refused_with_its_place(text, message, line):
    with pytest.raises(YamlMistake, match=message) as caught:
        parse(text.encode(), "p.yaml")
    assert caught.value.place.path == "p.yaml"
    if line is not None:
        assert caught.value.place.line == line


def test_an_alias_bomb_is_refused_before_it_grows():
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(YamlMistake, match="expands to more than 20000 values"):
        parse("\n".join(layers).encode(), "p.yaml")


def test_an_alias_to_itself_is_refused():
    with pytest.raises(YamlMistake, match="before its anchor is complete"):
        parse(b"a: &a [*a]\n", "p.yaml")


@pytest.mark.parametrize("depth", [60, 900, 1_000_000 // 4])
def test_deep_nesting_is_refused(depth):
    with pytest.raises(YamlMistake, match=r"nested deeper|is not YAML"):
        parse(b"[" * depth + b"]" * depth, "p.yaml")


def test_a_large_file_is_refused():
    with pytest.raises(YamlMistake, match="is larger than"):
        parse(b"a: " + b"x" * MAXIMUM_BYTES, "p.yaml")


def test_text_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(YamlMistake, match="not UTF-8") as caught:
        parse(b"a: 1\nb: \xff\n", "p.yaml")
    assert caught.value.place.line == 2


def test_words_of_yaml_1_1_stay_words_and_dates_stay_text():
    document = parse(b"on: yes\noff: no\nday: 2026-12-01\nquoted: '5'\n", "p.yaml")
    assert document.value == {"on": "yes", "off": "no", "day": "2026-12-01", "quoted": "5"}


def test_json_types_are_read_as_json_has_them():
    document = parse(b"[1, -2, 0.5, 1e3, true, false, null, ~, text]", "p.yaml")
    assert document.value == [1, -2, 0.5, 1000.0, True, False, None, None, "text"]


def test_every_part_has_its_place():
    document = parse(b"rules:\n  - id: a\n    minimum:\n      lines: 80\n", "p.yaml")
    assert str(document.place("rules[0].minimum.lines")) == "p.yaml:4:7"
    assert str(document.place("rules[0].minimum.lines.nothing")) == "p.yaml:4:7"
    assert str(document.place("rules[7]")) == "p.yaml:1:1"
