"""Asking Snyk about the projects of a repository, and reading what it answered."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gatepass.collect import Asked
from gatepass.collect.snyk import COLLECTOR
from gatepass.errors import CollectionError, UnreadableEvidence, UsageError
from gatepass.model.build import Build, ChangeRequest
from gatepass.model.place import Place
from gatepass.model.scan import Level, Severity
from support.evidence import read, recognised_as
from support.loopback import Reply, serving
from support.snyk_answers import (
    CODE,
    ISSUES,
    MAVEN,
    OLD,
    ORG,
    ROOT,
    TARGET,
    code_issue,
    data,
    ignores,
    in_pages,
    issue,
    policy,
    project,
    routes,
    target,
)
from support.values import NOW

TOKEN = "made-for-this-test"
HEAD, OTHER = "9fceb02d0ae598e95dc970b74767f19372d61af8", "3f2c1aa07e2b5f4f0c9c0c7d6c7d4b4f1b0e9a51"
MAIN = Build("local", "acme/payments", HEAD, branch="main")


def collect(url, kind="vulnerabilities", *, build=MAIN, options=None, **environment):
    variables = {"SNYK_API": url, "SNYK_TOKEN": TOKEN, "SNYK_CFG_ORG": ORG, **environment}
    given = {name: value for name, value in variables.items() if value}
    asked = Asked(build, given, Path(), NOW, "gatepass test", options or {}, [].append, [].append)
    return COLLECTOR.collect(asked, kind).data


def scan(tmp_path, kind="vulnerabilities", *, build=MAIN, options=None, **changes):
    with serving(routes(**changes)) as server:
        found = collect(server.url, kind, build=build, options=options)
    assert TOKEN.encode() not in found
    return reading(tmp_path, found, kind)


def reading(tmp_path, found, kind="vulnerabilities"):
    path = tmp_path / "answers.json"
    path.write_bytes(found)
    assert recognised_as(path) == [f"snyk-collected-{kind}"]
    return read(path, f"snyk-collected-{kind}")


def test_an_issue_of_a_dependency_is_told_with_its_package(tmp_path):
    found = scan(tmp_path, issues=[issue()])
    [known] = found.evidence.issues
    assert (known.id, known.aliases, known.severity) == (
        "SNYK-JAVA-ORGACME-101",
        ("CVE-2026-1001",),
        Severity.HIGH,
    )
    assert (known.package.purl, known.fixable, known.target) == (
        "pkg:maven/org.acme/json@1.2.0",
        True,
        "pom.xml",
    )
    assert known.published.isoformat() == "2026-10-01T00:00:00+00:00"
    [tested] = found.evidence.projects
    assert (tested.name, tested.dependencies) == ("acme/payments:maven", 120)
    assert found.evidence.tool == "snyk"


def test_a_project_without_issues_whose_dependencies_were_looked_at_is_clean(tmp_path):
    assert scan(tmp_path).evidence.issues == ()


@pytest.mark.parametrize("total", [0, None])
def test_a_project_of_which_nothing_was_looked_at_is_not_clean(tmp_path, total):
    with pytest.raises(UnreadableEvidence, match="no dependencies were looked at"):
        scan(tmp_path, projects=[project(total=total)])


# which commit, and when


def test_no_commit_is_told_and_the_oldest_test_says_how_old_it_is(tmp_path):
    later = {"counts": {"updated_at": "2026-11-22T11:00:00Z"}}
    meta = {**project(**later)["meta"], "cli_monitored_at": "2026-11-02T10:00:00Z"}
    found = scan(tmp_path, projects=[project(), project(OLD, "npm", meta=meta)])
    assert (found.commit, found.created.isoformat()) == (None, "2026-11-02T10:00:00+00:00")
    assert "Snyk does not tell which commit was tested: give the rule a max-age" in found.notes


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"latest_dependency_total": {"total": 3}},
        {"latest_dependency_total": {"total": 3, "updated_at": "yesterday"}},
        {
            "latest_dependency_total": {"total": 3, "updated_at": 7},
            "cli_monitored_at": "2026-11-02T10:00:00Z",
        },
    ],
)
def test_a_test_without_a_time_makes_the_whole_answer_of_no_known_time(tmp_path, meta):
    found = scan(tmp_path, issues=[issue()], projects=[project(), project(OLD, "npm", meta=meta)])
    assert found.created is None


def tagged(*commits, identity=MAVEN):
    return project(identity, tags=[{"key": "commit", "value": each} for each in commits])


def test_a_tag_of_the_project_tells_the_commit(tmp_path):
    assert scan(tmp_path, projects=[tagged(HEAD), tagged(HEAD, identity=OLD)]).commit == HEAD
    assert scan(tmp_path, projects=[tagged(OTHER)]).commit == OTHER
    found = scan(tmp_path, projects=[tagged(HEAD), project(OLD)])
    assert found.commit == HEAD
    assert any("has no tag 'commit'" in note for note in found.notes)


@pytest.mark.parametrize(
    "projects",
    [
        [tagged(HEAD), tagged(OTHER, identity=OLD)],
        [tagged(HEAD, OTHER)],
        [tagged("main")],
        [tagged(HEAD[:12])],
        [tagged("")],
    ],
)
def test_tags_that_name_no_one_commit_are_refused(tmp_path, projects):
    with pytest.raises(UnreadableEvidence, match="commit"):
        scan(tmp_path, projects=projects)


@pytest.mark.parametrize(
    "tags",
    [
        "x",
        7,
        {},
        {"key": "commit", "value": OTHER},
        [None],
        [{}],
        [[]],
        [{"key": "commit"}],
        [{"key": "commit", "value": 7}],
        [{"value": OTHER}],
    ],
)
def test_tags_of_no_known_shape_are_refused(tmp_path, tags):
    odd = project()
    odd["attributes"]["tags"] = tags
    with pytest.raises(UnreadableEvidence, match="tag"):
        scan(tmp_path, projects=[odd])


@pytest.mark.parametrize("status", ["inactive", None])
def test_a_project_that_is_not_tested_any_more_is_refused(tmp_path, status):
    with pytest.raises(UnreadableEvidence, match="not active"):
        scan(tmp_path, projects=[project(status=status)])


# which projects


def test_projects_are_those_of_this_repository_and_branch(tmp_path):
    listed = [
        project(reference="refunds"),
        project(OLD, "npm"),
        project(CODE, "sast"),
        project(OLD, "k8sconfig"),
    ]
    with serving(routes(projects=listed)) as server:
        found = json.loads(collect(server.url))
        asked = {each.path: each.query for each in server.heard}
    assert asked[f"{ROOT}/targets"]["display_name"] == "acme/payments"
    assert asked[f"{ROOT}/projects"]["target_id"] == TARGET  # and not that of acme/payments-old
    assert {name: found["about"][name] for name in found["about"] if name.startswith("project-")} == {
        "project-1": OLD
    }
    assert {each["version"] for each in asked.values()} == {"2024-10-15"}


@pytest.mark.parametrize(
    ("build", "options", "fits"),
    [
        (Build("local", "acme/payments", HEAD, branch="refunds"), {}, False),
        (Build("local", "acme/payments", HEAD, branch="refunds"), {"reference": "main"}, True),
        (Build("local", "acme/other", HEAD, branch="main"), {}, False),
        (Build("local", "acme/other", HEAD, branch="main"), {"target": "acme/payments"}, True),
        (Build("local", "ACME/Payments", HEAD, branch="main"), {}, True),
        (Build("local", "acme/payments", HEAD, tag="v1"), {}, False),
        (Build("local", None, HEAD, branch="main"), {}, False),
        (
            Build(
                "local",
                "acme/payments",
                HEAD,
                branch="main",
                change_request=ChangeRequest("7", source_branch="x"),
            ),
            {},
            False,
        ),
        (Build("local"), {"projects": MAVEN}, True),
        (Build("local"), {"projects": CODE}, False),
        (Build("local"), {"projects": f"{MAVEN}, {MAVEN}"}, True),
    ],
)
def test_a_build_without_a_project_is_an_error(tmp_path, build, options, fits):
    if fits:
        assert [each.name for each in scan(tmp_path, build=build, options=options).evidence.projects] == [
            "acme/payments:maven"
        ]
    else:
        with pytest.raises(CollectionError):
            scan(tmp_path, build=build, options=options)


def test_of_a_repository_with_many_projects_all_are_read(tmp_path):
    listed = [project(f"00000000-0000-4000-8000-{number:012}", "npm") for number in range(120)]
    with serving(routes(projects=listed)) as server:
        found = reading(tmp_path, collect(server.url))
    assert len(found.evidence.projects) == 120
    assert len(found.notes) == 2


def test_many_remarks_are_cut_with_their_number(tmp_path):
    listed = [project(f"00000000-0000-4000-8000-{number:012}", "npm", total=0) for number in range(60)]
    found = scan(tmp_path, projects=[project(), *listed])
    assert (len(found.notes), found.notes[-1]) == (51, "12 more remarks")


def test_an_id_that_is_none_is_a_mistake(tmp_path):
    with pytest.raises(UsageError, match="no id of a project"):
        scan(tmp_path, options={"projects": "../../self"})
    for org in ("", "acme", "../x"):
        with serving(routes()) as server:
            with pytest.raises(CollectionError, match="organisation at Snyk"):
                collect(server.url, SNYK_CFG_ORG=org)
            assert server.heard == []


def test_another_project_than_was_asked_for_is_refused(tmp_path):
    for answer in ({"data": project(OLD)}, {"data": None}, [], Reply("", 404)):
        made = routes() | {f"{ROOT}/projects/{MAVEN}": answer}
        with serving(made) as server, pytest.raises(CollectionError):
            collect(server.url, options={"projects": MAVEN})


# all pages, of this project


@pytest.mark.parametrize("prefix", ["/rest", ""])
def test_all_pages_are_asked_for(tmp_path, prefix):
    many = [issue(f"i{number}", key=f"SNYK-{number}", problems=[]) for number in range(25)]
    with serving(routes() | {ISSUES: in_pages(many, 10, prefix)}) as server:
        found = collect(server.url)
        assert server.paths().count(ISSUES) == 3
    assert len(reading(tmp_path, found).evidence.issues) == 25


@pytest.mark.parametrize(
    "answer",
    [
        Reply("", 401),
        Reply("", 403),
        Reply("", 404),
        Reply("", 409),
        Reply("", 429),
        Reply("", 503),
        Reply("{}", cut=True),
        Reply("", 302, {"Location": "https://elsewhere.example/"}),
        Reply("<html>Log in</html>"),
        {},
        {"data": None},
        data("i1"),
        data(next="https://elsewhere.example/issues"),
        data(next=7),
        data(next={"href": ["x"]}),
        data(next=f"/orgs/{ORG}/issues?starting_after=for-ever"),
    ],
)
def test_what_is_not_answered_is_an_error_and_never_an_empty_list(tmp_path, answer):
    with pytest.raises(CollectionError) as caught:
        _asked(answer)
    assert TOKEN not in f"{caught.value} {caught.value.hint}"


def _asked(answer):
    with serving(routes() | {ISSUES: answer}) as server:
        return collect(server.url)


def test_a_limit_is_waited_for(tmp_path):
    turns = [Reply("", 429, {"Retry-After": "2"}), Reply(data(issue()))]
    assert len(reading(tmp_path, _asked(turns)).evidence.issues) == 1


@pytest.mark.parametrize(
    "listed",
    [
        [issue(project=OLD)],
        [issue(project="")],
        [issue(), issue()],
        [issue(None)],
        [issue(kind="unheard-of")],
        [issue(coordinates=[])],
        [issue(attributes=None) | {"attributes": None}],
    ],
)
def test_an_issue_of_another_project_or_of_nothing_is_refused(tmp_path, listed):
    with pytest.raises(UnreadableEvidence):
        reading(tmp_path, _asked(data(*listed)))


def test_issues_that_snyk_counts_and_does_not_list_are_missed(tmp_path):
    with pytest.raises(UnreadableEvidence, match="counts 3 issues of acme/payments:maven, and lists none"):
        scan(tmp_path, projects=[project(counts={"high": 2, "low": 1})])


def test_what_is_resolved_does_not_count(tmp_path):
    found = scan(tmp_path, issues=[issue(status="resolved")])
    assert found.evidence.issues == ()
    assert "acme/payments:maven: 1 issues are resolved and not counted" in found.notes


# what is ignored


def test_an_ignored_issue_is_there_with_who_why_and_until_when(tmp_path):
    [known] = scan(tmp_path, issues=[issue(ignored=True)]).evidence.issues
    assert (known.ignored.by, known.ignored.reason) == ("Dana", "temporary-ignore: not reachable")
    assert known.ignored.expires.isoformat() == "2026-12-10T15:39:38.099000+00:00"
    assert known.ignored.source == "Snyk"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_ignored_issue_is_there_where_the_token_may_not_see_why(tmp_path, status):
    answer = Reply("", status)
    [known] = scan(tmp_path, issues=[issue(ignored=True)], ignores=answer, policies=answer).evidence.issues
    assert (known.ignored.by, known.ignored.reason, known.ignored.expires) == (None, "", None)


def test_of_several_ignores_the_first_end_counts(tmp_path):
    twice = ignores()
    twice["SNYK-JAVA-ORGACME-101"].append({"a > b": {"reason": "x", "expires": "2026-11-30T00:00:00Z"}})
    [known] = scan(tmp_path, issues=[issue(ignored=True)], ignores=twice).evidence.issues
    assert known.ignored.expires.isoformat() == "2026-11-30T00:00:00+00:00"


def test_an_ignore_that_ends_at_no_time_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="no time that can be read"):
        scan(tmp_path, issues=[issue(ignored=True)], ignores=ignores(expires="never"))


def test_nothing_is_ignored_because_a_list_of_ignores_names_it(tmp_path):
    for ignored in (False, None, "true", 1):
        [known] = scan(tmp_path, issues=[issue(ignored=ignored)]).evidence.issues
        assert known.ignored is None


def test_why_is_asked_only_where_something_is_ignored():
    with serving(routes(issues=[issue()])) as server:
        collect(server.url)
        assert not any("ignores" in each or "policies" in each for each in server.paths())


# Snyk Code


def test_an_issue_of_snyk_code_is_a_result(tmp_path):
    found = scan(tmp_path, "findings", code=[code_issue()])
    [result] = found.evidence.results
    assert (result.tool, result.rule_id, result.rule_name) == ("SnykCode", "CWE-89", "SQL Injection")
    assert (result.level, result.severity) == (Level.ERROR, Severity.HIGH)
    assert (result.place, result.fingerprint) == (Place("src/refund.py", 65, 9, 71), "asset-of-c1")
    assert (found.commit, found.created.hour) == (None, 9)


def test_snyk_code_without_issues_is_clean_if_it_was_tested(tmp_path):
    assert scan(tmp_path, "findings").evidence.results == ()
    with pytest.raises(UnreadableEvidence, match="never tested"):
        scan(tmp_path, "findings", projects=[project(CODE, "sast", meta={})])


def test_an_ignored_issue_of_snyk_code_is_suppressed_by_its_policy(tmp_path):
    [result] = scan(tmp_path, "findings", code=[code_issue(ignored=True)]).evidence.results
    [suppression] = result.suppressions
    assert (suppression.justification, suppression.by) == ("wont-fix: internal", "Dana")
    assert (suppression.expires, result.suppressed) == ("2026-12-31T00:00:00Z", True)
    policies = data(policy("asset-of-another"), policy(action_type="severity-override"))
    [result] = scan(tmp_path, "findings", code=[code_issue(ignored=True)], policies=policies).evidence.results
    assert (result.suppressed, result.suppressions[0].justification) == (True, "")


def test_alike_issues_of_snyk_code_without_a_key_are_told_apart(tmp_path):
    twice = [code_issue("c1", key_asset=None), code_issue("c2", key_asset=None)]
    prints = {each.fingerprint for each in scan(tmp_path, "findings", code=twice).evidence.results}
    assert len(prints) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"effective_severity_level": "huge"},
        {"effective_severity_level": None},
        {"type": "package_vulnerability"},
        {"classes": [], "title": ""},
    ],
)
def test_an_issue_of_snyk_code_that_nobody_can_judge_is_refused(tmp_path, changes):
    with pytest.raises(UnreadableEvidence):
        scan(tmp_path, "findings", code=[code_issue(**changes)])


@pytest.mark.parametrize("coordinates", [None, [], [{"representations": [{"sourceLocation": {"file": ""}}]}]])
def test_a_place_that_is_not_told_is_none(tmp_path, coordinates):
    [result] = scan(tmp_path, "findings", code=[code_issue(coordinates=coordinates)]).evidence.results
    assert result.place is None


# the way in


@pytest.mark.parametrize("suffix", ["", "/", "/rest", "/rest/", "/v1", "/v1/"])
def test_the_address_is_that_of_the_region_however_it_is_written(suffix):
    with serving(routes()) as server:
        found = json.loads(collect(f"{server.url}{suffix}"))
        assert found["server"] == server.url
        assert {each.headers["authorization"] for each in server.heard} == {f"token {TOKEN}"}


def test_without_a_token_nobody_is_asked():
    with serving(routes()) as server:
        with pytest.raises(CollectionError, match="no token for Snyk"):
            collect(server.url, SNYK_TOKEN="")
        assert server.heard == []
    with pytest.raises(UsageError, match="https alone"):
        collect("http://api.snyk.example")
    for odd in (
        "https://[",
        "https://api.snyk.example:port",
        "api.snyk.example",
        "https://u:p@api.snyk.example",
    ):
        with pytest.raises(UsageError, match="address of an API"):
            collect(odd)


def test_targets_are_looked_for_by_their_whole_name(tmp_path):
    for listed in (data(target("acme/payments-old")), data(), data(target(identity="x"))):
        with pytest.raises(CollectionError):
            scan(tmp_path, targets=listed)


@pytest.mark.parametrize("topic", ["projects", "issues"])
def test_an_answer_that_was_taken_out_never_makes_a_list_empty(tmp_path, topic):
    with serving(routes(issues=[issue()])) as server:
        document = json.loads(collect(server.url))
    document["answers"] = [each for each in document["answers"] if each["topic"] != topic]
    with pytest.raises(UnreadableEvidence, match="does not"):
        reading(tmp_path, json.dumps(document).encode())
    document["about"] = {"org": ORG}
    with pytest.raises(UnreadableEvidence, match="which projects"):
        reading(tmp_path, json.dumps(document).encode())


def test_a_last_page_that_names_a_next_one_is_missed(tmp_path):
    with serving(routes(issues=[issue()])) as server:
        document = json.loads(collect(server.url))
    for each in document["answers"]:
        if each["topic"] == "issues":
            each["body"] = json.dumps({**json.loads(each["body"]), "links": {"next": "/orgs/x"}})
            each["sha256"] = hashlib.sha256(each["body"].encode()).hexdigest()
    with pytest.raises(UnreadableEvidence, match="all pages of the issues"):
        reading(tmp_path, json.dumps(document).encode())


@pytest.mark.parametrize(
    "change",
    [
        ChangeRequest("7", source_branch="main", target_branch="main"),
        ChangeRequest("7", source_branch="main", target_branch="main", source_repository="mallory/payments"),
        ChangeRequest("7", source_branch="release/1", source_repository="mallory/payments"),
    ],
)
def test_a_fork_that_names_its_branch_like_ours_is_not_answered_for_by_ours(change):
    build = Build("github", "acme/payments", HEAD, change_request=change)
    with serving(routes()) as server, pytest.raises(CollectionError, match="of a fork"):
        collect(server.url, build=build)
    assert server.heard == []


def test_a_branch_of_our_own_and_one_that_is_named_are_asked_about(tmp_path):
    own = ChangeRequest("7", source_branch="main", target_branch="next", source_repository="Acme/Payments")
    assert scan(tmp_path, build=Build("github", "acme/payments", HEAD, change_request=own))
    fork = ChangeRequest("7", source_branch="x", source_repository="mallory/payments")
    build = Build("github", "acme/payments", HEAD, change_request=fork)
    assert scan(tmp_path, build=build, options={"reference": "main"})
