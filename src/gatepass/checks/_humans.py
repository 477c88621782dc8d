"""Which accounts are one human being.

Two accounts are, when the rule says so, when the forge links them to one identity (single sign-on), or when
they have one address of e-mail. A link may lead over a third account. Addresses that a forge makes up for an
account link nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gatepass.model.approvals import Person, PersonKind

_MADE_UP = ("@users.noreply.", "noreply@", "no-reply@")
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Humans:
    """What is known of the people in some evidence; ``same`` are lists of logins, each of one human being."""

    same: tuple[frozenset[str], ...]
    groups: Mapping[_Key, int]
    accounts: frozenset[int]

    @classmethod
    def of(cls, same: Iterable[Iterable[str]], people: Iterable[Person]) -> Humans:
        """All that the rule's lists and the evidence tell."""
        lists = tuple(frozenset(map(str.casefold, each)) for each in same)
        persons = tuple(people)
        groups = _joined(
            [*(_keys(each) for each in persons), *([("login", one) for one in each] for each in lists)]
        )
        accounts = (each for each in persons if each.login and each.kind is not PersonKind.GHOST)
        return cls(lists, groups, frozenset(groups[key] for each in accounts for key in _keys(each)))

    def of_person(self, person: Person) -> str:
        """A name for the human being, the same for each account; deleted accounts are nobody's."""
        found = self._group(person)
        return f"{found}" if found is not None else f"unknown {person.id} {person.login.casefold()}"

    def are_one(self, one: Person, other: Person) -> bool:
        """Whether both accounts are one, or belong to one human being."""
        if any(each.kind is PersonKind.GHOST and each.login for each in (one, other)):
            return False
        found = self._group(one)
        return one.is_same_as(other) if found is None else found == self._group(other)

    def knows(self, person: Person) -> bool:
        """Whether an account belongs to the person."""
        return bool(person.login) or self._group(person) in self.accounts

    def link(self, one: Person, other: Person) -> str:
        """Why two different accounts are one human being, in words that follow "and"."""
        if any({one.login.casefold(), other.login.casefold()} <= each for each in self.same):
            return "the rule names both as the same person"
        shared = sorted(_identifiers(one) & _identifiers(other))
        return f"both are {shared[0]}" if shared else "further accounts link the two"

    def _group(self, person: Person) -> int | None:
        return next((self.groups[key] for key in _keys(person) if key in self.groups), None)


def _keys(person: Person) -> list[_Key]:
    """What the person is known by, strongest first."""
    keys = [("known", each) for each in sorted(_identifiers(person))]
    if person.kind is not PersonKind.GHOST and person.login:
        keys.insert(0, ("login", person.login.casefold()))
        if person.id is not None:
            keys.insert(0, ("id", person.id))
    return keys


def _identifiers(person: Person) -> frozenset[str]:
    """Addresses and identities beyond the account."""
    told = (*person.linked, *((person.email,) if person.email else ()))
    folded = (each.strip().casefold().removeprefix("mail:") for each in told)
    return frozenset(each for each in folded if each and not any(sign in each for sign in _MADE_UP))


def _joined(lists: Iterable[list[_Key]]) -> dict[_Key, int]:
    """A number for each key; keys that some list has together, directly or over others, have one number."""
    parent: dict[_Key, _Key] = {}

    def root(key: _Key) -> _Key:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for keys in lists:
        for key in keys:
            parent[root(key)] = root(keys[0])
    numbers: dict[_Key, int] = {}
    return {key: numbers.setdefault(root(key), len(numbers)) for key in list(parent)}
