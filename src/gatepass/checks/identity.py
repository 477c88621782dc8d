"""Who set the run off, ran it again or let it deploy, how well that is known, and where the gate's job runs.

```yaml
- id: who
  check: identity
  triggered-by: {ids: [1001, 1002]}
  re-run-by: {users: [alice, bob]}
  minimum-assurance: oidc
  runner: hosted
  reusable-workflow: {allowed: ["acme/gate/.github/workflows/*.yml"], pinned: true}
```

asks that one of two people set off this attempt, that nobody but alice and bob ran it again, that a token of
the platform says so, and that the job of the gate runs on the platform's machines, in a workflow that is
called by a commit id.

**How people are known.** The pipeline's own variables name people, and whoever writes the pipeline can write
them: they are `self-asserted` and by default not enough. What the platform's API says is `platform-api`
(`--collect github`), what a token says that it signed is `oidc` (`--collect oidc`). Each person that any of
them names for a role must be allowed to play it, and at least one must be known as well as the rule asks:
where the variables and the token name two people, both must be allowed. A role that nothing tells of is
missing evidence, and so is an answer about another run or attempt, or about a run of which no job is running:
the variables say which run is asked about, and the gate is a step of one that goes on.

Nobody has to run it again: `re-run-by` holds where it is known, as well as the rule asks, that this is the
first attempt. And nobody has to start a job by hand: `played-by` holds where the API tells of all jobs, and
of none that somebody started. Azure does not tell that a stage was started by hand, so there it cannot be
judged. An attempt or a started job that nobody is named for is missing evidence.

| role | told by |
|---|---|
| `started-by` | GitHub: the token's and the API's `actor` |
| `triggered-by` | GitHub: the API, and for a first attempt the token; GitLab: the token's `user_id` |
| `re-run-by` | the API alone, for each attempt after the first |
| `played-by` | the API: who started jobs that wait to be started |
| `deployed-by` | the API: who let a job go into an environment |

Tokens of Bitbucket and CircleCI name no person but in `sub`, whose form is the owner's to change: nothing is
ever read out of it. A login can be given to somebody else, an id cannot; `users` and `ids` of one role are
two ways to be allowed.

**Which tokens count.** One that is verified, that is of this very build (repository by id, run, attempt,
commit), and that this run asked for itself. One in a file that was given counts as well where the rule pins
the issuer's keys (`jwks`) and the token names this run. The issuer is the one that the configuration names;
`issuers` makes the policy say so, and `collected: ["https://token.actions.githubusercontent.com"]` that its
keys were asked of itself. A token of a self-managed server is no better than that server.

**Where it runs.** `runner`, `environments` and `reusable-workflow` are about the job of the gate itself. For
`runner` the API's word is enough where the rule asks for no more; all others need a token. A workflow is
pinned by a whole commit id after its `@`, which must be the commit that the token says it ran.

**Bots** are known by what the API says of an account, by `[bot]` (GitHub), and by the names that GitLab gives
the bots of projects and groups. A machine user that looks like a human being is one here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gatepass.attribution import attributed
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._identity_rule import PARAMETERS, Asked, People, mistakes
from gatepass.checks._identity_tokens import Tokens, judge_tokens
from gatepass.checks._pipeline_gaps import foreign_run
from gatepass.checks._pipeline_jobs import manual_untold
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.build import Actor, Assurance
from gatepass.model.decision import Finding
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Job, JobStatus, Pipeline, Runner

# what others need to know of it stands beside it
__all__ = ["CHECK", "Asked"]

_BOT = re.compile(r".*\[bot\]|(project|group)_\d+_bot(_.*)?", re.IGNORECASE)
_RE_RUN, _PLAYED = "re-run-by", "played-by"
_FIX = "let the gate ask the platform itself (--collect oidc, or its API: --collect github)"


def _judge(question: Question) -> Judgement:
    asked = Asked.of(question.rule)
    tokens = Tokens.of(question, asked)
    given = [each for each in question.beside if isinstance(each, Pipeline)]
    foreign = {each.source.name: foreign_run(question, each) for each in given}
    runs = [each for each in given if foreign[each.source.name] is None]
    actors = _actors(question, tokens, runs)
    findings = [
        *(found for found in foreign.values() if found is not None and asked.asks_of_runs),
        *(found for group in asked.people for found in _people(question, asked, group, actors, runs)),
        *_known_at_all(question, asked, actors),
        *_first_attempt(question, asked, actors, tokens, runs),
        *(_bots(question, asked, actors, runs) if asked.refuses_bots else ()),
        *_runner(question, asked, tokens, runs),
        *judge_tokens(question, asked, tokens),
    ]
    said = [f"{each.role} {_shown(each)}" for each in actors if each.role in asked.roles]
    said += [each.message for each in findings]
    said += [f"token of {each.issuer}" for each in tokens.believed]
    return Judgement(" · ".join(said) or "nobody is named", tuple(findings))


def _actors(question: Question, tokens: Tokens, runs: Sequence[Pipeline]) -> tuple[Actor, ...]:
    """Everybody who is named for a role, by the best of what this rule may rely on.

    The build's actors were told by all evidence there is, and some of it is not the rule's: of them only the
    names stay, so that nobody is overlooked.
    """
    named = tuple(replace(each, assurance=Assurance.SELF_ASSERTED) for each in question.build.actors)
    evidence: list[Identity | Pipeline] = [*tokens.believed, *runs]
    return attributed(replace(question.build, actors=named), evidence).actors


def _people(
    question: Question, asked: Asked, group: People, actors: Sequence[Actor], runs: Sequence[Pipeline]
) -> Iterator[Finding]:
    mine = [each for each in actors if each.role == group.role]
    for actor in mine:
        if not group.admits(actor):
            yield question.finding(
                f"{group.key} {_shown(actor)}, who may not",
                identity=(group.key, actor.id or actor.login.casefold()),
                place=question.rule.place_of(group.key),
                fix=question.rule.fix or f"let somebody do it whom the rule names under {group.key}",
            )
    if group.key == _PLAYED and (untold := [run for run in runs if not run.manual_known]):
        yield manual_untold(question, untold[0])
        return
    if group.key == _PLAYED and (nameless := [job for job in _played(runs) if not _named(job.by)]):
        message = f"nothing tells who started {nameless[0].name} by hand"
        yield question.missing(message, identity=("played", nameless[0].name), fix=_FIX)
        return
    spared = not mine and (group.key == _RE_RUN or (group.key == _PLAYED and _nobody_played(asked, runs)))
    if not spared and not any(asked.reaches(each.assurance) for each in mine):
        yield _not_known(question, asked, group.key, mine)


def _nobody_played(asked: Asked, runs: Sequence[Pipeline]) -> bool:
    """Whether all jobs are told of, and none that waited for somebody has run."""
    told = [run for run in runs if asked.reaches(run.assurance) and run.complete]
    return bool(told) and not _played(told)


def _played(runs: Sequence[Pipeline]) -> list[Job]:
    """The jobs that waited for somebody, and have run."""
    waiting = (JobStatus.MANUAL, JobStatus.SKIPPED)
    return [job for run in runs for job in run.jobs if job.manual and job.status not in waiting]


def _named(person: Person | None) -> bool:
    return person is not None and bool(person.login)


def _known_at_all(question: Question, asked: Asked, actors: Sequence[Actor]) -> Iterator[Finding]:
    """Where the rule names no role, whoever set the run off must be known well enough."""
    if asked.people or not asked.roles:
        return
    mine = [each for each in actors if each.role in asked.roles]
    if not any(asked.reaches(each.assurance) for each in mine):
        yield _not_known(question, asked, " or ".join(asked.roles), mine)


def _not_known(question: Question, asked: Asked, what: str, mine: Sequence[Actor]) -> Finding:
    told = ", ".join(f"{_shown(each)} is {each.assurance}" for each in mine)
    message = f"nothing tells {what} as well as {asked.minimum}" + (f": {told}" if told else "")
    return question.missing(message, identity=("who", what), fix=_FIX)


def _first_attempt(
    question: Question, asked: Asked, actors: Sequence[Actor], tokens: Tokens, runs: Sequence[Pipeline]
) -> Iterator[Finding]:
    """That nobody ran it again must be known; and if somebody did, who."""
    if not any(each.key == _RE_RUN for each in asked.people):
        return
    told = [(each.attempt, each.assurance) for each in tokens.believed]
    told += [(each.attempt, each.assurance) for each in runs]
    told.append((question.build.run.attempt, Assurance.SELF_ASSERTED))
    attempts = [number for number, assurance in told if number is not None and asked.reaches(assurance)]
    again = any(number is not None and number > 1 for number, _ in told)
    named = any(each.role == _RE_RUN for each in actors)
    if nameless := [each for run in runs for each in run.attempts if each.number > 1 and not _named(each.by)]:
        message = f"nothing tells who set off attempt {nameless[0].number} of run {nameless[0].run}"
        yield question.missing(message, identity=("attempt", "nameless"), fix=_FIX)
    elif not named and (again or not attempts):
        message = (
            "it was run again, and nothing tells by whom" if again else "nothing tells which attempt it is"
        )
        yield question.missing(message, identity=("attempt",), fix=_FIX)


def _bots(
    question: Question, asked: Asked, actors: Sequence[Actor], runs: Sequence[Pipeline]
) -> Iterator[Finding]:
    bots = [each for run in runs for each in _people_of(run) if each.kind is PersonKind.BOT]
    for actor in actors:
        if actor.role not in asked.roles:
            continue
        account = Person(actor.login, actor.id)
        if _BOT.fullmatch(actor.login) or any(each.is_same_as(account) for each in bots):
            yield question.finding(
                f"{actor.role} {_shown(actor)}, a bot",
                identity=("bots", actor.role, actor.id or actor.login.casefold()),
                place=question.rule.place_of("bots"),
                fix=question.rule.fix or "let a human being do it",
            )


def _people_of(run: Pipeline) -> Iterator[Person]:
    told = (run.started_by, run.triggered_by, *(each.by for each in run.attempts))
    yield from (each for each in (*told, *(job.by for job in run.jobs)) if each is not None)


def _runner(question: Question, asked: Asked, tokens: Tokens, runs: Sequence[Pipeline]) -> Iterator[Finding]:
    wanted = asked.own.get("runner")
    if wanted is None:
        return
    told = [(each.runner, each.assurance) for each in tokens.believed]
    told += [(_gate_runner(run), run.assurance) for run in runs]
    known = [runner for runner, assurance in told if runner is not None and asked.reaches(assurance)]
    if not known:
        message = f"nothing tells on whose machine the gate runs as well as {asked.minimum}"
        yield question.missing(f"{message} ({tokens.why_none})", identity=("runner",), fix=_FIX)
    for runner in dict.fromkeys(runner for runner, _ in told if runner is not None):
        if runner != wanted:
            yield question.finding(
                f"the gate runs on a {runner} machine",
                identity=("runner", runner.value),
                place=question.rule.place_of("runner"),
                fix=question.rule.fix
                or f"let the gate's job run on a {wanted} one (GitHub: runs-on; GitLab: tags)",
            )


def _gate_runner(run: Pipeline) -> Runner | None:
    found = {job.runner for job in run.jobs if run.gate_job is not None and job.name == run.gate_job}
    return found.pop() if len(found) == 1 else None


def _shown(actor: Actor) -> str:
    return f"{actor.login} ({actor.id})" if actor.id and actor.id != actor.login else actor.login


CHECK = Check(
    name="identity",
    title="The run is whose it should be",
    evidence="build",
    parameters=PARAMETERS,
    judge=_judge,
    reads=(Identity.KIND, Pipeline.KIND),
    validate=mistakes,
    example="""\
- id: who
  title: A release is set off by one of us, on the platform's machines
  check: identity
  triggered-by: {ids: ["1001", "1002"]}
  minimum-assurance: oidc
  runner: hosted
  issuers: ["https://token.actions.githubusercontent.com"]
  controls: ["soc2:CC6.1"]
""",
)
