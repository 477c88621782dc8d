"""What a decision says in words, the same in every report for people.

The phrases hold texts from hostile reports as they are: whoever prints a phrase escapes it whole.
Instants are UTC; sizes are bytes, said in decimal units.
"""

from __future__ import annotations

import shlex
from collections import Counter
from datetime import datetime, time, timedelta

from gatepass.model.build import Build
from gatepass.model.decision import Decision, Finding, FindingKind, Outcome, RuleResult, Verdict
from gatepass.model.override import ApprovalHow, Override, OverrideStatus, OverrideUse
from gatepass.model.pipeline import JOB_RESULTS
from gatepass.model.policy import OWN_SOURCE, Enforcement, Policy
from gatepass.model.source import Source
from gatepass.model.suppression import ScannerSuppression

OUTCOMES = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.ERROR: "in error (evidence missing)",
    Outcome.WARN: "warns",
    Outcome.OVERRIDDEN: "overridden",
    Outcome.NOT_APPLICABLE: "not applicable",
}
NOTHING_JUDGED = "no rule was applied: nothing was judged, and that is a failure"
NOT_JUDGED = "cannot be judged"
_GIVEN = "--build "


def labels(decision: Decision) -> dict[str, str]:
    """What each rule is called, by its code: its id, or its code where two policies use the id."""
    seen = Counter(result.rule.id for result in decision.results)
    return {r.rule.code: r.rule.id if seen[r.rule.id] == 1 else r.rule.code for r in decision.results}


def subject(decision: Decision) -> str:
    """``release 1.4.0 · acme/payments@9fceb02 · change 482 by alice``."""
    given = [policy for policy in decision.policies if policy.source != OWN_SOURCE]
    policies = ", ".join(map(policy_name, given)) or "no policy"
    return f"{policies} · {_revision(decision.build)} · {_occasion(decision.build)}"


def policy_name(policy: Policy) -> str:
    """``release 1.4.0``."""
    return f"{policy.name} {policy.version}".strip()


def _revision(build: Build) -> str:
    if not build.head:
        return f"{build.repository or 'no repository'}, no commit"
    return f"{build.repository}@{build.head[:7]}" if build.repository else f"commit {build.head[:7]}"


def _occasion(build: Build) -> str:
    """What was built and by whom: a change by its author, anything else by who started it."""
    starter = next((actor.login for actor in build.actors), None)
    started = f", started by {starter}" if starter else ""
    change = build.change_request
    if change:
        return (
            f"change {change.number} by {change.author}"
            if change.author
            else f"change {change.number}{started}"
        )
    if build.tag:
        return f"tag {build.tag}{started}"
    where = f" to {build.branch}" if build.branch else ""
    return f"{build.event.value}{where}{started}"


def tally(decision: Decision) -> str:
    """``11 rules: 5 passed, 2 failed``: every rule is in it once."""
    counts = Counter(result.outcome for result in decision.results)
    parts = [f"{counts[outcome]:,} {word}" for outcome, word in OUTCOMES.items() if counts[outcome]]
    return f"{count(len(decision.results), 'rule')}{': ' if parts else ''}{', '.join(parts)}"


def count(number: int, noun: str) -> str:
    """``1 rule``, ``1,204 rules``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: int) -> str:
    """``512 B``, ``13 kB``, ``1.3 MB``."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            value = number / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number} B"


def instant(at: datetime) -> str:
    """A day if it is the first instant of one, else the minute or the second."""
    if at.time() == time():
        return at.date().isoformat()
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at.second else f"{at:%Y-%m-%d %H:%M} UTC"


def last_day(expires: datetime) -> str:
    """The last day on which something holds that ends at an instant, else the instant itself."""
    # an override "until 2026-12-01" holds the whole day: its first instant without force is the 2nd
    if expires.time() == time():
        return (expires - timedelta(days=1)).date().isoformat()
    return instant(expires)


def distance(now: datetime, then: datetime) -> str:
    """``11 days``, by the calendar."""
    days = (then.date() - now.date()).days
    return "today" if days == 0 else count(days, "day")


def summary(result: RuleResult) -> str:
    """What came out of a rule in one line, with why it cannot be judged or why it only warns."""
    said = said_of(result)
    if result.outcome is Outcome.ERROR:
        return f"{NOT_JUDGED}: {said}" if said else NOT_JUDGED
    if result.outcome is Outcome.WARN:
        return ", ".join(part for part in (said, why_it_warns(result)) if part)
    return said


