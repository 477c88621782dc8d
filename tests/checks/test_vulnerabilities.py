from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.checks import Judgement, Question
from gatepass.checks.vulnerabilities import CHECK
from gatepass.model.build import Build
from gatepass.model.decision import FindingKind, Outcome, RuleResult
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.scan import Severity
from gatepass.model.source import Source
from gatepass.model.vulnerabilities import (
    Ignored,
    LicenceIssue,
    Package,
    ScannedProject,
    Vulnerabilities,
    Vulnerability,
)

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LODASH = Vulnerability(
    id="SNYK-JS-LODASH-590103",
    package=Package("lodash", "4.17.15", "npm", "pkg:npm/lodash@4.17.15"),
    severity=Severity.HIGH,
    title="Prototype Pollution",
    aliases=("CVE-2020-8203", "GHSA-p6mc-m468-83gw"),
    published=datetime(2020, 7, 24, 12, 5, tzinfo=UTC),
    fixed_in=("4.17.21",),
    fixable=True,
    direct=False,
    paths=(("express@4.17.1", "lodash@4.17.15"),),
    target="package-lock.json",
)
GPL = LicenceIssue(
    "snyk:lic:npm:thing:GPL-3.0", Package("thing", "2.0.0"), "GPL-3.0", Severity.HIGH, "package-lock.json"
)


def a_report(*issues: Vulnerability, name: str = "snyk.json", **more) -> Vulnerabilities:
    projects = (ScannedProject("shop", "package-lock.json", "npm", 57),)
    given = {"tool": "snyk", "projects": projects, **more}
    return Vulnerabilities(Source(name), issues=issues, **given)


def judge(*reports: Vulnerabilities, now: datetime = NOW, **parameters) -> Judgement:
    written = {name.replace("_", "-"): value for name, value in parameters.items()}
    jsonschema.validate(written, dict(CHECK.parameters))
    return CHECK.judge(Question(a_rule(written), reports, Build("local"), now))


def a_rule(parameters) -> Rule:
    return Rule("snyk", "release", "vulnerabilities", Place("policy.yaml", 7), parameters=parameters)


def outcome(judgement: Judgement, now: datetime = NOW) -> Outcome:
    return RuleResult(a_rule({}), now, findings=judgement.findings).outcome


def published(days_ago: float, **changes) -> Vulnerability:
    return replace(LODASH, published=NOW - timedelta(days=days_ago), **changes)


def numbered(number: int, **changes) -> Vulnerability:
    """An issue of a package of its own."""
    package = Package(f"package{number}", "1.0")
    return replace(LODASH, id=f"SNYK-{number}", aliases=(), package=package, **changes)


def test_an_issue_of_a_severity_that_is_not_allowed_is_a_finding_with_all_that_is_known():
    judgement = judge(a_report(LODASH), maximum={"critical": 0, "high": 0})
    (finding,) = judgement.findings
    assert finding.message == (
        "lodash 4.17.15: Prototype Pollution (SNYK-JS-LODASH-590103, CVE-2020-8203, GHSA-p6mc-m468-83gw), "
        "fixed in 4.17.21"
    )
    assert finding.place == Place("package-lock.json")
    assert finding.severity is Severity.HIGH
    assert finding.fix == "upgrade lodash to 4.17.21"
    assert finding.details == ("express > lodash",)
    assert finding.subject.package == "lodash"
    assert finding.subject.fixable
    assert set(finding.subject.vulnerabilities) == set(LODASH.ids)
    assert judgement.summary == "0 critical, 1 high"
    assert ("high", 1) in judgement.figures
    assert outcome(judgement) is Outcome.FAIL


def test_nothing_found_is_a_pass():
    judgement = judge(a_report(), maximum={"high": 0})
    assert outcome(judgement) is Outcome.PASS
    assert judgement.summary == "0 critical, 0 high"


def test_a_milder_severity_than_all_that_are_limited_is_counted_and_passes():
    judgement = judge(a_report(replace(LODASH, severity=Severity.MEDIUM)), maximum={"high": 0})
    assert not judgement.findings
    assert judgement.summary == "0 critical, 0 high, 1 medium"


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM])
def test_who_forbids_medium_issues_forbids_worse_ones_too(severity):
    assert len(judge(a_report(replace(LODASH, severity=severity)), maximum={"medium": 0}).findings) == 1


def test_an_issue_that_nobody_has_judged_counts_against_the_smallest_limit():
    unknown = replace(LODASH, severity=Severity.UNKNOWN)
    assert judge(a_report(unknown), maximum={"critical": 0, "high": 5}).findings
    assert not judge(a_report(unknown), maximum={"critical": 0, "unknown": 1}).findings


