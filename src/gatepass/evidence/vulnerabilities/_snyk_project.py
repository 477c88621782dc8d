"""One project of a Snyk report: a manifest, an image, an application in an image, a C/C++ tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import OnElement, as_array, as_count, as_object, as_text, objects
from gatepass.evidence.vulnerabilities._purl import ecosystem_of
from gatepass.evidence.vulnerabilities._snyk_rows import Row, Rows, add_ignored, severity_of
from gatepass.model.about import About
from gatepass.model.facts import Json
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import LicenceIssue, ScannedProject, Vulnerability

_BY_DIGEST = re.compile(r"[^@\s]@(sha256:[0-9a-f]{64})\Z")
Place = tuple[bool, tuple[int, ...]]


@dataclass(slots=True)
class Streamed:
    """Rows by the project they belong to, gathered while the report is read.

    A project's place is whether it is an application in an image, and its indices in the lists above it.
    """

    rows: dict[Place, Rows] = field(default_factory=dict)

    def lists(self) -> dict[str, OnElement]:
        """The long arrays for `gatepass.evidence._json.read_json` to stream."""
        return {
            f"{above}{among}vulnerabilities[]": partial(self._take, bool(among))
            for above in ("", "[].")
            for among in ("", "applications[].")
        }

    def of(self, in_image: bool, at: tuple[int, ...]) -> Rows:  # noqa: FBT001  (half of a place)
        """The rows of the project at a place; each can be had once."""
        return self.rows.pop((in_image, at), None) or Rows()

    def _take(self, in_image: bool, element: Json, indices: tuple[int, ...]) -> None:  # noqa: FBT001  (as `of`)
        self.rows.setdefault((in_image, indices[:-1]), Rows()).add(element)


@dataclass(slots=True)
class Project:
    """A scanned project with its rows; ``label`` tells it from the others of the report."""

    scanned: ScannedProject
    label: str
    manager: str
    rows: Rows
    notes: list[str] = field(default_factory=list)
    about: About = About()  # noqa: RUF009  (frozen)
    artifact: str | None = None

    @property
    def looked_at(self) -> bool:
        """Whether anything shows that dependencies were found: a count above 0, or an issue."""
        return bool(self.scanned.dependencies) or bool(self.rows.count)

    @property
    def vulnerabilities(self) -> tuple[Vulnerability, ...]:
        """One for each id and package."""
        return self.rows.vulnerabilities(self.manager, self.label, self.artifact)

    @property
    def licences(self) -> tuple[LicenceIssue, ...]:
        """One for each id and package."""
        return self.rows.licences(self.manager, self.label, self.artifact)


def failure_of(root: Row) -> str | None:
    """What a project says of its own failure, None when it was scanned."""
    error = root.get("error")
    if error is None and "errors" in root and "vulnerabilities" not in root:
        error = root["errors"]
    if error:
        words = as_text(error, limit=300) or str(error)[:300]
        where = as_text(root.get("path"), limit=200)
        return f"{where}: {words}" if where else words
    if root.get("ok") is False and "vulnerabilities" not in root:
        return f"{_name(root)}: says that it is not ok, and lists nothing"
    return None


def projects_of(root: Row, streamed: Streamed, at: tuple[int, ...]) -> Iterator[Project]:
    """A project and the applications found in it, if it is an image; ``at`` is its place in a list."""
    rows = streamed.of(False, at)
    applications = as_array(root.get("applications") or [], "'applications'")
    # an image is not ok when only an application in it has issues
    held = [streamed.of(True, (*at, number)) for number in range(len(applications))]
    yield _project(root, rows, elsewhere=sum(each.count for each in held))
    for element, own in zip(applications, held, strict=True):
        application = as_object(element, "an application")
        if failure := failure_of(application):
            raise UnreadableEvidence(f"an application was not scanned: {failure}", code="scan-failed")
        if application.get("applications"):
            raise UnreadableEvidence("has applications within an application")
        found = _project(application, own, image=_name(root))
        # a part of the image, and no project of its own
        found.about, found.artifact = _about(root), _artifact(root)
        yield found


def threshold_of(roots: list[Row]) -> Severity | None:
    """The highest severity below which a project leaves issues out; None when all are listed."""
    given = [root["severityThreshold"] for root in roots if root.get("severityThreshold")]
    found = [severity_of(text) for text in given]
    # a threshold that nobody knows may leave out anything
    known = [Severity.CRITICAL if each is Severity.UNKNOWN else each for each in found]
    highest = max(known, key=lambda each: each.rank, default=None)
    return None if highest is Severity.LOW else highest


def _project(root: Row, rows: Rows, *, elsewhere: int = 0, image: str = "") -> Project:
    if "infrastructureAsCodeIssues" in root:
        raise UnreadableEvidence("mixes infrastructure-as-code with dependencies; write one file for each")
    _add_unmanaged(root, rows)
    if "vulnerabilities" not in root and "issues" not in root:
        raise UnreadableEvidence(f"{_name(root)}: has no list of vulnerabilities")
    as_array(root.get("vulnerabilities", []), "'vulnerabilities'")
    listed = rows.count
    add_ignored(rows, root.get("filtered"))
    _refuse_contradiction(root, rows, listed + elsewhere)
    manager = as_text(root.get("packageManager"), limit=100)
    target = _target(root)
    name = _name(root)
    label = f"{image}:{target or name}" if image else target or name
    scanned = ScannedProject(name, None if image else target, ecosystem_of(manager), _dependencies(root))
    project = Project(scanned, label, manager, rows, about=_about(root), artifact=_artifact(root))
    project.notes = list(_notes(root, project, listed))
    return project


def _add_unmanaged(root: Row, rows: Rows) -> None:
    """Issues that are told apart from their texts: of C/C++ trees, and of binaries in an image."""
    if "issues" in root:
        texts = as_object(root.get("issuesData"), "'issuesData'")
        for issue in map(_as_issue, as_array(root["issues"], "'issues'")):
            identifier = as_text(issue.get("issueId"))
            if identifier not in rows.ids:
                name, version = issue.get("pkgName"), issue.get("pkgVersion")
                rows.add(_joined(identifier, texts, name, version, issue.get("fixInfo")))
    docker = root.get("docker")
    binaries = docker.get("binariesVulns") if isinstance(docker, dict) else None
    if not binaries:
        return
    found = as_object(binaries, "'binariesVulns'")
    texts = as_object(found.get("issuesData") or {}, "'issuesData'")
    for element in as_object(found.get("affectedPkgs") or {}, "'affectedPkgs'").values():
        affected = as_object(element, "an affected package")
        package = as_object(affected.get("pkg"), "an affected package")
        for identifier, found_there in as_object(affected.get("issues") or {}, "its issues").items():
            fix = found_there.get("fixInfo") if isinstance(found_there, dict) else None
            rows.add(_joined(identifier, texts, package.get("name"), package.get("version"), fix))


def _as_issue(element: Json) -> Row:
    return as_object(element, "an issue")


def _joined(identifier: str, texts: Row, name: Json, version: Json, fix: Json) -> Row:
    text = as_object(texts.get(identifier) or {}, "the text of an issue")
    row: Row = {**text, "id": identifier, "version": version}
    row.setdefault("packageName", name)
    if isinstance(fix, dict):
        row.update({key: fix[key] for key in ("isPatchable", "isPinnable") if key in fix})
        row["isUpgradable"] = bool(fix.get("upgradePaths"))
        row.setdefault("nearestFixedInVersion", fix.get("nearestFixedInVersion"))
    return row


def _refuse_contradiction(root: Row, rows: Rows, listed: int) -> None:
    """Refuse a project whose own words do not fit an empty list: it may have been cut short."""
    if listed or root.get("severityThreshold"):
        return
    if root.get("ok") is False:
        raise UnreadableEvidence(
            f"{_name(root)}: says that it is not ok, but lists no issue", code="scan-failed"
        )
    unique = root.get("uniqueCount")
    if unique is not None and as_count(unique, "'uniqueCount'") and not rows.count:
        raise UnreadableEvidence(f"{_name(root)}: says that it has {unique} issues, but lists none")


def _notes(root: Row, project: Project, listed: int) -> Iterator[str]:
    unique = root.get("uniqueCount")
    distinct = len(project.rows.ids)
    if unique is not None and as_count(unique, "'uniqueCount'") != distinct:
        yield f"{project.label}: says that it has {unique} distinct issues, its rows give {distinct}"
    if root.get("ok") is True and listed:
        yield f"{project.label}: says that it is ok, but lists issues"
    if not project.looked_at:
        yield f"{project.label}: no dependencies were looked at"
    if threshold := as_text(root.get("severityThreshold"), limit=40):
        yield f"{project.label}: severities below {threshold} were left out of the report"
    if hidden := project.rows.count - listed:
        yield f"{project.label}: {hidden} rows are hidden by Snyk's own configuration"


def _dependencies(root: Row) -> int | None:
    count = root.get("dependencyCount")
    if count is not None:
        return as_count(count, "'dependencyCount'")
    graph = root.get("depGraphData")
    if isinstance(graph, dict):
        return max(len(objects(graph.get("pkgs"))) - 1, 0)  # the root of the graph is no dependency
    return None


def _target(root: Row) -> str | None:
    found = root.get("displayTargetFile") or root.get("targetFile")
    return as_text(found, limit=500).replace("\\", "/") or None


def _about(root: Row) -> About:
    """The project by the name that the report itself gives it: a path or a file is none."""
    return About(as_text(root.get("projectName"), limit=500) or None)


def _artifact(root: Row) -> str | None:
    """The digest of the image, where it was scanned by that; a tag may be another image tomorrow."""
    named = _BY_DIGEST.search(as_text(root.get("path"), limit=1000))
    return named[1] if named and isinstance(root.get("docker"), dict) else None


def _name(root: Row) -> str:
    found = root.get("projectName") or root.get("path") or root.get("displayTargetFile")
    return as_text(found, limit=500) or "a project"
