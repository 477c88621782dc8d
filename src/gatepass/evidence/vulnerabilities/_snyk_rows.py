"""Snyk's rows: one for each dependency path, gathered to one issue for each id and package."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_number, as_object, as_text, objects
from gatepass.evidence.vulnerabilities._purl import ecosystem_of, package_url
from gatepass.model.facts import Json
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Ignored, LicenceIssue, Package, Vulnerability

PATHS_KEPT = 10
_STEPS_KEPT = 50
_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.LOW,  # the REST interface's mildest; counted with low, so that it is not lost
}
Row = dict[str, Json]
Key = tuple[str, str, str, bool]


def severity_of(*texts: Json) -> Severity:
    """The worst of several severities as Snyk writes them; ``unknown`` where there is none."""
    found = [_SEVERITIES.get(as_text(text).strip().casefold(), Severity.UNKNOWN) for text in texts]
    return max(found, key=lambda each: each.rank, default=Severity.UNKNOWN)


@dataclass(slots=True)
class _Issue:
    """An issue while its rows come in; the first row speaks for all but severity, fixes and paths."""

    row: Row
    package: tuple[str, str]
    severity: Severity
    ignored: Ignored | None
    aliases: dict[str, None] = field(default_factory=dict)
    fixed_in: dict[str, None] = field(default_factory=dict)
    fixable: bool = False
    direct: bool | None = None
    paths: list[tuple[str, ...]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    path_count: int = 0
    published: datetime | None = None
    cvss: float | None = None


@dataclass(slots=True)
class Rows:
    """The rows of one project. `add` takes them one at a time, so that a long list need not be kept."""

    issues: dict[Key, _Issue] = field(default_factory=dict)
    count: int = 0

    def add(self, element: Json, *, ignored: Ignored | None = None) -> None:
        """Take in a row. Raises `UnreadableEvidence` when it is no issue."""
        self.count += 1
        row = as_object(element, "an issue")
        identifier = as_text(row.get("id"), limit=200).strip()
        if not identifier:
            raise UnreadableEvidence(f"has an issue without an id, number {self.count} of its project")
        name, version = _name_and_version(row)
        severity = severity_of(row.get("severity"), row.get("severityWithCritical"))
        key = (identifier, name, version, ignored is not None)
        issue = self.issues.get(key)
        if issue is None:
            issue = self.issues[key] = _Issue(_slim(row), (name, version), severity, ignored)
        _merge(issue, row, severity)

    @property
    def ids(self) -> frozenset[str]:
        """The distinct ids of what is not ignored, licences included, as Snyk's ``uniqueCount`` has it."""
        return frozenset(identifier for identifier, _, _, hidden in self.issues if not hidden)

    def vulnerabilities(
        self, manager: str, target: str | None, artifact: str | None = None
    ) -> tuple[Vulnerability, ...]:
        """The vulnerabilities; ``manager`` is the project's package manager, for rows that name none."""
        return tuple(
            _vulnerability(issue, manager, target, artifact)
            for issue in self.issues.values()
            if issue.row.get("type") != "license"
        )

    def licences(
        self, manager: str, target: str | None, artifact: str | None = None
    ) -> tuple[LicenceIssue, ...]:
        """The issues with licences that Snyk lists among the vulnerabilities."""
        return tuple(
            LicenceIssue(
                id=as_text(issue.row["id"], limit=200).strip(),
                package=_package(issue, manager),
                licence=_licence(issue.row),
                severity=issue.severity,
                target=target,
                ignored=issue.ignored,
                artifact=artifact,
            )
            for issue in self.issues.values()
            if issue.row.get("type") == "license"
        )


def add_ignored(rows: Rows, filtered: Json) -> None:
    """Take in ``filtered``: what Snyk's own configuration (a ``.snyk`` file or its site) hides."""
    if filtered is None:
        return
    hidden = as_object(filtered, "'filtered'")
    for name, reason in (("ignore", ""), ("patch", "patched, the .snyk file says")):
        for element in as_array(hidden.get(name) or [], f"'filtered.{name}'"):
            rows.add(element, ignored=_ignored(as_object(element, "an ignored issue"), reason))


def _ignored(row: Row, reason: str) -> Ignored:
    marks = as_object(row.get("filtered") or {}, "'filtered' of an ignored issue")
    entries = objects(marks.get("ignored")) + objects(marks.get("patches"))
    entry = entries[0] if entries else {}
    # several entries may hide one issue: it stays hidden only as long as the first of them to end
    ends = [_end(each["expires"]) for each in entries if each.get("expires") is not None]
    by = entry.get("ignoredBy")
    if isinstance(by, dict):
        by = by.get("name") or by.get("email") or by.get("id")
    return Ignored(
        reason=as_text(entry.get("reason")).strip() or reason,
        by=as_text(by, limit=200) or None,
        expires=min(ends, default=None),
        source=as_text(entry.get("source"), limit=200) or None,
    )


