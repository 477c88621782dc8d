"""The overrides that there are, judged by the policies whatever a build may find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gatepass.approving import chains
from gatepass.errors import UsageError
from gatepass.model.facts import Json
from gatepass.model.override import Override, OverrideStatus
from gatepass.model.policy import Policy, Rule
from gatepass.model.suppression import ScannerSuppression, scanner_suppressions
from gatepass.overriding import by_policies, confirm_by, without_rule

SCHEMA = "gatepass.overrides/v1"


@dataclass(frozen=True, slots=True)
class Standing:
    """An override with its standing, and that for each rule it is for.

    It counts as in force when it is for any of its rules, since it lets something through then.
    """

    override: Override
    status: OverrideStatus
    message: str
    by_rule: tuple[tuple[Rule, OverrideStatus, str], ...]
    confirm_by: datetime | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that it is for, as the policies call them; else as the file does."""
        return tuple(rule.code for rule, _, _ in self.by_rule) or (self.override.rule,)


@dataclass(frozen=True, slots=True)
class Survey:
    """All overrides at an instant (UTC); those that end within ``soon`` are about to expire."""

    standings: tuple[Standing, ...]
    at: datetime
    soon: timedelta
    suppressions: tuple[ScannerSuppression, ...] = ()

    def expires_soon(self, standing: Standing) -> bool:
        """Whether an override in force will not be any more once the term is over."""
        in_force = standing.status is OverrideStatus.IN_FORCE
        return in_force and standing.override.ends_within(self.soon, self.at)

    @property
    def approvals(self) -> list[tuple[str, int, int]]:
        """How many overrides each has approved for others and how many hold, who approved most first.

        Who is said to have approved one need not be somebody who may.
        """
        total: Counter[str] = Counter()
        in_force: Counter[str] = Counter()
        for each in self.standings:
            total.update(_approvers(each.override))
            if each.status is OverrideStatus.IN_FORCE:
                in_force.update(_approvers(each.override))
        counted = [(login, number, in_force[login]) for login, number in total.items()]
        return sorted(counted, key=lambda each: (-each[1], -each[2], each[0]))

    @property
    def rules(self) -> list[tuple[str, int, int]]:
        """How many overrides each rule has, and how many of them are in force; requests do not count."""
        total: Counter[str] = Counter()
        in_force: Counter[str] = Counter()
        for each in self.standings:
            if not each.override.is_request:
                total.update(each.codes)
                in_force.update(
                    rule.code for rule, status, _ in each.by_rule if status is OverrideStatus.IN_FORCE
                )
        counted = [(code, number, in_force[code]) for code, number in total.items()]
        return sorted(counted, key=lambda each: (-each[2], -each[1], each[0]))


def _approvers(override: Override) -> set[str]:
    return {login.casefold() for login in override.approved_by} - {override.requested_by.casefold()}


def survey(
    overrides: Sequence[Override], policies: Sequence[Policy], now: datetime, soon: timedelta
) -> Survey:
    """All overrides judged at an instant (UTC), those that end first first.

    Of broken glass that git alone knows of, what nobody confirmed is listed.
    """
    ordered = sorted(overrides, key=lambda each: (each.expires, each.id))
    made = [standing_of(each, policies, now, overrides) for each in ordered if each.trace is None]
    made += _owing(overrides, policies, now)
    return Survey(tuple(made), now, soon)


def _owing(overrides: Sequence[Override], policies: Sequence[Policy], now: datetime) -> Iterator[Standing]:
    by_name = {policy.name: policy for policy in policies}
    rules = [rule for policy in policies for rule in policy.rules]
    for each in chains.owing(overrides, rules, by_name, now):
        if each.override.trace is not None:
            said = f"was never confirmed: {each.owed}; {chains.where(each.override)}"
            yield Standing(each.override, OverrideStatus.UNCONFIRMED, said, ())


def suppressions_in(reports: Sequence[str], root: Path) -> tuple[ScannerSuppression, ...]:
    """What scanners were told to leave out, by their reports. Raises `UsageError` for one that is broken."""
    from gatepass.gathering import gather

    found = gather(reports, {}, root, None)
    for source in found.sources:
        if source.problem is not None:
            raise UsageError(f"{source.name} {source.problem.message}")
    return scanner_suppressions(found.evidence)


def standing_of(
    override: Override, policies: Sequence[Policy], now: datetime, others: Sequence[Override] = ()
) -> Standing:
    """One override judged at an instant (UTC), among all that there are."""
    by_rule = by_policies(override, policies, now, others)
    answers = [(status, message) for _, status, message in by_rule] or [without_rule(override)]
    held = [answer for answer in answers if answer[0] is OverrideStatus.IN_FORCE]
    rules = [rule for rule, _, _ in by_rule]
    term = confirm_by(override, rules, {policy.name: policy for policy in policies})
    return Standing(override, *(held or answers)[0], by_rule, term)


def document(made: Survey) -> Json:
    """All of it for programs: keys are added within a version, never removed or given another meaning."""
    counts = Counter(each.status for each in made.standings)
    return {
        "schema": SCHEMA,
        "at": _instant(made.at),
        "expiringWithinDays": made.soon.days,
        "counts": {status.value: counts[status] for status in OverrideStatus},
        "overrides": [_entry(each, made) for each in made.standings],
        "approvals": [
            {"login": login, "overrides": number, "inForce": in_force}
            for login, number, in_force in made.approvals
        ],
        "rules": [
            {"rule": code, "overrides": number, "inForce": in_force} for code, number, in_force in made.rules
        ],
        "neverConfirmed": [
            each.override.id for each in made.standings if each.status is OverrideStatus.UNCONFIRMED
        ],
        "scannerSuppressions": [
            {
                "source": each.source,
                "tool": each.tool,
                "rule": each.rule,
                "subject": each.subject,
                "kind": each.kind,
                "reason": each.reason,
                "by": each.by,
                "expires": each.expires,
            }
            for each in made.suppressions
        ],
    }


def _entry(standing: Standing, made: Survey) -> Json:
    override = standing.override
    return {
        "id": override.id,
        "rule": override.rule,
        "status": standing.status.value,
        "message": standing.message,
        "expiresSoon": made.expires_soon(standing),
        "created": _instant(override.created),
        "expires": _instant(override.expires),
        "reason": override.reason,
        "justification": override.justification,
        "ticket": override.ticket,
        "requestedBy": override.requested_by,
        "approvedBy": list[Json](override.approved_by),
        "approvals": [
            {"by": each.by, "how": each.how.value, "assurance": each.assurance.value, "key": each.key}
            for each in override.every_approval
        ],
        "breakGlass": override.break_glass,
        "incident": override.incident,
        "confirmBy": _instant(standing.confirm_by) if standing.confirm_by else None,
        "revokedBy": override.revocation.by if override.revocation else None,
        "remarks": list[Json](override.remarks),
        "addedBy": [each.by for each in override.brought_by],
        "knownToGitAlone": {"ref": override.trace.ref, "blob": override.trace.blob}
        if override.trace
        else None,
        "path": override.place.path,
        "sha256": override.sha256,
        "rules": [
            {"rule": rule.code, "status": status.value, "message": message}
            for rule, status, message in standing.by_rule
        ],
    }


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
