"""What is asked of GitHub about a pull request."""

from __future__ import annotations

import re

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._github import PAGE, RAW, an_object, ask_files, number, text, whole
from gatepass.collect._github_built import ask_built
from gatepass.errors import CollectionError
from gatepass.forges.answers import segment
from gatepass.forges.github import graphql
from gatepass.model.facts import Json

_DIFF = "application/vnd.github.diff"
_GONE = (404, 422)  # of a commit that was pushed over, or was never of this repository
_TOO_LARGE = 406
_UNSEEN = (403, 404)  # of what a token need not see
OWNERS_AT = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # the first that is there counts
_TEAM = re.compile(r"(?<![\w./@-])@([A-Za-z0-9-]+/[A-Za-z0-9._-]+)")
_MOST_COMMITS = 250  # GitHub lists no more of a pull request; a comparison has pages
_EDITS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviews(first: 100, after: $after) {
      nodes { fullDatabaseId lastEditedAt } pageInfo { hasNextPage endCursor } } } } }"""


def ask_change(
    asking: Asking, asked: Asked, asked_number: str, repository: str, teams: tuple[str, ...]
) -> None:
    """The pull request with everything that approvals are judged by; ``teams`` must be known."""
    asking.about["change-request"] = asked_number
    repo = f"repos/{repository}"
    pull = an_object(asking.one("pull", f"{repo}/pulls/{asked_number}"), "the pull request")
    head, base = (text(an_object(pull.get(side), side), "sha") for side in ("head", "base"))
    branch = text(an_object(pull.get("base"), "base"), "ref")
    asking.about.update({"head": head, "base": base, "branch": branch})
    ask_built(asking, asked, repo, pull)
    reviews = _ask_reviews(asking, repository, asked_number)
    asking.entries("timeline", f"{repo}/issues/{asked_number}/timeline?{PAGE}")
    asking.one("requested", f"{repo}/pulls/{asked_number}/requested_reviewers")
    _ask_commits(asking, repo, pull, f"{base}...{head}")
    ask_files(asking, repo, pull)
    owners = _ask_owners(asking, repo, branch)
    people = sorted({login for review in reviews if (login := _login(review))})
    for login in people:
        asking.one(
            "permission", f"{repo}/collaborators/{segment(login)}/permission", about=login, also=(404,)
        )
    for team in dict.fromkeys((*teams, *_TEAM.findall(owners))):
        _ask_team(asking, team, people, also=() if team in teams else _UNSEEN)
    _ask_protection(asking, repo, branch)
    asking.one("token", "user", also=(403,))
    _ask_pushes(asking, repo, pull)
    # the branch moves on with the change while that is open; once merged, it holds the change itself
    target = base if pull.get("merged_at") else branch
    approved = [_commit(review) for review in reviews if review.get("state") == "APPROVED"]
    for sha in dict.fromkeys((head, *(each for each in approved if each))):
        path = f"{repo}/compare/{segment(target)}...{segment(sha)}"
        asking.text("diff", path, about=sha, accept=_DIFF, also=(*_GONE, _TOO_LARGE))


def _ask_reviews(asking: Asking, repository: str, asked_number: str) -> list[dict[str, Json]]:
    path = f"repos/{repository}/pulls/{asked_number}/reviews?{PAGE}"
    reviews = [an_object(each, "a review") for each in asking.entries("reviews", path)]
    if reviews:
        _ask_edits(asking, repository, asked_number)
    return reviews


def _ask_edits(asking: Asking, repository: str, asked_number: str) -> None:
    """When the texts of the reviews were changed; only GraphQL tells."""
    owner, _, name = repository.partition("/")
    after: str | None = None
    seen: set[str] = set()
    while True:
        variables: dict[str, Json] = {
            "owner": owner,
            "name": name,
            "number": int(asked_number),
            "after": after,
        }
        query: Json = {"query": _EDITS, "variables": variables}
        node = asking.queried("edits", graphql(asking.client.base), query)
        for key in ("repository", "pullRequest", "reviews", "pageInfo"):
            node = an_object(node, "which reviews were edited").get(key)
        page = an_object(node, "which reviews were edited")
        if page.get("hasNextPage") is not True:
            return
        after = text(page, "endCursor")
        if after in seen:
            raise CollectionError("GitHub has no end of pages about edited reviews")
        seen.add(after)


def _ask_commits(asking: Asking, repo: str, pull: dict[str, Json], compared: str) -> None:
    told = number(pull, "commits")
    if told > _MOST_COMMITS:
        _ask_many_commits(asking, f"{repo}/compare/{compared}", told)
        return
    path = f"{repo}/pulls/{number(pull, 'number')}/commits?{PAGE}"
    whole("commits", len(asking.entries("commits", path)), told)


def _ask_many_commits(asking: Asking, path: str, told: int) -> None:
    seen = 0
    for page in asking.all("compared", f"{path}?{PAGE}"):
        commits = an_object(page, "the comparison").get("commits")
        if not isinstance(commits, list):
            raise CollectionError("GitHub does not list the commits of the comparison")
        seen += len(commits)
    whole("commits", seen, told)


def _ask_owners(asking: Asking, repo: str, branch: str) -> str:
    """The file of code owners of the target branch, and what GitHub finds wrong with it."""
    for path in OWNERS_AT:
        where = f"{repo}/contents/{path}?ref={segment(branch)}"
        response = asking.text("owners", where, about=path, accept=RAW, also=(404,))
        if response.status < 300:
            asking.one("owners-errors", f"{repo}/codeowners/errors?ref={segment(branch)}", also=(404,))
            return response.body
    return ""


def _ask_team(asking: Asking, team: str, people: list[str], also: tuple[int, ...]) -> None:
    """Whether each reviewer is of the team now; a team that cannot be seen is never an empty one."""
    org, _, slug = team.partition("/")
    path = f"orgs/{segment(org)}/teams/{segment(slug)}"
    if asking.one("team", path, about=team, also=also) is None:
        return
    for login in people:
        asking.one("membership", f"{path}/memberships/{segment(login)}", about=f"{team} {login}", also=(404,))


def _ask_protection(asking: Asking, repo: str, branch: str) -> None:
    """What GitHub itself asks of the branch; often a token may not see it, and that is what is kept."""
    name = segment(branch)
    asking.one("protection", f"{repo}/branches/{name}/protection", also=_UNSEEN)
    rules = asking.all("rules", f"{repo}/rules/branches/{name}?{PAGE}", also=_UNSEEN)
    found = (rule for page in rules if isinstance(page, list) for rule in page if isinstance(rule, dict))
    for identity in dict.fromkeys(str(rule.get("ruleset_id")) for rule in found if rule.get("ruleset_id")):
        asking.one("ruleset", f"{repo}/rulesets/{segment(identity)}", about=identity, also=_UNSEEN)


def _ask_pushes(asking: Asking, repo: str, pull: dict[str, Json]) -> None:
    """Who pushed to the branch of the change; a branch in a fork tells nobody here."""
    head = an_object(pull.get("head"), "head")
    source = head.get("repo")
    if isinstance(source, dict) and f"repos/{source.get('full_name')}".casefold() == repo.casefold():
        ref = segment(f"refs/heads/{text(head, 'ref')}")
        asking.one("pushes", f"{repo}/activity?ref={ref}&{PAGE}", also=_UNSEEN)


def _login(review: dict[str, Json]) -> str | None:
    user = review.get("user")
    return None if user is None else text(an_object(user, "the account of a review"), "login")


def _commit(review: dict[str, Json]) -> str | None:
    sha = review.get("commit_id")
    return sha if isinstance(sha, str) else None
