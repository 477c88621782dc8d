"""From one valid document to the values of the model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from gatepass.checks import Check
from gatepass.errors import PolicyError
from gatepass.model.build import Event
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.policy import Allowance, Enforcement, OnMissing, Policy, Rule, Scope
from gatepass.policy._allowances import allowances
from gatepass.policy.dates import first_instant, term
from gatepass.policy.schema import COMMON_RULE_KEYS, RESERVED, check_called
from gatepass.strict_yaml import Document

Object = dict[str, Json]
Mistaken = tuple[Place, str]


def refuse(found: Sequence[Mistaken]) -> None:
    """Raise `PolicyError` for the mistakes that were found, all at once; none: return."""
    if found:
        first, *rest = [PolicyError(message, place=place) for place, message in found]
        raise PolicyError(first.message, place=first.place, others=tuple(rest))


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes a policy of a document that satisfies the schema; finds what a schema cannot say."""

    document: Document
    value: Object
    source: str
    folder: Path
    sha256: str
    schema_digests: list[tuple[str, str]] = field(default_factory=list)

    def policy(self) -> Policy:
        metadata = cast("dict[str, str]", self.value["metadata"])
        fact_schemas, found = self._fact_schemas()
        if metadata["name"] == RESERVED:
            found.append((self.document.place("metadata.name"), f"the name '{RESERVED}' is gatepass's own"))
        rules, rule_mistakes = self._rules(metadata["name"], fact_schemas)
        allowances, allowance_mistakes = self._allowances()
        refuse(sorted(found + rule_mistakes + allowance_mistakes, key=lambda each: each[0].line or 0))
        return Policy(
            name=metadata["name"],
            source=self.source,
            sha256=self.sha256,
            rules=rules,
            title=metadata.get("title", ""),
            owner=metadata.get("owner", ""),
            version=metadata.get("version", ""),
            description=metadata.get("description", ""),
            scope=self._scope(),
            allowances=allowances,
            fact_schemas=tuple(self.schema_digests),
            forbid_now=bool(self.value.get("forbid-now", False)),
        )

    def _rules(self, policy: str, fact_schemas: dict[str, Object]) -> tuple[tuple[Rule, ...], list[Mistaken]]:
        found: list[Mistaken] = []
        made: dict[str, Rule] = {}
        for index, value in enumerate(cast("list[Object]", self.value["rules"])):
            place = self.document.place(f"rules[{index}].id")
            check = check_called(str(value["check"]))
            fact = value.get("fact")
            if isinstance(fact, str) and fact not in fact_schemas:
                where = self.document.place(f"rules[{index}].fact")
                found.append(
                    (where, f"there is no fact '{fact}': name it and its schema under 'facts' at the top")
                )
                continue
            try:
                rule = self._rule(policy, index, value, fact_schemas.get(str(fact)))
            except ValueError as error:
                found.append((self.document.place(f"rules[{index}].effective-on"), f"effective-on: {error}"))
                continue
            if rule.id in made:
                found.append((place, f"the rule id '{rule.id}' is taken in line {made[rule.id].place.line}"))
            made[rule.id] = rule
            found += _own_mistakes(check, rule)
        return tuple(made.values()), found

    def _rule(self, policy: str, index: int, value: Object, fact_schema: Object | None) -> Rule:
        prefix = f"rules[{index}]."
        places = {
            path.removeprefix(prefix): place
            for path, place in self.document.places.items()
            if path.startswith(prefix)
        }
        return Rule(
            id=str(value["id"]),
            policy=policy,
            check=str(value["check"]),
            place=places["id"],
            title=str(value.get("title", "")),
            parameters={key: item for key, item in value.items() if key not in COMMON_RULE_KEYS},
            places=places,
            enforcement=Enforcement(str(value.get("enforcement", "block"))),
            effective_on=first_instant(str(value["effective-on"])) if "effective-on" in value else None,
            on_missing=OnMissing(str(value.get("on-missing", "fail"))),
            max_age=term(str(value["max-age"])) if "max-age" in value else None,
            collected=value.get("collected", False) is not False,
            servers=_strings(value.get("collected")),
            reports=_strings(value.get("reports")),
            controls=_strings(value.get("controls")),
            fix=cast("str | None", value.get("fix")),
            fact_schema=fact_schema,
        )

    def _scope(self) -> Scope:
        scope = cast("Object", self.value.get("scope", {}))
        return Scope(
            repositories=_strings(scope.get("repositories")),
            branches=_strings(scope.get("branches")),
            events=tuple(Event(each) for each in _strings(scope.get("events"))),
            changed=_strings(scope.get("changed")),
        )

    def _allowances(self) -> tuple[tuple[Allowance, ...], list[Mistaken]]:
        return allowances(self.document, self.value, self.folder)

    def _fact_schemas(self) -> tuple[dict[str, Object], list[Mistaken]]:
        made: dict[str, Object] = {}
        found: list[Mistaken] = []
        for name, value in cast("dict[str, dict[str, str]]", self.value.get("facts", {})).items():
            path = self.folder / value["schema"]
            place = self.document.place(f"facts.{name}.schema")
            try:
                data = path.read_bytes()
                schema = json.loads(data)
            except (OSError, ValueError) as error:
                found.append((place, f"the JSON Schema {value['schema']} cannot be read: {error}"))
                continue
            if not isinstance(schema, dict):
                found.append((place, f"the JSON Schema {value['schema']} is not an object"))
                continue
            made[name] = schema
            self.schema_digests.append((name, hashlib.sha256(data).hexdigest()))
        return made, found


def _own_mistakes(check: Check, rule: Rule) -> list[Mistaken]:
    return [
        (rule.place_of(each.path), f"{rule.id}: {each.message}" + (f"; {each.hint}" if each.hint else ""))
        for each in check.validate(rule)
    ]


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
