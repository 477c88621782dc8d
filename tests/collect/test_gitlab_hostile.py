"""Whatever an answer of GitLab's holds, it is read or refused with a reason; nothing falls over."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tests.collect.test_github_hostile import STRANGE, changed, paths

from gatepass.errors import UnreadableEvidence
from support.evidence import read

EVIDENCE = Path(__file__).parents[1] / "evidence"
SAMPLES = {
    "approvals": EVIDENCE / "approvals/gitlab-collected-approvals/good/merge-request.json",
    "pipeline": EVIDENCE / "pipeline/gitlab-collected-pipeline/good/pipeline.json",
}
# without these something is not known, and the checks say so
SPARE = {"pushes", "team", "version"}


def written(sample, answers, folder):
    file = folder / "strange.json"
    file.write_text(json.dumps({**sample, "answers": answers}))
    return file


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_strange_value_anywhere_is_read_or_refused(kind, tmp_path):
    sample = json.loads(SAMPLES[kind].read_text("utf-8"))
    tried = refused = 0
    for at, answer in enumerate(sample["answers"]):
        try:
            body = json.loads(answer["body"])
        except ValueError:
            continue
        for number, path in enumerate(paths(body)):
            put = json.dumps(changed(body, path, STRANGE[(at + number) % len(STRANGE)]))
            digest = hashlib.sha256(put.encode()).hexdigest()
            answers = [*sample["answers"]]
            answers[at] = {**answer, "body": put, "sha256": digest}
            tried += 1
            try:
                read(written(sample, answers, tmp_path), f"gitlab-collected-{kind}")
            except UnreadableEvidence:
                refused += 1
    assert tried > refused > 50


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_answer_that_was_taken_out_never_makes_a_list_empty(kind, tmp_path):
    sample = json.loads(SAMPLES[kind].read_text("utf-8"))
    topics = {answer["topic"] for answer in sample["answers"]} - SPARE
    assert len(topics) > 10
    for topic in topics:
        rest = [each for each in sample["answers"] if each["topic"] != topic]
        with pytest.raises(UnreadableEvidence):
            read(written(sample, rest, tmp_path), f"gitlab-collected-{kind}")


def test_no_strange_value_turns_into_an_approval(tmp_path):
    sample = json.loads(SAMPLES["approvals"].read_text("utf-8"))
    approving = [each for each in sample["answers"] if each["topic"] != "approvals"]
    none = json.dumps({"approved_by": []})
    digest = hashlib.sha256(none.encode()).hexdigest()
    nobody = {"topic": "approvals", "about": "", "url": "https://x.example", "status": 200}
    answers = [*approving, {**nobody, "sha256": digest, "body": none}]
    evidence = read(written(sample, answers, tmp_path), "gitlab-collected-approvals").evidence
    assert [each.state.value for each in evidence.reviews] == ["dismissed"]
