"""Whether an owner of everything that was changed approves, by the file of code owners."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatepass import codeowners
from gatepass.checks._approval_case import Case
from gatepass.checks._approval_rule import Asked, CodeOwnersAsked, in_words
from gatepass.checks._approval_votes import Vote, humans_of
from gatepass.checks._check import Question
from gatepass.codeowners import Entry, Owner, OwnerKind, Ownership, Section
from gatepass.model.approvals import CodeOwners, OwnersDialect, Permission
from gatepass.model.decision import Finding

_AT_LINE = re.compile(r"\bline ([0-9]{1,9})\b")
_ROLES = {
    "developer": Permission.WRITE,
    "maintainer": Permission.MAINTAIN,
    "owner": Permission.ADMIN,
}
_COLLECT = "collect the change from the forge (--collect github or gitlab)"


@dataclass(frozen=True, slots=True)
class Owned:
    """Changed paths that have the same owners in the same section of the file."""

    section: Section
    owners: tuple[Owner, ...]
    paths: tuple[str, ...]

    @property
    def label(self) -> str:
        """Whose approval it takes, for people."""
        names = " or ".join(each.label for each in self.owners)
        return f"{names} ({self.section.name})" if self.section.name else names

    @property
    def identity(self) -> tuple[str, ...]:
        """What stays the same from run to run."""
        return (self.section.name.casefold(), *sorted(each.label.casefold() for each in self.owners))


@dataclass(frozen=True, slots=True)
class OwnersJudgement:
    """How far owners approve: in words, and a finding for each group of whom too few do."""

    words: str = ""
    findings: tuple[Finding, ...] = ()


def judge_owners(question: Question, asked: Asked, case: Case, votes: Sequence[Vote]) -> OwnersJudgement:
    """Whether owners approve what was changed, as far as the rule asks, and what cannot be told of that."""
    if asked.code_owners is CodeOwnersAsked.NO:
        return OwnersJudgement()
    files = {each.code_owners for each in case.evidence if each.code_owners is not None}
    lists = [each.changed_paths for each in case.evidence if each.changed_paths is not None]
    paths = sorted({path for each in lists for path in each})
    if len(files) == 1 and paths:
        return _by_file(question, asked, case, votes, files.pop(), paths)
    missing: list[Finding] = []
    if len(files) != 1:
        said = (
            "the answers hold different files of code owners" if files else "nothing tells who owns the code"
        )
        missing.append(question.missing(said, identity=("code-owners", "file"), fix=_COLLECT))
    if not paths:
        said = "the change touches no path" if lists else "nothing tells which paths the change touches"
        missing.append(question.missing(said, identity=("code-owners", "paths"), fix=_COLLECT))
    return OwnersJudgement("; ".join(each.message for each in missing), tuple(missing))


def _by_file(
    question: Question, asked: Asked, case: Case, votes: Sequence[Vote], file: CodeOwners, paths: list[str]
) -> OwnersJudgement:
    ownership = codeowners.parse(file.text, file.dialect)
    if not any(section.entries for section in ownership.sections) and not ownership.mistakes:
        return _without_owners(question, asked, file)
    decided = [(section, section.deciding(paths)) for section in ownership.sections]
    groups = list(_groups(decided))
    wrong = list(_mistaken(question, file, ownership, decided))
    unapproved = [found for each in groups if (found := _unapproved(question, case, votes, each, file))]
    owned = len({path for each in groups for path in each.paths})
    words = [found.message for found in (*wrong, *unapproved)] or [
        f"code owners approved {owned:,} of {len(paths):,} changed paths"
        + (", the others have none" if owned < len(paths) else "")
        if owned
        else f"none of {len(paths):,} changed paths has code owners"
    ]
    return OwnersJudgement("; ".join(words), (*wrong, *unapproved))


def _without_owners(question: Question, asked: Asked, file: CodeOwners) -> OwnersJudgement:
    said = f"{file.path} names no owner" if file.path else "the target branch has no file of code owners"
    if asked.code_owners is CodeOwnersAsked.IF_ANY:
        return OwnersJudgement(said)
    found = question.finding(
        said,
        identity=("code-owners", "none"),
        place=question.rule.place_of("code-owners"),
        fix=question.rule.fix or "add CODEOWNERS, or write `code-owners: if-any`",
    )
    return OwnersJudgement(said, (found,))


def _groups(decided: Sequence[tuple[Section, dict[str, Entry]]]) -> Iterator[Owned]:
    """The changed paths that somebody must approve, by their owners."""
    for section, entries in decided:
        if section.optional:
            continue
        groups: dict[tuple[Owner, ...], list[str]] = {}
        for path, entry in sorted(entries.items()):
            if entry.owners:
                groups.setdefault(tuple(sorted(entry.owners, key=lambda each: each.label)), []).append(path)
        yield from (Owned(section, owners, tuple(mine)) for owners, mine in groups.items())


def _mistaken(
    question: Question,
    file: CodeOwners,
    ownership: Ownership,
    decided: Sequence[tuple[Section, dict[str, Entry]]],
) -> Iterator[Finding]:
    """What is wrong with the file, as far as it may be about what was changed.

    The forge passes over a line that it cannot read, so an owner that somebody meant would be asked nothing.
    """
    lines = {entry.line for section in ownership.sections for entry in section.entries}
    touched = {entry.line for _, entries in decided for entry in entries.values()}
    for mistake in ownership.mistakes:
        yield _wrong(question, file, f"line {mistake.line} {mistake.message}")
    unread = {each.line for each in ownership.mistakes}
    for error in file.errors:
        found = _AT_LINE.search(error)
        line = int(found[1]) if found else None
        # an error without a line, or on one that we cannot see, may be about anything
        if line in touched or (line not in lines and line not in unread):
            yield _wrong(question, file, error.splitlines()[0] if error.strip() else "an error without words")


def _wrong(question: Question, file: CodeOwners, what: str) -> Finding:
    return question.missing(
        f"{file.path}: {what}",
        identity=("code-owners", "mistake", what),
        fix=f"mend {file.path} on the target branch: whom it means to name cannot be told",
    )


def _unapproved(
    question: Question, case: Case, votes: Sequence[Vote], owned: Owned, file: CodeOwners
) -> Finding | None:
    """The finding that too few of the owners approve, or that nobody can tell."""
    required = owned.section.required if file.dialect is OwnersDialect.GITLAB else 1
    admitted = [(vote, _is_owner(vote, owned, case)) for vote in votes]
    mine = [vote for vote, is_owner in admitted if is_owner]
    counted = humans_of(mine)
    if counted >= required:
        return None
    count = len(owned.paths)
    touched = owned.paths[0] if count == 1 else f"{count:,} changed paths"
    message = f"{counted} of {in_words(required)} from {owned.label}, for {touched}"
    unsure = {vote.human for vote, is_owner in admitted if is_owner is None and (vote.counts or vote.unknown)}
    unsure |= {vote.human for vote in mine if vote.unknown}
    if counted + len(unsure) >= required:
        names = ", ".join(vote.reviewer.name for vote, _ in admitted if vote.human in unsure)
        return question.missing(
            f"{message}: nothing tells whether the approval of {names} is one",
            identity=("code-owners", "membership", *owned.identity),
            fix=f"{_COLLECT}, with a token that may see members of teams and addresses",
        )
    return question.finding(
        message,
        identity=("code-owners", *owned.identity),
        place=question.rule.place_of("code-owners"),
        details=owned.paths,
        fix=question.rule.fix or f"ask {owned.label} to approve",
    )


def _is_owner(vote: Vote, owned: Owned, case: Case) -> bool | None:
    """Whether it is the approval of an owner; None when nothing tells."""
    answers = [_is(vote, owner, case) for owner in owned.owners]
    return True if True in answers else None if None in answers else False


def _is(vote: Vote, owner: Owner, case: Case) -> bool | None:
    person = vote.reviewer.by
    is_account = person.login.casefold() == owner.name.casefold()
    match owner.kind:
        case OwnerKind.ACCOUNT:
            return is_account
        case OwnerKind.TEAM:
            return case.is_member(person, owner.name, vote.reviewer.teams)
        case OwnerKind.ACCOUNT_OR_TEAM:  # a name is one of the two: an account is no group
            return is_account or bool(case.is_member(person, owner.name, vote.reviewer.teams))
        case OwnerKind.ROLE:
            told = vote.reviewer.permission
            has = told is _ROLES[owner.name] and not vote.reviewer.inherits
            return None if told is None else has
        case OwnerKind.EMAIL:
            return _has_address(vote, owner.name, case)


def _has_address(vote: Vote, address: str, case: Case) -> bool | None:
    """Whether the forge knows the account by that address; it seldom tells any."""
    accounts = [each for each in (*case.people, vote.reviewer.by) if each.is_same_as(vote.reviewer.by)]
    told = {
        each.casefold().removeprefix("mail:")
        for account in accounts
        for each in (*account.linked, account.email or "")
        if "@" in each
    }
    return address.casefold() in told or (False if told else None)
