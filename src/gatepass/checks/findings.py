"""What static analysis reported: bandit, CodeQL, ESLint, Semgrep, Snyk Code, Snyk IaC, zizmor and whatever
else writes SARIF.

The rule is broken by every result that is over a limit, and it cannot be judged when a tool did not run, did
not finish, or left its results out. What passes is the clean report of a tool that did run.

**Limits.** SARIF knows two axes, and neither is made from the other. `maximum-by-level` counts what the
analyser calls it: `error`, `warning`, `note` (`none` are results of kind `open` and `review`).
`maximum-by-severity` counts the security severity of the analyser's rule, in the bands of GitHub code
scanning: `critical` from 9.0, `high` from 7.0, `medium` from 4.0, `low` above 0. Linters give no security
severity: their results are `unknown`. What is not named is not limited, but who limits a level or a severity
must limit the worse ones too. A rule needs a limit of either sort, or `forbidden-rules`.

**Tools.** With `tools`, each named one must have run and finished, and only their results count. Without it
every tool in the reports must have finished, and all results count. Name them: only then is it noticed that
a report was never handed in.

**The project.** Which project SonarQube or Snyk is asked about stands in gatepass.yaml, which the change may
write. `projects` says which it must be, by SonarQube's key, Snyk's id or a glob of names: a report about
another one counts as not there, and so does one that names none. SARIF has no word for it, so give what is
collected a rule of its own, with its `tools`, `projects` and `collected: true`. A report that names a branch
or a pull request must name this build's, unless `same-branch: false`.

**What does not count.** The summary says how many of each there were.

- Results of `ignored-rules`.
- Results whose file `excluded-paths` match, or that `paths` do not match. For `paths`, a result without a
  file, or with one outside the workspace, always counts.
- With `new-only: true`, results that the tool itself found in its baseline (`baselineState` `unchanged` or
  `updated`). A result without `baselineState` counts, and the rule cannot be judged.
- Unless `suppressions: refuse`, results that the tool's configuration or a comment in the code suppresses, as
  long as every suppression is accepted and none has expired.

In globs `*` stays within a part between slashes and `**` crosses them: write `javascript/**` for all rules of
Snyk Code for JavaScript. Rule ids and paths are matched with their case, tools without. Paths are relative to
the checkout where the log tells where that is, or where they lie below the workspace; absolute ones of
another machine (ESLint and ruff write such) are matched by `/**/tests/**`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._findings_terms import PARAMETERS, Terms, mistakes, terms_of
from gatepass.checks._projects import counting
from gatepass.globs import matches, matches_any
from gatepass.model.decision import Finding, Subject
from gatepass.model.scan import Level, Scan, ScanResult, Severity, Suppression, Tool

_MOST_FINDINGS = 500
_OUTSIDE = re.compile(r"/|\.\./|\.\.$|[A-Za-z][A-Za-z0-9+.-]*:")
_PLURAL = {Level.ERROR: "errors", Level.WARNING: "warnings", Level.NOTE: "notes", Level.NONE: "of level none"}


@dataclass(slots=True)
class _Tally:
    """Results sorted into what counts and why the others do not."""

    counted: list[ScanResult] = field(default_factory=list)
    suppressed: int = 0
    ignored: int = 0
    elsewhere: int = 0
    known: int = 0
    without_baseline: Counter[str] = field(default_factory=Counter)

    @property
    def left_out(self) -> tuple[tuple[str, int], ...]:
        """How many results do not count, by reason."""
        return (
            ("suppressed", self.suppressed),
            ("ignored", self.ignored),
            ("in other paths", self.elsewhere),
            ("known", self.known),
        )


def judge(question: Question) -> Judgement:
    """Whether the analysers ran, finished, and stayed within the limits."""
    terms = terms_of(question.rule)
    given = [each for each in question.evidence if isinstance(each, Scan)]
    scans, others = counting(question, [each for each in given if _looked_at(each, terms)])
    if others and not scans:
        return Judgement("no report that counts", tuple(others))
    tools = [tool for scan in scans for tool in scan.tools if _judged(tool.name, terms)]
    tally = _tally(scans, terms, question.now)
    broken = list(_over_the_limits(tally.counted, terms))
    findings = (
        *others,
        *_not_finished(question, tools, terms),
        *_without_baseline(question, tally),
        *_findings(question, broken),
    )
    return Judgement(_summary(tools, tally, terms), findings, _figures(tally))


def _looked_at(scan: Scan, terms: Terms) -> bool:
    """Whether the rule has to do with a report: with one that names no tool at all, too."""
    return not scan.tools or any(_judged(tool.name, terms) for tool in scan.tools)


def _judged(tool: str, terms: Terms) -> bool:
    return not terms.tools or matches_any(tool, terms.tools, ignore_case=True)


def _tally(scans: list[Scan], terms: Terms, now: datetime) -> _Tally:
    tally = _Tally()
    for scan in scans:
        for result in scan.results:
            if not _judged(result.tool, terms):
                continue
            if matches_any(result.rule_id, terms.ignored):
                tally.ignored += 1
            elif not _in_paths(result, terms):
                tally.elsewhere += 1
            elif terms.accept_suppressions and _suppressed(result, now):
                tally.suppressed += 1
            elif terms.new_only and result.baseline in ("unchanged", "updated"):
                tally.known += 1
            else:
                tally.counted.append(result)
                if terms.new_only and result.baseline is None:
                    tally.without_baseline[result.tool] += 1
    return tally


def _in_paths(result: ScanResult, terms: Terms) -> bool:
    if result.place is None:
        return True
    path = result.place.path
    if matches_any(path, terms.excluded):
        return False
    # a path outside the workspace fits no glob that people write, and must not vanish for it
    return not terms.paths or bool(_OUTSIDE.match(path)) or matches_any(path, terms.paths)


def _suppressed(result: ScanResult, now: datetime) -> bool:
    return result.suppressed and not any(_expired(each, now) for each in result.suppressions)


def _expired(suppression: Suppression, now: datetime) -> bool:
    """Whether its day is over; a day without a time lasts to its end, UTC. What is no date has expired."""
    if suppression.expires is None:
        return False
    try:
        ends = datetime.fromisoformat(suppression.expires)
    except ValueError:
        return True
    if len(suppression.expires) <= len("2026-01-01"):
        ends = datetime.combine(ends.date(), time.max)
    return now > (ends if ends.tzinfo else ends.replace(tzinfo=UTC))


def _over_the_limits(counted: list[ScanResult], terms: Terms) -> Iterator[tuple[ScanResult, tuple[str, ...]]]:
    """Each result that breaks a limit, with the reasons."""
    levels = Counter(each.level.value for each in counted)
    severities = Counter(each.severity.value for each in counted)
    over: dict[str, str] = {}
    for limits, counts, axis in ((terms.levels, levels, "level"), (terms.severities, severities, "severity")):
        for name, limit in limits.items():
            if counts[name] > limit:
                over[f"{axis} {name}"] = f"{counts[name]} of {axis} {name}, at most {limit}"
    for each in counted:
        reasons = [over.get(f"level {each.level}"), over.get(f"severity {each.severity}")]
        if matches_any(each.rule_id, terms.forbidden):
            reasons.append(f"rule {each.rule_id} is forbidden")
        if given := tuple(reason for reason in reasons if reason):
            yield each, given


def _findings(question: Question, broken: list[tuple[ScanResult, tuple[str, ...]]]) -> Iterator[Finding]:
    repeated: Counter[tuple[str, ...]] = Counter()
    made = []
    for result, reasons in broken:
        path = result.place.path if result.place else ""
        identity: tuple[str, ...] = (result.tool, result.rule_id, path, result.fingerprint)
        repeated[identity] += 1
        # tools give one fingerprint to alike lines: without the number one override would cover them all
        number = (str(repeated[identity]),) if repeated[identity] > 1 else ()
        made.append((result, reasons, identity + number))
    made.sort(key=lambda each: _badness(each[0]))
    for result, reasons, identity in made[:_MOST_FINDINGS]:
        yield question.finding(
            f"{result.rule_id}: {result.message}" if result.rule_id else result.message,
            identity=identity,
            place=result.place,
            severity=None if result.severity is Severity.UNKNOWN else result.severity,
            subject=Subject(path=result.place.path if result.place else None),
            details=(f"{result.tool}: {'; '.join(reasons)}", *filter(None, [result.help_uri])),
        )
    if (more := len(made) - _MOST_FINDINGS) > 0:
        yield question.finding(
            f"{more} more results break this rule; the worst {_MOST_FINDINGS} are listed", identity=("more",)
        )


def _badness(result: ScanResult) -> tuple[int, int]:
    return -result.severity.rank, list(Level).index(result.level)


def _not_finished(question: Question, tools: list[Tool], terms: Terms) -> Iterator[Finding]:
    for name in terms.tools:
        if not any(matches(tool.name, name, ignore_case=True) for tool in tools):
            yield question.missing(
                f"{name} did not run: no report names it",
                identity=("tool", name),
                fix=f"Run {name} in this pipeline and give its report to the gate.",
            )
    if not tools and not terms.tools:
        yield question.missing("no tool is named in any report", identity=("tools",))
    for tool, failure in dict.fromkeys((tool.name, tool.failure) for tool in tools if tool.failure):
        yield question.missing(f"{tool} did not finish: {failure}", identity=("failed", tool))


def _without_baseline(question: Question, tally: _Tally) -> Iterator[Finding]:
    for tool, count in tally.without_baseline.items():
        yield question.missing(
            f"{tool} does not say which results are new: {count} of them have no baselineState",
            identity=("baseline", tool),
            fix=f"Give {tool} a baseline, or take new-only out of the rule.",
        )


def _summary(tools: list[Tool], tally: _Tally, terms: Terms) -> str:
    """``bandit, semgrep: 0 errors, 3 warnings, 1 suppressed``."""
    names = ", ".join(dict.fromkeys(tool.name for tool in tools)) or "no tool"
    levels = Counter(each.level for each in tally.counted)
    shown = [Level.ERROR, Level.WARNING, *(each for each in (Level.NOTE, Level.NONE) if levels[each])]
    parts = [
        f"{levels[each]} {_PLURAL[each] if levels[each] != 1 else _PLURAL[each].rstrip('s')}"
        for each in shown
    ]
    severities = Counter(each.severity for each in tally.counted)
    parts += [f"{severities[each]} {each}" for each in Severity if each in terms.severities]
    parts += [f"{count} {reason}" for reason, count in tally.left_out if count]
    return f"{names}: {', '.join(parts)}"


def _figures(tally: _Tally) -> tuple[tuple[str, str | int | float], ...]:
    levels = Counter(each.level.value for each in tally.counted)
    severities = Counter(each.severity.value for each in tally.counted)
    return (
        *((f"level-{each}", levels[each]) for each in Level),
        *((f"severity-{each}", severities[each]) for each in Severity),
        *((reason.replace(" ", "-"), count) for reason, count in tally.left_out),
    )


CHECK = Check(
    name="findings",
    title="Static analysis findings",
    evidence=Scan.KIND,
    parameters=PARAMETERS,
    judge=judge,
    validate=mistakes,
    example="""\
- id: code-scanning
  title: No new holes in the code
  check: findings
  tools: [bandit, "semgrep*"]
  maximum-by-level: {error: 0, warning: 10}
  maximum-by-severity: {critical: 0, high: 0}
  forbidden-rules: [B602]
  ignored-rules: [B101]
  excluded-paths: ["tests/**"]
""",
)
