"""Nothing empty, cut off, forged or odd passes, whatever the format, and the record still holds."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from pathlib import Path

import pytest

from gatepass.gathering import gather
from support import gate
from support.gate import JUNIT, failed_and_recorded
from support.values import BUILD

FIXTURES = Path(__file__).parent / "evidence"


def good() -> list[Path]:
    found = sorted(path for path in FIXTURES.glob("*/*/good/*") if not path.name.endswith(".expected.json"))
    assert len({path.parts[-3] for path in found}) >= 19
    return found


def first_of_each_format() -> list[Path]:
    by_format: dict[str, Path] = {}
    for path in good():
        by_format.setdefault(path.parts[-3], path)
    return list(by_format.values())


def starts_with(path: Path, signs: str) -> bool:
    return path.read_bytes().decode("utf-8-sig", "replace").lstrip()[:1] in tuple(signs)


def name_of(path: Path) -> str:
    return "/".join((path.parts[-3], path.name))


each_good = pytest.mark.parametrize("path", good(), ids=name_of)
each_format = pytest.mark.parametrize("path", first_of_each_format(), ids=name_of)
each_json, each_xml = (
    pytest.mark.parametrize(
        "path", [path for path in first_of_each_format() if starts_with(path, signs)], ids=name_of
    )
    for signs in ("{[", "<")
)


# every format, mutated


def greenness(evidence):
    """Figures that may only get worse when a report is cut: what was found, and what was not covered."""
    match type(evidence).__name__:
        case "Coverage":
            return -(evidence.lines.total - evidence.lines.covered)
        case "TestRun":
            return -len(evidence.not_passed)
        case "Scan":
            return -len(evidence.results)
        case "Vulnerabilities":
            return -len(evidence.issues)
    return 0


@each_good
def test_a_report_that_is_cut_off_is_not_used(read, path):
    whole = path.read_bytes()
    lines = path.parts[-3] in ("sonarqube-task", "snyk-policy")  # a prefix of rows is a shorter file of rows
    _, uncut = read(whole)
    for cut in (1, 5, len(whole) // 7, len(whole) // 3, len(whole) // 2, len(whole) * 9 // 10, -3):
        source, evidence = read(whole[:cut].rstrip())
        if evidence is not None and uncut is not None:
            assert lines or whole[:cut].rstrip() == whole.rstrip(), f"usable when cut at {cut}"
            assert greenness(evidence) <= greenness(uncut) or lines
        else:
            assert source.problem.message


@each_format
@pytest.mark.parametrize(
    "mutate",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b" \r\n\t", id="blank"),
        pytest.param(lambda _: b"\xef\xbb\xbf", id="mark-alone"),
        pytest.param(
            lambda whole: whole[: len(whole) // 2] + b"\xff\xfe\xfd" + whole[len(whole) // 2 :],
            id="not-utf-8",
        ),
        pytest.param(
            lambda whole: whole.decode("utf-8", "replace").encode("utf-16-le"), id="utf-16-without-mark"
        ),
        pytest.param(lambda whole: whole + whole, id="twice-in-one-file"),
        pytest.param(lambda whole: b"\x1f\x8b\x08" + whole, id="compressed"),
        pytest.param(lambda whole: whole + b"\0" * 100, id="followed-by-zeros"),
        pytest.param(lambda whole: whole + b"<!-- -->{", id="followed-by-something"),
    ],
)
def test_a_report_that_is_not_whole_never_looks_better(read, path, mutate):
    whole = path.read_bytes()
    _, uncut = read(whole)
    source, evidence = read(mutate(whole))
    if evidence is None:
        assert source.problem.message
    elif uncut is not None:
        assert greenness(evidence) <= greenness(uncut)


@each_format
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_changes_nothing_or_is_refused(read, path, encoding):
    whole = path.read_bytes()
    text = whole.decode("utf-8-sig")
    _, plain = read(whole)
    source, marked = read(text.encode(encoding))
    if marked is None or plain is None:
        assert plain is None or source.problem.message
    else:
        assert greenness(marked) == greenness(plain)


@each_json
def test_every_json_format_refuses_what_is_not_json(read, path):
    text = path.read_text("utf-8-sig")
    opening = text.index("{") + 1
    rest = text[opening:]
    for odd in (
        '"odd": NaN,',
        '"odd": -Infinity,',
        '"odd": 1, "odd": 2,',
        '"odd": {"a": 1, "a": 2},',
        '"odd": ' + "9" * 5000 + ",",
        '"odd": ' + "[" * 300 + "]" * 300 + ",",
        '"odd": ' + "[" * 100_000 + "]" * 100_000 + ",",
        '"odd": ' + '{"a":' * 100_000,
        '"odd": "' + '\\"' * 100_000,
        '"odd": "\n",',
    ):
        source, evidence = read(f"{text[:opening]}{odd}{rest}".encode())
        assert evidence is None, odd[:30]
        assert source.problem.message


@each_xml
def test_every_xml_format_refuses_entities_and_fetches_no_dtd(read, path):
    text = path.read_bytes().decode("utf-8", "replace")
    root = text[text.index("<", text.index("?>") if text.startswith("<?xml") else 0) :]
    root = root[root.index("<", 1 if root.startswith("<!") else 0) :]
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    for prolog in (
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{bomb}]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost:9/e.dtd"> %p;]>',
    ):
        source, evidence = read((prolog + root).encode())
        assert evidence is None, prolog
        assert source.problem.message


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1e999}',
        '{"a": [{"b": -1e999}]}',
        "[1e400]",
        '{"a": NaN}',
        "a: .inf",
        "a: 1e999",
        '{"a": 1, "a": 2}',
        "",
    ],
)
def test_a_fact_holds_finite_numbers_and_each_key_once(tmp_path, text):
    (tmp_path / "fact").write_text(text)
    found = gather([], {"f": "fact"}, tmp_path, BUILD)
    assert found.evidence == ()
    assert found.sources[0].problem.message


# files that are none


def test_what_is_no_regular_file_fails_the_rule_and_is_recorded(workspace, tmp_path):
    root = workspace.root
    workspace.write({"folder/x": "", "outside.txt": ""})
    os.mkfifo(root / "pipe")
    (tmp_path / "secret.xml").write_text(JUNIT)
    (root / "link").symlink_to(tmp_path / "secret.xml")
    (root / "way").symlink_to(tmp_path)
    (root / "circle").symlink_to("circle")
    (root / "zero").symlink_to("/dev/zero")
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(root)  # the path of a socket may have a hundred letters
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
    names = ("folder", "pipe", "socket", "link", "way/secret.xml", "circle", "zero", "gone", "/dev/zero")
    for name in names:
        run = workspace.judge(gate.a_policy(gate.EASY["tests"]), name)
        failed_and_recorded(workspace, run, name)
    listener.close()


def test_a_file_that_nobody_may_read_fails_the_rule(workspace):
    workspace.write({"junit.xml": JUNIT})
    (workspace.root / "junit.xml").chmod(0)
    if os.access(workspace.root / "junit.xml", os.R_OK):
        pytest.skip("this user may read every file")
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "junit.xml")
    failed_and_recorded(workspace, run, "cannot be opened")


def test_a_file_that_grows_while_it_is_read_is_not_used(workspace):
    path = workspace.root / "junit.xml"
    body = '<testcase name="a"/>' * 200_000
    path.write_text(f"<testsuite>{body}</testsuite>")
    stop = threading.Event()

    def grow():
        with path.open("a") as file:
            while not stop.is_set():
                file.write("\n")
                file.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "junit.xml")
    finally:
        stop.set()
        thread.join()
    failed_and_recorded(workspace, run, "changed while it was being read")


def test_links_that_go_round_do_not_keep_a_glob_busy(workspace):
    workspace.write({"reports/deep/a.xml": JUNIT, "reports/.hidden/b.xml": JUNIT})
    for name in "abc":
        (workspace.root / "reports" / name).symlink_to(".")
        (workspace.root / "reports/deep" / name).symlink_to("../..")
    (workspace.root / "reports/everything").symlink_to("/")
    found = gather(["reports/**/*.xml"], {}, workspace.root, BUILD)
    assert [source.name for source in found.sources] == ["reports/deep/a.xml"]


def test_names_of_files_cannot_steer_what_is_printed(workspace):
    reports = workspace.root / "reports"
    reports.mkdir()
    names = (b"\xff.xml", b"a\n::error::x.xml", b"\x1b[2Jb.xml", b"##vso[task.complete].xml", b"<b>.xml")
    for number, name in enumerate(names):
        Path(os.fsdecode(bytes(reports) + b"/" + name)).write_text(JUNIT.replace("a", f"a{number}")[:-30])
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "reports/*")
    written = failed_and_recorded(workspace, run)
    unforged(written)


# texts


EVIL = (
    "\x1b[2J\x1b]0;x\x07\u202e\r\n::error file=a::forged\n##vso[task.complete result=Succeeded;]"
    "\n##[error]x\n##teamcity[x]<img src=x onerror=alert(1)><script>alert(1)</script>"
    "[a](javascript:alert(1)) ![b](https://evil.example/p.png) @everyone | a | `b` "
    "\n✓ 9 passed\ngatepass  PASSED"
)


NO_ERRORS = "check: findings\n    maximum-by-level: {error: 0}"


def unforged(written):
    for name, text in written.items():
        assert "\x1b" not in text, name
        assert "##vso[" not in text, name
        assert "##teamcity[" not in text, name
        assert "##[" not in text, name
        assert not any(line.lstrip().startswith("::") for line in text.splitlines()), name
    for name in ("text", "markdown"):
        assert "\u202e" not in written[name]
        assert not any(line.startswith("gatepass  PASSED") for line in written[name].splitlines())
        assert not any(line.strip().startswith("✓ 9 passed") for line in written[name].splitlines())
    for tag in ("<img", "<script", "](javascript", "![b]", "@everyone", "https://evil"):
        assert tag not in written["markdown"]
    for name in ("json", "sarif"):
        json.loads(written[name])


def evil_reports():
    place = {"physicalLocation": {"artifactLocation": {"uri": EVIL}, "region": {"startLine": 1}}}
    rule = {"id": EVIL, "name": EVIL, "shortDescription": {"text": EVIL}, "help": {"text": EVIL}}
    run = {
        "tool": {"driver": {"name": EVIL, "version": EVIL, "rules": [rule]}},
        "results": [{"ruleId": EVIL, "level": "error", "message": {"text": EVIL}, "locations": [place]}],
    }
    xml = EVIL.replace("\x1b", "").replace("\x07", "")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;"), ("\n", "&#10;"), ("\r", "&#13;")):
        xml = xml.replace(sign, entity)
    snyk = {
        "vulnerabilities": [
            {
                "id": EVIL, "title": EVIL, "packageName": EVIL, "name": EVIL, "version": EVIL,
                "severity": "critical",
                "from": [EVIL, EVIL], "fixedIn": [EVIL], "upgradePath": [], "identifiers": {"CVE": [EVIL]},
            }
        ],
        "ok": False, "dependencyCount": 1, "uniqueCount": 1, "packageManager": "npm", "projectName": EVIL,
        "displayTargetFile": EVIL, "summary": "1 vulnerable dependency path",
    }  # fmt: skip
    sonar = {
        "projectStatus": {
            "status": "ERROR",
            "conditions": [
                {"status": "ERROR", "metricKey": EVIL, "comparator": "GT",
                 "errorThreshold": EVIL, "actualValue": EVIL}
            ],
        }
    }  # fmt: skip
    one_line = EVIL.replace("\n", " ").replace("\r", " ")
    junit = (
        f'<testsuite name="{xml}"><testcase classname="{xml}" name="{xml}" file="{xml}">'
        f'<failure message="{xml}" type="{xml}">{xml}</failure></testcase></testsuite>'
    )
    return {
        "findings": (json.dumps({"version": "2.1.0", "runs": [run]}), NO_ERRORS),
        "tests": (junit, "check: tests"),
        "coverage": (f"SF:{one_line}\nDA:1,0\nend_of_record\n", "check: coverage\n    minimum: {lines: 90}"),
        "vulnerabilities": (json.dumps(snyk), "check: vulnerabilities\n    maximum: {critical: 0}"),
        "quality-gate": (json.dumps(sonar), "check: quality-gate\n    status: OK"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["findings", "tests", "coverage", "vulnerabilities", "quality-gate"])
def test_texts_of_reports_are_shown_and_obeyed_by_nobody(workspace, kind):
    report, rule = evil_reports()[kind]
    workspace.write({"report": report})
    run = workspace.judge(gate.a_policy(rule), "report", verbose=True)
    [source] = run.decision.sources
    assert source.usable, source.problem
    unforged(failed_and_recorded(workspace, run))


def test_texts_of_commits_are_shown_and_obeyed_by_nobody(workspace):
    report = json.loads((FIXTURES / "commits/git-commits/good/linear.json").read_text("utf-8"))
    commit = report["commits"][0]
    commit["author"] = commit["committer"] = {"name": EVIL, "email": EVIL, "time": None}
    commit["trailers"] = [{"name": EVIL, "value": EVIL}]
    commit["subject"] = report["producer"] = commit["signature"]["remark"] = EVIL
    workspace.write({"report": json.dumps(report)})
    rule = "check: commits\n    signed: allowed\n    email-domains: [acme.example]\n    sign-off: true"
    run = workspace.judge(gate.a_policy(rule), "report", verbose=True, build={"commit": report["head"]})
    [source] = run.decision.sources
    assert source.usable, source.problem
    [result] = run.decision.results
    assert {each.kind.value for each in result.findings} == {"violation"}
    unforged(failed_and_recorded(workspace, run))


def test_texts_beside_suppressions_are_shown_and_obeyed_by_nobody(workspace):
    report = json.loads((FIXTURES / "suppressions/suppressions/good/tree.json").read_text("utf-8"))
    evil = dict.fromkeys(("scanner", "path", "covers", "reason", "created", "expires", "by"), EVIL)
    report["suppressions"] = [{**each, **evil, "rules": [EVIL]} for each in report["suppressions"]]
    report["unread"] = [{"path": EVIL, "line": 1, "why": EVIL}]
    workspace.write({"report": json.dumps(report)})
    rule = "check: suppressions\n    maximum: 0\n    no-new: true\n    ticket: PAY"
    run = workspace.judge(gate.a_policy(rule), "report", verbose=True, build={"commit": report["head"]})
    [source] = run.decision.sources
    assert source.usable, source.problem
    assert {each.kind.value for each in run.decision.results[0].findings} == {"violation", "missing-evidence"}
    assert len(run.decision.suppressions) == 2
    unforged(failed_and_recorded(workspace, run))


def test_half_a_letter_is_printed_and_recorded(workspace):
    results = [{"ruleId": "R\ud800", "level": "error", "message": {"text": "m\udfff"}}]
    sarif = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t\ud800"}}, "results": results}]}
    workspace.write({"a.sarif": json.dumps(sarif)})
    run = workspace.judge(gate.a_policy("check: findings\n    maximum-by-level: {error: 0}"), "a.sarif")
    failed_and_recorded(workspace, run)


@pytest.mark.parametrize("path", first_of_each_format(), ids=name_of)
def test_a_report_of_another_kind_under_the_name_of_the_wanted_one_is_no_evidence(workspace, path):
    kind = path.parts[-4]
    wanted = "tests" if kind != "tests" else "coverage"
    shutil.copy(path, workspace.root / "junit.xml")
    run = workspace.judge(gate.a_policy(gate.EASY[wanted]), "junit.xml")
    failed_and_recorded(workspace, run, f"no {wanted} evidence")
