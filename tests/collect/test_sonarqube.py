"""Asking SonarQube about this build's analysis, and reading what it answered."""

from __future__ import annotations

import base64
import os

import pytest

from gatepass.collect import Asked
from gatepass.errors import CollectionError, UnreadableEvidence, UsageError
from gatepass.model.build import Build
from gatepass.model.quality_gate import GateStatus
from support.loopback import Reply, serving
from support.sonarqube_answers import (
    ANALYSIS,
    HEAD,
    OTHER,
    PROJECT,
    PULLS,
    analysis,
    condition,
    in_pages,
    routes,
    status,
    task,
)
from support.sonarqube_case import CHANGE, MAIN, TOKEN, collect, reading, scanned
from support.values import NOW


def gate(tmp_path, *, build=MAIN, options=None, scan=True, waits=None, **changes):
    """The reading of what is collected from a server with these answers."""
    with serving(routes(**changes)) as server:
        if scan:
            scanned(tmp_path, server.url)
        data = collect(tmp_path, server.url, build=build, options=options, waits=waits)
    assert TOKEN.encode() not in data
    return reading(tmp_path, data)


# the analysis of this build


def test_the_gate_is_that_of_this_very_analysis(tmp_path):
    with serving(routes()) as server:
        scanned(tmp_path, server.url)
        found = reading(tmp_path, collect(tmp_path, server.url))
        asked = {each.path: each.query for each in server.heard}
    assert asked["/api/qualitygates/project_status"] == {"analysisId": ANALYSIS}
    evidence = found.evidence
    assert (evidence.status, evidence.project, evidence.task_id) == (GateStatus.OK, PROJECT, "AZtask-1")
    assert (evidence.analysis_id, evidence.revision, found.commit) == (ANALYSIS, HEAD, HEAD)
    assert evidence.measures == (("coverage", "84.2"), ("new_coverage", "91.5"))
    assert (found.created, evidence.analysed) == (evidence.analysed, found.created)
    assert found.producer == "SonarQube 10.7.0.96327"
    assert "new code is that since PREVIOUS_VERSION 1.4.0 2026-11-01T10:00:00+0000" in found.notes


def test_only_metrics_with_numbers_are_asked_for(tmp_path):
    with serving(routes()) as server:
        scanned(tmp_path, server.url)
        collect(tmp_path, server.url)
        [asked] = [each.query["metricKeys"] for each in server.heard if each.path.endswith("component")]
    assert asked == "coverage,new_coverage"


@pytest.mark.parametrize("word", ["ERROR", "NONE", "WARN"])
def test_a_gate_that_is_not_ok_is_told_as_it_is(tmp_path, word):
    found = gate(tmp_path, status=status(word, condition(status="ERROR", actual="12")))
    assert (found.evidence.status, found.evidence.conditions[0].actual) == (GateStatus(word), "12")


def test_an_analysis_of_another_commit_is_told_to_be_of_that(tmp_path):
    assert gate(tmp_path, analyses=in_pages("analyses", [analysis(revision=OTHER)])).commit == OTHER


def test_an_analysis_without_a_commit_names_none_and_says_so(tmp_path):
    found = gate(tmp_path, analyses=in_pages("analyses", [analysis(revision=None)]))
    assert (found.commit, found.evidence.revision) == (None, None)
    assert any("names no commit" in note for note in found.notes)


def test_the_analysis_is_looked_for_on_all_pages(tmp_path):
    many = [analysis(f"AZ{number}", OTHER, 50) for number in range(250)]
    with serving(routes(analyses=in_pages("analyses", [*many, analysis()]))) as server:
        scanned(tmp_path, server.url)
        found = reading(tmp_path, collect(tmp_path, server.url))
        pages = [
            each.query["p"] for each in server.heard if each.path.endswith("/search") and "p" in each.query
        ]
    assert pages[:3] == ["1", "2", "3"]
    assert found.commit == HEAD


def test_measures_of_a_newer_analysis_are_not_taken_for_those_of_this_one(tmp_path):
    found = gate(tmp_path, analyses=in_pages("analyses", [analysis("AZnewer", OTHER, 59), analysis()]))
    assert (found.evidence.measures, found.evidence.status) == ((), GateStatus.OK)
    assert any("another analysis has come since" in note for note in found.notes)


