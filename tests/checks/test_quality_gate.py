"""The quality gate of SonarQube, judged: every way in which a green gate proves nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gatepass.checks import Judgement, Question
from gatepass.checks.quality_gate import CHECK
from gatepass.model.build import Build
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.quality_gate import Condition, GateStatus, QualityGate
from gatepass.model.source import Source

HEAD = "c739069ec7105e01303e8b3065a81141aad9f129"
OTHER = "77aa01c3a1d5f0bb2d9e5c7e8f1a2b3c4d5e6f70"
OK, ERROR, WARN, NONE, NO_VALUE = (GateStatus(word) for word in ("OK", "ERROR", "WARN", "NONE", "NO_VALUE"))
AT = datetime(2026, 11, 22, tzinfo=UTC)


def condition(metric="new_coverage", actual="91.4", threshold="80", comparator="LT", status=OK) -> Condition:
    return Condition(metric, status, comparator, threshold, actual)


def webhook(*conditions, name="webhook.json", status=OK, **more) -> QualityGate:
    """As the webhook tells: everything in one piece."""
    given = {"project": "acme_payments", "gate": "Sonar way", "revision": HEAD, "task_id": "T1", **more}
    return QualityGate(Source(name), status=status, conditions=conditions or (condition(),), **given)


def answer(*conditions, name="status.json", status=OK, **more) -> QualityGate:
    """As api/qualitygates/project_status tells: neither project nor commit."""
    return QualityGate(Source(name), status=status, conditions=conditions, **more)


def measures(name="measures.json", project="acme_payments", **values) -> QualityGate:
    return QualityGate(Source(name), measures=tuple(values.items()), project=project)


def piece(name, **more) -> QualityGate:
    return QualityGate(Source(name), **more)


POINTER = piece("report-task.txt", task_id="T1", project="acme_payments")
TASK = piece("task.json", task_id="T1", analysis_id="A1", project="acme_payments")
ANALYSES = piece("analyses.json", analysis_id="A1", revision=HEAD)


def judge(*evidence, commit=HEAD, **parameters) -> Judgement:
    written = {key.replace("_", "-"): value for key, value in parameters.items()}
    assert not list(Draft202012Validator(dict(CHECK.parameters)).iter_errors(written))
    rule = Rule("sonar", "release", "quality-gate", Place("release.yaml", 4), parameters=written)
    assert not list(CHECK.validate(rule))
    return CHECK.judge(Question(rule, evidence, Build("local", commit=commit), AT))


def messages(judgement: Judgement) -> list[str]:
    return [finding.message for finding in judgement.findings]


def kinds(judgement: Judgement) -> set[FindingKind]:
    return {finding.kind for finding in judgement.findings}


COVERED = {"new_coverage": {"minimum": 80}}


# The status.


def test_a_green_gate_of_this_commit_passes():
    judgement = judge(webhook())
    assert judgement.findings == ()
    assert judgement.summary == "OK"
    assert judgement.figures == (("status", "OK"),)


def test_a_red_gate_is_found_with_each_broken_condition():
    broken = condition(actual="71.25", status=ERROR)
    rating = condition("new_security_rating", "3", "1", "GT", ERROR)
    judgement = judge(webhook(broken, rating, condition("bugs", "0", "0", "GT"), status=ERROR))
    assert messages(judgement) == [
        "the quality gate 'Sonar way' is ERROR; OK is demanded",
        "new_coverage is 71.2; the quality gate demands at least 80",
        "new_security_rating is C; the quality gate demands A",
    ]
    assert kinds(judgement) == {FindingKind.VIOLATION}
    assert judgement.summary == "ERROR"


def test_no_gate_is_not_a_green_one():
    assert messages(judge(answer(status=NONE), webhook(status=NONE))) == [
        "no quality gate is associated with the analysis (NONE)"
    ]


def test_the_old_warn_does_not_pass():
    warned = condition("coverage", "78.9", "85", "LT", WARN)
    assert messages(judge(webhook(warned, status=WARN))) == [
        "the quality gate 'Sonar way' is WARN; OK is demanded",
        "coverage is 78.9; the quality gate demands at least 85",
    ]


def test_the_worst_of_several_statuses_counts_and_both_are_told():
    judgement = judge(answer(condition(), status=OK), webhook(status=ERROR))
    assert messages(judgement) == ["the quality gate 'Sonar way' is ERROR; OK is demanded"]
    assert judgement.findings[0].details == ("OK in status.json", "ERROR in webhook.json")


def test_a_broken_condition_under_a_green_status_is_found():
    assert messages(judge(webhook(condition("bugs", "7", "0", "GT", ERROR)))) == [
        "bugs is 7; the quality gate demands at most 0"
    ]


def test_a_condition_that_its_own_value_breaks_is_found_though_the_server_calls_it_ok():
    assert messages(judge(webhook(condition("bugs", "7", "0", "GT", OK)))) == [
        "bugs is 7; the quality gate demands at most 0"
    ]


def test_a_condition_on_its_threshold_is_met():
    met = (condition(actual="80.0", threshold="80"), condition("new_x_rating", "1.0", "1", "GT"))
    assert judge(webhook(*met)).findings == ()


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (condition("x", None, "5", "GT", ERROR), "x has no value; the quality gate demands at most 5"),
        (condition("x", "7", None, "GT", ERROR), "x is 7, which the quality gate counts as ERROR"),
        (condition("x", "7", "5", None, ERROR), "x is 7, which the quality gate counts as ERROR"),
        (condition("x", "odd", "5", "GT", ERROR), "x is odd; the quality gate demands at most 5"),
        (condition("x", "5", "5", "EQ", OK), "x is 5; the quality gate demands anything but 5"),
        (condition("x", "WARN", "OK", "NE", ERROR), "x is WARN; the quality gate demands exactly OK"),
        (condition("x_rating", "4", "2", "GT", ERROR), "x_rating is D; the quality gate demands B or better"),
        (condition("x", "1", "1", "GT", NONE), "x is 1; the quality gate demands at most 1"),
    ],
)
def test_a_broken_condition_says_what_it_demands(broken, message):
    assert message in messages(judge(webhook(broken)))


@pytest.mark.parametrize(
    "conditions", [(), (condition(actual=None, status=NO_VALUE),)], ids=["none", "no value"]
)
def test_a_green_gate_that_judged_nothing_is_missing_evidence(conditions):
    judgement = judge(answer(*conditions), ANALYSES)
    assert messages(judgement) == ["the quality gate is OK, but it judged nothing: no condition has a value"]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}


def test_a_green_gate_that_judged_nothing_passes_where_that_is_accepted_and_the_policy_judges_something():
    evidence = (answer(), ANALYSES, measures(new_coverage="82.50562381034781"))
    assert len(judge(*evidence, conditions=COVERED).findings) == 1
    assert len(judge(*evidence, ignored_conditions="accept").findings) == 1
    green = judge(*evidence, conditions=COVERED, ignored_conditions="accept")
    assert green.findings == ()
    assert green.summary == "OK · new_coverage 82.5 of 80"
    assert green.figures == (("status", "OK"), ("new_coverage", 82.50562381034781))


def test_a_pointer_alone_is_missing_evidence_and_says_what_to_fetch():
    found = judge(POINTER).findings
    assert [f.kind for f in found] == [FindingKind.MISSING_EVIDENCE] * 2
    assert found[1].message == "report-task.txt only points to task T1; the status has not been fetched"
    assert found[1].fix.startswith("fetch api/ce/task?id=T1 until it says SUCCESS")


def test_a_finished_task_without_a_status_says_which_analysis_to_ask_for():
    found = judge(POINTER, TASK, ANALYSES).findings
    assert [f.kind for f in found] == [FindingKind.MISSING_EVIDENCE]
    assert found[0].fix == ("give the answer of api/qualitygates/project_status?analysisId=A1 as evidence")


def test_measures_alone_hold_no_status():
    judgement = judge(measures(new_coverage="90"), ANALYSES, conditions=COVERED)
    assert messages(judgement) == ["no report holds the status of the quality gate"]
    assert judgement.summary == "no status · new_coverage 90 of 80"


def test_any_status_judges_by_the_conditions_alone():
    red = answer(condition("bugs", "3", "0", "GT", ERROR), status=ERROR)
    green = judge(red, ANALYSES, measures(new_coverage="80"), status="any", conditions=COVERED)
    assert green.findings == ()
    assert green.summary == "ERROR · new_coverage 80 of 80"
    alone = judge(ANALYSES, measures(new_coverage="80"), status="any", conditions=COVERED)
    assert (alone.findings, alone.summary) == ((), "new_coverage 80 of 80")


# The policy's own conditions.


@pytest.mark.parametrize(
    ("value", "bounds", "message"),
    [
        ("79.96", {"minimum": 80}, "x_y is 79.96; the policy demands at least 80"),
        ("79.999999999", {"minimum": 80}, "x_y is 79.999999999; the policy demands at least 80"),
        ("12.345", {"minimum": 79.5}, "x_y is 12.3; the policy demands at least 79.5"),
        ("3", {"maximum": 0}, "x_y is 3; the policy demands at most 0"),
        ("1.0E-4", {"maximum": 0}, "x_y is 0.0001; the policy demands at most 0"),
        ("11", {"minimum": 1, "maximum": 10}, "x_y is 11; the policy demands at least 1 and at most 10"),
    ],
)
def test_a_value_beyond_a_limit_is_shown_on_its_side_of_it(value, bounds, message):
    judgement = judge(webhook(), measures(x_y=value), conditions={"x_y": bounds})
    assert messages(judgement) == [message]


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ("80", {"minimum": 80}),
        ("80.0", {"minimum": 80}),
        ("79.95", {"minimum": 79.95}),
        ("5", {"maximum": 5}),
    ],
)
def test_a_value_on_its_limit_passes(value, bounds):
    assert judge(webhook(), measures(x_y=value), conditions={"x_y": bounds}).findings == ()


@pytest.mark.parametrize(
    ("worst", "passes"), [("A", False), ("B", True), (2, True), (1.5, False), ("E", True)]
)
def test_a_rating_is_judged_by_letter_or_number(worst, passes):
    judgement = judge(
        webhook(), measures(new_x_rating="2.0"), conditions={"new_x_rating": {"maximum": worst}}
    )
    assert (judgement.findings == ()) is passes
    assert "new_x_rating B of " in judgement.summary


def test_a_metric_without_a_value_is_missing_evidence():
    nothing = condition(actual=None, status=NO_VALUE)
    judgement = judge(webhook(nothing, condition("bugs", "0", "0", "GT")), conditions=COVERED)
    assert messages(judgement) == ["new_coverage has no value"]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}
    assert "metricKeys=new_coverage" in judgement.findings[0].fix
    assert judgement.summary == "OK · new_coverage without a value"


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1_000", "٨٠", "many", "1e99999", "", "9" * 40])
def test_a_value_that_is_no_number_never_satisfies_a_limit(odd):
    judgement = judge(webhook(), measures(bugs=odd), conditions={"bugs": {"minimum": 0}})
    assert [finding.kind for finding in judgement.findings] == [FindingKind.MISSING_EVIDENCE]
    also_good = judge(
        webhook(), measures(bugs=odd), measures("b.json", bugs="5"), conditions={"bugs": {"minimum": 0}}
    )
    assert len(also_good.findings) == 1


def test_of_two_values_the_worse_counts_and_both_are_told():
    judgement = judge(webhook(condition(actual="90")), measures(new_coverage="70"), conditions=COVERED)
    assert messages(judgement) == ["new_coverage is 70; the policy demands at least 80"]
    assert set(judgement.findings[0].details) == {"90 in webhook.json", "70 in measures.json"}


def test_a_metric_that_both_the_gate_and_the_policy_refuse_is_found_once():
    judgement = judge(webhook(condition(actual="70", status=ERROR), status=ERROR), conditions=COVERED)
    assert messages(judgement) == [
        "the quality gate 'Sonar way' is ERROR; OK is demanded",
        "new_coverage is 70; the policy demands at least 80",
    ]


def test_the_change_of_a_measure_is_not_taken_for_the_measure():
    change = condition("coverage (leak period)", "99", "0")
    judgement = judge(webhook(change), conditions={"coverage": {"minimum": 80}})
    assert messages(judgement) == ["coverage has no value"]


def test_a_finding_stands_at_the_key_that_it_breaks():
    parameters = {"conditions": COVERED}
    place = Place("release.yaml", 9, 5)
    rule = Rule(
        "sonar", "release", "quality-gate", Place("release.yaml", 4),
        parameters=parameters, places={"conditions.new_coverage": place},
    )  # fmt: skip
    found = CHECK.judge(Question(rule, (webhook(condition(actual="70")),), Build("local", commit=HEAD), AT))
    assert [finding.place for finding in found.findings] == [place]


# What SonarQube leaves out of small changes.

SMALL = condition(actual="12.5")


@pytest.mark.parametrize("green", [webhook(SMALL), webhook(SMALL, ignored=True)], ids=["unsaid", "said"])
def test_a_condition_left_out_of_a_small_change_is_refused(green):
    judgement = judge(green)
    said = "new_coverage is 12.5; the quality gate demands at least 80"
    assert messages(judgement) == [f"{said}, and SonarQube left it out because the change is small"]
    assert kinds(judgement) == {FindingKind.VIOLATION}


def test_a_condition_left_out_may_be_accepted_and_is_still_told():
    judgement = judge(webhook(SMALL, ignored=True), ignored_conditions="accept")
    assert judgement.findings == ()
    assert judgement.summary == "OK · new_coverage left out by SonarQube"


def test_a_lax_limit_of_the_policy_excuses_no_condition_that_was_left_out():
    lax = {"new_coverage": {"minimum": 10}}
    assert messages(judge(webhook(SMALL, ignored=True), conditions=lax)) == messages(judge(webhook(SMALL)))
    assert judge(webhook(SMALL), conditions=lax, ignored_conditions="accept").findings == ()


@pytest.mark.parametrize("rule", ["accept", "refuse"])
def test_a_limit_of_the_policy_holds_where_the_server_left_its_condition_out(rule):
    judgement = judge(webhook(SMALL, ignored=True), conditions=COVERED, ignored_conditions=rule)
    assert messages(judgement) == ["new_coverage is 12.5; the policy demands at least 80"]


def test_conditions_that_the_server_met_are_no_concern_beside_one_that_it_left_out():
    fine = condition("new_duplicated_lines_density", "0", "3", "GT")
    assert len(judge(webhook(SMALL, fine, ignored=True)).findings) == 1


def test_left_out_conditions_without_a_value_or_a_name_are_refused_too():
    unmeasured = judge(webhook(condition(actual=None), condition("bugs", "0", "0", "GT"), ignored=True))
    assert len(unmeasured.findings) == 1
    unnamed = judge(webhook(condition("bugs", "0", "0", "GT"), ignored=True))
    assert messages(unnamed) == [
        "SonarQube left conditions out because the change is small, and does not say which"
    ]


def test_accepting_what_is_left_out_accepts_no_other_broken_condition():
    judgement = judge(webhook(condition("bugs", "7", "0", "GT"), ignored=True), ignored_conditions="accept")
    assert messages(judgement) == ["bugs is 7; the quality gate demands at most 0"]


# The commit, the project, the analysis.


def test_a_status_that_names_no_commit_is_missing_evidence():
    judgement = judge(answer(condition()))
    assert messages(judgement) == ["no report says which commit was analysed"]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}
    assert "webhook" in judgement.findings[0].fix


def test_the_newest_analysis_ties_a_status_to_the_commit():
    assert judge(answer(condition()), ANALYSES).findings == ()


def test_an_analysis_of_another_commit_is_missing_evidence():
    judgement = judge(webhook(revision=OTHER))
    assert messages(judgement) == [f"the analysis is of commit {OTHER}, not of this build"]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}
    assert len(judge(webhook(), answer(revision=OTHER)).findings) == 1


def test_a_build_without_a_commit_has_no_analysis():
    assert messages(judge(webhook(), commit=None)) == [
        "the commit of this build is not known, so no analysis can be of it"
    ]


def test_any_commit_will_do_only_where_the_rule_says_so():
    assert judge(webhook(revision=OTHER), same_commit=False).findings == ()


def test_of_several_projects_each_is_judged_and_told_apart():
    red = webhook(condition("bugs", "1", "0", "GT", ERROR), name="web.json", status=ERROR, project="acme_web")
    judgement = judge(webhook(), red)
    assert messages(judgement) == [
        "the quality gate 'Sonar way' is ERROR; OK is demanded (acme_web)",
        "bugs is 1; the quality gate demands at most 0 (acme_web)",
    ]
    assert judgement.summary == "acme_payments OK · acme_web ERROR"


def test_one_projects_figures_do_not_stand_in_for_anothers():
    bare = webhook(condition("bugs", "0", "0", "GT"), name="web.json", project="acme_web")
    assert messages(judge(webhook(), bare, conditions=COVERED)) == ["new_coverage has no value (acme_web)"]


def test_a_status_that_names_none_of_several_projects_is_refused():
    judgement = judge(webhook(), webhook(name="web.json", project="acme_web"), answer(condition()))
    assert messages(judgement) == [
        "status.json does not say which of the projects acme_payments, acme_web it is about"
    ]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ((webhook(task_id="T0"), POINTER), "the status is of task T0, not of T1"),
        ((answer(condition()), ANALYSES, POINTER, dataclasses.replace(TASK, task_id="T0")), "tasks T0, T1"),
        ((answer(condition()), TASK, dataclasses.replace(ANALYSES, analysis_id="A2")), "analyses A1, A2"),
    ],
    ids=["old status", "old pointer", "newer analysis"],
)
def test_reports_about_different_analyses_are_refused(evidence, message):
    judgement = judge(*evidence)
    assert messages(judgement) == [f"the reports are about different analyses: {message}"]
    assert kinds(judgement) == {FindingKind.MISSING_EVIDENCE}


def test_all_reports_of_one_analysis_pass_together():
    together = (POINTER, TASK, ANALYSES, answer(condition()), webhook(), measures(new_coverage="91.4"))
    assert judge(*together, conditions=COVERED).findings == ()


# The rule itself.


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"status": "any"}, "status"),
        ({"conditions": {"x_rating": {"minimum": 3}}}, "conditions.x_rating.minimum"),
        ({"conditions": {"coverage": {"maximum": "B"}}}, "conditions.coverage.maximum"),
        ({"conditions": {"coverage": {"minimum": 9, "maximum": 1}}}, "conditions.coverage"),
    ],
)
def test_a_rule_that_cannot_mean_what_it_says_is_a_mistake(parameters, path):
    rule = Rule("sonar", "release", "quality-gate", Place("release.yaml"), parameters=parameters)
    assert [mistake.path for mistake in CHECK.validate(rule)] == [path]


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": "WARN"},
        {"status": "NONE"},
        {"conditions": {}},
        {"conditions": {"coverage": {}}},
        {"conditions": {"coverage": {"minimun": 3}}},
        {"conditions": {"x_rating": {"maximum": "F"}}},
        {"ignored-conditions": "yes"},
        {"same-commit": "no"},
        {"projects": ["[z-a]"]},
    ],
)
def test_the_schema_refuses(parameters):
    assert list(Draft202012Validator(dict(CHECK.parameters)).iter_errors(parameters))


def test_the_example_is_valid_and_passes_on_a_green_gate():
    written = yaml.safe_load(CHECK.example)
    own = {key: value for key, value in written.items() if key not in ("id", "title", "check")}
    green = webhook(condition(), condition("new_security_rating", "1", "1", "GT"))
    assert judge(green, **{key.replace("-", "_"): value for key, value in own.items()}).findings == ()


# What holds for all answers.

texts = st.sampled_from([None, "0", "12.5", "79.99", "80", "100", "odd"])
conditions = st.builds(
    Condition,
    metric=st.sampled_from(["new_coverage", "new_duplicated_lines", "bugs"]),
    status=st.sampled_from(GateStatus),
    comparator=st.sampled_from([None, "LT"]),
    threshold=texts,
    actual=texts,
)
gates = st.builds(
    QualityGate,
    source=st.sampled_from([Source("a.json"), Source("b.json")]),
    status=st.sampled_from([None, OK, WARN, ERROR, NONE]),
    conditions=st.lists(conditions, max_size=3).map(tuple),
    ignored=st.booleans(),
    measures=st.lists(st.tuples(st.just("new_coverage"), texts.filter(bool)), max_size=1).map(tuple),
    project=st.sampled_from([None, "p", "q"]),
    analysis_id=st.sampled_from([None, "A1", "A2"]),
    task_id=st.sampled_from([None, "T1", "T2"]),
    revision=st.sampled_from([None, HEAD, OTHER]),
)
rules = st.sampled_from(
    [
        {},
        {"conditions": COVERED},
        {"ignored_conditions": "accept"},
        {"projects": ["p"]},
        {"same_commit": False},
    ]
)


@given(answers=st.lists(gates, min_size=1, max_size=4), order=st.randoms(), rule=rules)
def test_the_order_of_the_answers_is_irrelevant(answers, order, rule):
    shuffled = list(answers)
    order.shuffle(shuffled)
    assert judge(*answers, **rule) == judge(*shuffled, **rule)


@given(answers=st.lists(gates, min_size=1, max_size=3), rule=rules, data=st.data())
def test_worsening_a_condition_never_makes_findings_fewer(answers, rule, data):
    at = data.draw(st.integers(0, len(answers) - 1))
    better = answers[at]
    if better.conditions:
        first = better.conditions[0]
        lower = {"actual": "0"} if first.actual not in (None, "odd") and first.comparator else {}
        worse = dataclasses.replace(first, **data.draw(st.sampled_from([lower, {"status": ERROR}])))
        changed = [*answers]
        changed[at] = dataclasses.replace(better, conditions=(worse, *better.conditions[1:]))
        assert len(judge(*changed, **rule).findings) >= len(judge(*answers, **rule).findings)


@given(answers=st.lists(gates, min_size=1, max_size=3), rule=rules, minimum=st.sampled_from([0, 79, 200]))
def test_a_further_limit_never_makes_findings_fewer(answers, rule, minimum):
    more = {
        **rule,
        "conditions": {**rule.get("conditions", {}), "new_duplicated_lines": {"minimum": minimum}},
    }
    if rule.get("ignored_conditions") != "accept":
        assert len(judge(*answers, **more).findings) >= len(judge(*answers, **rule).findings)


@given(answers=st.lists(gates, min_size=1, max_size=3))
def test_nothing_passes_without_a_green_status_and_this_commit(answers):
    if not judge(*answers).findings:
        assert {each.status for each in answers} - {None} == {OK}
        assert {each.revision for each in answers} - {None} == {HEAD}


@given(answers=st.lists(gates, min_size=1, max_size=3), rule=rules)
def test_no_two_findings_share_a_fingerprint(answers, rule):
    named = [dataclasses.replace(each, source=Source(f"{n}.json")) for n, each in enumerate(answers)]
    found = [finding.fingerprint for finding in judge(*named, **rule).findings]
    assert len(found) == len(set(found))
