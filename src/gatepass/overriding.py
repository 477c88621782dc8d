"""Overrides judged: which are in force, what they cover, and why the others do not.

Pure, a part of `evaluate`. An override is in force when the policy of the finding's rule allows the rule
to be overridden, for that reason, by enough of the people who approved it (the requester never counts), for
no longer than it says; when it was created and has not expired; and, if it is marked so, while there is no
fix. A request is an override that nobody has approved: never in force. What is revoked is not either, whoever
says so. A broken glass is in force before anybody approved it, and ends when nobody does in time; after that
it blocks further ones (`gatepass.approving.chains`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from gatepass.approving import breaking_glass, chains
from gatepass.approving.chains import Owing
from gatepass.approving.counting import by_another, counted, in_words, objections, ways
from gatepass.approving.matching import allowances_for, fits, matches, names
from gatepass.model.decision import Finding, FindingKind, RuleResult
from gatepass.model.override import Approval, ApprovalHow, Override, OverrideStatus, OverrideUse
from gatepass.model.policy import Allowance, Policy, Rule, logins


@dataclass(slots=True)
class _Tally:
    """What became of one override while findings were looked at."""

    covers: int = 0
    held: str = ""
    refused: dict[OverrideStatus, tuple[str, int]] = field(default_factory=dict)

    def refuse(self, status: OverrideStatus, message: str) -> None:
        self.refused[status] = (message, self.refused.get(status, ("", 0))[1] + 1)


def attach(
    results: Sequence[RuleResult],
    overrides: Sequence[Override],
    policies: Sequence[Policy],
    now: datetime,
    artifacts: Collection[str] = (),
) -> tuple[tuple[RuleResult, ...], tuple[OverrideUse, ...]]:
    """The results with overrides attached to the findings they cover, and what became of each override.

    ``artifacts`` are what the build made (``sha256:…``): a finding that names none is about all of them. Of
    broken glass that git alone knows of, what nobody confirmed is told of; it covers nothing.
    """
    by_name = {policy.name: policy for policy in policies}
    rules = [result.rule for result in results]
    owing = chains.owing(overrides, rules, by_name, now)
    # what two people approved is named before what one let through alone
    here = [each for each in overrides if each.trace is None]
    ordered = sorted(here, key=lambda each: (each.break_glass, each.id))
    tallies = {override.id: _Tally() for override in ordered}
    judge = _Judge(by_name, now, owing, {result.rule.code: result.findings for result in results})
    changed = tuple(
        replace(
            result,
            findings=tuple(
                _with_override(f, result.rule, ordered, tallies, judge, artifacts) for f in result.findings
            ),
        )
        if result.findings
        else result
        for result in results
    )
    uses = [_use(override, tallies[override.id], rules, judge) for override in ordered]
    uses += [_use_of_trace(each, rules, by_name) for each in owing if each.override.trace is not None]
    return changed, tuple(sorted(uses, key=_order))


def _order(use: OverrideUse) -> tuple[str, bool, str]:
    """By ids; what git alone knows of comes after what is here."""
    return use.override.id, use.override.trace is not None, use.override.sha256


@dataclass(frozen=True, slots=True)
class _Judge:
    """What the standing of an override is judged by; ``findings`` by the code of their rule.

    ``blocked`` keeps what stands in the way of a broken glass: it is the same for each finding.
    """

    policies: Mapping[str, Policy]
    now: datetime
    owing: Sequence[Owing]
    findings: Mapping[str, Sequence[Finding]]
    blocked: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def standing(
        self, override: Override, rule: Rule, finding: Finding | None = None
    ) -> tuple[OverrideStatus, str]:
        policy, key = self.policies.get(rule.policy), (override.id, rule.code)
        if override.break_glass and key not in self.blocked:
            found = self.findings.get(rule.code, ())
            self.blocked[key] = _blocked(override, rule, policy, self.owing, found)
        return standing(override, rule, policy, self.now, finding, blocked=self.blocked.get(key))


def _blocked(
    override: Override,
    rule: Rule,
    policy: Policy | None,
    owing: Sequence[Owing],
    findings: Sequence[Finding] = (),
) -> str | None:
    if not override.break_glass or not owing:
        return None
    return chains.in_the_way(override, rule, allowances_for(rule, policy), owing, findings)


def _with_override(
    finding: Finding,
    rule: Rule,
    overrides: Sequence[Override],
    tallies: dict[str, _Tally],
    judge: _Judge,
    artifacts: Collection[str],
) -> Finding:
    covering = None
    for override in overrides:
        if not names(override, rule):
            continue
        if not matches(override, finding, artifacts):
            if finding.kind is not FindingKind.VIOLATION and fits(override, finding, artifacts):
                tallies[override.id].refuse(OverrideStatus.UNUSED, _NOT_FOR_MISSING)
            continue
        status, message = judge.standing(override, rule, finding)
        if status is OverrideStatus.IN_FORCE:
            tallies[override.id].covers += 1
            tallies[override.id].held = tallies[override.id].held or message
            covering = covering or override
        else:
            tallies[override.id].refuse(status, message)
    return replace(finding, override=covering) if covering else finding


def standing(
    override: Override,
    rule: Rule,
    policy: Policy | None,
    now: datetime,
    finding: Finding | None = None,
    *,
    blocked: str | None = None,
) -> tuple[OverrideStatus, str]:
    """Whether an override holds for a rule at an instant, and for a finding of it; why not, in words.

    Without a finding, what depends on one (its severity, whether there is a fix) is not judged. ``blocked``
    is why a broken glass does not hold although it is in order: an earlier one that nobody confirmed.
    """
    if override.revocation is not None:
        return _revoked(override)
    if override.break_glass:
        status, message = _broken_glass(override, rule, policy, now, finding)
        if status is OverrideStatus.IN_FORCE and blocked is not None:
            return OverrideStatus.BLOCKED, blocked
        return status, message
    if override.is_request:
        return OverrideStatus.REQUESTED, _why_requested(override, rule, policy, now)
    return _standing(override, rule, policy, now, finding)


def objection(override: Override, rule: Rule, policy: Policy | None, now: datetime) -> str | None:
    """Why an override could not hold for a rule although everyone else who may approve had approved it."""
    approved = _fully_approved(override, rule, policy)
    judge = standing if override.break_glass or override.revocation else _standing
    status, message = judge(approved, rule, policy, now, None)
    return None if status is OverrideStatus.IN_FORCE else message


def why_not_to_confirm(override: Override, rule: Rule, policy: Policy | None, now: datetime) -> str | None:
    """Why nobody's confirmation of a broken glass could count for a rule, be it over, late or ended."""
    approved = _fully_approved(override, rule, policy)
    status, message = _broken_glass(approved, rule, policy, now, None)
    return None if status in (OverrideStatus.IN_FORCE, OverrideStatus.EXPIRED) else message


