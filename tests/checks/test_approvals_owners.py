"""The check `approvals`: owners of what was changed, by the file of code owners."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.model.approvals import ForgeRule, Permission
from gatepass.model.decision import FindingKind
from gatepass.model.source import Source
from support.reviews import (
    ALICE,
    BOB,
    CAROL,
    COMMITS,
    DAVE,
    GITLAB,
    OLD,
    PULL,
    RENOVATE,
    collected,
    judge,
    missing,
    reviewed,
    reviews,
    said,
)

TEAM = "acme/payments"


def owned(*given, owners, rule=True, **more):
    return judge(collected(*given, owners=owners, **more), minimum=1, code_owners=rule)


# --- github


def test_the_approval_of_an_owner_is_enough():
    judgement = owned(reviewed(BOB), owners="* @carol @bob\n")
    assert judgement.findings == ()
    assert judgement.summary == "1 of 1 approval · bob · code owners approved 1 of 1 changed paths"


def test_somebody_elses_approval_does_not_stand_for_the_owners():
    judgement = owned(reviewed(BOB), owners="* @carol\n", paths=("a.py", "b.py"))
    (finding,) = judgement.findings
    assert finding.message == "0 of 1 approval from carol, for 2 changed paths"
    assert finding.kind is FindingKind.VIOLATION
    assert finding.details == ("a.py", "b.py")
    assert finding.fix == "ask carol to approve"


def test_each_group_of_owners_has_a_finding_of_its_own():
    owners = "* @carol\n/docs/ @dave\n/src/ @bob\n"
    judgement = owned(reviewed(BOB), owners=owners, paths=("a", "docs/b", "docs/c", "src/d"))
    assert said(judgement) == [
        "0 of 1 approval from carol, for a",
        "0 of 1 approval from dave, for 2 changed paths",
    ]
    assert len({found.fingerprint for found in judgement.findings}) == 2


def test_a_fingerprint_depends_on_the_owners_and_not_on_the_paths():
    one, two = (owned(owners="* @carol\n", paths=paths).findings[-1] for paths in (("a",), ("a", "b")))
    assert one.fingerprint == two.fingerprint


def test_paths_without_owners_need_nobody_and_that_is_said():
    judgement = owned(reviewed(BOB), owners="/docs/ @carol\n", paths=("src/a.py",))
    assert judgement.findings == ()
    assert judgement.summary.endswith("none of 1 changed paths has code owners")
    part = owned(reviewed(CAROL), owners="/docs/ @carol\n", paths=("src/a.py", "docs/b"))
    assert part.summary.endswith("code owners approved 1 of 2 changed paths, the others have none")


@pytest.mark.parametrize(
    "given",
    [
        reviewed(CAROL, commit=OLD),
        reviewed(CAROL, "dismissed"),
        reviewed(CAROL, "commented"),
    ],
)
def test_an_approval_that_does_not_count_is_no_owners_approval(given):
    judgement = owned(reviewed(BOB), given, owners="* @carol\n")
    assert said(judgement) == ["0 of 1 approval from carol, for src/refund.py"]


def test_the_author_and_bots_own_nothing_that_they_could_approve():
    owners = "* @alice @renovate[bot]\n"
    assert missing(owned(reviewed(BOB), owners=owners))  # GitHub takes no app for an owner
    judgement = owned(reviewed(BOB), reviewed(ALICE), owners="* @alice\n")
    assert said(judgement) == ["0 of 1 approval from alice, for src/refund.py"]
    judgement = owned(reviewed(BOB), reviewed(RENOVATE), owners="* @renovate\n")
    assert len(judgement.findings) == 1


def test_a_team_owns_by_its_members_as_they_are_now():
    team = {"teams": ((TEAM, (BOB,)),)}
    assert owned(reviewed(BOB), owners=f"* @{TEAM}\n", **team).findings == ()
    left = owned(reviewed(BOB, teams=(TEAM,)), owners=f"* @{TEAM}\n", teams=((TEAM, ()),))
    assert said(left) == [f"0 of 1 approval from {TEAM}, for src/refund.py"]


def test_a_team_whose_members_nobody_tells_is_missing_evidence():
    judgement = owned(reviewed(BOB), owners=f"* @{TEAM}\n")
    assert missing(judgement) == [
        f"0 of 1 approval from {TEAM}, for src/refund.py: nothing tells whether the approval of bob is one"
    ]
    nobody = owned(owners=f"* @{TEAM}\n")
    assert nobody.findings[-1].kind is FindingKind.VIOLATION


def test_an_address_owns_by_what_the_forge_knows_of_the_account():
    owners = "* carol@acme.example\n"
    known = replace(CAROL, email="Carol@acme.example")
    assert owned(reviewed(known), owners=owners).findings == ()
    other = replace(CAROL, email="c@acme.example")
    assert said(owned(reviewed(other), owners=owners)) == [
        "0 of 1 approval from carol@acme.example, for src/refund.py"
    ]
    assert "nothing tells" in missing(owned(reviewed(CAROL), owners=owners))[0]


def test_an_approval_for_nobody_knows_which_commit_leaves_it_open():
    judgement = owned(reviewed(CAROL, commit=None), owners="* @carol\n")
    assert len(missing(judgement)) == 2
    of_a_team = owned(reviewed(CAROL, commit=None), owners=f"* @{TEAM}\n")
    assert len(missing(of_a_team)) == 2


# --- what is wrong with the file


def test_an_owner_whom_the_forge_does_not_know_blocks_what_falls_under_the_line():
    error = "Unknown owner on line 2: make sure @gone exists and has write access\n\n  /src/ @gone\n"
    owners = "* @bob\n/src/ @gone @bob\n"
    judgement = owned(reviewed(BOB), owners=owners, errors=(error,))
    assert missing(judgement) == [
        ".github/CODEOWNERS: Unknown owner on line 2: make sure @gone exists and has write access"
    ]
    elsewhere = owned(reviewed(BOB), owners=owners, errors=(error,), paths=("docs/a.md",))
    assert elsewhere.findings == ()


@pytest.mark.parametrize("error", ["Something is wrong", "Invalid pattern on line 9", "", " "])
def test_an_error_that_cannot_be_placed_may_be_about_anything(error):
    assert len(missing(owned(reviewed(BOB), owners="* @bob\n", errors=(error,)))) == 1


def test_a_line_that_cannot_be_understood_is_missing_evidence():
    judgement = owned(reviewed(BOB), owners="* @bob\n!/src/ @carol\n")
    assert missing(judgement) == [
        ".github/CODEOWNERS: line 2 '!/src/' is a pattern that GitHub does not take"
    ]


def test_a_line_that_the_forge_finds_wrong_too_is_said_once():
    error = "Invalid pattern on line 2: x"
    assert len(missing(owned(reviewed(BOB), owners="* @bob\n!/src/ @carol\n", errors=(error,)))) == 1


# --- what is not there


@pytest.mark.parametrize("text", ["", "# nobody\n"])
def test_without_owners_the_rule_fails_unless_it_says_if_any(text):
    judgement = owned(reviewed(BOB), owners=text)
    assert [found.kind for found in judgement.findings] == [FindingKind.VIOLATION]
    assert owned(reviewed(BOB), owners=text, rule="if-any").findings == ()


def test_if_any_asks_the_owners_that_there_are():
    assert said(owned(reviewed(BOB), owners="* @carol\n", rule="if-any"))


def test_a_rule_that_does_not_ask_for_owners_does_not_look():
    assert owned(reviewed(BOB), owners="* @carol\n", rule=False).findings == ()


def test_answers_that_do_not_tell_owners_or_paths_are_missing_evidence():
    plain = judge(reviews(reviewed(BOB)), PULL, COMMITS, minimum=1, code_owners=True)
    assert missing(plain) == [
        "nothing tells who owns the code",
        "nothing tells which paths the change touches",
    ]
    loose = judge(reviews(reviewed(BOB)), PULL, COMMITS, minimum=1, code_owners="if-any")
    assert len(missing(loose)) == 2
    assert missing(owned(reviewed(BOB), owners="* @bob\n", paths=())) == ["the change touches no path"]


def test_two_answers_with_different_files_are_missing_evidence():
    one = collected(reviewed(BOB), owners="* @bob\n")
    two = replace(collected(owners="* @carol\n"), source=Source("two.json"))
    judgement = judge(one, two, minimum=1, code_owners=True)
    assert missing(judgement) == ["the answers hold different files of code owners"]


# --- gitlab

SECTIONS = """\
* @bob