def said_of(result: RuleResult) -> str:
    """The check's own line, else the rule's title, else what its first finding says."""
    return result.summary or result.rule.title or (result.findings[0].message if result.findings else "")


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings by severity, those without one last, else in their order."""
    return tuple(sorted(findings, key=lambda f: -f.severity.rank if f.severity else 1))


def not_applicable(decision: Decision) -> list[tuple[str, list[str]]]:
    """Each reason why rules were not applied, with the names of those rules."""
    called = labels(decision)
    by_reason: dict[str, list[str]] = {}
    for result in decision.by_outcome(Outcome.NOT_APPLICABLE):
        by_reason.setdefault(result.not_applicable or "", []).append(called[result.rule.code])
    return list(by_reason.items())


def why_it_warns(result: RuleResult) -> str:
    """Why the findings of a rule do not block: its enforcement, a day to come, a grace period."""
    rule = result.rule
    if rule.enforcement is not Enforcement.BLOCK:
        return "warns only" if rule.enforcement is Enforcement.WARN else "observed only"
    if rule.effective_on is not None and not result.in_effect:
        return f"blocks from {instant(rule.effective_on)} ({distance(result.at, rule.effective_on)})"
    graces = [f.warns_until for f in result.warning if f.warns_until and result.at < f.warns_until]
    if graces:
        return grace(min(graces), result.at)
    if any(f.kind is FindingKind.MISSING_EVIDENCE for f in result.warning):
        return f"evidence is missing (on-missing: {rule.on_missing.value})"
    return ""


def grace(until: datetime, now: datetime) -> str:
    """``in grace until 2026-12-03 (11 days)``."""
    return f"in grace until {instant(until)} ({distance(now, until)})"


def override(used: Override) -> str:
    """``overridden by OVR-2026-014 until 2026-12-01: risk-accepted by dana (ssh-signature), SEC-123``."""
    until = last_day(used.expires)
    if used.break_glass:
        return (
            f"overridden by {used.id} until {until}: {used.requested_by} broke the glass for {used.incident}"
        )
    ticket = f", {used.ticket}" if used.ticket else ""
    others = ", ".join(f"{each.by} ({each.said})" for each in used.other_bringers)
    added = f"; added by {others}, not by {used.requested_by}" if others else ""
    return f"overridden by {used.id} until {until}: {used.reason} by {approvers(used)}{ticket}{added}"


def approvers(used: Override) -> str:
    """Who approved an override, and how that is known: ``dana (ssh-signature), erin (self-asserted)``."""
    return ", ".join(f"{by} ({known})" for by, known in _approvals(used)) or "nobody"


def _approvals(used: Override) -> list[tuple[str, str]]:
    others = (each for each in used.every_approval if not used.askers & each.everyone)
    stated = ApprovalHow.STATED
    known = [(each.by, each.assurance if each.how is stated else each.how) for each in others]
    return list(dict.fromkeys((by, how.value) for by, how in known))


def overrides(findings: tuple[Finding, ...]) -> list[tuple[Override, int]]:
    """The overrides that cover findings and how many each covers, in the order of the findings."""
    by_id: dict[tuple[str, str], tuple[Override, int]] = {}
    for each in (f.override for f in findings):
        if each is not None:
            key = (each.id, each.sha256)
            by_id[key] = (each, by_id.get(key, (each, 0))[1] + 1)
    return list(by_id.values())


def override_tally(decision: Decision) -> str:
    """``3 overrides: 1 in force, 2 expired``."""
    counts = Counter(use.status for use in decision.overrides)
    parts = [f"{counts[s]:,} {s.value.replace('-', ' ')}" for s in OverrideStatus if counts[s]]
    return f"{count(len(decision.overrides), 'override')}: {', '.join(parts)}"


def override_use(use: OverrideUse) -> str:
    """``OVR-3 for rule licences has no effect (expired): it ended …; it would cover 2 findings``."""
    would = f"; it would cover {count(use.would_cover, 'finding')}" if use.would_cover else ""
    said = f": {use.message}" if use.message else ""
    word = use.status.value.replace("-", " ")
    return f"{use.override.id} for rule {use.override.rule} has no effect ({word}){said}{would}"


def broken_glass(use: OverrideUse) -> tuple[str, str]:
    """A word in capitals and a sentence for what one person let through alone."""
    used = use.override
    who = f"{used.id} by {used.requested_by} for {used.incident}, rule {used.rule}"
    if use.status is OverrideStatus.UNCONFIRMED:
        return "NEVER CONFIRMED IN TIME", f"{who}: {use.message}"
    if use.status is OverrideStatus.IN_FORCE:
        return "BREAK GLASS", f"{who}, lets {count(use.covers, 'finding')} through: {use.message}"
    if use.status is OverrideStatus.BLOCKED:
        return "BREAK GLASS", f"{who}, has no effect (blocked): {use.message}"
    waits = f"; it is to be confirmed before {instant(use.confirm_by)}" if use.confirm_by else ""
    return "BREAK GLASS", f"{who}, has no effect ({use.status.value}){waits}"


def suppression_tally(decision: Decision) -> str:
    """``3 suppressions by scanners' own files, which nobody approved: 2 bandit, 1 snyk``."""
    counts = Counter(each.tool for each in decision.suppressions)
    parts = ", ".join(f"{number:,} {tool}" for tool, number in sorted(counts.items()))
    number = count(len(decision.suppressions), "suppression")
    return f"{number} in scanners' own files, which no policy approves: {parts}"


