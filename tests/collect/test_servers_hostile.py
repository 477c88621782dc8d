"""Whatever an answer of SonarQube's or Snyk's holds, it is read or refused, and never greener for it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gatepass.errors import UnreadableEvidence
from support.evidence import read

EVIDENCE = Path(__file__).parents[1] / "evidence"
SAMPLES = {
    "sonarqube-collected-quality-gate": EVIDENCE / "quality-gate/{}/good/error-and-a-newer-analysis.json",
    "sonarqube-collected-findings": EVIDENCE / "findings/{}/good/issues.json",
    "snyk-collected-vulnerabilities": EVIDENCE / "vulnerabilities/{}/good/issues.json",
    "snyk-collected-findings": EVIDENCE / "findings/{}/good/code.json",
}
STRANGE = (None, [], {}, "x", "", -1, True, 1e300, 10**20, [None], "\ud800")


def sample(name):
    return json.loads(Path(str(SAMPLES[name]).format(name)).read_text("utf-8"))


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


def found(evidence):
    """How much a report tells of that is bad and that nobody let through."""
    kind = type(evidence).__name__
    if kind == "QualityGate":
        return int(evidence.status != "OK")
    if kind == "Scan":
        return sum(not each.suppressed for each in evidence.results)
    return sum(each.ignored is None for each in (*evidence.issues, *evidence.licences))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_strange_value_anywhere_is_read_or_refused_and_hides_nothing(name, tmp_path):
    document = sample(name)
    file = tmp_path / "strange.json"
    file.write_text(json.dumps(document))
    whole = found(read(file, name).evidence)
    tried = refused = 0
    for at, answer in enumerate(document["answers"]):
        if answer["topic"] == "version":
            continue
        body = json.loads(answer["body"])
        for number, path in enumerate(paths(body)):
            put = json.dumps(changed(body, path, STRANGE[(at + number) % len(STRANGE)]))
            digest = hashlib.sha256(put.encode()).hexdigest()
            answers = [*document["answers"]]
            answers[at] = {**answer, "body": put, "sha256": digest}
            file.write_text(json.dumps({**document, "answers": answers}))
            tried += 1
            try:
                evidence = read(file, name).evidence
            except UnreadableEvidence:
                refused += 1
            else:
                assert found(evidence) >= whole, path
    assert tried > refused > 20


@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_that_was_taken_out_hides_nothing(name, tmp_path):
    document = sample(name)
    file = tmp_path / "less.json"
    file.write_text(json.dumps(document))
    whole = found(read(file, name).evidence)
    refused = 0
    for at in range(len(document["answers"])):
        rest = [each for number, each in enumerate(document["answers"]) if number != at]
        file.write_text(json.dumps({**document, "answers": rest}))
        try:
            evidence = read(file, name).evidence
        except UnreadableEvidence:
            refused += 1
        else:
            assert found(evidence) >= whole
    assert refused
