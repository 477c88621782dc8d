"""Whatever a file holds, a reader answers with a reading or says why there is none."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Reading
from gatepass.model.approvals import Approvals, PersonKind, ReviewState
from support.evidence import formats, read

HERE = Path(__file__).parent
OURS = sorted(name for name, each in formats().items() if each.kind == Approvals.KIND)
SAMPLES = {
    name: [
        json.loads(path.read_text("utf-8"))
        for path in sorted((HERE / name / "good").glob("*.json"))
        if not path.name.endswith(".expected.json") and path.stat().st_size < 20_000
    ]
    for name in OURS
}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["APPROVED", "User", "Bot", "2026-11-20T08:00:00Z", "0001-01-01T00:00:00+14:00", "f" * 40]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
fast = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def paths(value, here=()):
    yield here
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield from paths(inner, (*here, key))


def changed(document, path, value):
    if not path:
        return value
    made = copy.deepcopy(document)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


def answer(folder, name, document):
    path = folder / "report.json"
    path.write_text(json.dumps(document), "utf-8")
    try:
        reading = read(path, name)
    except UnreadableEvidence as error:
        assert error.message
        return None
    assert isinstance(reading, Reading)
    assert isinstance(reading.evidence, Approvals)
    return reading.evidence


@pytest.mark.parametrize("name", OURS)
@fast
@given(document=JSON)
def test_any_json_is_read_or_refused(name, document, tmp_path):
    answer(tmp_path, name, document)


@pytest.mark.parametrize("name", OURS)
@fast
@given(data=st.data())
def test_a_real_answer_with_anything_in_one_place_is_read_or_refused(name, data, tmp_path):
    sample = data.draw(st.sampled_from(SAMPLES[name]))
    path = data.draw(st.sampled_from(list(paths(sample))))
    answer(tmp_path, name, changed(sample, path, data.draw(JSON)))


@pytest.mark.parametrize("written", ["approved", "Approved", "APPROVED"])
def test_the_case_of_a_state_does_not_matter(written, tmp_path):
    evidence = answer(
        tmp_path, "github-reviews", changed(SAMPLES["github-reviews"][1], (0, "state"), written)
    )
    assert evidence.reviews[0].state is ReviewState.APPROVED


@pytest.mark.parametrize(
    ("login", "said", "kind"),
    [
        ("renovate", "Bot", PersonKind.BOT),
        ("renovate[bot]", "User", PersonKind.BOT),
        ("Renovate[BOT]", "User", PersonKind.BOT),
        ("ghost", "User", PersonKind.GHOST),
        ("old-name", "Mannequin", PersonKind.GHOST),
        ("bob", "User", PersonKind.USER),
    ],
)
def test_github_accounts_are_people_bots_or_nobody(login, said, kind, tmp_path):
    sample = SAMPLES["github-reviews"][1]
    changes = changed(changed(sample, (0, "user", "login"), login), (0, "user", "type"), said)
    assert answer(tmp_path, "github-reviews", changes).reviews[0].by.kind is kind


@pytest.mark.parametrize(
    ("username", "kind"),
    [
        ("project_7_bot_5f3c", PersonKind.BOT),
        ("group_12_bot1", PersonKind.BOT),
        ("service_account_group_12_ab", PersonKind.BOT),
        ("GitLab-Security-Bot", PersonKind.BOT),
        ("renovate-bot", PersonKind.BOT),
        ("ghost", PersonKind.GHOST),
        ("abbot", PersonKind.USER),
        ("bottom", PersonKind.USER),
    ],
)
def test_gitlab_accounts_are_told_by_their_user_names(username, kind, tmp_path):
    sample = SAMPLES["gitlab-approvals"][0]
    made = changed(sample, ("approved_by", 0, "user", "username"), username)
    assert answer(tmp_path, "gitlab-approvals", made).reviews[0].by.kind is kind


@pytest.mark.parametrize("number", [30, 100])
def test_a_list_as_long_as_a_page_may_go_on(number, tmp_path):
    (one,) = SAMPLES["github-reviews"][1][:1]
    page = [{**one, "id": 100 + index} for index in range(number)]
    assert not answer(tmp_path, "github-reviews", page).complete
    assert answer(tmp_path, "github-reviews", page[:-1]).complete
    assert answer(tmp_path, "github-reviews", [page, page[:0]]).complete


def test_two_hundred_and_fifty_commits_may_be_some_of_more(tmp_path):
    one = SAMPLES["github-commits"][0][0]
    names = [f"{index:040x}" for index in range(1, 252)]
    commits = [{**one, "sha": new, "parents": [{"sha": old}]} for old, new in pairwise(names)]
    evidence = answer(tmp_path, "github-commits", commits)
    assert not evidence.complete
    assert evidence.head is None
    assert answer(tmp_path, "github-commits", commits[:-1]).head == names[-2]
