"""Evidence: known vulnerabilities and licences of dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gatepass.model.about import About
from gatepass.model.scan import Severity
from gatepass.model.source import Source


@dataclass(frozen=True, slots=True)
class Package:
    """A dependency; ``purl`` where the report gives it or it can be made without a guess."""

    name: str
    version: str | None = None
    ecosystem: str | None = None
    purl: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Ignored:
    """An issue that the scanner's own configuration hides: by whom and until when, where it says."""

    reason: str = ""
    by: str | None = None
    expires: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One issue in one package, however many paths lead to it.

    ``id`` is the tool's own, ``aliases`` the CVE, GHSA and others. ``severity`` is the worst that the
    report gives. ``cvss`` is a base score 0.0–10.0. ``published`` is UTC. ``paths`` are dependency
    paths, outermost first, at most ten kept; ``path_count`` counts all. ``fixed_in`` are versions.
    ``ignored`` is set when the scanner's own configuration hides it. ``artifact`` is the digest
    (``sha256:…``) by which the image was named that was scanned, None where it was not.
    """

    id: str
    package: Package
    severity: Severity
    title: str = ""
    aliases: tuple[str, ...] = ()
    cvss: float | None = None
    published: datetime | None = None
    fixed_in: tuple[str, ...] = ()
    fixable: bool = False
    exploit: str | None = None
    direct: bool | None = None
    paths: tuple[tuple[str, ...], ...] = ()
    path_count: int = 1
    url: str | None = None
    target: str | None = None
    ignored: Ignored | None = None
    artifact: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The id and its aliases."""
        return (self.id, *(a for a in self.aliases if a != self.id))


@dataclass(frozen=True, slots=True)
class LicenceIssue:
    """A dependency whose licence the scanner's own policy objects to; ``artifact`` as a vulnerability's."""

    id: str
    package: Package
    licence: str
    severity: Severity
    target: str | None = None
    ignored: Ignored | None = None
    artifact: str | None = None


@dataclass(frozen=True, slots=True)
class ScannedProject:
    """One project, manifest or image that was scanned; ``dependencies`` counts what was looked at."""

    name: str
    target: str | None = None
    ecosystem: str | None = None
    dependencies: int | None = None


@dataclass(frozen=True, slots=True)
class Vulnerabilities:
    """What a scanner found in all the projects of one report.

    ``severity_threshold`` is set when the scanner was told to leave lower severities out, so that their
    absence proves nothing. ``about`` is what the report says of each project, one that says nothing included.
    """

    KIND: ClassVar[str] = "vulnerabilities"

    source: Source
    tool: str
    projects: tuple[ScannedProject, ...]
    issues: tuple[Vulnerability, ...] = ()
    licences: tuple[LicenceIssue, ...] = ()
    severity_threshold: Severity | None = None
    about: tuple[About, ...] = ()