def test_up_to_the_maximum_may_stand_and_past_it_each_is_a_finding():
    issues = [numbered(n) for n in range(3)]
    assert not judge(a_report(*issues[:2]), maximum={"high": 2}).findings
    judgement = judge(a_report(*issues), maximum={"high": 2})
    assert len(judgement.findings) == 3
    assert judgement.summary == "0 of 2 critical, 3 of 2 high"


def test_the_same_issue_in_two_reports_counts_once_and_keeps_the_worse():
    other = Vulnerability("CVE-2020-8203", LODASH.package, Severity.CRITICAL, published=LODASH.published)
    judgement = judge(a_report(LODASH), a_report(other, name="trivy.json", tool="trivy"), maximum={"high": 0})
    (finding,) = judgement.findings
    assert finding.severity is Severity.CRITICAL
    assert judgement.summary == "1 critical, 0 high"


def test_an_issue_known_by_its_ghsa_alone_is_joined_to_the_one_that_knows_the_cve():
    other = Vulnerability("GHSA-p6mc-m468-83gw", LODASH.package, Severity.HIGH)
    assert len(judge(a_report(LODASH), a_report(other, name="audit.json"), maximum={"high": 0}).findings) == 1


def test_two_cves_are_never_joined_by_a_third_issue_that_names_both():
    first = Vulnerability("CVE-2020-1", LODASH.package, Severity.HIGH)
    second = Vulnerability("CVE-2020-2", LODASH.package, Severity.HIGH)
    both = Vulnerability("SNYK-1", LODASH.package, Severity.HIGH, aliases=("CVE-2020-1", "CVE-2020-2"))
    judgement = judge(a_report(first, second), a_report(both, name="other.json"), maximum={"high": 1})
    assert len(judgement.findings) == 2


def test_an_issue_that_one_report_has_not_judged_has_the_severity_and_the_grace_of_another():
    unjudged = published(3, severity=Severity.UNKNOWN)
    terms = {"maximum": {"high": 0}, "grace_days": {"high": 14}}
    assert outcome(judge(a_report(unjudged), **terms)) is Outcome.FAIL
    assert outcome(judge(a_report(unjudged), a_report(published(3), name="b.json"), **terms)) is Outcome.WARN


def test_two_versions_count_twice_and_share_one_finding():
    older = replace(LODASH, package=replace(LODASH.package, version="3.10.1"))
    judgement = judge(a_report(LODASH, older), maximum={"high": 0})
    (finding,) = judgement.findings
    assert finding.message.startswith("lodash 3.10.1, 4.17.15: ")
    assert "2 high" in judgement.summary


def test_a_finding_keeps_its_fingerprint_when_the_package_is_upgraded():
    newer = replace(LODASH, package=replace(LODASH.package, version="4.17.16"))
    first, second = (judge(a_report(each), maximum={"high": 0}).findings[0] for each in (LODASH, newer))
    assert first.fingerprint == second.fingerprint


def test_in_grace_an_issue_warns_until_the_instant_at_which_it_ends():
    report = a_report(published(3))
    judgement = judge(report, maximum={"high": 0}, grace_days={"high": 14})
    (finding,) = judgement.findings
    end = NOW + timedelta(days=11)
    assert finding.warns_until == end
    assert judgement.summary == "0 critical, 1 high (in grace until 2026-12-03)"
    assert outcome(judgement) is Outcome.WARN
    just_before = judge(report, maximum={"high": 0}, grace_days={"high": 14}, now=end - timedelta(seconds=1))
    assert outcome(just_before, end - timedelta(seconds=1)) is Outcome.WARN
    after = judge(report, maximum={"high": 0}, grace_days={"high": 14}, now=end)
    assert outcome(after, end) is Outcome.FAIL


@pytest.mark.parametrize("when", [None, NOW + timedelta(days=1), datetime(9999, 1, 1, tzinfo=UTC)])
def test_without_a_date_or_with_one_in_the_future_there_is_no_grace(when):
    judgement = judge(a_report(replace(LODASH, published=when)), maximum={"high": 0}, grace_days={"high": 14})
    assert outcome(judgement) is Outcome.FAIL


def test_a_grace_of_one_severity_is_not_one_of_another():
    worse = published(3, severity=Severity.CRITICAL)
    assert outcome(judge(a_report(worse), maximum={"high": 0}, grace_days={"high": 14})) is Outcome.FAIL


