"""Who set the run off, how well that is known, and where it runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.checks import Question
from gatepass.checks.identity import CHECK
from gatepass.errors import PolicyError
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.build import Actor, Assurance, Build, Run
from gatepass.model.decision import FindingKind
from gatepass.model.identity import Identity, TokenActor
from gatepass.model.pipeline import Attempt, DeploymentReview, Job, JobStatus, Pipeline, Runner
from gatepass.model.source import Source
from gatepass.policy.layer import tighten
from support.values import NOW, a_rule

HEAD, KEYS, ISSUER = "a1" * 20, "ab" * 32, "https://issuer.example"
BUILD = Build(
    "github",
    repository="acme/payments",
    repository_id="456",
    commit=HEAD,
    run=Run(id="7001", attempt=1),
    actors=(Actor("started-by", "alice", "1"), Actor("triggered-by", "alice")),
)
TOKEN = Identity(
    Source("oidc.json", collected_from=ISSUER),
    issuer=ISSUER,
    subject="repo:acme/payments:ref:refs/heads/main",
    audience=("gatepass",),
    issued=NOW,
    expires=NOW,
    verified=True,
    jwks_sha256=KEYS,
    actors=(TokenActor("started-by", "alice", "1"), TokenActor("triggered-by", "alice", "1")),
    repository="acme/payments",
    repository_id="456",
    owner_id="123",
    ref="refs/heads/main",
    ref_protected=True,
    commit=HEAD,
    run="7001",
    attempt=1,
    environment="production",
    runner=Runner.HOSTED,
    reusable_workflow=f"acme/gate/.github/workflows/gate.yml@{'1c' * 20}",
    reusable_workflow_sha="1c" * 20,
    claims=(("job_source", "policy"), ("sub", "repo:acme/payments")),
    assurance=Assurance.OIDC,
)
GIVEN = replace(TOKEN, source=Source("token.json"), assurance=Assurance.SELF_ASSERTED)
ALICE, BOB = Person("alice", "1"), Person("bob", "2")
RUN = Pipeline(
    Source("run.json"),
    run="7001",
    commit=HEAD,
    attempt=1,
    started_by=ALICE,
    triggered_by=ALICE,
    attempts=(Attempt("7001", 1, JobStatus.RUNNING, ALICE),),
    jobs=(Job("build", JobStatus.SUCCESS), Job("gate", JobStatus.RUNNING, runner=Runner.HOSTED)),
    gate_job="gate",
    deployments_known=True,
    manual_known=True,
    assurance=Assurance.PLATFORM_API,
)
AGAIN = replace(
    RUN,
    attempt=2,
    triggered_by=BOB,
    attempts=(Attempt("7001", 1, JobStatus.FAILURE, ALICE), Attempt("7001", 2, JobStatus.RUNNING, BOB)),
)


def judged(*evidence, build=BUILD, **parameters):
    rule = a_rule("who", check="identity", parameters={k.replace("_", "-"): v for k, v in parameters.items()})
    return CHECK.judge(Question(rule, (), build, NOW, tuple(evidence)))


def passes(*evidence, **how):
    return not judged(*evidence, **how).findings


def violations(*evidence, **how):
    return [f.message for f in judged(*evidence, **how).findings if f.kind is FindingKind.VIOLATION]


def gaps(*evidence, **how):
    return [f.message for f in judged(*evidence, **how).findings if f.kind is not FindingKind.VIOLATION]


ALLOWED = {"users": ["alice"]}


def test_variables_alone_are_not_enough_unless_the_rule_says_so():
    [said] = gaps(triggered_by=ALLOWED)
    assert "alice is self-asserted" in said
    assert passes(triggered_by=ALLOWED, minimum_assurance="self-asserted")


@pytest.mark.parametrize("minimum", ["oidc", "signature", "platform-api", "self-asserted"])
def test_what_is_known_better_than_asked_for_is_known_well_enough(minimum):
    assert passes(TOKEN, triggered_by=ALLOWED, started_by={"ids": [1]}, minimum_assurance=minimum)
    assert passes(RUN, triggered_by=ALLOWED, minimum_assurance=minimum) is (
        minimum in ("platform-api", "self-asserted")
    )


def test_capitals_of_a_login_make_no_difference_and_ids_are_whole():
    assert passes(TOKEN, triggered_by={"users": ["Alice"]})
    assert not passes(TOKEN, triggered_by={"ids": ["10"]})
    assert not passes(TOKEN, triggered_by={"users": ["alice2"]})
    assert passes(TOKEN, triggered_by={"users": ["bob"], "ids": ["1"]})


def test_everybody_who_is_named_for_a_role_must_be_allowed():
    lying = replace(BUILD, actors=(Actor("triggered-by", "mallory", "9"),))
    assert violations(TOKEN, build=lying, triggered_by=ALLOWED) == ["triggered-by mallory (9), who may not"]
    assert violations(TOKEN, replace(RUN, triggered_by=BOB), triggered_by=ALLOWED) == [
        "triggered-by bob (2), who may not"
    ]


@pytest.mark.parametrize("key", ["started-by", "triggered-by", "played-by", "deployed-by"])
def test_a_role_that_nothing_tells_of_is_missing(key):
    [said] = gaps(build=replace(BUILD, actors=()), **{key: ALLOWED})
    assert said == f"nothing tells {key} as well as platform-api"


def test_who_ran_it_again_is_asked_of_every_attempt_after_the_first():
    second = replace(BUILD, run=Run(id="7001", attempt=2))
    assert passes(RUN, re_run_by=ALLOWED)
    assert violations(AGAIN, build=second, re_run_by=ALLOWED) == ["re-run-by bob (2), who may not"]
    assert passes(AGAIN, build=second, re_run_by={"ids": [2]})


def test_that_nobody_ran_it_again_must_be_known_well_enough():
    assert gaps(re_run_by=ALLOWED) == ["nothing tells which attempt it is"]
    assert gaps(RUN, re_run_by=ALLOWED, minimum_assurance="oidc") == ["nothing tells which attempt it is"]
    assert passes(TOKEN, re_run_by=ALLOWED, minimum_assurance="oidc")
    assert passes(re_run_by=ALLOWED, minimum_assurance="self-asserted")


def test_that_it_was_run_again_is_missing_where_nobody_tells_by_whom():
    second = replace(BUILD, run=Run(id="7001", attempt=2))
    again = replace(TOKEN, attempt=2, actors=TOKEN.actors[:1])
    for evidence in ((), (again,), (RUN,)):
        said = gaps(*evidence, build=second, re_run_by=ALLOWED)
        assert "it was run again, and nothing tells by whom" in said
    [said] = gaps(AGAIN, again, build=second, re_run_by={"ids": [2]}, minimum_assurance="oidc")
    assert said == "nothing tells re-run-by as well as oidc: bob (2) is platform-api"


def test_an_attempt_that_nobody_is_named_for_is_not_covered_by_one_that_somebody_is():
    third = replace(BUILD, run=Run(id="7001", attempt=3))
    nameless = Attempt("7001", 2, JobStatus.FAILURE, None)
    newest = Attempt("7001", 3, JobStatus.RUNNING, ALICE)
    run = replace(RUN, attempt=3, attempts=(*RUN.attempts, nameless, newest))
    assert gaps(run, build=third, re_run_by=ALLOWED) == ["nothing tells who set off attempt 2 of run 7001"]


FOREIGN = {
    "over": replace(RUN, jobs=(Job("build", JobStatus.SUCCESS), Job("gate", JobStatus.SUCCESS))),
    "without a job": replace(RUN, jobs=()),
    "of another run": replace(RUN, run="6999"),
    "of another attempt": replace(RUN, attempt=2),
    "of another commit": replace(RUN, commit="b2" * 20),
    "of another repository": replace(RUN, repository="acme/other"),
}


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_run_that_the_gate_is_no_step_of_tells_nothing(foreign):
    """Whoever writes the pipeline can name another run of the commit in its variables, one of alice's."""
    run = FOREIGN[foreign]
    rules = (
        {"started_by": ALLOWED},
        {"triggered_by": ALLOWED},
        {"re_run_by": ALLOWED},
        {"played_by": ALLOWED},
        {"runner": "hosted"},
        {"bots": "refuse"},
        {"minimum_assurance": "platform-api"},
    )
    for rule in rules:
        assert gaps(run, **rule), rule
    assert passes(TOKEN, run, repository_id="456"), "nobody asked the run"


