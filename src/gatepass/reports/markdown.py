"""Report `markdown`: a job summary, or a comment on a change request.

The same order as on a terminal. It stays below 60,000 characters, as GitHub takes comments of 65,536 and
job summaries of 1 MiB: what is left out is the passed rules first, then details, then findings, and it
says so. All texts of reports are escaped; only our own words are Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatepass import words
from gatepass.markdown_text import code, escaped
from gatepass.model.decision import Decision, Finding, Outcome, RuleResult, Verdict
from gatepass.model.override import OverrideStatus
from gatepass.reports._report import Report, ReportContext

MAXIMUM = 60_000
SHORTENED = "The report is shortened to fit; the JSON report has everything."


@dataclass(frozen=True, slots=True)
class Fullness:
    """How much is said: of passed rules, of findings a rule, of details a finding, of other lists."""

    passed: bool
    findings: int
    details: int
    listed: int
    text: int


_LADDER = (
    Fullness(passed=True, findings=50, details=10, listed=200, text=400),
    Fullness(passed=False, findings=50, details=10, listed=200, text=400),
    Fullness(passed=False, findings=20, details=3, listed=50, text=300),
    Fullness(passed=False, findings=5, details=0, listed=20, text=200),
    Fullness(passed=False, findings=1, details=0, listed=5, text=120),
)


def render(decision: Decision, context: ReportContext) -> str:
    """The decision as GitHub flavoured Markdown of at most 60,000 characters."""
    for fullness in _LADDER:
        text = _joined(_blocks(decision, context, fullness), shortened=fullness is not _LADDER[0])
        if len(text) <= MAXIMUM:
            return text
    return _cut(decision, context, _LADDER[-1])


def _joined(blocks: Sequence[str], *, shortened: bool) -> str:
    said = [*blocks, f"_{SHORTENED}_"] if shortened else blocks
    return "\n\n".join(block for block in said if block) + "\n"


def _cut(decision: Decision, context: ReportContext, fullness: Fullness) -> str:
    """As many rules as fit, the worst first, and how many do not; the rest is said in full."""
    rules = _rules(decision, fullness)
    around = (_header(decision), *_account(decision, context, fullness))
    room = MAXIMUM - len(_joined(around, shortened=True)) - 200
    kept = 0
    while kept < len(rules) and room >= len(rules[kept]) + 2:
        room -= len(rules[kept]) + 2
        kept += 1
    more = f"… and {words.count(len(rules) - kept, 'rule')} more that did not simply pass."
    return _joined((around[0], *rules[:kept], more, *around[1:]), shortened=True)


def _blocks(decision: Decision, context: ReportContext, fullness: Fullness) -> list[str]:
    return [
        _header(decision),
        *_rules(decision, fullness),
        _passed(decision, fullness),
        _not_applicable(decision, fullness),
        *_account(decision, context, fullness),
    ]


def _header(decision: Decision) -> str:
    mark = "✅" if decision.verdict is Verdict.PASSED else "❌"
    lines = [f"## {mark} gatepass {decision.verdict.value}", "", f"By {escaped(words.subject(decision))}"]
    for word, sentence in words.loud(decision):
        lines += ["", f"> ⚠️ **{word}**: {escaped(sentence)}"]
    return "\n".join(lines)


def _rules(decision: Decision, fullness: Fullness) -> list[str]:
    """A block for each rule that did not simply pass, in the order of a terminal."""
    labels = words.labels(decision)
    blocking = [r for r in decision.results if r.outcome.blocks]
    others = (*decision.by_outcome(Outcome.WARN), *decision.by_outcome(Outcome.OVERRIDDEN))
    return [_rule(result, labels[result.rule.code], fullness) for result in (*blocking, *others)]


def _rule(result: RuleResult, label: str, fullness: Fullness) -> str:
    mark = {Outcome.WARN: "⚠️", Outcome.OVERRIDDEN: "🔓"}.get(result.outcome, "❌")
    controls = "".join(f" {code(control, 60)}" for control in result.rule.controls[:20])
    said = escaped(words.summary(result), fullness.text)
    lines = [f"### {mark} {code(label, 100)} {said}{controls}"]
    findings = (*words.worst_first(result.blocking), *words.worst_first(result.warning))
    if findings:
        lines += ["", *_table(findings, result, fullness)]
    for used, covered in words.overrides(result.overridden)[: fullness.listed]:
        said = f"{words.override(used)} ({words.count(covered, 'finding')})"
        lines += ["", f"🔓 {escaped(said, fullness.text)}"]
    fixes = list(dict.fromkeys(f.fix for f in findings if f.fix))
    for fix in fixes[:3]:
        lines += ["", f"**Fix:** {escaped(fix, fullness.text)}"]
    if len(fixes) > 3:
        lines += ["", f"… and {len(fixes) - 3:,} more ways to fix (see the JSON report)"]
    return "\n".join(lines)


def _table(findings: Sequence[Finding], result: RuleResult, fullness: Fullness) -> list[str]:
    lines = ["| | Where | What |", "|---|---|---|"]
    shown = findings[: fullness.findings]
    for finding in shown:
        mark = "❌" if result.blocks(finding) else "⚠️"
        what = [escaped(finding.message, fullness.text)]
        what += [escaped(detail, fullness.text) for detail in finding.details[: fullness.details]]
        if len(finding.details) > fullness.details:
            what.append(f"… and {words.count(len(finding.details) - fullness.details, 'line')} more")
        if finding.warns_until is not None and result.at < finding.warns_until:
            what.append(escaped(words.grace(finding.warns_until, result.at)))
        lines.append(f"| {mark} | {code(str(finding.place), fullness.text)} | {'<br>'.join(what)} |")
    if len(findings) > len(shown):
        lines.append(f"| | | … and {len(findings) - len(shown):,} more (see the JSON report) |")
    return lines


def _passed(decision: Decision, fullness: Fullness) -> str:
    passed = decision.by_outcome(Outcome.PASS)
    if not passed:
        return ""
    if not fullness.passed:
        return f"✅ {len(passed):,} passed (left out here)"
    labels = words.labels(decision)
    lines = [
        f"- {code(labels[r.rule.code], 100)} {escaped(r.summary, fullness.text)}".rstrip() for r in passed
    ]
    return _details(f"✅ {len(passed):,} passed", lines)


def _not_applicable(decision: Decision, fullness: Fullness) -> str:
    number = len(decision.by_outcome(Outcome.NOT_APPLICABLE))
    if not number:
        return ""
    lines: list[str] = []
    for reason, names in words.not_applicable(decision):
        shown = ", ".join(code(name, 100) for name in names[: fullness.listed])
        more = f" and {len(names) - fullness.listed:,} more" if len(names) > fullness.listed else ""
        lines.append(f"- {shown}{more}: {escaped(reason, fullness.text)}")
    return _details(f"➖ {number:,} not applicable", _listed(lines, fullness))


def _account(decision: Decision, context: ReportContext, fullness: Fullness) -> list[str]:
    others, said = words.other_sources(decision), words.what_was_read(decision)
    blocks = [f"**{escaped(words.tally(decision))}**\n\n{said}"]
    if others:
        lines = [f"- {escaped(words.why_not_used(source), fullness.text)}" for source in others]
        blocks.append(_details(f"{words.count(len(others), 'report')} not used", _listed(lines, fullness)))
    notes = [
        f"- {escaped(f'{source.name}: {note}', fullness.text)}"
        for source in decision.sources
        for note in source.notes
    ]
    if notes:
        blocks.append(_details(words.count(len(notes), "note"), _listed(notes, fullness)))
    if decision.overrides:
        idle = [use for use in decision.overrides if use.status is not OverrideStatus.IN_FORCE]
        lines = [f"- {escaped(words.override_use(use), fullness.text)}" for use in idle]
        tally = escaped(words.override_tally(decision))
        blocks.append(_details(tally, _listed(lines, fullness)) if lines else tally)
    soon = [
        f"- ⚠️ {escaped(words.expires_soon(use, decision.at), fullness.text)}"
        for use in decision.overrides_expiring_soon
    ]
    if soon:
        blocks.append("\n".join(_listed(soon, fullness)))
    if decision.suppressions:
        lines = [f"- {escaped(words.suppression(each), fullness.text)}" for each in decision.suppressions]
        blocks.append(_details(escaped(words.suppression_tally(decision)), _listed(lines, fullness)))
    return [*blocks, _record(context)]


def _listed(lines: list[str], fullness: Fullness) -> list[str]:
    more = len(lines) - fullness.listed
    return [*lines[: fullness.listed], f"- … and {more:,} more (see the JSON report)"] if more > 0 else lines


def _details(summary: str, lines: list[str]) -> str:
    return "\n".join((f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"))


def _record(context: ReportContext) -> str:
    record = context.record
    if record is None:
        return "No record was written."
    signed = f"signed {code(record.keyid)}" if record.keyid else "**UNSIGNED**"
    return f"Record {code(record.path)} · {signed} · check: {code(words.verify_command(record.path))}"


REPORT = Report("markdown", "A job summary or a comment", render, "text/markdown")
