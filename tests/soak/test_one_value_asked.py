"""Servers that are asked by collectors, and give one answer otherwise: drawn by a seed, from millions."""

from __future__ import annotations

import random

import pytest

from support.one_value_asked import answers_of, tamperings

pytestmark = pytest.mark.soak
EACH = 60


def test_no_single_answer_makes_a_build_pass_that_failed(hostile, asked_label, tmp_path):
    case = hostile.case(asked_label)
    everything = list(
        tamperings(answers_of(hostile, asked_label, tmp_path / "whole"), hostile.known(asked_label))
    )
    wrong = []
    for number, each in enumerate(random.Random(asked_label).sample(everything, EACH)):
        outcome = hostile.again(asked_label, each, tmp_path / str(number))
        if outcome == "PASSED" and case.verdict != "PASSED" and not each.said(case):
            wrong.append(str(each))
    assert not wrong, "\n".join(wrong)
