"""Who has a say in a change: its author, committers, last pusher and approvers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gatepass.checks._approval_case import Case, cases_of, ends_at
from gatepass.checks._check import Question
from gatepass.checks._duties_holders import VARIABLES, Holder, Holders, of_login
from gatepass.checks._duties_rule import WEAKEST_FIRST, Role
from gatepass.checks._reviewers import reviewers
from gatepass.humans import Humans, forges, makers
from gatepass.model.approvals import Approvals, Person
from gatepass.model.build import Assurance
from gatepass.model.commits import Commits
from gatepass.model.decision import Finding

_GAPS = {
    Role.AUTHOR: "no answer names the author",
    Role.COMMITTER: "no answer lists all committers",
    Role.LAST_PUSHER: "no answer tells who pushed last",
    Role.APPROVER: "no answer lists all reviews",
}


def add_change(holders: Holders, question: Question, humans: Humans) -> tuple[Finding, ...]:
    """What forge, git and the run's variables tell; findings for answers about something else."""
    given = tuple(each for each in question.beside if isinstance(each, Approvals))
    cases, findings = cases_of(question, given) if given else ([], ())
    several = len(cases) > 1  # in a merge queue
    for case in cases:
        _add_case(holders, case, f"change request {case.number}" if several else "")
    for role, gap in _GAPS.items():
        nothing = "no answer is about what is built" if given else "no approvals evidence was given"
        holders.complain(role, gap if cases else nothing)
    change = question.build.change_request
    if change is not None and change.author:
        person = of_login(change.author)
        holders.add(Holder(Role.AUTHOR, person, VARIABLES, Assurance.SELF_ASSERTED))
    _add_commits(holders, question, humans, cases)
    return findings


def _add_case(holders: Holders, case: Case, about: str) -> None:
    for answer in case.evidence:
        for role, people, whole in _told(answer):
            if whole:
                holders.tell(role, answer.assurance)
            for person in people:
                holders.add(Holder(role, person, answer.source.name, answer.assurance, about))
    for reviewer in reviewers(case.evidence):
        if reviewer.approvals:
            telling = _telling(case.evidence, reviewer.by)
            holders.add(Holder(Role.APPROVER, reviewer.by, telling.source.name, telling.assurance, about))


def _told(answer: Approvals) -> Iterator[tuple[Role, Sequence[Person], bool]]:
    """Roles with who has them, and whether those are all."""
    yield Role.AUTHOR, _one(answer.author), answer.author is not None
    whole = answer.committers is not None and answer.complete
    yield Role.COMMITTER, answer.committers or (), whole
    yield Role.LAST_PUSHER, _one(answer.pushed_by), answer.pushed_by is not None
    by_rules = [person for rule in answer.rules for person in rule.approved_by]
    yield Role.APPROVER, by_rules, answer.reviews is not None and answer.complete


def _one(person: Person | None) -> Sequence[Person]:
    return () if person is None else (person,)


def _telling(answers: Iterable[Approvals], person: Person) -> Approvals:
    """The best of the answers that list somebody's reviews."""
    lists = [each for each in answers if any(person.is_same_as(review.by) for review in each.reviews or ())]
    return max(lists, key=lambda each: WEAKEST_FIRST.index(each.assurance))


def _add_commits(holders: Holders, question: Question, humans: Humans, cases: Sequence[Case]) -> None:
    """Whom git names.

    An address without an account is somebody unknown, but where the forge lists the committers: it knows
    accounts that an address does not lead to.
    """
    listed = Role.COMMITTER in holders.told
    at = forges(question.build, question.beside)
    head = cases[0].head if len(cases) == 1 else question.build.head
    lists = [each for each in question.beside if isinstance(each, Commits)]
    for each in (one for one in lists if ends_at(one, question.build, head)):
        signed = all(commit.signature.allowed for commit in each.commits)
        holders.tell(Role.COMMITTER, Assurance.SIGNATURE if signed else Assurance.SELF_ASSERTED)
        for commit in each.commits:
            for person in makers(commit, at):
                if humans.knows(person) or not listed:
                    assurance = commit.signature.assurance
                    holders.add(Holder(Role.COMMITTER, person, each.source.name, assurance))
