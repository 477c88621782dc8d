"""GitHub, also of one's own: a pull request with everybody who had a say, and the run that judges it.

The address is ``GITHUB_API_URL``, the token ``GITHUB_TOKEN`` or ``GH_TOKEN``. What is asked stands in
docs/collect/github.md. <https://docs.github.com/en/rest>
"""

from __future__ import annotations

import re

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._github_change import ask_change
from gatepass.collect._github_run import ask_run
from gatepass.errors import CollectionError, UsageError
from gatepass.forges.github import client
from gatepass.model.facts import Json

_REPOSITORY = re.compile(r"(?!\.)[A-Za-z0-9._-]+/(?!\.{1,2}\Z)[A-Za-z0-9._-]+")
_NEEDS = (
    "GITHUB_TOKEN needs pull-requests, contents, actions, checks and statuses: read; "
    "teams need more (docs/collect/github.md)"
)


def collect(asked: Asked, kind: str) -> Collected:
    """All that GitHub tells about the change or the run. Raises `CollectionError` when a part is not told."""
    asking = _asking(asked, kind)
    repository = asked.options.get("repository") or asked.build.repository or ""
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(f"'{repository}' is no repository of GitHub", hint="--build repository=owner/name")
    asking.about["repository"] = repository
    if kind == "approvals":
        ask_change(asking, asked, _number(asked, asking, repository), repository, _teams(asked))
    else:
        ask_run(asking, asked, repository)
    return Collected(asking.collection().text(), asking.client.base)


def _asking(asked: Asked, kind: str) -> Asking:
    return Asking(client(asked.way(_NEEDS)), "github", kind, asked.now, asked.producer)


def _number(asked: Asked, asking: Asking, repository: str) -> str:
    """The pull request: what the pipeline or the option says, else the one that the commit came by."""
    change = asked.build.change_request
    number = asked.options.get("change-request") or (change.number if change else "")
    if number:
        if not number.isdecimal():
            raise UsageError(f"'{number}' is no number of a pull request")
        return number
    commit = asked.build.commit
    if not commit:
        raise CollectionError("nothing tells which change this build is of", hint="--build change-request=N")
    pulls = asking.entries("pulls-of-commit", f"repos/{repository}/commits/{commit}/pulls", about=commit)
    numbers = {made for each in pulls if (made := _number_if_it_made(each, commit))}
    if len(numbers) != 1:
        found = ", ".join(sorted(numbers)) or "none"
        raise CollectionError(
            f"nothing tells by which pull request the commit {commit[:12]} came; GitHub names {found}",
            hint="a commit that was pushed without one has no approvals",
        )
    return numbers.pop()


def _number_if_it_made(pull: Json, commit: str) -> str | None:
    """The number of a pull request whose head or merge is the commit, not one that merely contains it."""
    if not isinstance(pull, dict):
        return None
    head = pull.get("head")
    heads = head.get("sha") if isinstance(head, dict) else None
    made = pull.get("merge_commit_sha") if pull.get("merged_at") else None
    return str(pull.get("number")) if commit in (heads, made) else None


def _teams(asked: Asked) -> tuple[str, ...]:
    listed = [each.strip() for each in asked.options.get("teams", "").split(",") if each.strip()]
    for each in listed:
        if not _REPOSITORY.fullmatch(each):
            raise UsageError(f"'{each}' is no team of GitHub", hint="teams: organisation/team, …")
    return tuple(dict.fromkeys(listed))


COLLECTOR = Collector(
    name="github",
    title="GitHub, GitHub Enterprise Server",
    kinds=("approvals", "pipeline"),
    collect=collect,
    options={
        "repository": "owner/name; by default the build's.",
        "change-request": "The number of the pull request; by default the build's.",
        "teams": "organisation/team, … whose members approve; those in CODEOWNERS are asked for as well.",
    },
    scopes=(
        "approvals, by the GITHUB_TOKEN of a workflow: pull-requests: read, contents: read",
        "pipeline: actions: read, checks: read, statuses: read, contents: read as well",
        "teams: a GitHub App or fine-grained token with members: read; a classic token with repo, read:org",
    ),
    page="https://docs.github.com/en/rest",
)
