"""GitLab: the rules of a merge request, ``GET /projects/{id}/merge_requests/{iid}/approval_state``.

Each regular rule is a team: its name, and the people who may approve for it. Where the rules were changed
for this merge request (``approval_rules_overwritten``), its author may have done it. The answer does not
name its merge request. A rule that wants no approval is approved with nobody: only people count.

https://docs.gitlab.com/api/merge_request_approvals/#retrieve-the-approval-state-of-a-merge-request
"""

from __future__ import annotations

from collections import Counter

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._json import as_array, as_count, as_object, as_text, read_json
from gatepass.evidence.approvals import _gitlab
from gatepass.model.approvals import Approvals, ForgeRule, Person
from gatepass.model.facts import Json

_TEAM_RULE = "regular"


def _recognises(head: Head) -> bool:
    json = head.json
    return json is not None and json.shape == "object" and json.has("approval_rules_overwritten", "rules")


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    overwritten = document.get("approval_rules_overwritten")
    if not isinstance(overwritten, bool):
        raise UnreadableEvidence("has an approval_rules_overwritten that is not true or false")
    rules = tuple(
        _rule(entry, f"rules[{index}]")
        for index, entry in enumerate(as_array(document.get("rules"), "rules"))
    )
    approvers: dict[Person, None] = {person: None for rule in rules for person in rule.approved_by}
    regular = [rule for rule in rules if rule.type == _TEAM_RULE]
    names = Counter(rule.name.casefold() for rule in regular)
    evidence = Approvals(
        report.source,
        reviews=tuple(map(_gitlab.approval, approvers)) if rules else None,
        rules=rules,
        teams=tuple((rule.name, rule.eligible) for rule in regular if names[rule.name.casefold()] == 1),
        rules_overwritten=overwritten,
        commits_known=False,
    )
    return Reading(evidence, producer="GitLab", notes=tuple(_notes(rules, names, overwritten=overwritten)))


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
        eligible=_gitlab.people(rule.get("eligible_approvers", []), f"{what}.eligible_approvers"),
        approved_by=_gitlab.people(rule.get("approved_by"), f"{what}.approved_by"),
        approved=approved if isinstance(approved, bool) else None,
        section=as_text(rule.get("section"), limit=300) or None,
    )


def _notes(rules: tuple[ForgeRule, ...], names: Counter[str], *, overwritten: bool) -> list[str]:
    notes = []
    if overwritten:
        notes.append("the approval rules were changed for this merge request; they tell no teams")
    notes.extend(
        f"{n} rules are called {name!r}; none is taken for a team" for name, n in names.items() if n > 1
    )
    notes.extend(
        f"says that {rule.name!r} is approved, with {len(set(rule.approved_by))} of {rule.required}"
        for rule in rules
        if rule.approved and len(set(rule.approved_by)) < rule.required
    )
    return notes


FORMAT = Format(
    name="gitlab-approval-state",
    title="GitLab approval rules of a merge request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.gitlab.com/api/merge_request_approvals/",
)
