"""Issues and hotspots of SonarQube's: all of them, or an error; what was let through is shown as such."""

from __future__ import annotations

import hashlib
import json

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.build import Build, ChangeRequest
from gatepass.model.place import Place
from gatepass.model.scan import Level, Severity
from support.evidence import read
from support.loopback import Reply, serving
from support.sonarqube_answers import (
    HEAD,
    OTHER,
    PROJECT,
    analysis,
    by_query,
    hotspot,
    in_pages,
    issue,
    listed,
    routes,
    task,
)
from support.sonarqube_case import CHANGE, MAIN, collect, reading, scanned


def scan(tmp_path, *, build=MAIN, **changes):
    with serving(routes(**changes)) as server:
        scanned(tmp_path, server.url)
        data = collect(tmp_path, server.url, "findings", build=build)
    return reading(tmp_path, data, "findings")


def only(tmp_path, **changes):
    [result] = scan(tmp_path, **changes).evidence.results
    return result


def test_an_issue_is_a_result_with_its_place_and_rule(tmp_path):
    found = scan(tmp_path, issues=[issue()])
    [result] = found.evidence.results
    assert (result.tool, result.rule_id, result.rule_name) == (
        "SonarQube",
        "python:S930",
        "Arguments should fit",
    )
    assert (result.level, result.severity, result.kind) == (Level.ERROR, Severity.UNKNOWN, "fail")
    assert result.place == Place("src/refund.py", 14, 5, 15)
    assert (result.fingerprint, result.tags) == ("hash-of-I1", ("BUG", "CRITICAL", "cwe"))
    [tool] = found.evidence.tools
    assert (tool.name, tool.version, tool.rules, tool.failure) == ("SonarQube", "10.7.0.96327", 1, None)
    assert (found.commit, found.created.minute) == (HEAD, 40)


def test_nothing_found_is_a_clean_scan_that_ran(tmp_path):
    evidence = scan(tmp_path).evidence
    assert (evidence.results, [tool.name for tool in evidence.tools]) == ((), ["SonarQube"])


@pytest.mark.parametrize(
    ("changes", "level", "severity"),
    [
        ({"severity": "BLOCKER", "kind": "VULNERABILITY"}, Level.ERROR, Severity.CRITICAL),
        ({"severity": "CRITICAL", "kind": "VULNERABILITY"}, Level.ERROR, Severity.HIGH),
        ({"severity": "MAJOR", "kind": "VULNERABILITY"}, Level.WARNING, Severity.MEDIUM),
        ({"severity": "INFO", "kind": "VULNERABILITY"}, Level.NOTE, Severity.LOW),
        ({"severity": "MAJOR", "kind": "CODE_SMELL"}, Level.WARNING, Severity.UNKNOWN),
        ({"severity": None, "impacts": [("SECURITY", "BLOCKER")]}, Level.ERROR, Severity.CRITICAL),
        ({"severity": None, "impacts": [("RELIABILITY", "HIGH")]}, Level.ERROR, Severity.UNKNOWN),
        (
            {"severity": None, "impacts": [("MAINTAINABILITY", "HIGH"), ("SECURITY", "LOW")]},
            Level.ERROR,
            Severity.LOW,
        ),
        (
            {"severity": "MINOR", "kind": "VULNERABILITY", "impacts": [("SECURITY", "HIGH")]},
            Level.ERROR,
            Severity.HIGH,
        ),
        (
            {"severity": "BLOCKER", "kind": "VULNERABILITY", "impacts": [("SECURITY", "LOW")]},
            Level.ERROR,
            Severity.CRITICAL,
        ),
    ],
)
def test_of_old_severities_and_new_impacts_the_worse_counts(tmp_path, changes, level, severity):
    impacts = [{"softwareQuality": quality, "severity": word} for quality, word in changes.pop("impacts", ())]
    result = only(tmp_path, issues=[issue(**changes, impacts=impacts)])
    assert (result.level, result.severity) == (level, severity)


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": None},
        {"severity": "HUGE"},
        {"severity": 7},
        {"impacts": [{"softwareQuality": "SECURITY", "severity": "HUGE"}]},
        {"impacts": [{"softwareQuality": "SECURITY"}]},
        {"impacts": "HIGH"},
        {"impacts": ["HIGH"]},
        {"rule": None},
        {"component": None},
        {"project": None},
        {"project": "acme_other"},
        {"pullRequest": "99"},
        {"branch": "elsewhere"},
    ],
)
def test_an_issue_that_nobody_can_judge_is_refused(tmp_path, changes):
    with pytest.raises(UnreadableEvidence):
        scan(tmp_path, issues=[issue(**changes)])


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"path": "src/a%20b.py"}, Place("src/a%20b.py", 14, 5, 15)),
        ({"textRange": None}, Place("src/refund.py", 14)),
        ({"textRange": None, "line": None}, Place("src/refund.py")),
        ({"component": PROJECT}, None),
        ({"textRange": {"startLine": 0, "endLine": -1, "startOffset": True}}, Place("src/refund.py", 14)),
    ],
)
def test_places(tmp_path, changes, place):
    assert only(tmp_path, issues=[issue(**changes)]).place == place


