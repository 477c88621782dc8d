"""Decisions to write, report and verify: one with everything in it, one as small as can be.

`a_decision` holds every outcome, every enforcement, every status of an override and every problem that a
source can have. Its instant is `AT`; change anything with `dataclasses.replace`, or through its arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gatepass.model.build import Actor, Artifact, Assurance, Build, ChangeRequest, Event, Run
from gatepass.model.decision import Decision, Finding, FindingKind, RuleResult, Subject
from gatepass.model.override import Match, Override, OverrideStatus, OverrideUse
from gatepass.model.place import Place
from gatepass.model.policy import Allowance, Enforcement, OnMissing, Policy, Rule, Scope
from gatepass.model.scan import Severity
from gatepass.model.source import Problem, ProblemCode, Source

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"
HEAD = "3f2c1aa4c1d0ae598e95dc970b74767f19372d61"
POLICY_FILE = "policies/release.yaml"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def a_decision(
    *,
    build: Build | None = None,
    results: Sequence[RuleResult] | None = None,
    sources: Sequence[Source] | None = None,
    overrides: Sequence[OverrideUse] | None = None,
    relaxations: Sequence[str] = (),
    at: datetime = AT,
) -> Decision:
    """A FAILED decision with everything in it; what is given takes the place of what is there."""
    return Decision(
        gate_version="0.1.0",
        at=at,
        build=build or a_build(),
        policies=policies(),
        results=tuple(results) if results is not None else all_results(),
        sources=tuple(sources) if sources is not None else all_sources(),
        overrides=tuple(overrides) if overrides is not None else all_overrides(),
        relaxations=tuple(relaxations),
    )


def a_passing_decision() -> Decision:
    """As `a_decision`, without the rules that fail: PASSED, with a warning and an override."""
    return a_decision(results=[r for r in all_results() if not r.outcome.blocks])


def a_small_decision() -> Decision:
    """One rule that passes on one report."""
    return replace(
        a_decision(
            build=Build(platform="local", commit=COMMIT),
            results=[passing_result()],
            sources=all_sources()[:1],
            overrides=(),
        ),
        policies=policies()[:1],
    )


def a_build() -> Build:
    return Build(
        platform="github",
        repository="acme/payments",
        commit=COMMIT,
        other_commits=(HEAD,),
        ref="refs/pull/482/merge",
        branch="refund-limits",
        event=Event.CHANGE_REQUEST,
        change_request=ChangeRequest(
            number="482",
            head=HEAD,
            base="77aa01c4c1d0ae598e95dc970b74767f19372d61",
            source_branch="refund-limits",
            target_branch="main",
            author="alice",
            url="https://github.com/acme/payments/pull/482",
        ),
        run=Run(
            id="9001",
            attempt=2,
            url="https://github.com/acme/payments/actions/runs/9001",
            workflow="release",
            job="gate",
        ),
        actors=(
            Actor("author", "alice", "1001", Assurance.PLATFORM_API),
            Actor("triggered-by", "alice", "1001", Assurance.OIDC),
            Actor("re-ran-by", "bob", "1002", Assurance.SELF_ASSERTED),
        ),
        artifacts=(Artifact("payments-1.4.2.tar.gz", (("sha256", sha256("an artifact")),), 18),),
        changed_paths=("src/payments/refund.py", "src/payments/ledger.py"),
    )


def a_rule(name: str, check: str, line: int, *, policy: str = "release", **more: Any) -> Rule:
    place = Place(f"policies/{policy}.yaml", line, 5)
    return Rule(name, policy, check, place, title=name.replace("-", " ").capitalize(), **more)


def policies() -> tuple[Policy, ...]:
    rules = tuple(result.rule for result in all_results())
    return (
        Policy(
            name="release",
            source=POLICY_FILE,
            sha256=sha256("the release policy\n"),
            rules=tuple(r for r in rules if r.policy == "release"),
            title="What may be released",
            owner="appsec@acme.example",
            version="1.4.0",
            scope=Scope(repositories=("acme/*",), branches=("main", "release/*")),
            allowances=(
                Allowance(
                    rules=("licences", "coverage"),
                    place=Place(POLICY_FILE, 60, 5),
                    teams=(("acme/appsec", ("dana", "erin")),),
                    reasons=("false-positive", "risk-accepted"),
                    require=("ticket",),
                ),
            ),
        ),
        Policy(
            name="production",
            source="git+https://git.acme.example/policies@0123abcd#production.yaml",
            sha256=sha256("the production policy\n"),
            rules=tuple(r for r in rules if r.policy == "production"),
            version="2.0.0",
            scope=Scope(branches=("production",)),
        ),
    )


def all_results() -> tuple[RuleResult, ...]:
    """Every outcome, by every way to it."""
    return (
        failing_result(),
        erring_result(),
        grace_result(),
        RuleResult(
            rule=a_rule("lint", "findings", 30, enforcement=Enforcement.WARN),
            at=AT,
            summary="1 finding",
            findings=(
                a_finding("release/lint", "unused import `os`", "src/payments/api.py", 3, severity=None),
            ),
            sources=("lint.sarif",),
        ),
        RuleResult(
            rule=a_rule("complexity", "findings", 34, enforcement=Enforcement.OBSERVE),
            at=AT,
            summary="1 finding, only recorded",
            findings=(
                a_finding("release/complexity", "refund() has complexity 14", "src/payments/refund.py", 40),
            ),
            sources=("lint.sarif",),
        ),
        RuleResult(
            rule=a_rule("signed-commits", "expression", 38, effective_on=datetime(2027, 1, 1, tzinfo=UTC)),
            at=AT,
            summary="1 commit is not signed",
            findings=(a_finding("release/signed-commits", "3f2c1aa is not signed", POLICY_FILE, 38),),
            sources=("commits.json",),
        ),
        RuleResult(
            rule=a_rule("fuzzing", "facts", 44, on_missing=OnMissing.WARN),
            at=AT,
            summary="no report",
            findings=(
                a_finding(
                    "release/fuzzing",
                    "no facts `fuzzing`",
                    POLICY_FILE,
                    44,
                    kind=FindingKind.MISSING_EVIDENCE,
                ),
            ),
        ),
        overridden_result(),
        passing_result(),
        RuleResult(
            rule=a_rule("freeze", "expression", 4, policy="production"),
            at=AT,
            not_applicable="policy production is for the branches production; this build is for main",
        ),
    )


def failing_result() -> RuleResult:
    return RuleResult(
        rule=a_rule(
            "coverage",
            "coverage",
            12,
            controls=("soc2:CC8.1", "nist-ssdf:PW.8.2"),
            fix="Add tests for the lines named here.",
        ),
        at=AT,
        summary="lines 78.4 % of 80 · changed lines 62.5 % of 90",
        findings=(
            a_finding(
                "release/coverage",
                "lines 41.2 % of 80",
                "src/payments/refund.py",
                14,
                details=("14-22, 31, 40-58",),
            ),
            a_finding("release/coverage", "lines 66.0 % of 80", "src/payments/ledger.py", 12),
        ),
        figures=(("lines", 78.4), ("changed-lines", 62.5), ("coverable", 1250)),
        sources=("coverage.xml",),
    )


def erring_result() -> RuleResult:
    return RuleResult(
        rule=a_rule("reviewed", "approvals", 18),
        at=AT,
        summary="no approvals to judge",
        findings=(
            a_finding(
                "release/reviewed",
                "no approvals of change 482 were given",
                POLICY_FILE,
                18,
                kind=FindingKind.MISSING_EVIDENCE,
                fix="give the reviews with --evidence reviews.json",
            ),
        ),
    )


def grace_result() -> RuleResult:
    return RuleResult(
        rule=a_rule("snyk", "vulnerabilities", 24, controls=("soc2:CC7.1",)),
        at=AT,
        summary="1 high, in grace until 2026-12-03 (11 days)",
        findings=(
            a_finding(
                "release/snyk",
                "SNYK-JS-LODASH-590103 lodash 4.17.15 → 4.17.21",
                "package-lock.json",
                None,
                severity=Severity.HIGH,
                subject=Subject(
                    vulnerabilities=("SNYK-JS-LODASH-590103", "CVE-2020-8203"), package="lodash", fixable=True
                ),
                warns_until=datetime(2026, 12, 3, tzinfo=UTC),
            ),
        ),
        figures=(("critical", 0), ("high", 1)),
        sources=("snyk.json",),
    )


def overridden_result() -> RuleResult:
    return RuleResult(
        rule=a_rule("licences", "expression", 50),
        at=AT,
        summary="1 licence is not allowed",
        findings=(
            a_finding(
                "release/licences",
                "GPL-3.0-only of readline 8.2",
                "package-lock.json",
                None,
                severity=Severity.MEDIUM,
                subject=Subject(package="readline"),
                override=an_override("OVR-2026-014", "licences"),
            ),
        ),
        sources=("snyk.json",),
    )


def passing_result() -> RuleResult:
    return RuleResult(
        rule=a_rule("tests", "tests", 8, controls=("soc2:CC8.1",)),
        at=AT,
        summary="1,204 run, 3 skipped",
        figures=(("run", 1204), ("skipped", 3)),
        sources=("junit.xml",),
    )


def a_finding(rule: str, message: str, path: str, line: int | None, **more: Any) -> Finding:
    fingerprint = sha256(f"{rule}\n{path}\n{message}")[:32]
    given = {"severity": Severity.LOW, "subject": Subject(path=path), **more}
    return Finding(rule, message, Place(path, line), fingerprint, **given)


def an_override(name: str, rule: str, *, expires: datetime = datetime(2026, 12, 2, tzinfo=UTC)) -> Override:
    return Override(
        id=name,
        rule=rule,
        match=Match(packages=("readline",)),
        reason="risk-accepted",
        justification="only linked into the developers' shell, not shipped",
        requested_by="alice",
        approved_by=("dana",),
        created=AT - timedelta(days=20),
        expires=expires,
        place=Place(f"overrides/{name}.yaml", 1, 1),
        sha256=sha256(name),
        ticket="SEC-123",
    )


def all_overrides() -> tuple[OverrideUse, ...]:
    """The one in force, and one for every other status."""
    used = OverrideUse(
        an_override("OVR-2026-014", "licences"), OverrideStatus.IN_FORCE, "covers 1 finding", covers=1
    )
    others = [s for s in OverrideStatus if s is not OverrideStatus.IN_FORCE]
    return (
        used,
        *(
            OverrideUse(
                replace(
                    an_override(f"OVR-2026-{100 + n}", "coverage"),
                    approved_by=() if status is OverrideStatus.REQUESTED else ("dana",),
                ),
                status,
                f"is {status}",
                would_cover=n,
            )
            for n, status in enumerate(others)
        ),
    )


def all_sources() -> tuple[Source, ...]:
    """The reports that rules rely on, and one for every problem."""
    used = (
        _source("junit.xml", "junit", "tests"),
        _source("coverage.xml", "cobertura", "coverage"),
        _source("snyk.json", "snyk", "vulnerabilities"),
        _source("lint.sarif", "sarif", "findings"),
        _source("commits.json", "json", "facts"),
    )
    same = replace(_source("copy/junit.xml", "junit", "tests"), sha256=used[0].sha256, same_as="junit.xml")
    broken = tuple(
        Source(
            name=f"old/{code}.xml",
            sha256="" if code is ProblemCode.MISSING else sha256(code),
            size=0 if code is ProblemCode.MISSING else 100,
            problem=Problem(code, f"it is {code}", line=3, column=7),
        )
        for code in ProblemCode
    )
    return (*used, same, *broken)


def _source(name: str, reader: str, kind: str) -> Source:
    return Source(
        name=name,
        sha256=sha256(name),
        size=len(name),
        format=reader,
        kind=kind,
        producer=f"{reader} 1.0",
        commit=COMMIT,
        created=AT - timedelta(minutes=2),
        notes=("its summary says 78 %, its lines 78.4 %",) if reader == "cobertura" else (),
    )
