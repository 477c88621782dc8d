"""People, their reviews, and the check `approvals` asked about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gatepass.checks import Question
from gatepass.checks.approvals import CHECK
from gatepass.model.approvals import (
    Approvals,
    CodeOwners,
    OwnersDialect,
    Person,
    PersonKind,
    Review,
    ReviewState,
)
from gatepass.model.build import Build, ChangeRequest, Event
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.source import Source

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
OLD = "3f2c1aa07e2b5f4f0c9c0c7d6c7d4b4f1b0e9a51"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHANGE = Build(
    "github",
    repository="acme/payments",
    commit="0badc0ffee0badc0ffee0badc0ffee0badc0ffee",
    event=Event.CHANGE_REQUEST,
    change_request=ChangeRequest("482", head=HEAD),
)

ALICE, BOB, CAROL, DAVE = (
    Person(login, id=str(number)) for number, login in enumerate(("alice", "bob", "carol", "dave"), 1)
)
RENOVATE = Person("renovate[bot]", id="9", kind=PersonKind.BOT)
ROBOT = Person("acme-gate", id="8")
GITHUB, GITLAB = OwnersDialect.GITHUB, OwnersDialect.GITLAB
GHOST = Person("ghost", kind=PersonKind.GHOST)


def reviewed(by, state="approved", *, commit=HEAD, minute=0, number=None, teams=(), **more):
    return Review(
        by,
        ReviewState(state),
        at=NOW - timedelta(hours=1) + timedelta(minutes=minute),
        commit=commit,
        id=number,
        teams=teams,
        **more,
    )


def reviews(*given, complete=True, number="482", name="reviews.json", **more):
    return Approvals(
        Source(name),
        change_request=number,
        repository="acme/payments",
        reviews=given,
        complete=complete,
        **more,
    )


PULL = Approvals(
    Source("pull.json"), change_request="482", repository="acme/payments", author=ALICE, head=HEAD
)
COMMITS = Approvals(Source("commits.json"), repository="acme/payments", committers=(ALICE,), head=HEAD)
MERGE_REQUEST = replace(PULL, source=Source("mr.json"), commits_known=False)


def listed(*people, name="approvals.json", **more):
    """GitLab's answer: people, no commits."""
    found = tuple(Review(person, ReviewState.APPROVED) for person in people)
    return Approvals(Source(name), change_request="482", reviews=found, commits_known=False, **more)


def collected(*given, paths=("src/refund.py",), owners=None, **more):
    """What a collector brings home, whole; ``owners`` is the text of CODEOWNERS."""
    file = CodeOwners(".github/CODEOWNERS" if owners else "", owners or "", more.pop("dialect", GITHUB))
    told = {
        "author": ALICE,
        "committers": (ALICE,),
        "head": HEAD,
        "changed_paths": paths,
        "code_owners": replace(file, errors=more.pop("errors", ())),
        "gate": ROBOT,
        **more,
    }
    return reviews(*given, name="github.json", **told)


def judge(*evidence, build=CHANGE, beside=(), **parameters):
    rule = Rule(
        "reviewed",
        "release",
        "approvals",
        Place("release.yaml", 14, 5),
        parameters={key.replace("_", "-").removeprefix("-"): value for key, value in parameters.items()},
        places={"minimum": Place("release.yaml", 16, 14)},
    )
    return CHECK.judge(Question(rule, evidence, build, NOW, beside))


def on_github(*given, **parameters):
    return judge(reviews(*given), PULL, COMMITS, **parameters)


def said(judgement):
    return [finding.message for finding in judgement.findings]


def missing(judgement):
    return [f.message for f in judgement.findings if f.kind is FindingKind.MISSING_EVIDENCE]
