"""The check `commits`: each requirement kept and broken, and what cannot be judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.checks import Question
from gatepass.checks.commits import CHECK
from gatepass.checks.expression import CHECK as EXPRESSION
from gatepass.errors import PolicyError
from gatepass.model.build import Build, Event
from gatepass.model.commits import Signatory, Signature, SignatureStatus, Trailer
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.source import Source
from gatepass.policy.load import load
from support.commits import (
    ANYBODYS,
    BASE,
    CHANGE,
    ONE,
    PUSH,
    SIDE,
    TWO,
    UNSIGNED,
    a_commit,
    a_list,
    judge,
    only_missing,
    said,
    second,
    signed_off,
)
from support.gate import a_policy
from support.values import NOW, a_rule, write

MERGE = a_list(a_commit(TWO, BASE, SIDE, subject="Merge"), a_commit(SIDE, BASE))


# --- signatures


def test_commits_that_are_all_signed_by_allowed_signers_pass():
    judgement = judge(a_list(), signed="allowed")
    assert judgement.findings == ()
    assert judgement.summary == "2 commits"
    assert judgement.figures == (("commits", 2), ("merges", 0), ("signed by allowed signers", 2))


@pytest.mark.parametrize("status", [each for each in SignatureStatus if each is not SignatureStatus.GOOD])
@pytest.mark.parametrize("demand", ["any", "allowed"])
def test_a_commit_without_a_good_signature_is_found(status, demand):
    judgement = judge(second(signature=Signature(status)), signed=demand)
    [finding] = judgement.findings
    assert finding.kind is FindingKind.VIOLATION
    assert finding.message.startswith("222222222222 ")
    assert finding.place == Place("release.yaml", 20, 5)
    assert finding.details == ("PAY-7 Refunds · Alice <alice@acme.example>",)


def test_a_good_signature_of_anybody_is_enough_for_any_and_not_for_allowed():
    assert said(judge(second(signature=ANYBODYS), signed="any")) == []
    judgement = judge(second(signature=ANYBODYS), signed="allowed")
    assert said(judgement) == ["222222222222 is signed by SHA256:xyz, the key of no allowed signer"]
    assert judgement.summary == "2 commits · 1 not signed by an allowed signer"


def test_why_a_signature_is_not_good_is_said():
    revoked = Signature(SignatureStatus.BAD, "openpgp", "ABC", remark="the key is revoked")
    assert "the key is revoked" in said(judge(second(signature=revoked), signed="any"))[0]


# --- tickets, domains, sign-off


def test_a_ticket_in_the_subject_or_a_trailer_is_one():
    assert said(judge(a_list(), ticket="PAY-[0-9]+")) == []
    other = second(subject="Refunds", trailers=(Trailer("Ticket", "PAY-7"),))
    assert said(judge(other, ticket="^Ticket: PAY-[0-9]+$")) == ["111111111111 names no ticket"]
    assert said(judge(other, ticket="PAY-[0-9]+")) == []
    assert said(judge(second(subject="Refunds"), ticket="PAY-[0-9]+")) == ["222222222222 names no ticket"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("bob@acme.example", True),
        ("bob@ACME.EXAMPLE", True),
        ("bob@eu.acme.example", False),
        ("bob@acme.example.evil.example", False),
        ("bob@evil.example@acme.example", True),
        ("acme.example", False),
        ("@acme.example", False),
        ("bob@", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("role", ["author", "committer"])
def test_the_domain_of_author_and_committer_must_be_allowed(address, allowed, role):
    judgement = judge(second(**{role: Signatory("Bob", address)}), email_domains=["acme.example"])
    assert [f"has the {role} Bob <{address}>" in each for each in said(judgement)] == (
        [] if allowed else [True]
    )


def test_the_author_signs_off_and_nobody_else_for_them():
    both = a_list(
        a_commit(TWO, ONE, trailers=signed_off("bob@acme.example")),
        a_commit(ONE, BASE, trailers=signed_off("bob@acme.example", "Alice@acme.example")),
    )
    assert said(judge(both, sign_off=True)) == [
        "222222222222 is not signed off by its author Alice <alice@acme.example>"
    ]
    nameless = second(author=Signatory("A", ""), trailers=signed_off(""))
    assert len(said(judge(nameless, sign_off=True))) == 2


def test_merges_are_spared_ticket_and_sign_off_only_when_that_is_written():
    assert len(said(judge(MERGE, ticket="PAY-[0-9]+"))) == 1
    assert said(judge(MERGE, ticket="PAY-[0-9]+", exclude_merges=True)) == []
    unsigned = a_list(a_commit(TWO, BASE, SIDE, signature=UNSIGNED), a_commit(SIDE, BASE))
    assert len(said(judge(unsigned, signed="any", exclude_merges=True))) == 1


# --- the change as a whole


def test_a_merge_is_refused_where_history_is_to_be_linear():
    assert said(judge(MERGE, linear=True)) == ["222222222222 is a merge commit"]
    assert said(judge(a_list(), linear=True)) == []


def test_more_commits_than_allowed_are_found_once():
    assert said(judge(a_list(), maximum_commits=2)) == []
    assert said(judge(a_list(), maximum_commits=1)) == ["2 commits are more than 1"]


@pytest.mark.parametrize("event", list(Event))
def test_what_was_pushed_past_a_change_request_is_found(event):
    build = replace(PUSH, event=event)
    reviewed = event in (Event.CHANGE_REQUEST, Event.MERGE_QUEUE)
    assert bool(judge(a_list(), build=build, no_direct_push=True).findings) is not reviewed
    assert judge(MERGE, build=build, no_direct_push=True).findings == ()


def test_a_merge_of_the_target_into_what_is_pushed_is_no_merge_of_a_change():
    backwards = a_list(a_commit(TWO, SIDE, BASE), a_commit(SIDE, BASE))
    topped = a_list(a_commit(TWO, ONE, SIDE), a_commit(ONE, BASE), a_commit(SIDE, BASE))
    for pushed in (backwards, topped):
        assert said(judge(pushed, build=PUSH, no_direct_push=True)) == [
            "222222222222 was pushed, and came by no change request"
        ]


# --- what cannot be judged


@pytest.mark.parametrize(
    ("given", "build"),
    [
        (a_list(shallow=True), CHANGE),
        (a_list(commits=()), CHANGE),
        (a_list(), Build("local")),
        (a_list(), replace(CHANGE, other_commits=())),
        (a_list(base=ONE, merge_base=ONE), CHANGE),
    ],
    ids=["shallow", "empty", "build unknown", "another head", "another base"],
)
def test_a_list_that_cannot_be_relied_on_is_missing_evidence(given, build):
    judgement = judge(given, build=build, signed="any", maximum_commits=100)
    assert only_missing(judgement)
    assert judgement.summary


def test_an_expression_does_not_judge_a_list_that_is_cut_off_either():
    rule = a_rule(parameters={"evidence": "commits", "forbid": "commits[?signature.status!='good']"})
    whole, cut = (
        EXPRESSION.judge(Question(rule, (each,), CHANGE, NOW)) for each in (a_list(), a_list(shallow=True))
    )
    assert whole.findings == ()
    assert only_missing(cut)
    unsigned = EXPRESSION.judge(Question(rule, (second(signature=UNSIGNED),), CHANGE, NOW))
    assert len(unsigned.findings) == 1


def test_a_list_that_cannot_be_relied_on_is_not_healed_by_another():
    other = replace(a_list(shallow=True), source=Source("other.json"))
    judgement = judge(a_list(), other, signed="allowed")
    assert only_missing(judgement)


@pytest.mark.parametrize(
    ("commit", "known"), [(TWO[:7], True), (TWO[:6], False), ("2222223", False), ("", False)]
)
def test_a_commit_that_was_told_in_short_is_the_heads_when_its_digits_are(commit, known):
    judgement = judge(a_list(), build=replace(PUSH, commit=commit), signed="any")
    assert bool(judgement.findings) is not known


def test_a_change_that_begins_where_its_branch_left_the_target_is_judged():
    assert judge(a_list(base=SIDE), signed="any").findings == ()


# --- what a finding is known by


def test_a_finding_outlives_a_clean_rebase():
    before = judge(second(signature=UNSIGNED), signed="any")
    rebased = a_list(
        a_commit(TWO, SIDE, patch_id="cd" * 20),
        a_commit(SIDE, BASE, signature=UNSIGNED, patch_id=second().commits[0].patch_id),
    )
    after = judge(rebased, signed="any")
    assert [each.fingerprint for each in before.findings] == [each.fingerprint for each in after.findings]


def test_two_commits_with_one_patch_are_two_findings():
    same = a_list(
        a_commit(TWO, ONE, signature=UNSIGNED, patch_id="ab" * 20),
        a_commit(ONE, BASE, signature=UNSIGNED, patch_id="ab" * 20),
    )
    assert len({each.fingerprint for each in judge(same, signed="any").findings}) == 2


def test_one_commit_can_fail_several_requirements_and_each_is_found():
    bad = second(signature=UNSIGNED, subject="Refunds")
    judgement = judge(bad, signed="any", ticket="PAY", sign_off=True)
    assert len({each.fingerprint for each in judgement.findings}) == len(judgement.findings) == 4
    assert judgement.summary == "2 commits · 1 not signed · 1 without a ticket · 2 not signed off"


def test_the_same_commits_in_two_lists_are_found_once():
    other = replace(second(signature=UNSIGNED), source=Source("other.json"))
    judgement = judge(second(signature=UNSIGNED), other, signed="any")
    assert len(judgement.findings) == 1
    assert judgement.summary == "2 commits · 1 not signed"


# --- the rule itself


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("linear: false", "asks for nothing"),
        ("ticket: '['", "is no regular expression"),
        ("ticket: 'PAY-[0-9]*|'", "is found in every text"),
        ("signed: allowed\n    exclude-merges: true\n    linear: true", "spares merges"),
        ("email-domains: ['!evil.example']", "email-domains"),
        ("exclude-merges: true", "r1 needs 'signed'"),
        ("signed: maybe", "signed"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(tmp_path, rule, message):
    write(tmp_path, {"policy.yaml": a_policy(f"check: commits\n    {rule}")})
    with pytest.raises(PolicyError) as caught:
        load(["policy.yaml"], tmp_path)
    said = " ".join(map(str, (caught.value, caught.value.hint, *caught.value.others)))
    assert message in said


def test_a_rule_with_a_demand_has_no_mistakes():
    assert list(CHECK.validate(a_rule(parameters={"ticket": "[A-Z]+-[0-9]+", "linear": False}))) == []