def test_issues_without_a_hash_are_told_apart_by_what_they_say_and_not_by_their_keys(tmp_path):
    prints = [
        [each.fingerprint for each in scan(tmp_path, issues=found).evidence.results]
        for found in (
            [issue("A", hash=None), issue("B", hash=None), issue("C", hash=None, message="Other")],
            [issue("X", hash=None), issue("Y", hash=None), issue("Z", hash=None, message="Other")],
        )
    ]
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3


# what was let through


def changelog(*words, key="issueStatus"):
    return {
        "changelog": [
            {"user": f"user{at}", "creationDate": f"2026-11-0{at}T10:00:00+0000",
             "diffs": [{"key": key, "oldValue": "OPEN", "newValue": word}]}
            for at, word in enumerate(words, start=1)
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"issueStatus": "ACCEPTED"}, "accepted"),
        ({"issueStatus": "FALSE_POSITIVE"}, "false positive"),
        ({"issueStatus": None, "status": "RESOLVED", "resolution": "WONTFIX"}, "accepted"),
        ({"issueStatus": None, "status": "RESOLVED", "resolution": "FALSE-POSITIVE"}, "false positive"),
    ],
)
def test_what_somebody_let_through_is_there_as_suppressed_by_whom_and_why(tmp_path, changes, meaning):
    comments = [
        {"login": "eve", "markdown": "hm", "createdAt": "2026-11-01T10:00:00+0000"},
        {"login": "dana", "markdown": "not reachable", "createdAt": "2026-11-03T10:00:00+0000"},
    ]
    result = only(
        tmp_path,
        let_through=[issue(**changes, comments=comments)],
        changelog=changelog("ACCEPTED", "FALSE_POSITIVE", "REOPENED"),
    )
    assert result.suppressed
    [suppression] = result.suppressions
    assert (suppression.kind, suppression.justification) == ("external", f"{meaning}: not reachable")
    assert suppression.by == "user2"


def test_who_let_it_through_is_not_known_where_the_token_may_not_see_it(tmp_path):
    result = only(tmp_path, let_through=[issue(issueStatus="ACCEPTED")], changelog=Reply("", 403))
    assert (result.suppressed, result.suppressions[0].by) == (True, None)


def test_of_thousands_only_the_first_are_asked_about_one_by_one(tmp_path):
    many = [issue(f"I{number}", issueStatus="ACCEPTED") for number in range(130)]
    with serving(routes(let_through=many)) as server:
        scanned(tmp_path, server.url)
        data = collect(tmp_path, server.url, "findings")
        assert server.paths().count("/api/issues/changelog") == 100
    assert all(each.suppressed for each in reading(tmp_path, data, "findings").evidence.results)


@pytest.mark.parametrize("word", ["OPEN", "CONFIRMED", "REOPENED", "IN_SANDBOX", "accepted?", None])
def test_no_other_status_lets_anything_through(tmp_path, word):
    changes = {"issueStatus": word, "comments": [{"markdown": "accepted"}], "resolution": None}
    assert not only(tmp_path, issues=[issue(**changes)]).suppressions


def test_an_open_status_stands_whatever_the_old_resolution_says(tmp_path):
    assert not only(tmp_path, issues=[issue(issueStatus="OPEN", resolution="WONTFIX")]).suppressions


