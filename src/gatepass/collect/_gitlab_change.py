"""What is asked of GitLab about a merge request."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from gatepass.collect._asking import Asking
from gatepass.collect._gitlab import UNSEEN, an_object, graph, listed, number, text
from gatepass.errors import CollectionError
from gatepass.forges.answers import segment
from gatepass.model.facts import Json

OWNERS_AT = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")  # the first that is there counts
_MOST_VERSIONS = 12
_OWNER = re.compile(r"(?<![\w./@-])@([A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*)")
# REST tells names and addresses of commits; the accounts behind them only GraphQL does
_AUTHORS = """query($path: ID!, $iid: String!, $after: String) {
  project(fullPath: $path) { id mergeRequest(iid: $iid) { iid
    commits(first: 100, after: $after) {
      nodes { sha author { id username name bot state } } pageInfo { hasNextPage endCursor } } } } }"""
_COMMITTERS = """query($path: ID!, $iid: String!, $after: String) {
  project(fullPath: $path) { id mergeRequest(iid: $iid) { iid
    committers(first: 100, after: $after) {
      nodes { id username name bot state } pageInfo { hasNextPage endCursor } } } } }"""


def ask_change(asking: Asking, project: str, iid: str, teams: tuple[str, ...]) -> None:
    """The merge request with everything that approvals are judged by; ``teams`` must be known.

    Versions are asked for last: who pushes meanwhile makes one that is not the head that was told at first.
    """
    asking.about["change-request"] = iid
    path = f"{project}/merge_requests/{iid}"
    asking.one("project", project)
    request = an_object(asking.one("merge-request", path), "the merge request")
    branch = text(request, "target_branch")
    asking.about.update({"head": text(request, "sha"), "branch": branch})
    people = _ask_decisions(asking, project, path, request)
    listed(asking, "commits", f"{path}/commits")
    variables: dict[str, Json] = {"path": asking.about["repository"], "iid": iid}
    graph(asking, "authors", _AUTHORS, variables, "project", "mergeRequest", "commits")
    graph(asking, "committers", _COMMITTERS, variables, "project", "mergeRequest", "committers")
    listed(asking, "diffs", f"{path}/diffs")
    owners = _ask_owners(asking, project, branch)
    _ask_teams(asking, teams, owners, people)
    listed(asking, "protected-branches", f"{project}/protected_branches", also=UNSEEN)
    asking.one("gate", "user", also=(401, *UNSEEN))
    versions = listed(asking, "versions", f"{path}/versions")
    _ask_pushes(asking, request, versions)
    for version in versions[:_MOST_VERSIONS] if len(versions) > 1 else []:
        identity = number(version, "id")
        asking.one("version", f"{path}/versions/{identity}", about=str(identity), also=(404,))


def _ask_decisions(asking: Asking, project: str, path: str, request: dict[str, Json]) -> dict[int, str]:
    """Who approved and who asked for changes; what those who approved may do, whose names are returned."""
    approvals = an_object(asking.one("approvals", f"{path}/approvals"), "the approvals")
    approved = approvals.get("approved_by")
    if not isinstance(approved, list):
        raise CollectionError("GitLab does not list who approved")
    users = [an_object(an_object(each, "an approval").get("user"), "who approved") for each in approved]
    people = {number(each, "id"): text(each, "username") for each in users}
    reviewers = listed(asking, "reviewers", f"{path}/reviewers")
    against = [an_object(each.get("user"), "a reviewer") for each in reviewers if _is_against(each)]
    asking.one("approval-state", f"{path}/approval_state", also=UNSEEN)
    asking.one("approval-settings", f"{project}/approvals", also=UNSEEN)
    listed(asking, "notes", f"{path}/notes?sort=asc&order_by=created_at&activity_filter=only_activity")
    author = number(an_object(request.get("author"), "the author"), "id")
    for identity in dict.fromkeys((author, *people, *(number(each, "id") for each in against))):
        asking.one("user", f"users/{identity}", about=str(identity))
    for identity in people:
        asking.one("member", f"{project}/members/all/{identity}", about=str(identity), also=(404,))
        asking.one("direct-member", f"{project}/members/{identity}", about=str(identity), also=(404,))
    return people


def _is_against(reviewer: dict[str, Json]) -> bool:
    return reviewer.get("state") == "requested_changes"


def _ask_owners(asking: Asking, project: str, branch: str) -> str:
    """The file of code owners of the target branch."""
    for path in OWNERS_AT:
        where = f"{project}/repository/files/{segment(path)}/raw?ref={segment(branch)}"
        response = asking.text("owners", where, about=path, accept="text/plain", also=(404,))
        if response.status < 300:
            return response.body
    return ""


def _ask_teams(asking: Asking, teams: tuple[str, ...], owners: str, people: dict[int, str]) -> None:
    """Which of the people are direct members of each group now, as GitLab itself counts approvers.

    A group that cannot be seen is never an empty one. A name in the file of code owners may be an account's.
    """
    accounts = {each.casefold() for each in people.values()}
    named = [each.rstrip(".") for each in _OWNER.findall(owners)]
    found = [*teams, *(each for each in named if each.casefold() not in accounts)]
    for team in dict.fromkeys(found):
        path = f"groups/{segment(team)}"
        also = () if team in teams else UNSEEN
        if asking.one("team", f"{path}?with_projects=false", about=team, also=also) is None:
            continue
        for identity in people:
            about = f"{team} {identity}"
            asking.one("membership", f"{path}/members/{identity}", about=about, also=(404,))


def _ask_pushes(asking: Asking, request: dict[str, Json], versions: list[dict[str, Json]]) -> None:
    """Who pushed to the source branch since the day before it came to its head."""
    source = request.get("source_project_id")
    if not versions or not isinstance(source, int):
        return  # a fork that is gone tells nobody
    try:
        day = datetime.fromisoformat(text(versions[0], "created_at")).date() - timedelta(days=2)
    except (ValueError, OverflowError):
        raise CollectionError("GitLab does not tell when the newest version was made") from None
    path = f"projects/{source}/events?action=pushed&after={day.isoformat()}"
    listed(asking, "pushes", path, also=UNSEEN)
