"""SonarQube's answers about one project, read side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.checks._quality_gate_limits import number
from gatepass.model.quality_gate import Condition, GateStatus, QualityGate

# coverage and duplication of new code, which the server counts as OK when a change is small:
# https://docs.sonarsource.com/sonarqube-server/latest/quality-standards-administration/managing-quality-gates/
LEFT_OUT_OF_SMALL_CHANGES = frozenset(
    (
        "new_coverage",
        "new_line_coverage",
        "new_branch_coverage",
        "new_duplicated_lines_density",
        "new_duplicated_lines",
        "new_blocks_duplicated",
    )
)

_BEST_TO_WORST = (GateStatus.OK, GateStatus.WARN, GateStatus.NONE, GateStatus.ERROR)
_PASSING = (GateStatus.OK, GateStatus.NO_VALUE)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a metric as the server wrote it, and the report in which it stands."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What all answers about one project say; ``project`` is None when no answer names one."""

    project: str | None
    answers: tuple[QualityGate, ...]

    @property
    def statuses(self) -> tuple[tuple[GateStatus, str], ...]:
        """Every status with the name of its report."""
        return tuple((a.status, a.source.name) for a in self.answers if a.status is not None)

    @property
    def status(self) -> GateStatus | None:
        """The worst status of all answers; None when none has one."""
        return max((status for status, _ in self.statuses), key=_BEST_TO_WORST.index, default=None)

    @property
    def gate(self) -> str | None:
        """The name of the quality gate."""
        return next((a.gate for a in self.answers if a.gate), None)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all answers."""
        return tuple(condition for answer in self.answers for condition in answer.conditions)

    @property
    def broken(self) -> tuple[Condition, ...]:
        """The conditions that are not met: by the server's word, or by their own value."""
        return tuple(c for c in self.conditions if c.status not in _PASSING or _contradicts(c))

    @property
    def left_out(self) -> tuple[Condition, ...]:
        """The conditions that the server counts as OK because the change is small.

        They are those whose value is not met. Where the server says that it left some out, they may also be
        those without a value.
        """
        return tuple(
            condition
            for answer in self.answers
            for condition in _small_change_conditions(answer)
            if breaks(condition) or (answer.ignored and not _measurable(condition))
        )

    @property
    def left_out_unnamed(self) -> bool:
        """Whether an answer says that conditions were left out and holds none of those it may leave out."""
        return any(answer.ignored and not _small_change_conditions(answer) for answer in self.answers)

    @property
    def judged_nothing(self) -> bool:
        """Whether no condition has a value, so that a status means nothing."""
        return all(condition.actual is None for condition in self.conditions)

    def values(self, metric: str) -> tuple[Value, ...]:
        """Every value of a metric, from conditions and from measures."""
        found = [
            Value(text, answer.source.name)
            for answer in self.answers
            for name, text in _named_values(answer)
            if name == metric
        ]
        return tuple(dict.fromkeys(found))

    @property
    def revisions(self) -> tuple[str, ...]:
        """The commits that were analysed."""
        return tuple(dict.fromkeys(a.revision for a in self.answers if a.revision))

    @property
    def pointers(self) -> tuple[QualityGate, ...]:
        """The answers that point to a task and tell no status."""
        return tuple(a for a in self.answers if a.status is None and a.task_id)

    @property
    def differences(self) -> tuple[str, ...]:
        """Why the answers cannot be about one analysis, in words; empty when they can."""
        judged = {a.task_id for a in self.answers if a.status is not None and a.task_id}
        pointed = {a.task_id for a in self.pointers if a.task_id}
        analyses = {a.analysis_id for a in self.answers if a.analysis_id}
        found = []
        if judged and not pointed <= judged:
            found.append(f"the status is of task {_listed(judged)}, not of {_listed(pointed - judged)}")
        elif not judged and len(pointed) > 1:
            found.append(f"tasks {_listed(pointed)}")
        if len(analyses) > 1:
            found.append(f"analyses {_listed(analyses)}")
        return tuple(found)


def in_order(answers: Iterable[QualityGate]) -> tuple[QualityGate, ...]:
    """The answers in an order that does not depend on how they were given."""
    return tuple(sorted(answers, key=lambda answer: (answer.source.name, repr(answer))))


@dataclass(frozen=True, slots=True)
class Projects:
    """The answers by project: what is judged, and what names no project where several do."""

    judged: tuple[Analysis, ...]
    nameless: tuple[QualityGate, ...] = ()


def by_project(answers: tuple[QualityGate, ...]) -> Projects:
    """Sorts answers by project.

    An answer that names no project belongs to the one project that the others name. Where they name
    several, nobody can tell.
    """
    named = sorted({answer.project for answer in answers if answer.project})
    if len(named) < 2:
        return Projects((Analysis(named[0] if named else None, answers),))
    return Projects(
        tuple(Analysis(key, tuple(a for a in answers if a.project == key)) for key in named),
        tuple(answer for answer in answers if not answer.project),
    )


def breaks(condition: Condition) -> bool:
    """Whether the actual value is what the condition forbids, as far as both are numbers."""
    actual = number(condition.actual, condition.metric)
    threshold = number(condition.threshold, condition.metric)
    if actual is None or threshold is None:
        return False
    return {
        "LT": actual < threshold,
        "GT": actual > threshold,
        "EQ": actual == threshold,
        "NE": actual != threshold,
    }.get(condition.comparator or "", False)


def _contradicts(condition: Condition) -> bool:
    return condition.metric not in LEFT_OUT_OF_SMALL_CHANGES and breaks(condition)


def _small_change_conditions(answer: QualityGate) -> tuple[Condition, ...]:
    return tuple(
        c for c in answer.conditions if c.metric in LEFT_OUT_OF_SMALL_CHANGES and c.status in _PASSING
    )


def _measurable(condition: Condition) -> bool:
    values = (condition.actual, condition.threshold)
    return None not in [number(value, condition.metric) for value in values]


def _named_values(answer: QualityGate) -> Iterable[tuple[str, str]]:
    yield from ((c.metric, c.actual) for c in answer.conditions if c.actual is not None)
    yield from answer.measures


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:3])
