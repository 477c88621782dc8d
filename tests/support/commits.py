"""Commits, lists of them, and the check `commits` asked about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatepass.checks import Judgement, Question
from gatepass.checks.commits import CHECK
from gatepass.model.build import Build, ChangeRequest, Event
from gatepass.model.commits import Commit, Commits, Signatory, Signature, SignatureStatus, Trailer
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.source import Source
from support.values import NOW, a_rule

BASE, ONE, TWO, SIDE = ("ba5e" * 10, "11" * 20, "22" * 20, "5d" * 20)
ALICE = Signatory("Alice", "alice@acme.example")
UNSIGNED = Signature(SignatureStatus.NONE)
ALLOWED = Signature(SignatureStatus.GOOD, "ssh", "SHA256:abc", "alice@acme.example")
ANYBODYS = Signature(SignatureStatus.GOOD, "ssh", "SHA256:xyz")
CHANGE = Build(
    "github",
    repository="acme/payments",
    commit="0b" * 20,
    other_commits=(TWO,),
    event=Event.CHANGE_REQUEST,
    change_request=ChangeRequest("482", head=TWO, base=BASE),
)
PUSH = Build("github", repository="acme/payments", commit=TWO, branch="main", event=Event.PUSH)


def a_commit(sha: str, *parents: str, **changes: Any) -> Commit:
    made = Commit(sha, parents, ALICE, ALICE, "PAY-7 Refunds", ALLOWED, (), sha[:2] * 19 + "ff")
    return replace(made, **{"patch_id": None} if len(parents) > 1 else {}, **changes)


def a_list(*commits: Commit, **changes: Any) -> Commits:
    """These commits (two good ones when none is given), newest first."""
    given = commits or (a_commit(TWO, ONE), a_commit(ONE, BASE))
    return replace(Commits(Source("commits.json"), BASE, given[0].sha, given, BASE), **changes)


def second(**changes: Any) -> Commits:
    """Two commits of which the newest is changed."""
    return a_list(a_commit(TWO, ONE, **changes), a_commit(ONE, BASE))


def judge(*lists: Commits, build: Build = CHANGE, **parameters: Any) -> Judgement:
    own = {name.replace("_", "-"): value for name, value in parameters.items()}
    rule = a_rule(
        "commits",
        check="commits",
        parameters=own,
        places={name: Place("release.yaml", 20, 5) for name in own},
    )
    return CHECK.judge(Question(rule, lists, build, NOW))


def said(judgement: Judgement) -> list[str]:
    return [each.message for each in judgement.findings]


def only_missing(judgement: Judgement) -> bool:
    """Whether there is a finding, and each tells of missing evidence."""
    kinds = {each.kind for each in judgement.findings}
    return kinds == {FindingKind.MISSING_EVIDENCE}


def signed_off(*addresses: str) -> tuple[Trailer, ...]:
    return tuple(Trailer("Signed-off-by", f"Somebody <{each}>") for each in addresses)
