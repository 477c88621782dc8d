"""Which accounts are one human being. Pure, and the one place that knows.

Two accounts are, when the rule says so, when the forge links them to one identity (single sign-on), or when
they have one address of e-mail. A link may lead over a third account. Addresses that a forge makes up for an
account link nothing. Links only ever take something away: nobody gains anything by a second account.

An address that a forge makes up names an account of that forge alone (``forges``): one at any other host is
nobody's account here, because whoever owns the host can make up what they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gatepass.model.approvals import Approvals, Person, PersonKind
from gatepass.model.build import Build
from gatepass.model.commits import Commit, Commits, Signatory
from gatepass.model.evidence import Evidence
from gatepass.model.pipeline import Pipeline

_MADE_UP = ("@users.noreply.", "noreply@", "no-reply@")
_CO_AUTHOR = re.compile(r"([^<]*)<([^<>\s]+)>\s*")
_GITHUBS = re.compile(r"(?:([0-9]+)\+)?([^@+]+)@users\.noreply\.(.+)", re.IGNORECASE)
_GITLABS = re.compile(r"([0-9]+)-([^@+]+)@users\.noreply\.(?!github\.)(.+)", re.IGNORECASE)
_RUNNERS = ("github", "gitlab")  # platforms whose runs are at the forge itself
_FORGES_OWN = "noreply@github.com"  # the committer of what is made in GitHub's pages
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
        persons = tuple(dict.fromkeys(people))
        groups = _joined(
            [*(_keys(each) for each in persons), *([("login", one) for one in each] for each in lists)]
        )
        accounts = filter(_is_account, persons)
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

    def logins_of(self, person: Person) -> frozenset[str]:
        """The logins of all accounts of the human being, in lower case."""
        group = self._group(person)
        found = (key[1] for key, number in self.groups.items() if number == group and key[0] == "login")
        return frozenset(found) | {person.login.casefold()}

    def link(self, one: Person, other: Person) -> str:
        """Why two different accounts are one human being, in words that follow "and"."""
        if any({one.login.casefold(), other.login.casefold()} <= each for each in self.same):
            return "the rule names both as the same person"
        shared = sorted(_identifiers(one) & _identifiers(other))
        return f"both are {shared[0]}" if shared else "further accounts link the two"

    def _group(self, person: Person) -> int | None:
        return next((self.groups[key] for key in _keys(person) if key in self.groups), None)


def _is_account(person: Person) -> bool:
    """Whether a forge knows the account. Azure calls it by an address, as keys and overrides call people."""
    called = person.login if person.id is not None or "@" not in person.login else ""
    return bool(called) and person.kind is not PersonKind.GHOST


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


def forges(build: Build, evidence: Iterable[Evidence]) -> frozenset[str]:
    """The hosts of the forge that the build is at, in small letters; empty where nothing tells it.

    They are those of the run, of the change request, and of whom the gate itself asked about either.
    """
    change = build.change_request
    told = [build.run.url if build.platform in _RUNNERS else None, change.url if change else None]
    told += [each.source.collected_from for each in evidence if isinstance(each, Approvals | Pipeline)]
    return frozenset(host for url in told if url and (host := _host(url)))


def _host(url: str) -> str | None:
    """The host by which a forge makes up addresses; GitHub's interface has one before it."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("api.") or None
    except ValueError:
        return None


def everybody(evidence: Iterable[Evidence], at: frozenset[str]) -> Iterator[Person]:
    """Everybody whom some evidence names, each account as often as it is named; ``at`` are the `forges`."""
    for each in evidence:
        match each:
            case Approvals():
                yield from _of_change(each)
            case Pipeline():
                yield from _of_run(each)
            case Commits():
                for commit in each.commits:
                    yield from makers(commit, at)
            case _:
                pass


def _of_change(answer: Approvals) -> Iterator[Person]:
    named = (answer.author, *(answer.committers or ()), *answer.requested, answer.pushed_by, answer.gate)
    yield from (each for each in named if each is not None)
    yield from (review.by for review in answer.reviews or ())
    yield from (person for _, members in answer.teams for person in members)


def _of_run(run: Pipeline) -> Iterator[Person]:
    tried, played = (each.by for each in run.attempts), (each.by for each in run.jobs)
    named = (run.started_by, run.triggered_by, *tried, *played, *(each.by for each in run.deployments))
    yield from (each for each in named if each is not None)


def signatories(commit: Commit, at: frozenset[str]) -> Iterator[Person]:
    """Author and committer of a commit; of one made in GitHub's pages the author alone."""
    yield from of_signatory(commit.author, at)
    if commit.committer.email.casefold() != _FORGES_OWN:
        yield from of_signatory(commit.committer, at)


def co_authors(commit: Commit, at: frozenset[str]) -> Iterator[Person]:
    """Whom the trailers of a commit name as co-authors."""
    for said in commit.co_authors:
        found = _CO_AUTHOR.fullmatch(said)
        yield from of_signatory(Signatory(found[1].strip(), found[2]) if found else Signatory(said, ""), at)


def makers(commit: Commit, at: frozenset[str]) -> Iterator[Person]:
    """Everybody who had a hand in a commit: its signatories, its co-authors, and whose key signed it."""
    yield from signatories(commit, at)
    yield from co_authors(commit, at)
    principal = commit.signature.principal if commit.signature.allowed else None
    if not principal:
        return
    found = _CO_AUTHOR.fullmatch(principal)  # OpenPGP: Dana <dana@acme.example>
    address = found[2] if found else principal
    if "@" not in address:
        yield Person(principal)
    elif not any(sign in address.casefold() for sign in _MADE_UP):  # the forge's key is nobody's
        yield from of_signatory(Signatory(found[1].strip() if found else "", address), at)


def of_signatory(who: Signatory, at: frozenset[str]) -> Iterator[Person]:
    """Whom a commit names: an account where the forge made up the address, else a ghost without a login.

    Where nothing tells the forge it may be either, so it is both: the account has a hand in the change, and
    there is somebody whom nobody knows.
    """
    account, host = _account_of(who)
    if account is not None and (host in at or not at):
        yield account
    if account is None or host not in at:
        yield Person("", kind=PersonKind.GHOST, name=who.name or None, email=who.email or None)


def _account_of(who: Signatory) -> tuple[Person | None, str]:
    """The account that a made-up address names, and at which host."""
    for known in (_GITLABS, _GITHUBS):
        if found := known.fullmatch(who.email):
            kind = PersonKind.BOT if found[2].casefold().endswith("[bot]") else PersonKind.USER
            return Person(found[2], id=found[1], kind=kind, name=who.name), found[3].casefold()
    return None, ""
