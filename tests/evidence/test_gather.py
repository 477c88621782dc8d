"""Each report is opened, hashed, recognised and parsed once; what is wrong with it is said, never raised."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from gatepass.errors import UsageError
from gatepass.gathering import gather
from gatepass.model.facts import Facts
from gatepass.model.source import ProblemCode
from support.values import BUILD, write

JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'
SARIF = (
    '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [],'
    ' "versionControlProvenance": [{"repositoryUri": "https://git.example/a", "revisionId": "%s"}]}]}'
)


def one(root, *references, facts=None):
    found = gather(references, facts or {}, root, BUILD)
    [source] = found.sources
    return source, found.evidence


def test_a_report_is_recognised_by_content_and_never_by_its_name(tmp_path):
    write(tmp_path, {"coverage.json": JUNIT})
    source, [evidence] = one(tmp_path, "coverage.json")
    assert (source.format, source.kind, source.usable) == ("junit", "tests", True)
    assert source.sha256 == hashlib.sha256(JUNIT.encode()).hexdigest()
    assert source.size == len(JUNIT)
    assert evidence.source == source


def test_a_glob_finds_reports_and_one_that_finds_none_is_said(tmp_path):
    write(tmp_path, {"r/a/1.xml": JUNIT, "r/b/2.xml": JUNIT.replace("a", "b")})
    found = gather(["r/**/*.xml"], {}, tmp_path, BUILD)
    assert [source.name for source in found.sources] == ["r/a/1.xml", "r/b/2.xml"]
    source, evidence = one(tmp_path, "gone/*.xml")
    assert (source.problem.code, evidence) == (ProblemCode.MISSING, ())
    assert "matches no file" in source.problem.message


def test_a_report_and_its_copy_count_once(tmp_path):
    write(tmp_path, {"a.xml": JUNIT, "b.xml": JUNIT})
    found = gather(["a.xml", "b.xml", "./a.xml", "*.xml"], {}, tmp_path, BUILD)
    assert [(source.name, source.same_as) for source in found.sources] == [
        ("a.xml", None),
        ("b.xml", "a.xml"),
    ]
    assert len(found.evidence) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ProblemCode.EMPTY),
        (b" \n\t\n", ProblemCode.EMPTY),
        (b"\xef\xbb\xbf", ProblemCode.EMPTY),
        (b"hello", ProblemCode.UNRECOGNISED),
        (b"{}", ProblemCode.UNRECOGNISED),
        (b"[]", ProblemCode.UNRECOGNISED),
        (b"null", ProblemCode.UNRECOGNISED),
        (b"<html/>", ProblemCode.UNRECOGNISED),
        (b"\x00\x01\x02", ProblemCode.UNRECOGNISED),
        (b"\x1f\x8b\x08\x00", ProblemCode.UNRECOGNISED),
        (b"{" * 300, ProblemCode.UNRECOGNISED),
        (JUNIT.encode()[:40], ProblemCode.UNREADABLE),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + JUNIT.encode(), ProblemCode.UNREADABLE),
    ],
)
def test_what_is_no_report_is_a_problem_with_its_digest(tmp_path, content, code):
    (tmp_path / "r").write_bytes(content)
    source, evidence = one(tmp_path, "r")
    assert (source.problem.code, evidence) == (code, ())
    assert source.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hello", "is text of no known report format"),
        ("{}", "is JSON of no known report format"),
        ("<html/>", "is XML of no known report format"),
        (JUNIT[:10], "begins as XML does, and breaks off or is malformed"),
        ("<", "begins as XML does, and breaks off or is malformed"),
        ('{"version": "2.1.0", "ru', "begins as JSON does, and breaks off"),
        ("[[", "begins as JSON does, and breaks off"),
    ],
)
def test_what_no_format_knows_is_told_in_one_line(tmp_path, content, said):
    write(tmp_path, {"r": content})
    source, _ = one(tmp_path, "r")
    assert source.problem.code is ProblemCode.UNRECOGNISED
    assert said in source.problem.message
    assert len(source.problem.message) < 100


def test_a_folder_a_pipe_and_a_link_out_of_the_workspace_are_refused(tmp_path):
    workspace = tmp_path / "workspace"
    write(tmp_path, {"secret.xml": JUNIT, "workspace/inside.xml": JUNIT, "workspace/folder/x": ""})
    os.mkfifo(workspace / "pipe")
    (workspace / "out").symlink_to(tmp_path / "secret.xml")
    (workspace / "way").symlink_to(tmp_path)
    (workspace / "dangling").symlink_to(tmp_path / "nothing")
    (workspace / "in").symlink_to(workspace / "inside.xml")
    said = {
        name: one(workspace, name)[0].problem
        for name in ("folder", "pipe", "out", "way/secret.xml", "dangling", "in", "gone")
    }
    assert said["in"] is None
    assert "is a folder" in said["folder"].message
    assert "is not a regular file" in said["pipe"].message
    for name in ("out", "way/secret.xml", "dangling"):
        assert said[name].message == "is a link that leads out of the workspace"
    assert said["gone"].code is ProblemCode.MISSING


def test_a_path_outside_that_the_caller_names_is_read(tmp_path):
    write(tmp_path, {"reports/a.xml": JUNIT, "workspace/x": ""})
    source, [_] = one(tmp_path / "workspace", str(tmp_path / "reports/a.xml"))
    assert source.usable


def test_a_report_of_another_commit_is_not_used(tmp_path):
    write(tmp_path, {"a.sarif": SARIF % ("77aa01c" + "0" * 33)})
    source, evidence = one(tmp_path, "a.sarif")
    assert (source.problem.code, evidence) == (ProblemCode.OTHER_COMMIT, ())
    assert source.problem.message == "is for 77aa01c00000, not for this build"


@pytest.mark.parametrize("revision", [BUILD.commit, BUILD.commit[:12], BUILD.commit.upper()])
def test_a_report_of_this_commit_is_used_however_it_is_written(tmp_path, revision):
    write(tmp_path, {"a.sarif": SARIF % revision})
    assert one(tmp_path, "a.sarif")[0].usable


@pytest.mark.parametrize("revision", [BUILD.commit[:6], "9"])
def test_a_revision_of_a_few_letters_is_no_proof(tmp_path, revision):
    write(tmp_path, {"a.sarif": SARIF % revision})
    assert one(tmp_path, "a.sarif")[0].problem.code is ProblemCode.OTHER_COMMIT


def test_a_fact_is_json_or_strict_yaml(tmp_path):
    write(tmp_path, {"a.json": '{"x": 1}', "b.yaml": "x: 1\ny: 2026-11-22\n", "c.yaml": "x: 1\nx: 2\n"})
    found = gather([], {"a": "a.json", "b": "b.yaml", "c": "c.yaml", "d": "gone"}, tmp_path, BUILD)
    values = {each.name: each.value for each in found.evidence if isinstance(each, Facts)}
    assert values == {"a": {"x": 1}, "b": {"x": 1, "y": "2026-11-22"}}
    problems = {source.name: source.problem.message for source in found.sources if source.problem}
    assert problems["fact:c"] == "has the key 'x' twice"
    assert "is not there" in problems["fact:d"]


def test_an_empty_path_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(UsageError, match="an empty path"):
        gather([""], {}, tmp_path, BUILD)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    from gatepass.errors import UnreadableEvidence
    from gatepass.evidence import OpenReport

    path = tmp_path / "r.xml"
    path.write_text(JUNIT)
    with OpenReport(path, "r.xml") as report:
        b"".join(report.chunks())
        path.write_text(JUNIT * 2)
        with pytest.raises(UnreadableEvidence, match="changed while it was being read"):
            report.finish()


@pytest.mark.parametrize("form", ["{root}/src/a.py", "file://{root}/src/a.py", "src/a.py"])
def test_a_path_below_the_workspace_is_the_same_however_the_tool_writes_it(tmp_path, form):
    path = form.format(root=tmp_path)
    lcov = f"SF:{path.removeprefix('file://')}\nDA:1,1\nend_of_record\n"
    junit = f'<testsuite><testcase name="a" file="{path}" line="3"><failure/></testcase></testsuite>'
    place = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 3}}}
    results = [{"ruleId": "R", "message": {"text": "m"}, "locations": [place]}]
    sarif = json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": results}]}
    )
    write(tmp_path, {"a.info": lcov, "b.xml": junit, "c.sarif": sarif})
    coverage, tests, scan = gather(["a.info", "b.xml", "c.sarif"], {}, tmp_path, BUILD).evidence
    assert coverage.files[0].path == "src/a.py"
    assert tests.not_passed[0].place.path == "src/a.py"
    assert scan.results[0].place.path == "src/a.py"


def test_a_path_outside_of_the_workspace_stays_what_it_is(tmp_path):
    write(
        tmp_path,
        {"a.info": f"SF:{tmp_path}/../b.py\nDA:1,1\nend_of_record\nSF:/x/c.py\nDA:1,1\nend_of_record\n"},
    )
    [coverage] = gather(["a.info"], {}, tmp_path, BUILD).evidence
    assert all(file.path.startswith("/") for file in coverage.files)
