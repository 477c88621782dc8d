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

**Who does not count.** The author, everyone who wrote or committed one of the commits, and bots. Write
`except` to relax this, and `except-users` for further accounts. A deleted account never counts.

**Which evidence.** Rules that want more than the evidence tells are not judged, and so do not pass.

| forge | give these answers of its API | tells |
|---|---|---|
| GitHub | `pulls/N` or the event | author, head commit |
| | `pulls/N/reviews` (`gh api --paginate --slurp`) | decisions, with their commits |
| | `pulls/N/commits` (`gh api --paginate --slurp`) | committers |
| GitLab | `merge_requests/N` | author, head commit |
| | `merge_requests/N/approvals` | approvals, without commits |
| | `merge_requests/N/approval_state` | rules: each regular rule is a team of its name |

GitLab tells neither the commits of approvals nor the accounts of committers. Write `on: any-commit` and
`except: [author, bots]` there, and let GitLab do the rest: *remove all approvals when commits are added*,
*prevent approvals by users who add commits*. Of a request for changes GitLab tells by the merge request's
`detailed_merge_status` alone, without a name. Its bots are known by their user names (`project_7_bot_…`,
`…-bot`); name service accounts in `except-users`.

A list of exactly 30 or 100 entries may be one page of several, and the next page may take an approval back:
the rule is then not judged. The empty list of a pull request without reviews looks like every empty list;
it is no evidence, and nothing passes by it. Answers about another change request or another head commit
are named and not used. For a build that is no change request, a pull request counts when its head, or the
commit that merging it made, is what was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatepass.checks._approval_case import Case, case_of
from gatepass.checks._approval_rule import PARAMETERS, Asked, Group, in_words, mistakes
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._reviewers import Reviewer, reviewers
from gatepass.model.approvals import Approvals, PersonKind
from gatepass.model.decision import Finding

_SHOWN = 3  # people in the line for people; the details name all of them


@dataclass(frozen=True, slots=True)
class Vote:
    """Somebody's approval; ``against`` says why it does not count.

    ``stale``: it is for another commit than the head; ``unknown``: nothing tells for which.
    """

    reviewer: Reviewer
    against: str | None = None
    unknown: bool = False
    stale: bool = False

    @property
    def words(self) -> str:
        """One line for people."""
        return f"{self.reviewer.name} {self.against or 'approved'}"


def _judge(question: Question) -> Judgement:
    asked = Asked.of(question.rule)
    given = tuple(each for each in question.evidence if isinstance(each, Approvals))
    case, findings = case_of(question, given)
    if case is None:
        return Judgement("; ".join(each.message for each in findings), findings)
    people = reviewers(case.evidence)
    votes = [_vote(asked, case, each) for each in people if each.approvals]
    requesting = [each for each in people if each.requests_changes] if asked.changes_block else []
    missing = (*findings, *_gaps(question, asked, case))
    unmet = [found for group in asked.groups if (found := _unmet(question, group, case, votes))]
    blocked = [_wants_changes(question, each) for each in requesting]
    counted = sum(vote.against is None for vote in votes)
    return Judgement(
        _summary(asked, case, votes, requesting, missing),
        (*unmet, *blocked, *missing),
        (
            ("approvals", counted),
            ("required", asked.groups[0].minimum),
            ("changes requested", sum(each.requests_changes for each in people)),
        ),
    )


def _vote(asked: Asked, case: Case, reviewer: Reviewer) -> Vote:
    excluded = _excluded(asked, case, reviewer)
    if excluded is not None:
        return Vote(reviewer, excluded)
    for listed in case.approval_lists:
        if not any(reviewer.by.is_same_as(review.by) for review in listed.reviews or ()):
            return Vote(reviewer, f"is not among the approvals in {listed.source.name}")
    if not asked.head_only:
        return Vote(reviewer)
    if case.head is None:
        return Vote(reviewer, "approved, and nothing names the head commit", unknown=True)
    commits = [review.commit for review in reviewer.approvals]
    if case.head in commits:
        return Vote(reviewer)
    named = next((commit for commit in commits if commit is not None), None)
    if named is None:
        return Vote(reviewer, "approved, and nothing tells which commit", unknown=True)
    return Vote(reviewer, f"approved {named[:7]}, not the head commit {case.head[:7]}", stale=True)