def test_what_is_fixed_does_not_count_and_is_counted(tmp_path):
    evidence = scan(tmp_path, let_through=[issue(issueStatus="FIXED")]).evidence
    assert (evidence.results, evidence.not_counted) == ((), 1)


def test_an_issue_that_is_let_through_between_two_questions_is_there_once(tmp_path):
    results = scan(tmp_path, issues=[issue()], let_through=[issue(issueStatus="ACCEPTED")]).evidence.results
    assert [each.suppressed for each in results] == [False]


# hotspots


@pytest.mark.parametrize(
    ("probability", "severity"), [("HIGH", "high"), ("MEDIUM", "medium"), ("LOW", "low")]
)
def test_a_hotspot_is_to_be_reviewed(tmp_path, probability, severity):
    result = only(tmp_path, hotspots=[hotspot(probability=probability)])
    assert (result.kind, result.level, result.severity.value) == ("review", Level.NONE, severity)
    assert (result.rule_id, result.place) == ("python:S2245", Place("src/token.py", 7, 1, 7))
    assert result.tags == ("SECURITY_HOTSPOT", "weak-cryptography")


@pytest.mark.parametrize(
    ("resolution", "there", "suppressed"),
    [("SAFE", True, True), ("ACKNOWLEDGED", True, False), ("EXCEPTION", True, False), ("FIXED", False, None)],
)
def test_a_reviewed_hotspot_stands_unless_it_is_safe_or_fixed(tmp_path, resolution, there, suppressed):
    told = {**changelog("SAFE", key="resolution"), "comment": [{"markdown": "only a test id"}]}
    evidence = scan(
        tmp_path, reviewed=[hotspot(status="REVIEWED", resolution=resolution)], hotspot=told
    ).evidence
    assert len(evidence.results) == there
    if there:
        assert evidence.results[0].suppressed is suppressed
    if suppressed:
        [suppression] = evidence.results[0].suppressions
        assert (suppression.by, suppression.justification) == ("user1", "safe: only a test id")
    assert evidence.not_counted == (not there)


def test_a_hotspot_of_an_old_server_is_named_by_its_category(tmp_path):
    assert only(tmp_path, hotspots=[hotspot(ruleKey=None)]).rule_id == "hotspot:weak-cryptography"


@pytest.mark.parametrize(
    "changes",
    [
        {"vulnerabilityProbability": "SOME"},
        {"vulnerabilityProbability": None},
        {"status": "CLOSED"},
        {"status": None},
        {"securityCategory": None},
        {"project": "acme_other"},
    ],
)
def test_a_hotspot_that_nobody_can_judge_is_refused(tmp_path, changes):
    with pytest.raises(UnreadableEvidence):
        scan(tmp_path, hotspots=[hotspot(**changes)])


# all of them, or an error


def test_all_pages_of_issues_and_hotspots_are_read(tmp_path):
    found = scan(
        tmp_path,
        issues=[issue(f"I{number}") for number in range(1201)],
        hotspots=[hotspot(f"H{number}") for number in range(700)],
    )
    assert len(found.evidence.results) == 1901


def many(count, **changes):
    """Issues of five severities and three types in turn, as the server filters them."""
    severities, types = (
        ("BLOCKER", "CRITICAL", "MAJOR", "MINOR", "INFO"),
        ("BUG", "VULNERABILITY", "CODE_SMELL"),
    )
    made = [
        issue(f"I{number}", severities[number % 5], types[number % 3], **changes) for number in range(count)
    ]

    def fitting(query):
        return [
            each
            for each in made
            if query.get("severities", each["severity"]) == each["severity"]
            and query.get("types", each["type"]) == each["type"]
        ]

    return by_query("resolved", {"false": in_pages("issues", fitting)}, in_pages("issues", []))


def test_more_issues_than_the_server_shows_are_asked_for_in_parts(tmp_path):
    said = []
    with serving(routes() | {"/api/issues/search": many(10_003)}) as server:
        scanned(tmp_path, server.url)
        data = collect(tmp_path, server.url, "findings", said=said)
    assert len(reading(tmp_path, data, "findings").evidence.results) == 10_003
    assert any("asking by severities" in words for words in said)


