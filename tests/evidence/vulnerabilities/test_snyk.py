from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Reading
from gatepass.evidence.vulnerabilities._purl import package_url
from gatepass.model.scan import Severity
from support.evidence import read, recognised_as

GOOD = Path(__file__).parent / "snyk" / "good"


def report(folder: Path, document: object) -> Reading:
    path = folder / "snyk.json"
    path.write_text(json.dumps(document), "utf-8")
    return read(path, "snyk")


def a_row(**changes: object) -> dict[str, object]:
    row = {
        "id": "SNYK-JS-LODASH-590103",
        "title": "Prototype Pollution",
        "severity": "high",
        "packageName": "lodash",
        "packageManager": "npm",
        "version": "4.17.15",
        "from": ["shop@1.0.0", "lodash@4.17.15"],
    }
    return {key: value for key, value in {**row, **changes}.items() if value is not None}


def a_project(*rows: object, **changes: object) -> dict[str, object]:
    project = {"vulnerabilities": list(rows), "ok": not rows, "dependencyCount": 5, "packageManager": "npm"}
    return {**project, **changes}


def test_ten_paths_are_kept_and_all_are_counted(tmp_path):
    rows = [a_row(**{"from": ["shop@1.0.0", f"way{n}@1", "lodash@4.17.15"]}) for n in range(25)]
    (issue,) = report(tmp_path, a_project(*rows)).evidence.issues
    assert issue.path_count == 25
    assert issue.paths == tuple((f"way{n}@1", "lodash@4.17.15") for n in range(10))
    assert issue.direct is False


def test_a_late_row_can_make_an_issue_worse_direct_and_fixable(tmp_path):
    first = a_row(**{"severity": "low", "from": ["shop@1.0.0", "x@1", "lodash@4.17.15"]})
    second = a_row(severity="low", severityWithCritical="critical", isPatchable=True)
    (issue,) = report(tmp_path, a_project(first, second)).evidence.issues
    assert (issue.severity, issue.direct, issue.fixable) == (Severity.CRITICAL, True, True)


def test_another_version_of_the_package_is_another_issue(tmp_path):
    evidence = report(tmp_path, a_project(a_row(), a_row(version="3.10.1"))).evidence
    assert [issue.package.version for issue in evidence.issues] == ["4.17.15", "3.10.1"]


def test_an_issue_hidden_on_one_path_and_found_on_another_is_both(tmp_path):
    hidden = a_row(filtered={"ignored": [{"reason": "no", "expires": None}]})
    evidence = report(tmp_path, a_project(a_row(), filtered={"ignore": [hidden]})).evidence
    assert [issue.ignored and issue.ignored.reason for issue in evidence.issues] == [None, "no"]


def test_of_several_ignores_the_first_to_end_counts(tmp_path):
    marks = [{"expires": "2027-01-01T00:00:00Z"}, {"expires": "2026-12-01T00:00:00Z"}]
    hidden = a_row(filtered={"ignored": marks})
    (issue,) = report(tmp_path, a_project(filtered={"ignore": [hidden]})).evidence.issues
    assert issue.ignored.expires.isoformat() == "2026-12-01T00:00:00+00:00"


@pytest.mark.parametrize("end", ["never", "", "2026-13-01", "tomorrow", 1767225600, [], True])
def test_an_ignore_whose_end_cannot_be_read_is_not_for_ever(tmp_path, end):
    hidden = a_row(filtered={"ignored": [{"expires": "2027-01-01T00:00:00Z"}, {"expires": end}]})
    with pytest.raises(UnreadableEvidence, match="ends at no time that can be read"):
        report(tmp_path, a_project(filtered={"ignore": [hidden]}))


@pytest.mark.parametrize("severity", [None, "", "catastrophic", 3, ["high"]])
def test_a_severity_that_nobody_knows_is_unknown_and_not_lost(tmp_path, severity):
    (issue,) = report(tmp_path, a_project(a_row(severity=severity))).evidence.issues
    assert issue.severity is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("given", "expected"),
    [(["low"], None), (["medium"], "medium"), (["low", "critical"], "critical"), (["odd"], "critical")],
)
def test_the_highest_threshold_of_the_projects_is_noted(tmp_path, given, expected):
    evidence = report(tmp_path, [a_project(severityThreshold=each) for each in given]).evidence
    assert evidence.severity_threshold == expected


def test_a_threshold_explains_that_nothing_is_listed(tmp_path):
    reading = report(tmp_path, a_project(ok=False, uniqueCount=3, severityThreshold="critical"))
    assert reading.evidence.severity_threshold is Severity.CRITICAL
    assert any("3 distinct issues" in note for note in reading.notes)


def test_issues_of_a_project_that_is_not_there_are_refused(tmp_path):
    stray = {**a_project(), "applications[].vulnerabilities": [a_row()]}
    with pytest.raises(UnreadableEvidence, match="belong to none of its projects"):
        report(tmp_path, stray)


def test_an_iac_project_further_down_the_list_is_refused(tmp_path):
    path = tmp_path / "snyk.json"
    rows = [a_row(title="x" * 900, version=str(n)) for n in range(200)]
    path.write_text(json.dumps([a_project(*rows), a_project(infrastructureAsCodeIssues=[])]), "utf-8")
    assert recognised_as(path) == ["snyk"]
    with pytest.raises(UnreadableEvidence, match="mixes infrastructure-as-code"):
        read(path, "snyk")


