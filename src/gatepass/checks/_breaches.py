"""How many issues a rule lets stand, and from when on too many do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from gatepass.checks._check import Question
from gatepass.globs import matches_any
from gatepass.model.build import Build
from gatepass.model.decision import Finding
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Package, Vulnerabilities

MAXIMUM_FINDINGS = 500
JUDGED = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
COUNTED = (*JUDGED, Severity.UNKNOWN)
Issue = TypeVar("Issue")


def numbers(value: Json) -> dict[Severity, int]:
    """Numbers by severity, as a policy writes them."""
    given = value if isinstance(value, dict) else {}
    return {Severity(name): each for name, each in given.items() if isinstance(each, int)}


def globs(value: Json) -> tuple[str, ...]:
    """A list of globs, as a policy writes it."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def globs_schema(description: str, stricter: str) -> Json:
    """A list of globs as a parameter; none begins with ``!``, which would take away what others gave."""
    return {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "pattern": "^[^!]"},
        "minItems": 1,
        "description": description,
        "x-stricter": stricter,
    }


def matches(patterns: Iterable[str], *given: str | None) -> bool:
    """Whether one of the names fits one of the globs; capitals make no difference."""
    wanted = tuple(patterns)
    return any(matches_any(name, wanted, ignore_case=True) for name in given if name)


def selected(package: Package, parameters: Mapping[str, Json]) -> bool:
    """Whether a rule is about this package, by its ``packages`` and ``excluded-packages``."""
    bare = package.purl.rpartition("@")[0] if package.purl else None
    called = (package.name, package.purl, bare)
    wanted, excluded = globs(parameters.get("packages")), globs(parameters.get("excluded-packages"))
    return (not wanted or matches(wanted, *called)) and not matches(excluded, *called)


def limit_of(limits: Mapping[Severity, int], severity: Severity) -> int | None:
    """How many issues of a severity may stand; None for any number.

    A severity that is not named takes the limit of the next milder one that is, because whoever forbids
    medium issues does not mean to allow high ones. ``unknown`` takes the smallest limit that is named.
    """
    if severity in limits:
        return limits[severity]
    if severity is Severity.UNKNOWN:
        return min(limits.values(), default=None)
    milder = JUDGED[JUDGED.index(severity) :] if severity in JUDGED else ()
    return next((limits[each] for each in milder if each in limits), None)


@dataclass(frozen=True, slots=True)
class Breach:
    """An issue that is too many; ``warns_until`` is the instant from which it is, None for already."""

    finding: Finding

    @property
    def order(self) -> tuple[object, ...]:
        """What blocks comes first, then the worst."""
        until = self.finding.warns_until
        rank = self.finding.severity.rank if self.finding.severity else 0
        return (until is not None, -rank, self.finding.message, self.finding.fingerprint)


def breaching(
    issues: Sequence[tuple[Issue, datetime | None]], limit: int | None, now: datetime
) -> list[tuple[Issue, datetime | None]]:
    """The issues of one severity when there are more than ``limit``, each with the end of its warning.

    Each issue comes with the end of its own grace, None where it has none; until then it does not count.
    So the rule is broken from the instant at which more than ``limit`` count, and nothing blocks before;
    from then on each issue blocks whose own grace has ended.
    """
    if limit is None or len(issues) <= limit:
        return []
    ends = [max(end, now) if end else now for _, end in issues]
    broken_from = sorted(ends)[limit]
    untils = [max(end, broken_from) for end in ends]
    return [(issue, until if until > now else None) for (issue, _), until in zip(issues, untils, strict=True)]


def end_of_grace(published: datetime | None, days: int | None) -> datetime | None:
    """``days`` after the publication; None where either is unknown."""
    return published + timedelta(days=days) if published and days else None


def at_most(question: Question, findings: list[Finding]) -> list[Finding]:
    """The findings in order, what blocks first; past 500, one more that stands for all the rest."""
    ordered = [each.finding for each in sorted(map(Breach, findings), key=lambda breach: breach.order)]
    rest = ordered[MAXIMUM_FINDINGS:]
    if not rest:
        return ordered
    ends = [each.warns_until for each in rest if each.warns_until]
    summary = question.finding(
        f"{len(rest)} more findings of this rule; the report has them all",
        identity=("rest",),
        severity=max((each.severity for each in rest if each.severity), key=lambda s: s.rank, default=None),
        warns_until=min(ends) if len(ends) == len(rest) else None,
    )
    return [*islice(ordered, MAXIMUM_FINDINGS), summary]


def manifest_of(targets: Iterable[str], reports: Iterable[Vulnerabilities]) -> str | None:
    """The first target that is a file of the workspace: a manifest, not an image or an absolute path."""
    files = {project.target for report in reports for project in report.projects if project.target}
    for target in sorted(files.intersection(targets)):
        absolute = target.startswith(("/", "~")) or target[1:2] == ":"
        inside = ".." not in target.split("/") and "://" not in target
        if inside and not absolute and target.isprintable():
            return target
    return None


def artifact_of(artifacts: Iterable[str | None], build: Build) -> str | None:
    """The artifact of the build that all these are, by its digest (``sha256:…``); None where there is none.

    A report may have been written by anybody, so what it names must be something that the build made.
    """
    told = set(artifacts)
    made = {f"sha256:{dict(each.digest).get('sha256', '')}" for each in build.artifacts}
    return told.pop() if len(told) == 1 and told <= made else None


def place_of(path: str | None) -> Place | None:
    """A place for a manifest, None for the rule's own line."""
    return Place(path) if path else None
