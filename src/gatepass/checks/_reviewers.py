"""Who decided what: the reviews of a change request, put together by person.

A person's state is the last of approved, changes-requested and dismissed. A comment changes nothing, and
a draft (pending) is nobody's but its writer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile

from gatepass.model.approvals import Approvals, Permission, Person, PersonKind, Review, ReviewState

# of one review that two answers tell differently: it can be dismissed, and never be un-dismissed
_STRONGEST = (
    ReviewState.PENDING,
    ReviewState.COMMENTED,
    ReviewState.APPROVED,
    ReviewState.CHANGES_REQUESTED,
    ReviewState.DISMISSED,
)
_DECISIONS = _STRONGEST[2:]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person and that person's decisions, at least one, in the order of time."""

    by: Person
    decisions: tuple[Review, ...]

    @property
    def requests_changes(self) -> bool:
        """Whether the last word was to ask for changes."""
        return self.decisions[-1].state is ReviewState.CHANGES_REQUESTED

    @property
    def approvals(self) -> tuple[Review, ...]:
        """The approvals that still stand, newest first: those that no other decision came after."""
        return tuple(takewhile(lambda each: each.state is ReviewState.APPROVED, reversed(self.decisions)))

    @property
    def teams(self) -> frozenset[str]:
        """Teams, case folded, that the forge named with the reviews."""
        return frozenset(team.casefold() for each in self.decisions for team in each.teams)

    @property
    def permission(self) -> Permission | None:
        """What the person may do in the repository; of several answers the least, None without any."""
        told = [each.permission for each in self.decisions if each.permission is not None]
        return next((each for each in Permission if each in told), None)

    @property
    def inherits(self) -> bool:
        """Whether some answer says that the permission comes from above the repository."""
        return any(each.inherited for each in self.decisions)

    @property
    def name(self) -> str:
        """What to call the person."""
        if self.by.kind is PersonKind.GHOST:
            return "a deleted account" if self.by.login else "somebody"
        return self.by.login

    @property
    def identity(self) -> str:
        """What stays the same from run to run."""
        if self.by.kind is PersonKind.GHOST:
            return f"ghost {self.decisions[-1].id}"
        return self.by.id or self.by.login.casefold()


def reviewers(evidence: Iterable[Approvals]) -> tuple[Reviewer, ...]:
    """Everyone who took a decision, in the order of names."""
    reviews = _distinct(review for each in evidence for review in each.reviews or ())
    decisions = sorted((each for each in reviews if each.state in _DECISIONS), key=_order)
    ids = {each.by.login.casefold(): each.by.id for each in reviews if each.by.id is not None}
    by_person: dict[tuple[str, ...], list[Review]] = {}
    for index, review in enumerate(decisions):
        by_person.setdefault(_person_key(review, ids, index), []).append(review)
    found = [Reviewer(each[-1].by, tuple(each)) for each in by_person.values()]
    return tuple(sorted(found, key=lambda each: (each.by.login.casefold(), each.by.id or "", each.identity)))


def _distinct(reviews: Iterable[Review]) -> list[Review]:
    """The reviews without repetitions; what is told in two ways counts in the stricter one."""
    by_id: dict[str, Review] = {}
    rest: dict[Review, None] = {}
    for review in reviews:
        if review.id is None:
            rest[review] = None
        elif review.id in by_id:
            by_id[review.id] = _stricter(by_id[review.id], review)
        else:
            by_id[review.id] = review
    return [*by_id.values(), *rest]


def _stricter(one: Review, other: Review) -> Review:
    chosen = max(one, other, key=lambda each: (_STRONGEST.index(each.state), _order(each), each.by.login))
    return chosen if one.commit == other.commit else replace(chosen, commit=None)


def _order(review: Review) -> tuple[datetime, int, str, int]:
    number = int(review.id) if review.id and review.id.isdecimal() else 0
    return review.at or _LONG_AGO, number, review.id or "", _STRONGEST.index(review.state)


def _person_key(review: Review, ids: Mapping[str, str | None], index: int) -> tuple[str, ...]:
    if review.by.kind is PersonKind.GHOST:
        return ("ghost", str(index))  # two deleted accounts may be two people
    known = review.by.id or ids.get(review.by.login.casefold())
    return ("id", known) if known else ("login", review.by.login.casefold())
