"""Whether a predicate agrees with itself: outcomes and verdict are derived again from its findings.

The derivation is `gatepass.model.decision`'s, done here a second time on purpose, from what the record says
alone: an auditor needs neither the policy nor the evidence for it.
"""

from __future__ import annotations

from datetime import datetime

from gatepass.errors import VerificationError
from gatepass.model.decision import FindingKind, Outcome, Verdict
from gatepass.model.policy import Enforcement, OnMissing
from gatepass.record._rules import MAXIMUM_FINDINGS
from gatepass.record.names import UNSIGNED_FLAG
from gatepass.record.reading import entries, field_count, field_instant, field_object, field_text
from gatepass.record.signed_json import Object, canonical_line, sha256

_COUNTS = ("blocking", "blockingMissingEvidence", "overridden", "warning")


def contradictions(predicate: Object) -> tuple[str, ...]:
    """What does not agree, in words; empty when all does. Raises `VerificationError` for a wrong shape."""
    at = field_instant(predicate, "evaluatedAt")
    if at is None:
        raise VerificationError("evaluatedAt is not there")
    in_force = {
        field_text(use, "id") for use in entries(predicate, "overrides") if use.get("status") == "in-force"
    }
    wrong: list[str] = []
    outcomes: list[Outcome] = []
    judged = False
    for rule in entries(predicate, "rules"):
        outcome, reasons = _judged(rule, at, in_force)
        code = f"{field_text(rule, 'policy')}/{field_text(rule, 'id')}"
        wrong.extend(f"rule {code}: {reason}" for reason in reasons)
        outcomes.append(outcome)
        judged = judged or _had_evidence(rule, outcome)
    verdict = _verdict(outcomes) if judged else Verdict.FAILED
    if field_text(predicate, "verdict") != verdict:
        wrong.append(f"the verdict is {predicate['verdict']}, its rules make it {verdict}")
    return (
        *wrong,
        *_policies(predicate),
        *_inputs(predicate),
        *_broken_glass(predicate),
        *_unsigned(predicate),
    )


def _judged(rule: Object, at: datetime, in_force: set[str]) -> tuple[Outcome, list[str]]:
    """The outcome of a rule by its own findings, and what it says otherwise."""
    findings = field_object(rule, "findings")
    items = entries(findings, "items")
    effects = [_effect(rule, finding, at) for finding in items]
    wrong = [
        f"finding {each.get('fingerprint')} {effect}, the record says {each.get('effect')}"
        for each, effect in zip(items, effects, strict=True)
        if each.get("effect") != effect
    ]
    covered = {field_text(each, "override") for each in items if "override" in each}
    wrong += [f"the override {name} is not in force" for name in sorted(covered - in_force)]
    wrong += _miscounted(findings, items, effects)
    outcome = _outcome(rule, findings)
    if field_text(rule, "outcome") != outcome:
        wrong.append(f"the outcome is {rule['outcome']}, its findings make it {outcome}")
    return outcome, wrong


def _effect(rule: Object, finding: Object, at: datetime) -> str:
    if "override" in finding:
        return "overridden"
    kind = field_text(finding, "kind")
    if kind not in set(FindingKind):
        raise VerificationError(f"{kind[:40]} is no kind of finding")
    if field_text(rule, "enforcement") != Enforcement.BLOCK:
        return "warns"
    if kind == FindingKind.MISSING_EVIDENCE and field_text(rule, "onMissing") != OnMissing.FAIL:
        return "warns"
    effective_on, warns_until = field_instant(rule, "effectiveOn"), field_instant(finding, "warnsUntil")
    waits = effective_on is not None and at < effective_on
    in_grace = warns_until is not None and at < warns_until
    return "warns" if waits or in_grace else "blocks"