@pytest.mark.parametrize(
    "component",
    [
        {"key": "acme_other", "qualifier": "TRK", "measures": []},
        {"key": PROJECT, "qualifier": "TRK", "branch": "elsewhere", "measures": []},
        {"key": PROJECT, "qualifier": "TRK", "pullRequest": "99", "measures": []},
        {"key": PROJECT, "qualifier": "FIL", "measures": []},
    ],
)
def test_measures_of_something_else_are_refused(tmp_path, component):
    with pytest.raises(UnreadableEvidence):
        gate(tmp_path, measures={"component": component})


# waiting


def test_an_analysis_that_is_not_done_is_waited_for_with_progress(tmp_path):
    answers = [Reply(task(word, analysisId=None)) for word in ("PENDING", "PENDING", "IN_PROGRESS")]
    waits, said = [], []
    with serving(routes(task=[*answers, Reply(task())])) as server:
        scanned(tmp_path, server.url)
        collect(tmp_path, server.url, said=said, waits=waits)
    assert waits == [1, 2, 4]
    assert said[-1] == "SonarQube's analysis is IN_PROGRESS; asking again in 4 s (3 of 300)"


@pytest.mark.parametrize(("wait", "slept"), [("0", 0), ("5", 5), (None, 300)])
def test_an_analysis_that_never_ends_is_waited_for_no_longer_than_the_limit(tmp_path, wait, slept):
    waits = []
    options = {"wait": wait} if wait else {}
    with pytest.raises(CollectionError, match=f"still PENDING after {slept} seconds"):
        gate(tmp_path, task=task("PENDING", analysisId=None), options=options, waits=waits)
    assert sum(waits) == slept


@pytest.mark.parametrize("wait", ["-1", "soon", "", "1e3", "999999"])
def test_a_limit_that_is_no_number_of_seconds_is_a_mistake(tmp_path, wait):
    with pytest.raises(UsageError, match="no number of seconds"):
        gate(tmp_path, options={"wait": wait})


@pytest.mark.parametrize("word", ["FAILED", "CANCELED"])
def test_an_analysis_that_ended_badly_is_an_error_with_the_servers_words(tmp_path, word):
    with pytest.raises(CollectionError, match=rf"ended with {word}: Fail to unzip report"):
        gate(tmp_path, task=task(word, errorMessage="Fail to unzip\n report", analysisId=None))


@pytest.mark.parametrize(
    "answer",
    [
        task(analysisId=None),
        task(analysisId=""),
        task(analysisId=7),
        task(id="AZother"),
        task(componentKey="acme_other"),
        task(componentKey=None),
        task("DONE"),
        task(None),
        {"task": None},
        {},
        [],
        Reply("", 404),
        Reply("", 403),
        Reply("", 500),
    ],
)
def test_a_task_that_says_nothing_of_this_analysis_is_an_error(tmp_path, answer):
    with pytest.raises(CollectionError):
        gate(tmp_path, task=answer)


# branch and pull request


@pytest.mark.parametrize(
    ("build", "changes", "fits"),
    [
        (MAIN, {}, True),
        (MAIN, {"branch": "main"}, True),
        (MAIN, {"branch": "refunds"}, False),
        (MAIN, {"pullRequest": "482"}, False),
        (Build("local", commit=HEAD, branch="refunds"), {}, False),
        (Build("local", commit=HEAD, branch="refunds"), {"branch": "refunds"}, True),
        (Build("local", commit=HEAD, tag="v1"), {}, True),
        (Build("local", commit=HEAD, tag="v1"), {"pullRequest": "482"}, False),
        (CHANGE, {"pullRequest": "482"}, True),
        (CHANGE, {"pullRequest": "99"}, False),
        (CHANGE, {"branch": "refunds"}, True),
        (CHANGE, {"branch": "main"}, False),
        (CHANGE, {}, False),
    ],
)
def test_the_analysis_must_be_of_this_branch_or_pull_request(tmp_path, build, changes, fits):
    if fits:
        found = gate(tmp_path, build=build, task=task(**changes)).evidence
        told = (found.branch, found.pull_request)
        assert told == (
            changes.get("branch", "main" if build is MAIN and not changes else None),
            changes.get("pullRequest"),
        )
    else:
        with pytest.raises(CollectionError, match="this build is of"):
            gate(tmp_path, build=build, task=task(**changes))


