"""Reviews as approvals: of the change request that brings an override, or changes it.

They count for the files that the change touches and that stand in the judged commit with the very bytes used,
when the forge itself told this run of them. Whoever opened or wrote the change asked for what it brings, so
their approval is none, by whichever of their accounts. Whoever opened a change that adds an override asked
for it in any case: no approval of theirs counts, given in whichever way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gatepass.approving import accounts
from gatepass.humans import Humans, everybody, forges
from gatepass.model.approvals import Approvals, Person, PersonKind, Review, ReviewState
from gatepass.model.build import Assurance, Build
from gatepass.model.commits import Commits
from gatepass.model.evidence import Evidence
from gatepass.model.override import Approval, ApprovalHow, Bringer, Override

_DECIDING = (ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED)


def with_reviews(
    overrides: Sequence[Override],
    evidence: Sequence[Evidence],
    build: Build,
    same: Sequence[Sequence[str]] = (),
) -> tuple[Override, ...]:
    """The overrides with the approvals that the reviews of the judged change are, and who brings them by it.

    ``same`` are lists of logins, each of one human being. Every approval comes back with the further
    accounts of whoever gave it.
    """
    if not overrides:
        return ()
    usable = [each for each in evidence if each.source.usable]
    answers = [each for each in usable if isinstance(each, Approvals) and _is_of(each, build)]
    overrides = [_with_bringers(each, answers) for each in overrides]
    at = forges(build, usable)
    humans = accounts.known(overrides, usable, same, at)
    writers = [each for each in usable if isinstance(each, Commits) and each.head in build.commits]
    wrote = tuple(dict.fromkeys(everybody(writers, at)))
    return tuple(
        accounts.recognised(_with_reviews(each, answers, build, humans, wrote), humans) for each in overrides
    )


def _with_bringers(override: Override, answers: Sequence[Approvals]) -> Override:
    """The override with who opened the change that adds it.

    A forge tells what a change touches, not what is new in it; git tells what was there before, where it can.
    In doubt the change adds it.
    """
    if override.there_before or override.trace is not None:
        return override
    made = [
        Bringer((answer.author.login,), f"change {answer.change_request or '?'}")
        for answer in answers
        if answer.author and answer.author.login and override.place.path in (answer.changed_paths or ())
    ]
    return replace(override, brought_by=tuple(dict.fromkeys((*override.brought_by, *made))))


def _with_reviews(
    override: Override, answers: Sequence[Approvals], build: Build, humans: Humans, wrote: Sequence[Person]
) -> Override:
    if not set(override.committed_in) & set(build.commits):
        return override
    made = [
        approval
        for answer in answers
        if answer.changed_paths is not None and override.place.path in answer.changed_paths
        for approval in _approvals(answer, humans, wrote)
    ]
    if not made:
        return override
    logins = (*override.approved_by, *(each.by for each in made))
    return replace(
        override,
        approved_by=tuple({login.casefold(): login for login in reversed(logins)}.values())[::-1],
        approvals=tuple(dict.fromkeys((*override.every_approval, *made))),
    )


def _is_of(answer: Approvals, build: Build) -> bool:
    """Whether an answer is whole, from the forge itself, and about the change that is judged."""
    if answer.assurance is Assurance.SELF_ASSERTED or not answer.complete:
        return False
    if answer.author is None or answer.committers is None or answer.head is None:
        return False
    return answer.head in build.commits or answer.merge_commit in build.commits


def _approvals(answer: Approvals, humans: Humans, wrote: Sequence[Person]) -> Iterator[Approval]:
    acted = (answer.author, *(answer.committers or ()), answer.pushed_by, answer.gate)
    own = [*(each for each in acted if each is not None), *wrote]
    for review in _standing(answer.reviews or ()):
        by = review.by
        if review.state is not ReviewState.APPROVED or by.kind is not PersonKind.USER or not by.login:
            continue
        if _is_of_head(review, answer) and not any(humans.are_one(by, each) for each in own):
            said = f"review of change {answer.change_request or '?'} at {(answer.head or '')[:12]}"
            yield Approval(by.login, ApprovalHow.CHANGE_REQUEST, said=said, at=review.at)


def _standing(reviews: Sequence[Review]) -> list[Review]:
    """Of each reviewer the last review that decides: comments do not."""
    last: list[Review] = []
    for review in reviews:
        if review.state in _DECIDING:
            last = [each for each in last if not each.by.is_same_as(review.by)]
            last.append(review)
    return last


def _is_of_head(review: Review, answer: Approvals) -> bool:
    """Whether what was approved is the head, or does the very same, and was not written anew since."""
    edited = review.edited is not None and (review.at is None or review.edited > review.at)
    if review.commit is None or edited:
        return False
    if review.commit == answer.head:
        return True
    does = {each.head: each.change for each in answer.versions}
    return does.get(review.commit) is not None and does[review.commit] == does.get(answer.head or "")
