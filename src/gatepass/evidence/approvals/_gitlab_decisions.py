"""What everybody decided about a merge request: approvals that stand, requests for changes, what is gone.

Approvals that stand are those in ``approved_by`` and no others. A request for changes stands until the same
person approves: by the reviewer's state, else by the system notes, which name those who are no reviewers.
Notes that people write themselves count for nothing, whatever they say.

https://docs.gitlab.com/api/merge_request_approvals/, https://docs.gitlab.com/api/notes/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_object, as_text
from gatepass.evidence.approvals._gitlab_history import History
from gatepass.evidence.approvals._gitlab_people import People
from gatepass.model.approvals import Person, PersonKind, Review, ReviewState
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

_APPROVED, _UNAPPROVED = "approved this merge request", "unapproved this merge request"
_REQUESTED = ("requested changes", "requested changes to this merge request")
_SOMEBODY = Person("", kind=PersonKind.GHOST)


@dataclass(frozen=True, slots=True)
class _Note:
    """Something that GitLab noted of somebody."""

    by: Person
    body: str
    at: datetime


def decisions(
    collection: Collection, request: dict[str, Json], history: History, people: People
) -> tuple[Review, ...]:
    """Everybody's decision as it stands, in the order of approvals, requests, and what was taken back."""
    notes = _notes(collection, people)
    approved = _approved(collection, people)
    asking = _asking(collection, people, notes, [by for by, _ in approved])
    found = [
        _approval(by, at, notes, history) for by, at in approved if not _is_in([r.by for r in asking], by)
    ]
    found = [*(replace(each, **people.standing(each.by)) for each in found), *asking]
    if not asking and request.get("detailed_merge_status") == "requested_changes":
        found.append(Review(_SOMEBODY, ReviewState.CHANGES_REQUESTED))  # GitLab does not say who
    return (*found, *_taken_back(notes, [each.by for each in found]))


def _is_in(people: list[Person], one: Person) -> bool:
    return any(one.is_same_as(each) for each in people)


def _approved(collection: Collection, people: People) -> list[tuple[Person, Json]]:
    approvals = gitlab.one(collection, "approvals")
    entries = as_array(approvals.get("approved_by"), "approved_by")
    found = [as_object(each, "an approval") for each in entries]
    return [
        (people.person(each.get("user"), "the user of an approval"), each.get("approved_at"))
        for each in found
    ]


def _approval(by: Person, written: Json, notes: list[_Note], history: History) -> Review:
    at = instant(written)
    if written is not None and at is None:
        raise UnreadableEvidence("tells of an approval at no instant")
    if at is not None:
        return Review(by, ReviewState.APPROVED, at=at, commit=history.approved(at, by_note=False))
    noted = _last(notes, by, (_APPROVED, _UNAPPROVED))
    at = noted.at if noted and noted.body == _APPROVED else None
    return Review(by, ReviewState.APPROVED, at=at, commit=history.approved(at, by_note=True))


def _asking(
    collection: Collection, people: People, notes: list[_Note], approved: list[Person]
) -> list[Review]:
    """Who asks for changes: those whose state says so, and those who asked and have not approved since."""
    found: list[Review] = []
    for each in gitlab.listed(collection, "reviewers"):
        by = people.person(each.get("user"), "a reviewer")
        state = each.get("state")
        if not isinstance(state, str) or not state:
            raise UnreadableEvidence("lists a reviewer without a state")
        if state == "requested_changes":
            noted = _last(notes, by, _REQUESTED)
            found.append(Review(by, ReviewState.CHANGES_REQUESTED, at=noted.at if noted else None))
    settled = [*approved, *(each.by for each in found)]
    for by in _everybody(notes):
        last = _last(notes, by, (_APPROVED, *_REQUESTED))
        if last is not None and last.body in _REQUESTED and not _is_in(settled, by):
            found.append(Review(by, ReviewState.CHANGES_REQUESTED, at=last.at))
    return found


def _taken_back(notes: list[_Note], decided: list[Person]) -> list[Review]:
    """Approvals that were given once and do not stand: taken back, or removed when commits were added."""
    found = []
    for by in _everybody(notes):
        last = _last(notes, by, (_APPROVED, _UNAPPROVED))
        if last is not None and not _is_in(decided, by):
            found.append(Review(by, ReviewState.DISMISSED, at=last.at))
    return found


def _notes(collection: Collection, people: People) -> list[_Note]:
    """What GitLab itself noted about decisions, oldest first."""
    found = []
    for entry in gitlab.listed(collection, "notes"):
        if not isinstance(entry.get("system"), bool):
            raise UnreadableEvidence("lists a note of which nobody can tell who wrote it")
        body = as_text(entry.get("body"), limit=200).strip()
        if entry["system"] is not True or body not in (_APPROVED, _UNAPPROVED, *_REQUESTED):
            continue
        at = instant(entry.get("created_at"))
        if at is None:
            raise UnreadableEvidence("lists a note without a date; the order decides")
        found.append(_Note(people.person(entry.get("author"), "the author of a note"), body, at))
    return sorted(found, key=lambda each: each.at)


def _everybody(notes: list[_Note]) -> list[Person]:
    found: list[Person] = []
    for each in notes:
        if not _is_in(found, each.by):
            found.append(each.by)
    return found


def _last(notes: list[_Note], by: Person, bodies: tuple[str, ...]) -> _Note | None:
    """The last of some notes of a person; of several in one instant none that approves."""
    mine = [each for each in notes if each.by.is_same_as(by) and each.body in bodies]
    tied = [each for each in mine if each.at == mine[-1].at]
    return next((each for each in tied if each.body != _APPROVED), tied[-1] if tied else None)