def test_a_list_longer_than_the_head_is_recognised_and_read_whole(tmp_path):
    path = tmp_path / "snyk.json"
    rows = [a_row(title="x" * 900, version=str(n)) for n in range(400)]
    path.write_text(json.dumps([{"vulnerabilities": rows, "ok": False, "dependencyCount": 3}]), "utf-8")
    assert recognised_as(path) == ["snyk"]
    assert len(read(path, "snyk").evidence.issues) == 400


def test_a_report_in_utf_8_with_a_mark_and_in_utf_16_reads_the_same(tmp_path):
    text = (GOOD / "single-npm-project.json").read_text("utf-8")
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / encoding).write_text(text, encoding)
        assert recognised_as(tmp_path / encoding) == ["snyk"]
        assert len(read(tmp_path / encoding, "snyk").evidence.issues) == 3


@pytest.mark.parametrize(
    ("manager", "name", "purl"),
    [
        ("npm", "@angular/core", "pkg:npm/%40angular/core@1.0"),
        ("yarn", "lodash", "pkg:npm/lodash@1.0"),
        ("gradle", "org.x:y", "pkg:maven/org.x/y@1.0"),
        ("maven", "no-group", None),
        ("maven", "a:b:c", None),
        ("pip", "Ruamel_Yaml", "pkg:pypi/ruamel-yaml@1.0"),
        ("rubygems", "rails", "pkg:gem/rails@1.0"),
        ("golang", "github.com/A/b", "pkg:golang/github.com/a/b@1.0"),
        ("nuget", "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json@1.0"),
        ("composer", "Acme/Lib", "pkg:composer/acme/lib@1.0"),
        ("debian:12", "openssl", None),
        ("alpine:3.20", "musl", None),
        ("Unmanaged (C/C++)", "curl", None),
        ("npm", "a//b", None),
        ("npm", "half a letter \ud800", None),
    ],
)
def test_a_purl_is_made_only_without_a_guess(manager, name, purl):
    assert package_url(manager, name, "1.0") == purl


WORDS = """
ok vulnerabilities dependencyCount applications filtered ignore patch id severity packageName version from
identifiers CVE error path issues issuesData issueId pkgName docker binariesVulns affectedPkgs pkg jsonapi
data attributes type status coordinates representations dependency package_name links self next uniqueCount
severityThreshold severityWithCritical fixedIn publicationTime ignored expires
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "high", "license", "CVE-2020-1", "2026-01-01", "x@1", "package_vulnerability", "\ud800"]
    )
    | st.text(max_size=5)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["A", "B", 7, ""]), "packageName": st.sampled_from(["p", "q", None])},
        optional={"severity": ANYTHING, "from": ANYTHING, "identifiers": ANYTHING, "filtered": ANYTHING},
    )
    | ANYTHING,
    max_size=4,
)
PROJECTS = st.fixed_dictionaries(
    {"vulnerabilities": ROWS, "ok": st.booleans(), "dependencyCount": st.sampled_from([0, 3, None, "x"])},
    optional={"filtered": ANYTHING, "applications": ANYTHING, "docker": ANYTHING, "uniqueCount": ANYTHING},
)


ATTRIBUTES = st.fixed_dictionaries(
    {"type": st.sampled_from(["license", "package_vulnerability", "code"]) | ANYTHING},
    optional={
        "problems": st.lists(
            st.fixed_dictionaries({"id": st.sampled_from(["CVE-1", "SNYK-JS-X-1", "SNYK"])})
        ),
        "coordinates": st.lists(
            st.fixed_dictionaries({"representations": st.just([{"dependency": {"package_name": "p"}}])})
        ),
        "ignored": ANYTHING,
        "status": ANYTHING,
    },
)
PAGES = st.fixed_dictionaries(
    {
        "data": st.lists(
            st.fixed_dictionaries({"attributes": ATTRIBUTES, "relationships": ANYTHING}) | ANYTHING
        )
    },
    optional={
        "links": ANYTHING | st.fixed_dictionaries({"self": st.sampled_from(["http://[x", "?a=[", "x"])})
    },
)
TREES = st.fixed_dictionaries(
    {
        "issues": st.lists(
            st.fixed_dictionaries({"issueId": st.sampled_from(["a", "b"]), "pkgName": ANYTHING})
        ),
        "issuesData": st.fixed_dictionaries({"a": ANYTHING}) | ANYTHING,
    },
    optional={"depGraphData": ANYTHING, "docker": ANYTHING},
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING | PROJECTS | PAGES | TREES | st.lists(PROJECTS, max_size=3))
def test_whatever_json_is_given_is_read_or_refused_and_never_empty(document):
    with TemporaryDirectory() as folder:
        try:
            reading = report(Path(folder), document)
        except UnreadableEvidence:
            return
    if reading.failed is None:
        evidence = reading.evidence
        assert evidence.projects
        assert any(each.dependencies for each in evidence.projects) or evidence.issues or evidence.licences


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(range(6)), min_size=1, max_size=6), st.randoms())
def test_the_order_and_repetition_of_rows_change_no_issue(chosen, random):
    pool = [
        a_row(
            id=f"SNYK-{n % 3}",
            severity=("low", "high")[n % 2],
            **{"from": ["root@1", f"way{n}@1", "lodash@1"]},
        )
        for n in range(6)
    ]
    rows = [pool[n] for n in chosen]
    again = rows * 2
    random.shuffle(again)
    with TemporaryDirectory() as folder:
        once = report(Path(folder), a_project(*rows)).evidence.issues
        twice = report(Path(folder), a_project(*again)).evidence.issues
    assert told(once) == told(twice)


def told(issues):
    return {(each.id, each.severity, each.path_count, frozenset(each.paths), each.direct) for each in issues}
