"""Which project and branch evidence must be about, alike in the three checks that can say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gatepass.checks import Judgement, Question, findings, quality_gate, vulnerabilities
from gatepass.model.about import About
from gatepass.model.build import Build, ChangeRequest
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.quality_gate import Condition, GateStatus, QualityGate
from gatepass.model.scan import Scan, Tool
from gatepass.model.source import Source
from gatepass.model.vulnerabilities import ScannedProject, Vulnerabilities
from support.values import NOW

HEAD = "c739069ec7105e01303e8b3065a81141aad9f129"
ID, OTHER_ID, ORG, OTHER_ORG = (f"00000000-0000-4000-8000-{number:012x}" for number in range(1, 5))
MAIN = Build("github", "acme/payments", HEAD, branch="main")
_LIMITS: dict[str, dict[str, Any]] = {
    "findings": {"maximum-by-level": {"error": 0}},
    "quality-gate": {},
    "vulnerabilities": {"maximum": {"high": 0}},
}
KINDS = sorted(_LIMITS)
_CHECKS = {each.CHECK.name: each.CHECK for each in (findings, quality_gate, vulnerabilities)}


def clean(kind: str, *about: About, name: str = "report.json") -> Any:
    """A report in which nothing is wrong."""
    source = Source(name)
    if kind == "findings":
        return Scan(source, (Tool("SonarQube"),), about=about)
    if kind == "vulnerabilities":
        return Vulnerabilities(source, "snyk", (ScannedProject("shop", None, "npm", 57),), about=about)
    assert len(about) < 2, "an answer of SonarQube is about one project"
    told = about[0] if about else About()
    good = Condition("new_coverage", GateStatus.OK, "LT", "80", "91.4")
    return QualityGate(
        source,
        GateStatus.OK,
        (good,),
        revision=HEAD,
        project=told.project,
        branch=told.branch,
        pull_request=told.change_request,
    )


def judge(kind: str, *evidence: Any, build: Build = MAIN, **parameters: Any) -> Judgement:
    check = _CHECKS[kind]
    given = {**_LIMITS[kind], **{key.replace("_", "-"): value for key, value in parameters.items()}}
    assert not list(Draft202012Validator(dict(check.parameters)).iter_errors(given))
    rule = Rule("r", "release", kind, Place("release.yaml", 4), parameters=given)
    assert not list(check.validate(rule))
    return check.judge(Question(rule, evidence, build, NOW))


def messages(judgement: Judgement) -> list[str]:
    assert {each.kind for each in judgement.findings} <= {FindingKind.MISSING_EVIDENCE}
    return [each.message for each in judgement.findings]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("entry", ["acme_payments", "acme_*", "acme_payment?", "**"])
def test_a_report_about_the_project_counts(kind, entry):
    assert messages(judge(kind, clean(kind, About("acme_payments")), projects=[entry])) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_about_another_project_counts_as_not_there(kind):
    judgement = judge(kind, clean(kind, About("acme_web", branch="main")), projects=["acme_payments"])
    named = "acme_web"
    assert messages(judgement) == [
        f"report.json is about {named}, and the rule asks for acme_payments",
        f"no report that counts is about the project acme_payments: they are about {named}",
    ]
    assert judgement.summary.endswith("that counts")


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_that_names_no_project_does_not_count(kind):
    assert messages(judge(kind, clean(kind), projects=["**"])) == [
        "report.json does not say which project it is about, and the rule asks for **",
        "no report that counts is about the project **: none names one",
    ]
    assert messages(judge(kind, clean(kind))) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "called",
    [
        "Acme_Payments",
        "acme_payments ",
        " acme_payments",
        "acme_payments\n",
        "acme_payments\x00",
        "acme_payment\u200bs",
        "acme_pаyments",  # a Cyrillic a
        "ａcme_payments",  # a wide a
        "acme_payments:web",
        "xacme_payments",
        "*",
        "acme_*",
        "acme_[p]ayments",
        "**",
        "",
    ],
)
def test_what_only_looks_like_the_project_is_another_one(kind, called):
    assert messages(judge(kind, clean(kind, About(called or None)), projects=["acme_payments"]))


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_cannot_be_a_class_of_signs_or_take_something_away(kind):
    for entry in ("[az]", "!acme", "a!b", "acme]", ""):
        errors = Draft202012Validator(dict(_CHECKS[kind].parameters)).iter_errors(
            {**_LIMITS[kind], "projects": [entry]}
        )
        assert list(errors), entry


@pytest.mark.parametrize("kind", ["findings", "vulnerabilities"])
def test_one_foreign_project_in_a_report_spoils_it(kind):
    both = clean(kind, About("acme_payments"), About("acme_web"))
    assert "report.json is about acme_web, and the rule asks for acme_payments" in messages(
        judge(kind, both, projects=["acme_payments"])
    )
    assert messages(judge(kind, both, projects=["acme_payments", "acme_web"])) == []
    nameless = clean(kind, About("acme_payments"), About())
    assert (
        "report.json does not say which project it is about"
        in messages(judge(kind, nameless, projects=["acme_payments"]))[0]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_report_beside_the_right_one_is_not_passed_over(kind):
    right, other = (clean(kind, About(each), name=each) for each in ("acme_payments", "acme_web"))
    assert messages(judge(kind, right, other, projects=["acme_payments"])) == [
        "acme_web is about acme_web, and the rule asks for acme_payments"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_each_entry_must_be_met_so_that_the_clean_one_of_two_does_not_do(kind):
    one = clean(kind, About("acme_web"))
    assert messages(judge(kind, one, projects=["acme_payments", "acme_web"])) == [
        "no report that counts is about the project acme_payments: they are about acme_web"
    ]


@pytest.mark.parametrize("kind", ["findings", "vulnerabilities"])
@pytest.mark.parametrize(
    ("about", "entry", "fits"),
    [
        (About("acme/payments:pom.xml", ID), ID, True),
        (About("acme/payments:pom.xml", OTHER_ID), ID, False),
        (About(ID, OTHER_ID), ID, False),  # whoever makes a project may call it by another's id
        (About(f"{ORG}/acme/payments", OTHER_ID, OTHER_ORG), f"{ORG}/acme/payments", False),
        (About("acme/payments", ID, ORG), f"{ORG}/acme/payments", True),
        (About("acme/payments", ID, ORG), f"{ORG}/**", True),
        (About("acme/payments", ID, OTHER_ORG), f"{ORG}/**", False),
        (About("acme/payments", ID), f"{ORG}/**", False),
        (About("acme/payments", ID), "acme/payments", True),
        (About("acme/payments:web/pom.xml", ID), "acme/payments:*", False),
        (About("acme/payments:web/pom.xml", ID), "acme/payments:**", True),
        (About(None, ID), "**", False),
        (About(None, ID), ID, True),
    ],
)
def test_an_id_is_compared_with_ids_and_a_name_with_names(kind, about, entry, fits):
    assert (not messages(judge(kind, clean(kind, about), projects=[entry]))) is fits


def test_another_tools_report_need_not_name_a_project_where_the_rule_names_its_tools():
    bandit = replace(clean("findings", name="bandit.sarif"), tools=(Tool("bandit"),))
    sonar = clean("findings", About("acme_payments"))
    pinned = {"projects": ["acme_payments"], "tools": ["SonarQube"]}
    assert messages(judge("findings", bandit, sonar, **pinned)) == []
    assert messages(judge("findings", bandit, sonar, projects=["acme_payments"]))


CHANGE = replace(
    MAIN, branch=None, change_request=ChangeRequest("482", source_branch="refunds", target_branch="main")
)
FORK = replace(
    MAIN,
    branch=None,
    change_request=ChangeRequest("482", source_branch="main", source_repository="eve/payments"),
)
TAG = replace(MAIN, branch=None, tag="v1")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("build", "told", "wrong"),
    [
        (MAIN, {"branch": "main"}, None),
        (MAIN, {}, None),
        (MAIN, {"branch": "Main"}, "the branch Main, and this build is of the branch main"),
        (MAIN, {"branch": "clean"}, "the branch clean, and this build is of the branch main"),
        (MAIN, {"change_request": "1"}, "change request 1, and this build is of the branch main"),
        (CHANGE, {"change_request": "482"}, None),
        (CHANGE, {"branch": "refunds"}, None),
        (
            CHANGE,
            {"branch": "main"},
            "the branch main, and this build is of the change request 482, the branch refunds",
        ),
        (
            CHANGE,
            {"change_request": "48"},
            "change request 48, and this build is of the change request 482, the branch refunds",
        ),
        # a fork's main is not ours
        (FORK, {"branch": "main"}, "the branch main, and this build is of the change request 482"),
        (FORK, {"change_request": "482"}, None),
        (TAG, {"branch": "main"}, None),  # a tag is of no branch; the commit binds
    ],
)
def test_a_report_that_names_a_branch_must_name_this_builds(kind, build, told, wrong):
    report = clean(kind, About("acme_payments", **told))
    found = messages(judge(kind, report, build=build))
    assert found == ([f"report.json is about {wrong}"] if wrong else [])
    assert messages(judge(kind, report, build=build, same_branch=False)) == []


_names = st.sampled_from([None, "p", "q", "p*", ID])
_abouts = st.builds(About, _names, branch=st.sampled_from([None, "main", "clean"]))


@pytest.mark.parametrize("kind", KINDS)
@given(
    told=st.lists(_abouts, min_size=1, max_size=3),
    entries=st.sets(st.sampled_from(["p", "q", "*", ID]), min_size=1),
)
def test_no_pin_makes_a_rule_pass_that_failed(kind, told, entries):
    reports = [clean(kind, each, name=f"{number}.json") for number, each in enumerate(told)]
    free = judge(kind, *reports)
    pinned = judge(kind, *reports, projects=sorted(entries))
    assert pinned.findings or not free.findings
