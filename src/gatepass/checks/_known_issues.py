"""Issues that several reports tell of, put together: one for each id, package and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Ignored, Package, Vulnerability

Rank = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Known:
    """One issue in one version of a package, as one or more reports tell of it.

    ``id`` is its CVE, else its GHSA, else the tool's own id. Where the reports differ, the worse holds:
    the worst severity, the earliest publication, fixable if one says so, direct unless all deny it,
    ignored only if all ignore it.
    """

    id: str
    told: tuple[Vulnerability, ...]

    @property
    def package(self) -> Package:
        """The package; with a purl if one report gives it."""
        return min((each.package for each in self.told), key=lambda p: (p.purl is None, p.purl or ""))

    @property
    def severity(self) -> Severity:
        """The worst that is told."""
        return max((each.severity for each in self.told), key=lambda severity: severity.rank)

    @property
    def ids(self) -> tuple[str, ...]:
        """The id and all others, in order."""
        others = {name for each in self.told for name in each.ids if name != self.id}
        return (self.id, *sorted(others))

    @property
    def title(self) -> str:
        """What it is, in the words of the first report that says it."""
        return next((each.title for each in self.told if each.title), "")

    @property
    def fixable(self) -> bool:
        """Whether a report knows a way to fix it."""
        return any(each.fixable for each in self.told)

    @property
    def direct(self) -> bool:
        """Whether it is a direct dependency, or nobody knows that it is not."""
        return any(each.direct is not False for each in self.told)

    @property
    def fixed_in(self) -> tuple[str, ...]:
        """The versions without it."""
        return tuple(dict.fromkeys(version for each in self.told for version in each.fixed_in))

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The dependency paths that were kept, shortest first."""
        distinct = {path for each in self.told for path in each.paths}
        return tuple(sorted(distinct, key=lambda path: (len(path), path)))

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it was found: manifests, images or projects."""
        return tuple(sorted({each.target for each in self.told if each.target}))

    @property
    def ignores(self) -> tuple[Ignored, ...]:
        """The ignores of the scanner's own configuration."""
        return tuple(each.ignored for each in self.told if each.ignored)

    def ignored_at(self, now: datetime) -> bool:
        """Whether every report ignores it at that instant."""
        return all(in_force(each.ignored, now) for each in self.told)

    def published_by(self, now: datetime) -> datetime | None:
        """The first publication; None when it is unknown, or said to lie in the future."""
        given = [each.published for each in self.told if each.published]
        first = min(given, default=None)
        return first if first and first <= now else None


def in_force(ignored: Ignored | None, now: datetime) -> bool:
    """Whether an ignore of the scanner's own configuration holds at that instant."""
    return ignored is not None and (ignored.expires is None or now < ignored.expires)


def known_issues(told: Iterable[Vulnerability]) -> tuple[Known, ...]:
    """The distinct issues, in an order that does not depend on the order of the reports.

    Two are one if package, version and id are the same. An issue without a CVE takes the id of one that
    shares an id with it and has a better; nothing is joined over more than that one step, because an
    override of one issue would then cover others that it does not name.
    """
    by_package: dict[tuple[str, str], list[Vulnerability]] = {}
    for each in told:
        by_package.setdefault((each.package.name, each.package.version or ""), []).append(each)
    return tuple(known for key in sorted(by_package) for known in _of_package(by_package[key]))


def _of_package(told: list[Vulnerability]) -> Iterator[Known]:
    best: dict[str, Rank] = {}
    for each in told:
        rank = _rank(each)
        for name in each.ids:
            best[name] = min(rank, best.get(name, rank))
    grouped: dict[str, list[Vulnerability]] = {}
    for each in told:
        own = _rank(each)
        rank = own if own[0] == 0 else min(best[name] for name in each.ids)
        grouped.setdefault(rank[1], []).append(each)
    for identifier in sorted(grouped):
        yield Known(identifier, tuple(sorted(grouped[identifier], key=_order)))


def _rank(issue: Vulnerability) -> Rank:
    """The best of its ids: a CVE before a GHSA before the tool's own."""
    return min(_rank_of(name, own=name == issue.id) for name in issue.ids)


def _rank_of(name: str, *, own: bool) -> Rank:
    if name.startswith("CVE-"):
        return (0, name)
    if name.startswith("GHSA-"):
        return (1, name)
    return (2 if own else 3, name)


def _order(issue: Vulnerability) -> tuple[object, ...]:
    return (issue.id, issue.target or "", issue.title, issue.fixed_in, issue.paths, issue.ignored is not None)
