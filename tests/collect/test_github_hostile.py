"""Whatever an answer of GitHub's holds, it is read or refused with a reason; nothing falls over."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gatepass.errors import UnreadableEvidence
from support.evidence import read

EVIDENCE = Path(__file__).parents[1] / "evidence"
SAMPLES = {
    "approvals": EVIDENCE / "approvals/github-collected-approvals/good/pull-request.json",
    "pipeline": EVIDENCE / "pipeline/github-collected-pipeline/good/run.json",
}
STRANGE = (None, [], {}, "x", -1, True, 10**20, [None], {"login": 1})
# without these something is not known, and the checks say so
SPARE = {"diff", "protection", "pushes", "requested", "rules", "team", "timeline", "workflow"}


def paths(value, here=()):
    yield here
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield from paths(inner, (*here, key))


def changed(value, path, put):
    if not path:
        return put
    first, *rest = path
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[first] = changed(value[first], rest, put)
    return copied


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
            file = tmp_path / "strange.json"
            file.write_text(json.dumps({**sample, "answers": answers}))
            tried += 1
            try:
                read(file, f"github-collected-{kind}")
            except UnreadableEvidence:
                refused += 1
    assert tried > refused > 50


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_answer_that_was_taken_out_never_makes_a_list_empty(kind, tmp_path):
    sample = json.loads(SAMPLES[kind].read_text("utf-8"))
    for at, answer in enumerate(sample["answers"]):
        if answer["topic"] in SPARE:
            continue
        rest = [each for number, each in enumerate(sample["answers"]) if number != at]
        file = tmp_path / "less.json"
        file.write_text(json.dumps({**sample, "answers": rest}))
        with pytest.raises(UnreadableEvidence):
            read(file, f"github-collected-{kind}")
