"""The contract of a check.

A check is pure: it is given a rule and its evidence and answers with findings. It touches no file, no
clock, no environment and no network. The gate asks it only when there is usable evidence; what is
missing *inside* the evidence (branches not measured, a tool that did not run) the check reports itself
with `Question.missing`, never by passing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gatepass.model.build import Build
from gatepass.model.decision import Finding, FindingKind, Subject
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Json
from gatepass.model.override import Override
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.scan import Severity

MAXIMUM_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """What a check is asked: does this evidence satisfy this rule, now?

    ``evidence`` holds the usable evidence of the check's kind, at least one, in order of source names;
    ``beside`` that of the further kinds it reads, where there is any. ``overrides`` are those that cover a
    finding of this decision, for checks that read them. ``now`` is UTC and the same for the whole run.
    """

    rule: Rule
    evidence: tuple[Evidence, ...]
    build: Build
    now: datetime
    beside: tuple[Evidence, ...] = ()
    overrides: tuple[Override, ...] = ()

    def finding(
        self,
        message: str,
        *,
        identity: tuple[str, ...],
        place: Place | None = None,
        severity: Severity | None = None,
        subject: Subject | None = None,
        details: Iterable[str] = (),
        fix: str | None = None,
        warns_until: datetime | None = None,
        kind: FindingKind = FindingKind.VIOLATION,
    ) -> Finding:
        """A finding of this rule.

        ``identity`` says which thing it is about and nothing that changes from run to run: no line
        number if a fingerprint of the producer exists, no count, no percentage. The fingerprint is made
        from it. Without ``place`` the finding stands at the rule's own line.
        """
        return Finding(
            rule=self.rule.code,
            message=message if len(message) <= MAXIMUM_MESSAGE else message[: MAXIMUM_MESSAGE - 1] + "…",
            place=place or self.rule.place,
            fingerprint=fingerprint(self.rule.code, *identity),
            kind=kind,
            severity=severity,
            subject=subject or Subject(),
            details=tuple(details),
            fix=fix or self.rule.fix,
            warns_until=warns_until,
        )

    def missing(self, message: str, *, identity: tuple[str, ...], fix: str | None = None) -> Finding:
        """A finding that evidence is not there: the rule cannot be judged, so it does not pass."""
        return self.finding(
            message, identity=("missing", *identity), fix=fix, kind=FindingKind.MISSING_EVIDENCE
        )


def fingerprint(*identity: str) -> str:
    """32 hex digits that identify a finding from run to run."""
    text = json.dumps(identity, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A check's answer: one line for people, the findings (none: the rule is satisfied), the figures."""

    summary: str
    findings: tuple[Finding, ...] = ()
    figures: tuple[tuple[str, str | int | float], ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a rule beyond what its schema can say; ``path`` as in `Rule.places`."""

    path: str
    message: str
    hint: str | None = None


def _no_mistakes(_: Rule) -> Iterable[Mistake]:
    return ()


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of rule.

    ``evidence`` is the kind it judges, None when the rule names it (``expression``), ``build`` when it is
    asked whatever evidence there is. ``reads`` are further kinds that it is given where they are there (what
    is missing of them it reports itself; what is broken fails the rule); ``overrides`` among them means that
    it is asked last, and told which overrides cover what the others found. ``parameters`` is
    the JSON Schema (2020-12) of the check's own keys: ``properties`` with a ``description`` each,
    ``required``, ``anyOf``…; unknown keys are refused by the whole schema. Every leaf carries
    ``x-stricter``: ``higher``, ``lower`` (a number), ``superset``, ``subset`` (a list), ``true``,
    ``false`` (a switch), ``later`` (a word of an ``enum`` that begins with the laxest) or ``equal``: the
    direction in which a layer may change it. An object whose absent keys follow from the
    others says ``x-absent: smallest``, a list of what is allowed without which all is ``everything``.
    ``validate`` finds what a schema cannot say. ``example`` is a rule in YAML, shown in the docs and loaded
    by a test. The module's docstring is the text of its page.
    """

    name: str
    title: str
    evidence: str | None
    parameters: Mapping[str, Json]
    judge: Callable[[Question], Judgement]
    example: str
    reads: tuple[str, ...] = ()
    validate: Callable[[Rule], Iterable[Mistake]] = _no_mistakes