def _fully_approved(override: Override, rule: Rule, policy: Policy | None) -> Override:
    """The override as if everyone who may had approved it."""
    given = [each for allowance in allowances_for(rule, policy) for each in _all_of(allowance, override)]
    by = tuple(sorted({each.by for each in given}))
    return replace(override, approved_by=by, approvals=tuple(given), remarks=())


def _all_of(allowance: Allowance, override: Override) -> list[Approval]:
    """The approvals that everyone but the requester would have given, in a way that the policy takes."""
    trust = allowance.trust.digest if allowance.trust else None
    glass = allowance.break_glass
    everyone = allowance.approvers | (logins(glass.confirmed_by) if glass else frozenset())
    own = override.requested_by.casefold()
    # whoever breaks the glass signs that as well; as an approval the requester's never counts
    others = sorted(everyone | {own} if override.break_glass else everyone - {own})
    return [Approval(login, allowance.accepted[0], trust=trust) for login in others if allowance.accepted]


def by_policies(
    override: Override, policies: Sequence[Policy], now: datetime, others: Sequence[Override] = ()
) -> tuple[tuple[Rule, OverrideStatus, str], ...]:
    """The standing of an override for each rule that it is for, whatever a build may find.

    ``others`` are all overrides that there are: broken glass among them may block it.
    """
    rules = [rule for policy in policies for rule in policy.rules]
    owing = chains.owing(others, rules, {policy.name: policy for policy in policies}, now)
    return tuple(
        (rule, *standing(override, rule, policy, now, blocked=_blocked(override, rule, policy, owing)))
        for policy in policies
        for rule in policy.rules
        if names(override, rule)
    )


