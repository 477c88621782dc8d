"""Layers: a policy that extends another may only tighten it.

A rule with the id of an inherited one changes that rule in place: each key in the direction that the
check's schema calls stricter (``x-stricter``). Loosening is an error that says which way is allowed; what
must be looser for a while is an override. Allowances never pass from one policy to another's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from gatepass import globs
from gatepass.errors import PolicyError
from gatepass.model.build import Assurance
from gatepass.model.facts import Json
from gatepass.model.policy import Allowance, Enforcement, OnMissing, Policy, Rule, Term
from gatepass.model.scan import Severity
from gatepass.policy.schema import check_called, rule_schema

Object = Mapping[str, Json]
_OWN_KEYS = frozenset(("id", "check"))
_WHICH_COUNTS = ("projects", "same-branch")  # of a check's own parameters
_RATINGS = ("A", "B", "C", "D", "E")
_ASSURANCES = tuple(reversed(Assurance))
_LAXEST_FIRST = (Enforcement.OBSERVE, Enforcement.WARN, Enforcement.BLOCK)
_LAXEST_MISSING_FIRST = (OnMissing.SKIP, OnMissing.WARN, OnMissing.FAIL)


def apply(parents: Sequence[Policy], child: Policy) -> list[Policy]:
    """The parents with the rules that the child tightened, and the child with the rules of its own."""
    inherited = {rule.id for parent in parents for rule in parent.rules}
    tightening = {rule.id: rule for rule in child.rules if rule.id in inherited}
    changed = [
        replace(
            parent,
            rules=tuple(tighten(r, tightening[r.id]) if r.id in tightening else r for r in parent.rules),
            allowances=_shortened(parent, child),
            tightened_by=(*parent.tightened_by, child.source)
            if any(r.id in tightening for r in parent.rules) or _shortened(parent, child) != parent.allowances
            else parent.tightened_by,
        )
        for parent in parents
    ]
    return [*changed, replace(child, rules=tuple(r for r in child.rules if r.id not in tightening))]


def _shortened(parent: Policy, child: Policy) -> tuple[Allowance, ...]:
    """The parent's allowances with the terms that the child's set for its rules where they are shorter."""
    return tuple(
        replace(each, shortened=tuple(dict.fromkeys((*each.shortened, *_shorter_terms(each, parent, child)))))
        for each in parent.allowances
    )


def _shorter_terms(allowance: Allowance, parent: Policy, child: Policy) -> Iterator[tuple[str, Term]]:
    for rule in parent.rules:
        if globs.matches_any(rule.id, allowance.rules):
            for each in child.allowances:
                if globs.matches_any(rule.id, each.rules) and _is_shorter(each, allowance, rule.id):
                    yield rule.id, Term(each.maximum_days, each.by_severity)


def _is_shorter(one: Allowance, two: Allowance, rule: str) -> bool:
    return any(one.days(rule, each.value) < two.days(rule, each.value) for each in Severity)


def strictest(one: Policy, two: Policy) -> Policy:
    """One policy that was reached twice: each rule as tight as either way made it."""
    others = {rule.id: rule for rule in two.rules}
    return replace(
        one,
        rules=tuple(_join(rule, others[rule.id]) if rule.id in others else rule for rule in one.rules),
        allowances=tuple(
            replace(a, shortened=tuple(dict.fromkeys((*a.shortened, *b.shortened))))
            for a, b in zip(one.allowances, two.allowances, strict=True)
        ),
        tightened_by=tuple(dict.fromkeys((*one.tightened_by, *two.tightened_by))),
    )


def _join(one: Rule, two: Rule) -> Rule:
    if replace(one, places={}) == replace(two, places={}):
        return one
    try:
        return tighten(one, two)
    except PolicyError:  # then it must hold the other way round; if neither does, that is the error
        return tighten(two, one)


def tighten(rule: Rule, by: Rule) -> Rule:
    """The rule with every key that ``by`` writes, each of which must be as strict or stricter."""
    if by.check != rule.check:
        raise _looser(by, "check", f"'{rule.id}' is a rule of the kind {rule.check} there")
    schema = rule_schema(check_called(rule.check))
    properties = cast("Mapping[str, Object]", schema["properties"])
    parameters = dict(rule.parameters)
    for key, value in by.parameters.items():
        parameters[key] = _stricter(rule.parameters.get(key), value, properties[key], by, key)
    _refuse_less_evidence(rule, by, parameters)
    return replace(
        rule,
        parameters=parameters,
        enforcement=_enforcement(rule, by),
        on_missing=_on_missing(rule, by),
        effective_on=_effective_on(rule, by),
        max_age=_max_age(rule, by),
        collected=rule.collected or by.collected,
        servers=_servers(rule, by),
        reports=_reports(rule, by),
        places={**rule.places, **{path: by.places[path] for path in by.places if path not in _OWN_KEYS}},
        controls=tuple(dict.fromkeys((*rule.controls, *by.controls))),
        title=by.title or rule.title,
        fix=by.fix or rule.fix,
    )


def _enforcement(rule: Rule, by: Rule) -> Enforcement:
    if "enforcement" not in by.places:
        return rule.enforcement
    if _LAXEST_FIRST.index(by.enforcement) < _LAXEST_FIRST.index(rule.enforcement):
        raise _looser(by, "enforcement", f"it is {rule.enforcement} there")
    return by.enforcement


def _on_missing(rule: Rule, by: Rule) -> OnMissing:
    if "on-missing" not in by.places:
        return rule.on_missing
    if _LAXEST_MISSING_FIRST.index(by.on_missing) < _LAXEST_MISSING_FIRST.index(rule.on_missing):
        raise _looser(by, "on-missing", f"it is {rule.on_missing} there")
    return by.on_missing


def _refuse_less_evidence(rule: Rule, by: Rule, parameters: Object) -> None:
    """Refuse what leaves fewer reports counting where a rule without evidence does not fail."""
    if _on_missing(rule, by) is OnMissing.FAIL:
        return
    changed = {key for key in _WHICH_COUNTS if parameters.get(key) != rule.parameters.get(key)}
    if by.max_age is not None and by.max_age != rule.max_age:
        changed.add("max-age")
    if "collected" in by.places and (by.collected, by.servers) != (rule.collected, rule.servers):
        changed.add("collected")
    for key in sorted(changed):
        why = f"fewer reports would count, and without one it does not fail (on-missing: {rule.on_missing})"
        raise _looser(by, key, f"{why}; write `on-missing: fail` beside it")


def _effective_on(rule: Rule, by: Rule) -> datetime | None:
    if by.effective_on is None:
        return rule.effective_on
    if rule.effective_on is None or by.effective_on > rule.effective_on:
        raise _looser(by, "effective-on", "it blocks earlier there")
    return by.effective_on


def _max_age(rule: Rule, by: Rule) -> timedelta | None:
    if by.max_age is None:
        return rule.max_age
    if rule.max_age is not None and by.max_age > rule.max_age:
        raise _looser(by, "max-age", "it is shorter there")
    return by.max_age


def _servers(rule: Rule, by: Rule) -> tuple[str, ...]:
    if "collected" not in by.places:
        return rule.servers
    if rule.collected and not by.collected:
        raise _looser(by, "collected", "the gate asks for the evidence itself there")
    if rule.servers and not (by.servers and set(by.servers) <= set(rule.servers)):
        raise _looser(by, "collected", f"only {', '.join(rule.servers)} may be asked there")
    return by.servers


def _reports(rule: Rule, by: Rule) -> tuple[str, ...]:
    if by.reports and by.reports != rule.reports:
        raise _looser(by, "reports", "which reports the rule looks at cannot be changed")
    return rule.reports


def _stricter(now: Json, new: Json, schema: Object, by: Rule, path: str) -> Json:
    """The new value if it is as strict as the one in force or stricter; mappings key by key."""
    direction = schema.get("x-stricter")
    if direction is None and isinstance(new, dict) and (now is None or isinstance(now, dict)):
        there = now or {}
        merged = dict(there)
        for key, value in new.items():
            before = there.get(key, _inherited(there, schema))
            merged[key] = _stricter(before, value, _below(schema, key), by, f"{path}.{key}")
        return merged
    if now is None:
        now = schema.get("default")
    if now != new and not _is_stricter(now, new, schema):
        raise _looser(by, path, _in_words(now, str(direction), _words(schema)))
    return new


def _inherited(there: Object, schema: Object) -> Json:
    """What a limit that is not written comes to where it follows from the others: at most the smallest."""
    limits = [value for value in there.values() if isinstance(value, int)]
    return min(limits) if schema.get("x-absent") == "smallest" and limits else None


def _below(schema: Object, key: str) -> Object:
    properties = schema.get("properties")
    if isinstance(properties, dict) and key in properties:
        return cast("Object", properties[key])
    more = schema.get("additionalProperties")
    return more if isinstance(more, dict) else {}


def _words(schema: Object) -> list[Json]:
    """The words of an enumeration, the laxest first where a later one is stricter."""
    words = schema.get("enum")
    return words if isinstance(words, list) else []


def _is_stricter(now: Json, new: Json, schema: Object) -> bool:
    """Whether ``new`` is stricter; what is not known to be so is not. ``now`` is None where it is unset."""
    direction, words = schema.get("x-stricter"), _words(schema)
    if now is None and schema.get("x-absent") == "everything":
        return True
    if direction in ("higher", "lower"):
        if now is None:
            return True
        one, two = _amount(now), _amount(new)
        if one is None or two is None or one[1] != two[1]:
            return False
        return two[0] >= one[0] if direction == "higher" else two[0] <= one[0]
    if direction in ("superset", "subset") and isinstance(new, list):
        old = now if isinstance(now, list) else None
        if direction == "superset":
            return all(item in new for item in old or [])
        return old is not None and all(item in old for item in new)
    if direction in ("true", "false"):
        return new is (direction == "true")
    if direction == "later":
        return new in words and (now is None or (now in words and words.index(new) > words.index(now)))
    return False


def _amount(value: Json) -> tuple[float, str] | None:
    """A number and its unit: a count, a share such as "5%", a rating from A (best) to E, an assurance."""
    if isinstance(value, str) and value in _RATINGS:
        return float(_RATINGS.index(value) + 1), ""
    if isinstance(value, str) and value in _ASSURANCES:
        return float(_ASSURANCES.index(value)), "assurance"
    if isinstance(value, str) and value.endswith("%"):
        return float(value[:-1]), "%"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    return None


def _in_words(now: Json, direction: str, words: list[Json]) -> str:
    later = words[words.index(now) + 1 :] if now in words else words
    ways = {
        "higher": "may only be raised",
        "lower": "may only be lowered",
        "superset": "may only be added to",
        "subset": "may only be shortened",
        "true": "may only be made true",
        "false": "may only be made false",
    }
    if direction == "later" and later:
        ways["later"] = f"may only become {' or '.join(_written(each) for each in later)}"
    there = "it is not set there" if now is None else f"it is {now} there"
    return f"{there} and {ways.get(direction, 'cannot be changed')}"


def _written(word: Json) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _looser(by: Rule, path: str, why: str) -> PolicyError:
    return PolicyError(
        f"{by.id}: {path} would loosen the policy that this one extends: {why}",
        place=by.place_of(path),
        hint="an exception for a while is an override, approved by whom the policy names",
    )
