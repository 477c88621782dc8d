"""Rules of a SARIF run, and the level and severity that they give to a result (§3.27.5–3.27.10, §3.52)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._json import as_array, as_object, as_text, objects
from gatepass.evidence.findings._severity import security_severity
from gatepass.model.facts import Json
from gatepass.model.scan import Level, Severity

Descriptor = dict[str, Json]

NOT_VIOLATIONS = frozenset({"pass", "notapplicable", "informational"})
_KINDS = {"fail": "fail", "open": "open", "review": "review"}
_MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a result's rule says of it; ``counts`` is False when the result reports no violation."""

    counts: bool
    rule_id: str
    level: Level
    kind: str
    score: float | None
    severity: Severity
    name: str | None
    help_uri: str | None
    tags: tuple[str, ...]
    descriptor: Descriptor | None


@dataclass(frozen=True, slots=True)
class _Component:
    name: str
    guid: str
    rules: tuple[Descriptor, ...]
    ids: dict[str, Descriptor]
    guids: dict[str, Descriptor]
    texts: Descriptor

    def by_index(self, index: Json) -> Descriptor | None:
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self.rules):
            return None
        return self.rules[index] or None

    def by_guid(self, guid: Json) -> Descriptor | None:
        return self.guids.get(guid) if isinstance(guid, str) else None


class Rules:
    """The rules of one run: the driver's and its extensions', with what each invocation changed."""

    def __init__(self, run: dict[str, Json], remark: dict[str, None]) -> None:
        tool = as_object(run.get("tool"), "tool")
        extensions = tool.get("extensions")
        found = [tool.get("driver"), *as_array([] if extensions is None else extensions, "extensions")]
        self._components = tuple(_component(as_object(each, "a component of the tool")) for each in found)
        self._remark = remark
        self._invocations = objects(run.get("invocations"))
        self._changes = tuple(dict(self._changed(each)) for each in self._invocations)

    def __len__(self) -> int:
        return sum(len(each.rules) for each in self._components)

    def resolve(
        self, rule_id: str | None, index: Json, level: Json, kind: Json, *, rare: Descriptor | None = None
    ) -> Resolved:
        """What counts for a result. ``rare`` may hold ``rule``, ``invocation`` and ``severity``."""
        rare = rare or {}
        reference = rare.get("rule")
        reference = reference if isinstance(reference, dict) else {}
        written = rule_id or as_text(reference.get("id")) or None
        rule = self.find(written, reference.get("index", index), reference)
        name = (written or as_text(rule.get("id"))) if rule else written
        counts, kind_, level_ = self._violation(kind, level)
        if level_ is None:
            level_ = self._configured(rule, name, rare.get("invocation"))
        properties = _part(rule, "properties")
        score, severity = self._severity(rare.get("severity"), properties.get("security-severity"))
        tags = properties.get("tags")
        return Resolved(
            counts=counts,
            rule_id=name or "",
            level=level_,
            kind=kind_,
            score=score,
            severity=severity,
            name=as_text(rule.get("name"), limit=200) or None if rule else None,
            help_uri=as_text(rule.get("helpUri")) or None if rule else None,
            tags=tuple(as_text(t, limit=100) for t in tags if t)[:_MOST_TAGS]
            if isinstance(tags, list)
            else (),
            descriptor=rule,
        )

    def find(self, rule_id: str | None, index: Json, reference: Descriptor) -> Descriptor | None:
        """The descriptor that a result means.

        By GUID, by index, by id, by what stands before the last ``/`` of a hierarchical id. Where index
        and id mean different rules, the id counts: it is what people see.
        """
        home = self._home(reference.get("toolComponent"))
        component = self._components[home]
        if isinstance(index, int) and index >= len(component.rules):
            raise UnreadableEvidence(f"has a result of rule number {index}, and tells of no such rule")
        indexed = component.by_guid(reference.get("guid")) or component.by_index(index)
        if rule_id is None or (indexed and _fits(rule_id, indexed.get("id"))):
            return indexed
        order = [home, *(n for n in range(len(self._components)) if n != home)]
        for candidate in _hierarchy(rule_id):
            for each in order:
                if candidate in self._components[each].ids:
                    return self._components[each].ids[candidate]
        return indexed

    def message(self, rule: Descriptor | None, key: str) -> str:
        """The text of a message by its id: of the rule, else of any component."""
        tables = [rule.get("messageStrings") if rule else None, *(each.texts for each in self._components)]
        for table in tables:
            entry = table.get(key) if isinstance(table, dict) else None
            if isinstance(entry, dict) and (text := as_text(entry.get("text"), limit=10_000)):
                return text
        return ""

    def _home(self, reference: Json) -> int:
        """The number of the tool component that a reference means; the driver is 0 and the default."""
        if not isinstance(reference, dict):
            return 0
        index = reference.get("index")
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(self._components) - 1:
            return index + 1
        for number, component in enumerate(self._components):
            if component.guid and reference.get("guid") == component.guid:
                return number
            if component.name and reference.get("name") == component.name:
                return number
        return 0

    def _violation(self, kind: Json, level: Json) -> tuple[bool, str, Level | None]:
        """Whether a result counts, its kind, and its level where the result itself settles it."""
        written = kind.casefold() if isinstance(kind, str) else "fail"
        explicit = self._level(level)
        if written in NOT_VIOLATIONS:
            if explicit not in (Level.ERROR, Level.WARNING):
                return False, written, Level.NONE
            self._remark[f"a result of kind {written} has level {explicit}: counted"] = None
            written = "fail"
        if written not in _KINDS:
            self._remark[f"kind {str(kind)[:40]!r} is none of SARIF's: counted as fail"] = None
            written = "fail"
        if explicit is None and written != "fail":
            explicit = Level.NONE
        return True, written, explicit

    def _level(self, level: Json) -> Level | None:
        if level is None:
            return None
        written = level.strip().casefold() if isinstance(level, str) else ""
        if written in set(Level):
            return Level(written)
        self._remark[f"level {str(level)[:40]!r} is none of SARIF's: counted as error"] = None
        return Level.ERROR

    def _configured(self, rule: Descriptor | None, rule_id: str | None, invocation: Json) -> Level:
        number = invocation if isinstance(invocation, int) and invocation >= 0 else None
        if number is None and len(self._invocations) == 1:
            number = 0
        if number is not None and number < len(self._changes):
            changed = self._changes[number].get(id(rule)) or self._changes[number].get(rule_id)
            if changed is not None:
                return changed
        return self._level(_part(rule, "defaultConfiguration").get("level")) or Level.WARNING

    def _changed(self, invocation: Descriptor) -> Iterator[tuple[int | str | None, Level]]:
        """Levels that an invocation set, by the identity of the descriptor or, without one, by rule id."""
        for change in objects(invocation.get("ruleConfigurationOverrides")):
            reference, settings = change.get("descriptor"), change.get("configuration")
            if not isinstance(reference, dict) or not isinstance(settings, dict):
                continue
            level = self._level(settings.get("level"))
            rule_id = as_text(reference.get("id")) or None
            rule = self.find(rule_id, reference.get("index"), reference)
            if level is not None and (rule is not None or rule_id is not None):
                yield (id(rule) if rule is not None else rule_id), level

    def _severity(self, of_result: Json, of_rule: Json) -> tuple[float | None, Severity]:
        """The worse of the two, so that neither hides the other."""
        found = []
        for value in (of_result, of_rule):
            score, severity, remark = security_severity(value)
            if remark:
                self._remark[remark] = None
            found.append((severity.rank, -1.0 if score is None else score, severity))
        _, worst, severity = max(found, key=lambda each: each[:2])
        return (None if worst < 0 else worst), severity


