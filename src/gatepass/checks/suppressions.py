"""What the code itself tells scanners to leave out: `# nosec`, `// NOSONAR`, `.snyk`, `.trivyignore` and the
like, which nobody approves.

```yaml
- id: silenced
  check: suppressions
  no-new: true
  require: [reason, rules]
  forbidden-rules: [B602, "CVE-2021-44228"]
  collected: true
```

refuses every suppression that the change adds, and of the old ones those without a reason, those of all rules
at once, and those of rules that nobody may suppress. `gatepass gate --collect suppressions` looks for them in
the commit that is judged ([how, and what it knows](../collect/suppressions.md)); a `.snyk` file can also be
given as it is. Write `collected: true`: a file that was given tells what its writer liked.

| requirement | broken by |
|---|---|
| `maximum` | all, when there are more |
| `no-new` | one on a line that the change adds |
| `require: [reason]` | one behind which nothing is said |
| `require: [expiry]` | one that has no end. Comments of most scanners cannot have one |
| `require: [rules]` | one for whatever is found there (a bare `# nosec`), or for whole paths |
| `ticket` | one whose reason does not hold the expression |
| `maximum-days` | one that lasts longer, or has no end |
| `forbidden-rules` | one of such a rule, and one of all rules |

**What is over is not counted.** From the instant of its end on a scanner finds again what it left out; a day
is over with its first instant, as scanners have it. An end that is no date is a finding of its own.

**What is not judged.** With `scanners`, those of others; what `allowed-rules` fit whole; files in
`allowed-paths`; with `new-only: true`, what the change did not add. The summary counts them.

**What cannot be judged.** A scanner in `scanners` that nobody looked for. Without `scanners`, a build in
which nobody looked at comments. A file that could not be read (outside `allowed-paths`): a `.snyk` with a
date that is none, a text of more than 32 MiB. Evidence about changed files alone, unless `new-only: true`.
And for `no-new` and `new-only`, suppressions of which nobody knows whether they are new: let the collector
see where the change begins. The same holds where it was told another beginning than the change request's.

A finding is known by file, scanner and rules, not by its line, so an override outlives edits above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gatepass.checks._breaches import at_most
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._suppression_terms import PARAMETERS, Terms, mistakes, terms_of
from gatepass.globs import matches, matches_any
from gatepass.model.decision import Finding, FindingKind, Subject
from gatepass.model.place import Place
from gatepass.model.suppressions import (
    SuppressionKind,
    Suppressions,
    SuppressionScope,
    WrittenSuppression,
    instant_of,
)

_DONE = {
    SuppressionKind.COMMENT: "suppressed by a comment",
    SuppressionKind.IGNORED: "ignored",
    SuppressionKind.EXCLUDED: "excluded",
    SuppressionKind.PATCHED: "left to a patch",
}
_MOST_UNREAD = 50


@dataclass(slots=True)
class _Tally:
    """Suppressions sorted into what is judged and why the others are not."""

    judged: list[WrittenSuppression] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def judge(question: Question) -> Judgement:
    """Whether the suppressions stay within what the rule lets stand."""
    terms = terms_of(question.rule)
    given = [each for each in question.evidence if isinstance(each, Suppressions)]
    tally = _tally(_all_of(given), terms, question.now)
    missing = [*_not_looked_for(question, given, terms), *_unread(question, given, terms)]
    if terms.no_new or terms.new_only:
        missing += _not_known_to_be_new(question, given, tally)
    reasons = [(each, _reasons(each, terms, question.now)) for each in tally.judged]
    if terms.maximum is not None and len(tally.judged) > terms.maximum:
        too_many = f"one of {len(tally.judged):,}, at most {terms.maximum:,} may stand"
        reasons = [(each, (*why, too_many)) for each, why in reasons]
    findings = list(_findings(question, [(each, why) for each, why in reasons if why]))
    return Judgement(_summary(tally), (*missing, *at_most(question, findings)), _figures(tally))


def _all_of(given: Sequence[Suppressions]) -> list[WrittenSuppression]:
    """Each once, whoever told of it; who knows whether it is new is believed first."""
    found: dict[tuple[object, ...], WrittenSuppression] = {}
    for each in sorted(
        (one for every in given for one in every.suppressions), key=lambda each: each.new is None
    ):
        found.setdefault((each.scanner, each.kind, each.place, each.rules, each.covers), each)
    return sorted(found.values(), key=lambda each: (each.place.path, each.place.line or 0, each.scanner))


def _tally(found: Sequence[WrittenSuppression], terms: Terms, now: datetime) -> _Tally:
    tally = _Tally()
    for each in found:
        if why := _why_not_judged(each, terms, now):
            tally.left_out[why] += 1
        else:
            tally.judged.append(each)
    return tally


def _why_not_judged(each: WrittenSuppression, terms: Terms, now: datetime) -> str | None:
    if terms.scanners and not matches_any(each.scanner, terms.scanners, ignore_case=True):
        return "of other scanners"
    if each.ends is not None and each.ends <= now:
        return "over"
    whole = each.rules and all(matches_any(rule, terms.allowed_rules) for rule in each.rules)
    if whole or matches_any(each.place.path, terms.allowed_paths):
        return "allowed"
    return "not new" if terms.new_only and each.new is False else None


def _reasons(each: WrittenSuppression, terms: Terms, now: datetime) -> tuple[str, ...]:
    """Why a suppression may not stand, whatever the others are."""
    return tuple(
        said
        for broken, said in (
            (terms.no_new and each.new is True, "is new"),
            ("reason" in terms.require and not each.reason.strip(), "gives no reason"),
            ("rules" in terms.require and each.everything, "names no rule"),
            ("expiry" in terms.require and each.expires is None, "has no end"),
            (each.expires is not None and each.ends is None, f"ends at {each.expires}, which is no date"),
            (terms.ticket is not None and not terms.ticket.search(each.reason), "names no ticket"),
            (_forbidden(each, terms), "is of a rule that nothing may suppress"),
        )
        if broken
    ) + _too_long(each, terms, now)


def _forbidden(each: WrittenSuppression, terms: Terms) -> bool:
    if not terms.forbidden:
        return False
    return each.everything or any(matches_any(rule, terms.forbidden, ignore_case=True) for rule in each.rules)


def _too_long(each: WrittenSuppression, terms: Terms, now: datetime) -> tuple[str, ...]:
    most = terms.maximum_days
    if most is None or (each.expires is not None and each.ends is None):
        return ()
    if each.ends is None:
        return (f"has no end; at most {most} days are allowed",)
    begun = min(instant_of(each.created) or now, now)
    if each.ends - begun <= timedelta(days=most):
        return ()
    return (f"lasts {(each.ends - begun).days} days; at most {most} are allowed",)


def _findings(
    question: Question, broken: Sequence[tuple[WrittenSuppression, tuple[str, ...]]]
) -> Iterator[Finding]:
    repeated: Counter[tuple[str, ...]] = Counter()
    for each, why in broken:
        identity = (each.place.path, each.scanner, each.kind.value, *each.rules, each.covers)
        repeated[identity] += 1
        # alike ones in one file: without the number one override would cover them all
        number = (str(repeated[identity]),) if repeated[identity] > 1 else ()
        what = ", ".join(each.rules) or "everything"
        about = f" in {each.covers}" if each.covers else ""
        yield question.finding(
            f"{each.scanner}: {what}{about} is {_DONE[each.kind]}: {'; '.join(why)}",
            identity=(*identity, *number),
            place=each.place,
            subject=Subject(path=each.place.path, vulnerabilities=each.rules),
            details=(f"reason given: {each.reason}",) if each.reason else (),
            fix=question.rule.fix or "mend what the scanner finds, or ask for an override",
        )


def _not_looked_for(question: Question, given: Sequence[Suppressions], terms: Terms) -> Iterator[Finding]:
    looked_for = {name for each in given for name in each.looked_for}
    fix = "gatepass gate --collect suppressions"
    for pattern in terms.scanners:
        if not any(matches(name, pattern, ignore_case=True) for name in looked_for):
            text = f"nobody looked for what silences {pattern}"
            yield question.missing(text, identity=("scanner", pattern), fix=fix)
    if not terms.scanners and all(each.scope is SuppressionScope.FILE for each in given):
        yield question.missing(
            "nobody looked at comments in the code: only files of a scanner were given",
            identity=("comments",),
            fix=fix,
        )
    for each in given:
        if each.scope is SuppressionScope.CHANGED and not terms.new_only:
            yield question.missing(
                f"{each.source.name} tells of changed files alone",
                identity=(each.source.name, "changed"),
                fix="collect with scope: tree, or judge new-only: true",
            )


def _unread(question: Question, given: Sequence[Suppressions], terms: Terms) -> Iterator[Finding]:
    unread = {
        (one.path, one.why): one
        for each in given
        for one in each.unread
        if not matches_any(one.path, terms.allowed_paths)
    }
    for one in list(unread.values())[:_MOST_UNREAD]:
        yield question.finding(
            f"{one.path} could hold suppressions and {one.why}",
            identity=("missing", "unread", one.path),
            place=Place(one.path, one.line),
            kind=FindingKind.MISSING_EVIDENCE,
        )
    if (more := len(unread) - _MOST_UNREAD) > 0:
        yield question.missing(f"{more:,} more files could not be read", identity=("unread",))


def _not_known_to_be_new(
    question: Question, given: Sequence[Suppressions], tally: _Tally
) -> Iterator[Finding]:
    change = question.build.change_request
    for each in given:
        if each.base and change and change.base and change.base not in (each.base, each.compared_with):
            yield question.missing(
                f"{each.source.name} begins at {each.base[:12]}, and the change at {change.base[:12]}",
                identity=(each.source.name, "base"),
                fix="collect without a base, which then is the base of the change request",
            )
    if unknown := sum(each.new is None for each in tally.judged):
        names = ", ".join(each.source.name for each in given if each.base is None)
        yield question.missing(
            f"nobody can tell whether {unknown:,} of the suppressions are new ({names})",
            identity=("new",),
            fix="fetch the history (fetch-depth: 0), or name where the change begins (base: origin/main)",
        )


def _summary(tally: _Tally) -> str:
    """``3 suppressions (2 bandit, 1 snyk) · 1 new · 2 over``."""
    number = len(tally.judged)
    scanners = Counter(each.scanner for each in tally.judged)
    said = ", ".join(f"{count:,} {name}" for name, count in sorted(scanners.items()))
    new = sum(each.new is True for each in tally.judged)
    return " · ".join(
        (
            f"{number:,} suppression{'' if number == 1 else 's'}{f' ({said})' if said else ''}",
            *((f"{new:,} new",) if new else ()),
            *(f"{count:,} {why}" for why, count in sorted(tally.left_out.items())),
        )
    )


def _figures(tally: _Tally) -> tuple[tuple[str, str | int | float], ...]:
    new = sum(each.new is True for each in tally.judged)
    return (
        ("suppressions", len(tally.judged)),
        ("new", new),
        *((why.replace(" ", "-"), count) for why, count in sorted(tally.left_out.items())),
    )


CHECK = Check(
    name="suppressions",
    title="Comments and files that silence scanners",
    evidence=Suppressions.KIND,
    parameters=PARAMETERS,
    judge=judge,
    validate=mistakes,
    example="""\
id: silenced
title: Nobody silences a scanner without saying why
check: suppressions
no-new: true
require: [reason, rules]
forbidden-rules: [B602]
allowed-paths: ["docs/**", "tests/**"]
collected: true
""",
)
