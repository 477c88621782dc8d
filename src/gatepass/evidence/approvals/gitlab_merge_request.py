"""GitLab: a merge request, ``GET /projects/{id}/merge_requests/{iid}``.

It names the author and the head commit and lists no approvals. Where GitLab says that a reviewer wants
changes (``detailed_merge_status``), it does not say who.

https://docs.gitlab.com/api/merge_requests/#retrieve-a-merge-request
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._gitlab import person
from gatepass.evidence._json import as_count, as_object, as_text, read_json
from gatepass.evidence.approvals import _gitlab
from gatepass.evidence.approvals._commit import commit
from gatepass.model.approvals import Approvals, Person, PersonKind, Review, ReviewState
from gatepass.model.facts import Json

_SOMEBODY = Person("", kind=PersonKind.GHOST)


def _recognises(head: Head) -> bool:
    json = head.json
    return (
        json is not None
        and json.shape == "object"
        and json.has("iid", "project_id", "source_branch", "target_branch", "author.username", "sha")
        and not json.has("object_kind")
    )


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    merged = document.get("state") == "merged"
    wants_changes = document.get("detailed_merge_status") == "requested_changes"
    merge_commit = document.get("merge_commit_sha") or document.get("squash_commit_sha")
    evidence = Approvals(
        report.source,
        change_request=str(as_count(document.get("iid"), "iid")),
        repository=_repository(document.get("references")),
        author=person(document.get("author"), "author"),
        requested=_gitlab.people(document.get("reviewers", []), "reviewers"),
        head=_head(document),
        base=commit(_diff_refs(document).get("base_sha"), "diff_refs.base_sha"),
        merge_commit=commit(merge_commit, "merge_commit_sha") if merged else None,
        reviews=(Review(_SOMEBODY, ReviewState.CHANGES_REQUESTED),) if wants_changes else None,
        commits_known=False,
        state=as_text(document.get("state"), limit=60) or None,
        complete=not wants_changes,
    )
    return Reading(evidence, producer="GitLab")


def _head(document: dict[str, Json]) -> str:
    head = commit(document.get("sha"), "sha")
    if head is None:
        raise UnreadableEvidence("names no head commit")
    compared = commit(_diff_refs(document).get("head_sha"), "diff_refs.head_sha")
    if compared not in (None, head):
        raise UnreadableEvidence("has two head commits: GitLab was still comparing; ask it again")
    return head


def _diff_refs(document: dict[str, Json]) -> dict[str, Json]:
    refs = document.get("diff_refs")
    return {} if refs is None else as_object(refs, "diff_refs")


def _repository(references: Json) -> str | None:
    """``acme/payments`` out of the reference ``acme/payments!5``."""
    full = as_text(references.get("full")) if isinstance(references, dict) else ""
    return full.rpartition("!")[0] or None


FORMAT = Format(
    name="gitlab-merge-request",
    title="GitLab merge request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.gitlab.com/api/merge_requests/",
)