def _end(written: Json) -> datetime:
    """When an ignore ends. An end that nobody can read is no reason to ignore something for ever."""
    end = instant(written)
    if end is None:
        raise UnreadableEvidence(
            f"has an ignore that ends at no time that can be read: {str(written)[:40]!a}"
        )
    return end


def _merge(issue: _Issue, row: Row, severity: Severity) -> None:
    issue.severity = max(issue.severity, severity, key=lambda each: each.rank)
    issue.aliases.update(dict.fromkeys(_aliases(row.get("identifiers"))))
    issue.fixed_in.update(dict.fromkeys(_fixed_in(row)))
    flags = ("isUpgradable", "isPatchable", "isPinnable")
    issue.fixable = issue.fixable or bool(issue.fixed_in) or any(row.get(flag) is True for flag in flags)
    published = instant(row.get("publicationTime"))
    if published and (issue.published is None or published < issue.published):
        issue.published = published
    cvss = as_number(row.get("cvssScore"))
    if cvss is not None and 0 <= cvss <= 10:
        issue.cvss = max(cvss, issue.cvss or 0.0)
    _merge_path(issue, row.get("from"))


def _merge_path(issue: _Issue, steps: Json) -> None:
    path = tuple(as_text(step, limit=300) for step in steps) if isinstance(steps, list) else ()
    if not path:
        issue.path_count += 1
        return
    # the same path twice is one path; its hash stands for it, because there can be very many
    if (mark := hash(path)) in issue.seen:
        return
    issue.seen.add(mark)
    issue.path_count += 1
    issue.direct = issue.direct or len(path) <= 2
    if len(issue.paths) < PATHS_KEPT:
        issue.paths.append(path[1:][:_STEPS_KEPT] if len(path) > 1 else path)


def _aliases(identifiers: Json) -> list[str]:
    if not isinstance(identifiers, dict):
        return []
    found: list[str] = []
    for scheme in ("CVE", "GHSA"):
        values = identifiers.get(scheme)
        texts = values if isinstance(values, list) else [values]
        found += [as_text(text, limit=100).strip() for text in texts]
    # GHSA's last parts are written in lower case, CVE's in upper
    return [text.upper() if text[:4].upper() == "CVE-" else text for text in found if text]


def _fixed_in(row: Row) -> list[str]:
    listed = row.get("fixedIn")
    versions = [*(listed if isinstance(listed, list) else []), row.get("nearestFixedInVersion")]
    return [text for text in (as_text(each, limit=100).strip() for each in versions) if text][:20]


def _name_and_version(row: Row) -> tuple[str, str]:
    name = next(
        (text for key in ("packageName", "moduleName", "name") if (text := as_text(row.get(key)))), ""
    )
    version = as_text(row.get("version") or row.get("packageVersion"), limit=200)
    steps = row.get("from")
    if isinstance(steps, list) and steps and not (name and version):
        # unmanaged C/C++ writes the version nowhere else
        before, _, after = as_text(steps[-1]).rpartition("@")
        name, version = name or before, version or after
    if not name:
        raise UnreadableEvidence(f"has an issue without a package: {as_text(row.get('id'), limit=80)}")
    return name, version


_KEPT = ("id", "type", "title", "packageManager", "language", "exploit", "exploitMaturity", "license")


def _slim(row: Row) -> Row:
    return {key: row[key] for key in _KEPT if key in row}


def _package(issue: _Issue, manager: str) -> Package:
    name, version = issue.package
    manager = as_text(issue.row.get("packageManager"), limit=100) or manager
    return Package(name, version or None, ecosystem_of(manager), package_url(manager, name, version or None))


def _licence(row: Row) -> str:
    named = as_text(row.get("license"), limit=300).strip()
    return named or as_text(row["id"], limit=300).rpartition(":")[2] or "unknown"


def _vulnerability(issue: _Issue, manager: str, target: str | None, artifact: str | None) -> Vulnerability:
    identifier = as_text(issue.row["id"], limit=200).strip()
    exploit = as_text(issue.row.get("exploit") or issue.row.get("exploitMaturity"), limit=100)
    return Vulnerability(
        id=identifier,
        package=_package(issue, manager),
        severity=issue.severity,
        title=as_text(issue.row.get("title"), limit=300),
        aliases=tuple(alias for alias in issue.aliases if alias != identifier),
        cvss=issue.cvss,
        published=issue.published,
        fixed_in=tuple(issue.fixed_in),
        fixable=issue.fixable,
        exploit=exploit or None,
        direct=issue.direct,
        paths=tuple(issue.paths),
        path_count=issue.path_count,
        url=f"https://security.snyk.io/vuln/{identifier}" if identifier.startswith("SNYK-") else None,
        target=target,
        ignored=issue.ignored,
        artifact=artifact,
    )
