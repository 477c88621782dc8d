"""Which answers of the forge are about the build that is judged, and about which of its commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gatepass.checks._check import Question
from gatepass.model.approvals import Approvals, Person
from gatepass.model.build import Build
from gatepass.model.decision import Finding


@dataclass(frozen=True, slots=True)
class Case:
    """The answers about one change request, side by side.

    ``head`` is the commit under review, if known. ``opened_by`` is who opened the change request as the
    pipeline tells it: a login that is excluded as well, and no proof that there is no other author.
    """

    evidence: tuple[Approvals, ...]
    head: str | None
    opened_by: tuple[Person, ...] = ()

    @property
    def authors(self) -> tuple[Person, ...]:
        """Who opened the change request."""
        return tuple(each.author for each in self.evidence if each.author is not None)

    @property
    def committers(self) -> tuple[Person, ...]:
        """Who wrote or committed the commits."""
        return tuple(person for each in self.evidence for person in each.committers or ())

    @property
    def teams(self) -> dict[str, tuple[Person, ...]]:
        """Members of each team by its name, case folded; not what the author of a change may have set."""
        found: dict[str, tuple[Person, ...]] = {}
        for each in self.evidence:
            if each.rules_overwritten:
                continue
            for name, members in each.teams:
                found[name.casefold()] = found.get(name.casefold(), ()) + members
        return found

    def lists_team(self, team: str) -> bool:
        """Whether something tells who is in the team."""
        if self.teams.get(team.casefold()):
            return True
        named = (name for each in self.evidence for review in each.reviews or () for name in review.teams)
        return team.casefold() in map(str.casefold, named)

    @property
    def approval_lists(self) -> tuple[Approvals, ...]:
        """Answers that list every approval that stands (GitLab): what they leave out was taken back."""
        return tuple(
            each
            for each in self.evidence
            if each.reviews is not None and each.complete and not each.commits_known and not each.rules
        )


def case_of(question: Question, given: tuple[Approvals, ...]) -> tuple[Case | None, tuple[Finding, ...]]:
    """The answers about this build, and a finding for each that is about something else.

    Without a case, one of the findings says why there is none.
    """
    identified = _identify(question, given)
    if isinstance(identified, Finding):
        return None, (identified,)
    number, head = identified
    used: list[Approvals] = []
    foreign: list[Finding] = []
    for each in given:
        why = _about_another(each, question.build, number, head)
        if why is None:
            used.append(each)
        else:
            foreign.append(_foreign(question, each, why))
    if foreign and not used:
        return None, tuple(foreign)
    if not any(_names(each, number, head) for each in used):
        return None, (*foreign, _unbound(question))
    change = question.build.change_request
    opened_by = (Person(change.author),) if change and change.author else ()
    return Case(tuple(used), head, opened_by), tuple(foreign)


def _identify(question: Question, given: tuple[Approvals, ...]) -> tuple[str | None, str | None] | Finding:
    """Number of the change request and its head commit, as far as they are known."""
    build = question.build
    if build.change_request is not None:
        number = build.change_request.number
        if build.head is not None:
            return number, build.head.lower()
        anchors = [each for each in given if each.change_request == number]
    else:
        anchors = [each for each in given if _is_what_was_built(each, build)]
        if not anchors:
            return _unbound(question)
    numbers = _distinct(each.change_request for each in anchors)
    heads = _distinct(each.head for each in anchors if each.change_request) or _distinct(
        each.head for each in anchors
    )
    if len(numbers) > 1 or len(heads) > 1:
        return question.missing(
            "the answers are about more than one change request or head commit: "
            + ", ".join(numbers if len(numbers) > 1 else [head[:7] for head in heads]),
            identity=("ambiguous",),
            fix="give the answers about one change request, all asked at the same time",
        )
    return (numbers[0] if numbers else None), (heads[0] if heads else None)


def _is_what_was_built(each: Approvals, build: Build) -> bool:
    commits = {commit.lower() for commit in build.commits}
    return each.head in commits or each.merge_commit in commits


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value is not None})


def _about_another(each: Approvals, build: Build, number: str | None, head: str | None) -> str | None:
    """What the answer is about, when it is not this build."""
    if each.repository and build.repository and each.repository.casefold() != build.repository.casefold():
        return f"the repository {each.repository}, not {build.repository}"
    if each.change_request and number and each.change_request != number:
        return f"change request {each.change_request}, not {number}"
    if each.head and head and each.head != head:
        return f"the head commit {each.head[:7]}, not {head[:7]}"
    return None


def _names(each: Approvals, number: str | None, head: str | None) -> bool:
    by_number = number is not None and each.change_request == number
    return by_number or (head is not None and each.head == head)


def _foreign(question: Question, each: Approvals, why: str) -> Finding:
    return question.missing(
        f"{each.source.name} is about {why}",
        identity=("foreign", each.source.name),
        fix="ask the forge again about the change that is built, and give that answer",
    )


def _unbound(question: Question) -> Finding:
    return question.missing(
        "no answer names the change request or the commit that is built",
        identity=("unbound",),
        fix="give the pull request (GitHub: pulls/N) or merge request (GitLab: merge_requests/N) as well",
    )