PLAYED = Job("publish", JobStatus.SUCCESS, manual=True, by=ALICE)


def test_nobody_has_to_play_a_job():
    assert passes(RUN, played_by=ALLOWED)
    assert not passes(replace(RUN, complete=False), played_by=ALLOWED)
    assert not passes(replace(RUN, jobs=()), played_by=ALLOWED)
    waits = replace(RUN, jobs=(*RUN.jobs, Job("deploy", JobStatus.MANUAL, manual=True)))
    assert passes(waits, played_by=ALLOWED)
    unknown = replace(RUN, jobs=(*RUN.jobs, Job("deploy", JobStatus.SUCCESS, manual=True)))
    assert gaps(unknown, played_by=ALLOWED) == ["nothing tells who started deploy by hand"]
    both = replace(unknown, jobs=(*unknown.jobs, Job("publish", JobStatus.SUCCESS, manual=True, by=ALICE)))
    assert gaps(both, played_by=ALLOWED) == ["nothing tells who started deploy by hand"]
    played = replace(RUN, jobs=(*RUN.jobs, Job("deploy", JobStatus.SUCCESS, manual=True, by=BOB)))
    assert violations(played, played_by=ALLOWED) == ["played-by bob (2), who may not"]


def test_a_run_that_does_not_tell_of_manual_jobs_is_not_one_without_any():
    """Azure's: a stage that somebody started by hand looks like any other."""
    untold = replace(RUN, manual_known=False)
    said = ["run.json does not tell which jobs and stages were started by hand"]
    assert gaps(untold, played_by=ALLOWED) == said
    assert gaps(replace(untold, jobs=(*RUN.jobs, PLAYED)), played_by=ALLOWED) == said
    assert passes(untold, started_by=ALLOWED), "nobody asked for it"


