"""Which answers of the forge are about the build that is judged, and about which of its commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gatepass.checks._check import Question
from gatepass.humans import forges
from gatepass.model.approvals import Approvals, Person
from gatepass.model.build import Build, Event
from gatepass.model.commits import Commits
from gatepass.model.decision import Finding


@dataclass(frozen=True, slots=True)
class Case:
    """The answers about one change request, side by side.

    ``head`` is the commit under review, if known. ``opened_by`` is who opened the change request as the
    pipeline tells it: a login that is excluded as well, and no proof that there is no other author.
    ``queued_as`` is the commit that a merge queue made of it, ``number`` the change request. ``commits`` are
    lists from git that end at the commit under review or at the one that is built. ``forges`` are the hosts
    whose made-up addresses name accounts.
    """

    evidence: tuple[Approvals, ...]
    head: str | None
    opened_by: tuple[Person, ...] = ()
    number: str | None = None
    queued_as: str | None = None
    commits: tuple[Commits, ...] = ()
    forges: frozenset[str] = frozenset()

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
            for name, members in _believed(each):
                found[name.casefold()] = found.get(name.casefold(), ()) + members
        return found

    def is_unchanged_since(self, commit: str | None) -> bool:
        """Whether the change does at that commit what it does at its head: it was rebased or updated only."""
        told: dict[str, set[str | None]] = {}
        for version in (each for one in self.evidence for each in one.versions):
            told.setdefault(version.head, set()).add(version.change)
        now, then = told.get(self.head or "", set()), told.get(commit or "", set())
        return len(now) == 1 and None not in now and then == now

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody whom the answers name."""
        found: dict[Person, None] = dict.fromkeys(self.opened_by)
        for each in self.evidence:
            named = (each.author, *(each.committers or ()), *each.requested, each.pushed_by, each.gate)
            found |= dict.fromkeys(person for person in named if person is not None)
            found |= dict.fromkeys(review.by for review in each.reviews or ())
            found |= dict.fromkeys(person for _, members in each.teams for person in members)
        return tuple(found)

    @property
    def pushers(self) -> tuple[Person, ...]:
        """Who pushed the head commit, where the forge tells."""
        return tuple(each.pushed_by for each in self.evidence if each.pushed_by is not None)

    @property
    def gates(self) -> tuple[Person, ...]:
        """The accounts by which the gate asked."""
        return tuple(each.gate for each in self.evidence if each.gate is not None)

    def lists_team(self, team: str) -> bool:
        """Whether something tells who is in the team."""
        if self.teams.get(team.casefold()) or self._was_asked(team):
            return True
        named = (name for each in self.evidence for review in each.reviews or () for name in review.teams)
        return team.casefold() in map(str.casefold, named)

    def is_member(self, person: Person, team: str, named: Iterable[str] = ()) -> bool | None:
        """Whether somebody is in the team as it is now, None when nothing tells.

        ``named`` are teams that the person's reviews name, in small letters: what was asked now counts more
        than what was true at the time of a review.
        """
        members = self.teams.get(team.casefold())
        if members or self._was_asked(team):
            return any(person.is_same_as(each) for each in members or ())
        return True if team.casefold() in named else None

    def _was_asked(self, team: str) -> bool:
        """Whether a collector asked of every reviewer, so that a team without members has none of them."""
        return any(
            each.changed_paths is not None
            and any(name.casefold() == team.casefold() for name, _ in _believed(each))
            for each in self.evidence
        )

    @property
    def approval_lists(self) -> tuple[Approvals, ...]:
        """Answers that list every approval that stands (GitLab): what they leave out was taken back."""
        return tuple(
            each
            for each in self.evidence
            if each.reviews is not None and each.complete and not each.commits_known and not each.rules
        )


def _believed(each: Approvals) -> list[tuple[str, tuple[Person, ...]]]:
    """The teams of an answer, without those that rules tell which the author of the change may have set."""
    doubtful = {rule.name.casefold() for rule in each.rules} if each.rules_overwritten else set()
    return [team for team in each.teams if team[0].casefold() not in doubtful]


def cases_of(question: Question, given: tuple[Approvals, ...]) -> tuple[list[Case], tuple[Finding, ...]]:
    """The change requests that are judged: one, or in a merge queue each that somebody gave answers about."""
    own, findings = case_of(question, given)
    if own is None:
        return [], findings
    cases = [own]
    change = question.build.change_request
    if question.build.event is not Event.MERGE_QUEUE or change is None:
        return cases, findings
    taken = {each.source.name for each in own.evidence}
    for number in _distinct(each.change_request for each in given if each.source.name not in taken):
        build = replace(question.build, change_request=replace(change, number=number, head=None, author=None))
        rest = tuple(each for each in given if each.source.name not in taken)
        case, said = case_of(replace(question, build=build), rest)
        if case is None:
            return [], said
        cases.append(case)
        taken |= {each.source.name for each in case.evidence}
    return cases, tuple(
        _foreign(question, each, "no change request that is queued")
        for each in given
        if each.source.name not in taken
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
    queued_as = question.build.commit if _is_queued(question.build) else None
    commits = tuple(
        each for each in question.beside if isinstance(each, Commits) and ends_at(each, question.build, head)
    )
    hosts = forges(question.build, used)
    return Case(tuple(used), head, opened_by, number, queued_as, commits, hosts), tuple(foreign)


def _is_queued(build: Build) -> bool:
    """Whether the build is of a commit that a merge queue made, which nobody reviews.

    GitHub tells that commit alone; GitLab tells the head of the merge request too.
    """
    change = build.change_request
    if build.event is not Event.MERGE_QUEUE or change is None:
        return False
    return change.head is None or change.head == build.commit


def ends_at(listed: Commits, build: Build, head: str | None) -> bool:
    """Whether a list from git is whole, and ends at the commit under review or at the one that is built."""
    begins = build.change_request.base if build.change_request else None
    if not listed.commits or listed.shallow or (begins and begins not in (listed.base, listed.merge_base)):
        return False  # commits may be missing
    return listed.head in {each.lower() for each in (*build.commits, head) if each}


def _identify(question: Question, given: tuple[Approvals, ...]) -> tuple[str | None, str | None] | Finding:
    """Number of the change request and its head commit, as far as they are known."""
    build = question.build
    if build.change_request is not None:
        number = build.change_request.number
        if build.head is not None and not _is_queued(build):
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
    if each.built and build.commit and each.built not in map(str.lower, build.commits):
        return f"the trial merge {each.built[:7]}, not {build.commit[:7]}"
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