[Security][2] @acme/appsec
*.py

^[Advice] @erin
*.py
"""


def on_gitlab(*given, owners=SECTIONS, **more):
    return owned(*given, owners=owners, dialect=GITLAB, **more)


def test_each_section_counts_for_itself_and_an_optional_one_not_at_all():
    appsec = {"teams": (("acme/appsec", (CAROL, DAVE)),)}
    assert on_gitlab(*map(reviewed, (BOB, CAROL, DAVE)), **appsec).findings == ()
    judgement = on_gitlab(reviewed(BOB), reviewed(CAROL), **appsec)
    assert said(judgement) == ["1 of 2 approvals from acme/appsec (Security), for src/refund.py"]
    judgement = on_gitlab(reviewed(CAROL), reviewed(DAVE), **appsec)
    assert said(judgement) == ["0 of 1 approval from bob, for src/refund.py"]


def test_one_human_being_is_one_owner():
    appsec = {"teams": (("acme/appsec", (CAROL, DAVE)),)}
    judgement = judge(
        collected(*map(reviewed, (BOB, CAROL, DAVE)), owners=SECTIONS, dialect=GITLAB, **appsec),
        minimum=1,
        code_owners=True,
        same_person=[["carol", "dave"]],
    )
    assert said(judgement) == ["1 of 2 approvals from acme/appsec (Security), for src/refund.py"]


def test_what_is_excluded_needs_nobody():
    assert on_gitlab(reviewed(BOB), owners="* @carol\n!/src/\n").findings == ()


def test_a_name_may_be_a_group_too():
    acme = {"teams": (("acme", (CAROL,)),)}
    assert on_gitlab(reviewed(CAROL), owners="* @acme\n", **acme).findings == ()
    assert said(on_gitlab(reviewed(BOB), owners="* @acme\n", **acme))


def test_a_role_owns_by_what_somebody_may():
    owners = "* @@maintainers\n"
    assert on_gitlab(reviewed(BOB, permission=Permission.MAINTAIN), owners=owners).findings == ()
    for less in (Permission.WRITE, Permission.ADMIN):
        judgement = on_gitlab(reviewed(BOB, permission=less), owners=owners)
        assert said(judgement) == ["0 of 1 approval from every maintainer, for src/refund.py"]
    assert missing(on_gitlab(reviewed(BOB), owners=owners))


def test_teams_that_were_changed_for_this_merge_request_own_nothing():
    rules = (ForgeRule("acme/appsec", "regular", 1, (CAROL, DAVE)),)
    appsec = {"teams": (("acme/appsec", (CAROL, DAVE)),), "rules": rules, "rules_overwritten": True}
    assert missing(on_gitlab(*map(reviewed, (BOB, CAROL, DAVE)), **appsec))


def test_groups_that_the_forge_was_asked_for_own_what_they_own_whatever_rules_were_changed():
    rules = (ForgeRule("appsec", "regular", 1, (ALICE,)),)
    asked = {"teams": (("acme/appsec", (CAROL, DAVE)),), "rules": rules, "rules_overwritten": True}
    assert not missing(on_gitlab(*map(reviewed, (BOB, CAROL, DAVE)), **asked))


def test_a_role_that_comes_from_a_group_above_owns_nothing():
    inherited = reviewed(BOB, permission=Permission.MAINTAIN, inherited=True)
    assert said(on_gitlab(inherited, owners="* @@maintainers\n")) == [
        "0 of 1 approval from every maintainer, for src/refund.py"
    ]
