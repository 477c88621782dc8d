"""Decisions as reports meet them: the one of the design's picture, one with everything in it, odd ones."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from gatepass.model.build import Actor, Build, ChangeRequest, Event, Run
from gatepass.model.decision import Decision, Finding, FindingKind, RuleResult, Subject
from gatepass.model.override import Match, Override, OverrideStatus, OverrideUse
from gatepass.model.place import Place
from gatepass.model.policy import Enforcement, OnMissing, Policy, Rule
from gatepass.model.scan import Severity
from gatepass.model.source import Problem, ProblemCode, Source
from gatepass.reports._report import RecordInfo, ReportContext

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
KEY = "SHA256:PD/Hi2FSM6dGVzdGtleXRlc3RrZXl0ZXN0a2V5dGVzdGs"
RECORD = RecordInfo("gatepass.intoto.jsonl", KEY)
CONTEXT = ReportContext(record=RECORD)
BUILD = Build(
    platform="github",
    repository="acme/payments",
    commit="9fceb02d0ae598e95dc970b74767f19372d61af8",
    branch="refund-fees",
    event=Event.CHANGE_REQUEST,
    change_request=ChangeRequest(
        "482", target_branch="main", author="alice", url="https://github.com/acme/payments/pull/482"
    ),
    run=Run("77120", 1, "https://github.com/acme/payments/actions/runs/77120"),
    actors=(Actor("triggered-by", "alice"),),
)


def rule(name: str, check: str = "", line: int = 8, policy: str = "release", **more: object) -> Rule:
    return Rule(name, policy, check or name, Place("policies/release.yaml", line, 5), **more)  # type: ignore[arg-type]


def finding(of: Rule, message: str, place: Place | None = None, **more: object) -> Finding:
    fingerprint = f"{abs(hash_of(of.code + message)):032x}"
    return Finding(of.code, message, place or of.place, fingerprint, **{"fix": of.fix, **more})  # type: ignore[arg-type]


def hash_of(text: str) -> int:
    return int.from_bytes(text.encode("utf-8", "surrogatepass")[-12:], "big") + len(text)


def override(name: str, rule_id: str, **more: object) -> Override:
    given: dict[str, object] = {
        "id": name,
        "rule": rule_id,
        "match": Match(whole_rule=True),
        "reason": "risk-accepted",
        "justification": "Only the build tools ship under this licence.",
        "requested_by": "alice",
        "approved_by": ("dana",),
        "created": datetime(2026, 11, 2, tzinfo=UTC),
        "expires": datetime(2026, 12, 2, tzinfo=UTC),
        "place": Place("overrides/licences.yaml", 1),
        "sha256": "ab" * 32,
        "ticket": "SEC-123",
    }
    return Override(**{**given, **more})  # type: ignore[arg-type]


def policy(rules: tuple[Rule, ...], name: str = "release") -> Policy:
    return Policy(
        name, f"policies/{name}.yaml", "cd" * 32, rules, title="What may be released", version="1.4.0"
    )


def decision(*results: RuleResult, **more: object) -> Decision:
    """A decision over results, its policy made from their rules."""
    given: dict[str, object] = {
        "gate_version": "0.1.0",
        "at": NOW,
        "build": BUILD,
        "policies": (policy(tuple(r.rule for r in results)),),
        "results": results,
    }
    return Decision(**{**given, **more})  # type: ignore[arg-type]


def report(name: str, **more: object) -> Source:
    given: dict[str, object] = {"sha256": "ef" * 32, "size": 250_000, "format": "junit", "kind": "tests"}
    return Source(name, **{**given, **more})  # type: ignore[arg-type]


def picture() -> Decision:
    """The decision of the design's picture."""
    coverage = rule(
        "coverage",
        controls=("soc2:CC8.1",),
        fix="add tests for the lines named here",
        title="New code is tested",
        parameters={"minimum": {"lines": 80}},
    )
    reviewed = rule(
        "reviewed", "approvals", 17, fix="ask bob to look again; a clean rebase would have kept it"
    )
    snyk = rule("snyk", "vulnerabilities", 28)
    licences = rule("licences", "vulnerabilities", 36)
    passed = (
        ("tests", "1,204 run, 3 skipped"),
        ("sonar", "OK"),
        ("secrets", "0"),
        ("signed", "commits"),
        ("stages", "4 of 4"),
    )
    exception = override("OVR-2026-014", "licences")
    return decision(
        RuleResult(
            coverage,
            NOW,
            "lines 78.4 % of 80 · changed lines 62.5 % of 90",
            (
                finding(
                    coverage,
                    "41.2 %",
                    Place("src/payments/refund.py", 14),
                    details=("14-22, 31, 40-58",),
                    subject=Subject(path="src/payments/refund.py"),
                ),
                finding(coverage, "66.0 %", Place("src/payments/ledger.py", 12), details=("12-19",)),
            ),
            (("lines", 78.4), ("changed-lines", 62.5)),
            ("coverage.xml",),
        ),
        RuleResult(
            reviewed,
            NOW,
            "1 of 2 approvals · bob approved 3f2c1aa, two commits ago",
            (finding(reviewed, "1 of 2 approvals · bob approved 3f2c1aa, two commits ago"),),
            sources=("reviews.json",),
        ),
        RuleResult(
            snyk,
            NOW,
            "1 high",
            (
                finding(
                    snyk,
                    "SNYK-JS-LODASH-590103",
                    severity=Severity.HIGH,
                    details=("lodash 4.17.15 → 4.17.21   express > lodash",),
                    warns_until=datetime(2026, 12, 3, tzinfo=UTC),
                    subject=Subject(
                        package="lodash", vulnerabilities=("SNYK-JS-LODASH-590103",), fixable=True
                    ),
                ),
            ),
            sources=("snyk.json",),
        ),
        RuleResult(
            licences,
            NOW,
            "1 licence refused",
            (finding(licences, "GPL-3.0 in left-pad", severity=Severity.MEDIUM, override=exception),),
            sources=("snyk.json",),
        ),
        *(
            RuleResult(rule(name, line=40 + at), NOW, summary, sources=(f"{name}.json",))
            for at, (name, summary) in enumerate(passed)
        ),
        *(
            RuleResult(rule(name, line=60), NOW, not_applicable="environment is not production")
            for name in ("deployed", "scanned")
        ),
        sources=(
            report("coverage.xml", kind="coverage", format="cobertura"),
            report("reviews.json", size=5_000),
            report("snyk.json"),
            report("tests.json"),
            report("sonar.json"),
            report("secrets.json", size=300_000),
            report("old/junit.xml", problem=Problem(ProblemCode.OTHER_COMMIT, "is for 77aa01c")),
        ),
        overrides=(OverrideUse(exception, OverrideStatus.IN_FORCE, "", covers=1),),
    )


