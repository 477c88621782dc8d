"""GitLab: the approvals of a merge request, ``GET /projects/{id}/merge_requests/{iid}/approvals``.

The people in ``approved_by`` are counted. ``approved`` and ``approvals_left`` are GitLab's own sums, which
contradict the list even in its documentation: they are not used, only their contradiction is said.

https://docs.gitlab.com/api/merge_request_approvals/#retrieve-approval-information-for-a-merge-request
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._gitlab import person
from gatepass.evidence._json import as_array, as_count, as_object, as_text, read_json
from gatepass.evidence.approvals import _gitlab
from gatepass.model.approvals import Approvals
from gatepass.model.facts import Json


def _recognises(head: Head) -> bool:
    json = head.json
    return (
        json is not None
        and json.shape == "object"
        and json.has("approved_by")
        and json.has_any("approvals_required", "user_has_approved")
        and not json.has_any("rules", "source_branch", "object_kind")
    )


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    if "approved_by" not in document:
        raise UnreadableEvidence("has no approved_by")
    reviews = []
    for index, entry in enumerate(as_array(document["approved_by"], "approved_by")):
        item = as_object(entry, f"approved_by[{index}]")
        by = person(item.get("user"), f"approved_by[{index}].user")
        reviews.append(_gitlab.approval(by, item.get("approved_at")))
    iid = document.get("iid")
    evidence = Approvals(
        report.source,
        change_request=None if iid is None else str(as_count(iid, "iid")),
        reviews=tuple(reviews),
        commits_known=False,
        state=as_text(document.get("state"), limit=60) or None,
    )
    return Reading(evidence, producer="GitLab", notes=_contradictions(document, len(reviews)))


def _contradictions(document: dict[str, Json], counted: int) -> tuple[str, ...]:
    if document.get("approvals_required") is None or document.get("approvals_left") is None:
        return ()
    required = as_count(document["approvals_required"], "approvals_required")
    left = as_count(document["approvals_left"], "approvals_left")
    if max(required - counted, 0) == left:
        return ()
    return (f"says that {left} of {required} approvals are left, and lists {counted}",)


FORMAT = Format(
    name="gitlab-approvals",
    title="GitLab approvals of a merge request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.gitlab.com/api/merge_request_approvals/",
)