def test_a_part_that_is_still_too_large_is_asked_for_by_type_and_then_refused(tmp_path):
    def one_severity(count, types):
        made = [issue(f"I{n}", "MAJOR", types[n % len(types)]) for n in range(count)]

        def fitting(query):
            return [
                each
                for each in made
                if query.get("severities", "MAJOR") == "MAJOR"
                and query.get("types", each["type"]) == each["type"]
            ]

        return by_query("resolved", {"false": in_pages("issues", fitting)}, in_pages("issues", []))

    for types, fits in ((("BUG", "CODE_SMELL"), True), (("BUG",), False)):
        with serving(routes() | {"/api/issues/search": one_severity(10_002, types)}) as server:
            scanned(tmp_path, server.url)
            if fits:
                data = collect(tmp_path, server.url, "findings")
                assert len(reading(tmp_path, data, "findings").evidence.results) == 10_002
            else:
                with pytest.raises(
                    CollectionError, match=r"10002 issues \(open MAJOR BUG\) and shows no more"
                ):
                    collect(tmp_path, server.url, "findings")


def test_a_server_that_does_not_know_the_parts_is_not_believed_to_have_none(tmp_path):
    def answer(heard):
        if "severities" in heard.query or "resolutions" in heard.query:
            return Reply(listed("issues"))
        return in_pages("issues", [issue(f"I{n}") for n in range(10_000)])(heard)

    with pytest.raises(CollectionError, match="10000 issues, and 0 when it is asked by severities"):
        _with(tmp_path, answer)


def _with(tmp_path, answer):
    with serving(routes() | {"/api/issues/search": answer}) as server:
        scanned(tmp_path, server.url)
        return collect(tmp_path, server.url, "findings")


def test_more_hotspots_than_the_server_shows_are_an_error(tmp_path):
    found = [hotspot(f"H{number}") for number in range(10_000)]
    with pytest.raises(CollectionError, match="10000 hotspots with the status TO_REVIEW"):
        scan(tmp_path, hotspots=found)


def page(entries, total, number=1):
    return Reply({"paging": {"pageIndex": number, "pageSize": 500, "total": total}, "issues": entries})


FIRST = [issue(f"I{number}") for number in range(500)]


@pytest.mark.parametrize(
    "pages",
    [
        [page(FIRST, 501), page(FIRST[:1], 501)],  # the first page again
        [page(FIRST, 501), page([], 501)],
        [page(FIRST, 501), page([issue("new")], 502)],  # it grew
        [page(FIRST, 900), page([issue("new")], 501)],  # it shrank
        [page(FIRST[:5], 3)],
        [page(FIRST[:5], 42)],
        [page([issue(None)], 1)],
        [page(["I1"], 1)],
        [page(None, 0)],
        [page([], None)],
        [page([], "0")],
        [page([], -1)],
        [Reply({"issues": []})],
        [Reply([])],
        [page(FIRST, 501), Reply("", 503)],
        [page(FIRST, 501), Reply("", 400)],
        [Reply("", 401)],
        [Reply("", 403)],
        [Reply("", 404)],
        [Reply("{}", cut=True)],
    ],
)
def test_a_list_that_is_not_whole_is_an_error(tmp_path, pages):
    turns = iter(pages)
    last = pages[-1]

    def answer(heard):
        return next(turns, last)

    with pytest.raises(CollectionError):
        _with(tmp_path, answer)


def test_a_server_that_is_busy_indexing_is_asked_again(tmp_path):
    answers = [Reply("", 503), page([issue()], 1), page([], 0)]
    turns = iter(answers)
    data = _with(tmp_path, lambda heard: next(turns))
    assert len(reading(tmp_path, data, "findings").evidence.results) == 1


def test_what_a_newer_analysis_found_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="another, newer analysis"):
        scan(tmp_path, analyses=in_pages("analyses", [analysis("AZnewer", OTHER, 59), analysis()]))


def test_an_analysis_without_a_commit_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="names no commit"):
        scan(tmp_path, analyses=in_pages("analyses", [analysis(revision=None)]))