def everything() -> Decision:
    """Every outcome, every status of an override, every reason why a report does not count."""
    base = picture()
    scan = rule(
        "scan", "findings", 70, controls=("nist-ssdf:PW.8.2", "soc2:CC7.1"), title="No finding of note"
    )
    soon = rule("soon", "tests", 80, effective_on=datetime(2027, 1, 1, tzinfo=UTC))
    told = rule("told", "tests", 82, enforcement=Enforcement.WARN)
    watched = rule("watched", "tests", 84, enforcement=Enforcement.OBSERVE)
    absent = rule("absent", "coverage", 86)
    lenient = rule("lenient", "coverage", 88, on_missing=OnMissing.WARN)
    missing = {"kind": FindingKind.MISSING_EVIDENCE}
    results = (
        RuleResult(
            scan,
            NOW,
            "14 findings",
            (
                *(
                    finding(
                        scan,
                        f"SQL built from a string ({at})",
                        Place("src/db.py", 10 + at, 3, 11 + at),
                        severity=Severity.CRITICAL if at == 7 else Severity.LOW,
                        details=("rule python.sql-injection", "reported by semgrep 1.99.0"),
                    )
                    for at in range(12)
                ),
                finding(
                    scan,
                    "in grace",
                    Place("src/a b.py", 3),
                    warns_until=NOW + timedelta(days=1),
                    fix="rename it",
                ),
                finding(
                    scan,
                    "a false alarm",
                    Place("src/ok.py", 9),
                    override=override("OVR-7", "scan", match=Match(paths=("src/ok.py",)), ticket=None),
                ),
            ),
            sources=("scan.sarif",),
        ),
        RuleResult(
            soon, NOW, "2 failed", (finding(soon, "test_refund failed", Place("tests/test_a.py", 4)),)
        ),
        RuleResult(told, NOW, "1 skipped", (finding(told, "test_fee skipped"),)),
        RuleResult(watched, NOW, "1 flaky", (finding(watched, "test_net is flaky"),)),
        RuleResult(absent, NOW, "", (finding(absent, "no coverage report was given", **missing),)),
        RuleResult(lenient, NOW, "no report", (finding(lenient, "no coverage report was given", **missing),)),
    )
    problems = tuple(
        report(f"bad/{code.value}.xml", problem=Problem(code, f"it is {code.value}", 3, 7))
        for code in ProblemCode
    )
    uses = tuple(
        OverrideUse(
            override(
                f"OVR-{at}", "snyk", approved_by=() if status is OverrideStatus.REQUESTED else ("dana",)
            ),
            status,
            f"because {status.value}",
            would_cover=at % 3,
        )
        for at, status in enumerate(OverrideStatus, start=20)
        if status is not OverrideStatus.IN_FORCE
    )
    return dataclasses.replace(
        base,
        results=base.results + results,
        policies=(policy(tuple(r.rule for r in base.results + results)), policy((), "organisation")),
        sources=(
            *base.sources,
            report("scan.sarif", kind="findings", notes=("its summary claims 13 results, it holds 14",)),
            report("copy.sarif", same_as="scan.sarif"),
            report("spare.json"),
            *problems,
        ),
        overrides=base.overrides + uses,
        relaxations=("--unsafe-unsigned", "--now 2026-11-22T14:30:00Z", "--exit-zero"),
    )


