"""The accounts of whoever approved an override: nobody approves what they asked for by a second one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gatepass.humans import Humans, everybody
from gatepass.model.approvals import Person
from gatepass.model.evidence import Evidence
from gatepass.model.override import Override
from gatepass.model.policy import Policy


def same_person(policies: Iterable[Policy]) -> list[list[str]]:
    """The accounts that any rule lists as one human being's: they are it for overrides, too."""
    written = [rule.parameters.get("same-person") for policy in policies for rule in policy.rules]
    lists = (each for value in written if isinstance(value, list) for each in value)
    return [[str(login) for login in each] for each in lists if isinstance(each, list)]


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
    """The override with the further accounts of everybody who asked for it, brought or approved it."""
    given = override.every_approval
    made = tuple(replace(each, also=_also((each.by, *each.names), humans)) for each in given)
    return replace(
        override,
        approvals=override.approvals if made == given else made,
        requester_also=_also((override.requested_by,), humans),
        brought_by=tuple(replace(each, also=_also(each.names, humans)) for each in override.brought_by),
    )


def account(name: str) -> Person:
    """Whoever has a name: a login, or the address by which a key is known."""
    return Person(name, email=name if "@" in name else None)


def _names(override: Override) -> Iterable[str]:
    approvals = (name for each in override.every_approval for name in (each.by, *each.names))
    return (override.requested_by, *approvals, *(name for by in override.brought_by for name in by.names))


def _also(names: Sequence[str], humans: Humans) -> tuple[str, ...]:
    found = frozenset(login for name in names for login in humans.logins_of(account(name)))
    return tuple(sorted(found - {each.casefold() for each in names}))
