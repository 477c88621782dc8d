"""What the rules of policies ask for: kinds of evidence, teams, tokens, signers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gatepass.checks import Check
from gatepass.checks.identity import Asked as AskedIdentity
from gatepass.examining._lines import Mark
from gatepass.model.build import Assurance, Build
from gatepass.model.facts import Json
from gatepass.model.policy import Enforcement, OnMissing, Policy, Rule
from gatepass.policy.scope import why_not

IDENTITY, PIPELINE, COMMITS, APPROVALS = "identity", "pipeline", "commits", "approvals"
BUILD, _OVERRIDES = "build", "overrides"
_OF_API = ("re-run-by", "played-by", "deployed-by")


@dataclass(frozen=True, slots=True)
class Need:
    """A rule in scope, with the kinds of evidence that it cannot be judged without (any one of each group).

    ``weight`` is what it means when they are not there, ``broken`` when they, or what the check reads beside
    them, cannot be read or collected: no ``on-missing`` spares the rule then.
    """

    rule: Rule
    check: Check
    groups: tuple[tuple[str, ...], ...]
    weight: Mark
    broken: Mark
    teams: tuple[str, ...] = ()
    allowed_signers: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds that the rule is given, those that it may do without among them."""
        beside = (kind for kind in self.check.reads if kind != _OVERRIDES)
        return tuple(dict.fromkeys((*(kind for group in self.groups for kind in group), *beside)))


def needs(
    policies: Sequence[Policy], checks: Mapping[str, Check], build: Build, now: datetime
) -> tuple[Need, ...]:
    """What every rule in scope of this build asks for."""
    return tuple(
        _need(rule, checks[rule.check], now)
        for policy in policies
        if not why_not(policy.scope, build)
        for rule in policy.rules
    )


def by_kind(needed: Sequence[Need]) -> dict[str, list[str]]:
    """For each kind, the ids of the rules that fail the build when it cannot be collected."""
    found: dict[str, list[str]] = {}
    for need in needed:
        for kind in need.kinds if need.broken is Mark.MISSING else ():
            found.setdefault(kind, []).append(need.rule.id)
    return found


def _need(rule: Rule, check: Check, now: datetime) -> Need:
    kind = check.evidence or str(rule.parameters["evidence"])
    groups = tuple(_of_identity(rule)) if check.name == IDENTITY else ((kind,),)
    signers = check.name == COMMITS and (
        "signers" in rule.parameters or rule.parameters.get("signed") == "allowed"
    )
    teams = tuple(_teams(rule.parameters.get("from"))) if check.name == APPROVALS else ()
    return Need(rule, check, groups, _weight(rule, now), _broken(rule, now), teams, signers)


def _of_identity(rule: Rule) -> Iterator[tuple[str, ...]]:
    asked = AskedIdentity.of(rule)
    if asked.needs_token or asked.minimum is Assurance.OIDC:
        yield (IDENTITY,)
    elif asked.minimum is not Assurance.SELF_ASSERTED:
        yield (IDENTITY, PIPELINE)
    if any(each.key in _OF_API for each in asked.people):
        yield (PIPELINE,)


def _teams(value: Json) -> Iterator[str]:
    for group in value if isinstance(value, list) else [value]:
        named = group.get("teams") if isinstance(group, dict) else None
        yield from (each for each in named if isinstance(each, str)) if isinstance(named, list) else ()


def _weight(rule: Rule, now: datetime) -> Mark:
    broken = _broken(rule, now)
    if rule.on_missing is OnMissing.SKIP:
        return Mark.NOTE
    spared = rule.on_missing is OnMissing.WARN and broken is Mark.MISSING
    return Mark.WARNING if spared else broken


def _broken(rule: Rule, now: datetime) -> Mark:
    if rule.enforcement is Enforcement.OBSERVE:
        return Mark.NOTE
    later = rule.effective_on is not None and now < rule.effective_on
    return Mark.WARNING if later or rule.enforcement is Enforcement.WARN else Mark.MISSING
