"""Report `text`: one screen for a terminal. The verdict first, then what blocks, where, and what to do."""

from __future__ import annotations

from gatepass import words
from gatepass.model.decision import Decision, Finding, Outcome, RuleResult, Verdict
from gatepass.model.override import OverrideStatus
from gatepass.plain import columns, padded, plain, unforged
from gatepass.reports._report import Report, ReportContext
from gatepass.terminal import (
    BOLD_GREEN,
    BOLD_RED,
    BOLD_YELLOW,
    DIM,
    GREEN,
    LINES_OF_A_ROW,
    NARROWEST,
    RED,
    YELLOW,
    Page,
)

FINDINGS_OF_A_RULE = 10
DETAILS_OF_A_FINDING = 3
FIXES_OF_A_RULE = 3
LISTED = 10
WIDEST_NAME = 24
WIDEST_CELL = 44
KEYID = len("SHA256:") + 10

_MARKS = {
    Outcome.FAIL: ("✗", RED),
    Outcome.ERROR: ("✗", RED),
    Outcome.WARN: ("!", YELLOW),
    Outcome.OVERRIDDEN: ("~", YELLOW),
    Outcome.PASS: ("✓", GREEN),
    Outcome.NOT_APPLICABLE: ("–", DIM),
}
_BLOCKING = (Outcome.FAIL, Outcome.ERROR)


def render(decision: Decision, context: ReportContext) -> str:
    """The whole decision on a page of ``context.width`` columns, in colours if ``context.colour``."""
    page = Page(context.colour, max(context.width, NARROWEST), context.verbose)
    parts = [
        _header(decision, page),
        _rules(decision, page),
        _account(decision, page, context),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _header(decision: Decision, page: Page) -> list[str]:
    passed = decision.verdict is Verdict.PASSED
    ink = BOLD_GREEN if passed else BOLD_RED
    lead = f"gatepass  {decision.verdict.value}   "
    lines = page.row(lead, plain(words.subject(decision)), hang=len(lead))
    lines[0] = lines[0].replace(decision.verdict.value, page.painted(decision.verdict.value, ink), 1)
    for word, sentence in words.loud(decision):
        lines += page.row(f"  {word}  ", plain(sentence), ink=BOLD_YELLOW)
    return lines


def _rules(decision: Decision, page: Page) -> list[str]:
    labels = {code: plain(label) for code, label in words.labels(decision).items()}
    named = [r for r in decision.results if r.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE)]
    width = max((min(columns(labels[r.rule.code]), WIDEST_NAME) for r in named), default=0)
    lines: list[str] = []
    for result in (r for r in decision.results if r.outcome in _BLOCKING):
        lines += _rule(result, padded(labels[result.rule.code], width), page)
    for result in decision.by_outcome(Outcome.WARN):
        lines += _rule(result, padded(labels[result.rule.code], width), page)
    for result in decision.by_outcome(Outcome.OVERRIDDEN):
        lines += _overridden(result, padded(labels[result.rule.code], width), page)
    lines += _passed(decision, labels, page)
    return lines + _not_applicable(decision, page)


def _rule(result: RuleResult, label: str, page: Page) -> list[str]:
    mark, ink = _MARKS[result.outcome]
    controls = plain(" ".join(result.rule.controls))
    lines = page.row(f"  {mark} {label}   ", plain(words.summary(result)), ink=ink, right=controls, hang=16)
    if page.verbose:
        lines += page.row("      ", plain(f"rule {result.rule.code}, {result.rule.place}"))
    lines += _findings(result, page)
    for used, covered in words.overrides(result.overridden):
        said = f"{words.override(used)} ({words.count(covered, 'finding')})"
        lines += page.row("    ~ ", plain(said), ink=YELLOW)
    return lines + _fixes(result, page)


def _findings(result: RuleResult, page: Page) -> list[str]:
    findings = (*words.worst_first(result.blocking), *words.worst_first(result.warning))
    shown = findings if page.verbose else findings[:FINDINGS_OF_A_RULE]
    rows: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for finding in shown:
        cells, below = _cells(finding, result)
        if cells or below:
            rows.append((cells, below))
    lines: list[str] = []
    for line, (_, below) in zip(page.table([cells for cells, _ in rows], WIDEST_CELL), rows, strict=True):
        lines += page.row("      ", unforged(line)) if line else []
        kept = below if page.verbose else below[:DETAILS_OF_A_FINDING]
        for detail in kept:
            lines += page.row("        ", unforged(detail))
        if len(below) > len(kept):
            lines.append(f"        … and {words.count(len(below) - len(kept), 'line')} more")
    if len(findings) > len(shown):
        lines.append(f"      … and {len(findings) - len(shown):,} more (see the JSON report)")
    return lines


