"""Who set the run going, ran it again and let it go into an environment; who overrode what it found."""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.checks._check import Question
from gatepass.checks._duties_holders import SOMEBODY, VARIABLES, Holder, Holders, of_login
from gatepass.checks._duties_rule import WEAKEST_FIRST, Role
from gatepass.checks._pipeline_gaps import foreign_run
from gatepass.model.approvals import Person
from gatepass.model.build import Assurance, Build
from gatepass.model.decision import Finding
from gatepass.model.identity import Identity
from gatepass.model.override import Override
from gatepass.model.pipeline import JobStatus, Pipeline

_BY_ACTOR = {"started-by": Role.STARTER, "triggered-by": Role.TRIGGERER}
_DECIDED_AGAINST = ("rejected", "declined", "pending")
_NOT_PLAYED = (JobStatus.MANUAL, JobStatus.SKIPPED)


def add_run(holders: Holders, question: Question) -> tuple[Finding, ...]:
    """What the platform, its token and the run's variables tell; findings for evidence of another run."""
    findings: list[Finding] = []
    for each in question.beside:
        if isinstance(each, Pipeline):
            if foreign := foreign_run(question, each):
                findings.append(foreign)
            else:
                _add_pipeline(holders, each)
        elif isinstance(each, Identity):
            _add_token(holders, each, question.build)
    nothing = "no pipeline evidence is of this run" if findings else "no pipeline evidence was given"
    for role in (Role.STARTER, Role.TRIGGERER, Role.RE_RUNNER, Role.DEPLOYER):
        holders.complain(role, nothing)
    # what evidence tells is among the actors too: read here, it would count for rules that do not believe it
    for actor in question.build.actors:
        if acted := _BY_ACTOR.get(actor.role):
            holders.tell(acted, Assurance.SELF_ASSERTED)
            person = of_login(actor.login, actor.id)
            holders.add(Holder(acted, person, VARIABLES, Assurance.SELF_ASSERTED))
    return tuple(findings)


def _commits(build: Build) -> set[str]:
    return {each.lower() for each in (*build.commits, build.head) if each}


def _add_pipeline(holders: Holders, run: Pipeline) -> None:
    def hold(role: Role, person: Person | None) -> None:
        holders.add(Holder(role, person or SOMEBODY, run.source.name, run.assurance))

    for role, person in ((Role.STARTER, run.started_by), (Role.TRIGGERER, run.triggered_by)):
        if person is not None:
            holders.tell(role, run.assurance)
            hold(role, person)
        else:
            holders.complain(role, f"{run.source.name} does not name them")
    for by in _re_runners(run):
        hold(Role.RE_RUNNER, by)
    if run.complete and (run.attempts or (run.attempt or 1) > 1):
        holders.tell(Role.RE_RUNNER, run.assurance)
    else:
        holders.complain(Role.RE_RUNNER, f"{run.source.name} may not list all attempts")
    for by in _deployers(run):
        hold(Role.DEPLOYER, by)
    if not run.manual_known:
        holders.complain(Role.DEPLOYER, f"{run.source.name} does not tell which jobs were started by hand")
    elif run.deployments_known and run.complete:
        holders.tell(Role.DEPLOYER, run.assurance)
    else:
        holders.complain(Role.DEPLOYER, f"{run.source.name} does not tell who let jobs go")


def _re_runners(run: Pipeline) -> Iterator[Person | None]:
    again = [each for each in run.attempts if each.number > 1]
    yield from (each.by for each in again)
    yield from (job.by for job in run.jobs if job.by and not job.manual and (job.attempt or 1) > 1)
    told = {each.number for each in again if each.run == run.run}
    if len(told) < (run.attempt or 1) - 1:
        yield None


def _deployers(run: Pipeline) -> Iterator[Person | None]:
    yield from (each.by for each in run.deployments if each.state.casefold() not in _DECIDED_AGAINST)
    yield from (job.by for job in run.jobs if job.manual and job.status not in _NOT_PLAYED)


def _add_token(holders: Holders, token: Identity, build: Build) -> None:
    said = [token.commit.lower() in _commits(build)] if token.commit else []
    said += [token.run == build.run.id] if token.run and build.run.id else []
    if not token.verified or not said or not all(said):
        return
    for actor in token.actors:
        role, login = _BY_ACTOR.get(actor.role), actor.login or actor.id
        if role and login:
            holders.tell(role, token.assurance)
            holders.add(Holder(role, of_login(login, actor.id), token.source.name, token.assurance))


def add_overrides(holders: Holders, question: Question) -> None:
    """Who asked for the overrides that let something through, and who approved or confirmed them."""
    roles = (Role.OVERRIDE_REQUESTER, Role.OVERRIDE_APPROVER)
    for each in question.overrides:
        for holder in _of_override(each):
            holders.add(holder)
    for role in roles:  # nobody has it for certain, or each of them is known as well as the worst known
        known = [each.assurance for each in holders.of(role)]
        holders.tell(role, min(known, key=WEAKEST_FIRST.index, default=WEAKEST_FIRST[-1]))


def _of_override(override: Override) -> Iterator[Holder]:
    """Whoever approves the file vouches for the name of the requester in it."""
    own = override.requested_by.casefold()
    given = override.every_approval
    best = max((each.assurance for each in given), key=WEAKEST_FIRST.index, default=Assurance.SELF_ASSERTED)
    path, about = override.place.path, override.id
    yield Holder(Role.OVERRIDE_REQUESTER, of_login(override.requested_by), path, best, about)
    for each in given:
        if own in each.named:
            continue  # the requester's own never counts; of a broken glass it is what breaks it
        source = each.said or path
        for name in sorted(each.named):
            yield Holder(Role.OVERRIDE_APPROVER, of_login(name), source, each.assurance, about)


def names_of(overrides: tuple[Override, ...]) -> Iterator[Person]:
    """Everybody whom overrides name, as accounts."""
    for override in overrides:
        yield of_login(override.requested_by)
        yield from (of_login(name) for each in override.every_approval for name in sorted(each.named))
