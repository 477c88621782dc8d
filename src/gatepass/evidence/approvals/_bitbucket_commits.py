"""Who made the commits of a Bitbucket pull request: authors, committers where they are told, co-authors.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/#api-repositories-workspace-repo-slug-pullrequests-pull-request-id-commits-get
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._bitbucket import Accounts
from gatepass.evidence._json import as_object, as_text
from gatepass.evidence.approvals._commit import co_authors
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.facts import Json

_RAW = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]*)>\s*")


def makers(commits: list[dict[str, Json]], accounts: Accounts) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Everyone who wrote or committed, and addresses of co-authors that lead to no account."""
    people: dict[Person, None] = {}
    by_address: dict[str, Person] = {}
    trailers: list[str] = []
    for entry in commits:
        if not isinstance(entry.get("author"), dict):
            raise UnreadableEvidence("lists a commit without an author")
        for role in ("author", "committer"):
            if entry.get(role) is None:
                continue
            who, address = _signatory(as_object(entry[role], role), accounts)
            people[who] = None
            if address and who.id:
                by_address[address.casefold()] = who
        trailers.extend(co_authors(entry.get("message")))
    strangers: dict[str, None] = {}
    for address in trailers:
        co_author = by_address.get(address.casefold())
        if co_author is None:
            strangers[address] = None
        else:
            people[co_author] = None
    return tuple(people), tuple(strangers)


def _signatory(signatory: dict[str, Json], accounts: Accounts) -> tuple[Person, str]:
    """The account, or a ghost with the name and address that nobody vouches for."""
    match = _RAW.fullmatch(as_text(signatory.get("raw"), limit=600))
    name, address = (match["name"].strip(), match["email"].strip()) if match else ("", "")
    if signatory.get("user"):
        who = accounts.person(signatory["user"], "the user of a commit")
        if who.kind is not PersonKind.GHOST or who.id:
            return who, address
    return Person("", kind=PersonKind.GHOST, name=name or None, email=address or None), address