def test_issues_in_grace_do_not_count_against_a_maximum_until_it_ends():
    old = [numbered(n) for n in range(2)]
    fresh = [published(4, id="SNYK-A", aliases=()), published(1, id="SNYK-B", aliases=())]
    judgement = judge(a_report(*old, *fresh), maximum={"high": 2}, grace_days={"high": 14})
    assert outcome(judgement) is Outcome.WARN
    until = {finding.subject.vulnerabilities[0]: finding.warns_until for finding in judgement.findings}
    first_end, second_end = NOW + timedelta(days=10), NOW + timedelta(days=13)
    assert until == {"SNYK-0": first_end, "SNYK-1": first_end, "SNYK-A": first_end, "SNYK-B": second_end}


def test_past_the_maximum_old_issues_block_and_those_in_grace_warn():
    judgement = judge(a_report(numbered(1), published(4)), maximum={"high": 0}, grace_days={"high": 14})
    assert outcome(judgement) is Outcome.FAIL
    assert [finding.warns_until is None for finding in judgement.findings] == [True, False]
    assert judgement.summary == "0 critical, 2 high (1 in grace until 2026-12-02)"


def test_what_the_scanners_own_file_hides_counts_unless_the_rule_accepts_that():
    hidden = replace(LODASH, ignored=Ignored("only in tests", "dana"))
    judgement = judge(a_report(hidden), maximum={"high": 0})
    (finding,) = judgement.findings
    assert "ignores it by dana: only in tests" in finding.details[-1]
    accepted = judge(a_report(hidden), maximum={"high": 0}, scanner_ignores="accept")
    assert not accepted.findings
    assert accepted.summary == "0 critical, 0 high, 1 ignored by the scanner"


def test_an_accepted_ignore_ends_on_its_day():
    hidden = replace(LODASH, ignored=Ignored("soon", expires=NOW + timedelta(days=1)))
    assert not judge(a_report(hidden), maximum={"high": 0}, scanner_ignores="accept").findings
    later = NOW + timedelta(days=1)
    assert judge(a_report(hidden), maximum={"high": 0}, scanner_ignores="accept", now=later).findings


def test_an_issue_that_only_one_of_two_reports_ignores_counts():
    hidden = replace(LODASH, ignored=Ignored("no"))
    reports = (a_report(hidden), a_report(LODASH, name="other.json"))
    assert judge(*reports, maximum={"high": 0}, scanner_ignores="accept").findings


@pytest.mark.parametrize(
    ("switch", "passes", "counts"),
    [
        ("fixable_only", {"fixable": False}, {"fixable": True}),
        ("direct_only", {"direct": False}, {"direct": True}),
        ("direct_only", {"direct": False}, {"direct": None}),
    ],
)
def test_a_switch_leaves_issues_out_and_says_so(switch, passes, counts):
    left_out = judge(a_report(replace(LODASH, **passes)), maximum={"high": 0}, **{switch: True})
    assert not left_out.findings
    assert left_out.summary.endswith(("1 without a fix", "1 indirect"))
    assert judge(a_report(replace(LODASH, **counts)), maximum={"high": 0}, **{switch: True}).findings


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"packages": ["lod*"]}, True),
        ({"packages": ["pkg:npm/*"]}, True),
        ({"packages": ["pkg:**"]}, True),
        ({"packages": ["pkg:*"]}, False),
        ({"packages": ["pkg:npm/lodash"]}, True),
        ({"packages": ["express"]}, False),
        ({"excluded_packages": ["LODASH"]}, False),
        ({"packages": ["*"], "excluded_packages": ["pkg:npm/lod*"]}, False),
    ],
)
def test_packages_are_chosen_by_name_or_purl(parameters, found):
    judgement = judge(a_report(LODASH), maximum={"high": 0}, **parameters)
    assert bool(judgement.findings) is found
    assert ("1 other packages" in judgement.summary) is not found


def test_a_tool_that_handed_in_no_report_is_missing_evidence():
    judgement = judge(a_report(), maximum={"high": 0}, tools=["snyk", "trivy"])
    (finding,) = judgement.findings
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert "trivy" in finding.message
    assert outcome(judgement) is Outcome.ERROR


def test_without_any_of_its_tools_a_rule_never_passes():
    judgement = judge(a_report(LODASH, tool="grype"), maximum={"high": 0}, tools=["snyk"])
    assert outcome(judgement) is Outcome.ERROR


