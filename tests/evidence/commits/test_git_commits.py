"""Whatever stands in a list of commits, its reader answers with a reading or says why there is none."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.model.commits import Commits, SignatureStatus
from support.evidence import read

GOOD = Path(__file__).parent / "git-commits" / "good"
SAMPLES = [
    json.loads((GOOD / name).read_text("utf-8")) for name in ("linear.json", "merge.json", "shallow.json")
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=8)
    | st.sampled_from(
        ["good", "ssh", "gatepass/commits/v1", "22" * 20, "ba5e" * 10, "0001-01-01T00:00:00+14:00"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
fast = settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def paths(value, here=()):
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths(each, (*here, key))


def changed(document, path, value):
    made = copy.deepcopy(document)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


def written(folder, document):
    path = folder / "commits.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


@fast
@given(data=st.data(), sample=st.sampled_from(SAMPLES), value=JSON)
def test_any_value_anywhere_is_read_or_refused(tmp_path, data, sample, value):
    path = data.draw(st.sampled_from(sorted(paths(sample), key=str)).filter(bool))
    document = changed(sample, path, value)
    try:
        reading = read(written(tmp_path, document), "git-commits")
    except UnreadableEvidence as error:
        assert error.message
        return
    assert isinstance(reading.evidence, Commits)
    assert reading.commit == reading.evidence.head
    listed = reading.evidence.commits
    assert len(listed) == len(document["commits"]) >= 1
    for commit in listed:
        assert commit.signature.status is SignatureStatus.GOOD or not commit.signature.allowed


@fast
@given(data=st.data(), sample=st.sampled_from(SAMPLES[:2]))
def test_no_commit_can_be_taken_out_of_a_linear_list_or_off_its_head(tmp_path, data, sample):
    index = data.draw(st.integers(0, len(sample["commits"]) - 1))
    document = copy.deepcopy(sample)
    taken = document["commits"].pop(index)
    try:
        read(written(tmp_path, document), "git-commits")
    except UnreadableEvidence:
        return
    # behind a merge another way leads to the base; the commit taken is then one of the merge's own parents
    assert any(taken["sha"] in each["parents"] for each in document["commits"] if len(each["parents"]) > 1)


@fast
@given(data=st.data(), sample=st.sampled_from(SAMPLES))
def test_no_key_can_be_left_out(tmp_path, data, sample):
    path = data.draw(
        st.sampled_from(sorted(paths(sample), key=str)).filter(lambda p: p and isinstance(p[-1], str))
    )
    document = copy.deepcopy(sample)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    try:
        read(written(tmp_path, document), "git-commits")
    except UnreadableEvidence as error:
        assert "has no" in error.message or "schema" in error.message
        return
    raise AssertionError(f"read without {path}")
