"""SonarQube's values as exact numbers, and what a policy demands of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from gatepass.model.facts import Json
from gatepass.model.policy import Rule
from gatepass.model.quality_gate import Condition

RATINGS = "ABCDE"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a policy demands of a metric: at least one of both bounds."""

    metric: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def broken_by(self, value: Decimal) -> bool:
        """Whether a value is beyond a bound."""
        return self._excess(value) > 0

    def worst(self, texts: Iterable[str]) -> Decimal | None:
        """The value that is worst by this limit; None when none of them is a number."""
        values = [value for text in texts if (value := self.number(text)) is not None]
        return max(values, key=self._excess, default=None)

    def number(self, text: str) -> Decimal | None:
        """A value of this metric as a number."""
        return number(text, self.metric)

    def shown(self, value: Decimal) -> str:
        """A value for people."""
        nearest = self.maximum if self.minimum is None or self._above(value) else self.minimum
        return shown(value, self.metric, nearest)

    @property
    def demand(self) -> str:
        """The limit in words: ``at least 80``, ``B or better``."""
        if self.minimum is None:
            return _at_most(self.metric, self.maximum or Decimal(0))
        least = f"at least {shown(self.minimum, self.metric)}"
        return least if self.maximum is None else f"{least} and {_at_most(self.metric, self.maximum)}"

    def summary(self, texts: Iterable[str]) -> str:
        """The worst value beside the limit: ``new_coverage 82.5 of 80``."""
        worst = self.worst(texts)
        if worst is None:
            return f"{self.metric} without a value"
        return f"{self.metric} {self.shown(worst)} of {self.demand.removeprefix('at least ')}"

    def _above(self, value: Decimal) -> bool:
        return self.maximum is not None and value > self.maximum

    def _excess(self, value: Decimal) -> Decimal:
        """How far a value is beyond the nearer bound; negative within."""
        below = [] if self.minimum is None else [self.minimum - value]
        above = [] if self.maximum is None else [value - self.maximum]
        return max(below + above)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a rule demands."""

    limits: tuple[Limit, ...] = ()
    status: bool = True
    accepts_left_out: bool = False
    same_commit: bool = True


def read_demand(rule: Rule) -> Demand:
    """What the parameters of a rule, valid by the schema, demand."""
    given = rule.parameters
    conditions = cast("Mapping[str, Mapping[str, Json]]", given.get("conditions") or {})
    return Demand(
        limits=tuple(
            Limit(metric, _bound(bounds.get("minimum")), _bound(bounds.get("maximum")))
            for metric, bounds in conditions.items()
        ),
        status=given.get("status", "OK") != "any",
        accepts_left_out=given.get("ignored-conditions") == "accept",
        same_commit=given.get("same-commit", True) is not False,
    )


def demanded_by_gate(condition: Condition) -> str:
    """A condition of the gate in words: its value, and what the gate demands."""
    metric = condition.metric
    actual, threshold = number(condition.actual, metric), number(condition.threshold, metric)
    value = f"is {condition.actual}" if condition.actual else "has no value"
    limit = condition.threshold
    if actual is not None:
        value = f"is {shown(actual, metric, threshold)}"
    if threshold is not None:
        limit = shown(threshold, metric)
    if limit is None or condition.comparator is None:
        return f"{metric} {value}, which the quality gate counts as {condition.status}"
    if condition.comparator == "GT":
        words = _at_most(metric, threshold) if threshold is not None else f"at most {limit}"
    else:
        words = f"{_DEMANDED[condition.comparator]} {limit}"
    return f"{metric} {value}; the quality gate demands {words}"


_DEMANDED = {"LT": "at least", "EQ": "anything but", "NE": "exactly"}


def is_rating(metric: str) -> bool:
    """Whether a metric is a rating from 1 (A) to 5 (E)."""
    return metric.endswith("_rating")


_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
_LARGEST = Decimal(10) ** 15


def number(text: str | None, metric: str) -> Decimal | None:
    """A value as an exact number; the letter of a rating counts as 1 to 5. None when it is no number."""
    if text is None:
        return None
    if is_rating(metric) and len(text) == 1 and text in RATINGS:
        return Decimal(RATINGS.index(text) + 1)
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    return value if abs(value) < _LARGEST else None


def shown(value: Decimal, metric: str, limit: Decimal | None = None) -> str:
    """A value for people: as few decimals as keep it on its side of the limit."""
    if is_rating(metric) and value in (1, 2, 3, 4, 5):
        return RATINGS[int(value) - 1]
    if limit is None:
        return plain(value)
    for decimals in (0, 1, 2, 3, 4, 5, 6):
        rounded = round(value, decimals)
        if rounded == value or (decimals and value.compare(limit) == rounded.compare(limit)):
            return f"{rounded:f}"
    return plain(value)


def plain(value: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bound(value: Json) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, str):
        return Decimal(RATINGS.index(value) + 1)
    return Decimal(str(value))


def _at_most(metric: str, limit: Decimal) -> str:
    if is_rating(metric):
        best = shown(limit, metric)
        return best if best == RATINGS[0] else f"{best} or better"
    return f"at most {shown(limit, metric)}"
