"""Report `json`: the whole decision for programs, in a stable shape.

The shape is named by ``"schema": "gatepass.decision/v1"``: within a version keys are added, never removed
or given another meaning. Keys are lowerCamelCase, every key is always there (null when unknown), instants
are RFC 3339 in UTC, sizes are bytes, shares are percent. What the decision derives (``verdict``,
``outcome``, ``counts``, a finding's ``state``) is included. The text is pure ASCII, so hostile texts stay
data in every terminal; lone surrogates become U+FFFD; figures that are no number become text.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from gatepass import words
from gatepass.model.decision import Decision, Finding, Outcome, RuleResult
from gatepass.model.facts import Json
from gatepass.model.override import Approval, Override, OverrideUse
from gatepass.model.policy import Policy
from gatepass.model.source import Source
from gatepass.plain import whole, without_commands
from gatepass.reports._report import Report, ReportContext

SCHEMA = "gatepass.decision/v1"


def render(decision: Decision, context: ReportContext) -> str:
    """The decision as indented JSON."""
    document = json.dumps(_decision(decision, context), indent=2, ensure_ascii=True, allow_nan=False)
    return without_commands(document) + "\n"


def _decision(decision: Decision, context: ReportContext) -> Json:
    read = set(map(id, words.read_sources(decision)))
    soon = set(map(id, decision.overrides_expiring_soon))
    return {
        "schema": SCHEMA,
        "gateVersion": whole(decision.gate_version),
        "at": _json(decision.at),
        "verdict": decision.verdict.value,
        "nothingJudged": decision.nothing_judged,
        "relaxations": _json(decision.relaxations),
        "counts": {outcome.value: len(decision.by_outcome(outcome)) for outcome in Outcome},
        "build": _json(decision.build),
        "policies": [_policy(policy) for policy in decision.policies],
        "rules": [_rule(result) for result in decision.results],
        "sources": [_source(source, read=id(source) in read) for source in decision.sources],
        "overrides": [_use(use, expires_soon=id(use) in soon) for use in decision.overrides],
        "breakGlass": [_broken(use) for use in decision.broken_glass],
        "scannerSuppressions": _json(decision.suppressions),
        "record": _json(context.record),
    }


def _policy(policy: Policy) -> Json:
    return {
        "name": whole(policy.name),
        "version": whole(policy.version),
        "title": whole(policy.title),
        "owner": whole(policy.owner),
        "source": whole(policy.source),
        "sha256": whole(policy.sha256),
        "rules": [whole(rule.id) for rule in policy.rules],
    }


def _rule(result: RuleResult) -> Json:
    rule = result.rule
    return {
        "code": whole(rule.code),
        "id": whole(rule.id),
        "policy": whole(rule.policy),
        "check": whole(rule.check),
        "title": whole(rule.title),
        "place": _json(rule.place),
        "enforcement": rule.enforcement.value,
        "effectiveOn": _json(rule.effective_on),
        "inEffect": result.in_effect,
        "onMissing": rule.on_missing.value,
        "maxAgeSeconds": _json(rule.max_age),
        "collected": rule.collected,
        "servers": _json(rule.servers),
        "reports": _json(rule.reports),
        "controls": _json(rule.controls),
        "fix": _json(rule.fix),
        "parameters": _json(rule.parameters),
        "outcome": result.outcome.value,
        "summary": whole(result.summary),
        "notApplicable": _json(result.not_applicable),
        "figures": {whole(name): _json(value) for name, value in result.figures},
        "sources": _json(result.sources),
        "findings": [_finding(finding, result) for finding in result.findings],
    }


def _finding(finding: Finding, result: RuleResult) -> Json:
    state = "overridden" if finding.override else "blocks" if result.blocks(finding) else "warns"
    return {
        "fingerprint": whole(finding.fingerprint),
        "state": state,
        "kind": finding.kind.value,
        "message": whole(finding.message),
        "details": _json(finding.details),
        "severity": _json(finding.severity),
        "place": _json(finding.place),
        "subject": _json(finding.subject),
        "fix": _json(finding.fix),
        "warnsUntil": _json(finding.warns_until),
        "override": _json(finding.override.id if finding.override else None),
    }


def _source(source: Source, *, read: bool) -> Json:
    return {
        **_fields(source),
        "used": read,
        "whyNotUsed": None if read else whole(words.why_not_used(source)),
    }


def _use(use: OverrideUse, *, expires_soon: bool) -> Json:
    return {
        **_fields(use.override),
        "approvals": [_approval(each) for each in use.override.every_approval],
        "status": use.status.value,
        "message": whole(use.message),
        "covers": use.covers,
        "wouldCover": use.would_cover,
        "confirmBy": _json(use.confirm_by),
        "expiresSoon": expires_soon,
    }


def _approval(approval: Approval) -> Json:
    return {**_fields(approval), "assurance": approval.assurance.value}


def _broken(use: OverrideUse) -> Json:
    """What one person let through at once: also in ``overrides``, and told once more to be found."""
    return {
        "id": whole(use.override.id),
        "incident": _json(use.override.incident),
        "by": whole(use.override.requested_by),
        "status": use.status.value,
        "covers": use.covers,
        "confirmBy": _json(use.confirm_by),
        "message": whole(": ".join(words.broken_glass(use))),
    }


def _fields(value: Source | Override | Approval) -> dict[str, Json]:
    """The fields of a value of the model by their lowerCamelCase names."""
    return {_camel(each.name): _json(getattr(value, each.name)) for each in dataclasses.fields(value)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _json(value: object) -> Json:
    """A value of the model as JSON; the keys of a mapping sorted, as equal mappings may differ in order."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return whole(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {whole(str(key)): _json(item) for key, item in sorted(value.items())}
    if isinstance(value, Sequence):
        return [_json(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {_camel(each.name): _json(getattr(value, each.name)) for each in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in JSON")


REPORT = Report("json", "The whole decision for programs", render, "application/json")
