"""Collections as files: what answers are found by is read whole, or not at all."""

from __future__ import annotations

import hashlib
import json

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import read
from gatepass.evidence._open import OpenReport

BODY = "[]"
ANSWER = {
    "topic": "reviews",
    "about": "482",
    "url": "https://forge.example/reviews",
    "status": 200,
    "sha256": hashlib.sha256(BODY.encode()).hexdigest(),
    "body": BODY,
}
HEAD = {
    "schema": "gatepass/collection/v1",
    "collector": "github",
    "kind": "approvals",
    "server": "https://forge.example",
    "collected": "2026-11-22T14:30:00Z",
    "producer": "gatepass 0",
}


def collection(folder, *, facts=(("repository", "acme/payments"),), **answer):
    path = folder / "collected.json"
    path.write_text(json.dumps({**HEAD, "about": dict(facts), "answers": [{**ANSWER, **answer}]}))
    with OpenReport(path, path.name) as report:
        return read(report)


def test_facts_and_answers_are_found_by_what_they_are_about(tmp_path):
    found = collection(tmp_path, facts=[("audience", "x" * 2000)])
    assert found.fact("audience") == "x" * 2000
    assert [each.body for each in found.of("reviews", "482")] == [BODY]


@pytest.mark.parametrize("value", ["x" * 2001, 7, None, ["acme/payments"]])
def test_a_fact_that_would_be_cut_or_is_no_text_is_refused(tmp_path, value):
    with pytest.raises(UnreadableEvidence, match="repository is no text, or longer than 2,000 characters"):
        collection(tmp_path, facts=[("repository", value)])


def test_a_name_of_a_fact_that_would_be_cut_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="longer than 200 characters"):
        collection(tmp_path, facts=[("r" * 201, "acme/payments")])


@pytest.mark.parametrize(
    "changed", [{"topic": "t" * 101}, {"topic": None}, {"about": "a" * 1001}, {"about": 482}]
)
def test_an_answer_to_a_question_that_would_be_cut_is_refused(tmp_path, changed):
    with pytest.raises(UnreadableEvidence, match="is no text, or longer than"):
        collection(tmp_path, **changed)
