"""What the evidence about a change does not tell, and a rule of the kind ``approvals`` needs."""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.checks._approval_case import Case
from gatepass.checks._approval_rule import Asked
from gatepass.checks._approval_votes import Writers, strangers
from gatepass.checks._check import Question
from gatepass.model.decision import Finding


def gaps(question: Question, asked: Asked, case: Case) -> Iterator[Finding]:
    """Findings for what is not told about reviews, and about the people whose approvals must not count."""
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
    if "last-pusher" in asked.excluded and not case.pushers:
        yield question.missing(
            "nothing tells who pushed last, whose approval must not count",
            identity=("last-pusher",),
            fix="collect the change from the forge (--collect github or gitlab), if its token may see pushes",
        )
    if "gate" in asked.excluded and not case.gates:
        yield question.missing(
            "nothing tells which account the gate runs as, whose approval must not count",
            identity=("gate",),
            fix="collect the change from the forge (--collect github or gitlab), or leave `gate` out of "
            "`except`: where it is known it never counts",
        )
    yield from _unknown_writers(question, asked, case)


def _unknown_writers(question: Question, asked: Asked, case: Case) -> Iterator[Finding]:
    writers = Writers.of(case)
    unknown: list[str] = []
    listed = any(each.committers is not None and each.complete for each in case.evidence)
    if "committers" in asked.excluded:
        if not listed and not case.commits:
            yield question.missing(
                "no answer lists all committers, whose approvals must not count",
                identity=("committers",),
                fix="give pulls/N/commits (GitHub, `gh api --paginate --slurp`) as well, or write in the "
                "policy that committers may approve: `except: [author, bots]`",
            )
        # the forge knows accounts that an address in git does not lead to: what it lists is enough
        unknown += strangers(
            asked, case, case.committers if listed else (*case.committers, *writers.everybody)
        )
    elif "co-authors" in asked.excluded:
        if not case.commits:
            yield question.missing(
                "nothing tells the co-authors, whose approvals must not count",
                identity=("co-authors",),
                fix="collect the commits from git (--collect git), or except `committers`, "
                "among whom the forge lists co-authors",
            )
        unknown += strangers(asked, case, writers.co_authors)
    if unknown:
        yield question.missing(
            f"commits are by people without a known account: {', '.join(unknown)}",
            identity=("strangers",),
            fix="add the e-mail address to an account of the forge, and ask for pulls/N/commits again",
        )