def test_who_lets_a_job_go_must_be_allowed_to():
    run = replace(RUN, deployments=(DeploymentReview("production", "approved", BOB),))
    assert passes(run, deployed_by={"users": ["bob"]})
    assert violations(run, deployed_by=ALLOWED) == ["deployed-by bob (2), who may not"]
    rejected = replace(RUN, deployments=(DeploymentReview("production", "rejected", BOB),))
    assert gaps(rejected, deployed_by={"users": ["bob"]})


def test_what_the_rule_does_not_rely_on_gives_no_assurance_but_overlooks_nobody():
    """The build's actors were told by all evidence; a rule may believe some servers alone."""
    told = replace(BUILD, actors=(Actor("triggered-by", "alice", "1", Assurance.OIDC),))
    assert gaps(build=told, triggered_by=ALLOWED, minimum_assurance="platform-api")
    assert violations(
        TOKEN, build=replace(told, actors=(Actor("triggered-by", "bob", "2"),)), triggered_by=ALLOWED
    )


DOUBTS = {
    "not verified": replace(TOKEN, verified=False, trouble="the token expired"),
    "not verified, without a word": replace(TOKEN, verified=False),
    "given": GIVEN,
    "of another run": replace(TOKEN, run="7002"),
    "of another attempt": replace(TOKEN, attempt=2),
    "of another repository": replace(TOKEN, repository_id="457"),
    "of another commit": replace(TOKEN, commit="b2" * 20),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_token_that_is_not_believed_tells_nothing(doubt):
    token = DOUBTS[doubt]
    for rule in (
        {"triggered_by": ALLOWED, "minimum_assurance": "oidc"},
        {"runner": "hosted"},
        {"repository_id": "456"},
        {"owner_id": "123"},
        {"environments": ["*"]},
        {"ref_protected": True},
        {"issuers": [ISSUER]},
        {"reusable_workflow": {}},
        {"claims": {"job_source": ["policy"]}},
    ):
        assert gaps(token, **rule), rule


def test_nothing_but_a_token_tells_of_a_token():
    for rule in ({"repository_id": "456"}, {"issuers": [ISSUER]}, {"jwks": [KEYS]}, {"ref_protected": True}):
        assert gaps(RUN, **rule) == ["no token of the platform was given"]


def test_a_token_in_a_file_counts_where_the_rule_pins_its_keys_and_it_names_this_run():
    rule = {"triggered_by": ALLOWED, "minimum_assurance": "oidc", "jwks": [KEYS]}
    assert passes(GIVEN, **rule)
    assert passes(TOKEN, **rule)
    assert not passes(GIVEN, **{**rule, "jwks": ["cd" * 32]})
    assert not passes(TOKEN, **{**rule, "jwks": ["cd" * 32]})
    assert not passes(replace(GIVEN, run=None), **rule)
    assert not passes(replace(GIVEN, verified=False, jwks_sha256=None), **rule)
    assert not passes(GIVEN, build=replace(BUILD, run=Run()), **rule)


def test_of_several_tokens_each_must_be_as_the_rule_says():
    other = replace(TOKEN, issuer="https://other.example", environment="staging")
    assert violations(TOKEN, other, issuers=[ISSUER]) == ["the token is issued by https://other.example"]
    assert violations(TOKEN, other, environments=["production"])


@pytest.mark.parametrize(
    ("rule", "good", "bad", "unknown"),
    [
        ("repository_id", 456, "457", {"repository_id": None, "repository": None}),
        ("owner_id", "123", 124, {"owner_id": None}),
        ("ref_protected", True, None, {"ref_protected": None}),
        ("claims", {"job_source": ["policy", "push"]}, {"job_source": ["push"]}, {"claims": ()}),
    ],
)
def test_what_a_token_says_is_compared_and_what_it_does_not_say_is_missing(rule, good, bad, unknown):
    assert passes(TOKEN, **{rule: good})
    if bad is not None:
        assert violations(TOKEN, **{rule: bad})
    assert gaps(replace(TOKEN, **unknown), **{rule: good})


@pytest.mark.parametrize(
    "rule",
    [
        {"started_by": {"users": ["bob"]}},
        {"triggered_by": {"ids": [2]}, "minimum_assurance": "oidc"},
        {"runner": "self-hosted"},
        {"issuers": ["https://other.example"]},
        {"repository_id": "457"},
        {"owner_id": 124},
        {"environments": ["staging"]},
        {"reusable_workflow": {"allowed": ["acme/other/**"]}},
        {"claims": {"job_source": ["push"]}},
        {"claims": {"unheard-of": ["push"]}},
        {"jwks": ["cd" * 32]},
    ],
)
def test_every_finding_says_what_to_do(rule):
    findings = judged(TOKEN, **rule).findings
    assert findings
    assert all(each.fix for each in findings)


def test_a_layer_may_refuse_bots_and_never_let_them_in_again():
    lax = a_rule("who", check="identity", parameters={"triggered-by": {"ids": ["1"]}})
    strict = a_rule("who", check="identity", parameters={"bots": "refuse"})
    assert tighten(lax, strict).parameters["bots"] == "refuse"
    with pytest.raises(PolicyError, match="would loosen"):
        tighten(tighten(lax, strict), a_rule("who", check="identity", parameters={"bots": "allow"}))


def test_an_unprotected_ref_is_refused():
    assert violations(replace(TOKEN, ref_protected=False), ref_protected=True) == [
        "refs/heads/main is not protected"
    ]


def test_a_job_for_no_environment_is_for_none_of_those_allowed():
    assert passes(TOKEN, environments=["prod*"])
    assert violations(TOKEN, environments=["staging"])
    assert violations(replace(TOKEN, environment=None), environments=["**"])


@pytest.mark.parametrize(
    ("changes", "pinned"),
    [
        ({}, True),
        ({"reusable_workflow": "acme/gate/.github/workflows/gate.yml@v1"}, False),
        ({"reusable_workflow": "acme/gate/.github/workflows/gate.yml@1c1c1c1"}, False),
        ({"reusable_workflow": "acme/gate/.github/workflows/gate.yml"}, False),
        ({"reusable_workflow_sha": "2d" * 20}, False),
        ({"reusable_workflow_sha": None}, False),
        ({"reusable_workflow": None}, None),
    ],
)
def test_a_workflow_is_pinned_by_the_commit_that_ran(changes, pinned):
    token = replace(TOKEN, **changes)
    assert passes(token, reusable_workflow={"pinned": True}) is (pinned is True)
    assert passes(token, reusable_workflow={"allowed": ["acme/gate/**"]}) is (pinned is not None)
    assert not passes(token, reusable_workflow={"allowed": ["acme/other/**"]})


def test_a_workflow_of_a_name_that_begins_alike_is_another():
    token = replace(TOKEN, reusable_workflow=f"acme/gate-evil/.github/workflows/gate.yml@{'1c' * 20}")
    assert violations(token, reusable_workflow={"allowed": ["acme/gate/**"], "pinned": True})


def test_on_whose_machine_the_gate_runs_the_api_may_tell():
    assert passes(RUN, runner="hosted")
    assert gaps(RUN, runner="hosted", minimum_assurance="oidc")
    assert passes(TOKEN, runner="hosted", minimum_assurance="oidc")
    own = replace(RUN, jobs=(Job("gate", JobStatus.RUNNING, runner=Runner.SELF_HOSTED),))
    assert violations(own, runner="hosted") == ["the gate runs on a self-hosted machine"]
    assert violations(TOKEN, own, runner="hosted")
    assert gaps(replace(RUN, gate_job=None), runner="hosted")
    assert gaps(replace(TOKEN, runner=None), runner="hosted")


@pytest.mark.parametrize("login", ["dependabot[bot]", "project_7_bot_0a1b", "group_12_bot", "project_7_bot"])
def test_bots_are_known_by_their_names(login):
    token = replace(TOKEN, actors=(TokenActor("triggered-by", login, "5"),))
    assert violations(token, build=replace(BUILD, actors=()), bots="refuse")
    assert passes(token, build=replace(BUILD, actors=()), triggered_by={"users": [login]}, bots="allow")


def test_bots_are_known_by_what_the_api_says():
    robot = replace(ALICE, kind=PersonKind.BOT)
    assert violations(replace(RUN, started_by=robot), bots="refuse")
    assert passes(RUN, bots="refuse")
    assert gaps(bots="refuse"), "nobody knows who it was"


def test_how_well_somebody_is_known_can_be_all_that_is_asked():
    assert passes(TOKEN, minimum_assurance="oidc")
    assert gaps(RUN, minimum_assurance="oidc")
    assert gaps(build=replace(BUILD, actors=()), minimum_assurance="self-asserted")


@pytest.mark.parametrize("own", [{}, {"bots": "allow"}, {"ref-protected": False}])
def test_a_rule_that_asks_for_nothing_is_a_mistake(own):
    assert [each.message for each in CHECK.validate(a_rule(parameters=own))] == ["the rule asks for nothing"]


def test_a_subject_is_never_matched():
    [mistake] = CHECK.validate(
        a_rule(parameters={"claims": {"sub": ["repo:acme/payments:ref:refs/heads/main"]}})
    )
    assert mistake.path == "claims.sub"


def test_findings_are_known_by_whom_they_are_about_and_not_by_the_attempt():
    first = judged(TOKEN, triggered_by={"ids": [9]}).findings
    renamed = replace(TOKEN, actors=(TokenActor("triggered-by", "alice-2", "1"),))
    again = judged(renamed, build=replace(BUILD, actors=()), triggered_by={"ids": [9]}).findings
    assert [each.fingerprint for each in first] == [each.fingerprint for each in again]


@pytest.mark.parametrize(
    ("now", "new", "fine"),
    [
        ({}, {"minimum-assurance": "oidc"}, True),
        ({}, {"minimum-assurance": "self-asserted"}, False),
        ({"minimum-assurance": "oidc"}, {"minimum-assurance": "platform-api"}, False),
        ({"triggered-by": {"users": ["a", "b"]}}, {"triggered-by": {"users": ["a"]}}, True),
        ({"triggered-by": {"users": ["a"]}}, {"triggered-by": {"users": ["a", "b"]}}, False),
        ({"triggered-by": {"users": ["a"]}}, {"triggered-by": {"ids": ["9"]}}, False),
        ({"reusable-workflow": {}}, {"reusable-workflow": {"pinned": True}}, True),
        ({"reusable-workflow": {"pinned": True}}, {"reusable-workflow": {"pinned": False}}, False),
        ({"issuers": ["x", "y"]}, {"issuers": ["x"]}, True),
        ({"jwks": [KEYS]}, {"jwks": [KEYS, "cd" * 32]}, False),
        ({"claims": {"a": ["x", "y"]}}, {"claims": {"a": ["y"]}}, True),
        ({"runner": "hosted"}, {"runner": "self-hosted"}, False),
        ({"ref-protected": True}, {"ref-protected": False}, False),
    ],
)
def test_a_layer_can_only_make_it_stricter(now, new, fine):
    rule, by = (a_rule(check="identity", parameters=each) for each in (now, new))
    if fine:
        tighten(rule, by)
        return
    with pytest.raises(PolicyError):
        tighten(rule, by)
