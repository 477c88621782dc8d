"""GitHub: the reviews of a pull request, ``GET /repos/{owner}/{repo}/pulls/{number}/reviews``.

All pages: ``gh api --paginate --slurp repos/acme/payments/pulls/482/reviews``. An empty list looks like
every other empty list and is recognised by no format: without reviews nothing is approved.

https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request
"""

from __future__ import annotations

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, Head, OpenReport, Reading
from gatepass.evidence._json import as_object
from gatepass.evidence.approvals import _github
from gatepass.model.approvals import Approvals


def _recognises(head: Head) -> bool:
    json = head.json
    if json is None or json.shape != "array":
        return False
    keys = ("state", "user", "commit_id", "pull_request_url", "author_association")
    return any(
        json.has(*(f"{entry}.{key}" for key in keys)) and not json.has(f"{entry}.diff_hunk")
        for entry in ("[]", "[][]")
    )


def _read(report: OpenReport) -> Reading:
    entries, complete = _github.read_pages(report, "reviews")
    reviews = []
    about = set()
    for index, entry in enumerate(entries):
        what = f"review {index + 1}"
        item = as_object(entry, what)
        about.add(_github.pull_request(item.get("pull_request_url"), f"{what}.pull_request_url"))
        reviews.append(_github.review(item, what))
    if len(about) > 1:
        raise UnreadableEvidence("holds reviews of more than one pull request")
    repository, number = about.pop()
    return Reading(
        Approvals(
            report.source,
            change_request=number,
            repository=repository,
            reviews=tuple(reviews),
            complete=complete,
        ),
        producer="GitHub",
        notes=() if complete else (_github.one_page_note(len(entries)),),
    )


FORMAT = Format(
    name="github-reviews",
    title="GitHub reviews of a pull request",
    kind=Approvals.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request",
)