def test_a_report_of_a_tool_that_the_rule_does_not_name_is_not_judged():
    reports = (a_report(), a_report(LODASH, name="grype.json", tool="grype"))
    assert not judge(*reports, maximum={"high": 0}, tools=["SN*"]).findings


def test_a_scanner_told_to_leave_out_what_the_rule_limits_proves_nothing():
    cut = a_report(severity_threshold=Severity.HIGH)
    judgement = judge(cut, maximum={"high": 0, "medium": 3})
    assert outcome(judgement) is Outcome.ERROR
    assert "leave out medium issues" in judgement.findings[0].message
    assert not judge(cut, maximum={"high": 0}).findings


def test_a_threshold_also_hides_licences():
    cut = a_report(severity_threshold=Severity.HIGH)
    assert outcome(judge(cut, licences={"forbidden": ["GPL-*"]})) is Outcome.ERROR
    assert outcome(judge(cut, licences={"maximum": {"low": 0}})) is Outcome.ERROR
    assert outcome(judge(cut, licences={"maximum": {"high": 0}})) is Outcome.PASS


@pytest.mark.parametrize(
    ("licence", "terms", "refused"),
    [
        ("GPL-3.0", {"forbidden": ["GPL-*"]}, True),
        ("LGPL-3.0", {"forbidden": ["GPL-*"]}, False),
        ("(MIT OR GPL-3.0)", {"forbidden": ["gpl-*"]}, True),
        ("GPL-3.0", {"allowed": ["MIT"]}, True),
        ("MIT", {"allowed": ["MIT"]}, False),
        ("(MIT OR Apache-2.0)", {"allowed": ["MIT", "Apache-*"]}, False),
        ("(MIT AND GPL-3.0)", {"allowed": ["MIT"]}, True),
        ("GPL-3.0", {"allowed": ["*"], "forbidden": ["GPL-3.0"]}, True),
        ("GPL-3.0", {"maximum": {"high": 0}}, True),
        ("GPL-3.0", {"maximum": {"medium": 0}}, True),
        ("GPL-3.0", {"maximum": {"high": 1}}, False),
        ("MIT", {"maximum": {"high": 0}, "allowed": ["MIT"]}, False),
        ("", {"allowed": ["MIT"]}, True),
    ],
)
def test_licences_are_refused_by_name_or_by_severity(licence, terms, refused):
    report = a_report(licences=(replace(GPL, licence=licence),))
    judgement = judge(report, licences=terms)
    assert bool(judgement.findings) is refused
    assert judgement.summary == ("1 licence refused" if refused else "no licence refused")


def test_a_licence_finding_names_package_licence_and_reason():
    (finding,) = judge(a_report(licences=(GPL, GPL)), licences={"forbidden": ["GPL-*"]}).findings
    assert finding.message == "thing 2.0.0: licence GPL-3.0 (forbidden)"
    assert finding.subject.vulnerabilities == ("snyk:lic:npm:thing:GPL-3.0",)
    assert finding.place == Place("package-lock.json")


def test_a_rule_about_licences_alone_does_not_judge_vulnerabilities():
    assert not judge(a_report(LODASH, licences=()), licences={"forbidden": ["GPL-*"]}).findings


def test_ignored_licences_count_unless_the_rule_accepts_that():
    report = a_report(licences=(replace(GPL, ignored=Ignored("fine")),))
    assert judge(report, licences={"maximum": {"high": 0}}).findings
    assert not judge(report, licences={"maximum": {"high": 0}}, scanner_ignores="accept").findings


@pytest.mark.parametrize(
    "target", ["../../etc/passwd", "/srv/package.json", "C:/x/package.json", "https://x/y", "a\nb"]
)
def test_a_target_outside_the_workspace_is_no_place(target):
    report = a_report(replace(LODASH, target=target), projects=(ScannedProject("x", target),))
    (finding,) = judge(report, maximum={"high": 0}).findings
    assert finding.place == Place("policy.yaml", 7)


def test_past_500_findings_one_stands_for_the_rest():
    issues = [numbered(n) for n in range(520)]
    judgement = judge(a_report(*issues), maximum={"high": 0})
    assert len(judgement.findings) == 501
    assert judgement.findings[-1].message.startswith("20 more findings")
    assert ("high", 520) in judgement.figures


