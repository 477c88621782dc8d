"""What SonarQube's answers have in common: their words, their values, their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_array, as_object, as_text, objects
from gatepass.model.facts import Json
from gatepass.model.quality_gate import Condition, GateStatus

PRODUCER = "SonarQube"
_LONGEST_WORD = 400  # a project key may be as long

_COMPARATORS = {
    "GT": "GT",
    "LT": "LT",
    "EQ": "EQ",
    "NE": "NE",
    "GREATER_THAN": "GT",
    "LESS_THAN": "LT",
    "EQUALS": "EQ",
    "NOT_EQUALS": "NE",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a condition: the API and the webhook call the same things by other names."""

    metric: str
    comparator: str
    actual: str


API = Keys(metric="metricKey", comparator="comparator", actual="actualValue")
WEBHOOK = Keys(metric="metric", comparator="operator", actual="value")


def conditions(value: Json, keys: Keys) -> tuple[Condition, ...]:
    """The conditions of a gate. Raises `UnreadableEvidence` for one without a metric or a known status.

    Before SonarQube 7.6 a condition could be on the *change* of a measure since a period. Its metric is then
    given as ``coverage (leak period)``, so that nobody takes the change for the measure.
    """
    return tuple(
        _condition(as_object(each, f"condition {number}"), keys, f"condition {number}")
        for number, each in enumerate(as_array(value, "`conditions`"), start=1)
    )


def _condition(given: Mapping[str, Json], keys: Keys, what: str) -> Condition:
    metric = required_text(given, keys.metric, what)
    what = f"{what} ({metric})"
    status = _word(given, "status", what)
    if status not in set(GateStatus):
        raise UnreadableEvidence(f"{what} has the status {status!r}, which SonarQube does not know")
    comparator = _word(given, keys.comparator, what) if given.get(keys.comparator) is not None else None
    if comparator is not None and comparator not in _COMPARATORS:
        raise UnreadableEvidence(f"{what} compares by {comparator!r}, which SonarQube does not know")
    threshold = _threshold(given, GateStatus(status), what)
    if comparator is None and threshold is not None:
        raise UnreadableEvidence(f"{what} has a threshold, and does not say which side of it is good")
    return Condition(
        metric=f"{metric} (leak period)" if _is_change(given, metric) else metric,
        status=GateStatus(status),
        comparator=_COMPARATORS[comparator] if comparator else None,
        threshold=threshold,
        actual=value_text(given.get(keys.actual), what),
    )


def _is_change(given: Mapping[str, Json], metric: str) -> bool:
    since_period = given.get("periodIndex") is not None or given.get("onLeakPeriod") is True
    return since_period and not metric.startswith("new_")


def _threshold(given: Mapping[str, Json], status: GateStatus, what: str) -> str | None:
    error = value_text(given.get("errorThreshold"), what)
    warning = value_text(given.get("warningThreshold"), what)
    if status is GateStatus.WARN:
        return warning or error
    return error


def gate_status(given: Mapping[str, Json], what: str) -> GateStatus:
    """The status of a gate; ``NO_VALUE`` stands for conditions alone and is refused."""
    word = _word(given, "status", what)
    if word not in set(GateStatus) - {GateStatus.NO_VALUE}:
        raise UnreadableEvidence(f"{what} has the status {word!r}, which SonarQube does not know")
    return GateStatus(word)


def value_text(value: Json, what: str) -> str | None:
    """A value as the server wrote it; None when there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnreadableEvidence(f"{what} has a value that is neither text nor a number")
    return as_text(str(value).strip(), limit=_LONGEST_WORD) or None


def required_text(given: Mapping[str, Json], key: str, what: str) -> str:
    """The text at a key, or `UnreadableEvidence` that names ``what`` and the key."""
    text = optional_text(given, key)
    if text is None:
        raise UnreadableEvidence(f"{what} has no `{key}`")
    return text


def optional_text(given: Mapping[str, Json], key: str) -> str | None:
    """The text at a key; None when it is absent, empty or no text."""
    return as_text(given.get(key), limit=_LONGEST_WORD).strip() or None


def _word(given: Mapping[str, Json], key: str, what: str) -> str:
    return required_text(given, key, what).upper()


def error_answer(document: Mapping[str, Json]) -> str | None:
    """What the server said instead of an answer: ``{"errors": [{"msg": …}]}``; None when it answered."""
    if "errors" not in document:
        return None
    messages = [text for each in objects(document["errors"]) if (text := as_text(each.get("msg")).strip())]
    return f"the server answered: {'; '.join(messages[:3]) or 'an error without a message'}"
