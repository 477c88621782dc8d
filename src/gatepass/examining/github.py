"""GitHub: classic tokens tell their scopes in a header; of others only asking tells what they may read.

https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api,
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from gatepass.collect import Asked
from gatepass.errors import CollectionError
from gatepass.examining._asking import Answered, Asking, Outcome
from gatepass.examining._server import (
    Holder,
    Read,
    Server,
    accepted,
    change_of,
    lacks_of_forge,
    segment,
    teams_of,
    text,
)
from gatepass.forges.github import client, graphql
from gatepass.https import Client

_NEEDS = "docs/collect/github.md says what it must be allowed"
_REPOSITORY = re.compile(r"(?!\.)[A-Za-z0-9._-]+/(?!\.{1,2}\Z)[A-Za-z0-9._-]+")
_CHANGE, _RUN = "approvals", "pipeline"
_FEW = "per_page=1"


def _open(asked: Asked) -> Client:
    return client(asked.way(_NEEDS))


def _holder(asking: Asking, asked: Asked) -> Holder:
    user = asking.get("user")
    login = text(user.document.get("login"))
    installation = user.response is not None and user.response.status == 403
    if installation:
        # an app's installation, the workflow's token among them, is no user; GraphQL tells who it is
        login = _viewer(asking.query(graphql(asking.client.base), "query { viewer { login } }"))
    scopes = user.header("x-oauth-scopes")
    told = user.outcome is Outcome.ALLOWED and "x-oauth-scopes" in (
        user.response.headers if user.response else {}
    )
    classic = tuple(each.strip() for each in scopes.split(",") if each.strip()) if told else None
    posts, why = _posting(asking, asked, classic)
    return Holder(
        accepted=True if installation else accepted(user),
        why=user.why,
        login=login,
        scopes=classic,
        expires=_expiry(user.header("github-authentication-token-expiration")),
        posts=posts,
        posting=why,
        said=_limits(user),
    )


def _viewer(answered: Answered) -> str:
    data = answered.document.get("data")
    viewer = data.get("viewer") if isinstance(data, dict) else None
    return text(viewer.get("login")) if isinstance(viewer, dict) else ""


def _posting(asking: Asking, asked: Asked, scopes: tuple[str, ...] | None) -> tuple[bool | None, str]:
    """A classic token's scopes and the account's permission together say it; those of others say nothing."""
    if scopes is None:
        return None, "statuses: write and pull-requests: write; nobody can tell without writing"
    if not {"repo", "public_repo"} & set(scopes):
        return False, "a classic token needs the scope repo"
    found = (
        asking.get(f"repos/{repository(asked)}").document.get("permissions") if repository(asked) else None
    )
    if not isinstance(found, dict) or not isinstance(found.get("push"), bool):
        return None, "the account's permission on the repository is not told"
    return found["push"] is True, "the account must be able to push"


def _limits(answered: Answered) -> tuple[str, ...]:
    left, limit = (answered.header(f"x-ratelimit-{each}") for each in ("remaining", "limit"))
    if not (left.isascii() and left.isdecimal() and limit.isascii() and limit.isdecimal()):
        return ()
    return (f"{left} of {limit} questions left this hour",)


def _expiry(header: str) -> datetime | None:
    """``2026-11-22 12:00:00 UTC``, or with ``+0100`` for its zone."""
    for form in ("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S %z"):
        try:
            made = datetime.strptime(header, form)
        except ValueError:
            continue
        return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    return None


def repository(asked: Asked) -> str:
    """The repository to ask about, empty where its name is none of GitHub's."""
    named = asked.options.get("repository") or asked.build.repository or ""
    return named if _REPOSITORY.fullmatch(named) else ""


def _reads(asked: Asked) -> Sequence[Read]:
    repo = repository(asked)
    if not repo:
        raise CollectionError("nothing tells the repository", hint="--build repository=owner/name")
    root = f"repos/{repo}"
    return (
        Read("repository", root, (_CHANGE, _RUN), "metadata: read"),
        *_of_change(asked, root),
        *_of_run(asked, root),
    )


def _of_change(asked: Asked, root: str) -> Iterator[Read]:
    number, commit, branch = change_of(asked), asked.build.commit, asked.build.scope_branch
    pulls = "pull-requests: read"
    if number:
        yield Read("pull request", f"{root}/pulls/{number}", (_CHANGE,), pulls)
        yield Read("reviews", f"{root}/pulls/{number}/reviews?{_FEW}", (_CHANGE,), pulls)
        yield Read("timeline", f"{root}/issues/{number}/timeline?{_FEW}", (_CHANGE,), pulls)
    elif commit:
        yield Read("pull request of the commit", f"{root}/commits/{segment(commit)}/pulls", (_CHANGE,), pulls)
    yield Read("contents", f"{root}/commits?{_FEW}", (_CHANGE,), "contents: read")
    author = asked.build.change_request.author if asked.build.change_request else None
    if author:
        path = f"{root}/collaborators/{segment(author)}/permission"
        yield Read("permissions of people", path, (_CHANGE,), "metadata: read", may_be_absent=True)
    for team in teams_of(asked):
        org, _, slug = team.partition("/")
        path = f"orgs/{segment(org)}/teams/{segment(slug)}"
        least = "members: read of the organisation (a GitHub App or fine-grained token; classic: read:org)"
        yield Read(f"team {team}", path, (_CHANGE,), least, team=team)
    if branch:
        path, what = f"{root}/rules/branches/{segment(branch)}?{_FEW}", "what rulesets demand"
        yield Read("rulesets", path, (_CHANGE,), "metadata: read", required=False, unknown=what)
        path, what = f"{root}/branches/{segment(branch)}/protection", "branch protection, who may go round it"
        yield Read("protection", path, (_CHANGE,), "administration: read", required=False, unknown=what)


def _of_run(asked: Asked, root: str) -> Iterator[Read]:
    run, commit = asked.build.run.id or "", asked.build.head
    actions = "actions: read"
    if run.isascii() and run.isdecimal():
        yield Read("run", f"{root}/actions/runs/{run}", (_RUN,), actions)
        yield Read("jobs", f"{root}/actions/runs/{run}/jobs?{_FEW}", (_RUN,), actions)
    else:
        yield Read("runs", f"{root}/actions/runs?{_FEW}", (_RUN,), actions)
    if commit:
        path = f"{root}/commits/{segment(commit)}"
        yield Read("check runs", f"{path}/check-runs?{_FEW}", (_RUN,), "checks: read")
        yield Read("statuses", f"{path}/status?{_FEW}", (_RUN,), "statuses: read")


def _lacks(asked: Asked) -> dict[str, str]:
    lacks = lacks_of_forge(asked)
    if asked.build.commit:
        lacks.pop("approvals", None)  # the commit tells by which pull request it came
    return lacks


SERVER = Server("github", "GitHub", ("GITHUB_TOKEN", "GH_TOKEN"), _open, _holder, _reads, _lacks)