@pytest.mark.parametrize(
    ("options", "changes", "fits"),
    [
        ({"branch": "main"}, {}, True),
        ({"branch": "develop"}, {}, False),
        ({"pull-request": "7"}, {"pullRequest": "7"}, True),
        ({"pull-request": "7"}, {"pullRequest": "482"}, False),
        ({"pull-request": "7"}, {"branch": "refunds"}, False),
    ],
)
def test_options_say_which_branch_it_must_be(tmp_path, options, changes, fits):
    if fits:
        assert gate(tmp_path, build=CHANGE, options=options, task=task(**changes)).commit == HEAD
    else:
        with pytest.raises(CollectionError, match="this build is of"):
            gate(tmp_path, build=CHANGE, options=options, task=task(**changes))


def test_a_branch_and_a_pull_request_together_are_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="one of the two"):
        gate(tmp_path, options={"branch": "main", "pull-request": "7"})


def test_a_main_branch_that_is_not_told_is_not_guessed(tmp_path):
    for answer in ({"branches": []}, {}, {"branches": [{"name": "x", "isMain": "yes"}]}):
        with pytest.raises(CollectionError, match="main branch"):
            gate(tmp_path, branches=answer)


def pull(number="482", sha=HEAD, minute=40):
    return {"key": number, "analysisDate": f"2026-11-22T11:{minute:02}:00+0000", "commit": {"sha": sha}}


ONLY_MAIN = in_pages("analyses", [analysis("AZmain", OTHER)])  # a server that knows no pull requests there


def test_a_pull_request_that_is_not_among_the_analyses_is_looked_up(tmp_path):
    made = task(pullRequest="482")
    found = gate(tmp_path, build=CHANGE, task=made, analyses=ONLY_MAIN, pulls={"pullRequests": [pull()]})
    assert (found.commit, found.evidence.pull_request) == (HEAD, "482")
    assert found.evidence.measures


@pytest.mark.parametrize("pulls", [[], [pull("99")], [pull(), pull()], [pull(minute=59)]])
def test_a_pull_request_of_which_nothing_or_something_newer_is_told_is_refused(tmp_path, pulls):
    with pytest.raises(UnreadableEvidence):
        gate(
            tmp_path,
            build=CHANGE,
            task=task(pullRequest="482"),
            analyses=ONLY_MAIN,
            pulls={"pullRequests": pulls},
        )


def test_a_pull_request_that_was_analysed_again_meanwhile_has_no_measures(tmp_path):
    with serving(
        routes(
            task=task(pullRequest="482"),
            analyses=ONLY_MAIN,
            pulls=[Reply({"pullRequests": [pull()]}), Reply({"pullRequests": [pull(minute=59)]})],
        )
    ) as server:
        scanned(tmp_path, server.url)
        found = reading(tmp_path, collect(tmp_path, server.url, build=CHANGE))
        assert server.paths().count(PULLS) == 2
    assert found.evidence.measures == ()


def test_an_analysis_that_is_nowhere_listed_is_an_error(tmp_path):
    with pytest.raises(CollectionError, match="does not list the analysis"):
        gate(tmp_path, analyses=ONLY_MAIN)


# without report-task.txt


def test_without_the_file_the_newest_analysis_of_the_commit_is_found(tmp_path):
    older = in_pages("analyses", [analysis("AZ3", OTHER, 50), analysis(), analysis("AZ1", HEAD, 5)])
    found = gate(tmp_path, scan=False, options={"project": PROJECT}, analyses=older)
    assert (found.commit, found.evidence.analysis_id, found.evidence.task_id) == (HEAD, ANALYSIS, None)
    assert found.evidence.measures == ()  # they are of AZ3


def test_without_the_file_an_analysis_of_a_pull_request_must_be_its_newest(tmp_path):
    options = {"project": PROJECT}
    pulls = {"pullRequests": [pull()]}
    assert gate(tmp_path, scan=False, build=CHANGE, options=options, pulls=pulls).commit == HEAD
    for other in ([pull(sha=OTHER)], [pull(minute=41)], []):
        with pytest.raises(UnreadableEvidence):
            gate(tmp_path, scan=False, build=CHANGE, options=options, pulls={"pullRequests": other})