def _part(rule: Descriptor | None, name: str) -> Descriptor:
    """A part of a rule that decides about its results; empty where the rule has none."""
    value = rule.get(name) if rule else None
    return {} if value is None else as_object(value, f"'{name}' of a rule")


def _component(component: Descriptor) -> _Component:
    rules = component.get("rules")
    found = tuple(as_object(each, "a rule") for each in as_array([] if rules is None else rules, "rules"))
    if not all(as_text(each.get("id")) for each in found):
        raise UnreadableEvidence("has a rule without an id")
    texts = component.get("globalMessageStrings")
    return _Component(
        name=as_text(component.get("name")),
        guid=as_text(component.get("guid")),
        rules=found,
        ids=_first_by("id", found),
        guids=_first_by("guid", found),
        texts=texts if isinstance(texts, dict) else {},
    )


def _first_by(key: str, rules: tuple[Descriptor, ...]) -> dict[str, Descriptor]:
    # the first of several is the one that readers of a log find
    return {name: rule for rule in reversed(rules) if isinstance(name := rule.get(key), str)}


def _hierarchy(rule_id: str) -> Iterator[str]:
    """``a/b/c``, ``a/b``, ``a``."""
    while rule_id:
        yield rule_id
        rule_id = rule_id.rpartition("/")[0]


def _fits(rule_id: str, descriptor_id: Json) -> bool:
    return isinstance(descriptor_id, str) and (
        rule_id == descriptor_id or rule_id.startswith(f"{descriptor_id}/")
    )