def test_the_rest_blocks_if_one_of_it_does():
    fresh = [numbered(n, published=NOW - timedelta(days=1)) for n in range(400)]
    old = [numbered(1000 + n) for n in range(501)]
    judgement = judge(a_report(*fresh, *old), maximum={"high": 0}, grace_days={"high": 14})
    assert judgement.findings[-1].warns_until is None
    warned = judge(a_report(*fresh, *old[:500]), maximum={"high": 0}, grace_days={"high": 14})
    assert warned.findings[-1].warns_until == NOW + timedelta(days=13)


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"maximum": {"critical": 2, "high": 0}}, "maximum.critical"),
        ({"licences": {"maximum": {"high": 2, "low": 1}}}, "licences.maximum.high"),
        ({"maximum": {"critical": 0}, "grace-days": {"high": 3}}, "grace-days.high"),
        ({"licences": {"forbidden": ["x"]}, "fixable-only": True}, "fixable-only"),
    ],
)
def test_a_rule_that_contradicts_itself_is_a_mistake(parameters, path):
    assert [mistake.path for mistake in CHECK.validate(a_rule(parameters))] == [path]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"maximum": {}},
        {"maximum": {"severe": 0}},
        {"maximum": {"high": -1}},
        {"maximum": {"high": 0}, "tools": []},
        {"maximum": {"high": 0}, "grace-days": {"high": 99999}},
        {"maximum": {"high": 0}, "scanner-ignores": "yes"},
        {"licences": {}},
    ],
)
def test_the_schema_refuses_a_rule_that_would_judge_nothing(parameters):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parameters, dict(CHECK.parameters))


def test_the_example_is_valid_and_every_leaf_says_what_is_stricter():
    (rule,) = yaml.safe_load(CHECK.example)
    for key in ("id", "title", "check"):
        rule.pop(key)
    jsonschema.validate(rule, dict(CHECK.parameters))
    assert not list(CHECK.validate(a_rule(rule)))
    assert not list(leaves_without_a_direction(CHECK.parameters["properties"]))


def leaves_without_a_direction(properties):
    for name, schema in properties.items():
        assert schema["description"], name
        if "properties" in schema:
            yield from leaves_without_a_direction(schema["properties"])
        elif "x-stricter" not in schema:
            yield name


SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.UNKNOWN)
# an issue has one severity, whoever tells of it: one that is unknown to a report and high to another is high,
# and has the grace of a high one
ISSUES = st.builds(
    lambda number, days, fixable, version: replace(
        published(days, id=f"SNYK-{number}", aliases=(f"CVE-2026-{number}",) if number % 2 else ()),
        package=Package(f"package{number % 4}", version),
        severity=SEVERITIES[number % 3],
        fixable=fixable,
    ),
    st.integers(0, 11),
    st.sampled_from([1, 400]),
    st.booleans(),
    st.sampled_from(["1.0", "2.0"]),
)
TERMS = {"maximum": {"critical": 0, "high": 0}, "grace_days": {"high": 14}}


@settings(max_examples=80, deadline=None)
@given(st.lists(ISSUES, max_size=8), ISSUES)
def test_one_more_issue_never_makes_findings_fewer_or_milder(issues, another):
    before = judge(a_report(*issues), **TERMS)
    after = judge(a_report(*issues, another), **TERMS)
    assert {each.fingerprint for each in before.findings} <= {each.fingerprint for each in after.findings}
    blocking = [{f.fingerprint for f in each.findings if f.warns_until is None} for each in (before, after)]
    assert blocking[0] <= blocking[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(ISSUES, max_size=8), st.integers(0, 3), st.randoms())
def test_repeating_issues_and_shuffling_reports_changes_nothing(issues, maximum, random):
    terms = {"maximum": {"high": maximum}, "grace_days": {"high": 14, "critical": 3}}
    again = [*issues, *issues]
    random.shuffle(again)
    half = len(again) // 2
    reports = [a_report(*again[:half]), a_report(*again[half:], name="b.json")]
    random.shuffle(reports)
    assert judge(*reports, **terms) == judge(a_report(*issues), **terms)


@settings(max_examples=60, deadline=None)
@given(st.lists(ISSUES, min_size=1, max_size=8), st.integers(0, 3), st.integers(0, 20))
def test_a_warning_turns_into_a_failure_at_the_instant_that_it_names(issues, maximum, days):
    terms = {"maximum": {"high": maximum}, "grace_days": {"high": 14}}
    now = judge(a_report(*issues), **terms)
    later = NOW + timedelta(days=days)
    then = judge(a_report(*issues), now=later, **terms)
    announced = RuleResult(a_rule({}), later, findings=now.findings)
    actual = RuleResult(a_rule({}), later, findings=then.findings)
    assert {f.fingerprint for f in announced.blocking} == {f.fingerprint for f in actual.blocking}
