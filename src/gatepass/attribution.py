"""Every action has a person: who did what, and how that is known.

Pure. The pipeline's own variables name who set it off, and anybody who writes the pipeline can write them.
What a forge or a signed token says of the same action takes their place where it agrees, and stands beside
them where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gatepass.model.approvals import Approvals, Person, ReviewState
from gatepass.model.build import Actor, Assurance, Build
from gatepass.model.evidence import Evidence
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Pipeline

_STRONGEST_FIRST = tuple(Assurance)


def attributed(build: Build, evidence: Sequence[Evidence]) -> Build:
    """The build with everybody who acted, each once for each role, at the best assurance there is."""
    about = [each for each in evidence if _is_about(each, build)]
    told = [*build.actors, *(actor for each in about for actor in _actors(each))]
    return replace(build, actors=tuple(_merged(told)))


def _is_about(evidence: Evidence, build: Build) -> bool:
    """Whether it tells of this build, and not of another that somebody handed in."""
    match evidence:
        case Approvals():
            number = build.change_request.number if build.change_request else None
            by_number = bool(number) and evidence.change_request == number
            return by_number or evidence.head in build.commits
        case Pipeline():
            return evidence.commit in build.commits and build.run.id in (None, evidence.run)
        case Identity():
            return evidence.other_than(build) is None
        case _:
            return False


def _merged(actors: Iterable[Actor]) -> Iterator[Actor]:
    kept: list[Actor] = []
    for actor in actors:
        same = next((index for index, each in enumerate(kept) if _is_same(each, actor)), None)
        if same is None:
            kept.append(actor)
        else:
            kept[same] = _better(kept[same], actor)
    order = {role: index for index, role in enumerate(dict.fromkeys(each.role for each in kept))}
    yield from sorted(kept, key=lambda each: (order[each.role], each.login.casefold(), each.id or ""))


def _is_same(one: Actor, other: Actor) -> bool:
    if one.role != other.role:
        return False
    if one.id is not None and other.id is not None:
        return one.id == other.id
    return one.login.casefold() == other.login.casefold()


def _better(one: Actor, other: Actor) -> Actor:
    """The better known of two that are one, with the id of the other where it has none."""
    first, second = sorted((one, other), key=lambda each: _STRONGEST_FIRST.index(each.assurance))
    return replace(first, id=first.id or second.id)


def _actors(evidence: Evidence) -> Iterator[Actor]:
    match evidence:
        case Approvals():
            yield from _of_change(evidence)
        case Pipeline():
            yield from _of_run(evidence)
        case Identity():
            for each in evidence.actors:
                if login := each.login or each.id:
                    yield Actor(each.role, login, each.id, evidence.assurance)
        case _:
            return


def _of_change(approvals: Approvals) -> Iterator[Actor]:
    people: list[tuple[str, Person | None]] = [
        ("author", approvals.author),
        *(("committed-by", each) for each in approvals.committers or ()),
        ("pushed-by", approvals.pushed_by),
        *((_ROLES[each.state], each.by) for each in approvals.reviews or () if each.state in _ROLES),
    ]
    yield from _known(people, approvals.assurance)


_ROLES = {
    ReviewState.APPROVED: "approved-by",
    ReviewState.CHANGES_REQUESTED: "changes-requested-by",
    ReviewState.DISMISSED: "dismissed-review-of",
}


def _of_run(run: Pipeline) -> Iterator[Actor]:
    people: list[tuple[str, Person | None]] = [
        ("started-by", run.started_by),
        ("triggered-by", run.triggered_by),
        *(("re-run-by", each.by) for each in run.attempts if each.number > 1),
        *(("played-by", job.by) for job in run.jobs if job.manual),
        *((f"deployment-{each.state}-by", each.by) for each in run.deployments),
    ]
    yield from _known(people, run.assurance)


def _known(people: Iterable[tuple[str, Person | None]], assurance: Assurance) -> Iterator[Actor]:
    for role, person in people:
        if person is not None and person.login:
            yield Actor(role, person.login, person.id, assurance)
