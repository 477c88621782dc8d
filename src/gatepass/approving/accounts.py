"""The accounts of whoever approved an override: nobody approves what they asked for by a second one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gatepass.humans import Humans, everybody
from gatepass.model.approvals import Person
from gatepass.model.evidence import Evidence
from gatepass.model.override import Approval, Override


def known(
    overrides: Iterable[Override],
    evidence: Iterable[Evidence],
    same: Iterable[Sequence[str]],
    at: frozenset[str] = frozenset(),
) -> Humans:
    """All that the evidence and ``same`` (lists of logins, each of one human being) tell of who is one.

    ``at`` are the hosts of the forge.
    """
    named = (name for each in overrides for name in _names(each))
    return Humans.of(same, (*everybody(evidence, at), *map(account, named)))


def recognised(override: Override, humans: Humans) -> Override:
    """The override with the further accounts of everybody who approved it."""
    given = override.every_approval
    made = tuple(replace(each, also=_also(each, humans)) for each in given)
    return override if made == given else replace(override, approvals=made)


def account(name: str) -> Person:
    """Whoever has a name: a login, or the address by which a key is known."""
    return Person(name, email=name if "@" in name else None)


def _names(override: Override) -> Iterable[str]:
    approvals = (name for each in override.every_approval for name in (each.by, *each.names))
    return (override.requested_by, *approvals)


def _also(approval: Approval, humans: Humans) -> tuple[str, ...]:
    names = (approval.by, *approval.names)
    found = frozenset(login for name in names for login in humans.logins_of(account(name)))
    return tuple(sorted(found - approval.named))
