"""What servers answered about a build, and judging it once more with one of the answers changed.

The answers are those that a collector wrote down; the rules, the build and the instant stay as they were.
What comes out is the verdict, or ``refused`` where the gate says that it makes no decision.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from gatepass.attribution import attributed
from gatepass.errors import GatepassError
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Build
from gatepass.model.policy import Policy
from gatepass.policy import load
from gatepass.policy.schema import check_called, checks_of
from support.one_value import Change, Known, changes, seen

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was read: ``server`` is whom the run asked for it, None for a file."""

    name: str
    text: str
    server: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A build and all that was told of it; ``verdict`` is what comes of it when nothing is changed."""

    server: str
    name: str
    reports: tuple[Report, ...]
    rules: tuple[Mapping[str, Any], ...]
    build: Build
    now: datetime
    verdict: str

    @property
    def label(self) -> str:
        """Whose answers they are, and of what build."""
        return f"{self.server}: {self.name}"


@dataclass(frozen=True, slots=True)
class Altered:
    """A case with one value changed: where (``topic`` and ``place``), and how (``name``).

    ``at`` is the report that it is in, ``text`` writes that report.
    """

    case: Case
    at: int
    topic: str
    place: str
    name: str
    text: Callable[[], str]

    @property
    def reports(self) -> tuple[Report, ...]:
        """What the gate is told."""
        old, reports = self.case.reports[self.at], self.case.reports
        return (*reports[: self.at], Report(old.name, self.text(), old.server), *reports[self.at + 1 :])

    def __str__(self) -> str:
        return f"{self.case.label} · {self.topic} {self.place or '(all)'} {self.name}"


def alterations(case: Case, known: Known) -> Iterator[Altered]:
    """Each value of each answer changed in each way, one at a time."""
    for at, report in enumerate(case.reports):
        for topic, each in _of_report(report, known):
            yield Altered(case, at, topic, each.place, each.name, each.text)


def asked_for(name: str, rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the rules looks at the kind of evidence of a collected report."""
    checks = [check_called(rule["check"]) for rule in rules]
    kinds = {kind for check in checks for kind in (check.evidence, *check.reads) if kind}
    return name.endswith(tuple(f"-{kind}.json" for kind in kinds))


def known_of(cases: Iterator[Case]) -> Known:
    """What servers say elsewhere, by key: the words that another answer would have there."""
    return seen(text for case in cases for report in case.reports for text in _bodies(report))


def _bodies(report: Report) -> Iterator[str]:
    answers = _answers(report)
    yield from [report.text] if answers is None else [each["body"] for each in answers]


def _answers(report: Report) -> list[dict[str, Any]] | None:
    """The answers of a collection, None of any other report."""
    with suppress(ValueError):
        document = json.loads(report.text)
        if isinstance(document, dict) and str(document.get("schema")).startswith("gatepass/collection"):
            return document["answers"]
    return None


def _of_report(report: Report, known: Known) -> Iterator[tuple[str, Change]]:
    """Each change, and the topic of the answer that it is in."""
    answers = _answers(report)
    if answers is None:
        yield from ((report.name, each) for each in changes(report.text, known))
        return
    document = json.loads(report.text)
    for at, answer in enumerate(answers):
        for each in changes(answer["body"], known):
            yield answer["topic"], replace(each, text=partial(_collected, document, at, each.text))


def _collected(document: dict[str, Any], at: int, body: Callable[[], str]) -> str:
    """A collection with another body in one of its answers, and the digest of that."""
    text, answers = body(), document["answers"]
    put = {**answers[at], "body": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return json.dumps({**document, "answers": [*answers[:at], put, *answers[at + 1 :]]})


def verdict(case: Case, reports: tuple[Report, ...], folder: Path) -> str:
    """What the gate decides about a case when it is told this. Only an error of ours is anything else."""
    root = folder / "judged"
    root.mkdir(exist_ok=True)
    for each in reports:
        path = root / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = each.text.encode()
        if not path.is_file() or path.read_bytes() != data:  # writing costs more than judging
            path.write_bytes(data)
    vouched = {
        each.name: Vouching(hashlib.sha256(each.text.encode()).hexdigest(), each.server)
        for each in reports
        if each.server is not None
    }
    handed_in = [each.name for each in reports if each.server is None]
    policies = _policies(json.dumps(case.rules), os.fspath(folder))
    try:
        found = gather(handed_in, {}, root, case.build, vouched)
        decision = evaluate(
            policies,
            Gathered(found.evidence, found.sources),
            (),
            attributed(case.build, found.evidence),
            case.now,
            checks=checks_of(policies),
            gate_version="0",
        )
    except GatepassError:
        return REFUSED
    return decision.verdict.value


@cache
def _policies(rules: str, folder: str) -> tuple[Policy, ...]:
    policy = {
        "apiVersion": "gatepass/v1",
        "kind": "Policy",
        "metadata": {"name": "hostile"},
        "rules": json.loads(rules),
    }
    (Path(folder) / "policy.yaml").write_text(json.dumps(policy))
    return load.load(("policy.yaml",), Path(folder))