def _miscounted(findings: Object, items: list[Object], effects: list[str]) -> list[str]:
    """Whether the numbers and the digest fit the findings listed; of a shortened list, as far as it goes."""
    stated = [field_count(findings, name) for name in _COUNTS]
    blocking = [i for i, effect in zip(items, effects, strict=True) if effect == "blocks"]
    missing = sum(1 for i in blocking if i["kind"] != FindingKind.VIOLATION)
    listed = [len(blocking) - missing, missing, effects.count("overridden"), effects.count("warns")]
    count = field_count(findings, "count")
    complete = len(items) == min(count, MAXIMUM_FINDINGS)
    if not complete or sum(stated) != count or any(a > b for a, b in zip(listed, stated, strict=True)):
        return ["its numbers of findings do not add up"]
    if count != len(items):
        return []
    digest = field_text(field_object(findings, "digest"), "sha256")
    if digest != sha256(b"".join(canonical_line(each) for each in items)):
        return ["its findings are not those of its digest"]
    return []


def _outcome(rule: Object, findings: Object) -> Outcome:
    if "notApplicable" in rule:
        return Outcome.NOT_APPLICABLE
    if field_count(findings, "blocking"):
        return Outcome.FAIL
    if field_count(findings, "blockingMissingEvidence"):
        return Outcome.ERROR
    if field_count(findings, "warning"):
        return Outcome.WARN
    return Outcome.OVERRIDDEN if field_count(findings, "overridden") else Outcome.PASS


def _had_evidence(rule: Object, outcome: Outcome) -> bool:
    """Whether there was anything to judge by; see `gatepass.model.decision.RuleResult.judged`."""
    if outcome is not Outcome.WARN:
        return outcome is not Outcome.NOT_APPLICABLE
    findings = field_object(rule, "findings")
    items = entries(findings, "items")
    violations = any(item.get("kind") == FindingKind.VIOLATION for item in items)
    return violations or field_count(findings, "count") > len(items)


def _verdict(outcomes: list[Outcome]) -> Verdict:
    judged = [each for each in outcomes if each is not Outcome.NOT_APPLICABLE]
    return Verdict.PASSED if judged and not any(each.blocks for each in judged) else Verdict.FAILED


def _policies(predicate: Object) -> list[str]:
    """Every rule's policy is listed, and a policy counts as applied when one of its rules was."""
    rules = entries(predicate, "rules")
    named = {field_text(rule, "policy") for rule in rules}
    applied = {field_text(rule, "policy") for rule in rules if "notApplicable" not in rule}
    listed = {field_text(each, "name"): each.get("applied") for each in entries(predicate, "policies")}
    wrong = [f"the policy {name} has rules but is not listed" for name in sorted(named - set(listed))]
    return wrong + [
        f"it is not true of the policy {name} whether it was applied"
        for name, said in listed.items()
        if said is not (name in applied)
    ]


def _inputs(predicate: Object) -> list[str]:
    """Every source that a rule used is listed, and an input counts as used when a rule did."""
    used: set[str] = set()
    for rule in entries(predicate, "rules"):
        sources = rule.get("sources", [])
        if not isinstance(sources, list):
            raise VerificationError("sources is not a list")
        used |= {str(each) for each in sources}
    listed = {field_text(each, "name"): each.get("used") for each in entries(predicate, "inputs")}
    wrong = [f"the source {name} was used but is not listed" for name in sorted(used - set(listed))]
    return wrong + [
        f"it is not true of the input {name} whether it was used"
        for name, said in listed.items()
        if said is not (name in used)
    ]


def _broken_glass(predicate: Object) -> list[str]:
    """Every broken glass among the overrides is told of on its own, with the same standing."""
    broken = {
        (field_text(use, "id"), field_text(use, "status"))
        for use in entries(predicate, "overrides")
        if use.get("breakGlass") is True
    }
    told = entries(predicate, "breakGlass") if "breakGlass" in predicate else []
    listed = {(field_text(use, "id"), field_text(use, "status")) for use in told}
    return [f"the broken glass {name} is not told of as it stands" for name, _ in sorted(broken ^ listed)]


def _unsigned(predicate: Object) -> list[str]:
    relaxations = predicate.get("relaxations")
    if not isinstance(relaxations, list):
        raise VerificationError("relaxations is not a list")
    if (predicate.get("unsigned") is True) != (UNSIGNED_FLAG in relaxations):
        return [f"unsigned and {UNSIGNED_FLAG} among the relaxations do not agree"]
    return []
