"""Who did what, and how that is known."""

from __future__ import annotations

from dataclasses import replace

from gatepass.attribution import attributed
from gatepass.model.approvals import Approvals, Person, Review, ReviewState
from gatepass.model.build import Actor, Assurance, Build, ChangeRequest, Run
from gatepass.model.identity import Identity, TokenActor
from gatepass.model.pipeline import Attempt, DeploymentReview, JobStatus, Pipeline
from gatepass.model.source import Source
from support.values import NOW

HEAD = "a1" * 20
ALICE, BOB, CAROL = (Person(name, str(number)) for number, name in enumerate(("alice", "bob", "carol"), 1))
BUILD = Build(
    "github",
    commit=HEAD,
    change_request=ChangeRequest("482", head=HEAD),
    actors=(Actor("started-by", "alice", "1"), Actor("triggered-by", "carol")),
)
TOKEN = Identity(
    Source("token"),
    issuer="https://issuer.example",
    subject="",
    audience=("gatepass",),
    issued=NOW,
    expires=NOW,
    commit=HEAD,
    actors=(TokenActor("triggered-by", "carol", "3"),),
    assurance=Assurance.OIDC,
)
RUN = Pipeline(
    Source("run"),
    run="7",
    commit=HEAD,
    started_by=ALICE,
    triggered_by=CAROL,
    attempts=(Attempt("7", 1, JobStatus.FAILURE, ALICE), Attempt("7", 2, JobStatus.SUCCESS, CAROL)),
    deployments=(DeploymentReview("production", "approved", BOB),),
    assurance=Assurance.PLATFORM_API,
)
CHANGE = Approvals(
    Source("change"),
    change_request="482",
    head=HEAD,
    author=ALICE,
    reviews=(Review(BOB, ReviewState.APPROVED), Review(CAROL, ReviewState.COMMENTED)),
    assurance=Assurance.PLATFORM_API,
)


def people(*evidence, build=BUILD):
    made = attributed(build, evidence)
    return {(each.role, each.login, each.id, each.assurance.value) for each in made.actors}


def test_what_only_the_variables_say_stays_self_asserted():
    assert people() == {
        ("started-by", "alice", "1", "self-asserted"),
        ("triggered-by", "carol", None, "self-asserted"),
    }


def test_a_token_and_the_platform_take_the_place_of_what_they_confirm():
    found = people(TOKEN, RUN)
    assert ("started-by", "alice", "1", "platform-api") in found
    assert ("triggered-by", "carol", "3", "oidc") in found
    assert len([each for each in found if each[0] == "triggered-by"]) == 1


def test_what_contradicts_stands_beside_and_is_not_taken_away():
    lying = replace(BUILD, actors=(Actor("triggered-by", "mallory", "9"),))
    found = people(RUN, build=lying)
    assert ("triggered-by", "mallory", "9", "self-asserted") in found
    assert ("triggered-by", "carol", "3", "platform-api") in found


def test_an_account_with_anothers_name_is_another():
    lying = replace(BUILD, actors=(Actor("triggered-by", "carol", "9"),))
    assert ("triggered-by", "carol", "9", "self-asserted") in people(RUN, build=lying)


def test_everybody_who_acted_is_named_with_what_they_did():
    roles = {(role, login) for role, login, _, _ in people(RUN, CHANGE)}
    assert roles == {
        ("started-by", "alice"),
        ("triggered-by", "carol"),
        ("re-run-by", "carol"),
        ("deployment-approved-by", "bob"),
        ("author", "alice"),
        ("approved-by", "bob"),
    }


def test_evidence_about_another_change_names_nobody():
    other = replace(CHANGE, change_request="483", head="b2" * 20)
    assert people(other, replace(RUN, commit="b2" * 20), replace(TOKEN, commit="b2" * 20)) == people()


def test_doing_it_twice_changes_nothing():
    once = attributed(BUILD, (RUN, CHANGE, TOKEN))
    assert attributed(once, (RUN, CHANGE, TOKEN)) == once


def test_another_run_of_the_commit_names_nobody():
    built = replace(BUILD, run=Run("8"))
    assert people(RUN, build=built) == people(build=built)
    assert people(RUN, build=replace(BUILD, run=Run("7"))) == people(RUN)
