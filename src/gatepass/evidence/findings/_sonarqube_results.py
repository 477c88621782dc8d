"""Issues and hotspots of SonarQube's as results of an analyser.

Since 10.2 an issue has impacts on software qualities; before, a type and a severity. Servers tell both for a
while, and the worse counts. A security severity is that of vulnerabilities and of impacts on security alone.
https://docs.sonarsource.com/sonarqube-server/latest/user-guide/code-metrics/metrics-definition/
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_array, as_object, as_text, objects
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.scan import Level, ScanResult, Severity, Suppression

TOOL = "SonarQube"
_OLD = {
    "BLOCKER": (Level.ERROR, Severity.CRITICAL),
    "CRITICAL": (Level.ERROR, Severity.HIGH),
    "MAJOR": (Level.WARNING, Severity.MEDIUM),
    "MINOR": (Level.NOTE, Severity.LOW),
    "INFO": (Level.NOTE, Severity.LOW),
}
_IMPACTS = {
    "BLOCKER": (Level.ERROR, Severity.CRITICAL),
    "HIGH": (Level.ERROR, Severity.HIGH),
    "MEDIUM": (Level.WARNING, Severity.MEDIUM),
    "LOW": (Level.NOTE, Severity.LOW),
    "INFO": (Level.NOTE, Severity.LOW),
}
_TYPES = ("CODE_SMELL", "BUG", "VULNERABILITY")
_QUALITIES = ("SECURITY", "RELIABILITY", "MAINTAINABILITY")
_PROBABILITIES = {"HIGH": Severity.HIGH, "MEDIUM": Severity.MEDIUM, "LOW": Severity.LOW}
_GONE = frozenset(("FIXED", "REMOVED"))
_LET_THROUGH = {
    "ACCEPTED": "accepted",
    "WONTFIX": "accepted",
    "FALSE_POSITIVE": "false positive",
    "FALSE-POSITIVE": "false positive",
    "SAFE": "safe",
}
_STATUSES = ("issueStatus", "simpleStatus", "resolution")  # as servers called it, the newest first
_MESSAGE = 1000

Entry = Mapping[str, Json]
Judged = tuple[Level, Severity]


@dataclass(slots=True)
class Results:
    """Makes results; ``paths`` and ``names`` are of components and rules, ``told`` is who decided, by key."""

    paths: Mapping[str, str]
    names: Mapping[str, str]
    told: Mapping[str, Entry]
    baseline: str | None
    not_counted: int = 0
    _repeated: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def issue(self, given: Entry) -> ScanResult | None:
        """The result of an issue; None, and counted, when it is gone."""
        status = next((word for key in _STATUSES if (word := _word(given, key))), "")
        if status in _GONE:
            self.not_counted += 1
            return None
        rule = _required(given, "rule", "an issue")
        level, severity, tags = _severity(given, rule)
        return self._result(
            given,
            rule,
            (level, severity),
            "fail",
            (*tags, *(as_text(each, limit=100) for each in _list(given, "tags"))),
            self._suppression(given, status if status in _LET_THROUGH else None),
            as_text(given.get("hash"), limit=100),
        )

    def hotspot(self, given: Entry) -> ScanResult | None:
        """The result of a hotspot, which is to be looked at by a person: SARIF's ``review``."""
        status, resolution = _word(given, "status"), _word(given, "resolution")
        if status not in ("TO_REVIEW", "REVIEWED"):
            raise UnreadableEvidence(f"has a hotspot with the status {status!r}, which is not known")
        if status == "REVIEWED" and resolution in _GONE:
            self.not_counted += 1
            return None
        probability = _word(given, "vulnerabilityProbability")
        if probability not in _PROBABILITIES:
            raise UnreadableEvidence(
                f"has a hotspot with the probability {probability!r}, which is not known"
            )
        category = _required(given, "securityCategory", "a hotspot")
        # acknowledged is not safe: the risk is known and stands
        safe = "SAFE" if (status, resolution) == ("REVIEWED", "SAFE") else None
        return self._result(
            given,
            as_text(given.get("ruleKey"), limit=200) or f"hotspot:{category}",
            (Level.NONE, _PROBABILITIES[probability]),
            "review",
            ("SECURITY_HOTSPOT", category, *filter(None, [resolution])),
            self._suppression(given, safe),
            "",
        )

    def _result(
        self,
        given: Entry,
        rule: str,
        judged: Judged,
        kind: str,
        tags: tuple[str, ...],
        suppressions: tuple[Suppression, ...],
        line_hash: str,
    ) -> ScanResult:
        message = as_text(given.get("message"), limit=_MESSAGE) or self.names.get(rule) or rule
        place = self._place(given)
        return ScanResult(
            TOOL,
            rule,
            judged[0],
            message,
            place,
            kind,
            severity=judged[1],
            fingerprint=line_hash or self._made_up(rule, place.path if place else "", message),
            suppressions=suppressions,
            baseline=self.baseline,
            rule_name=self.names.get(rule) or None,
            tags=tags,
        )

    def _place(self, given: Entry) -> Place | None:
        component = _required(given, "component", "what is listed")
        project = _required(given, "project", "what is listed")
        if component == project:
            return None
        path = self.paths.get(component) or component.removeprefix(f"{project}:")
        spot = given.get("textRange")
        spot = spot if isinstance(spot, dict) else {}
        line, last, offset = (_index(spot.get(key)) for key in ("startLine", "endLine", "startOffset"))
        line = line or _index(given.get("line")) or None
        column = offset + 1 if line and offset is not None else None
        return Place(path, line, column, last if line and last and last >= line else None)

    def _suppression(self, given: Entry, word: str | None) -> tuple[Suppression, ...]:
        """That somebody let it through, with who and why where the server tells."""
        if word is None:
            return ()
        told = self.told.get(as_text(given.get("key"), limit=200), {})
        said = objects(told.get("comment")) or objects(given.get("comments"))
        newest = max(said, key=lambda each: as_text(each.get("createdAt")), default={})
        reason = as_text(newest.get("markdown"), limit=_MESSAGE).strip()
        meaning = _LET_THROUGH[word]
        return (
            Suppression(
                "external",
                justification=f"{meaning}: {reason}" if reason else meaning,
                by=_decided_by(told),
            ),
        )

    def _made_up(self, *identity: str) -> str:
        """A fingerprint that is the same on every branch, which a key of SonarQube's is not."""
        self._repeated[identity] += 1
        text = json.dumps((*identity, self._repeated[identity]))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _severity(given: Entry, rule: str) -> tuple[Level, Severity, tuple[str, ...]]:
    """Level, security severity, and the server's own words for both."""
    impacts = [as_object(each, "an impact") for each in _list(given, "impacts")]
    kind, old = _word(given, "type"), _word(given, "severity")
    if kind not in _TYPES and (kind or not impacts):
        raise UnreadableEvidence(f"has an issue of {rule} with the type {kind!r}, which is not known")
    judged: list[Judged] = []
    tags: list[str] = []
    if old:
        level, severity = _known(_OLD, old, rule)
        judged.append((level, severity if kind == "VULNERABILITY" else Severity.UNKNOWN))
        tags += filter(None, [kind, old])
    for impact in impacts:
        quality, word = _word(impact, "softwareQuality"), _word(impact, "severity")
        if quality not in _QUALITIES:
            raise UnreadableEvidence(
                f"has an issue of {rule} with an impact on {quality!r}, which is not known"
            )
        level, severity = _known(_IMPACTS, word, rule)
        judged.append((level, severity if quality == "SECURITY" else Severity.UNKNOWN))
        tags.append(f"{quality}:{word}")
    if not judged:
        raise UnreadableEvidence(f"has an issue without a severity: {rule}")
    levels = list(Level)
    return (
        min((level for level, _ in judged), key=levels.index),
        max((severity for _, severity in judged), key=lambda each: each.rank),
        tuple(tags),
    )


def _known(words: Mapping[str, Judged], word: str, rule: str) -> Judged:
    if word not in words:
        raise UnreadableEvidence(f"has an issue of {rule} with the severity {word!r}, which is not known")
    return words[word]


def _decided_by(told: Entry) -> str | None:
    """Who made the newest decision that lets it through; None where the token may not see it."""
    deciding = [
        each
        for each in objects(told.get("changelog"))
        for change in objects(each.get("diffs"))
        if change.get("key") in _STATUSES and _word(change, "newValue") in _LET_THROUGH
    ]
    newest = max(deciding, key=lambda each: as_text(each.get("creationDate")), default={})
    return as_text(newest.get("user"), limit=200) or None


def _list(given: Entry, key: str) -> list[Json]:
    return as_array(given.get(key) or [], key)


def _word(given: Entry, key: str) -> str:
    return as_text(given.get(key), limit=100).strip().upper()


def _required(given: Entry, key: str, what: str) -> str:
    found = as_text(given.get(key), limit=4000).strip()
    if not found:
        raise UnreadableEvidence(f"{what} has no '{key}'")
    return found


def _index(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
