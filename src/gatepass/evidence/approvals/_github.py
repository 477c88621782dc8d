"""What GitHub's REST answers and webhook events about reviews have in common.

https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request
"""

from __future__ import annotations

import re
from itertools import chain

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._github import person
from gatepass.evidence._json import as_array, as_count, as_object, as_text, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.approvals._commit import commit
from gatepass.model.approvals import Review, ReviewState
from gatepass.model.facts import Json

PAGE_SIZES = (30, 100)  # what GitHub gives at a time by default, and at most

_PULL_REQUEST = re.compile(r"/repos/([^/\s]+/[^/\s]+)/pulls/([0-9]+)$")
_STATES = {state.value.replace("-", "_"): state for state in ReviewState}


def read_pages(report: OpenReport, what: str) -> tuple[list[Json], bool]:
    """The entries of a list, and whether they are surely all of them.

    ``gh api --paginate --slurp`` writes a list of pages, which is all there is. A plain list that is as
    long as a page may be the first of several.
    """
    pages = as_array(read_json(report), "the document")
    slurped = bool(pages) and all(isinstance(page, list) for page in pages)
    entries = list(chain.from_iterable(as_array(page, "a page") for page in pages)) if slurped else pages
    if not entries:
        raise UnreadableEvidence(f"lists no {what}: an empty list says nothing of its own", code="empty")
    return entries, slurped or len(entries) not in PAGE_SIZES


def one_page_note(number: int) -> str:
    """The remark for a list that may go on elsewhere."""
    return (
        f"holds exactly {number} entries and may be one page of several; "
        "`gh api --paginate --slurp` gives all of them"
    )


def review(value: Json, what: str) -> Review:
    """A review; its state is upper case in REST answers and lower case in events."""
    item = as_object(value, what)
    written = as_text(item.get("state"), limit=60)
    state = _STATES.get(written.lower())
    if state is None:
        raise UnreadableEvidence(f"{what} has the state {written!r}, which is none of GitHub's")
    if "user" not in item:
        raise UnreadableEvidence(f"{what} has no user")
    at = instant(item.get("submitted_at"))
    if at is None and state is not ReviewState.PENDING:
        raise UnreadableEvidence(f"{what} has no submitted_at; the order of reviews decides")
    return Review(
        by=person(item["user"], f"{what}.user"),
        state=state,
        at=at,
        commit=commit(item.get("commit_id"), f"{what}.commit_id"),
        id=str(as_count(item.get("id"), f"{what}.id")),
        association=as_text(item.get("author_association"), limit=60) or None,
    )


def pull_request(url: Json, what: str) -> tuple[str, str]:
    """Repository (``owner/name``) and number, out of the address of a pull request in the API."""
    match = _PULL_REQUEST.search(as_text(url))
    if match is None:
        raise UnreadableEvidence(f"{what} is not the address of a pull request")
    return match[1], match[2]