def suppression(each: ScannerSuppression) -> str:
    """``bandit B101 at src/a.py:3 (inSource): no reason given``."""
    by = f" by {each.by}" if each.by else ""
    until = f" until {each.expires}" if each.expires else ""
    where = f" at {each.subject}" if each.subject else ""
    return f"{each.tool} {each.rule}{where} ({each.kind}){by}{until}: {each.reason or 'no reason given'}"


def expires_soon(use: OverrideUse, now: datetime) -> str:
    """``OVR-3 for rule licences expires soon: it holds until 2026-12-01 (9 days)``."""
    used = use.override
    left = distance(now, used.last_instant)
    return f"{used.id} for rule {used.rule} expires soon: it holds until {last_day(used.expires)} ({left})"


def read_sources(decision: Decision) -> tuple[Source, ...]:
    """The sources that count: sound, not given twice, and needed by a rule."""
    return tuple(source for source in decision.used_sources if source.usable)


def other_sources(decision: Decision) -> tuple[Source, ...]:
    """The sources that do not count; `why_not_used` says why of each."""
    read = set(map(id, read_sources(decision)))
    return tuple(source for source in decision.sources if id(source) not in read)


def what_was_read(decision: Decision) -> str:
    """``6 reports read, 1.3 MB, 2 of them asked for by this run``."""
    read = read_sources(decision)
    said = f"{count(len(read), 'report')} read, {size(sum(each.size for each in read))}"
    asked = sum(each.collected_from is not None for each in read)
    return f"{said}, {asked:,} of them asked for by this run" if asked else said


def why_not_used(source: Source) -> str:
    """The place and the reason, the problem's code last: ``old.xml:3: no tests in it (empty)``."""
    problem = source.problem
    if problem is not None:
        where = source.name
        if problem.line is not None:
            where += f":{problem.line}" + (f":{problem.column}" if problem.column is not None else "")
        return f"{where}: {problem.message} ({problem.code.value})"
    if source.same_as is not None:
        return f"{source.name}: the same bytes as {source.same_as}"
    if source.format == JOB_RESULTS:  # else our own rule would have looked at it
        return f"{source.name}: every job in it succeeded, and no rule needs to look at them"
    return f"{source.name}: no rule needs it"


def loud(decision: Decision) -> list[tuple[str, str]]:
    """A word in capitals and a sentence for all that weakens a decision or that a glance must not miss."""
    given = [flag.removeprefix(_GIVEN) for flag in decision.relaxations if flag.startswith(_GIVEN)]
    flags = [flag for flag in decision.relaxations if not flag.startswith(_GIVEN)]
    said = [_relaxation(flag, decision) for flag in flags]
    if given:
        told = f"{', '.join(given)} as the command line has it, whatever the pipeline says (--build)"
        said.append(("TOLD", told))
    if decision.nothing_judged:
        said.append(("NOTHING JUDGED", NOTHING_JUDGED))
    covered = sum(len(result.overridden) for result in decision.results)
    if covered and decision.verdict is Verdict.PASSED:
        said.append(("OVERRIDDEN", f"{count(covered, 'finding')} would stand in the way without an override"))
    return [*said, *map(broken_glass, decision.broken_glass)]


def verify_command(path: str) -> str:
    """What to type to check a record, the path quoted for a POSIX shell."""
    return f"gatepass verify {shlex.quote(path)}"


def _relaxation(flag: str, decision: Decision) -> tuple[str, str]:
    name = flag.split("=")[0].split(" ")[0]
    at = f"{decision.at:%Y-%m-%dT%H:%M:%SZ}"
    known = {
        "--unsafe-unsigned": ("UNSIGNED", "the record has no signature and proves nothing"),
        "--now": ("NOT NOW", f"decided as if it were {at}, not by the clock"),
        "--dry-run": ("DRY RUN", "nothing was written down, so nothing was decided"),
        "--exit-zero": ("EXIT ZERO", "the exit code does not tell the verdict"),
    }
    word, sentence = known.get(name, ("RELAXED", "this run was weakened"))
    return word, f"{sentence} ({flag})"