def green() -> Decision:
    """A decision that passed, with nothing to say."""
    plain_rule = rule("tests")
    return decision(
        RuleResult(plain_rule, NOW, "12 run", sources=("junit.xml",)),
        sources=(report("junit.xml", size=900),),
    )


def nothing_judged() -> Decision:
    """A decision in which no rule was applied."""
    return decision(RuleResult(rule("tests"), NOW, not_applicable="the branch is not main"))


def hostile(text: str) -> Decision:
    """A decision with one text in every field that a report, a forge or a policy fills."""
    place = Place(text, 3, 4)
    used = override(
        text,
        text,
        reason=text,
        justification=text,
        requested_by=text,
        approved_by=(text,),
        ticket=text,
        place=place,
    )
    rules = [
        Rule(f"{text}{at}", text, text, place, title=text, controls=(text,), fix=text, reports=(text,))
        for at in range(5)
    ]
    more = {"details": (text, text), "subject": Subject(text, (text,), text, text), "fix": text}
    return Decision(
        gate_version=text,
        at=NOW,
        build=Build(
            platform=text,
            repository=text,
            commit=text,
            branch=text,
            change_request=ChangeRequest(text, author=text, url=text),
            run=Run(text, 1, text, text, text),
            actors=(Actor(text, text),),
        ),
        policies=(Policy(text, text, text, tuple(rules), title=text, version=text, owner=text),),
        results=(
            RuleResult(
                rules[0],
                NOW,
                text,
                (
                    finding(rules[0], text, place, **more),
                    finding(rules[0], text, warns_until=NOW + timedelta(days=2), **more),
                    finding(rules[0], text, override=used, **more),
                ),
                ((text, text),),
                (text,),
            ),
            RuleResult(rules[1], NOW, text, (finding(rules[1], text, place, override=used),)),
            RuleResult(rules[2], NOW, text),
            RuleResult(rules[3], NOW, not_applicable=text),
            RuleResult(
                rules[4], NOW, text, (finding(rules[4], text, place, warns_until=NOW + timedelta(days=2)),)
            ),
        ),
        sources=(
            Source(text, notes=(text,)),
            Source(f"{text}x", problem=Problem(ProblemCode.UNREADABLE, text, 1, 1)),
            Source(f"{text}y", same_as=text),
        ),
        overrides=(
            OverrideUse(used, OverrideStatus.IN_FORCE, text, covers=2),
            OverrideUse(used, OverrideStatus.EXPIRED, text, would_cover=1),
        ),
        relaxations=(text,),
    )