def _cells(finding: Finding, result: RuleResult) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands on a finding's line, and the details below it."""
    message, details = plain(finding.message), tuple(plain(detail) for detail in finding.details)
    cells = [] if finding.place == result.rule.place else [plain(str(finding.place))]
    if cells or message != plain(words.said_of(result)):
        cells.append(message)
    if len(details) == 1 and columns(message) <= WIDEST_CELL and columns(details[0]) <= WIDEST_CELL:
        cells += details
        details = ()
    if result.outcome in _BLOCKING and not result.blocks(finding):
        in_grace = finding.warns_until is not None and result.at < finding.warns_until
        why = (
            words.grace(finding.warns_until, result.at) if in_grace and finding.warns_until else "warns only"
        )
        cells.append(why)
    return tuple(cells), details


def _fixes(result: RuleResult, page: Page) -> list[str]:
    fixes = list(dict.fromkeys(f.fix for f in (*result.blocking, *result.warning) if f.fix))
    lines: list[str] = []
    for fix in fixes[:FIXES_OF_A_RULE]:
        lines += page.row("      fix: ", plain(fix), ink=DIM, hang=11)
    if len(fixes) > FIXES_OF_A_RULE:
        lines.append(f"      … and {len(fixes) - FIXES_OF_A_RULE:,} more ways to fix (see the JSON report)")
    return lines


def _overridden(result: RuleResult, label: str, page: Page) -> list[str]:
    lines: list[str] = []
    for used, covered in words.overrides(result.overridden):
        of_many = f" ({words.count(covered, 'finding')})" if covered > 1 else ""
        said = plain(words.override(used) + of_many)
        lines += page.row(f"  ~ {label}   ", said, ink=YELLOW, hang=16)
        label = " " * columns(label)
    if page.verbose:
        for finding in result.overridden:
            lines += page.row("      ", unforged(plain(f"{finding.place}   {finding.message}")))
    return lines


def _passed(decision: Decision, labels: dict[str, str], page: Page) -> list[str]:
    passed = decision.by_outcome(Outcome.PASS)
    if not passed:
        return []
    said = " · ".join(plain(f"{labels[r.rule.code]} {r.summary}") for r in passed)
    lead = f"  ✓ {len(passed)} passed    "
    return page.row(lead, said, ink=GREEN, hang=16, most=len(said) if page.verbose else LINES_OF_A_ROW)


def _not_applicable(decision: Decision, page: Page) -> list[str]:
    number = len(decision.by_outcome(Outcome.NOT_APPLICABLE))
    lead = f"  – {number} not applicable    "
    lines: list[str] = []
    for reason, names in words.not_applicable(decision):
        shown = names if page.verbose else names[:LISTED]
        more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
        lines += page.row(lead, plain(f"{', '.join(shown)}{more}: {reason}"), ink=DIM, hang=16)
        lead = " " * len(lead)
    return lines


def _account(decision: Decision, page: Page, context: ReportContext) -> list[str]:
    lines = page.row("  ", plain(words.tally(decision)))
    lines += _sources(decision, page)
    lines += _overrides(decision, page)
    lines += _suppressions(decision, page)
    return lines + _record(page, context)


def _sources(decision: Decision, page: Page) -> list[str]:
    others, said = words.other_sources(decision), words.what_was_read(decision)
    reasons = [plain(words.why_not_used(source)) for source in others]
    if len(others) == 1 and columns(said + reasons[0]) + 20 <= page.width:
        lines = page.row("  ", f"{said} · 1 not used: {reasons[0]}")
    else:
        lines = page.row("  ", f"{said} · {len(others)} not used:" if others else said)
        for reason in reasons:  # each one, always: a report that does not count must not go unnoticed
            lines += page.row("      ", unforged(reason))
    notes = [f"{source.name}: {note}" for source in decision.sources for note in source.notes]
    for note in notes if page.verbose else notes[:LISTED]:
        lines += page.row("  note ", plain(note))
    if len(notes) > LISTED and not page.verbose:
        lines.append(f"  … and {words.count(len(notes) - LISTED, 'note')} more (see the JSON report)")
    return lines


def _overrides(decision: Decision, page: Page) -> list[str]:
    if not decision.overrides:
        return []
    lines = page.row("  ", plain(words.override_tally(decision)))
    for use in decision.overrides:
        if use.status is not OverrideStatus.IN_FORCE:
            lines += page.row("      ", unforged(plain(words.override_use(use))))
    for use in decision.overrides_expiring_soon:
        lines += page.row("    ! ", plain(words.expires_soon(use, decision.at)), ink=YELLOW)
    return lines


def _suppressions(decision: Decision, page: Page) -> list[str]:
    if not decision.suppressions:
        return []
    lines = page.row("  ", plain(words.suppression_tally(decision)))
    for each in decision.suppressions if page.verbose else ():
        lines += page.row("      ", unforged(plain(words.suppression(each))))
    return lines


def _record(page: Page, context: ReportContext) -> list[str]:
    record = context.record
    if record is None:
        return page.row("  ", "no record was written")
    signed = f"signed {_short(record.keyid, page)}" if record.keyid else "UNSIGNED"
    check = f"check: {words.verify_command(record.path)}"
    return page.row("  ", plain(f"record {record.path} · {signed} · {check}"))


def _short(keyid: str, page: Page) -> str:
    return keyid if page.verbose or len(keyid) <= KEYID else keyid[:KEYID] + "…"


REPORT = Report("text", "One screen for a terminal", render)