def confirm_by(override: Override, rules: Sequence[Rule], policies: Mapping[str, Policy]) -> datetime | None:
    """By when a broken glass must be confirmed (UTC); None when it is, or is none."""
    if not override.break_glass or override.revocation is not None:
        return None
    terms = (
        breaking_glass.confirm_by(override, allowances_for(rule, policies.get(rule.policy))) for rule in rules
    )
    return max((each for each in terms if each is not None), default=None)


def _revoked(override: Override) -> tuple[OverrideStatus, str]:
    revocation = override.revocation
    assert revocation is not None
    word = OverrideStatus.REJECTED if revocation.rejected else OverrideStatus.REVOKED
    where = revocation.place.path
    if revocation.ref is not None:
        where += f" on {revocation.ref}: it was taken away here, which ends nothing"
    return word, f"{word.value} by {revocation.by}: {revocation.reason} ({where})"


def _broken_glass(
    override: Override, rule: Rule, policy: Policy | None, now: datetime, finding: Finding | None
) -> tuple[OverrideStatus, str]:
    allowances = allowances_for(rule, policy)
    fitting = [each for each in allowances if _why_not_severity(each, finding) is None]
    if allowances and not fitting:
        return OverrideStatus.NOT_ALLOWED, _why_not_severity(allowances[0], finding) or ""
    return breaking_glass.standing(override, fitting, now)


def _why_requested(override: Override, rule: Rule, policy: Policy | None, now: datetime) -> str:
    why_not = objection(override, rule, policy, now)
    if why_not:
        return f"nobody has approved it, and nobody could: {why_not}"
    allowances = allowances_for(rule, policy)
    wanted = " or ".join(f"{each.minimum} of {_who(each)}" for each in allowances)
    how = " or ".join(dict.fromkeys(ways(each) for each in allowances if each.accept != _STATED))
    remarks = "".join(f"; {each}" for each in override.remarks)
    return f"nobody has approved it; {wanted} may{f', by {how}' if how else ''}{remarks}"


def _standing(
    override: Override, rule: Rule, policy: Policy | None, now: datetime, finding: Finding | None
) -> tuple[OverrideStatus, str]:
    if now < override.created:
        return OverrideStatus.NOT_YET, f"holds only from {_instant(override.created)}"
    if now >= override.expires:
        return OverrideStatus.EXPIRED, f"expired at {_instant(override.expires)}"
    allowances = allowances_for(rule, policy)
    if not allowances:
        return OverrideStatus.NOT_ALLOWED, f"the policy {rule.policy} does not let {rule.id} be overridden"
    answers = [_allowed(override, allowance, rule, finding) for allowance in allowances]
    held = [answer for answer in answers if answer[0] is OverrideStatus.IN_FORCE]
    if not held:
        return answers[0]
    if override.drop_if_fixable and finding is not None and finding.subject.fixable:
        return OverrideStatus.FIXABLE, "is dropped because there is a fix now, as it is marked"
    return held[0]


def _allowed(
    override: Override, allowance: Allowance, rule: Rule, finding: Finding | None
) -> tuple[OverrideStatus, str]:
    if override.reason not in allowance.reasons:
        reasons = ", ".join(allowance.reasons)
        return OverrideStatus.NOT_ALLOWED, f"its reason '{override.reason}' is not one of {reasons}"
    for name in allowance.require:
        if not (override.ticket if name == "ticket" else override.justification):
            return OverrideStatus.NOT_ALLOWED, f"the policy wants a {name}"
    if why := _why_not_severity(allowance, finding):
        return OverrideStatus.NOT_ALLOWED, why
    who = counted(override, allowance, allowance.approvers)
    if len(who) < allowance.minimum:
        return OverrideStatus.UNAUTHORISED, _why_unauthorised(override, allowance, len(who))
    severity = _severity(finding) if finding is not None else None
    longest = allowance.days(rule.id, severity)
    # an expiry that is a day means the end of it: 30 days from 1 November end with 1 December
    whole_day = timedelta(days=1 if override.expires.time() == time(0) else 0)
    if override.expires - override.created > timedelta(days=longest) + whole_day:
        days = (override.expires - override.created).days
        of = f" for severity {severity}" if severity and allowance.days(rule.id, None) != longest else ""
        return OverrideStatus.TOO_LONG, f"lasts {days} days; at most {longest} are allowed{of}"
    said = f"{override.reason}, until {_instant(override.expires)}; approved by {in_words(who)}"
    return OverrideStatus.IN_FORCE, f"{said}{by_another(override)}"


