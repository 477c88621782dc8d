"""Judging again what a record tells of: the same policies, evidence and overrides at the same instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gatepass import seam
from gatepass.checks import Check
from gatepass.evaluate import Gathered, evaluate
from gatepass.evidence._gather import gather
from gatepass.model.facts import Json
from gatepass.policy import load, overrides
from gatepass.record import differences
from gatepass.record.predicate import predicate as predicate_of
from gatepass.record.rebuild import build_of
from gatepass.record.verify import Verification


@dataclass(frozen=True, slots=True)
class Given:
    """What an auditor gives to judge again.

    ``evidence`` is a folder with the reports under the names they had. ``policies`` and ``overrides`` are
    references as the gate takes them, relative to ``root``. ``facts`` maps a name to a file.
    """

    root: Path
    evidence: Path
    policies: Sequence[str]
    overrides: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def differences_today(verification: Verification, given: Given) -> tuple[str, ...]:
    """What judging again gives otherwise than the record, a line each; empty when nothing."""
    recorded = verification.predicate
    build = build_of(recorded)
    names = [str(each["name"]) for each in _objects(recorded.get("inputs"))]
    reports = [name for name in names if not name.startswith(("fact:", "/"))]
    facts = {name: str((given.root / path).resolve()) for name, path in given.facts.items()}
    found = gather(reports, facts, given.evidence, build)
    decision = evaluate(
        load.load(given.policies, given.root),
        Gathered(found.evidence, found.sources),
        overrides.load(given.overrides, given.root),
        build,
        datetime.fromisoformat(str(recorded["evaluatedAt"])),
        checks=seam.members("gatepass.checks", Check),
        gate_version="",
    )
    return differences(recorded, predicate_of(decision, signed=verification.signed))


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
