"""Who approved a change, and whether that is enough.

```yaml
- id: reviewed
  check: approvals
  minimum: 2
  from: {teams: [acme/appsec], minimum: 1}
```

asks for two people who approve, one of them at least from the team `acme/appsec`. `from` may be a list of
groups; each of them must be satisfied. One person counts once, however often they approve.

**What counts.** Of each person the last decision: approved, changes requested, or dismissed. A comment does
not take an approval back. The approval must be for the head commit, unless `on: any-commit` is written.
Whoever's last word is a request for changes blocks, unless `changes-requested: ignore` is written; this
holds for people whose approval would not count, and for bots.

An approval of an older commit counts where the forge shows that the change is the same: it was rebased
without changing anything, or the target branch was merged into it (`rebased: drop` forbids it). An approval
whose text was changed later does not count (`edited: ignore` allows it), and with `permission: write` only
those of people who may write at the time of asking. What GitHub calls an association is no permission.

**Who does not count.** The author, everyone who wrote or committed one of the commits (co-authors too), and
bots. Write `except` to relax this or to add to it: `last-pusher`, and `co-authors` where committers may
approve. `except-users` names further accounts. The account by which the gate asks and a deleted account never
count.

**One human being, several accounts.** Accounts that `same-person` lists together, that the forge links to one
identity, or that have one address of e-mail (the forges' no-reply addresses aside) count once. If one of them
is the author or another who does not count, neither do the others; an approval by such a second account that
would have counted is a finding of its own, which tells how the two are linked.

**Teams.** Who is in a team is asked when the evidence is collected: whoever has left is no member any more.

**Code owners.** With `code-owners: true` each changed path that has owners needs an approval that counts by
one of them, as the file of code owners of the target branch says: on GitHub the last line that matches; on
GitLab each section by itself, with the number that its heading asks for, and optional ones not at all. A role
(`@@maintainer`) is everybody who has just that one. Paths without owners need nobody. A line that cannot be
understood, and an error that the forge finds with a line that a changed path falls under, fail the rule.
Without a file it fails, unless `code-owners: if-any` is written.

**Merge queue.** The commit that a merge queue builds is nobody's to review: what counts are approvals of the
change request, at the head that the forge tells. Where answers about several are given, each must be
approved.

**Which evidence.** Rules that want more than the evidence tells are not judged, and so do not pass.

| forge | give these answers of its API | tells |
|---|---|---|
| GitHub | `pulls/N` or the event | author, head commit |
| | `pulls/N/reviews` (`gh api --paginate --slurp`) | decisions, with their commits |
| | `pulls/N/commits` (`gh api --paginate --slurp`) | committers |
| GitLab | `merge_requests/N` | author, head commit |
| | `merge_requests/N/approvals` | approvals, without commits |
| | `merge_requests/N/approval_state` | rules: each regular rule is a team of its name |

`gatepass collect github` (or `gitlab`, `bitbucket`, `azure`) asks for all of these, and for what it
alone asks: permissions, teams, code owners, changed paths, what the change did at each approved commit, who
pushed, and whose token asks. Commits from git (`gatepass collect git`) add those whom their addresses and
trailers name.

On GitLab, `gatepass collect gitlab` tells the commit of an approval (by when it was given, and when versions
were made), the accounts of committers, and by name who asks for changes. Plain files of its answers tell none
of that. Write `on: any-commit` and `except: [author, bots]` for them, and let GitLab do the rest: *remove all
approvals when commits are added*, *prevent approvals by users who add commits*. Bots are known by their user
names there (`project_7_bot_…`, `…-bot`); name service accounts in `except-users`.

A list of exactly 30 or 100 entries may be one page of several, and the next page may take an approval back:
the rule is then not judged. The empty list of a pull request without reviews looks like every empty list;
it is no evidence, and nothing passes by it. Answers about another change request or another head commit
are named and not used. For a build that is no change request, a pull request counts when its head, or the
commit that merging it made, is what was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gatepass.checks._approval_case import Case, cases_of
from gatepass.checks._approval_gaps import gaps
from gatepass.checks._approval_owners import judge_owners
from gatepass.checks._approval_rule import PARAMETERS, Asked, Group, in_words, mistakes
from gatepass.checks._approval_votes import COMMIT_UNKNOWN, PERMISSION_UNKNOWN, Vote, humans_of, votes_of
from gatepass.checks._check import Check, Judgement, Question, fingerprint
from gatepass.checks._reviewers import Reviewer, reviewers
from gatepass.model.approvals import Approvals
from gatepass.model.commits import Commits
from gatepass.model.decision import Finding

_TOLD_BY = {
    COMMIT_UNKNOWN: "collect the change from the forge (--collect gitlab): plain files of its answers do "
    "not tell, and need `on: any-commit`; what was approved in the moment of a push must be approved again",
    PERMISSION_UNKNOWN: "collect the change from the forge, which tells what approvers may do",
}
_SHOWN = 3  # people in the line for people; the details name all of them


def _judge(question: Question) -> Judgement:
    asked = Asked.of(question.rule)
    given = tuple(each for each in question.evidence if isinstance(each, Approvals))
    cases, findings = cases_of(question, given)
    if not cases:
        return Judgement("; ".join(each.message for each in findings), findings)
    own, *others = [_judged(question, asked, case) for case in cases]
    further = [_beside(question, case, each) for case, each in zip(cases[1:], others, strict=True)]
    summary = [own.summary, *(each.summary for each in further), *(each.message for each in findings)]
    everything = [*findings, *own.findings, *(found for each in further for found in each.findings)]
    return Judgement(" · ".join(summary), tuple(everything), own.figures)


def _judged(question: Question, asked: Asked, case: Case) -> Judgement:
    """What is to be said about one change request."""
    people = reviewers(case.evidence)
    votes = votes_of(asked, case, people)
    requesting = [each for each in people if each.requests_changes] if asked.changes_block else []
    missing = tuple(gaps(question, asked, case))
    unmet = [found for group in asked.groups if (found := _unmet(question, group, case, votes))]
    blocked = [_wants_changes(question, each) for each in requesting]
    blocked += [_approves_by_another_account(question, vote) for vote in votes if vote.second_account]
    owners = judge_owners(question, asked, case, votes)
    return Judgement(
        _summary(asked, case, votes, requesting, [owners.words, *(each.message for each in missing)]),
        (*unmet, *blocked, *owners.findings, *missing),
        (
            ("approvals", humans_of(votes)),
            ("required", asked.groups[0].minimum),
            ("changes requested", sum(each.requests_changes for each in people)),
        ),
    )


def _beside(question: Question, case: Case, judgement: Judgement) -> Judgement:
    """What is said about another change request of a merge queue, with its number."""
    about = f"change request {case.number}"
    found = (
        replace(
            each,
            message=f"{about}: {each.message}",
            fingerprint=fingerprint(question.rule.code, "queued", case.number or "", each.fingerprint),
        )
        for each in judgement.findings
    )
    return Judgement(f"{about}: {judgement.summary}", tuple(found), judgement.figures)


def _unmet(question: Question, group: Group, case: Case, votes: Sequence[Vote]) -> Finding | None:
    """The finding that too few of a group approve, or that nobody can tell."""
    mine = [vote for vote in votes if group.admits(vote.reviewer, case)]
    counted = humans_of(mine)
    if counted >= group.minimum:
        return None
    unlisted = [team for team in group.teams if not case.lists_team(team)]
    if unlisted:
        return question.missing(
            f"nothing tells who is in {' or '.join(unlisted)}",
            identity=("team", *group.identity),
            fix="collect the change with the option `teams` (--collect github or gitlab); in plain files of "
            "GitLab's answers a team is a regular rule of that name in merge_requests/N/approval_state, not "
            "one that was changed for this merge request; else name `users`",
        )
    message = f"{counted} of {in_words(group.minimum)}{group.label}"
    unknown = [vote for vote in mine if vote.unknown]
    what = next((vote.unknown for vote in unknown if vote.unknown), "")
    if what and counted + len({vote.human for vote in unknown}) >= group.minimum:
        return question.missing(f"{message} {what}", identity=("commit", *group.identity), fix=_TOLD_BY[what])
    return question.finding(
        message,
        identity=("approvals", *group.identity),
        place=question.rule.place_of("from" if group.label else "minimum"),
        details=[vote.words for vote in votes],
        fix=question.rule.fix or _whom_to_ask(group, counted, mine),
    )


def _whom_to_ask(group: Group, counted: int, mine: list[Vote]) -> str:
    again = [vote.reviewer.name for vote in mine if vote.stale]
    more = group.minimum - counted - len(again)
    asks = [f"ask {' and '.join(again)} to look again"] if again else []
    if more > 0:
        asks.append(f"ask {more} more {'person' if more == 1 else 'people'}{group.label} to approve")
    return "; ".join(asks)


def _approves_by_another_account(question: Question, vote: Vote) -> Finding:
    return question.finding(
        f"{vote.reviewer.name} approved and {vote.second_account}",
        identity=("second-account", vote.reviewer.identity),
        place=question.rule.place_of("same-person"),
        fix=question.rule.fix or "ask somebody else to approve, and dismiss that approval",
    )


def _name(vote: Vote) -> str:
    return vote.words if vote.twin or vote.note != "approved" else vote.reviewer.name


def _wants_changes(question: Question, reviewer: Reviewer) -> Finding:
    return question.finding(
        f"{reviewer.name} asks for changes",
        identity=("changes-requested", reviewer.identity),
        place=question.rule.place_of("changes-requested"),
        fix=question.rule.fix or f"make the changes, then ask {reviewer.name} to look again",
    )


def _summary(
    asked: Asked, case: Case, votes: list[Vote], requesting: list[Reviewer], further: Iterable[str]
) -> str:
    parts = []
    for group in asked.groups:
        counted = humans_of(vote for vote in votes if group.admits(vote.reviewer, case))
        parts.append(f"{counted} of {in_words(group.minimum)}{group.label}")
    against = [vote.words for vote in votes if vote.against]
    said = against or [", ".join(map(_name, votes))] if votes else []
    parts.extend(said[:_SHOWN])
    if len(said) > _SHOWN:
        parts.append(f"and {len(said) - _SHOWN} more")
    parts.extend(f"{each.name} asks for changes" for each in requesting[:_SHOWN])
    parts.extend(filter(None, further))
    if case.queued_as and case.head:
        parts.append(f"head {case.head[:7]}, as {case.queued_as[:7]} in the merge queue")
    return " · ".join(parts)


CHECK = Check(
    name="approvals",
    title="Enough of the right people approved the change",
    evidence=Approvals.KIND,
    parameters=PARAMETERS,
    judge=_judge,
    reads=(Commits.KIND,),
    validate=mistakes,
    example="""\
- id: reviewed
  title: Two people looked at it, one of them from security
  check: approvals
  minimum: 2
  from: {teams: [acme/appsec], minimum: 1}
  except: [author, committers, bots]
  on: head-commit
  controls: ["soc2:CC8.1"]
""",
)
