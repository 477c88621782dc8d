"""Results of a SARIF log, taken in while the log is parsed and judged by their run afterwards.

A log may hold hundreds of thousands, and its keys come in any order: results before the rules that they
point at. So two steps: `Collector.add` keeps of each result only what is needed, in one plain tuple, and
`Results.of_run` makes the typed results when the whole run is known. Snippets are never kept: they may
hold secrets.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_text, objects
from gatepass.evidence.findings._sarif_paths import Paths
from gatepass.evidence.findings._sarif_rules import Resolved, Rules
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.scan import ScanResult, Suppression

_LONGEST_MESSAGE = 1000
_LONGEST_FINGERPRINT = 200
_NO_FINGERPRINTS = frozenset({"requires login"})  # what Semgrep writes for people without an account
_BASELINES = frozenset({"new", "unchanged", "updated"})
_RARE = frozenset({"rule", "suppressions", "provenance", "properties", "baselineState"})
_DECISIVE_IF_THERE = _RARE - {"rule", "properties"}

_DECIDING = ("rule", "invocation", "severity")  # what `Rules.resolve` looks at besides the usual

# uri, base, line, column, last line
_Spot = tuple[str | None, str | None, int | None, int | None, int | None]
_NOWHERE: _Spot = (None, None, None, None, None)
_Rare = dict[str, Json]
# rule id, rule index, level, kind, message, fingerprint, uri, base, line, column, last line, the rest
_Raw = tuple[
    str | None, Json, Json, Json, str | None, str | None,
    str | None, str | None, int | None, int | None, int | None, _Rare | None,
]  # fmt: skip


class Collector:
    """Takes in the elements of ``runs[].results[]`` in the order of the log."""

    def __init__(self) -> None:
        self.runs: dict[int, list[_Raw]] = {}
        self._texts: dict[str, str] = {}

    def add(self, element: Json, indices: tuple[int, ...]) -> None:
        """Keep one result; ``indices`` are those of its run and of itself."""
        if not isinstance(element, dict):
            raise UnreadableEvidence(f"runs[{indices[0]}].results[{indices[1]}] is not an object")
        raw = _usual(element, self._texts.setdefault) or _any(element)
        try:
            self.runs[indices[0]].append(raw)
        except KeyError:
            self.runs[indices[0]] = [raw]


def _usual(element: Any, same: Any) -> _Raw | None:
    """A result as most tools write it, in half of the time that `_any` takes; None when it is another."""
    try:
        get, text = element.get, element["message"]["text"]
        physical = element["locations"][0]["physicalLocation"]
        artifact, region = physical["artifactLocation"], physical["region"]
        rule_id, uri, line = element["ruleId"], artifact["uri"], region["startLine"]
        index, level, kind, base = get("ruleIndex"), get("level"), get("kind"), artifact.get("uriBaseId")
        column, last = region.get("startColumn"), region.get("endLine")
    except (TypeError, KeyError, IndexError, AttributeError):
        return None
    if (
        rule_id.__class__ is not str
        or text.__class__ is not str
        or uri.__class__ is not str
        or line.__class__ is not int
        or not (index is None or index.__class__ is int)
        or not (level is None or level.__class__ is str)
        or not (kind is None or kind.__class__ is str)
        or not (base is None or base.__class__ is str)
        or not (column is None or (column.__class__ is int and column > 0))
        or not (last is None or (last.__class__ is int and last >= line))
        or line < 1
        or not text
        or not uri
        or len(text) > _LONGEST_MESSAGE
        or "{" in text
        or not (_RARE.isdisjoint(element) or _says_no_more(element, rule_id, index))
    ):
        return None
    return (
        same(rule_id, rule_id), index, level, kind, text, _fingerprint(element),
        uri, base, line, column, last, None,
    )  # fmt: skip


def _says_no_more(element: dict[str, Any], rule_id: str, index: int | None) -> bool:
    """Whether what few results have decides nothing in this one.

    CodeQL repeats id and index of the rule in a reference, Semgrep writes empty properties.
    """
    rule, properties = element.get("rule"), element.get("properties")
    return (
        _DECISIVE_IF_THERE.isdisjoint(element)
        and (
            rule is None
            or rule == {"id": rule_id}
            or (rule == {"id": rule_id, "index": index} and rule["index"].__class__ is int)
        )
        and (properties is None or (properties.__class__ is dict and "security-severity" not in properties))
    )


def _any(element: dict[str, Json]) -> _Raw:
    """A result of any shape."""
    get = element.get
    rule_id, index, level, kind = get("ruleId"), get("ruleIndex"), get("level"), get("kind")
    text = _message(get("message"))
    rare = None if _RARE.isdisjoint(element) and text is not None else _rare(element)
    spot = _spot(get("locations"))
    if spot is _NOWHERE:
        spot, artifact = _indexed_spot(get("locations"))
        if artifact is not None:
            rare = {**(rare or {}), "artifact": artifact}
    return (
        rule_id if isinstance(rule_id, str) else None,
        index if index.__class__ is int else None,
        level if level is None or isinstance(level, str) else json.dumps(level)[:40],
        kind if kind is None or isinstance(kind, str) else json.dumps(kind)[:40],
        text,
        _fingerprint(element),
        *spot,
        rare,
    )


class Results:
    """Typed results; ``not_counted`` are those that report no violation or are gone."""

    def __init__(self, collected: Collector, remark: dict[str, None]) -> None:
        self._collected = collected
        self._remark = remark
        self._repeated: Counter[tuple[str, ...]] = Counter()
        self.not_counted = 0

    def of_run(self, number: int, tool: str, rules: Rules, paths: Paths) -> Iterator[ScanResult]:
        """The results of one run that stand for a violation, in order; each run is given once."""
        known: dict[tuple[object, ...], Resolved] = {}
        collected = self._collected.runs.pop(number, ())
        for rule_id, index, level, kind, text, fingerprint, uri, base, line, column, last, rare in collected:
            key = (rule_id, index, level, kind, None if rare is None else rare.get("decides"))
            rule = known.get(key)
            if rule is None:
                rule = known[key] = rules.resolve(rule_id, index, level, kind, rare=rare)
            if not rule.counts or (rare is not None and rare.get("baseline") == "absent"):
                self.not_counted += 1
                continue
            path = paths.path(uri, base, None if rare is None else _index(rare.get("artifact")))
            if text is None:
                text = _text_by_id(rules, rule, rare or {})
            yield ScanResult(
                tool,
                rule.rule_id,
                rule.level,
                text,
                None if path is None else Place(path, line, column, last),
                rule.kind,
                rule.score,
                rule.severity,
                fingerprint or self._made_up(tool, rule.rule_id, path or "", text),
                () if rare is None else _suppressions(rare.get("suppressions")),
                None if rare is None else self._baseline(rare.get("baseline")),
                rule.name,
                rule.help_uri,
                rule.tags,
            )

    def _made_up(self, *identity: str) -> str:
        """A fingerprint without line number; alike results of one log are told apart by their order."""
        self._repeated[identity] += 1
        text = json.dumps((*identity, self._repeated[identity]))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def _baseline(self, state: Json) -> str | None:
        if state is None or (isinstance(state, str) and state in _BASELINES):
            return state
        self._remark[f"baselineState {str(state)[:40]!r} is none of SARIF's: not used"] = None
        return None


def _message(message: Any) -> str | None:
    """The text as it stands, None when it has to be looked up or filled in."""
    try:
        text = message["text"]
    except (TypeError, KeyError, IndexError):
        return None
    if text.__class__ is not str or not text or ("{" in text and "arguments" in message):
        return None
    return text if len(text) <= _LONGEST_MESSAGE else as_text(text, limit=_LONGEST_MESSAGE)


def _spot(locations: Any) -> _Spot:
    """Where the first location stands, `_NOWHERE` when it has no URI."""
    try:
        physical = locations[0]["physicalLocation"]
        artifact = physical["artifactLocation"]
        uri = artifact["uri"]
        region = physical.get("region")
    except (TypeError, KeyError, IndexError, AttributeError):
        return _NOWHERE
    if uri.__class__ is not str or not uri:
        return _NOWHERE
    base = artifact.get("uriBaseId")
    return (uri, base if base.__class__ is str else None, *_lines(region))


def _lines(region: Json) -> tuple[int | None, int | None, int | None]:
    region = region if isinstance(region, dict) else {}
    line = _index(region.get("startLine"))
    if not line:
        return None, None, None
    last = _index(region.get("endLine"))
    return line, _index(region.get("startColumn")) or None, last if last and last >= line else None


def _indexed_spot(locations: Json) -> tuple[_Spot, int | None]:
    """A location whose artifact is only named by its index in ``run.artifacts``."""
    first = objects(locations)[:1]
    physical = first[0].get("physicalLocation") if first else None
    if not isinstance(physical, dict) or not isinstance(artifact := physical.get("artifactLocation"), dict):
        return _NOWHERE, None
    return (None, None, *_lines(physical.get("region"))), _index(artifact.get("index"))


def _index(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _fingerprint(element: dict[str, Any]) -> str | None:
    """What the tool tells a result by; GitHub's hash first, else all that it gives."""
    parts = element.get("partialFingerprints")
    line_hash = parts.get("primaryLocationLineHash") if parts.__class__ is dict else None
    if isinstance(line_hash, str) and 0 < len(line_hash) <= _LONGEST_FINGERPRINT:
        return line_hash
    for name in ("fingerprints", "partialFingerprints"):
        parts = element.get(name)
        given = parts.items() if isinstance(parts, dict) else ()
        # the values of some tools are objects
        if kept := {k: v for k, v in given if v and not (isinstance(v, str) and v in _NO_FINGERPRINTS)}:
            if (
                len(kept) == 1
                and isinstance(only := next(iter(kept.values())), str)
                and len(only) <= _LONGEST_FINGERPRINT
            ):
                return only
            text = json.dumps(kept, sort_keys=True)
            return hashlib.sha256(text.encode()).hexdigest()[:32]
    return None