def _excluded(asked: Asked, case: Case, reviewer: Reviewer) -> str | None:
    """Why approvals of this person never count."""
    person = reviewer.by
    if person.kind is PersonKind.GHOST:
        return "approved; nobody is behind that account"
    if "author" in asked.excluded and any(
        person.is_same_as(each) for each in (*case.authors, *case.opened_by)
    ):
        return "is the author"
    if "committers" in asked.excluded and any(person.is_same_as(each) for each in case.committers):
        return "is a committer"
    if "bots" in asked.excluded and person.kind is PersonKind.BOT:
        return "is a bot"
    if person.login.casefold() in asked.excluded_users:
        return "is excluded by the rule"
    return None


def _gaps(question: Question, asked: Asked, case: Case) -> Iterator[Finding]:
    """What the evidence does not tell, and the rule needs."""
    lists = [each for each in case.evidence if each.reviews is not None]
    if not lists:
        yield question.missing(
            "no answer lists the reviews",
            identity=("reviews",),
            fix="give pulls/N/reviews (GitHub) or merge_requests/N/approvals (GitLab) as well; "
            "an empty list is no evidence: nobody has reviewed yet",
        )
    elif not any(each.complete for each in lists):
        yield question.missing(
            "the list of reviews may not be complete, and what is not listed may take an approval back",
            identity=("incomplete",),
            fix="give all of pulls/N/reviews, for example by `gh api --paginate --slurp`",
        )
    if "author" in asked.excluded and not case.authors:
        yield question.missing(
            "no answer names the author, whose approval must not count",
            identity=("author",),
            fix="give the pull request (GitHub: pulls/N) or merge request (GitLab: merge_requests/N) as well",
        )
    if "committers" in asked.excluded:
        yield from _unknown_committers(question, case)


def _unknown_committers(question: Question, case: Case) -> Iterator[Finding]:
    if not any(each.committers is not None and each.complete for each in case.evidence):
        yield question.missing(
            "no answer lists all committers, whose approvals must not count",
            identity=("committers",),
            fix="give pulls/N/commits (GitHub, `gh api --paginate --slurp`) as well, or write in the policy "
            "that committers may approve: `except: [author, bots]`",
        )
    strangers = sorted({each.name or each.email or "?" for each in case.committers if not each.login})
    if strangers:
        yield question.missing(
            f"commits are by people without a known account: {', '.join(strangers)}",
            identity=("strangers",),
            fix="add the e-mail address to an account of the forge, and ask for pulls/N/commits again",
        )


def _unmet(question: Question, group: Group, case: Case, votes: list[Vote]) -> Finding | None:
    """The finding that too few of a group approve, or that nobody can tell."""
    mine = [vote for vote in votes if group.admits(vote.reviewer, case)]
    counted = sum(vote.against is None for vote in mine)
    if counted >= group.minimum:
        return None
    unlisted = [team for team in group.teams if not case.lists_team(team)]
    if unlisted:
        return question.missing(
            f"nothing tells who is in {' or '.join(unlisted)}",
            identity=("team", *group.identity),
            fix="a team is a regular approval rule of that name in merge_requests/N/approval_state (GitLab), "
            "not one that was changed for this merge request; else name `users`",
        )
    message = f"{counted} of {in_words(group.minimum)}{group.label}"
    if counted + sum(vote.unknown for vote in mine) >= group.minimum:
        return question.missing(
            f"{message} known to be for the head commit",
            identity=("commit", *group.identity),
            fix="GitLab does not tell: let it remove approvals when commits are added, "
            "and write `on: any-commit` in the policy",
        )
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


def _wants_changes(question: Question, reviewer: Reviewer) -> Finding:
    return question.finding(
        f"{reviewer.name} asks for changes",
        identity=("changes-requested", reviewer.identity),
        place=question.rule.place_of("changes-requested"),
        fix=question.rule.fix or f"make the changes, then ask {reviewer.name} to look again",
    )


def _summary(
    asked: Asked, case: Case, votes: list[Vote], requesting: list[Reviewer], missing: Iterable[Finding]
) -> str:
    parts = []
    for group in asked.groups:
        counted = sum(vote.against is None and group.admits(vote.reviewer, case) for vote in votes)
        parts.append(f"{counted} of {in_words(group.minimum)}{group.label}")
    against = [vote.words for vote in votes if vote.against]
    said = against or [", ".join(vote.reviewer.name for vote in votes)] if votes else []
    parts.extend(said[:_SHOWN])
    if len(said) > _SHOWN:
        parts.append(f"and {len(said) - _SHOWN} more")
    parts.extend(f"{each.name} asks for changes" for each in requesting[:_SHOWN])
    parts.extend(each.message for each in missing)
    return " · ".join(parts)


CHECK = Check(
    name="approvals",
    title="Enough of the right people approved the change",
    evidence=Approvals.KIND,
    parameters=PARAMETERS,
    judge=_judge,
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
