"""A decision as a SARIF run: what both profiles share.

SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/. The level of a result is what it does to
the pipeline (error blocks, warning warns, note is observed); how bad the thing itself is stands in
``security-severity`` of its rule and in ``properties``. The two are different axes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gatepass import words
from gatepass.model.decision import Decision, Finding, Outcome, RuleResult
from gatepass.model.facts import Json
from gatepass.model.policy import Enforcement, Rule
from gatepass.model.scan import Severity

NOTHING_JUDGED = "gatepass/nothing-judged"
LONGEST_CATEGORY = 100

# the middle of GitHub's bands: over 9.0 critical, 7.0-8.9 high, 4.0-6.9 medium, 0.1-3.9 low
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_LEVELS = {Enforcement.BLOCK: "error", Enforcement.WARN: "warning", Enforcement.OBSERVE: "note"}
_PROBLEM_SEVERITIES = {"error": "error", "warning": "warning", "note": "recommendation"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long texts may be, in characters, and how many tags a rule may have; None is no limit."""

    description: int | None = None
    tags: int | None = None


NO_LIMITS = Limits()

Notice = tuple[str, str, str]


def level(finding: Finding, result: RuleResult) -> str:
    """What a finding does to the pipeline, an override left aside: it has its suppression."""
    if result.rule.enforcement is Enforcement.BLOCK and not finding.override and not result.blocks(finding):
        return "warning"
    return _LEVELS[result.rule.enforcement]


def rule_level(rule: Rule) -> str:
    """What a broken rule does by its enforcement."""
    return _LEVELS[rule.enforcement]


def severity(result: RuleResult) -> str | None:
    """GitHub's ``security-severity`` of a rule: of its worst finding, None when none has a severity."""
    known = [f.severity for f in result.findings if f.severity in _SCORES]
    return _SCORES[max(known, key=lambda each: each.rank)] if known else None


def rule_properties(result: RuleResult, limits: Limits) -> dict[str, Json]:
    """Tags (the controls among them), severity and precision in the keys that GitHub and others read."""
    rule, score = result.rule, severity(result)
    tags = ["compliance", *(["security"] if score else []), *rule.controls]
    properties: dict[str, Json] = {
        "tags": list[Json](dict.fromkeys(tags))[: limits.tags],
        "problem.severity": _PROBLEM_SEVERITIES[_LEVELS[rule.enforcement]],
        "check": rule.check,
        "enforcement": rule.enforcement.value,
        "policy": rule.policy,
        "controls": list[Json](rule.controls),
    }
    if score:
        properties["security-severity"] = score
    else:  # a scanner's findings are as precise as the scanner, which is not for us to say
        properties["precision"] = "very-high"
    return properties


def short_description(rule: Rule, limits: Limits) -> str:
    """The title, else the rule's id and check."""
    return cut(rule.title or f"{rule.id} ({rule.check})", limits.description)


def full_description(rule: Rule, limits: Limits) -> str:
    """The title, and which policy asks for it, by which check."""
    title = rule.title or rule.id
    said = f"{title}. Rule {rule.id} of policy {rule.policy}, judged by the check {rule.check}."
    return cut(said, limits.description)


def help_text(rule: Rule) -> str:
    """How to put it right, where the rule stands, and what it serves. Never empty."""
    lines = [rule.fix] if rule.fix else []
    lines.append(f"The rule stands at {rule.place}.")
    if rule.controls:
        lines.append(f"It serves {', '.join(rule.controls)}.")
    lines.append(f"See what it asks for with: gatepass explain {rule.id}")
    return "\n\n".join(lines)


def name(rule: Rule) -> str:
    """The id in the upper camel case that SARIF has for names: ``NoDebugArtifacts``."""
    parts = re.findall(r"[A-Za-z0-9]+", rule.id)
    return "".join(part[:1].upper() + part[1:] for part in parts) or "Rule"


def message(finding: Finding, longest: int | None = None) -> str:
    """The message and its details; no text of a report becomes a link (section 3.11.6)."""
    said = "\n".join((finding.message, *finding.details)).strip() or "no message"
    return cut(plain_message(said), longest)


def plain_message(text: str) -> str:
    """A text in which a consumer finds no embedded link."""
    return text.replace("](", "] (")


def cut(text: str, longest: int | None) -> str:
    """At most ``longest`` characters, ending in ``…`` when something was left out."""
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def category(decision: Decision) -> str:
    """``gatepass/release+security/``: the same for a push and a change request, so alerts can be matched."""
    names = "+".join(sorted({re.sub(r"[^A-Za-z0-9_.-]", "-", policy.name) for policy in decision.policies}))
    if len(names) > LONGEST_CATEGORY:
        names = hashlib.sha256(names.encode()).hexdigest()[:32]
    return f"gatepass/{names or 'none'}/"


def repository_uri(decision: Decision) -> str | None:
    """The repository's address, where the address of the change request or the run shows it."""
    build = decision.build
    if not build.repository or not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+", build.repository, re.ASCII):
        return None
    for url in (build.change_request.url if build.change_request else None, build.run.url):
        found = re.match(rf"https://[\w.:-]+/{re.escape(build.repository)}(?=/|$)", url or "", re.ASCII)
        if found:
            return found[0]
    return None


def run_properties(decision: Decision) -> dict[str, Json]:
    """The verdict, the counts and the build."""
    return {
        "verdict": decision.verdict.value,
        "counts": {outcome.value: len(decision.by_outcome(outcome)) for outcome in Outcome},
        "relaxations": list[Json](decision.relaxations),
        "repository": decision.build.repository,
        "commit": decision.build.commit,
    }


def notices(decision: Decision) -> list[Notice]:
    """Kind, level and words of what the run has to say besides results: nothing given disappears."""
    said: list[Notice] = [
        ("relaxed", "warning", f"{word}: {sentence}")
        for word, sentence in words.loud(decision)
        if (word, sentence) not in map(words.broken_glass, decision.broken_glass)
    ]
    said += [("break-glass", "warning", ": ".join(words.broken_glass(use))) for use in decision.broken_glass]
    for source in words.other_sources(decision):
        kind = source.problem.code.value if source.problem else "not-used"
        said.append(
            (kind, "warning" if source.problem else "note", f"not used: {words.why_not_used(source)}")
        )
    for source in decision.sources:
        said += [("note", "note", f"{source.name}: {note}") for note in source.notes]
    for use in decision.overrides:
        if use not in decision.overrides_in_force:
            said.append((f"override-{use.status.value}", "warning", words.override_use(use)))
    for use in decision.overrides_expiring_soon:
        said.append(("override-expires-soon", "warning", words.expires_soon(use, decision.at)))
    if decision.suppressions:
        said.append(("scanner-suppressions", "note", words.suppression_tally(decision)))
    return said
