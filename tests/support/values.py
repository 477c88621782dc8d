"""Small values to test with: a rule, a finding, a build, an override, a check that does as it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gatepass.checks import Check, Judgement, Question
from gatepass.model.build import Build
from gatepass.model.decision import Decision
from gatepass.model.facts import Facts
from gatepass.model.override import Match, Override
from gatepass.model.place import Place
from gatepass.model.policy import Allowance, Policy, Rule
from gatepass.model.source import Source

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUILD = Build("local", repository="acme/payments", commit="9fceb02d" * 5, branch="main")


def a_rule(id: str = "tested", **changes: Any) -> Rule:  # noqa: A002
    return replace(Rule(id, "release", "told", Place("policies/release.yaml", 10, 5)), **changes)


def a_policy(*rules: Rule, **changes: Any) -> Policy:
    policy = Policy("release", "policies/release.yaml", "ab" * 32, rules or (a_rule(),), version="1.4.0")
    return replace(policy, **changes)


def an_allowance(**changes: Any) -> Allowance:
    allowance = Allowance(
        rules=("*",),
        place=Place("policies/release.yaml", 30),
        users=("dana", "erin"),
        maximum_days=30,
        reasons=("mitigated", "risk-accepted"),
    )
    return replace(allowance, **changes)


def an_override(id: str = "OVR-1", **changes: Any) -> Override:  # noqa: A002
    override = Override(
        id=id,
        rule="tested",
        match=Match(whole_rule=True),
        reason="risk-accepted",
        justification="Not reachable from outside.",
        requested_by="alice",
        approved_by=("dana",),
        created=NOW - timedelta(days=10),
        expires=NOW + timedelta(days=10),
        place=Place(f"overrides/{id}.yaml", 3),
        sha256="cd" * 32,
    )
    return replace(override, **changes)


def told(question: Question) -> Judgement:
    """Finds what the facts that it is given list: {"message", "identity", and what `finding` takes}."""
    findings = []
    for each in question.evidence:
        assert isinstance(each, Facts)
        for item in each.value:
            findings.append(question.finding(**{"message": "told", "identity": ("told",), **item}))
    return Judgement(f"{len(findings)} found", tuple(findings))


TOLD = Check("told", "Does as it is told", "facts", {}, told, "id: tested\ncheck: told\n")


def some_facts(*items: dict[str, Any], name: str = "told.json", **source: Any) -> Facts:
    return Facts(Source(name, "ef" * 32, 10, "facts", "facts", **source), name, list(items))


def judged(
    *evidence: Facts,
    policies: tuple[Policy, ...] = (a_policy(),),
    overrides: tuple[Override, ...] = (),
    sources: tuple[Source, ...] = (),
    build: Build = BUILD,
    now: datetime = NOW,
) -> Decision:
    from gatepass.evaluate import Gathered, evaluate

    gathered = Gathered(tuple(evidence), (*(each.source for each in evidence), *sources))
    return evaluate(policies, gathered, overrides, build, now, checks={"told": TOLD}, gate_version="0")


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files by their paths below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
