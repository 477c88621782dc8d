"""Glass broken again and again: one that nobody confirmed in time stands in the way of more.

Of further ones by the same human being, whatever they are for, and of those for the same rule and something
that both may be for, whoever breaks them. It does until enough of those who may confirm it do so, late: that
does not let it hold again, and clears the way. That it is revoked does not: whoever broke it may say so. Nor
does a signature of whoever broke it that is gone or not valid any more, nor that its file is gone, as far
as git tells of it (`gatepass.model.override.Trace`).

What a file says of when the glass was broken is its writer's to say, so one that says it was earlier is let
through only when it has been confirmed itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gatepass.approving import breaking_glass
from gatepass.approving.matching import allowances_for, fits_in_any_build, may_overlap, names
from gatepass.model.decision import Finding
from gatepass.model.override import Override
from gatepass.model.policy import Allowance, Policy, Rule


@dataclass(frozen=True, slots=True)
class Owing:
    """A broken glass that nobody has confirmed, not even late; for which rules, by code, and what is owed."""

    override: Override
    rules: frozenset[str]
    owed: str

    def stands_in_the_way_of(
        self, other: Override, rule: Rule, allowances: Sequence[Allowance], findings: Iterable[Finding]
    ) -> bool:
        """Whether a further glass for a rule does not hold; ``findings`` are what the rule found."""
        mine = self.override
        if other.trace is None and mine.says_the_same_as(other):
            return False  # it is the very same, and stands for itself
        if other.created < mine.created and breaking_glass.confirm_by(other, allowances) is None:
            return False
        # whoever brings it in another's name asks for it as well
        if mine.requesters & other.askers or mine.askers & other.requesters:
            return True
        if rule.code not in self.rules:
            return False
        return may_overlap(mine.match, other.match) or any(
            fits_in_any_build(mine.match, each) and fits_in_any_build(other.match, each) for each in findings
        )

    @property
    def said(self) -> str:
        """Which it is, what to do about it, and what was not done, in words."""
        mine, trace = self.override, self.override.trace
        confirm = f"confirm it late: gatepass override approve {mine.id}"
        if trace is not None:
            gone = f"{mine.place.path} is gone or edited here"
            confirm = f"{gone}: put it back (git cat-file blob {trace.blob[:12]}) and {confirm}"
        return f"{mine.id} by {mine.requested_by} for {mine.incident}; {confirm} ({self.owed})"


def owing(
    overrides: Iterable[Override], rules: Sequence[Rule], policies: Mapping[str, Policy], now: datetime
) -> tuple[Owing, ...]:
    """The broken glass whose term is over at an instant (UTC) and that nobody has confirmed, oldest first."""
    found = (_owing(each, rules, policies, now) for each in overrides if each.break_glass)
    return tuple(
        sorted(
            (each for each in found if each is not None),
            key=lambda each: (each.override.created, each.override.id, each.override.sha256),
        )
    )


def _owing(
    override: Override, rules: Sequence[Rule], policies: Mapping[str, Policy], now: datetime
) -> Owing | None:
    owed: dict[str, str] = {}
    for rule in rules:
        if names(override, rule):
            said = breaking_glass.owed(override, allowances_for(rule, policies.get(rule.policy)), now)
            if said is not None:
                owed[rule.code] = said
    return Owing(override, frozenset(owed), next(iter(owed.values()))) if owed else None


def in_the_way(
    override: Override,
    rule: Rule,
    allowances: Sequence[Allowance],
    owing: Sequence[Owing],
    findings: Sequence[Finding] = (),
) -> str | None:
    """Why a further glass does not hold, and what to do, in words; None when nothing is in its way."""
    found = [each for each in owing if each.stands_in_the_way_of(override, rule, allowances, findings)]
    if not found:
        return None
    others = ", ".join(dict.fromkeys(each.override.id for each in found[1:]))
    more = f"; after it {others}" if others else ""
    return f"an earlier one stands in its way: {found[0].said}{more}"


def where(override: Override) -> str:
    """Where the file is of which git alone knows, in words."""
    trace = override.trace
    return f"{override.place.path} is gone or edited here, and {trace.ref} has had it" if trace else ""
