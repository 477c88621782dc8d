"""GitHub: the commits of a pull request, ``GET /repos/{owner}/{repo}/pulls/{number}/commits``.

It tells who committed: the accounts of authors and committers, and co-authors whose address GitHub gives
away. A commit whose address belongs to no account has a committer that nobody knows. GitHub lists 250
commits at most; the head commit shows whether all of them are there.

https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._json import as_object, as_text
from gatepass.evidence.approvals import _github, _github_commits
from gatepass.model.approvals import Approvals
from gatepass.model.facts import Json

_MOST_LISTED = 250
_REPOSITORY = re.compile(r"/repos/([^/\s]+/[^/\s]+)/commits/[0-9a-fA-F]+$")


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
    people, strangers = _github_commits.people_of(commits, _server(commits))
    notes.extend(f"co-author {address} is no account that is known here" for address in strangers)
    repositories = {match[1] for c in commits if (match := _REPOSITORY.search(as_text(c.get("url"))))}
    if len(repositories) > 1:
        raise UnreadableEvidence("holds commits of more than one repository")
    evidence = Approvals(
        report.source,
        repository=min(repositories, default=None),
        committers=people,
        head=_github_commits.tip(commits) if complete else None,
        complete=complete,
    )
    return Reading(evidence, producer="GitHub", notes=tuple(notes))


def _server(commits: list[dict[str, Json]]) -> str:
    """An address at the server that the list is of; none where its commits tell two, or none."""
    told = [as_text(each.get("url")) for each in commits]
    try:
        return told[0] if len({urlsplit(each).netloc for each in told}) == 1 else ""
    except ValueError:
        return ""


FORMAT = Format(
    name="github-commits",
    title="GitHub commits of a pull request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request",
)
