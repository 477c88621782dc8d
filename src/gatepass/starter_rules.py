"""The rules of a first policy, one for each kind of evidence, as tight as today's reports allow.

Pure. Figures come from the checks themselves, so that the gate counts the same as the threshold was made
from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gatepass import seam
from gatepass.checks import Check, Question
from gatepass.model.build import Build
from gatepass.model.coverage import Coverage
from gatepass.model.decision import FindingKind
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.quality_gate import QualityGate
from gatepass.model.scan import Scan

Lines = tuple[str, ...]
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}")
_PLAIN_SCALAR = re.compile(r"[A-Za-z_][A-Za-z0-9_./*-]*")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,200}")


@dataclass(frozen=True, slots=True)
class Today:
    """What there is to start from; ``forge`` is ``github``, ``gitlab`` or None."""

    evidence: tuple[Evidence, ...]
    build: Build
    now: datetime
    forge: str | None = None

    def of(self, kind: str) -> tuple[Evidence, ...]:
        """The usable evidence of a kind."""
        return tuple(each for each in self.evidence if kind == each.KIND)

    def figures(self, check: str, parameters: Mapping[str, Json]) -> dict[str, str | int | float] | None:
        """What a check measures by these parameters; None when it cannot tell."""
        rule = Rule("starter", "starter", check, Place("starter"), parameters=parameters)
        known = seam.member("gatepass.checks", Check, check)
        judgement = known.judge(Question(rule, self.of(check), self.build, self.now))
        if any(finding.kind is not FindingKind.VIOLATION for finding in judgement.findings):
            return None
        return dict(judgement.figures)


@dataclass(frozen=True, slots=True)
class Starter:
    """How the rule of one kind of evidence begins.

    ``derive`` makes its lines from today's reports, None when nothing can be derived. ``usual`` are its
    lines without any report, ``report`` is a usual path and ``how`` says how such a report is made.
    """

    kind: str
    derive: Callable[[Today], Lines | None]
    usual: Lines
    report: str
    how: str


def _tests(today: Today) -> Lines | None:
    figures = today.figures("tests", {}) or {}
    run = figures.get("run", 0)
    if not isinstance(run, int) or run < 1:
        return _TESTS
    least = max(1, run * 9 // 10)
    return (
        *_TESTS,
        f"  minimum-run: {least} # nine tenths of today's {run}: notices a suite that did not run",
    )


def _coverage(today: Today) -> Lines | None:
    minimum: list[str] = []
    seen: list[str] = []
    for metric in ("lines", "branches"):
        share = _covered(today, metric)
        if share is not None and share[0] * 100 // share[1] > 0:
            minimum.append(f"{metric}: {share[0] * 100 // share[1]}")
            tenths = share[0] * 1000 // share[1]
            seen.append(f"{metric} {tenths // 10}.{tenths % 10} %")
    if not minimum:
        return None
    return (*_COVERAGE, f"  minimum: {{{', '.join(minimum)}}} # today {', '.join(seen)}; it may only rise")


def _covered(today: Today, metric: str) -> tuple[int, int] | None:
    """Covered and coverable as the check counts them; rows that could not be read count as not covered."""
    figures = today.figures("coverage", {"minimum": {metric: 0.0001}})
    if figures is None:
        return None
    covered, total = figures.get(f"{metric} covered"), figures.get(f"{metric} total")
    if not isinstance(covered, int) or not isinstance(total, int) or not total:
        return None
    return covered, total + sum(e.skipped_rows for e in today.evidence if isinstance(e, Coverage))


def _findings(today: Today) -> Lines | None:
    scans = [each for each in today.evidence if isinstance(each, Scan)]
    names = sorted({tool.name for scan in scans for tool in scan.tools})
    figures = today.figures("findings", {"maximum-by-level": {"error": 0}}) or {}
    made = list(_FINDINGS)
    if names and all(_PLAIN_NAME.fullmatch(name) for name in names):
        made.append(
            f"  tools: [{', '.join(scalar(name) for name in names)}] # each must have run and finished"
        )
    warnings = figures.get("level-warning")
    if isinstance(warnings, int):
        made.append(f"  maximum-by-level: {{error: 0, warning: {warnings}}} # as many warnings as today")
    else:
        made.append("  maximum-by-level: {error: 0}")
    return tuple(made)


def _vulnerabilities(_: Today) -> Lines | None:
    return (*_VULNERABILITIES, "  # grace-days: {high: 14} would give two weeks from an issue's publication")


def _quality_gate(today: Today) -> Lines | None:
    answers = [each for each in today.evidence if isinstance(each, QualityGate)]
    projects = {each.project or "" for each in answers}  # where one names none, a pin would leave it out
    made = list(_QUALITY_GATE)
    if len(projects) == 1 and _PLAIN_KEY.fullmatch(key := projects.pop()):
        made.append(f"  projects: [{scalar(key)}]")
    return (*made, _SAME_COMMIT)


def _approvals(today: Today) -> Lines | None:
    return _approvals_on(today.forge)


def _approvals_on(forge: str | None) -> Lines:
    gitlab = (
        "  on: any-commit # plain files do not tell; --collect gitlab does: then drop this line and the next",
        "  except: [author, bots]",
    )
    return (*_APPROVALS, *(gitlab if forge == "gitlab" else ()))


def scalar(text: str) -> str:
    """A text as a YAML scalar: plain where nobody can misread it, else in double quotes."""
    word = text.lower() in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    return text if _PLAIN_SCALAR.fullmatch(text) and not word else json.dumps(text, ensure_ascii=False)


_TESTS: Lines = (
    "- id: tests",
    "  title: The tests ran and passed",
    "  check: tests",
    "  maximum-failed: 0",
    "  maximum-errored: 0",
)
_COVERAGE: Lines = ("- id: coverage", "  title: Tested code stays tested", "  check: coverage")
_FINDINGS: Lines = (
    "- id: code-scanning",
    "  title: Static analysis finds no error",
    "  check: findings",
)
_VULNERABILITIES: Lines = (
    "- id: dependencies",
    "  title: No dependency with a serious known vulnerability",
    "  check: vulnerabilities",
    "  maximum: {critical: 0, high: 0}",
)
_SAME_COMMIT = "  same-commit: true # give api/project_analyses/search beside a status: it names the commit"
_QUALITY_GATE: Lines = (
    "- id: quality-gate",
    "  title: SonarQube's quality gate is green",
    "  check: quality-gate",
    "  status: OK",
)
_APPROVALS: Lines = (
    "- id: reviewed",
    "  title: Somebody else approved the change",
    "  check: approvals",
    "  minimum: 1",
)

STARTERS: tuple[Starter, ...] = (
    Starter("tests", _tests, _TESTS, "build/junit.xml", "pytest --junitxml=build/junit.xml"),
    Starter(
        "coverage",
        _coverage,
        (*_COVERAGE, "  minimum: {lines: 80}"),
        "build/coverage.xml",
        "coverage xml -o build/coverage.xml",
    ),
    Starter(
        "findings",
        _findings,
        (*_FINDINGS, "  maximum-by-level: {error: 0}"),
        "build/semgrep.sarif",
        "semgrep scan --sarif --output=build/semgrep.sarif",
    ),
    Starter(
        "vulnerabilities",
        _vulnerabilities,
        _VULNERABILITIES,
        "build/snyk.json",
        "snyk test --json-file-output=build/snyk.json",
    ),
    Starter(
        "quality-gate",
        _quality_gate,
        (*_QUALITY_GATE, _SAME_COMMIT),
        "build/sonar-*.json",
        "save SonarQube's answers of api/qualitygates/project_status and api/project_analyses/search",
    ),
    Starter(
        "approvals",
        _approvals,
        _APPROVALS,
        "build/reviews-*.json",
        "save the forge's answers that docs/checks/approvals.md lists",
    ),
)
