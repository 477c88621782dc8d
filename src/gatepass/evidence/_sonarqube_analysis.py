"""Which analysis of SonarQube's a collection is about: its project, branch or pull request, and commit.

A quality gate is kept for each analysis. Measures, issues and hotspots are not: they are those of the newest
one, so they count only while ours is that (`Analysed.newest`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_object, as_text
from gatepass.model.about import About
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

PRODUCER = "SonarQube"
_LONGEST = 400  # a project key may be as long
_MOST_NOTES = 5


@dataclass(frozen=True, slots=True)
class Analysed:
    """An analysis; ``branch`` and ``pull_request`` are None for the project's main branch.

    ``revision`` is None where the code was analysed without its repository. ``at`` is UTC. ``newest`` tells
    that no other analysis had come when everything else had been asked. ``main_branch`` is what the project
    calls its main branch, None where nobody asked.
    """

    id: str
    project: str
    branch: str | None
    pull_request: str | None
    task: str | None
    revision: str | None
    at: datetime
    newest: bool
    version: str | None
    notes: tuple[str, ...] = ()

    main_branch: str | None = None

    @property
    def about(self) -> About:
        """The project and branch, that of the main one by its name where the server told it."""
        branch = self.branch or (None if self.pull_request else self.main_branch)
        return About(self.project, self.project, branch=branch, change_request=self.pull_request)

    @property
    def producer(self) -> str:
        """The server with its version."""
        return f"{PRODUCER} {self.version}" if self.version else PRODUCER


def analysed(collection: Collection) -> Analysed:
    """The analysis. Raises `UnreadableEvidence` when the answers are not all about one."""
    identity, project = (_fact(collection, name) for name in ("analysis", "project"))
    pull_request = collection.fact("pull-request") or None
    task = _task(collection, identity, project, pull_request)
    found = _listed(collection, identity)
    if found is not None:
        revision, at = found
        _refuse_superseded(collection, identity, revision, at)
        newest = _newest(collection) == identity
        if pull_request is not None and task is None:
            _confirm(_of_pull_request(collection, "pull-requests", pull_request), revision, at)
    elif pull_request is not None and task is not None:
        # servers that know no pull requests in the list of analyses tell of the newest one alone
        revision, at = _of_pull_request(collection, "pull-requests", pull_request)
        if at > _date(task.get("submittedAt")):
            raise UnreadableEvidence("is of an older analysis of the pull request than the newest one")
        newest = _of_pull_request(collection, "newest-pull-requests", pull_request) == (revision, at)
    else:
        raise UnreadableEvidence(f"does not tell which commit the analysis {identity} is of")
    return Analysed(
        identity,
        project,
        collection.fact("branch") or None,
        pull_request,
        text(task, "id") if task else None,
        revision,
        at,
        newest,
        _version(collection),
        warnings_of(task) if task else (),
        _main_branch(collection),
    )


def warnings_of(task: Mapping[str, Json]) -> tuple[str, ...]:
    """What the server warned of while it worked on an analysis."""
    given = task.get("warnings")
    texts = [found for each in given if (found := as_text(each))] if isinstance(given, list) else []
    return tuple(f"SonarQube warns: {found}" for found in texts[:_MOST_NOTES])


def one(collection: Collection, topic: str) -> dict[str, Json]:
    """The one answer to a topic. Raises `UnreadableEvidence` when there is none, or two."""
    answers = collection.of(topic)
    if len(answers) != 1 or answers[0].status >= 300:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return as_object(json_of(answers[0]), f"the answer about {topic}")


def text(given: Mapping[str, Json], key: str) -> str | None:
    """The text at a key; None when it is absent, empty or no text."""
    return as_text(given.get(key), limit=_LONGEST).strip() or None


def _fact(collection: Collection, name: str) -> str:
    found = collection.fact(name)
    if not found:
        raise UnreadableEvidence(f"does not tell the {name} that was asked for")
    return found


def _task(
    collection: Collection, identity: str, project: str, pull_request: str | None
) -> dict[str, Json] | None:
    """The task that made the analysis, None when it was found by its commit."""
    if not collection.of("task"):
        return None
    task = as_object(one(collection, "task").get("task"), "`task`")
    if task.get("status") != "SUCCESS":
        raise UnreadableEvidence("holds a task that did not end with SUCCESS", code="scan-failed")
    if (text(task, "analysisId"), text(task, "componentKey")) != (identity, project):
        raise UnreadableEvidence("holds the task of another analysis than was asked for")
    if text(task, "pullRequest") != pull_request or not text(task, "id"):
        raise UnreadableEvidence("holds the task of another pull request or branch than was asked for")
    return task


def _listed(collection: Collection, identity: str) -> tuple[str | None, datetime] | None:
    """Commit and date of the analysis, as the list of all of them has it."""
    for each in _entries(collection, "analyses", "analyses"):
        if each.get("key") == identity:
            return text(each, "revision"), _date(each.get("date"))
    return None


def _refuse_superseded(collection: Collection, identity: str, revision: str | None, at: datetime) -> None:
    """Refuse an analysis after which the same commit was analysed again: who may choose takes the better."""
    for topic in ("analyses", "newest"):
        for each in _entries(collection, topic, "analyses"):
            again = revision is not None and text(each, "revision") == revision
            if again and each.get("key") != identity and _date(each.get("date")) > at:
                raise UnreadableEvidence("is of an older analysis of this commit than the newest one")


def _main_branch(collection: Collection) -> str | None:
    """The name of the main branch, where the list of branches was asked for."""
    mains = [each for each in _entries(collection, "branches", "branches") if each.get("isMain") is True]
    return text(mains[0], "name") if len(mains) == 1 else None


def _newest(collection: Collection) -> str | None:
    entries = list(_entries(collection, "newest", "analyses"))
    if not entries:
        raise UnreadableEvidence("does not tell which analysis was the newest in the end")
    return text(max(entries, key=lambda each: _date(each.get("date"))), "key")


def _of_pull_request(collection: Collection, topic: str, number: str) -> tuple[str | None, datetime]:
    """Commit and date of the newest analysis of a pull request."""
    found = [each for each in _entries(collection, topic, "pullRequests") if text(each, "key") == number]
    if len(found) != 1:
        raise UnreadableEvidence(f"does not tell of the pull request {number} in its {topic}")
    commit = found[0].get("commit")
    return text(commit, "sha") if isinstance(commit, dict) else None, _date(found[0].get("analysisDate"))


def _confirm(told: tuple[str | None, datetime], revision: str | None, at: datetime) -> None:
    """Refuse an analysis that was found by its commit and is not that of the pull request."""
    if told != (revision, at):
        raise UnreadableEvidence("is of an analysis that is not the newest one of its pull request")


def _entries(collection: Collection, topic: str, key: str) -> Iterator[dict[str, Json]]:
    for answer in collection.of(topic):
        page = as_object(json_of(answer), f"the answer about {topic}")
        for each in as_array(page.get(key), f"`{key}`"):
            yield as_object(each, f"one of the {key}")


def _date(value: Json) -> datetime:
    found = instant(value)
    if found is None:
        raise UnreadableEvidence("lists an analysis without a date that can be read")
    return found


def _version(collection: Collection) -> str | None:
    answers = [each for each in collection.of("version") if each.status < 300]
    return as_text(answers[0].body.strip(), limit=40) or None if answers else None
