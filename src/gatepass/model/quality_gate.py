"""Evidence: a quality gate that another server judged, and the measures it judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gatepass.model.about import About
from gatepass.model.source import Source


class GateStatus(StrEnum):
    """SonarQube's word for a gate or a condition; ``NO_VALUE`` stands for conditions alone."""

    OK = "OK"
    WARN = "WARN"
    ERROR = "ERROR"
    NONE = "NONE"
    NO_VALUE = "NO_VALUE"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate; ``actual`` and ``threshold`` as the server wrote them, None if absent.

    ``comparator`` is ``GT`` or ``LT``, before SonarQube 7.6 also ``EQ`` or ``NE``: the condition is broken
    when the actual value is so.
    """

    metric: str
    status: GateStatus
    comparator: str | None = None
    threshold: str | None = None
    actual: str | None = None


@dataclass(frozen=True, slots=True)
class QualityGate:
    """What one answer of the server says; answers about one analysis are read side by side.

    ``status`` is None when the answer has none (measures alone, or a pointer to a task). ``ignored``
    tells that the server left conditions out because the change is small. ``measures`` maps a metric to
    its value as the server wrote it. ``revision`` is the commit that was analysed. ``task_id`` points to
    an analysis that has not been asked for.
    """

    KIND: ClassVar[str] = "quality-gate"

    source: Source
    status: GateStatus | None = None
    conditions: tuple[Condition, ...] = ()
    ignored: bool = False
    measures: tuple[tuple[str, str], ...] = ()
    project: str | None = None
    gate: str | None = None
    branch: str | None = None
    analysis_id: str | None = None
    task_id: str | None = None
    revision: str | None = None
    analysed: datetime | None = None
    server: str | None = None
    pull_request: str | None = None

    @property
    def about(self) -> tuple[About, ...]:
        """The project and branch or pull request that the answer names; empty when it names no project."""
        if self.project is None:
            return ()
        return (About(self.project, self.project, branch=self.branch, change_request=self.pull_request),)
