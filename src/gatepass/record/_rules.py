"""Rules and their findings, as the predicate says them."""

from __future__ import annotations

import hashlib

from gatepass.model.decision import Finding, FindingKind, RuleResult, Subject
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.record.signed_json import Object, canonical_line, filled, instant, number, text

MAXIMUM_FINDINGS = 1000
_EFFECTS = ("blocks", "overridden", "warns")  # what is kept first when a rule has too many


def rule_object(result: RuleResult) -> Object:
    """A rule, how it was to be enforced, and what came out."""
    rule = result.rule
    return {
        **filled(
            policy=text(rule.policy),
            id=text(rule.id),
            check=text(rule.check),
            title=text(rule.title),
            enforcement=rule.enforcement.value,
            effectiveOn=instant(rule.effective_on) if rule.effective_on else None,
            onMissing=rule.on_missing.value,
            outcome=result.outcome.value,
            summary=text(result.summary),
            notApplicable=text(result.not_applicable) if result.not_applicable is not None else None,
            figures=[{"name": text(name), "value": number(value)} for name, value in result.figures],
            controls=[text(each) for each in rule.controls],
            sources=[text(each) for each in result.sources],
        ),
        "findings": _findings(result),
    }


def _findings(result: RuleResult) -> Object:
    """At most 1,000 findings, those that decide first; the numbers and the digest are over all of them.

    The digest is SHA-256 over the canonical JSON of each finding with a line feed after it.
    """
    over_all = hashlib.sha256()
    counts = {"blocking": 0, "blockingMissingEvidence": 0, "overridden": 0, "warning": 0}
    kept: dict[str, list[Json]] = {effect: [] for effect in _EFFECTS}
    in_order: list[Json] = []
    for finding in result.findings:
        effect = _effect(result, finding)
        made = _finding(finding, effect)
        over_all.update(canonical_line(made))
        _count(counts, effect, finding)
        if len(kept[effect]) < MAXIMUM_FINDINGS:
            kept[effect].append(made)
        if len(in_order) < MAXIMUM_FINDINGS:
            in_order.append(made)
    if len(result.findings) > MAXIMUM_FINDINGS:
        in_order = [each for effect in _EFFECTS for each in kept[effect]][:MAXIMUM_FINDINGS]
    return {
        "count": len(result.findings),
        **counts,
        "digest": {"sha256": over_all.hexdigest()},
        "items": in_order,
    }


def _count(counts: dict[str, int], effect: str, finding: Finding) -> None:
    if effect == "blocks":
        missing = finding.kind is not FindingKind.VIOLATION
        counts["blockingMissingEvidence" if missing else "blocking"] += 1
    else:
        counts["overridden" if effect == "overridden" else "warning"] += 1


def _effect(result: RuleResult, finding: Finding) -> str:
    if finding.override is not None:
        return "overridden"
    return "blocks" if result.blocks(finding) else "warns"


def _finding(finding: Finding, effect: str) -> Object:
    return filled(
        fingerprint=finding.fingerprint,
        kind=finding.kind.value,
        effect=effect,
        message=text(finding.message),
        place=place_object(finding.place),
        severity=finding.severity.value if finding.severity else None,
        subject=_subject(finding.subject),
        fix=text(finding.fix or ""),
        override=text(finding.override.id) if finding.override else None,
        warnsUntil=instant(finding.warns_until) if finding.warns_until else None,
    )


def _subject(subject: Subject) -> Object:
    return filled(
        path=text(subject.path or ""),
        vulnerabilities=[text(each) for each in subject.vulnerabilities],
        package=text(subject.package or ""),
        artifact=text(subject.artifact or ""),
        fixable=subject.fixable or None,
    )


def place_object(place: Place) -> Object:
    """A place; its lines and columns count from 1."""
    return filled(path=text(place.path), line=place.line, column=place.column, endLine=place.end_line)
