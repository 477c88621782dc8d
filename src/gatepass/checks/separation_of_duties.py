"""Roles that nobody may have together: who wrote a change does not approve it, nor let it go.

```yaml
- id: duties
  check: separation-of-duties
  apart:
    - [author, approver, deployer]
    - [author, override-approver]
    - [override-requester, override-approver]
```

asks that no human being has two of the roles of one list, by whichever of their accounts.

| role | is whoever | told by |
|---|---|---|
| `author` | opened the change request | approvals |
| `committer` | wrote, committed or signed one of its commits, co-authors too | approvals, commits |
| `last-pusher` | pushed its head | approvals that a forge was asked for |
| `approver` | approved it, at whichever commit, and did not take it back | approvals |
| `starter` | made the event that the run began with | pipeline, a token of the run, its variables |
| `triggerer` | set off this attempt at the run | pipeline, its variables |
| `re-runner` | set off any but the first attempt at a run for this commit, or retried a job | pipeline |
| `deployer` | let a job into an environment, or started a manual job | pipeline |
| `override-requester` | asked for an override that lets something through, or broke the glass | overrides |
| `override-approver` | approved it, or confirmed that the glass was broken | overrides |

There is no list by default: which roles an organisation keeps apart is for its policy to say.

**Who has a role.** Everybody of whom anything tells it; so an account that only the run's variables name has
it too. In a pipeline for a change request the triggerer mostly is the author; keep `triggerer` apart in the
pipelines that deploy (`scope: {events: [push, tag, manual]}`). Overrides are those that cover a finding of
this decision. The requester and the approver of an override are compared override by override, and the
people of a change request with each other request by request where a merge queue holds several. Whose name
merely stands in an override as approving has approved it, for this check.

Only what has happened when the gate asks can be judged: run it in the job that the environment lets in, not
before. An environment that asks nobody has no deployer; then whoever sets off the run deploys, and
`triggerer` is what to keep apart.

**One human being, several accounts.** Accounts are one's when `same-person` lists them together, when the
forge links them to one identity, or when they have one address of e-mail (the forges' no-reply addresses
aside), also over a third account. Ids are compared before logins.

**Who is nobody.** An account that was deleted, an address in a commit that is no account's, and a re-run or a
manual job that nobody is named for may be anybody's doing. While somebody has the other role, the rule cannot
be judged. Where the forge lists the committers, addresses that only git knows are not asked for.

**Bots** are counted like people; `bots: ignore` leaves their accounts out. Which accounts are bots the forge
says, or a name that ends with `[bot]`.

**What cannot be judged.** A role that nothing tells of is missing evidence: `approver` without approvals,
`deployer` where the forge tells nobody's name (Bitbucket), or not that a stage was started by hand (Azure).
That nobody re-ran anything, or that nothing was overridden, is an answer, and the rule passes. Evidence
about another change, another run or attempt than this one, or a run that is over, is named and not used.
With `minimum-assurance` each role must be told at least that well; the name of an override's requester is
known as well as the best known of its approvals.

An override of this very rule is not seen by it: let nobody override it, or watch over that with a second one.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._duties_apart import held_together, untold
from gatepass.checks._duties_change import add_change
from gatepass.checks._duties_holders import Holders, of_login
from gatepass.checks._duties_rule import PARAMETERS, Asked, Role, mistakes
from gatepass.checks._duties_run import add_overrides, add_run, names_of
from gatepass.humans import Humans, everybody, forges
from gatepass.model.approvals import Approvals, Person
from gatepass.model.commits import Commits
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Pipeline

_SHOWN = 3


def _judge(question: Question) -> Judgement:
    asked = Asked.of(question.rule)
    humans = Humans.of(asked.same_person, _people(question))
    holders = Holders()
    foreign = [*add_change(holders, question, humans), *add_run(holders, question)]
    add_overrides(holders, question)
    missing = [*foreign, *untold(question, asked, holders)]
    found = list(held_together(question, asked, holders, humans))
    people = {humans.of_person(each.person) for role in asked.roles for each in holders.of(role)}
    return Judgement(
        " · ".join((*(each.message for each in found), *(_summary(holders, role) for role in asked.roles))),
        (*found, *missing),
        (("roles", len(asked.roles)), ("people", len(people)), ("held together", len(found))),
    )


def _people(question: Question) -> Iterator[Person]:
    """Everybody who is named anywhere: a link between two accounts may lead over a third."""
    yield from everybody(question.beside, forges(question.build, question.beside))
    yield from (of_login(each.login, each.id) for each in question.build.actors)
    yield from names_of(question.overrides)
    for token in (each for each in question.beside if isinstance(each, Identity)):
        yield from (of_login(each.login, each.id) for each in token.actors if each.login)
    if question.build.change_request and question.build.change_request.author:
        yield of_login(question.build.change_request.author)


def _summary(holders: Holders, role: Role) -> str:
    if role not in holders.told:
        return f"{role} not known"
    names = list(dict.fromkeys(each.name for each in holders.of(role)))
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return f"{role} {', '.join([*names[:_SHOWN], *more]) or 'nobody'}"


CHECK = Check(
    name="separation-of-duties",
    title="Roles that nobody may have together",
    evidence="build",
    parameters=PARAMETERS,
    judge=_judge,
    reads=(Approvals.KIND, Commits.KIND, Pipeline.KIND, Identity.KIND, "overrides"),
    validate=mistakes,
    example="""\
- id: duties
  title: Who writes a change neither approves nor deploys it
  check: separation-of-duties
  apart:
    - [author, approver, deployer]
    - [author, override-approver]
    - [override-requester, override-approver]
  same-person:
    - [alice, alice-admin]
  minimum-assurance: platform-api
  controls: ["soc2:CC8.1", "nist-800-53:AC-5"]
""",
)
