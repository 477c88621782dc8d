from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from gatepass.model.build import Build, Event
from gatepass.model.decision import Outcome, RuleResult
from gatepass.model.place import Place
from gatepass.model.scan import Severity
from gatepass.reports import sarif, sarif_github
from gatepass.sarif_places import uri
from reports import decisions
from reports.decisions import (
    CONTEXT,
    NOW,
    decision,
    everything,
    finding,
    green,
    hostile,
    nothing_judged,
    picture,
    rule,
)

SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "schemas" / "sarif-2.1.0.json"
PROFILES = {"full": sarif.REPORT, "github": sarif_github.REPORT}
ALL = ["picture", "everything", "green", "nothing_judged"]


def run_of(given, profile="full"):
    return json.loads(PROFILES[profile].render(given, CONTEXT))["runs"][0]


@cache
def validator():
    if not SCHEMA.is_file():
        pytest.skip("the SARIF schema is not beside the project")
    import jsonschema

    schema = json.loads(SCHEMA.read_text("utf-8"))
    return jsonschema.validators.validator_for(schema)(
        schema, format_checker=jsonschema.validators.validator_for(schema).FORMAT_CHECKER
    )


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", [*ALL, "hostile"])
def test_both_profiles_are_valid_by_the_official_schema(name, profile):
    given = hostile("a/../..\\é \x1b[2J\ud800<b>") if name == "hostile" else getattr(decisions, name)()
    document = json.loads(PROFILES[profile].render(given, CONTEXT))
    assert [error.message for error in validator().iter_errors(document)] == []


def test_every_finding_is_a_result_with_its_fingerprint_and_one_location():
    given = everything()
    results = [r for r in run_of(given)["results"] if r["kind"] == "fail"]
    findings = [(of, f) for of in given.results for f in of.findings]
    assert [r["partialFingerprints"]["gatepass/v1"] for r in results] == [f.fingerprint for _, f in findings]
    assert [r["ruleId"] for r in results] == [of.rule.code for of, _ in findings]
    assert {len(r["locations"]) for r in results} == {1}
    assert all(f.message in r["message"]["text"] for r, (_, f) in zip(results, findings, strict=True))


def test_every_level_is_written_and_is_what_the_finding_does():
    given = everything()
    results = [r for r in run_of(given)["results"] if r["kind"] == "fail"]
    levels = {r["partialFingerprints"]["gatepass/v1"]: r["level"] for r in results}
    for of in given.results:
        assert {levels[f.fingerprint] for f in of.blocking} <= {"error"}
        assert {levels[f.fingerprint] for f in of.warning} <= {"warning", "note"}
    by_rule = {r["ruleId"]: r["level"] for r in results}
    assert by_rule["release/told"] == "warning"
    assert by_rule["release/watched"] == "note"
    assert by_rule["release/absent"] == "error"
    assert by_rule["release/snyk"] == "warning"


def test_passed_rules_and_those_not_applied_are_results_of_their_kind():
    given = everything()
    results = run_of(given)["results"]
    for kind, outcome in (("pass", Outcome.PASS), ("notApplicable", Outcome.NOT_APPLICABLE)):
        found = [(r["ruleId"], r["level"]) for r in results if r["kind"] == kind]
        assert found == [(of.rule.code, "none") for of in given.by_outcome(outcome)]


def test_an_overridden_finding_is_suppressed_by_the_standards_own_words():
    results = [r for r in run_of(picture())["results"] if r["kind"] == "fail"]
    [suppressed] = [r for r in results if r["suppressions"]]
    assert suppressed["ruleId"] == "release/licences"
    assert suppressed["level"] == "error"
    [suppression] = suppressed["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "state" not in suppression
    for part in ("OVR-2026-014", "risk-accepted", "dana", "2026-12-02"):
        assert part in suppression["justification"]
    assert suppression["properties"]["ticket"] == "SEC-123"


def test_rules_say_what_they_are_and_results_point_at_them():
    run = run_of(everything())
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [r["ruleId"] for r in run["results"]]
    for each in rules:
        for key in ("shortDescription", "fullDescription", "help"):
            assert each[key]["text"].strip()
        assert each["help"]["markdown"].strip()
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", each["name"])
    by_id = {each["id"]: each for each in rules}
    assert by_id["release/scan"]["properties"]["security-severity"] == "9.5"
    assert by_id["release/snyk"]["properties"]["security-severity"] == "8.0"
    assert "security-severity" not in by_id["release/coverage"]["properties"]
    assert "soc2:CC8.1" in by_id["release/coverage"]["properties"]["tags"]
    assert by_id["release/watched"]["defaultConfiguration"]["level"] == "note"


def test_a_run_tells_the_verdict_the_revision_and_what_did_not_count():
    run = run_of(everything())
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["startTimeUtc"] == "2026-11-22T14:30:00Z"
    assert run["properties"]["verdict"] == "FAILED"
    [provenance] = run["versionControlProvenance"]
    assert provenance["repositoryUri"] == "https://github.com/acme/payments"
    assert provenance["revisionId"] == decisions.BUILD.commit
    said = " ".join(n["message"]["text"] for n in invocation["toolExecutionNotifications"])
    assert "old/junit.xml: is for 77aa01c" in said
    assert "OVR-22 for rule snyk has no effect (expired)" in said
    assert "UNSIGNED" in said


@pytest.mark.parametrize(
    "url",
    [None, "http://github.com/acme/payments/pull/1", "https://evil.example/x/acme/payments/", "javascript:x"],
)
def test_an_address_of_the_repository_is_never_guessed(url):
    build = replace(decisions.BUILD, run=replace(decisions.BUILD.run, url=url), change_request=None)
    assert "versionControlProvenance" not in run_of(replace(green(), build=build))


def test_the_category_is_the_same_for_a_push_and_a_change_request():
    pushed = replace(green(), build=Build("github", "acme/payments", "ab" * 20, event=Event.PUSH))
    ids = {run_of(given, "github")["automationDetails"]["id"] for given in (green(), pushed)}
    assert ids == {"gatepass/release/"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/a b#1.py", "src/a%20b%231.py"),
        ("src/é\x1b\n%41.py", "src/%C3%A9%1B%0A%2541.py"),
        ("javascript:alert(1)", "javascript%3Aalert(1)"),
        ("./src//a.py", "src/a.py"),
        ("a\ud800.py", "a%EF%BF%BD.py"),
        ("https://example.org/p.yaml", "https://example.org/p.yaml"),
    ],
)
def test_a_path_becomes_a_relative_percent_encoded_address(path, expected):
    assert uri(Place(path)) == expected


