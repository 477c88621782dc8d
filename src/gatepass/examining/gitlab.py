"""GitLab: a token tells its own scopes and the day after which it is worth nothing.

https://docs.gitlab.com/api/personal_access_tokens/, https://docs.gitlab.com/api/projects/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from gatepass.collect import Asked
from gatepass.errors import CollectionError
from gatepass.examining._asking import Asking, Outcome
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
from gatepass.forges.gitlab import client
from gatepass.https import Client
from gatepass.model.facts import Json

_NEEDS = "docs/collect/gitlab.md says what it must be allowed"
_CHANGE, _RUN = "approvals", "pipeline"
_FEW = "per_page=1"
_DEVELOPER = 30


def _open(asked: Asked) -> Client:
    return client(asked.way(_NEEDS))


def _holder(asking: Asking, asked: Asked) -> Holder:
    token = asking.get("personal_access_tokens/self")
    user = asking.get("user")
    listed = token.document.get("scopes")
    scopes = tuple(text(each) for each in listed) if isinstance(listed, list) else None
    posts, why = _posting(asking, asked, scopes)
    return Holder(
        accepted=False if token.document.get("active") is False else accepted(user),
        why=user.why,
        login=text(user.document.get("username")),
        scopes=scopes,
        expires=_expiry(token.document.get("expires_at")),
        posts=posts,
        posting=why,
        said=("it was revoked or has expired",) if token.document.get("active") is False else (),
    )


def _expiry(value: Json) -> datetime | None:
    """A token expires at midnight UTC on its date."""
    try:
        return datetime.strptime(text(value), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _posting(asking: Asking, asked: Asked, scopes: tuple[str, ...] | None) -> tuple[bool | None, str]:
    needs = "the scope api and the role Developer"
    if scopes is None or not asked.build.repository:
        return None, f"{needs}; the server does not tell them"
    if "api" not in scopes:
        return False, needs
    project = asking.get(f"projects/{segment(asked.build.repository)}")
    if project.outcome is not Outcome.ALLOWED:
        return None, f"{needs}; the role is not told"
    role = _role(project.document.get("permissions"))
    return (role >= _DEVELOPER, needs) if role else (None, f"{needs}; the role is not told")


def _role(permissions: Json) -> int:
    """The higher of the access levels that the project and its group give; 0 where none is told."""
    if not isinstance(permissions, dict):
        return 0
    given = (permissions.get(f"{each}_access") for each in ("project", "group"))
    levels = (each.get("access_level") for each in given if isinstance(each, dict))
    return max((each for each in levels if isinstance(each, int)), default=0)


def _reads(asked: Asked) -> Sequence[Read]:
    named = asked.options.get("repository") or asked.build.repository or ""
    if "/" not in named:
        raise CollectionError("nothing tells the project", hint="--build repository=group/name")
    root = f"projects/{segment(named)}"
    whole = "read_api, and the role Reporter"
    return (
        Read("project", root, (_CHANGE, _RUN), whole),
        *_of_change(asked, root, whole),
        *_of_run(asked, root, whole),
    )


def _of_change(asked: Asked, root: str, least: str) -> Iterator[Read]:
    if number := change_of(asked):
        path = f"{root}/merge_requests/{number}"
        yield Read("merge request", path, (_CHANGE,), least)
        yield Read("approvals", f"{path}/approvals", (_CHANGE,), least)
        yield Read("reviewers", f"{path}/reviewers", (_CHANGE,), least)
        yield Read("notes", f"{path}/notes?{_FEW}", (_CHANGE,), least)
        yield Read("versions", f"{path}/versions?{_FEW}", (_CHANGE,), least)
        what = "approval rules (Premium)"
        yield Read(
            "approval rules", f"{path}/approval_state", (_CHANGE,), least, required=False, unknown=what
        )
    elif commit := asked.build.commit:
        path = f"{root}/repository/commits/{segment(commit)}/merge_requests?{_FEW}"
        yield Read("merge requests of the commit", path, (_CHANGE,), least)
    yield Read("members", f"{root}/members/all?{_FEW}", (_CHANGE,), "read_api, and the role Guest")
    for team in teams_of(asked):
        path = f"groups/{segment(team)}?with_projects=false"
        yield Read(f"team {team}", path, (_CHANGE,), "a token that sees the group", team=team)
    path, what = f"{root}/protected_branches?{_FEW}", "what the branch demands, who may push"
    yield Read("protected branches", path, (_CHANGE,), "the role Developer", required=False, unknown=what)


def _of_run(asked: Asked, root: str, least: str) -> Iterator[Read]:
    run, commit = asked.build.run.id or "", asked.build.commit
    if run.isascii() and run.isdecimal():
        yield Read("pipeline", f"{root}/pipelines/{run}", (_RUN,), least)
        yield Read("jobs", f"{root}/pipelines/{run}/jobs?{_FEW}", (_RUN,), least)
    else:
        yield Read("pipelines", f"{root}/pipelines?{_FEW}", (_RUN,), least)
    if commit:
        path = f"{root}/repository/commits/{segment(commit)}/statuses?{_FEW}"
        yield Read("statuses", path, (_RUN,), least)


def _lacks(asked: Asked) -> dict[str, str]:
    lacks = lacks_of_forge(asked)
    if asked.build.commit:
        lacks.pop("approvals", None)  # the commit tells by which merge request it came
    return lacks


SERVER = Server("gitlab", "GitLab", ("GATEPASS_GITLAB_TOKEN", "GITLAB_TOKEN"), _open, _holder, _reads, _lacks)
