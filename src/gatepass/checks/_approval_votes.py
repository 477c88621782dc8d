"""Whose approvals count, and why another's does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gatepass.checks._approval_case import Case
from gatepass.checks._approval_rule import Asked
from gatepass.checks._reviewers import Reviewer
from gatepass.humans import Humans, co_authors, signatories
from gatepass.model.approvals import Permission, Person, PersonKind, Review

COMMIT_UNKNOWN = "known to be for the head commit"
PERMISSION_UNKNOWN = "known to be by somebody who may"


@dataclass(frozen=True, slots=True)
class Vote:
    """Somebody's approval; ``against`` says why it does not count.

    ``human`` is the same for all accounts of one human being. ``stale``: it is for another commit than the
    head; ``unknown``: what nothing tells of it. ``second_account`` says whose second account approved, and
    how that is known, where nothing else is wrong with the approval. ``twin`` is another account by which the
    same human being approved.
    """

    reviewer: Reviewer
    human: str
    against: str | None = None
    unknown: str | None = None
    stale: bool = False
    note: str = "approved"
    second_account: str | None = None
    twin: str | None = None

    @property
    def counts(self) -> bool:
        """Whether nothing is against it."""
        return self.against is None

    @property
    def words(self) -> str:
        """One line for people."""
        said = self.against or self.note
        return f"{self.reviewer.name} {said}{f', and is {self.twin} by another account' if self.twin else ''}"


def humans_of(votes: Iterable[Vote]) -> int:
    """How many human beings approve in a way that counts."""
    return len({vote.human for vote in votes if vote.counts})


def votes_of(asked: Asked, case: Case, people: Iterable[Reviewer]) -> list[Vote]:
    """The approvals that stand, one for each account."""
    writers = Writers.of(case)
    humans = Humans.of(asked.same_person, (*case.people, *writers.everybody))
    found: list[Vote] = []
    for reviewer in people:
        if reviewer.approvals:
            vote = _vote(asked, case, writers, humans, reviewer)
            twin = next(
                (each for each in found if each.human == vote.human and each.counts and vote.counts), None
            )
            found.append(replace(vote, twin=twin.reviewer.name) if twin else vote)
    return found


@dataclass(frozen=True, slots=True)
class Writers:
    """Whom the commits in git name; somebody whose account nobody knows is a ghost without a login."""

    signatories: tuple[Person, ...]
    co_authors: tuple[Person, ...]

    @classmethod
    def of(cls, case: Case) -> Writers:
        """The people in the lists of commits, each once."""
        commits = [commit for listed in case.commits for commit in listed.commits]
        signed = (person for commit in commits for person in signatories(commit, case.forges))
        trailers = (person for commit in commits for person in co_authors(commit, case.forges))
        return cls(tuple(dict.fromkeys(signed)), tuple(dict.fromkeys(trailers)))

    @property
    def everybody(self) -> tuple[Person, ...]:
        """Authors, committers and co-authors."""
        return (*self.signatories, *self.co_authors)


def strangers(asked: Asked, case: Case, people: Iterable[Person]) -> list[str]:
    """The names of those whose account nothing tells."""
    writers = Writers.of(case)
    humans = Humans.of(asked.same_person, (*case.people, *writers.everybody))
    return sorted({each.name or each.email or "?" for each in people if not humans.knows(each)})


def _vote(asked: Asked, case: Case, writers: Writers, humans: Humans, reviewer: Reviewer) -> Vote:
    vote = replace(_merits(asked, case, reviewer), human=humans.of_person(reviewer.by))
    if said := _never(asked, case, writers, reviewer):
        return Vote(reviewer, vote.human, said)
    for role, person in _left_out(asked, case, writers):
        if not humans.are_one(reviewer.by, person):
            continue
        if not person.login:  # an address in the commits, of whoever has that account
            return Vote(reviewer, vote.human, role)
        said = f"is {person.login} by another account"
        how = f"{said}, who {role}; {humans.link(reviewer.by, person)}"
        return Vote(reviewer, vote.human, said, second_account=how if vote.counts else None)
    return vote


def _never(asked: Asked, case: Case, writers: Writers, reviewer: Reviewer) -> str | None:
    """Why approvals by this account never count."""
    person = reviewer.by
    if person.kind is PersonKind.GHOST:
        return "approved; nobody is behind that account"
    for role, each in _left_out(asked, case, writers):
        if person.is_same_as(each):
            return role
    if "bots" in asked.excluded and person.kind is PersonKind.BOT:
        return "is a bot"
    return None


def _left_out(asked: Asked, case: Case, writers: Writers) -> Iterator[tuple[str, Person]]:
    """Whose approvals do not count, with what they are."""
    groups: list[tuple[str, str, Iterable[Person]]] = [
        ("author", "is the author", (*case.authors, *case.opened_by)),
        ("committers", "is a committer", (*case.committers, *writers.signatories)),
        ("committers", "is a co-author", writers.co_authors),
        ("co-authors", "is a co-author", writers.co_authors),
        ("last-pusher", "pushed last", case.pushers),
    ]
    for name, role, people in groups:
        if name in asked.excluded:
            yield from ((role, each) for each in people)
    yield from (("is the account that the gate runs as", each) for each in case.gates)
    yield from (("is excluded by the rule", Person(each)) for each in sorted(asked.excluded_users))


def _merits(asked: Asked, case: Case, reviewer: Reviewer) -> Vote:
    """The approval by itself, whoever gave it."""
    for listed in case.approval_lists:
        if not any(reviewer.by.is_same_as(review.by) for review in listed.reviews or ()):
            return Vote(reviewer, "", f"is not among the approvals in {listed.source.name}")
    approvals = [each for each in reviewer.approvals if asked.edited or not _is_edited(each)]
    if not approvals:
        return Vote(reviewer, "", "edited the text of the approval after it was given")
    vote = _for_the_head(asked, case, reviewer, [review.commit for review in approvals])
    if vote.counts and asked.permission is not None:
        return _by_permission(vote, asked.permission)
    return vote


def _is_edited(review: Review) -> bool:
    return review.edited is not None and (review.at is None or review.edited > review.at)


def _by_permission(vote: Vote, wanted: Permission) -> Vote:
    has = vote.reviewer.permission
    if has is None:
        said = "approved, and nothing tells what they may do"
        return replace(vote, against=said, unknown=PERMISSION_UNKNOWN)
    if has.reaches(wanted):
        return vote
    may = "may do nothing in the repository" if has is Permission.NONE else f"may only {has}"
    return replace(vote, against=f"{may}, not {wanted}")


def _for_the_head(asked: Asked, case: Case, reviewer: Reviewer, commits: list[str | None]) -> Vote:
    """The approval, if it is for the head commit or for one at which the change was the same."""
    if not asked.head_only:
        return Vote(reviewer, "")
    if case.head is None:
        said = "approved, and nothing names the head commit"
        return Vote(reviewer, "", said, unknown=COMMIT_UNKNOWN)
    if case.head in commits:
        return Vote(reviewer, "")
    named = next((commit for commit in commits if commit is not None), None)
    if named is None:
        return Vote(reviewer, "", "approved, and nothing tells which commit", unknown=COMMIT_UNKNOWN)
    if asked.rebased and (same := next(filter(case.is_unchanged_since, commits), None)):
        return Vote(reviewer, "", note=f"approved {same[:7]}, the same change")
    said = f"approved {named[:7]}, not the head commit {case.head[:7]}"
    return Vote(reviewer, "", said, stale=True)
