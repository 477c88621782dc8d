"""Who made the commits that GitHub lists: accounts of authors, committers and co-authors.

A commit whose address belongs to no account has a committer that nobody knows.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._github import person
from gatepass.evidence._json import as_object, as_text, objects
from gatepass.evidence.approvals._commit import co_authors, commit
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.facts import Json

_NO_REPLY = re.compile(r"(?:([0-9]+)\+)?([^@+]+)@users\.noreply\.(.+)", re.IGNORECASE)


def tip(commits: list[dict[str, Json]]) -> str:
    """The commit that is no other's parent: the head of what is listed."""
    names = {_name(each) for each in commits}
    parents = {as_text(p.get("sha")).lower() for each in commits for p in objects(each.get("parents"))}
    tips = names - parents
    if len(tips) != 1:
        raise UnreadableEvidence(f"lists commits with {len(tips)} heads, not one")
    return tips.pop()


def _name(entry: dict[str, Json]) -> str:
    sha = commit(entry.get("sha"), "sha")
    if sha is None:
        raise UnreadableEvidence("lists a commit without its id")
    return sha


def people_of(commits: list[dict[str, Json]], server: str) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Everyone who wrote or committed, and addresses of co-authors that lead to no account.

    ``server`` is an address at GitHub's: only what that host makes up names an account of it. Where it is
    empty, what any host makes up does: whoever is counted here may not approve.
    """
    host = (urlsplit(server).hostname or "").removeprefix("api.")
    people: dict[Person, None] = {}
    by_address: dict[str, Person] = {}
    trailers: list[str] = []
    for entry in commits:
        inner = as_object(entry.get("commit"), f"commit {_name(entry)[:7]}")
        for role in ("author", "committer"):
            who = _account(entry, inner, role)
            people[who] = None
            address = as_text(_signature(inner, role).get("email"), limit=320).casefold()
            if address and who.login:
                by_address[address] = who
        trailers.extend(co_authors(inner.get("message")))
    strangers: dict[str, None] = {}
    for address in trailers:
        co_author = by_address.get(address.casefold()) or _no_reply(address, host)
        if co_author is None:
            strangers[address] = None
        else:
            people[co_author] = None
    return tuple(people), tuple(strangers)


def _account(entry: dict[str, Json], inner: dict[str, Json], role: str) -> Person:
    if role not in entry:
        raise UnreadableEvidence(f"commit {_name(entry)[:7]} has no {role}")
    account = entry[role]
    if account:  # null, and {} in older answers: the address belongs to no account
        return person(account, f"{role} of {_name(entry)[:7]}")
    signature = _signature(inner, role)
    name, address = (as_text(signature.get(key), limit=320) or None for key in ("name", "email"))
    return Person("", kind=PersonKind.GHOST, name=name, email=address)


def _signature(inner: dict[str, Json], role: str) -> dict[str, Json]:
    value = inner.get(role)
    return value if isinstance(value, dict) else {}


def _no_reply(address: str, host: str) -> Person | None:
    match = _NO_REPLY.fullmatch(address)
    return Person(match[2], id=match[1]) if match and (not host or match[3].casefold() == host) else None
