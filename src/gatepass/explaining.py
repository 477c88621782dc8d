"""What a rule wants, in sentences made from its own keys and the check's schema. Pure.

The texts come from policies and may be anybody's: whoever prints them escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatepass import globs, seam
from gatepass.approving.counting import ways
from gatepass.checks import Check
from gatepass.model.facts import Json
from gatepass.model.policy import Allowance, Enforcement, Group, OnMissing, Policy, Rule
from gatepass.model.scan import Severity
from gatepass.parameters import Schema, below, parameters_of, shown


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: (term, text), the term empty where there is none."""

    title: str
    rows: tuple[tuple[str, str], ...]


def page(check: str) -> str:
    """The page of the check that is called so: the docstring of its module."""
    return seam.module("gatepass.checks", check).__doc__ or ""


def in_one_line(rule: Rule, check: Check) -> str:
    """What a rule asks, for a list: ``minimum.lines 80, minimum.branches 70``."""
    written = (f"{path} {shown(value)}" for path, value, _ in _written(rule.parameters, check.parameters, ""))
    return ", ".join(written) or "nothing beside what the check asks anyway"


def sections(rule: Rule, policy: Policy, check: Check, page: str) -> tuple[Section, ...]:
    """All about a rule but what came out of it."""
    made = (
        Section("What it wants", tuple(_wants(rule, check, page))),
        Section("What it does not write", tuple(_defaults(rule, check))),
        Section("When it is broken", tuple(_enforced(rule))),
        Section("Overrides", tuple(who_may_override(rule, policy))),
        Section("Where", tuple(_where(rule, policy))),
    )
    return tuple(section for section in made if section.rows)


def _wants(rule: Rule, check: Check, page: str) -> Iterator[tuple[str, str]]:
    yield "", page.strip().split("\n\n")[0].replace("\n", " ") or check.title
    for path, value, schema in _written(rule.parameters, check.parameters, ""):
        yield f"{path}: {shown(value)}", str(schema.get("description", ""))


def _defaults(rule: Rule, check: Check) -> Iterator[tuple[str, str]]:
    for parameter in parameters_of(check.parameters):
        if parameter.default is not None and not _is_written(rule.parameters, parameter.path):
            yield f"{parameter.path}: {parameter.default}", parameter.description


