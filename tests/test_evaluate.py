"""The pure judge: what counts, what is missing, what blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.checks import Judgement
from gatepass.evaluate import ASKED_OF, Gathered, evaluate
from gatepass.model.build import Event
from gatepass.model.decision import FindingKind, Outcome, Verdict
from gatepass.model.place import Place
from gatepass.model.policy import Enforcement, OnMissing, Scope
from gatepass.model.source import Problem, ProblemCode, Source
from support.values import BUILD, NOW, TOLD, a_policy, a_rule, an_allowance, an_override, judged, some_facts

BROKEN = {"message": "broken", "identity": ("broken",)}


def outcome(decision):
    [result] = decision.results
    return result.outcome


def a_source(code, kind="facts", name="bad.json"):
    return Source(name, "11" * 32, 5, "facts" if kind else None, kind, problem=Problem(code, "is bad", 3))


def test_a_rule_without_findings_passes():
    decision = judged(some_facts())
    assert (outcome(decision), decision.verdict) == (Outcome.PASS, Verdict.PASSED)


def test_a_broken_rule_fails_the_build():
    decision = judged(some_facts(BROKEN))
    assert (outcome(decision), decision.verdict) == (Outcome.FAIL, Verdict.FAILED)


@pytest.mark.parametrize("enforcement", [Enforcement.WARN, Enforcement.OBSERVE])
def test_a_rule_that_does_not_block_warns(enforcement):
    decision = judged(some_facts(BROKEN), policies=(a_policy(a_rule(enforcement=enforcement)),))
    assert (outcome(decision), decision.verdict) == (Outcome.WARN, Verdict.PASSED)


def test_missing_evidence_is_an_error_that_blocks():
    decision = judged()
    assert (outcome(decision), decision.verdict) == (Outcome.ERROR, Verdict.FAILED)
    [finding] = decision.results[0].findings
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert finding.message == "no facts evidence was given"


@pytest.mark.parametrize(
    ("on_missing", "expected"),
    [
        (OnMissing.FAIL, Outcome.ERROR),
        (OnMissing.WARN, Outcome.WARN),
        (OnMissing.SKIP, Outcome.NOT_APPLICABLE),
    ],
)
def test_missing_evidence_does_what_the_rule_says(on_missing, expected):
    decision = judged(policies=(a_policy(a_rule(on_missing=on_missing)),))
    assert outcome(decision) is expected


def test_a_decision_in_which_nothing_was_judged_is_no_pass():
    decision = judged(policies=(a_policy(a_rule(on_missing=OnMissing.SKIP)),))
    assert decision.nothing_judged
    assert decision.verdict is Verdict.FAILED


@pytest.mark.parametrize("code", [ProblemCode.UNREADABLE, ProblemCode.EMPTY, ProblemCode.SCAN_FAILED])
def test_a_broken_report_fails_the_rules_of_its_kind_even_beside_a_good_one(code):
    decision = judged(some_facts(), sources=(a_source(code),))
    assert outcome(decision) is Outcome.ERROR
    [finding] = decision.results[0].findings
    assert finding.place == Place("bad.json", 3)
    assert "bad.json" in decision.results[0].sources


@pytest.mark.parametrize("code", [ProblemCode.OTHER_COMMIT, ProblemCode.STALE])
def test_a_report_of_another_commit_counts_as_not_there(code):
    assert outcome(judged(some_facts(), sources=(a_source(code),))) is Outcome.PASS
    alone = judged(sources=(a_source(code),))
    assert outcome(alone) is Outcome.ERROR
    assert "bad.json is bad" in alone.results[0].findings[0].message


@pytest.mark.parametrize("on_missing", [OnMissing.SKIP, OnMissing.WARN])
@pytest.mark.parametrize("code", [ProblemCode.UNREADABLE, ProblemCode.EMPTY])
def test_a_broken_report_is_never_let_off_as_if_it_were_absent(code, on_missing):
    policies = (a_policy(a_rule(on_missing=on_missing)),)
    for beside in ((), (some_facts(),)):
        decision = judged(*beside, sources=(a_source(code),), policies=policies)
        assert (outcome(decision), decision.verdict) == (Outcome.ERROR, Verdict.FAILED)


def test_a_scan_that_failed_counts_as_not_there():
    policies = (a_policy(a_rule(on_missing=OnMissing.WARN)),)
    assert outcome(judged(sources=(a_source(ProblemCode.SCAN_FAILED),), policies=policies)) is Outcome.WARN


def test_a_decision_that_only_warns_that_evidence_is_missing_is_no_pass():
    decision = judged(policies=(a_policy(a_rule(on_missing=OnMissing.WARN)),))
    assert outcome(decision) is Outcome.WARN
    assert decision.nothing_judged
    assert decision.verdict is Verdict.FAILED


def test_a_rule_that_names_only_a_copy_of_a_report_is_judged_by_it():
    copy = Source("b/same.json", "ef" * 32, 10, "facts", "facts", same_as="a/same.json")
    rules = (a_rule("one", reports=("a/*",)), a_rule("two", reports=("b/*",)))
    decision = judged(some_facts(BROKEN, name="a/same.json"), sources=(copy,), policies=(a_policy(*rules),))
    assert [result.outcome for result in decision.results] == [Outcome.FAIL, Outcome.FAIL]
    assert decision.results[1].sources == ("b/same.json",)


@pytest.mark.parametrize("code", [ProblemCode.UNRECOGNISED, ProblemCode.AMBIGUOUS, ProblemCode.MISSING])
def test_a_report_that_nobody_can_read_fails_the_build_though_no_rule_asks_for_it(code):
    decision = judged(some_facts(), sources=(a_source(code, kind=None),))
    assert [result.rule.code for result in decision.results] == ["release/tested", "gatepass/evidence"]
    assert decision.verdict is Verdict.FAILED


@pytest.mark.parametrize("reports", [(), ("*.json",)])
def test_a_report_that_nobody_can_read_is_not_told_as_if_none_was_given(reports):
    policies = (a_policy(a_rule(reports=reports)),)
    sources = (a_source(ProblemCode.EMPTY, kind=None),)
    [finding] = judged(sources=sources, policies=policies).results[0].findings
    assert finding.message.endswith(", unless bad.json was meant to be it, which could not be used")
    assert finding.fix.startswith("mend the report that could not be used")


def test_many_that_nobody_can_read_are_told_in_one_line():
    sources = tuple(a_source(ProblemCode.EMPTY, kind=None, name=f"{n}.json") for n in range(9))
    [finding] = judged(sources=sources).results[0].findings
    assert "unless 0.json or 1.json or 2.json or 6 more was meant" in finding.message


def missing(kind, platform="local", **rule):
    check = replace(TOLD, evidence=kind)
    build = replace(BUILD, platform=platform)
    policies = (a_policy(a_rule(**rule)),)
    decision = evaluate(policies, Gathered(), (), build, NOW, checks={"told": check}, gate_version="0")
    return decision.results[0].findings[0].fix


def test_what_the_policy_says_to_do_is_said_where_evidence_is_missing_too():
    fix = missing("tests", fix="Ask alice.")
    assert fix.startswith("give a report with --evidence")
    assert fix.endswith("; the policy says: Ask alice.")


@pytest.mark.parametrize("kind", ["approvals", "pipeline"])
def test_a_rule_that_wants_evidence_collected_says_how(kind):
    assert missing(kind, "github", collected=True) == "ask for it in this run: --collect github"
    at = missing(kind, "gitlab", collected=True, servers=("https://gitlab.example",))
    assert at == "ask for it in this run: --collect gitlab, at https://gitlab.example"
    assert "--collect github or --collect gitlab or" in missing(kind, collected=True)
    assert "--evidence" not in missing(kind, collected=True)
    assert missing(kind, "github").startswith("ask for it: --collect github; or give a report")


def test_every_collector_is_known_to_who_tells_what_is_missing():
    from gatepass.collecting import collectors

    asked = {(kind, name) for name, each in collectors().items() for kind in each.kinds}
    assert asked == {(kind, name) for kind, names in ASKED_OF.items() for name in names}


def test_the_own_rule_cannot_be_overridden():
    override = an_override(rule="gatepass/evidence")
    decision = judged(
        some_facts(), sources=(a_source(ProblemCode.UNRECOGNISED, kind=None),), overrides=(override,)
    )
    assert decision.verdict is Verdict.FAILED


def test_old_evidence_counts_as_not_there():
    policies = (a_policy(a_rule(max_age=timedelta(hours=24))),)
    fresh = some_facts(created=NOW - timedelta(hours=24))
    old = some_facts(created=NOW - timedelta(hours=24, seconds=1))
    assert outcome(judged(fresh, policies=policies)) is Outcome.PASS
    assert outcome(judged(old, policies=policies)) is Outcome.ERROR


@pytest.mark.parametrize("created", [None, NOW + timedelta(hours=1)])
def test_evidence_of_unknown_age_or_from_the_future_is_too_old(created):
    policies = (a_policy(a_rule(max_age=timedelta(hours=24))),)
    assert outcome(judged(some_facts(created=created), policies=policies)) is Outcome.ERROR


def test_a_rule_looks_only_at_the_reports_that_it_names():
    policies = (a_policy(a_rule(reports=("unit/*",))),)
    good, bad = some_facts(name="unit/a.json"), some_facts(BROKEN, name="e2e/a.json")
    assert outcome(judged(good, bad, policies=policies)) is Outcome.PASS
    decision = judged(bad, policies=policies)
    assert outcome(decision) is Outcome.ERROR
    assert decision.results[0].findings[0].message == "no facts report matches unit/*"


def test_a_rule_warns_until_the_day_it_takes_effect():
    policies = (a_policy(a_rule(effective_on=NOW)),)
    assert outcome(judged(some_facts(BROKEN), policies=policies)) is Outcome.FAIL
    assert (
        outcome(judged(some_facts(BROKEN), policies=policies, now=NOW - timedelta(seconds=1))) is Outcome.WARN
    )


def test_a_finding_warns_until_its_grace_is_over():
    facts = some_facts({**BROKEN, "warns_until": NOW})
    assert outcome(judged(facts)) is Outcome.FAIL
    assert outcome(judged(facts, now=NOW - timedelta(seconds=1))) is Outcome.WARN


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (Scope(repositories=("other/*",)), "repository is acme/payments, not other/*"),
        (Scope(branches=("release/*",)), "branch is main, not release/*"),
        (Scope(events=(Event.TAG,)), "event is manual, not tag"),
        (Scope(changed=("src/**",)), "nothing in src/** changed"),
    ],
)
def test_a_policy_out_of_scope_says_why(scope, reason):
    build = replace(BUILD, changed_paths=("docs/a.md",))
    decision = judged(some_facts(BROKEN), policies=(a_policy(scope=scope),), build=build)
    assert decision.results[0].not_applicable == reason
    assert decision.verdict is Verdict.FAILED


def test_what_is_not_known_of_a_build_is_in_scope():
    scope = Scope(repositories=("other/*",), branches=("release/*",), changed=("src/**",))
    build = replace(BUILD, repository=None, branch=None, changed_paths=None)
    decision = judged(some_facts(), policies=(a_policy(scope=scope),), build=build)
    assert outcome(decision) is Outcome.PASS


def test_a_tag_is_not_on_a_branch():
    build = replace(BUILD, branch=None, tag="v1")
    decision = judged(some_facts(), policies=(a_policy(scope=Scope(branches=("main",))),), build=build)
    assert decision.results[0].not_applicable == "this is the tag v1, not a branch"


items = st.lists(
    st.fixed_dictionaries(
        {"identity": st.tuples(st.text(max_size=5)), "message": st.text(max_size=20)},
        optional={"warns_until": st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(days=1)])},
    ),
    max_size=5,
)
enforcements = st.sampled_from(list(Enforcement))
rules = st.lists(st.tuples(enforcements, st.sampled_from(list(OnMissing))), min_size=1, max_size=4).map(
    lambda drawn: tuple(
        a_rule(f"r{n}", enforcement=enforcement, on_missing=missing)
        for n, (enforcement, missing) in enumerate(drawn)
    )
)


@given(rules, items)
def test_adding_a_failing_finding_never_turns_failed_into_passed(drawn, found):
    policies = (a_policy(*drawn),)
    before = judged(some_facts(*found), policies=policies)
    after = judged(some_facts(*found, {"identity": ("one more",), "message": "x"}), policies=policies)
    assert not (before.verdict is Verdict.FAILED and after.verdict is Verdict.PASSED)


@given(rules, items, st.randoms(use_true_random=False))
def test_the_order_of_rules_and_findings_changes_nothing(drawn, found, random):
    shuffled_rules, shuffled_items = list(drawn), list(found)
    random.shuffle(shuffled_rules)
    random.shuffle(shuffled_items)
    one = judged(some_facts(*found), policies=(a_policy(*drawn),))
    two = judged(some_facts(*shuffled_items), policies=(a_policy(*shuffled_rules),))
    assert one.verdict is two.verdict
    by_rule = {result.rule.id: result.outcome for result in one.results}
    assert {result.rule.id: result.outcome for result in two.results} == by_rule


@given(rules, items)
def test_the_same_arguments_give_the_same_decision(drawn, found):
    policies = (a_policy(*drawn),)
    assert judged(some_facts(*found), policies=policies) == judged(some_facts(*found), policies=policies)


@given(rules)
def test_missing_evidence_never_passes_a_rule(drawn):
    decision = judged(policies=(a_policy(*drawn),))
    assert all(result.outcome is not Outcome.PASS for result in decision.results)


@given(rules, items)
def test_an_override_takes_no_finding_away(drawn, found):
    policies = (a_policy(*drawn, allowances=(an_allowance(),)),)
    overrides = (an_override(rule="r0"),)
    plain = judged(some_facts(*found), policies=policies)
    covered = judged(some_facts(*found), policies=policies, overrides=overrides)
    assert [len(r.findings) for r in covered.results] == [len(r.findings) for r in plain.results]
    assert all(f.override is None for r in covered.results if r.rule.id != "r0" for f in r.findings)


def test_a_copy_of_an_old_report_is_as_old_as_the_report():
    made = NOW - timedelta(days=9)
    copy = Source("b/same.json", "ef" * 32, 10, "facts", "facts", created=made, same_as="a/same.json")
    for reports in ((), ("b/*",)):
        policies = (a_policy(a_rule(max_age=timedelta(hours=24), reports=reports)),)
        decision = judged(some_facts(name="a/same.json", created=made), sources=(copy,), policies=policies)
        assert outcome(decision) is Outcome.ERROR


def test_a_rule_that_wants_collected_evidence_counts_no_file_that_was_given():
    file = some_facts()
    asked = replace(file, source=replace(file.source, collected_from="https://api.forge.example"))
    policies = (a_policy(a_rule(collected=True)),)
    alone = judged(file, policies=policies)
    assert outcome(alone) is Outcome.ERROR
    [finding] = alone.results[0].findings
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert "anybody may have written" in finding.message
    assert outcome(judged(asked, policies=policies)) is Outcome.PASS


def test_a_rule_believes_the_servers_that_it_names_alone():
    file = some_facts()
    asked = replace(file, source=replace(file.source, collected_from="http://127.0.0.1:8000"))
    named = (a_policy(a_rule(collected=True, servers=("https://api.forge.example/",))),)
    decision = judged(asked, policies=named)
    assert outcome(decision) is Outcome.ERROR
    assert "was asked of http://127.0.0.1:8000" in decision.results[0].findings[0].message
    right = replace(asked, source=replace(asked.source, collected_from="https://api.forge.example"))
    assert outcome(judged(right, policies=named)) is Outcome.PASS


def asking(check, *evidence, overrides=(), sources=()):
    """A decision by the rule ``tested``, broken and overridden, and ``last`` of the check that is given."""
    rules = (a_rule(), a_rule("last", check="asking"))
    policy = a_policy(*rules, allowances=(an_allowance(),))
    gathered = Gathered(evidence, (*(each.source for each in evidence), *sources))
    checks = {"told": TOLD, "asking": check}
    return evaluate((policy,), gathered, overrides, BUILD, NOW, checks=checks, gate_version="0")


def a_check(heard, *reads):
    def judge(question):
        heard.append(question)
        return Judgement("asked")

    return replace(TOLD, name="asking", evidence="build", reads=reads, judge=judge)


def test_a_check_that_asks_about_overrides_is_told_those_that_cover_something_and_keeps_its_place():
    heard = []
    used, spare = an_override(), an_override("OVR-2", rule="nowhere")
    decision = asking(a_check(heard, "overrides"), some_facts(BROKEN), overrides=(used, spare))
    assert [each.id for each in heard[0].overrides] == ["OVR-1"]
    assert [result.rule.id for result in decision.results] == ["tested", "last"]
    heard.clear()
    asking(a_check(heard), some_facts(BROKEN), overrides=(used,))
    assert heard[0].overrides == ()


def test_a_check_reads_other_kinds_beside_its_own_and_fails_when_they_are_broken():
    heard = []
    facts = some_facts()
    assert asking(a_check(heard, "facts"), facts).results[1].outcome is Outcome.PASS
    assert heard[0].beside == (facts,)
    broken = Source("odd.json", kind="facts", problem=Problem(ProblemCode.UNREADABLE, "is odd"))
    assert asking(a_check(heard, "facts"), facts, sources=(broken,)).results[1].outcome is Outcome.ERROR
    assert asking(a_check(heard), facts, sources=(broken,)).results[1].outcome is Outcome.PASS