def test_issues_of_a_pull_request_are_asked_for_and_new(tmp_path):
    with serving(routes(task=task(pullRequest="482"), issues=[issue(pullRequest="482")])) as server:
        scanned(tmp_path, server.url)
        data = collect(tmp_path, server.url, "findings", build=CHANGE)
        asked = [
            each.query for each in server.heard if each.path.endswith(("issues/search", "hotspots/search"))
        ]
    assert {each.get("pullRequest") for each in asked} == {"482"}
    [result] = reading(tmp_path, data, "findings").evidence.results
    assert result.baseline == "new"


def test_a_branch_is_asked_for_by_its_name(tmp_path):
    build = Build(
        "local", commit=HEAD, branch="refunds", change_request=ChangeRequest("7", source_branch="refunds")
    )
    with serving(routes(task=task(branch="refunds"))) as server:
        scanned(tmp_path, server.url)
        collect(tmp_path, server.url, "findings", build=build)
        asked = [each.query for each in server.heard if "search" in each.path]
    assert {each.get("branch") for each in asked} == {"refunds"}
    assert {(each["components"], each["componentKeys"]) for each in asked if "components" in each} == {
        (PROJECT, PROJECT)
    }
    assert {(each["project"], each["projectKey"]) for each in asked if "projectKey" in each} == {
        (PROJECT, PROJECT)
    }


# a file that somebody mended


def mended(tmp_path, change):
    with serving(routes(issues=[issue(), issue("I2")], hotspots=[hotspot()])) as server:
        scanned(tmp_path, server.url)
        document = json.loads(collect(tmp_path, server.url, "findings"))
    change(document)
    for answer in document["answers"]:
        answer["sha256"] = hashlib.sha256(answer["body"].encode()).hexdigest()
    path = tmp_path / "mended.json"
    path.write_text(json.dumps(document))
    return read(path, "sonarqube-collected-findings")


@pytest.mark.parametrize(
    ("topic", "about"),
    [
        ("task", ""),
        ("analyses", ""),
        ("newest", ""),
        ("issues", "open"),
        ("issues", "let-through"),
        ("hotspots", "to-review"),
        ("hotspots", "reviewed"),
    ],
)
def test_an_answer_that_was_taken_out_never_makes_a_list_empty(tmp_path, topic, about):
    def change(document):
        kept = [each for each in document["answers"] if (each["topic"], each["about"]) != (topic, about)]
        assert len(kept) < len(document["answers"])
        document["answers"] = kept

    if topic == "task":  # found by its commit then, which the list of analyses still tells
        assert len(mended(tmp_path, change).evidence.results) == 3
        return
    with pytest.raises(UnreadableEvidence):
        mended(tmp_path, change)


def test_an_issue_that_was_taken_out_of_its_page_is_missed(tmp_path):
    def change(document):
        for each in document["answers"]:
            if (each["topic"], each["about"]) == ("issues", "open"):
                body = json.loads(each["body"])
                body["issues"].pop()
                each["body"] = json.dumps(body)

    with pytest.raises(UnreadableEvidence, match=r"lists 1 of 2 issues \(open\)"):
        mended(tmp_path, change)


@pytest.mark.parametrize("fact", ["analysis", "project"])
def test_a_collection_that_does_not_say_what_it_is_about_is_refused(tmp_path, fact):
    with pytest.raises(UnreadableEvidence, match=f"does not tell the {fact}"):
        mended(tmp_path, lambda document: document["about"].pop(fact))
    with pytest.raises(UnreadableEvidence):
        mended(tmp_path, lambda document: document["about"].update({fact: "another"}))


@pytest.mark.parametrize("kind", [None, "", "SECURITY", 7, []])
def test_an_issue_of_no_known_type_is_refused(tmp_path, kind):
    with pytest.raises(UnreadableEvidence, match="type"):
        scan(tmp_path, issues=[issue(kind=kind)])


def test_an_issue_with_impacts_needs_no_type_and_an_impact_is_on_a_known_quality(tmp_path):
    told = {key: each for key, each in issue().items() if key not in ("type", "severity")}
    impact = {"softwareQuality": "SECURITY", "severity": "HIGH"}
    assert only(tmp_path, issues=[{**told, "impacts": [impact]}]).severity is Severity.HIGH
    for quality in (None, "", "SECURE", 7):
        with pytest.raises(UnreadableEvidence, match="impact on"):
            scan(tmp_path, issues=[{**told, "impacts": [{**impact, "softwareQuality": quality}]}])
