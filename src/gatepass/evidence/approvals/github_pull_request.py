"""GitHub: a pull request, ``GET /repos/{owner}/{repo}/pulls/{number}``, or the event that wraps one.

It names the author and the head commit and lists no reviews. A ``pull_request_review`` event holds the
one review that set it off, as it was then: that is kept, and marked as not all of them.

https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._github import person
from gatepass.evidence._json import as_count, as_object, as_text, objects, read_json
from gatepass.evidence.approvals import _github
from gatepass.evidence.approvals._commit import commit
from gatepass.model.approvals import Approvals


def _recognises(head: Head) -> bool:
    json = head.json
    if json is None or json.shape != "object":
        return False
    keys = ("number", "diff_url", "patch_url", "user", "head.sha", "base.sha")
    is_event = json.has("action", *(f"pull_request.{key}" for key in keys))
    return is_event or json.has(*keys)


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    pull = as_object(document["pull_request"], "pull_request") if "pull_request" in document else document
    repository, number = _github.pull_request(pull.get("url"), "url")
    if str(as_count(pull.get("number"), "number")) != number:
        raise UnreadableEvidence("has a number that is not the one in its url")
    if "user" not in pull:
        raise UnreadableEvidence("names no user, who is the author")
    head = commit(as_object(pull.get("head"), "head").get("sha"), "head.sha")
    if head is None:
        raise UnreadableEvidence("names no head commit")
    merged = pull.get("merged_at") is not None
    review = _github.review(document["review"], "review") if "review" in document else None
    evidence = Approvals(
        report.source,
        change_request=number,
        repository=repository,
        author=person(pull["user"], "user"),
        requested=tuple(
            person(user, f"requested_reviewers[{index}]")
            for index, user in enumerate(objects(pull.get("requested_reviewers")))
        ),
        head=head,
        base=commit(as_object(pull.get("base"), "base").get("sha"), "base.sha"),
        merge_commit=commit(pull.get("merge_commit_sha"), "merge_commit_sha") if merged else None,
        reviews=None if review is None else (review,),
        state="merged" if merged else as_text(pull.get("state"), limit=60) or None,
        complete=review is None,
    )
    note = "holds the one review that set off the event; give the list of reviews as well"
    return Reading(evidence, producer="GitHub", notes=() if review is None else (note,))


FORMAT = Format(
    name="github-pull-request",
    title="GitHub pull request, or an event about one",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request",
)
