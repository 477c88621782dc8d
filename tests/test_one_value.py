"""A hostile server changes one value of what it answers: nothing passes for it, and nothing falls over.

A sample, drawn by a seed, of what `make soak` goes through as a whole.
"""

from __future__ import annotations

import random

import pytest

from support.one_value import changes
from support.one_value_case import alterations, verdict
from support.one_value_cases import labels
from support.one_value_said import SAID, said

EACH = 5
SEED = 20261122


def test_each_build_comes_out_as_it_should_when_nothing_is_changed(hostile, tmp_path):
    for label in labels():
        case = hostile.case(label)
        assert verdict(case, case.reports, tmp_path) == case.verdict, label
        assert (case.verdict == "PASSED") == case.name.startswith("passes"), label


def test_a_sample_of_changes_makes_no_build_pass_that_failed(hostile, tmp_path):
    draw = random.Random(SEED)
    tried = 0
    for label in labels():
        case = hostile.case(label)
        for each in draw.sample(list(alterations(case, hostile.known(label))), EACH):
            outcome = verdict(case, each.reports, tmp_path)
            assert outcome != "PASSED" or case.verdict == "PASSED" or said(each), str(each)
            tried += 1
    assert tried > 400


def test_what_may_be_said_is_said_by_somebody(hostile):
    """A row that no change is covered by would hide the next hole that looks like it."""
    made = [each for label in labels() for each in alterations(hostile.case(label), hostile.known(label))]
    idle = [row for row in SAID if not any(row.covers(each) for each in made)]
    assert not idle


@pytest.mark.parametrize(
    ("text", "place", "name", "expected"),
    [
        ('{"a": {"b": true}}', "a.b", "flipped", '{"a": {"b": false}}'),
        ('{"a": [1, 2]}', "a[]", "deleted", '{"a": [2]}'),
        ('{"a": [1]}', "a[]", "twice", '{"a": [1, 1]}'),
        ('{"a": "2026-11-22T10:00:00Z"}', "a", "earlier", '{"a": "2025-10-18T10:00:00Z"}'),
        ('{"id": "ab9"}', "id", "another", '{"id": "ab1"}'),
        ('{"id": "ab9"}', "id", "borrowed", '{"id": "cd7"}'),
        ("<a b='1'/>", "a", "deleted", ""),
        ('<a><b c="1"/></a>', "b@c", "zero", '<a><b c="0"/></a>'),
        ("DA:1,0\nDA:2,0\n", "DA", "the rest is gone", "DA:1,0\n"),
        ("DA:1,0\n", "DA", "one", "DA:1,1\n"),
    ],
)
def test_a_change_is_what_its_name_says(text, place, name, expected):
    made = [
        each.text() for each in changes(text, {"id": ("cd7",)}) if (each.place, each.name) == (place, name)
    ]
    assert expected in made
