"""The check `approvals`: one human being with several accounts, and further people who do not count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.model.approvals import Person, PersonKind
from gatepass.model.build import Run
from gatepass.model.commits import Commit, Commits, Signatory, Signature, SignatureStatus, Trailer
from gatepass.model.decision import FindingKind
from gatepass.model.source import Source
from support.reviews import (
    ALICE,
    BOB,
    CAROL,
    CHANGE,
    HEAD,
    OLD,
    PULL,
    ROBOT,
    collected,
    judge,
    missing,
    reviewed,
    reviews,
    said,
)

ADMIN = Person("alice-admin", id="21")
BOBBY = Person("bobby", id="22")
LINKED = [["Alice", "alice-admin"]]
SECOND = "alice-admin approved and is alice by another account, who is the author"

# --- a second account


def test_nobody_approves_by_a_second_account():
    judgement = judge(collected(reviewed(ADMIN), reviewed(BOB)), minimum=1, same_person=LINKED)
    assert said(judgement) == [f"{SECOND}; the rule names both as the same person"]
    assert judgement.findings[0].kind is FindingKind.VIOLATION
    assert "alice-admin is alice by another account" in judgement.summary


def test_a_second_account_is_one_too_few():
    judgement = judge(collected(reviewed(ADMIN)), minimum=1, same_person=LINKED)
    assert said(judgement)[0] == "0 of 1 approval"
    assert len(judgement.findings) == 2


@pytest.mark.parametrize(
    ("author", "approver", "how"),
    [
        (
            replace(ALICE, linked=("saml:a@acme.example",)),
            replace(ADMIN, linked=("SAML:A@acme.example",)),
            "both are saml:a@acme.example",
        ),
        (
            replace(ALICE, email="a@acme.example"),
            replace(ADMIN, email="A@ACME.example "),
            "both are a@acme.example",
        ),
        (
            replace(ALICE, email="a@acme.example"),
            replace(ADMIN, linked=("mail:a@acme.example",)),
            "both are a@acme.example",
        ),
    ],
)
def test_what_the_forge_knows_links_accounts(author, approver, how):
    judgement = judge(collected(reviewed(approver), reviewed(BOB), author=author), minimum=1)
    assert said(judgement) == [f"{SECOND}; {how}"]


@pytest.mark.parametrize(
    "address", ["", " ", "a@users.noreply.github.com", "noreply@github.com", "no-reply@acme.example"]
)
def test_addresses_that_belong_to_nobody_link_nothing(address):
    author, approver = replace(ALICE, email=address), replace(ADMIN, email=address)
    assert judge(collected(reviewed(approver), author=author), minimum=1).findings == ()


def test_a_link_may_lead_over_a_third_account():
    third = Person("alice-ops", id="23", email="a@acme.example")
    approver = replace(ADMIN, email="a@acme.example")
    judgement = judge(
        collected(reviewed(approver), reviewed(BOB), requested=(third,)),
        minimum=1,
        same_person=[["alice", "alice-ops"]],
    )
    assert said(judgement) == [f"{SECOND}; further accounts link the two"]


def test_what_one_answer_tells_of_an_account_holds_in_the_others():
    author = replace(ALICE, email="a@acme.example")
    known = replace(ADMIN, email="a@acme.example")
    judgement = judge(collected(reviewed(ADMIN), author=author, requested=(known,)), minimum=1)
    assert said(judgement)[0] == "0 of 1 approval"


def test_one_human_being_counts_once_by_whatever_accounts():
    judgement = judge(collected(reviewed(BOB), reviewed(BOBBY)), minimum=2, same_person=[["bob", "bobby"]])
    assert said(judgement) == ["1 of 2 approvals"]
    assert judgement.findings[0].details == (
        "bob approved",
        "bobby approved, and is bob by another account",
    )
    assert judge(collected(reviewed(BOB), reviewed(BOBBY)), minimum=2).findings == ()


def test_one_human_being_does_not_fill_two_groups_with_two_places():
    groups = [{"users": ["bob", "bobby"], "minimum": 2}]
    judgement = judge(collected(reviewed(BOB), reviewed(BOBBY)), _from=groups, same_person=[["bob", "bobby"]])
    assert said(judgement) == ["1 of 2 approvals from bob or bobby"]


def test_an_account_that_a_group_does_not_name_does_not_stand_for_one_that_it_names():
    judgement = judge(collected(reviewed(BOBBY)), _from={"users": ["bob"]}, same_person=[["bob", "bobby"]])
    assert said(judgement) == ["0 of 1 approval from bob"]


def test_a_second_account_whose_approval_would_not_count_anyway_is_no_finding():
    judgement = judge(collected(reviewed(ADMIN, commit=OLD), reviewed(BOB)), minimum=1, same_person=LINKED)
    assert judgement.findings == ()


def test_whoever_may_approve_may_by_any_account():
    relaxed = {"except": ["bots"]}
    assert judge(collected(reviewed(ADMIN)), minimum=1, same_person=LINKED, **relaxed).findings == ()


def test_accounts_of_somebody_whom_the_rule_excludes_are_excluded():
    judgement = judge(
        collected(reviewed(BOBBY)), minimum=1, except_users=["bob"], same_person=[["bob", "bobby"]]
    )
    assert judgement.findings[0].details == ("bobby is bob by another account",)


def test_deleted_accounts_are_nobodys_second_account():
    ghost = Person("ghost", kind=PersonKind.GHOST, email="a@acme.example")
    author = replace(ALICE, email="a@acme.example")
    judgement = judge(collected(reviewed(ghost), author=author), minimum=1)
    assert judgement.findings[0].details == ("a deleted account approved; nobody is behind that account",)


# --- the gate and who pushed last


def test_the_account_that_asks_never_counts():
    judgement = judge(collected(reviewed(ROBOT)), minimum=1, **{"except": []})
    assert judgement.findings[0].details == ("acme-gate is the account that the gate runs as",)


def test_who_asks_must_be_known_where_the_rule_says_so():
    listed = {"except": ["author", "committers", "bots", "gate"]}
    assert judge(collected(reviewed(BOB)), minimum=1, **listed).findings == ()
    unknown = judge(collected(reviewed(BOB), gate=None), minimum=1, **listed)
    assert missing(unknown) == ["nothing tells which account the gate runs as, whose approval must not count"]


def test_whoever_pushed_last_does_not_count_where_the_rule_says_so():
    listed = {"except": ["author", "committers", "bots", "last-pusher"]}
    pushed = collected(reviewed(BOB), pushed_by=BOB)
    assert judge(pushed, minimum=1, **listed).findings[0].details == ("bob pushed last",)
    assert judge(pushed, minimum=1).findings == ()
    unknown = judge(collected(reviewed(BOB)), minimum=1, **listed)
    assert missing(unknown) == ["nothing tells who pushed last, whose approval must not count"]


# --- those whom commits in git name


def from_git(*addresses, co_authors=(), **more):
    by = [Signatory("Somebody", each) for each in addresses or ("alice@acme.example",)]
    commits = tuple(
        Commit(
            f"{number:040x}",
            (),
            who,
            Signatory("GitHub", "noreply@github.com"),
            "Refunds",
            Signature(SignatureStatus.NONE),
            tuple(Trailer("Co-Authored-By", each) for each in co_authors),
        )
        for number, who in enumerate(by)
    )
    return Commits(Source("commits.json"), **{"base": "0" * 40, "head": HEAD, "commits": commits, **more})


KNOWN = replace(ALICE, email="alice@acme.example")
MAILED = replace(BOB, email="bob@acme.example")


def test_an_approver_whom_a_trailer_names_is_a_co_author():
    listed = from_git(co_authors=("Bob B. <bob@acme.example>",))
    judgement = judge(collected(reviewed(MAILED), author=KNOWN), minimum=1, beside=(listed,))
    assert judgement.findings[0].details == ("bob is a co-author",)


@pytest.mark.parametrize(
    "address",
    ["2+bob@users.noreply.github.com", "bob@users.noreply.github.com", "2-b@users.noreply.gitlab.com"],
)
def test_the_forges_own_addresses_name_an_account(address):
    judgement = judge(collected(reviewed(BOB)), minimum=1, beside=(from_git(address),))
    assert judgement.findings[0].details == ("bob is a committer",)


AT_GITHUB = replace(CHANGE, run=Run("7001", url="https://github.com/acme/payments/actions/runs/7001"))


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("github.com", True),
        ("GitHub.com", True),
        ("github.com.evil.example", False),
        ("evil.example", False),
        ("github.com@evil.example", False),
        ("gitlab.com", False),
        ("api.github.com", False),
    ],
)
def test_where_git_alone_lists_committers_an_account_is_one_of_this_forge(host, known):
    given = collected(reviewed(CAROL), committers=None)
    listed = from_git("2+bob@users.noreply." + host)
    judgement = judge(given, minimum=1, beside=(listed,), build=AT_GITHUB)
    said = [] if known else ["commits are by people without a known account: Somebody"]
    assert missing(judgement) == said


def test_where_nothing_tells_the_forge_an_address_proves_no_account_and_still_takes_away():
    given = collected(reviewed(BOB), committers=None)
    judgement = judge(given, minimum=1, beside=(from_git("2+bob@users.noreply.github.com"),))
    assert missing(judgement) == ["commits are by people without a known account: Somebody"]
    assert "bob is a committer" in [line for each in judgement.findings for line in each.details]


def test_co_authors_can_be_excluded_where_committers_may_approve():
    only = {"except": ["author", "co-authors"]}
    trailer = from_git("bob@acme.example", co_authors=("Carol <3+carol@users.noreply.github.com>",))
    given = collected(reviewed(MAILED), reviewed(CAROL), author=KNOWN, committers=None)
    judgement = judge(given, minimum=2, beside=(trailer,), build=AT_GITHUB, **only)
    assert said(judgement) == ["1 of 2 approvals"]
    assert "carol is a co-author" in judgement.findings[0].details


def test_co_authors_that_nothing_tells_are_missing_evidence():
    only = {"except": ["author", "co-authors"]}
    assert missing(judge(collected(reviewed(BOB)), minimum=1, **only)) == [
        "nothing tells the co-authors, whose approvals must not count"
    ]
    stranger = from_git(co_authors=("Carol <carol@home.example>",))
    judgement = judge(collected(reviewed(BOB)), minimum=1, beside=(stranger,), **only)
    assert missing(judgement) == ["commits are by people without a known account: Carol"]


def test_a_trailer_that_names_no_address_is_of_a_stranger():
    only = {"except": ["author", "co-authors"]}
    judgement = judge(collected(reviewed(BOB)), minimum=1, beside=(from_git(co_authors=("Carol",)),), **only)
    assert missing(judgement) == ["commits are by people without a known account: Carol"]


def test_commits_from_git_tell_the_committers_where_the_forge_does_not():
    listed = from_git("alice@acme.example")
    given = (reviews(reviewed(MAILED)), replace(PULL, author=KNOWN))
    assert judge(*given, minimum=1, beside=(listed,)).findings == ()
    strangers = from_git("alice@acme.example", "carol@home.example")
    assert missing(judge(*given, minimum=1, beside=(strangers,))) == [
        "commits are by people without a known account: Somebody"
    ]


@pytest.mark.parametrize("odd", [{"shallow": True}, {"commits": ()}, {"head": OLD}])
def test_a_list_of_commits_that_may_lack_some_tells_nothing(odd):
    given = (reviews(reviewed(MAILED)), replace(PULL, author=KNOWN))
    judgement = judge(*given, minimum=1, beside=(from_git(**odd),))
    assert missing(judgement) == ["no answer lists all committers, whose approvals must not count"]


def test_a_committer_without_an_account_is_known_by_the_address():
    stranger = Person("", kind=PersonKind.GHOST, name="B.", email="BOB@acme.example")
    judgement = judge(collected(reviewed(MAILED), committers=(ALICE, stranger)), minimum=1)
    assert missing(judgement) == []
    assert judgement.findings[0].details == ("bob is a committer",)