def _written(value: Mapping[str, Json], schema: Schema, prefix: str) -> Iterator[tuple[str, Json, Schema]]:
    """The keys that a rule writes, each with its value and what its schema says."""
    for name, inner in value.items():
        described = below(schema, name)
        if isinstance(inner, dict) and "x-stricter" not in described:
            yield from _written(inner, described, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner, described


def _is_written(parameters: Mapping[str, Json], path: str) -> bool:
    """Whether a rule writes a key, or leaves out what the key stands in, so that it means nothing."""
    value: Json = dict(parameters)
    *above, last = path.split(".")
    for name in above:
        value = value.get(name) if isinstance(value, dict) else None
    return not isinstance(value, dict) or last in value


def _enforced(rule: Rule) -> Iterator[tuple[str, str]]:
    begins = f" from {_instant(rule.effective_on)} on; before that it warns" if rule.effective_on else ""
    yield (
        "",
        {
            Enforcement.BLOCK: f"It fails the pipeline{begins}.",
            Enforcement.WARN: "It warns and fails nothing (enforcement: warn).",
            Enforcement.OBSERVE: "It is recorded and fails nothing (enforcement: observe).",
        }[rule.enforcement],
    )
    yield (
        "",
        {
            OnMissing.FAIL: "Without evidence it cannot be judged, which counts as broken.",
            OnMissing.WARN: "Without evidence it only warns (on-missing: warn).",
            OnMissing.SKIP: "Without evidence it is not applied, and the report says so (on-missing: skip).",
        }[rule.on_missing],
    )
    if rule.max_age is not None:
        yield "", f"Evidence older than {_term(rule.max_age)}, or of unknown age, counts as not there."
    if rule.collected:
        of = f" of {', '.join(rule.servers)}" if rule.servers else ""
        yield "", f"Only what the gate itself asked for{of} (--collect) counts, and no file that was given."
    if rule.reports:
        yield "", f"Only reports that are named {', '.join(rule.reports)} count."
    if rule.fix:
        yield "to mend it", rule.fix


def who_may_override(rule: Rule, policy: Policy) -> Iterator[tuple[str, str]]:
    """What the policy says about overriding a rule: by whom, how long, for what reasons."""
    allowances = [each for each in policy.allowances if globs.matches_any(rule.id, each.rules)]
    if not allowances:
        yield "", f"It may not be overridden: nothing under `overrides` in {policy.source} names it."
        return
    for each in allowances:
        yield "", " ".join(_allowance(each, rule))
    yield "", "An override names what it is for, for instance by fingerprints (docs/overrides.md)."


def _allowance(allowance: Allowance, rule: Rule) -> Iterator[str]:
    number = "One" if allowance.minimum == 1 else str(allowance.minimum)
    who = _group((allowance.users, allowance.teams))
    yield f"{number} of {who} may let it through for at most {_days(allowance, rule)} days,"
    yield f"for one of the reasons {', '.join(allowance.reasons)}."
    if allowance.severities:
        yield f"Only findings of severity {', '.join(allowance.severities)}."
    if allowance.require:
        yield f"The override needs a {' and a '.join(allowance.require)}."
    yield f"Approved by {ways(allowance)}."
    if glass := allowance.break_glass:
        yield f"{_group(glass.by)} may break the glass for at most {glass.maximum_hours} hours;"
        yield f"{glass.minimum} of {_group(glass.confirmed_by)} must confirm it within"
        yield f"{glass.confirm_within_hours} hours."
    yield f"({allowance.place})"


def _group(group: Group) -> str:
    users, teams = group
    return ", ".join((*users, *(f"{team} ({', '.join(members) or 'nobody'})" for team, members in teams)))


def _days(allowance: Allowance, rule: Rule) -> str:
    """``30``, or ``7 (critical), 30 (high), 90 (else)`` where it depends on the severity."""
    named = [each for each, _ in allowance.by_severity]
    named += [each for id_, term in allowance.shortened if id_ == rule.id for each, _ in term.by_severity]
    known = [each.value for each in Severity if each.value in named]
    rest = [each.value for each in Severity if each.value not in named]
    terms: list[tuple[str, int]] = [(each, allowance.days(rule.id, each)) for each in known]
    if rest:
        terms.append(("else", allowance.days(rule.id, rest[0])))
    if len({days for _, days in terms}) == 1:
        return str(terms[0][1])
    return ", ".join(f"{days} ({severity})" for severity, days in terms)


def _where(rule: Rule, policy: Policy) -> Iterator[tuple[str, str]]:
    yield "rule", f"{rule.code} in {rule.place}"
    about = [f"{policy.name} {policy.version}".strip(), policy.title, policy.owner]
    yield "policy", ", ".join(each for each in about if each)
    scope = policy.scope
    globs_of = (
        ("repositories", scope.repositories),
        ("branches", scope.branches),
        ("events", scope.events),
        ("changes of", scope.changed),
    )
    only = [f"{what} {', '.join(patterns)}" for what, patterns in globs_of if patterns]
    if only:
        yield "only for", "; ".join(only)
    for source in policy.tightened_by:
        yield "tightened by", source
    if rule.controls:
        yield "serves", ", ".join(rule.controls)
    yield "check", f"{rule.check}, described in docs/checks/{rule.check}.md"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _term(age: timedelta) -> str:
    hours, seconds = divmod(int(age.total_seconds()), 3600)
    if seconds or not hours:
        return f"{int(age.total_seconds()) // 60} minutes"
    return f"{hours} hours" if hours % 24 else f"{hours // 24} days"
