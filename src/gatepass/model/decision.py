"""Findings, outcomes and the verdict. Everything that can be derived is a property."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gatepass.model.build import Build
from gatepass.model.identity import Identity
from gatepass.model.override import EXPIRES_SOON, Override, OverrideStatus, OverrideUse
from gatepass.model.place import Place
from gatepass.model.policy import Enforcement, OnMissing, Policy, Rule
from gatepass.model.scan import Severity
from gatepass.model.source import Source
from gatepass.model.suppression import ScannerSuppression


class FindingKind(StrEnum):
    """Whether a rule is broken, or cannot be judged because evidence is not there or cannot be read.

    What a rule does about missing evidence (``on-missing``) it does not do about broken evidence: that was
    there, and nobody knows what it would have said.
    """

    VIOLATION = "violation"
    MISSING_EVIDENCE = "missing-evidence"
    BROKEN_EVIDENCE = "broken-evidence"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about, for overrides to match on."""

    path: str | None = None
    vulnerabilities: tuple[str, ...] = ()
    package: str | None = None
    artifact: str | None = None
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found, always with a place: the code if known, else the rule's own line.

    Texts may come from hostile reports: whoever prints them escapes them. ``fingerprint`` is 32 hex
    digits that stay the same from run to run. ``details`` are further lines. ``warns_until`` is the
    instant (UTC) before which the finding only warns (a grace period). ``override`` is the exception in
    force that covers it.
    """

    rule: str
    message: str
    place: Place
    fingerprint: str
    kind: FindingKind = FindingKind.VIOLATION
    severity: Severity | None = None
    subject: Subject = Subject()
    details: tuple[str, ...] = ()
    fix: str | None = None
    warns_until: datetime | None = None
    override: Override | None = None


class Outcome(StrEnum):
    """Of a rule; XCCDF's results in our words."""

    FAIL = "fail"
    ERROR = "error"
    WARN = "warn"
    OVERRIDDEN = "overridden"
    PASS = "pass"
    NOT_APPLICABLE = "not-applicable"

    @property
    def blocks(self) -> bool:
        """Whether it fails the pipeline."""
        return self in (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What came out of one rule at the instant ``at``.

    ``summary`` is one line for people ("lines 78.4 % of 80"). ``figures`` are measured values by name.
    ``not_applicable`` says why the rule was not applied. ``sources`` are names of the reports it used.
    """

    rule: Rule
    at: datetime
    summary: str = ""
    findings: tuple[Finding, ...] = ()
    figures: tuple[tuple[str, str | int | float], ...] = ()
    sources: tuple[str, ...] = ()
    not_applicable: str | None = None

    @property
    def in_effect(self) -> bool:
        """Whether the day from which the rule blocks has come."""
        return self.rule.effective_on is None or self.at >= self.rule.effective_on

    def blocks(self, finding: Finding) -> bool:
        """Whether this finding fails the pipeline."""
        if finding.override is not None or self.rule.enforcement is not Enforcement.BLOCK:
            return False
        if finding.kind is FindingKind.MISSING_EVIDENCE and self.rule.on_missing is not OnMissing.FAIL:
            return False
        in_grace = finding.warns_until is not None and self.at < finding.warns_until
        return self.in_effect and not in_grace

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that fail the pipeline."""
        return tuple(f for f in self.findings if self.blocks(f))

    @property
    def warning(self) -> tuple[Finding, ...]:
        """The findings that are said but do not fail the pipeline, and that no override covers."""
        return tuple(f for f in self.findings if f.override is None and not self.blocks(f))

    @property
    def overridden(self) -> tuple[Finding, ...]:
        """The findings that an override in force covers."""
        return tuple(f for f in self.findings if f.override is not None)

    @property
    def judged(self) -> bool:
        """Whether there was anything to judge by: a rule that only warns that evidence is missing was not."""
        if self.not_applicable is not None:
            return False
        only_missing = all(f.kind is not FindingKind.VIOLATION for f in self.findings)
        return not (self.outcome is Outcome.WARN and only_missing)

    @property
    def outcome(self) -> Outcome:
        """Derived from the findings, never stored."""
        if self.not_applicable is not None:
            return Outcome.NOT_APPLICABLE
        if self.blocking:
            judged = any(f.kind is FindingKind.VIOLATION for f in self.blocking)
            return Outcome.FAIL if judged else Outcome.ERROR
        if self.warning:
            return Outcome.WARN
        return Outcome.OVERRIDDEN if self.findings else Outcome.PASS


class Verdict(StrEnum):
    """SLSA VSA's two words."""

    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole result of one run of the gate at one instant.

    ``policies`` are all that were given, in scope or not. ``sources`` are all reports that were given,
    used or not. ``relaxations`` names every flag of this run that weakens it (``--unsafe-unsigned``,
    ``--now``, ``--exit-zero``). ``suppressions`` are what scanners were told to leave out, by nobody's leave.
    ``identities`` are the tokens that were given, with their claims, believed or not.
    """

    gate_version: str
    at: datetime
    build: Build
    policies: tuple[Policy, ...]
    results: tuple[RuleResult, ...]
    sources: tuple[Source, ...] = ()
    overrides: tuple[OverrideUse, ...] = ()
    relaxations: tuple[str, ...] = ()
    suppressions: tuple[ScannerSuppression, ...] = ()
    identities: tuple[Identity, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """PASSED only if something was judged and nothing blocks: there is no empty yes."""
        if self.nothing_judged or any(r.outcome.blocks for r in self.results):
            return Verdict.FAILED
        return Verdict.PASSED

    @property
    def nothing_judged(self) -> bool:
        """Whether no rule had anything to judge by: a failure of its own."""
        return not any(r.judged for r in self.results)

    def by_outcome(self, outcome: Outcome) -> tuple[RuleResult, ...]:
        """The results with an outcome, in the order of the policies."""
        return tuple(r for r in self.results if r.outcome is outcome)

    @property
    def used_sources(self) -> tuple[Source, ...]:
        """The sources that at least one rule relied on."""
        used = {name for result in self.results for name in result.sources}
        return tuple(s for s in self.sources if s.name in used)

    @property
    def overrides_in_force(self) -> tuple[OverrideUse, ...]:
        """The overrides that cover a finding."""
        return tuple(use for use in self.overrides if use.status is OverrideStatus.IN_FORCE)

    @property
    def overrides_expiring_soon(self) -> tuple[OverrideUse, ...]:
        """The overrides in force that end within 14 days of the decision, the first to end first.

        Broken glass is told of anyway, and never lasts longer.
        """
        soon = [
            use
            for use in self.overrides_in_force
            if use.override.ends_within(EXPIRES_SOON, self.at) and not use.override.break_glass
        ]
        return tuple(sorted(soon, key=lambda use: use.override.expires))

    @property
    def broken_glass(self) -> tuple[OverrideUse, ...]:
        """What single persons let through at once, whatever became of it; the unconfirmed first."""
        broken = [use for use in self.overrides if use.override.break_glass]
        return tuple(sorted(broken, key=lambda use: use.status is not OverrideStatus.UNCONFIRMED))
