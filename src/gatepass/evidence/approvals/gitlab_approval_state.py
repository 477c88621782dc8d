"""GitLab: the rules of a merge request, ``GET /projects/{id}/merge_requests/{iid}/approval_state``.

Each regular rule is a team: its name, and the people who may approve for it. Where the rules were changed
for this merge request (``approval_rules_overwritten``), its author may have done it. The answer does not
name its merge request. A rule that wants no approval is approved with nobody: only people count.

https://docs.gitlab.com/api/merge_request_approvals/#retrieve-the-approval-state-of-a-merge-request
"""

from __future__ import annotations

from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._json import as_object, read_json
from gatepass.evidence.approvals import _gitlab
from gatepass.model.approvals import Approvals, Person


def _recognises(head: Head) -> bool:
    json = head.json
    return json is not None and json.shape == "object" and json.has("approval_rules_overwritten", "rules")


def _read(report: OpenReport) -> Reading:
    rules, overwritten = _gitlab.rules(as_object(read_json(report), "the document"))
    approvers: dict[Person, None] = {person: None for rule in rules for person in rule.approved_by}
    evidence = Approvals(
        report.source,
        reviews=tuple(map(_gitlab.approval, approvers)) if rules else None,
        rules=rules,
        teams=_gitlab.teams(rules),
        rules_overwritten=overwritten,
        commits_known=False,
    )
    return Reading(evidence, producer="GitLab", notes=tuple(_gitlab.notes(rules, overwritten=overwritten)))


FORMAT = Format(
    name="gitlab-approval-state",
    title="GitLab approval rules of a merge request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.gitlab.com/api/merge_request_approvals/",
)
