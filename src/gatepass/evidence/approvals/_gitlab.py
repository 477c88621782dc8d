"""What GitLab's answers about merge requests have in common: approvals without a commit, and rules.

https://docs.gitlab.com/api/merge_request_approvals/
"""

from __future__ import annotations

from collections import Counter

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._gitlab import person
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.approvals import ForgeRule, Person, Review, ReviewState
from gatepass.model.facts import Json

_TEAM_RULE = "regular"
_Teams = tuple[tuple[str, tuple[Person, ...]], ...]


def people(value: Json, what: str) -> tuple[Person, ...]:
    """The accounts in a list."""
    return tuple(person(each, f"{what}[{index}]") for index, each in enumerate(as_array(value, what)))


def approval(by: Person, at: Json = None) -> Review:
    """An approval: GitLab lists it as long as it stands."""
    return Review(by, ReviewState.APPROVED, at=instant(at))


def rules(document: dict[str, Json]) -> tuple[tuple[ForgeRule, ...], bool]:
    """The rules of an approval state, and whether they were changed for this merge request."""
    overwritten = document.get("approval_rules_overwritten")
    if not isinstance(overwritten, bool):
        raise UnreadableEvidence("has an approval_rules_overwritten that is not true or false")
    found = as_array(document.get("rules"), "rules")
    return tuple(_rule(entry, f"rules[{index}]") for index, entry in enumerate(found)), overwritten


def _rule(entry: Json, what: str) -> ForgeRule:
    rule = as_object(entry, what)
    name = as_text(rule.get("name"), limit=300)
    kind = as_text(rule.get("rule_type"), limit=60)
    if not name or not kind:
        raise UnreadableEvidence(f"{what} has no name or no rule_type")
    approved = rule.get("approved")
    return ForgeRule(
        name,
        type=kind,
        required=as_count(rule.get("approvals_required"), f"{what}.approvals_required"),
        eligible=people(rule.get("eligible_approvers", []), f"{what}.eligible_approvers"),
        approved_by=people(rule.get("approved_by"), f"{what}.approved_by"),
        approved=approved if isinstance(approved, bool) else None,
        section=as_text(rule.get("section"), limit=300) or None,
    )


def teams(found: tuple[ForgeRule, ...]) -> _Teams:
    """Each regular rule is a team of its name; none where several have that name."""
    regular = [rule for rule in found if rule.type == _TEAM_RULE]
    names = Counter(rule.name.casefold() for rule in regular)
    return tuple((rule.name, rule.eligible) for rule in regular if names[rule.name.casefold()] == 1)


def notes(found: tuple[ForgeRule, ...], *, overwritten: bool) -> list[str]:
    """Remarks for people: rules that tell no team, and rules that say what their people do not."""
    names = Counter(rule.name.casefold() for rule in found if rule.type == _TEAM_RULE)
    said = []
    if overwritten:
        said.append("the approval rules were changed for this merge request; they tell no teams")
    said.extend(
        f"{n} rules are called {name!r}; none is taken for a team" for name, n in names.items() if n > 1
    )
    said.extend(
        f"says that {rule.name!r} is approved, with {len(set(rule.approved_by))} of {rule.required}"
        for rule in found
        if rule.approved and len(set(rule.approved_by)) < rule.required
    )
    return said
