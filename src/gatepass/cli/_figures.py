"""The figures of a piece of evidence, a line each."""

from __future__ import annotations

from collections import Counter

from gatepass.model.approvals import Approvals
from gatepass.model.commits import Commits
from gatepass.model.coverage import Coverage, Ratio
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Facts
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Pipeline
from gatepass.model.quality_gate import QualityGate
from gatepass.model.scan import Scan
from gatepass.model.suppressions import Suppressions
from gatepass.model.tests import TestRun
from gatepass.model.vulnerabilities import Vulnerabilities


def figures(evidence: Evidence) -> list[str]:
    """What the evidence amounts to, for people."""
    match evidence:
        case Coverage():
            return _coverage(evidence)
        case TestRun():
            return _tests(evidence)
        case Scan():
            return _scan(evidence)
        case Vulnerabilities():
            return _vulnerabilities(evidence)
        case QualityGate():
            return _quality_gate(evidence)
        case Approvals():
            return _approvals(evidence)
        case Commits():
            return _commits(evidence)
        case Pipeline():
            return _pipeline(evidence)
        case Identity():
            return _identity(evidence)
        case Suppressions():
            return _suppressions(evidence)
        case Facts():
            return []


def _coverage(coverage: Coverage) -> list[str]:
    made = [_share("lines", coverage.lines)]
    if coverage.has_branches:
        made.append(_share("branches", coverage.branches))
    if coverage.has_functions:
        made.append(_share("functions", coverage.functions))
    return [*made, _count(len(coverage.files), "file")]


def _share(name: str, ratio: Ratio) -> str:
    shown = "" if ratio.percent is None else f" ({ratio.percent:.2f} %)"
    return f"{name} {ratio.covered:,} of {ratio.total:,}{shown}"


def _tests(run: TestRun) -> list[str]:
    counts = run.counts
    outcomes = (
        f"{counts.passed:,} passed ({counts.flaky:,} flaky)",
        f"{counts.failed:,} failed",
        f"{counts.errored:,} errored",
        f"{counts.skipped:,} skipped",
    )
    return [f"{_count(counts.total, 'test')}: {', '.join(outcomes)}", _count(len(run.suites), "suite")]


def _scan(scan: Scan) -> list[str]:
    levels = Counter(result.level.value for result in scan.results if not result.suppressed)
    suppressed = sum(result.suppressed for result in scan.results)
    open_ones = ", ".join(f"{count:,} {level}" for level, count in sorted(levels.items())) or "none open"
    tools = [f"tool {tool.name} {tool.version or ''}".rstrip() for tool in scan.tools]
    return [*tools, f"{_count(len(scan.results), 'result')} ({suppressed:,} suppressed): {open_ones}"]


def _vulnerabilities(scan: Vulnerabilities) -> list[str]:
    severities = Counter(issue.severity for issue in scan.issues if issue.ignored is None)
    ordered = sorted(severities, key=lambda severity: -severity.rank)
    open_ones = ", ".join(f"{severities[each]:,} {each}" for each in ordered) or "none open"
    ignored = sum(issue.ignored is not None for issue in scan.issues)
    found = f"{_count(len(scan.issues), 'issue')} ({ignored:,} ignored): {open_ones}"
    return [
        f"{_count(len(scan.projects), 'project')}, {found}",
        _count(len(scan.licences), "licence issue"),
    ]


def _quality_gate(answer: QualityGate) -> list[str]:
    status = [f"status {answer.status}"] if answer.status else []
    conditions = [f"{c.metric} {c.actual} ({c.status}, threshold {c.threshold})" for c in answer.conditions]
    return [*status, *conditions, *(f"{metric} {value}" for metric, value in answer.measures)]


def _approvals(answer: Approvals) -> list[str]:
    number = [f"change request {answer.change_request}"] if answer.change_request else []
    return [*number, *(f"{review.by.login} {review.state}" for review in answer.reviews or ())]


def _commits(listed: Commits) -> list[str]:
    statuses = Counter(commit.signature.status.value for commit in listed.commits)
    merges = sum(commit.merge for commit in listed.commits)
    cut = ["the clone is shallow: the list is not complete"] if listed.shallow else []
    return [
        f"{_count(len(listed.commits), 'commit')} ({_count(merges, 'merge')}) since {listed.base[:12]}",
        "signatures: " + ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items())),
        *cut,
    ]


def _suppressions(found: Suppressions) -> list[str]:
    by_scanner = Counter(each.scanner for each in found.suppressions)
    said = ", ".join(f"{count:,} {scanner}" for scanner, count in sorted(by_scanner.items()))
    number = _count(len(found.suppressions), "suppression")
    unread = [f"{_count(len(found.unread), 'file')} could not be read"] if found.unread else []
    return [f"{number} in {_count(found.files, 'file')}{f': {said}' if said else ''}", *unread]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _pipeline(pipeline: Pipeline) -> list[str]:
    attempt = f", attempt {pipeline.attempt}" if pipeline.attempt else ""
    ended = Counter(job.status.value for job in pipeline.jobs)
    started = [
        f"{what} {person.login}"
        for what, person in (("started by", pipeline.started_by), ("set off by", pipeline.triggered_by))
        if person
    ]
    made = [f"run {pipeline.run}{attempt} for {pipeline.commit[:12]}", *started]
    made += [f"{count:,} jobs {status}" for status, count in sorted(ended.items())]
    made += [
        f"{each.environment} {each.state} by {each.by.login or 'somebody'}" for each in pipeline.deployments
    ]
    return made


def _identity(identity: Identity) -> list[str]:
    known = "verified" if identity.verified else f"NOT VERIFIED: {identity.trouble or 'nobody tried'}"
    made = [f"{identity.issuer} · {known}"]
    made += [f"{each.role} {each.login or '?'} (id {each.id or '?'})" for each in identity.actors]
    if identity.repository:
        made.append(f"{identity.repository}, run {identity.run or '?'}, attempt {identity.attempt or '?'}")
    return made