def test_a_commit_that_was_never_analysed_is_an_error(tmp_path):
    with pytest.raises(CollectionError, match=f"no analysis of {HEAD[:12]} in {PROJECT}, the branch main"):
        gate(tmp_path, scan=False, options={"project": PROJECT}, analyses=ONLY_MAIN)
    with pytest.raises(CollectionError, match="commit of this build is not known"):
        gate(tmp_path, scan=False, options={"project": PROJECT}, build=Build("local"))


def test_without_file_and_project_nothing_is_asked_about(tmp_path):
    with pytest.raises(CollectionError, match=r"no report-task\.txt"):
        gate(tmp_path, scan=False)


# what the build wrote is not believed


def test_the_token_goes_to_no_server_that_only_the_file_names(tmp_path):
    with serving(routes()) as ours, serving(routes()) as theirs:
        scanned(tmp_path, theirs.url)
        with pytest.raises(CollectionError, match="SONAR_HOST_URL names") as caught:
            collect(tmp_path, ours.url)
        assert theirs.heard == []
        assert "goes nowhere else" in caught.value.hint
        scanned(tmp_path, ours.url, ceTaskUrl=f"{theirs.url}/api/ce/task?id=x", dashboardUrl=theirs.url)
        collect(tmp_path, ours.url)
        assert theirs.heard == []


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://sonar.acme.example.evil.example",
        "https://user@sonar.acme.example",
        "https://sonar.acme.example:8443",
        "http://sonar.acme.example",
        "https://sonar.acme.example/other",
        "https://[",
        "sonar.acme.example",
    ],
)
def test_a_file_of_another_server_is_refused(tmp_path, url):
    from gatepass.collect._sonarqube_task import pointer

    scanned(tmp_path, url)
    asked = Asked(MAIN, {}, tmp_path, NOW, "gatepass test")
    with pytest.raises(CollectionError, match="names"):
        pointer(asked, "https://sonar.acme.example")
    scanned(tmp_path, "https://SONAR.acme.example:443/")
    assert pointer(asked, "https://sonar.acme.example").project == PROJECT


def test_the_project_of_the_file_must_be_the_one_that_is_wanted(tmp_path):
    with pytest.raises(CollectionError, match=f"of the project {PROJECT}, not of acme_strict"):
        gate(tmp_path, options={"project": "acme_strict"})
    assert gate(tmp_path, options={"project": PROJECT}).commit == HEAD


def test_two_files_are_refused_and_an_option_names_the_right_one(tmp_path):
    with serving(routes()) as server:
        scanned(tmp_path, server.url)
        scanned(tmp_path, server.url, "target/sonar/report-task.txt", ceTaskId="AZold")
        with pytest.raises(CollectionError, match="one of them may be old"):
            collect(tmp_path, server.url)
        collect(tmp_path, server.url, options={"report-task": ".scannerwork/report-task.txt"})
        scanned(tmp_path, server.url, "elsewhere/report-task.txt")
        collect(tmp_path, server.url, options={"report-task": "elsewhere/report-task.txt"})
        with pytest.raises(CollectionError, match="cannot be read"):
            collect(tmp_path, server.url, options={"report-task": "gone.txt", "project": PROJECT})