@pytest.mark.parametrize("line", [0, -3, 2**40])
def test_a_line_that_is_none_makes_no_region(line):
    scan = rule("scan")
    given = decision(RuleResult(scan, NOW, "x", (finding(scan, "x", Place("a.py", line)),)))
    assert "region" not in run_of(given)["results"][0]["locations"][0]["physicalLocation"]
    [github] = run_of(given, "github")["results"]
    assert github["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_no_text_of_a_report_becomes_a_link():
    scan = rule("scan")
    result = RuleResult(scan, NOW, "x", (finding(scan, "[x](http://evil.example)", Place("a.py", 1)),))
    for profile in PROFILES:
        assert "](" not in run_of(decision(result), profile)["results"][0]["message"]["text"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_decision_in_which_nothing_was_judged_is_no_clean_bill(profile):
    results = [r for r in run_of(nothing_judged(), profile)["results"] if r["kind"] == "fail"]
    assert [(r["ruleId"], r["level"]) for r in results] == [("gatepass/nothing-judged", "error")]


def test_github_gets_what_blocks_or_warns_the_worst_first_and_no_more():
    given = everything()
    run = run_of(given, "github")
    expected = {f.fingerprint for of in given.results for f in (*of.blocking, *of.warning)}
    assert {r["partialFingerprints"]["gatepass/v1"] for r in run["results"]} == expected
    assert len(run["results"]) == sum(len(of.blocking) + len(of.warning) for of in given.results)
    levels = [r["level"] for r in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert run["results"][0]["properties"]["severity"] == "critical"
    assert run["properties"]["overriddenFindings"] == 2
    assert run["properties"]["omittedFindings"] == 0


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../out.py", "a/../../out.py", "C:\\x.py", "https://example.org/x", "", " ", "."]
)
def test_github_gets_a_place_inside_the_repository_and_the_true_one_in_words(path):
    scan = rule("scan")
    [result] = run_of(decision(RuleResult(scan, NOW, "x", (finding(scan, "m", Place(path, 3)),))), "github")[
        "results"
    ]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "policies/release.yaml", "uriBaseId": "%SRCROOT%"}
    assert set(physical["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert result["message"]["text"] == f"{Place(path, 3)}: m"


def test_github_refuses_more_so_a_rule_has_at_most_twenty_tags_and_short_texts():
    scan = rule("scan", title="t" * 3000, controls=tuple(f"c:{at}" for at in range(50)))
    given = decision(RuleResult(scan, NOW, "x", (finding(scan, "m" * 5000, Place("a.py", 1)),)))
    [descriptor] = run_of(given, "github")["tool"]["driver"]["rules"]
    assert len(descriptor["properties"]["tags"]) == 20
    assert len(descriptor["shortDescription"]["text"]) == len(descriptor["fullDescription"]["text"]) == 1024
    assert len(run_of(given, "github")["results"][0]["message"]["text"]) == 1000
    assert len(run_of(given)["results"][0]["message"]["text"]) == 5000


def test_github_refuses_more_than_25000_results_so_the_worst_are_kept_and_the_cut_is_said():
    scan = rule("scan")
    low, high = (
        replace(finding(scan, "m", Place("a.py", 1)), severity=s) for s in (Severity.LOW, Severity.HIGH)
    )
    run = run_of(decision(RuleResult(scan, NOW, "x", (*[low] * 25_010, *[high] * 5))), "github")
    assert len(run["results"]) == 25_000
    assert [r["properties"]["severity"] for r in run["results"][:6]] == ["high"] * 5 + ["low"]
    assert run["properties"]["omittedFindings"] == 15


def test_github_refuses_files_over_10_mb_so_results_are_left_out_until_it_fits():
    scan = rule("scan")
    found = tuple(
        finding(scan, hashlib.sha256(b"%d" % at).hexdigest(), Place(f"src/{at}.py", 1)) for at in range(600)
    )
    text = sarif_github.within(decision(RuleResult(scan, NOW, "x", found)), 20_000)
    run = json.loads(text)["runs"][0]
    assert len(zlib.compress(text.encode())) <= 20_000
    assert 0 < len(run["results"]) == 600 - run["properties"]["omittedFindings"] < 600
    assert (
        "findings are left out" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )
