"""Snyk's REST interface: the issues of an organisation or a project.

See https://docs.snyk.io/snyk-api/reference/issues. An answer comes in pages and can be asked with filters;
one page of several, or an answer that leaves open issues out, is not evidence of what is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_array, as_object, as_text, objects
from gatepass.evidence.vulnerabilities._snyk_project import Project
from gatepass.evidence.vulnerabilities._snyk_rows import Row, Rows, severity_of
from gatepass.model.about import About
from gatepass.model.facts import Json
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Ignored, ScannedProject

_TYPES = {"package_vulnerability": "vuln", "license": "license"}
_OTHER_TYPES = frozenset({"code", "cloud", "config", "custom"})
_NARROWING = ("created_after", "created_before", "updated_after", "updated_before")
_MANAGERS = {
    "JS": "npm",
    "JAVA": "maven",
    "PYTHON": "pip",
    "RUBY": "rubygems",
    "GOLANG": "golang",
    "DOTNET": "nuget",
    "PHP": "composer",
}


def read_page(document: Row) -> tuple[list[Project], Severity | None, list[str]]:
    """The projects of an answer, the severity it was asked from, and remarks.

    Raises `UnreadableEvidence` when the answer is not the only page, was asked with a filter that hides
    open issues, or holds nothing about dependencies.
    """
    threshold = _asked_from(document)
    found = sort_issues(as_array(document["data"], "'data'"), lambda _: Ignored(source="Snyk"))
    if not found.by_project:
        raise UnreadableEvidence(
            "holds no open issue of a dependency, and does not tell what was scanned", code="empty"
        )
    return [_project(name, rows) for name, rows in found.by_project.items()], threshold, found.notes


@dataclass(slots=True)
class Issues:
    """The open issues of dependencies by the id of their project, and how many were not such."""

    by_project: dict[str, Rows] = field(default_factory=dict)
    others: int = 0
    resolved: int = 0

    @property
    def notes(self) -> list[str]:
        """What was not counted, in words."""
        notes = [f"{self.resolved} issues are resolved and not counted"] if self.resolved else []
        if self.others:
            notes.append(f"{self.others} issues are not about dependencies and not counted")
        return notes


def sort_issues(elements: Iterable[Json], ignored_by: Callable[[Row], Ignored]) -> Issues:
    """The issues of an answer; ``ignored_by`` tells more of one that Snyk ignores.

    Raises `UnreadableEvidence` for an issue of a type that is not known, or without a package.
    """
    found = Issues()
    for element in elements:
        item = as_object(element, "an issue")
        attributes = as_object(item.get("attributes"), "'attributes' of an issue")
        kind = as_text(attributes.get("type"), limit=100)
        if kind in _OTHER_TYPES:
            found.others += 1
        elif kind not in _TYPES:
            raise UnreadableEvidence(f"has an issue of a type that is not known: {kind!r}")
        elif attributes.get("status") == "resolved":
            found.resolved += 1
        else:
            rows = found.by_project.setdefault(project_id(item), Rows())
            ignored = ignored_by(item) if attributes.get("ignored") is True else None
            for row in _rows(attributes):
                rows.add(row, ignored=ignored)
    return found


def _asked_from(document: Row) -> Severity | None:
    links = as_object(document.get("links") or {}, "'links'")
    if links.get("next") or links.get("prev"):
        raise UnreadableEvidence("is one page of several; join all pages into one file")
    query = parse_qs(_href(links.get("self")).partition("?")[2])
    asked = {key: ",".join(values).split(",") for key, values in query.items()}
    narrow = [key for key in _NARROWING if key in asked]
    if asked.get("ignored") == ["true"]:
        narrow.append("ignored=true")
    if "status" in asked and "open" not in asked["status"]:
        narrow.append("status")
    if narrow:
        raise UnreadableEvidence(f"was asked with a filter that leaves open issues out: {', '.join(narrow)}")
    levels = {severity_of(text) for text in asked.get("effective_severity_level", [])}
    if not levels:
        return None
    # the mildest severity from which on none was left out
    threshold = Severity.CRITICAL
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        if severity not in levels:
            break
        threshold = severity
    if Severity.CRITICAL not in levels:
        raise UnreadableEvidence("was asked with a filter that leaves critical issues out")
    return None if threshold is Severity.LOW else threshold


def _href(link: Json) -> str:
    address = link.get("href") if isinstance(link, dict) else link
    return address if isinstance(address, str) else ""


def _rows(attributes: Row) -> list[Row]:
    problems = objects(attributes.get("problems"))
    ids = [as_text(each.get("id"), limit=200) for each in problems]
    key = as_text(attributes.get("key"), limit=200)
    own = next((each for each in ids if each.upper().startswith(("SNYK-", "SNYK:"))), key)
    disclosed = [each["disclosed_at"] for each in problems if each.get("disclosed_at")]
    shared: Row = {
        "id": own,
        "type": _TYPES[as_text(attributes.get("type"))],
        "title": attributes.get("title"),
        "severity": attributes.get("effective_severity_level"),
        "identifiers": {
            scheme: [each for each in ids if each.upper().startswith(f"{scheme}-")]
            for scheme in ("CVE", "GHSA")
        },
        "publicationTime": disclosed[0] if disclosed else None,
        "packageManager": _MANAGERS.get(own.split("-")[1] if own.count("-") > 1 else "", ""),
    }
    found: list[Row] = []
    for coordinate in objects(attributes.get("coordinates")):
        fixable = coordinate.get("is_fixable_snyk") is True or coordinate.get("is_upgradeable") is True
        flags: Row = {
            "isUpgradable": fixable,
            "isPatchable": coordinate.get("is_patchable"),
            "isPinnable": coordinate.get("is_pinnable"),
        }
        for each in objects(coordinate.get("representations")):
            dependency = each.get("dependency")
            if isinstance(dependency, dict):
                name, version = dependency.get("package_name"), dependency.get("package_version")
                found.append({**shared, **flags, "packageName": name, "version": version})
    if not found:
        raise UnreadableEvidence(f"has an issue without a package: {own or key or 'no key'}")
    return found


def project_id(item: Row) -> str:
    """The id of the project that an issue is of, empty where it does not say."""
    relationships = item.get("relationships")
    scanned = relationships.get("scan_item") if isinstance(relationships, dict) else None
    data = scanned.get("data") if isinstance(scanned, dict) else None
    return as_text(data.get("id"), limit=200) if isinstance(data, dict) else ""


def _project(identifier: str, rows: Rows) -> Project:
    name = identifier or "a project"
    return Project(ScannedProject(name), name, "", rows, about=About(id=identifier or None))