def test_a_file_outside_the_workspace_is_not_read(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    with serving(routes()) as server:
        scanned(tmp_path, server.url, "outside.txt")
        (root / "link.txt").symlink_to(tmp_path / "outside.txt")
        (root / "loop.txt").symlink_to(root / "loop.txt")
        for name in ("../outside.txt", str(tmp_path / "outside.txt"), "link.txt"):
            with pytest.raises(CollectionError, match="out of the workspace"):
                collect(root, server.url, options={"report-task": name})
        os.mkfifo(root / "pipe.txt")
        for name in ("loop.txt", ".", "pipe.txt", "nul\0.txt"):
            with pytest.raises(CollectionError, match=r"cannot be read|is no file"):
                collect(root, server.url, options={"report-task": name})
        (root / ".scannerwork").mkdir()
        (root / ".scannerwork/report-task.txt").symlink_to(root / "gone")
        with pytest.raises(CollectionError, match="cannot be read"):
            collect(root, server.url, options={"project": PROJECT})
        assert {each.path for each in server.heard} == {"/api/server/version"}


@pytest.mark.parametrize(
    "changes",
    [
        {"ceTaskId": None},
        {"ceTaskId": ""},
        {"ceTaskId": "../../users/current"},
        {"ceTaskId": "x&id=other"},
        {"projectKey": None},
        {"serverVersion": "1\nprojectKey=acme_other"},
        {"serverVersion": "x" * 70_000},
    ],
)
def test_a_file_that_points_to_no_task_is_refused(tmp_path, changes):
    with serving(routes()) as server:
        scanned(tmp_path, server.url, **changes)
        with pytest.raises(CollectionError):
            collect(tmp_path, server.url)
        assert "/api/ce/task" not in server.paths()


def test_bytes_that_are_no_text_are_refused(tmp_path):
    with serving(routes()) as server:
        (tmp_path / "task.txt").write_bytes(b"serverUrl=\xff\xfe")
        with pytest.raises(CollectionError, match="cannot be read"):
            collect(tmp_path, server.url, options={"report-task": "task.txt"})


# the way in


@pytest.mark.parametrize(
    ("version", "scheme"),
    [
        ("10.7.0.96327", "Bearer"),
        ("2025.1.0.102418", "Bearer"),
        ("25.4.0.105899", "Bearer"),
        ("9.9.8.100196", "Basic"),
        ("<html>", "Bearer"),
        (Reply("", 401), "Bearer"),
    ],
)
def test_servers_before_10_are_given_the_token_as_a_login(tmp_path, version, scheme):
    answer = version if isinstance(version, Reply) else Reply(version)
    with serving(routes(version=answer)) as server:
        scanned(tmp_path, server.url)
        collect(tmp_path, server.url)
        first, *others = server.heard
    basic = f"Basic {base64.b64encode(f'{TOKEN}:'.encode()).decode()}"
    assert "authorization" not in first.headers
    assert {each.headers["authorization"] for each in others} == {
        basic if scheme == "Basic" else f"Bearer {TOKEN}"
    }


def test_without_an_address_or_a_token_nobody_is_asked(tmp_path):
    with serving(routes()) as server:
        for more, said in (({"SONAR_HOST_URL": ""}, "which SonarQube"), ({"SONAR_TOKEN": " "}, "no token")):
            with pytest.raises(CollectionError, match=said):
                collect(tmp_path, server.url, **more)
        assert server.heard == []
    with pytest.raises(UsageError, match="https alone"):
        collect(tmp_path, "http://sonar.acme.example")
    for odd in ("https://[", "https://sonar.acme.example:port", "sonar.acme.example"):
        with pytest.raises(UsageError, match="address of an API"):
            collect(tmp_path, odd)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Reply("", 401)},
        {"status": Reply("", 403)},
        {"status": Reply("", 404)},
        {"status": Reply("", 429)},
        {"status": Reply("", 503)},
        {"status": Reply("{}", cut=True)},
        {"status": Reply("", 302, {"Location": "https://elsewhere.example/"})},
        {"status": Reply("", 302, {"Location": "https://["})},
        {"status": Reply("<html>Log in</html>")},
        {"status": []},
        {"version": Reply("", 500)},
        {"measures": Reply("", 404)},
        {"metrics": {"metrics": [], "total": 0}},
        {"metrics": {"metrics": None, "total": 0}},
        {"metrics": {"metrics": []}},
        {"analyses": {"analyses": ["x"], "paging": {"total": 1}}},
        {"analyses": {"analyses": []}},
        {"analyses": {"analyses": [], "paging": {"total": True}}},
        {"analyses": {"analyses": [], "paging": {"total": 10**9}}},
        {"branches": Reply("", 403)},
    ],
)
def test_what_is_not_answered_is_an_error_and_never_an_empty_list(tmp_path, changes):
    with pytest.raises(CollectionError) as caught:
        gate(tmp_path, **changes)
    assert TOKEN not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("code", [409, 429, 500, 503])
def test_what_may_pass_is_asked_again(tmp_path, code):
    found = gate(tmp_path, status=[Reply("", code, {"Retry-After": "1"}), Reply(status())])
    assert found.evidence.status is GateStatus.OK


@pytest.mark.parametrize("answer", [{"errors": [{"msg": "gone"}]}, {"projectStatus": None}, status("GREAT")])
def test_a_status_that_is_none_is_refused(tmp_path, answer):
    with pytest.raises(UnreadableEvidence):
        gate(tmp_path, status=answer)