def _severity(finding: Finding) -> str:
    return finding.severity.value if finding.severity else "unknown"


def _why_not_severity(allowance: Allowance, finding: Finding | None) -> str | None:
    if finding is None or not allowance.severities or _severity(finding) in allowance.severities:
        return None
    said = ", ".join(allowance.severities)
    return f"the severity is {_severity(finding)}; only {said} may be overridden"


def _why_unauthorised(override: Override, allowance: Allowance, number: int) -> str:
    named = ", ".join(override.approved_by) or "nobody else"
    why = objections(override, allowance, allowance.approvers)
    said = f" ({why})" if why else ""
    return f"has {number} of {allowance.minimum} approvals by {_who(allowance)}; approved by {named}{said}"


def _who(allowance: Allowance) -> str:
    return ", ".join((*allowance.users, *(team for team, _ in allowance.teams)))


_STATED = (ApprovalHow.STATED,)
_WORST_FIRST = (
    OverrideStatus.REVOKED,
    OverrideStatus.REJECTED,
    OverrideStatus.UNCONFIRMED,
    OverrideStatus.BLOCKED,
    OverrideStatus.REQUESTED,
    OverrideStatus.UNAUTHORISED,
    OverrideStatus.NOT_ALLOWED,
    OverrideStatus.TOO_LONG,
    OverrideStatus.EXPIRED,
    OverrideStatus.NOT_YET,
    OverrideStatus.FIXABLE,
)
_NOT_FOR_MISSING = "covers what is found; here evidence is missing (missing-evidence: true would cover that)"


def _use(override: Override, tally: _Tally, rules: Sequence[Rule], judge: _Judge) -> OverrideUse:
    named = [rule for rule in rules if names(override, rule)]
    status, message, count = _became(override, tally, named, judge)
    in_force = status is OverrideStatus.IN_FORCE
    return OverrideUse(
        override,
        status,
        message,
        covers=count if in_force else 0,
        would_cover=0 if in_force else count,
        confirm_by=confirm_by(override, named, judge.policies),
    )


def _use_of_trace(owing: Owing, rules: Sequence[Rule], policies: Mapping[str, Policy]) -> OverrideUse:
    """What became of a broken glass of which git alone knows: nobody confirmed it."""
    override = owing.override
    named = [rule for rule in rules if names(override, rule)]
    message = f"was never confirmed: {owing.owed}; {chains.where(override)}"
    return OverrideUse(
        override, OverrideStatus.UNCONFIRMED, message, confirm_by=confirm_by(override, named, policies)
    )


def _became(
    override: Override, tally: _Tally, named: Sequence[Rule], judge: _Judge
) -> tuple[OverrideStatus, str, int]:
    """Its status, why, and how many findings it covers, or would."""
    if tally.covers:
        return OverrideStatus.IN_FORCE, tally.held, tally.covers
    for status in _WORST_FIRST:
        if status in tally.refused:
            return status, *tally.refused[status]
    if not named:
        return *without_rule(override), 0
    standings = [judge.standing(override, rule) for rule in named]
    for status, message in standings:
        if status is not OverrideStatus.IN_FORCE:
            return status, message, 0
    message, _ = tally.refused.get(OverrideStatus.UNUSED, ("matches nothing that was found; it can go", 0))
    return OverrideStatus.UNUSED, message, 0


def without_rule(override: Override) -> tuple[OverrideStatus, str]:
    """The standing of an override for a rule that no policy has."""
    if override.revocation is not None:
        return _revoked(override)
    message = f"no policy has a rule '{override.rule}'"
    if override.is_request:
        return OverrideStatus.REQUESTED, f"nobody has approved it, and nobody could: {message}"
    return OverrideStatus.UNKNOWN_RULE, message


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
