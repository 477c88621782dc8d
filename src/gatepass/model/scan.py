"""Evidence of kind `findings`: what an analyser reported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple

from gatepass.model.about import About
from gatepass.model.place import Place
from gatepass.model.source import Source


class Level(StrEnum):
    """SARIF's level of a result."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"


class Severity(StrEnum):
    """Security severity, worst first; ``unknown`` is not ``none``: nobody has judged it."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """5 for critical down to 1 for none and 0 for unknown."""
        return 5 - list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A result that the tool's own configuration or the code lets through.

    ``kind`` is SARIF's ``inSource`` or ``external``. Times are as the tool wrote them.
    """

    kind: str
    status: str = "accepted"
    justification: str = ""
    by: str | None = None
    expires: str | None = None


class ScanResult(NamedTuple):
    """One result of an analyser that stands for a violation (SARIF kind ``fail``, ``open``, ``review``).

    A named tuple because a report can hold hundreds of thousands, and a frozen dataclass takes six times
    as long to make.

    ``kind`` is SARIF's. ``security_severity`` is the score 0.0–10.0 where the rule has one; level and
    severity are different axes and never made from each other. ``fingerprint`` identifies the result
    from run to run. ``baseline`` is SARIF's ``new``, ``unchanged``, ``updated``, or None.
    """

    tool: str
    rule_id: str
    level: Level
    message: str
    place: Place | None = None
    kind: str = "fail"
    security_severity: float | None = None
    severity: Severity = Severity.UNKNOWN
    fingerprint: str = ""
    suppressions: tuple[Suppression, ...] = ()
    baseline: str | None = None
    rule_name: str | None = None
    help_uri: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def suppressed(self) -> bool:
        """Whether the tool's own suppressions hold: there are some, and all are accepted."""
        return bool(self.suppressions) and all(s.status == "accepted" for s in self.suppressions)


@dataclass(frozen=True, slots=True)
class Tool:
    """An analyser that wrote a run: ``failure`` says why the run did not finish, None when it did."""

    name: str
    version: str | None = None
    rules: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """All runs of one analyser report.

    ``not_counted`` counts results left out because they report no violation (kinds ``pass``,
    ``notApplicable``, ``informational``) or are gone (``baselineState`` ``absent``). ``about`` are the
    projects that the report names as its own, empty where it names none.
    """

    KIND: ClassVar[str] = "findings"

    source: Source
    tools: tuple[Tool, ...]
    results: tuple[ScanResult, ...] = ()
    not_counted: int = 0
    about: tuple[About, ...] = ()
