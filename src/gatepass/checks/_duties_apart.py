"""Whether two roles are of two people, and what is said where they are not, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatepass.checks._check import Question
from gatepass.checks._duties_holders import Holder, Holders
from gatepass.checks._duties_rule import Asked, Pair, Role
from gatepass.humans import Humans
from gatepass.model.approvals import PersonKind
from gatepass.model.decision import Finding

_COLLECT = "let the gate ask the forge (--collect), by a token that may see it"
_FIXES = {
    Role.COMMITTER: "collect the commits from git (--collect git) or the change from the forge",
    Role.RE_RUNNER: "let the gate ask the platform about its run (--collect)",
    Role.DEPLOYER: "let the gate ask the platform about its run (--collect), where it tells who lets jobs go",
}
_SHOWN = 6


def untold(question: Question, asked: Asked, holders: Holders) -> Iterator[Finding]:
    """Roles that may be anybody's, and those that are not known well enough."""
    for role in asked.roles:
        known = holders.told.get(role)
        if known is None:
            why = holders.why.get(role, "nothing was given")
            yield question.missing(
                f"nothing tells who the {role} is: {why}",
                identity=("role", role),
                fix=question.rule.fix or _FIXES.get(role, _COLLECT),
            )
        elif not asked.is_enough(known):
            yield question.missing(
                f"who the {role} is, is {known}; the rule wants {asked.minimum}",
                identity=("assurance", role),
                fix=question.rule.fix or _FIXES.get(role, _COLLECT),
            )


def held_together(question: Question, asked: Asked, holders: Holders, humans: Humans) -> Iterator[Finding]:
    """Human beings who have both roles of a pair, and pairs of which nobody knows whether one has both."""
    for pair in asked.pairs:
        one, two = ([each for each in holders.of(role) if not _is_spared(each, asked)] for role in pair)
        met = [(mine, theirs) for mine in one for theirs in two if mine.meets(theirs)]
        together: dict[str, list[tuple[Holder, Holder]]] = {}
        doubts: list[tuple[Holder, Holder]] = []
        for mine, theirs in met:
            if all(map(_has_a_name, (mine, theirs))) and humans.are_one(mine.person, theirs.person):
                together.setdefault(humans.of_person(mine.person), []).append((mine, theirs))
            elif _is_anybody(mine, humans) or _is_anybody(theirs, humans):
                doubts.append((mine, theirs))
        yield from (_together(question, pair, each, humans) for each in together.values())
        if doubts:
            yield _in_doubt(question, pair, doubts, humans)


def _is_spared(holder: Holder, asked: Asked) -> bool:
    return asked.ignores_bots and holder.person.kind is PersonKind.BOT


def _has_a_name(holder: Holder) -> bool:
    """Whether there is a login or an address that it could be known again by."""
    return bool(holder.person.login or holder.person.email)


def _is_anybody(holder: Holder, humans: Humans) -> bool:
    """Whether nobody can tell who it is: a deleted account, or an address without one."""
    person = holder.person
    return (person.kind is PersonKind.GHOST and bool(person.login)) or not humans.knows(person)


def _together(
    question: Question, pair: Pair, met: Sequence[tuple[Holder, Holder]], humans: Humans
) -> Finding:
    # the same account says it plainest
    mine, theirs = min(met, key=lambda both: (not both[0].person.is_same_as(both[1].person), both[0].name))
    first, second = pair
    message = f"{mine.name} is {first} and {second}"
    if not mine.person.is_same_as(theirs.person):
        how = humans.link(mine.person, theirs.person)
        message = f"{mine.name} is {first}, and {second} as {theirs.name}; {how}"
    lines = dict.fromkeys(each.words for side in zip(*met, strict=True) for each in side)
    return question.finding(
        message,
        identity=(
            *("apart", first, second),
            min(each.identity for each, _ in met),
            min(each.identity for _, each in met),
        ),
        place=question.rule.place_of("apart"),
        details=tuple(lines),
        fix=question.rule.fix or f"let somebody other than {mine.name} be the {second}",
    )


def _in_doubt(
    question: Question, pair: Pair, doubts: Sequence[tuple[Holder, Holder]], humans: Humans
) -> Finding:
    unknown = [each for both in doubts for each in both if _is_anybody(each, humans)]
    who = dict.fromkeys(f"the {each.role} is {_unknown(each)}" for each in unknown)
    return question.missing(
        f"nothing tells whether {pair[0]} and {pair[1]} are two people: {', '.join(list(who)[:_SHOWN])}",
        identity=("doubt", *pair),
        fix=question.rule.fix
        or "let somebody with an account take the role; add addresses of commits to accounts of the forge",
    )


def _unknown(holder: Holder) -> str:
    if holder.person.login or not (holder.person.email or holder.person.name):
        return "a deleted account" if holder.person.login else f"not named by {holder.source}"
    return f"{holder.name}, which is no account's"
