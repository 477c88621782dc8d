"""Collections as files: what answers are found by is read whole, or not at all."""

from __future__ import annotations

import hashlib
import json
from importlib import import_module

import pytest

from gatepass import seam
from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport
from gatepass.evidence._collection import read
from gatepass.gathering import formats, read_one, recognised

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


def test_a_collection_that_is_something_else_as_well_is_refused(tmp_path):
    path = tmp_path / "collected.json"
    whole = {**HEAD, "about": {}, "answers": [ANSWER], "version": "2.1.0", "runs": []}
    path.write_text(json.dumps(whole))
    source, evidence = read_one(path, path.name, tmp_path, None)
    assert evidence is None
    assert source.format == "github-collected-approvals"
    assert "the document has runs, which this schema does not know" in source.problem.message


@pytest.mark.parametrize("collector", ["", "nobody", "../github", "_hub", "GitHub", "github\n"])
def test_a_collection_of_a_collector_that_there_is_not_is_no_known_report(tmp_path, collector):
    path = tmp_path / "collected.json"
    path.write_text(json.dumps({**HEAD, "collector": collector, "about": {}, "answers": [ANSWER]}))
    source, evidence = read_one(path, path.name, tmp_path, None)
    assert evidence is None
    assert source.problem.code == "unrecognised"


def test_every_reader_of_collections_is_found_by_what_a_collection_says_of_itself(tmp_path):
    path = tmp_path / "collected.json"
    found = set()
    for collector in ("azure", "bitbucket", "github", "gitlab", "oidc", "snyk", "sonarqube"):
        for kind in sorted({each.kind for each in formats().values()}):
            path.write_text(json.dumps({**HEAD, "collector": collector, "kind": kind}))
            with OpenReport(path, path.name) as report:
                found |= {each.name for each in recognised(report.head)}
    asked = {name for name in seam.names("gatepass.evidence") if name.endswith("_collected")}
    assert found == {seam.declared(import_module(name), Format).name for name in asked}
    assert {name for name in formats() if "-collected" in name} <= found
