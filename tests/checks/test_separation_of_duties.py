"""The check `separation-of-duties`: one person with two roles, and what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gatepass.errors import PolicyError
from gatepass.model.approvals import ForgeRule, Person, PersonKind
from gatepass.model.build import Assurance, Event, Run
from gatepass.model.commits import Signatory, Signature, SignatureStatus
from gatepass.model.decision import FindingKind
from gatepass.model.identity import Identity, TokenActor
from gatepass.model.override import Approval, ApprovalHow
from gatepass.model.pipeline import Attempt, Job, JobStatus
from gatepass.model.place import Place
from gatepass.model.source import Source
from gatepass.policy.load import load
from support.duties import (
    ERIN,
    EVERYBODY,
    RUN,
    acted,
    again,
    change,
    git,
    judge,
    let_go,
    missing,
    run,
    said,
    violations,
)
from support.gate import a_policy
from support.reviews import ALICE, BOB, CAROL, DAVE, GHOST, HEAD, RENOVATE, reviewed, reviews
from support.values import an_override, write

ADMIN = Person("alice-admin", id="21")
SSO = ("saml:a@acme.example",)
NOBODY = PersonKind.GHOST
NOW_ISSUED = datetime(2026, 11, 22, 11, 59, tzinfo=UTC)


def test_everybody_with_one_role_passes():
    judgement = judge(change(BOB), again(CAROL), apart=EVERYBODY)
    assert judgement.findings == ()
    assert judgement.summary == (
        "author alice · approver bob · re-runner carol · override-approver nobody · deployer dave"
    )
    assert judgement.figures == (("roles", 5), ("people", 4), ("held together", 0))


def test_that_nobody_has_a_role_is_an_answer():
    judgement = judge(change(reviews=()), run(deployments=()), apart=EVERYBODY)
    assert judgement.findings == ()
    assert "approver nobody · re-runner nobody" in judgement.summary
    assert "deployer nobody" in judgement.summary


# --- one person, two roles


@pytest.mark.parametrize(
    ("evidence", "roles"),
    [
        ([change(ALICE)], ("author", "approver")),
        ([change(author=BOB)], ("author", "approver")),
        ([change(committers=(ALICE, BOB))], ("committer", "approver")),
        ([change(pushed_by=BOB)], ("last-pusher", "approver")),
        ([change(), let_go(ALICE)], ("author", "deployer")),
        ([change(), let_go(DAVE, ALICE)], ("author", "deployer")),
        ([change(), let_go(BOB)], ("approver", "deployer")),
        ([change(), again(ALICE)], ("author", "re-runner")),
        ([change(), again(ALICE, CAROL)], ("author", "re-runner")),
        ([change(), again(BOB)], ("approver", "re-runner")),
        ([change(), run()], ("author", "starter")),
        ([change(), run(triggered_by=BOB)], ("approver", "triggerer")),
        ([again(DAVE)], ("re-runner", "deployer")),
    ],
    ids=lambda each: " and ".join(each) if isinstance(each, tuple) else "",
)
def test_whoever_has_two_roles_is_found(evidence, roles):
    judgement = judge(*evidence, apart=[list(roles)])
    [finding] = judgement.findings
    assert finding.kind is FindingKind.VIOLATION
    assert finding.message.endswith(f" is {roles[0]} and {roles[1]}")
    assert finding.place == Place("release.yaml", 20, 5)
    assert finding.fix.startswith("let somebody other than ")
    assert [role in " ".join(finding.details) for role in roles] == [True, True]
    assert judge(*evidence, apart=[list(reversed(roles))]).findings == judgement.findings


def test_a_finding_tells_where_each_role_is_known_from():
    [finding] = judge(change(), let_go(ALICE), apart=[["author", "deployer"]]).findings
    assert finding.message == "alice is author and deployer"
    assert finding.details == (
        "author: alice, by github.json (platform-api)",
        "deployer: alice, by run.json (platform-api)",
    )


def test_each_pair_and_each_person_is_a_finding():
    judgement = judge(change(ALICE, BOB), let_go(ALICE, BOB), apart=[["author", "approver", "deployer"]])
    assert said(judgement) == [
        "alice is author and approver",
        "alice is author and deployer",
        "alice is approver and deployer",
        "bob is approver and deployer",
    ]
    assert len({each.fingerprint for each in judgement.findings}) == 4


def test_roles_of_two_lists_may_be_one_persons():
    apart = [["author", "approver"], ["re-runner", "deployer"]]
    assert judge(change(), let_go(ALICE), apart=apart).findings == ()


def test_a_finding_stays_the_same_whatever_else_happens():
    one = judge(change(), let_go(ALICE), apart=[["author", "deployer"]])
    other = judge(
        change(CAROL),
        git(Signatory("Alice", "1+alice@users.noreply.github.com")),
        let_go(ERIN, ALICE, DAVE),
        apart=[["re-runner", "deployer"], ["deployer", "author"]],
    )
    assert [each.fingerprint for each in one.findings] == [each.fingerprint for each in other.findings]


# --- several accounts


@pytest.mark.parametrize(
    ("author", "deployer", "same", "how"),
    [
        (ALICE, ADMIN, [["Alice", "alice-admin"]], "the rule names both as the same person"),
        (replace(ALICE, linked=SSO), replace(ADMIN, linked=SSO), [], "both are saml:a@acme.example"),
        (replace(ALICE, email="a@acme.example"), replace(ADMIN, email="A@acme.example"), [], "both are a@a"),
        (ALICE, ADMIN, [["alice", "al"], ["al", "alice-admin"]], "further accounts link the two"),
    ],
)
def test_a_second_account_is_the_same_person(author, deployer, same, how):
    more = {"same_person": same} if same else {}
    judgement = judge(change(author=author), let_go(deployer), apart=[["author", "deployer"]], **more)
    [message] = violations(judgement)
    assert message.startswith(f"alice is author, and deployer as alice-admin; {how}")


def test_the_id_is_compared_before_the_login():
    renamed = judge(change(), let_go(Person("alice-b", id="1")), apart=[["author", "deployer"]])
    assert violations(renamed) == ["alice is author and deployer"]
    without_id = judge(change(), let_go(Person("ALICE")), apart=[["author", "deployer"]])
    assert violations(without_id) == ["alice is author and deployer"]


def test_who_wrote_a_commit_is_known_by_the_address_of_an_account():
    wrote = git(Signatory("B", "bob@acme.example"))
    found = judge(change(replace(BOB, email="Bob@acme.example")), wrote, apart=[["committer", "approver"]])
    assert said(found) == ["bob@acme.example is committer, and approver as bob; both are bob@acme.example"]
    other = judge(change(replace(BOB, email="b2@acme.example")), wrote, apart=[["committer", "approver"]])
    assert other.findings == ()


@pytest.mark.parametrize(
    "wrote",
    [
        git(Signatory("A", "a@x.example"), None, "B <2+bob@users.noreply.github.com>"),
        git(Signatory("A", "a@x.example"), Signatory("B", "2-bob@users.noreply.gitlab.acme.example")),
        git(
            Signatory("A", "a@x.example"),
            signature=Signature(SignatureStatus.GOOD, "ssh", "SHA256:x", "bob"),
        ),
    ],
    ids=["co-author", "committer", "signer"],
)
def test_a_co_author_a_committer_and_a_signer_are_committers(wrote):
    assert violations(judge(change(), wrote, apart=[["committer", "approver"]])) == [
        "bob is committer and approver"
    ]


def test_the_key_of_the_forge_is_nobodys():
    signature = Signature(SignatureStatus.GOOD, "openpgp", "AB", "GitHub <noreply@github.com>")
    wrote = git(Signatory("A", "1+alice@users.noreply.github.com"), signature=signature)
    at_github = run(source=Source("run.json", collected_from="https://api.github.com"))
    assert judge(wrote, at_github, apart=[["committer", "deployer"]]).findings == ()


def test_an_address_that_another_host_made_up_is_nobodys_account():
    apart = [["committer", "deployer"]]
    at_github = run(source=Source("run.json", collected_from="https://api.github.com"))
    for host in ("github.com.evil.example", "evil.example", "gitlab.com", "GITHUB.com@evil.example"):
        wrote = git(Signatory("A", f"1+alice@users.noreply.{host}"))
        assert missing(judge(wrote, at_github, apart=apart)), host
    enterprise = run(source=Source("run.json", collected_from="https://git.acme.example/api/v3"))
    for host, found in (("git.acme.example", 0), ("GIT.acme.example", 0), ("github.com", 1)):
        wrote = git(Signatory("A", f"1+alice@users.noreply.{host}"))
        assert len(judge(wrote, enterprise, apart=apart).findings) == found, host


# --- bots


def test_a_bot_with_two_roles_is_found_unless_bots_are_ignored():
    both = change(author=RENOVATE), run(started_by=RENOVATE)
    apart = [["author", "starter"]]
    assert violations(judge(*both, apart=apart)) == ["renovate[bot] is author and starter"]
    assert judge(*both, apart=apart, bots="ignore").findings == ()
    alone = change(author=ALICE), run(started_by=ALICE)
    assert violations(judge(*alone, apart=apart, bots="ignore")) == ["alice is author and starter"]


def test_nobody_hides_behind_a_bot_by_writing_its_name_into_a_commit():
    disguised = git(Signatory("x", "1+x[bot]@users.noreply.github.com"))
    judgement = judge(change(), disguised, let_go(ALICE), apart=[["author", "deployer"]], bots="ignore")
    assert violations(judgement) == ["alice is author and deployer"]


# --- what nobody tells


@pytest.mark.parametrize(
    ("role", "evidence"),
    [
        ("author", [run()]),
        ("author", [change(author=None)]),
        ("committer", [change(committers=None)]),
        ("committer", [change(complete=False)]),
        ("committer", [git(Signatory("A", "a@b.example"), shallow=True)]),
        ("committer", [git(Signatory("A", "a@b.example"), head="77" * 20)]),
        ("last-pusher", [change(pushed_by=None)]),
        ("approver", [run()]),
        ("approver", [change(reviews=None)]),
        ("approver", [change(complete=False)]),
        ("starter", [change()]),
        ("starter", [run(started_by=None)]),
        ("triggerer", [run(triggered_by=None)]),
        ("re-runner", [change()]),
        ("re-runner", [run(complete=False)]),
        ("re-runner", [run(attempts=())]),
        ("deployer", [change()]),
        ("deployer", [run(deployments=(), deployments_known=False)]),
        ("deployer", [run(deployments=(), complete=False)]),
        ("deployer", [run(manual_known=False)]),
        ("deployer", [run(deployments=(), manual_known=False)]),
    ],
)
def test_a_role_that_nothing_tells_of_is_missing_evidence(role, evidence):
    judgement = judge(*evidence, apart=[[role, "override-approver"]])
    assert [each.kind for each in judgement.findings] == [FindingKind.MISSING_EVIDENCE]
    assert said(judgement)[0].startswith(f"nothing tells who the {role} is: ")
    assert judgement.findings[0].fix
    assert f"{role} not known" in judgement.summary


def test_without_any_evidence_every_role_of_the_change_and_the_run_is_missing():
    assert len(missing(judge(apart=EVERYBODY))) == 4


@pytest.mark.parametrize(
    "foreign",
    [
        run(commit="77" * 20),
        run(repository="mallory/payments"),
        run(run="7000"),
        run(attempt=2),
        change(head="77" * 20),
        change(change_request="481"),
    ],
)
def test_evidence_about_something_else_is_named_and_tells_nothing(foreign):
    judgement = judge(foreign, apart=[["approver", "deployer"]], build=RUN)
    assert violations(judgement) == []
    assert f"{foreign.source.name} is about " in missing(judgement)[0]
    assert len(missing(judgement)) == 3


def test_evidence_of_an_earlier_attempt_does_not_tell_who_ran_it_again():
    build = replace(RUN, run=Run("7001", 2))
    judgement = judge(change(), run(), apart=[["author", "re-runner"]], build=build)
    assert "run.json is about attempt 1, not attempt 2" in said(judgement)
    assert judge(change(), again(CAROL), apart=[["author", "re-runner"]], build=build).findings == ()


def test_a_run_that_is_over_is_not_the_one_that_the_gate_is_a_step_of():
    """Its number can be written into the variables by whoever is to be kept apart."""
    over = replace(let_go(DAVE), jobs=(Job("build", JobStatus.SUCCESS), Job("gate", JobStatus.SUCCESS)))
    judgement = judge(change(), over, apart=[["author", "deployer"]])
    assert "that run is over" in missing(judgement)[0]
    assert "deployer not known" in judgement.summary


def test_of_a_build_of_which_nobody_tells_the_run_no_run_tells():
    build = replace(RUN, run=Run())
    assert missing(judge(change(), run(), apart=[["author", "deployer"]], build=build))


def test_an_address_does_not_become_an_account_by_being_named_in_an_override():
    unknown = Person("", kind=NOBODY, email="x@y.example")
    override = an_override(requested_by="x@y.example", approved_by=("dana",))
    judgement = judge(
        change(committers=(ALICE, unknown)), apart=[["committer", "approver"]], overrides=(override,)
    )
    assert "the committer is x@y.example, which is no account's" in missing(judgement)[0]
    account = Person("x@y.example", id="77", email="x@y.example")  # as Azure tells of people
    known = change(committers=(ALICE, unknown), requested=(account,))
    assert judge(known, apart=[["committer", "approver"]]).findings == ()


def test_one_address_in_both_roles_is_found_although_it_is_no_accounts():
    unknown = Person("", kind=NOBODY, email="x@y.example")
    override = an_override(requested_by="x@y.example", approved_by=("dana",))
    apart = [["committer", "override-requester"]]
    judgement = judge(change(committers=(unknown,)), apart=apart, overrides=(override,))
    assert violations(judgement) == [
        "x@y.example is committer, and override-requester as x@y.example; both are x@y.example"
    ]


def test_two_of_whom_nothing_is_known_may_be_two():
    nameless = change(committers=(Person("", kind=NOBODY),))
    judgement = judge(nameless, again(None), apart=[["committer", "re-runner"]])
    assert violations(judgement) == []
    assert missing(judgement)


def test_an_attempt_that_nobody_tells_of_may_be_anybodys():
    third = Attempt("7001", 3, JobStatus.RUNNING, CAROL)
    told = again(CAROL, CAROL, attempts=(Attempt("7001", 1, JobStatus.FAILURE, ALICE), third))
    assert "is not named by run.json" in missing(judge(change(), told, apart=[["author", "re-runner"]]))[0]


@pytest.mark.parametrize(
    ("evidence", "roles", "who"),
    [
        ([change(GHOST)], ("author", "approver"), "the approver is a deleted account"),
        ([change(author=GHOST)], ("author", "approver"), "the author is a deleted account"),
        ([change(), let_go(GHOST)], ("author", "deployer"), "the deployer is a deleted account"),
        ([change(), again(None)], ("author", "re-runner"), "the re-runner is not named by run.json"),
        ([change(), again(CAROL, attempts=())], ("author", "re-runner"), "is not named by run.json"),
        (
            [change(), run(jobs=(Job("deploy", JobStatus.SUCCESS, manual=True),))],
            ("author", "deployer"),
            "the deployer is not named by run.json",
        ),
        (
            [change(committers=(Person("", kind=NOBODY, email="x@y.example"),))],
            ("committer", "approver"),
            "the committer is x@y.example, which is no account's",
        ),
        (
            [change(committers=None), git(Signatory("X", "x@y.example"))],
            ("committer", "approver"),
            "the committer is x@y.example, which is no account's",
        ),
        (
            [change(committers=None), git(Signatory("X", ""))],
            ("committer", "approver"),
            "the committer is X, which is no account's",
        ),
    ],
)
def test_whoever_might_be_anybody_may_be_the_other(evidence, roles, who):
    judgement = judge(*evidence, apart=[list(roles)])
    assert violations(judgement) == []
    [message] = missing(judgement)
    assert message.startswith(f"nothing tells whether {roles[0]} and {roles[1]} are two people: ")
    assert who in message


def test_two_deleted_accounts_may_be_one_person():
    assert len(missing(judge(change(GHOST, author=GHOST), apart=[["author", "approver"]]))) == 1


def test_somebody_unknown_does_no_harm_where_nobody_has_the_other_role():
    assert judge(change(author=GHOST, reviews=()), apart=[["author", "approver"]]).findings == ()


def test_an_address_that_only_git_knows_is_not_asked_for_where_the_forge_lists_the_committers():
    wrote = git(Signatory("Alice", "alice@home.example"))
    assert judge(change(), wrote, apart=[["committer", "approver"]]).findings == ()


# --- the run


def test_a_manual_job_makes_whoever_started_it_a_deployer():
    def jobs(*given):
        return run(deployments=(), jobs=given)

    deploy = Job("deploy", JobStatus.SUCCESS, manual=True, by=ALICE)
    assert violations(judge(change(), jobs(deploy), apart=[["author", "deployer"]]))
    for status in (JobStatus.MANUAL, JobStatus.SKIPPED):
        waiting = jobs(replace(deploy, status=status, by=None))
        assert judge(change(), waiting, apart=[["author", "deployer"]]).findings == ()
    automatic = jobs(replace(deploy, manual=False))
    assert judge(change(), automatic, apart=[["author", "deployer"]]).findings == ()


def test_a_job_that_was_retried_makes_a_re_runner():
    retried = run(jobs=(Job("build", JobStatus.SUCCESS, attempt=2, by=ALICE),))
    assert violations(judge(change(), retried, apart=[["author", "re-runner"]]))
    first = run(jobs=(Job("build", JobStatus.SUCCESS, attempt=1, by=ALICE),))
    assert judge(change(), first, apart=[["author", "re-runner"]]).findings == ()


def test_an_earlier_run_that_was_run_again_counts_too():
    earlier = (Attempt("6999", 1, JobStatus.FAILURE, BOB), Attempt("6999", 2, JobStatus.SUCCESS, ALICE))
    judgement = judge(change(), run(attempts=earlier), apart=[["author", "re-runner"]])
    assert violations(judgement) == ["alice is author and re-runner"]


@pytest.mark.parametrize(("state", "found"), [("approved", 1), ("skipped", 1), ("rejected", 0)])
def test_whoever_refuses_to_let_it_go_is_no_deployer(state, found):
    judgement = judge(change(), let_go(ALICE, state=state), apart=[["author", "deployer"]])
    assert len(judgement.findings) == found


def test_an_approval_that_was_taken_back_is_none():
    given = (reviewed(ALICE, minute=1), reviewed(ALICE, "dismissed", minute=2))
    assert judge(change(reviews=given), apart=[["author", "approver"]]).findings == ()


def test_whom_a_rule_of_the_forge_names_as_approving_approved():
    rules = (ForgeRule("Security", "regular", 1, approved_by=(ALICE,)),)
    assert violations(judge(change(rules=rules), apart=[["author", "approver"]]))


def test_the_variables_of_the_run_name_a_starter_and_a_triggerer():
    assert violations(judge(change(), build=acted("triggered-by", "Bob"), apart=[["approver", "triggerer"]]))
    assert violations(judge(change(), build=acted("started-by", "bob"), apart=[["approver", "starter"]]))
    assert not judge(
        change(), build=acted("triggered-by", "carol"), apart=[["approver", "triggerer"]]
    ).findings


def test_a_login_that_only_the_variables_name_does_not_hide_what_the_forge_says():
    build = acted("triggered-by", "carol")
    assert violations(judge(change(), run(triggered_by=BOB), build=build, apart=[["approver", "triggerer"]]))


# --- how well it is known


@pytest.mark.parametrize("wanted", ["platform-api", "signature", "oidc"])
def test_a_role_that_is_told_less_well_than_asked_for_is_missing_evidence(wanted):
    parameters = {"apart": [["approver", "deployer"]], "minimum_assurance": wanted}
    by_hand = change(assurance=Assurance.SELF_ASSERTED), run(assurance=Assurance.SELF_ASSERTED)
    told = judge(*by_hand, **parameters)
    assert said(told) == [
        f"who the approver is, is self-asserted; the rule wants {wanted}",
        f"who the deployer is, is self-asserted; the rule wants {wanted}",
    ]
    assert bool(judge(change(), run(), **parameters).findings) is (wanted != "platform-api")


def test_somebody_who_is_less_well_known_has_the_role_all_the_same():
    forged = reviews(reviewed(DAVE), name="more.json", assurance=Assurance.SELF_ASSERTED)
    judgement = judge(
        change(), forged, run(), apart=[["approver", "deployer"]], minimum_assurance="platform-api"
    )
    assert violations(judgement) == ["dave is approver and deployer"]


def test_actors_are_told_by_variables_alone_however_well_something_else_knew_them():
    build = acted("triggered-by", "carol", Assurance.OIDC)
    judgement = judge(
        change(), build=build, apart=[["approver", "triggerer"]], minimum_assurance="platform-api"
    )
    assert missing(judgement) == ["who the triggerer is, is self-asserted; the rule wants platform-api"]


@pytest.mark.parametrize(
    ("changes", "enough"),
    [
        ({}, True),
        ({"verified": False}, False),
        ({"run": "7000"}, False),
        ({"commit": "77" * 20}, False),
        ({"run": None, "commit": None}, False),
    ],
)
def test_a_token_of_this_very_run_tells_who_started_it(changes, enough):
    token = Identity(
        Source("token.json"),
        "https://issuer.example",
        "sub",
        (),
        NOW_ISSUED,
        NOW_ISSUED,
        verified=True,
        actors=(TokenActor("started-by", "carol", "3"),),
        commit=HEAD,
        run="7001",
        assurance=Assurance.OIDC,
    )
    own = change(assurance=Assurance.OIDC), replace(token, **changes)
    judgement = judge(*own, apart=[["approver", "starter"]], minimum_assurance="oidc")
    assert (judgement.findings == ()) is enough


# --- overrides


def signed(by, *names):
    return Approval(by, ApprovalHow.SSH_SIGNATURE, "SHA256:x", "d1", names, said="signature x.sig")


def test_the_author_does_not_approve_an_override():
    by_author = an_override(requested_by="erin", approved_by=("Alice",))
    apart = [["author", "override-approver"]]
    judgement = judge(change(), overrides=(by_author,), apart=apart)
    assert violations(judgement) == ["alice is author and override-approver"]
    [finding] = judgement.findings
    assert "override-approver of OVR-1: alice, by overrides/OVR-1.yaml (self-asserted)" in finding.details
    assert judge(change(), overrides=(an_override(),), apart=apart).findings == ()


def test_somebody_who_is_known_by_several_names_is_all_of_them():
    override = an_override(approved_by=("dana",), approvals=(signed("dana", "dana", "a@acme.example"),))
    author = change(author=replace(ALICE, email="A@acme.example"))
    assert violations(judge(author, overrides=(override,), apart=[["author", "override-approver"]]))


def test_requester_and_approver_are_compared_override_by_override():
    apart = [["override-requester", "override-approver"]]
    mutual = (
        an_override("OVR-1", requested_by="erin", approved_by=("dana",)),
        an_override("OVR-2", requested_by="dana", approved_by=("erin",)),
    )
    assert judge(overrides=mutual, apart=apart).findings == ()
    same = judge(overrides=mutual, apart=apart, same_person=[["dana", "erin"]])
    assert violations(same) == [
        "dana is override-requester, and override-approver as erin; the rule names both as the same person"
    ]


def test_who_breaks_the_glass_asks_and_whoever_confirms_it_approves():
    glass = an_override(
        requested_by="alice",
        break_glass=True,
        incident="INC-1",
        approved_by=("erin",),
        approvals=(signed("alice", "alice"), signed("erin", "erin")),
    )
    asked = judge(change(), overrides=(glass,), apart=[["author", "override-requester"]])
    assert violations(asked) == ["alice is author and override-requester"]
    assert judge(change(), overrides=(glass,), apart=[["author", "override-approver"]]).findings == ()
    assert judge(overrides=(glass,), apart=[["override-requester", "override-approver"]]).findings == ()
    assert violations(judge(change(ERIN), overrides=(glass,), apart=[["approver", "override-approver"]]))


def test_an_override_is_known_as_well_as_the_worst_known_of_its_approvals():
    apart = [["override-requester", "override-approver"]]
    both = an_override(approved_by=("dana", "erin"), approvals=(signed("dana", "dana"),))
    judgement = judge(overrides=(both,), apart=apart, minimum_assurance="signature")
    assert said(judgement) == ["who the override-approver is, is self-asserted; the rule wants signature"]
    one = an_override(approvals=(signed("dana", "dana"),))
    assert judge(overrides=(one,), apart=apart, minimum_assurance="signature").findings == ()
    assert judge(apart=apart, minimum_assurance="oidc").findings == ()


# --- a merge queue


def test_people_of_two_change_requests_of_a_queue_may_do_for_each_other():
    build = replace(
        RUN,
        event=Event.MERGE_QUEUE,
        commit="ce" * 20,
        change_request=replace(RUN.change_request, head="ce" * 20, number="482"),
    )
    first = change(BOB)
    second = replace(
        change(ALICE, author=BOB, committers=(BOB,), pushed_by=BOB, change_request="483", head="33" * 20),
        source=Source("483.json"),
    )
    apart = [["author", "approver"]]
    assert judge(first, second, build=build, apart=apart).findings == ()
    own = replace(second, author=ALICE)
    assert violations(judge(first, own, build=build, apart=apart)) == ["alice is author and approver"]
    queued = run(commit="ce" * 20, deployments=let_go(BOB).deployments)
    crossing = judge(first, second, queued, build=build, apart=[["author", "deployer"]])
    assert violations(crossing) == ["bob is author and deployer"]


# --- the rule itself


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("bots: ignore", "apart"),
        ("apart: []", "apart"),
        ("apart: [[author]]", "apart"),
        ("apart: [[author, author]]", "apart"),
        ("apart: [[author, aprover]]", "approver"),
        ("apart: [[author, approver], [approver, author]]", "kept apart above already"),
        ("apart: [[author, approver]]\n    same-person: [[alice]]", "same-person"),
        ("apart: [[author, approver]]\n    minimum-assurance: sure", "minimum-assurance"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(tmp_path, rule, message):
    write(tmp_path, {"policy.yaml": a_policy(f"check: separation-of-duties\n    {rule}")})
    with pytest.raises(PolicyError) as caught:
        load(["policy.yaml"], tmp_path)
    told = " ".join(map(str, (caught.value, caught.value.hint, *caught.value.others)))
    assert message in told


ORG = "apart: [[author, approver]]\n    bots: ignore\n    minimum-assurance: platform-api"


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        ("apart: [[author, approver], [author, deployer]]", True),
        ("apart: [[author, deployer]]", False),
        ("apart: [[author, approver]]\n    bots: count", True),
        ("apart: [[author, approver]]\n    minimum-assurance: signature", True),
        ("apart: [[author, approver]]\n    minimum-assurance: self-asserted", False),
        ("apart: [[author, approver]]\n    same-person: [[a, b]]", True),
    ],
)
def test_a_policy_that_extends_another_only_keeps_more_apart(tmp_path, rule, allowed):
    head = "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {name: NAME}\n"
    body = "rules:\n  - id: duties\n    check: separation-of-duties\n    "
    write(
        tmp_path,
        {
            "org.yaml": f"{head.replace('NAME', 'org')}{body}{ORG}\n",
            "team.yaml": f"{head.replace('NAME', 'team')}extends: [org.yaml]\n{body}{rule}\n",
        },
    )
    if allowed:
        assert load(["team.yaml"], tmp_path)
    else:
        with pytest.raises(PolicyError, match="would loosen"):
            load(["team.yaml"], tmp_path)
