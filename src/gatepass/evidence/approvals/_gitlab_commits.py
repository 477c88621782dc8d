"""Who made the commits of a merge request: accounts of authors and committers, addresses of the others.

GitLab tells the account of each author, and those of committers all together: which address is whose it does
not say. An address is an account's where it is that of an author, where somebody here shows it in public, or
where GitLab made it up for the account. GitLab itself commits what is done in its pages.

https://docs.gitlab.com/api/merge_requests/#retrieve-merge-request-commits
https://docs.gitlab.com/api/graphql/reference/#mergerequestcommitters
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._json import as_text
from gatepass.evidence.approvals._commit import co_authors
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.collection import Collection

_MADE_UP = re.compile(r"([0-9]{1,18})-([^@+\s]+)@users\.noreply\.(.+)", re.IGNORECASE)


def committers(collection: Collection, head: str, known: Iterable[Person]) -> tuple[Person, ...]:
    """Everyone who wrote, committed or helped; whose account is not known is a ghost without a login."""
    commits = gitlab.listed(collection, "commits")
    if head not in [gitlab.commit(each.get("id"), "a listed commit") for each in commits]:
        raise UnreadableEvidence("lists commits without the head: the branch moved meanwhile; ask again")
    authors = _authors(collection)
    accounts = {each.email.casefold(): each for each in known if each.email}
    for each in commits:
        author = authors.get(as_text(each.get("id"), limit=100))
        if author is not None and (address := as_text(each.get("author_email"), limit=320)):
            accounts[address.casefold()] = author
    found: dict[Person, None] = {}
    host = urlsplit(collection.server).hostname or ""
    for each in commits:
        for role in ("author", "committer"):
            name, address = (as_text(each.get(f"{role}_{key}"), limit=320) for key in ("name", "email"))
            if not address:
                raise UnreadableEvidence(f"lists a commit without the address of its {role}")
            if (role, address.casefold()) != ("committer", f"noreply@{host}"):
                found[_account(accounts, host, address, name)] = None
        for address in co_authors(each.get("message")):
            found[_account(accounts, host, address)] = None
    keys = ("project", "mergeRequest", "committers")
    everybody = gitlab.nodes(collection, "committers", *keys)
    return tuple(dict.fromkeys((*found, *(gitlab.person(each, "a committer") for each in everybody))))


def _authors(collection: Collection) -> dict[str, Person]:
    """The account of each commit's author, by the commit; none where no account has the address."""
    found = {}
    for each in gitlab.nodes(collection, "authors", "project", "mergeRequest", "commits"):
        if each.get("author") is not None:
            sha = gitlab.commit(each.get("sha"), "the commit of an author")
            found[sha] = gitlab.person(each["author"], "the author of a commit")
    return found


def _account(accounts: dict[str, Person], host: str, address: str, name: str = "") -> Person:
    if (one := accounts.get(address.casefold())) is not None:
        return one
    made_up = _MADE_UP.fullmatch(address)
    if made_up and made_up[3].casefold() == host:
        return Person(made_up[2], id=made_up[1])
    return Person("", kind=PersonKind.GHOST, name=name or None, email=address)