def _rare(element: dict[str, Json]) -> dict[str, Json] | None:
    """The parts that few results have."""
    provenance, properties = element.get("provenance"), element.get("properties")
    message = element.get("message")
    parts: dict[str, Json] = {
        "rule": element.get("rule"),
        "suppressions": element.get("suppressions"),
        "baseline": element.get("baselineState"),
        "invocation": provenance.get("invocationIndex") if isinstance(provenance, dict) else None,
        "severity": properties.get("security-severity") if isinstance(properties, dict) else None,
        "message": message if _message(message) is None else None,
    }
    kept: dict[str, Json] = {name: value for name, value in parts.items() if value or value == 0}
    if deciding := [(name, kept[name]) for name in _DECIDING if name in kept]:
        kept["decides"] = repr(deciding)
    return kept or None


def _text_by_id(rules: Rules, rule: Resolved, rare: dict[str, Json]) -> str:
    """A message that is named by its id, or has places for arguments (§3.11)."""
    message = rare.get("message")
    if not isinstance(message, dict):
        return rule.name or rule.rule_id
    key = as_text(message.get("id"))
    text = (
        as_text(message.get("text"), limit=10_000)
        or (rules.message(rule.descriptor, key) if key else "")
        or as_text(message.get("markdown"), limit=10_000)
    )
    arguments = message.get("arguments")
    if isinstance(arguments, list) and arguments:
        if not text:
            text = " ".join([key, *(as_text(each) for each in arguments)])
        for number, argument in enumerate(arguments[:20]):
            text = text.replace(f"{{{number}}}", as_text(argument))
    return as_text(text or key or rule.name or rule.rule_id, limit=_LONGEST_MESSAGE)


def _suppressions(value: Json) -> tuple[Suppression, ...]:
    """Suppressions (§3.35). What is no object suppresses nothing."""
    if value is None:
        return ()
    if not isinstance(value, list):
        return (Suppression("external", "unreadable"),)
    return tuple(
        _suppression(each) if isinstance(each, dict) else Suppression("external", "unreadable")
        for each in value
    )


def _suppression(value: dict[str, Json]) -> Suppression:
    # the standard says `status`, an older schema of the same version `state`; Snyk Code writes neither
    written = [value[name] for name in ("status", "state") if value.get(name) is not None]
    states = [as_text(each, limit=40) or "unreadable" for each in written]
    properties = value.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    by = properties.get("ignoredBy")
    if isinstance(by, dict):
        by = by.get("name") or by.get("email")
    ends = [properties.get(name) for name in ("expiration", "expiryUtc", "expires")]
    return Suppression(
        kind=as_text(value.get("kind"), limit=40) or "external",
        status=next((state for state in states if state != "accepted"), "accepted"),
        justification=as_text(value.get("justification"), limit=_LONGEST_MESSAGE),
        by=as_text(by, limit=200) or None,
        expires=next((as_text(end, limit=40) or "unreadable" for end in ends if end is not None), None),
    )
