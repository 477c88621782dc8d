"""Security severity as analysers write it."""

from __future__ import annotations

from gatepass.evidence._json import as_number
from gatepass.model.facts import Json
from gatepass.model.scan import Severity

_NOBODY_JUDGED = frozenset({"", "-", "n/a", "na", "null", "none", "undefined", "unknown"})


def band(score: float) -> Severity:
    """The severity of a score from 0.0 to 10.0, in the bands of GitHub code scanning.

    https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    """
    if score >= 9:
        return Severity.CRITICAL
    if score >= 7:
        return Severity.HIGH
    if score >= 4:
        return Severity.MEDIUM
    return Severity.LOW if score > 0 else Severity.NONE


def security_severity(value: Json) -> tuple[float | None, Severity, str | None]:
    """Score, severity and a remark of a ``security-severity`` property, a number or a string.

    The words of our severities are taken too. What was judged, but cannot be read (above 10, ``NaN``, another
    word), is critical without a score, with a remark: who judged it may have meant the worst.
    """
    if value is None:
        return None, Severity.UNKNOWN, None
    score = as_number(value)
    if score is not None and 0 <= score <= 10:
        return score, band(score), None
    written = value.strip().casefold() if isinstance(value, str) else ""
    if isinstance(value, str) and written in _NOBODY_JUDGED:
        return None, Severity.UNKNOWN, None
    if written in set(Severity):
        return None, Severity(written), None
    if score is not None and score > 10:
        return None, Severity.CRITICAL, f"security-severity {score:g} is above 10: counted as critical"
    said = f"security-severity {str(value)[:40]!r} is no score from 0 to 10"
    return None, Severity.CRITICAL, f"{said}: counted as critical"


def severity_named(value: Json) -> Severity | None:
    """The severity that a word names, whatever its case; None when it names none of ours."""
    written = value.strip().casefold() if isinstance(value, str) else ""
    return Severity(written) if written in set(Severity) else None
