"""Whatever a stranger sends: a reading or a refusal, and never a green gate that nobody wrote."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import OpenReport, Reading
from gatepass.model.quality_gate import GateStatus, QualityGate
from support.evidence import formats

OURS = {name: each for name, each in formats().items() if each.kind == QualityGate.KIND}

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
words = st.sampled_from(
    ["OK", "ERROR", "NONE", "SUCCESS", "FAILED", "LT", "GREATER_THAN", "new_coverage", "TRK"]
)
KEYS = """
projectStatus status conditions metricKey metric comparator operator actualValue value errorThreshold
ignoredConditions periodIndex qualityGate project key taskId revision branch component measures period
periods qualifier task id analysisId analyses date paging pageIndex errors msg
"""
keys = st.sampled_from(KEYS.split())
documents = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


def reading_of(content: bytes, name: str, folder) -> Reading | None:
    path = folder / "answer"
    path.write_bytes(content)
    with OpenReport(path, path.name) as report:
        try:
            return OURS[name].read(report)
        except UnreadableEvidence:
            return None


@pytest.mark.parametrize("name", sorted(OURS))
@settings(max_examples=60, deadline=None)
@given(document=documents)
def test_any_json_gives_a_reading_or_a_refusal(name, document, tmp_path_factory):
    reading = reading_of(json.dumps(document).encode(), name, tmp_path_factory.getbasetemp())
    assert reading is None or isinstance(reading.evidence, QualityGate)


@pytest.mark.parametrize("name", sorted(OURS))
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_give_a_reading_or_a_refusal(name, content, tmp_path_factory):
    reading = reading_of(content, name, tmp_path_factory.getbasetemp())
    assert reading is None or isinstance(reading.evidence, QualityGate)


@settings(max_examples=100, deadline=None)
@given(answer=st.dictionaries(keys, documents, max_size=6))
def test_a_gate_is_ok_only_where_the_server_wrote_so(answer, tmp_path_factory):
    content = json.dumps({"projectStatus": answer}).encode()
    reading = reading_of(content, "sonarqube-status", tmp_path_factory.getbasetemp())
    if reading is not None and reading.evidence.status is GateStatus.OK:
        assert str(answer["status"]).strip().upper() == "OK"
        assert len(reading.evidence.conditions) == len(answer["conditions"])


pointer_lines = st.tuples(
    st.sampled_from(["ceTaskId", "projectKey", "dashboardUrl"]), st.text("aZ9=&?/#:[ ", max_size=10)
)


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(pointer_lines, max_size=4))
def test_a_pointer_names_its_one_task_and_no_result(lines, tmp_path_factory):
    content = "\n".join(f"{key}={value}" for key, value in lines).encode()
    reading = reading_of(content, "sonarqube-task", tmp_path_factory.getbasetemp())
    if reading is not None:
        assert [reading.evidence.task_id] == [value.strip() for key, value in lines if key == "ceTaskId"]
        assert reading.evidence.status is None
