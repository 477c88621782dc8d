"""Bitbucket Cloud: every answer tells the scopes of the token in a header.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    text,
)
from gatepass.forges.bitbucket import client
from gatepass.https import Client

_NEEDS = "docs/collect/bitbucket.md says what it must be allowed"
_CHANGE, _RUN = "approvals", "pipeline"
_FEW = "pagelen=1"
_WRITES = ("repository:write", "write:repository:bitbucket")


def _open(asked: Asked) -> Client:
    return client(asked.way(_NEEDS))


def _holder(asking: Asking, asked: Asked) -> Holder:
    user = asking.get("user")
    answer = user
    if root := _root(asked):
        repository = asking.get(root)
        answer = user if user.outcome is Outcome.ALLOWED else repository
    listed = answer.header("x-oauth-scopes")
    scopes = tuple(each.strip() for each in listed.split(",") if each.strip()) if listed else None
    needs = "write:repository for a status, write:pullrequest for a comment"
    return Holder(
        accepted=accepted(answer),  # a token of the repository's own is nobody's, and `user` alone is refused
        why=answer.why,
        login=text(user.document.get("nickname") or user.document.get("display_name")),
        scopes=scopes,
        posts=any(each.startswith(_WRITES) for each in scopes) if scopes else None,
        posting=needs if scopes else f"{needs}; the server does not tell them",
    )


def _root(asked: Asked) -> str:
    workspace, _, slug = (asked.build.repository or "").partition("/")
    return (
        f"repositories/{segment(workspace)}/{segment(slug)}" if workspace and slug and "/" not in slug else ""
    )


def _reads(asked: Asked) -> Sequence[Read]:
    root = _root(asked)
    if not root:
        raise CollectionError("nothing tells the repository", hint="--build repository=workspace/name")
    repository = Read("repository", root, (_CHANGE, _RUN), "read:repository")
    return (repository, *_of_change(asked, root), *_of_run(asked, root))


def _of_change(asked: Asked, root: str) -> Iterator[Read]:
    least = "read:pullrequest"
    if number := change_of(asked):
        path = f"{root}/pullrequests/{number}"
        yield Read("pull request", path, (_CHANGE,), least)
        yield Read("activity", f"{path}/activity?{_FEW}", (_CHANGE,), least)
        yield Read("commits", f"{path}/commits?{_FEW}", (_CHANGE,), least)
    path, what = f"{root}/branch-restrictions?{_FEW}", "branch restrictions, permissions, default reviewers"
    yield Read("branch restrictions", path, (_CHANGE,), "admin:repository", required=False, unknown=what)


def _of_run(asked: Asked, root: str) -> Iterator[Read]:
    least = "read:pipeline"
    if run := asked.build.run.id:
        path = f"{root}/pipelines/{segment(run)}"
        yield Read("pipeline", path, (_RUN,), least)
        yield Read("steps", f"{path}/steps/?{_FEW}", (_RUN,), least)
    else:
        yield Read("pipelines", f"{root}/pipelines/?{_FEW}", (_RUN,), least)
    if commit := asked.build.commit:
        yield Read("statuses", f"{root}/commit/{segment(commit)}/statuses?{_FEW}", (_RUN,), "read:repository")


SERVER = Server(
    "bitbucket",
    "Bitbucket",
    ("BITBUCKET_TOKEN", "BITBUCKET_APP_PASSWORD"),
    _open,
    _holder,
    _reads,
    lacks_of_forge,
)
