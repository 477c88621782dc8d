"""What Snyk's REST interface tells of projects: when they were tested, and why issues are ignored.

Snyk tests a project again when it is monitored, and each day: an answer is about the newest test, and names
no commit. That of a project which was monitored with ``--project-tags=commit=SHA`` does, by its tag.

https://docs.snyk.io/snyk-api/reference/projects
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_count, as_object, as_text, objects
from gatepass.model.about import About
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

COMMIT_TAG = "commit"
_COMMIT = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_FINDING = "snyk/asset/finding/v1"
_CODE = "sast"

Entry = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Tested:
    """A project; ``at`` (UTC) is when what is known of it was true, None where Snyk does not tell.

    ``dependencies`` and ``issues`` are Snyk's own counts, ``commit`` is that of its tag.
    ``organization`` is an id, ``reference`` the branch or version that is tested.
    """

    id: str
    name: str
    kind: str
    file: str | None
    at: datetime | None
    dependencies: int | None
    issues: int
    commit: str | None
    organization: str | None = None
    reference: str | None = None

    @property
    def about(self) -> About:
        """The project as Snyk tells of it."""
        return About(self.name, self.id, self.organization, self.reference)

    @property
    def of_code(self) -> bool:
        """Whether Snyk Code tests it."""
        return self.kind == _CODE


@dataclass(frozen=True, slots=True)
class Ignoring:
    """Why an issue is ignored, as far as Snyk tells; ``expires`` is as Snyk wrote it."""

    reason: str = ""
    by: str | None = None
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects that were asked about."""

    tested: tuple[Tested, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def at(self) -> datetime | None:
        """The oldest of their tests; None when one does not tell."""
        known = [each.at for each in self.tested if each.at]
        return min(known) if len(known) == len(self.tested) else None

    @property
    def commit(self) -> str | None:
        """The commit that their tags name; None when none does."""
        return next((each.commit for each in self.tested if each.commit), None)


def projects(collection: Collection) -> Projects:
    """The projects. Raises `UnreadableEvidence` when one is not tested any more, or is of another commit."""
    wanted = [each for name, each in collection.about if name.startswith("project-")]
    if not wanted:
        raise UnreadableEvidence("does not tell which projects were asked about", code="empty")
    listed = {as_text(each.get("id"), limit=100): each for each in _listed(collection)}
    if missing := [each for each in wanted if each not in listed]:
        raise UnreadableEvidence(f"does not tell of the project {missing[0][:100]}")
    tested = tuple(_tested(listed[each], each) for each in wanted)
    commits = sorted({each.commit for each in tested if each.commit})
    if len(commits) > 1:
        raise UnreadableEvidence(f"is about projects of different commits: {', '.join(commits)[:200]}")
    dated = [(each.at, each.name) for each in tested if each.at]
    notes = [f"{name} was tested longest ago, at {at:%Y-%m-%dT%H:%M:%SZ}" for at, name in sorted(dated)[:1]]
    if not commits:
        notes.append("Snyk does not tell which commit was tested: give the rule a max-age")
    elif untold := [each.name for each in tested if not each.commit]:
        notes.append(f"has no tag '{COMMIT_TAG}', so its commit is not known: {', '.join(untold)[:300]}")
    return Projects(tested, tuple(notes))


def issues_of(collection: Collection, project: Tested) -> list[Entry]:
    """All open issues of a project, ignored ones too. Raises when a page is missing, or is of another one."""
    answers = collection.of("issues", project.id)
    pages = [as_object(json_of(each), f"the answer of {each.url}") for each in answers]
    if not pages or _next(pages[-1]):
        raise UnreadableEvidence(f"does not hold all pages of the issues of {project.name}")
    found: dict[str, Entry] = {}
    for page in pages:
        for each in as_array(page.get("data"), "'data'"):
            issue = as_object(each, "an issue")
            identity = as_text(issue.get("id"), limit=200)
            if not identity or identity in found:
                raise UnreadableEvidence(f"lists an issue of {project.name} twice, or one without an id")
            if _related(issue, "scan_item") != project.id:
                raise UnreadableEvidence(f"lists an issue of another project than {project.name}")
            found[identity] = issue
    if project.issues and not found:
        raise UnreadableEvidence(f"counts {project.issues} issues of {project.name}, and lists none")
    return list(found.values())


def ignoring(collection: Collection, issue: Entry) -> Ignoring:
    """Why an issue is ignored: by the project's own list, else by a policy of the organisation."""
    attributes = as_object(issue.get("attributes"), "'attributes' of an issue")
    problems = objects(attributes.get("problems"))
    keys = [as_text(attributes.get("key"), limit=200), *(as_text(each.get("id")) for each in problems)]
    for answer in collection.of("ignores", _related(issue, "scan_item")):
        listed = as_object(json_of(answer), "the list of ignores") if answer.status < 300 else {}
        for key in keys:
            entries = [entry for each in objects(listed.get(key)) for entry in objects(list(each.values()))]
            if entries:
                return _of_entries(entries)
    asset = as_text(attributes.get("key_asset"), limit=200)
    for policy in _policies(collection) if asset else ():
        if any(each.get("value") == asset for each in _conditions(policy)):
            action = policy.get("action")
            data = action.get("data") if isinstance(action, dict) else None
            return _of_entries(
                [{**(data if isinstance(data, dict) else {}), "ignoredBy": policy.get("created_by")}]
            )
    return Ignoring()


def _listed(collection: Collection) -> Iterator[Entry]:
    for answer in (*collection.of("projects"), *collection.of("project")):
        data = as_object(json_of(answer), f"the answer of {answer.url}").get("data")
        for each in data if isinstance(data, list) else [data]:
            yield as_object(each, "a project")


def _tested(project: Entry, identity: str) -> Tested:
    attributes = as_object(project.get("attributes"), "'attributes' of a project")
    name = as_text(attributes.get("name"), limit=500) or identity
    if attributes.get("status") != "active":
        raise UnreadableEvidence(f"{name} is not active: Snyk does not test it any more")
    meta = project.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    counts, total = (_object(meta.get(f"latest_{each}")) for each in ("issue_counts", "dependency_total"))
    # what is known now was computed for what was handed in then: the oldest says how old it all may be
    times = [counts.get("updated_at"), total.get("updated_at"), meta.get("cli_monitored_at")]
    known = [instant(each) for each in times if each is not None]
    whole = [each for each in known if each is not None]
    return Tested(
        identity,
        name,
        as_text(attributes.get("type"), limit=100),
        as_text(attributes.get("target_file"), limit=500) or None,
        min(whole) if whole and len(whole) == len(known) else None,
        None if total.get("total") is None else as_count(total["total"], "'latest_dependency_total'"),
        sum(
            as_count(counts.get(each) or 0, "a count of issues")
            for each in ("critical", "high", "medium", "low")
        ),
        _commit(attributes.get("tags"), name),
        _related(project, "organization") or None,
        as_text(attributes.get("target_reference"), limit=500) or None,
    )


def _commit(tags: Json, name: str) -> str | None:
    listed = [as_object(each, "a tag") for each in as_array([] if tags is None else tags, "'tags'")]
    if any(not as_text(each.get("key")) or not isinstance(each.get("value"), str) for each in listed):
        raise UnreadableEvidence(f"{name} has a tag without a key or a value")
    given = [each.get("value") for each in listed if each.get("key") == COMMIT_TAG]
    if not given:
        return None
    commit = as_text(given[0], limit=100)
    if len(given) > 1 or not _COMMIT.fullmatch(commit):
        raise UnreadableEvidence(f"{name} has a tag '{COMMIT_TAG}' that is no whole commit id")
    return commit.lower()


def _of_entries(entries: list[Entry]) -> Ignoring:
    """Several entries ignore one issue by its paths: it counts as ignored until the first of them ends."""
    ends = [as_text(each["expires"], limit=40) for each in entries if each.get("expires") is not None]
    if any(instant(end) is None for end in ends):
        raise UnreadableEvidence("has an ignore that ends at no time that can be read")
    by = _object(entries[0].get("ignoredBy"))
    kind = as_text(entries[0].get("reasonType") or entries[0].get("ignore_type"), limit=100)
    reason = as_text(entries[0].get("reason")).strip()
    return Ignoring(
        ": ".join(filter(None, (kind, reason))),
        as_text(by.get("name") or by.get("email"), limit=200) or None,
        min(ends, key=lambda end: str(instant(end)), default=None),
    )


def _policies(collection: Collection) -> Iterator[Entry]:
    for answer in collection.of("policies"):
        page = _object(json_of(answer)) if answer.status < 300 else {}
        for each in objects(page.get("data")):
            policy = _object(each.get("attributes"))
            if policy.get("action_type") == "ignore":
                yield policy


def _conditions(policy: Entry) -> list[Entry]:
    group = _object(policy.get("conditions_group"))
    return [each for each in objects(group.get("conditions")) if each.get("field") == _FINDING]


def _related(issue: Entry, name: str) -> str:
    data = _object(_object(_object(issue.get("relationships")).get(name)).get("data"))
    return as_text(data.get("id"), limit=100)


def _next(page: Entry) -> bool:
    return bool(_object(page.get("links")).get("next"))


def _object(value: Json) -> Entry:
    return value if isinstance(value, dict) else {}
