"""Each value of each answer and report changed in each way: some hundred thousand changes, `make soak`.

`tests/test_one_value.py` takes a sample of the same.
"""

from __future__ import annotations

import pytest

from support.one_value_case import alterations, verdict
from support.one_value_said import said

pytestmark = pytest.mark.soak


def test_no_single_value_makes_a_build_pass_that_failed(hostile, label, tmp_path, record_property):
    case, known = hostile.case(label), hostile.known(label)
    assert verdict(case, case.reports, tmp_path) == case.verdict
    tried, passed, wrong = 0, 0, []
    for each in alterations(case, known):
        tried += 1
        if verdict(case, each.reports, tmp_path) == "PASSED" and case.verdict != "PASSED":
            passed += 1
            if not said(each):
                wrong.append(str(each))
    record_property("changes", tried)
    record_property("passed", passed)
    assert not wrong, "\n".join(wrong)
