"""What is asked of GitHub about the run that the gate is a step of."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._github import RAW, an_object, ask_files, listed, number, text
from gatepass.collect._github_built import ask_built
from gatepass.errors import CollectionError
from gatepass.forges.answers import segment
from gatepass.model.facts import Json

_MOST_ATTEMPTS = 100
_MOST_FILES = 50
_DEFINITIONS = ".github/workflows/"
_LOCAL = re.compile(r"""\buses["']?\s*:\s*["']?\./([^\s"'#,}]+)""")
_FROM = re.compile(r"([A-Za-z0-9._-]+/[A-Za-z0-9._-]+)/\.github/workflows/")


def ask_run(asking: Asking, asked: Asked, repository: str) -> None:
    """The run: attempts, jobs, who let it deploy, what others report of the commit, its definition."""
    identity = asked.build.run.id if asked.build.run else None
    if not identity or not identity.isdecimal():
        raise CollectionError("nothing tells which run this is", hint="run gatepass in GitHub Actions")
    repo = f"repos/{repository}"
    run = an_object(asking.one("run", f"{repo}/actions/runs/{identity}"), "the run")
    head = text(run, "head_sha")
    asking.about.update({"run": identity, "head": head})
    here = _of_this_run(asked, identity)
    _tell(asking, "job", here.get("GITHUB_JOB"))
    _tell(asking, "runner", here.get("RUNNER_NAME"))
    _ask_attempts(asking, repo, run)
    for attempt in range(1, number(run, "run_attempt") + 1):
        path = f"{repo}/actions/runs/{identity}/attempts/{attempt}/jobs"
        listed(asking, "jobs", path, "jobs", about=str(attempt))
    others = listed(asking, "runs", f"{repo}/actions/runs?head_sha={segment(head)}", "workflow_runs")
    for other in others:
        if other.get("workflow_id") == run.get("workflow_id") and number(other, "id") < int(identity):
            _ask_what_failed(asking, repo, [*_ask_attempts(asking, repo, other), other])
    asking.entries("environment-approvals", f"{repo}/actions/runs/{identity}/approvals")
    asking.entries("pending-deployments", f"{repo}/actions/runs/{identity}/pending_deployments")
    listed(asking, "check-runs", f"{repo}/commits/{segment(head)}/check-runs", "check_runs")
    listed(asking, "statuses", f"{repo}/commits/{segment(head)}/status", "statuses")
    pull = _ask_change(asking, asked, repo)
    _ask_definition(asking, asked, repository, run, pull)


def _of_this_run(asked: Asked, identity: str) -> Mapping[str, str]:
    """The variables where they tell of the run that is asked about, and not of one that follows it."""
    mine = asked.environment.get("GITHUB_EVENT_NAME") != "workflow_run" and (
        asked.environment.get("GITHUB_RUN_ID", identity) == identity
    )
    return asked.environment if mine else {}


def _tell(asking: Asking, name: str, value: str | None) -> None:
    if value:
        asking.about[name] = value[:200]


def _ask_attempts(asking: Asking, repo: str, run: dict[str, Json]) -> list[dict[str, Json]]:
    """The attempts before the newest one, which the run itself tells."""
    newest = number(run, "run_attempt")
    if newest > _MOST_ATTEMPTS:
        raise CollectionError(f"GitHub tells of {newest} attempts at one run")
    identity = number(run, "id")
    found = []
    for attempt in range(1, newest):
        path = f"{repo}/actions/runs/{identity}/attempts/{attempt}"
        found.append(an_object(asking.one("attempt", path, about=f"{identity}/{attempt}"), "the attempt"))
    return found


def _ask_what_failed(asking: Asking, repo: str, attempts: list[dict[str, Json]]) -> None:
    """The jobs of those attempts at an earlier run that failed."""
    for each in attempts:
        if each.get("conclusion") == "failure":
            identity, attempt = number(each, "id"), number(each, "run_attempt")
            path = f"{repo}/actions/runs/{identity}/attempts/{attempt}/jobs"
            listed(asking, "jobs", path, "jobs", about=f"{identity}/{attempt}")


def _ask_definition(
    asking: Asking, asked: Asked, repository: str, run: dict[str, Json], pull: dict[str, Json]
) -> None:
    """The workflow as it ran, and the actions and workflows of the same repository that it uses.

    Variables may name any commit, one with a tame workflow too: they are believed where GitHub itself tells
    of that commit, and the run's own is read where it does not. A workflow of another repository is not read.
    """
    path = text(run, "path").partition("@")[0]
    if not path.startswith(_DEFINITIONS):
        return  # made by GitHub itself: nobody wrote a file
    here = _of_this_run(asked, str(number(run, "id")))
    elsewhere = _FROM.match(here.get("GITHUB_WORKFLOW_REF", ""))
    if elsewhere and elsewhere[1].casefold() != repository.casefold():
        return
    named, own = here.get("GITHUB_WORKFLOW_SHA"), text(run, "head_sha")
    ref = named if named and named == pull.get("merge_commit_sha") else own
    asking.about.update({"workflow-repository": repository, "workflow-commit": ref})
    waiting, seen = [[path]], set()
    while waiting:
        for candidate in waiting.pop():
            if candidate in seen:
                break
            seen.add(candidate)
            if len(seen) > _MOST_FILES:
                raise CollectionError(f"the workflow uses more than {_MOST_FILES} files of the repository")
            target = f"repos/{repository}/contents/{'/'.join(map(segment, candidate.split('/')))}"
            response = asking.text(
                "workflow", f"{target}?ref={segment(ref)}", about=candidate, accept=RAW, also=(404,)
            )
            if response.status < 300:
                waiting.extend(map(_candidates, _LOCAL.findall(response.body)))
                break


def _candidates(used: str) -> list[str]:
    """Where a local action or workflow may be defined."""
    parts = [part for part in used.split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        return []
    path = "/".join(parts)
    return [path] if path.endswith((".yml", ".yaml")) else [f"{path}/action.yml", f"{path}/action.yaml"]


def _ask_change(asking: Asking, asked: Asked, repo: str) -> dict[str, Json]:
    """The change with the files that it touches, empty where the build is of none."""
    change = asked.build.change_request
    if change is None or not change.number:
        return {}
    if not change.number.isdecimal():
        raise CollectionError(f"'{change.number[:40]}' is no number of a pull request")
    asking.about["change-request"] = change.number
    _tell(asking, "change-head", change.head)
    pull = an_object(asking.one("pull", f"{repo}/pulls/{change.number}"), "the pull request")
    ask_built(asking, asked, repo, pull)
    ask_files(asking, repo, pull)
    return pull
