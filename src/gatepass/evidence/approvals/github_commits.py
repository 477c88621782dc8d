"""GitHub: the commits of a pull request, ``GET /repos/{owner}/{repo}/pulls/{number}/commits``.

It tells who committed: the accounts of authors and committers, and co-authors whose address GitHub gives
away. A commit whose address belongs to no account has a committer that nobody knows. GitHub lists 250
commits at most; the head commit shows whether all of them are there.

https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._json import as_object, as_text, objects
from gatepass.evidence.approvals import _github
from gatepass.evidence.approvals._commit import commit
from gatepass.model.approvals import Approvals, Person, PersonKind
from gatepass.model.facts import Json

_MOST_LISTED = 250
_REPOSITORY = re.compile(r"/repos/([^/\s]+/[^/\s]+)/commits/[0-9a-fA-F]+$")
_CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^<>\s]+)>\s*$", re.IGNORECASE | re.MULTILINE)
_NO_REPLY = re.compile(r"(?:([0-9]+)\+)?([^@+]+)@users\.noreply\.", re.IGNORECASE)


def _recognises(head: Head) -> bool:
    json = head.json
    if json is None or json.shape != "array":
        return False
    keys = ("sha", "author", "committer", "parents", "commit.author", "commit.committer", "commit.tree")
    return any(json.has(*(f"{entry}.{key}" for key in keys)) for entry in ("[]", "[][]"))


def _read(report: OpenReport) -> Reading:
    entries, complete = _github.read_pages(report, "commits")
    commits = [as_object(entry, f"commit {index + 1}") for index, entry in enumerate(entries)]
    notes = [] if complete else [_github.one_page_note(len(commits))]
    if len(commits) >= _MOST_LISTED:
        complete = False
        notes.append(f"GitHub lists {_MOST_LISTED} commits of a pull request at most")
    people, strangers = _people(commits)
    notes.extend(f"co-author {address} is no account that is known here" for address in strangers)
    repositories = {match[1] for c in commits if (match := _REPOSITORY.search(as_text(c.get("url"))))}
    if len(repositories) > 1:
        raise UnreadableEvidence("holds commits of more than one repository")
    evidence = Approvals(
        report.source,
        repository=min(repositories, default=None),
        committers=people,
        head=_tip(commits) if complete else None,
        complete=complete,
    )
    return Reading(evidence, producer="GitHub", notes=tuple(notes))


def _tip(commits: list[dict[str, Json]]) -> str:
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


def _people(commits: list[dict[str, Json]]) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Everyone who wrote or committed, and addresses of co-authors that lead to no account."""
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
        trailers.extend(_CO_AUTHOR.findall(as_text(inner.get("message"), limit=1 << 20)))
    strangers: dict[str, None] = {}
    for address in trailers:
        co_author = by_address.get(address.casefold()) or _no_reply(address)
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
        return _github.person(account, f"{role} of {_name(entry)[:7]}")
    signature = _signature(inner, role)
    name, address = (as_text(signature.get(key), limit=320) or None for key in ("name", "email"))
    return Person("", kind=PersonKind.GHOST, name=name, email=address)


def _signature(inner: dict[str, Json], role: str) -> dict[str, Json]:
    value = inner.get(role)
    return value if isinstance(value, dict) else {}


def _no_reply(address: str) -> Person | None:
    match = _NO_REPLY.match(address)
    return Person(match[2], id=match[1]) if match else None


FORMAT = Format(
    name="github-commits",
    title="GitHub commits of a pull request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request",
)
