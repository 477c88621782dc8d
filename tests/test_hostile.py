"""Nothing empty, cut off, forged, endless or odd passes, whatever the format, and the record still holds."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatepass import globs
from gatepass.errors import OutputError, OverrideError, PolicyError, UsageError
from gatepass.evidence._gather import gather
from gatepass.evidence._head import Head
from gatepass.model.decision import Verdict
from gatepass.policy import overrides
from support import gate
from support.values import BUILD

FIXTURES = Path(__file__).parent / "evidence"
JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'


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


@pytest.fixture
def workspace(tmp_path):
    return gate.a_workspace(tmp_path)


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a report: the source and its evidence, if any."""

    def of(content: bytes):
        (tmp_path / "report").write_bytes(content)
        found = gather(["report"], {}, tmp_path, BUILD)
        [source] = found.sources
        assert bool(found.evidence) == source.usable
        return source, next(iter(found.evidence), None)

    return of


def failed_and_recorded(workspace, run, *words):
    """The decision is FAILED, says so in every report, and its record verifies with the public key."""
    assert run.decision.verdict is Verdict.FAILED
    written = workspace.written()
    for word in words:
        assert word in written["text"]
    assert json.loads(written["json"])["verdict"] == "FAILED"
    assert "FAILED" in written["markdown"]
    verification = workspace.verified()
    assert verification.signed
    assert verification.predicate["verdict"] == "FAILED"
    return written


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
    lines = path.parts[-3] == "sonarqube-task"  # key=value rows: a prefix of them is a shorter file of them
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


def test_half_a_letter_is_printed_and_recorded(workspace):
    results = [{"ruleId": "R\ud800", "level": "error", "message": {"text": "m\udfff"}}]
    sarif = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t\ud800"}}, "results": results}]}
    workspace.write({"a.sarif": json.dumps(sarif)})
    run = workspace.judge(gate.a_policy("check: findings\n    maximum-by-level: {error: 0}"), "a.sarif")
    failed_and_recorded(workspace, run)


# time and memory


def within(seconds, action):
    started = time.monotonic()
    answer = action()
    assert time.monotonic() - started < seconds
    return answer


def test_deep_json_costs_neither_time_nor_memory(read):
    import tracemalloc

    tracemalloc.start()
    within(5, lambda: read(b'{"version":"2.1.0","runs":' + b"[" * 100_000 + b"]" * 100_000 + b"}"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000  # recognition alone once took 9.6 GB for these 200 kB


def test_a_string_that_never_ends_is_looked_at_once():
    head = Head(('{"' + '\\"' * 64_000).encode())
    assert within(2, lambda: head.json).shape == "object"


def test_long_keys_do_not_add_up():
    key = "k" * 60_000
    document = json.dumps({key: {f"{n}": 1 for n in range(5000)}})
    assert sum(map(len, Head(document.encode()).json.paths)) < 5_000_000


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("**/**/**/**/*x", "a/" * 20_000 + "b", False),
        ("**/a/**/a/**/a/**/a/**/x", "a/" * 5_000 + "y", False),
        ("**/a/**/a/**/a/**/a/**/x", "a/" * 5_000 + "x", True),
        ("*a*a*a*a*x", "a" * 20_000, False),
        ("*a*a*a*a*x", "a" * 20_000 + "x", True),
        ("**a**a**a**x", "a/" * 10_000, False),
        ("?" * 30 + "*a*" * 8 + "z", "a" * 20_000, False),
    ],
)
def test_no_glob_takes_for_ever(pattern, name, fits):
    assert within(2, lambda: globs.matches(name, pattern)) is fits


def test_short_and_long_names_are_matched_alike():
    patterns = (
        "**/a?/*b*",
        "*a*/b",
        "a**b",
        "**",
        "**/x",
        "[!a]*/**/*a*",
        "src/**",
        "*",
        "**/*.py",
        "[ab][!c]*",
    )
    names = (
        "a",
        "x",
        "ax/b",
        "src/a/b.py",
        "b/ab/bab",
        "aab",
        "a/b",
        "",
        "/",
        "a//b",
        "src/",
        "bd/x/ca",
        "a\nb",
        "./x",
    )
    for pattern in patterns:
        glob = globs._compiled(pattern, False)  # the only way to have both answers for one short name
        for name in names:
            assert glob.automaton.fits(name) == (glob.whole.fullmatch(name) is not None), (pattern, name)


def test_a_class_stays_within_one_part_and_a_broken_one_is_a_mistake():
    assert not globs.matches("a/c", "a[!b]c")
    assert globs.matches("a[c", "a[[]c")
    with pytest.raises(PolicyError, match="is no glob"):
        globs.matches("a", "[z-a]")


@pytest.mark.parametrize(
    "rows",
    [
        "DA:1000000000,1\n",
        "DA:10000000,1\n",
        "DA:-5,0\n",
        "BRDA:4294967296,0,0,1\n",
        "DA:99999999999999999999,1\n",
    ],
)
def test_a_line_number_that_no_file_has_is_never_room_in_memory(read, rows):
    import tracemalloc

    tracemalloc.start()
    _, evidence = read(f"SF:a.py\n{rows}end_of_record\n".encode())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert evidence is None
    assert peak < 20_000_000


def test_many_small_things_are_read_in_time(read):
    suites = '<testsuite name="a"><testcase name="b"/></testsuite>' * 50_000
    _, tests = within(10, lambda: read(f"<testsuites>{suites}</testsuites>".encode()))
    assert tests is not None
    files = "".join(f"SF:{n}\nDA:1,1\nend_of_record\n" for n in range(50_000))
    _, coverage = within(10, lambda: read(files.encode()))
    assert len(coverage.files) == 50_000
    location = {"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 3}}}
    result = {"ruleId": "R", "level": "error", "message": {"text": "m"}, "locations": [location] * 50_000}
    driver, more = {"driver": {"name": "t"}}, {str(n): 1 for n in range(200_000)}
    run = {"tool": driver, "results": [result], "properties": more}
    _, scan = within(10, lambda: read(json.dumps({"version": "2.1.0", "runs": [run]}).encode()))
    assert len(scan.results) == 1


def test_ten_megabytes_in_one_line_are_read_and_shown_shortened(workspace):
    result = {"ruleId": "R", "level": "error", "message": {"text": "m" * 10_000_000}}
    sarif = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]}
    workspace.write({"a.sarif": json.dumps(sarif)})
    rule = gate.a_policy("check: findings\n    maximum-by-level: {error: 0}")
    written = failed_and_recorded(workspace, within(10, lambda: workspace.judge(rule, "a.sarif")))
    assert all(len(text) < 50_000 for text in written.values())


# trying to get a yes


def test_a_passing_report_beside_a_failing_one_hides_nothing(workspace):
    failing = JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>")
    workspace.write({"a.xml": failing, "b.xml": JUNIT, "z.xml": JUNIT.replace('"a"', '"z"')})
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "*.xml")
    failed_and_recorded(workspace, run)


@pytest.mark.parametrize("broken", ["", "<testsuite>", "not a report", "<html/>", '{"ok": true}'])
def test_a_broken_report_beside_a_good_one_fails(workspace, broken):
    workspace.write({"a.xml": JUNIT, "b.xml": broken})
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "a.xml", "b.xml")
    failed_and_recorded(workspace, run, "b.xml")


@pytest.mark.parametrize("path", first_of_each_format(), ids=name_of)
def test_a_report_of_another_kind_under_the_name_of_the_wanted_one_is_no_evidence(workspace, path):
    kind = path.parts[-4]
    wanted = "tests" if kind != "tests" else "coverage"
    shutil.copy(path, workspace.root / "junit.xml")
    run = workspace.judge(gate.a_policy(gate.EASY[wanted]), "junit.xml")
    failed_and_recorded(workspace, run, f"no {wanted} evidence")


def test_no_evidence_at_all_fails_even_when_every_rule_may_be_skipped(workspace):
    run = workspace.judge(gate.a_policy("check: tests\n    on-missing: skip"))
    failed_and_recorded(workspace, run)
    run = workspace.judge(gate.a_policy(gate.EASY["tests"]), "reports/*.xml")
    failed_and_recorded(workspace, run, "matches no file")
    with pytest.raises(UsageError, match="an empty path"):
        workspace.judge(gate.a_policy(gate.EASY["tests"]), "")


def test_a_rule_for_reports_that_are_not_there_fails(workspace):
    workspace.write({"a.xml": JUNIT})
    run = workspace.judge(gate.a_policy('check: tests\n    reports: ["unit/*.xml"]'), "a.xml")
    failed_and_recorded(workspace, run, "no tests report matches unit/*.xml")


def test_a_scope_without_this_build_is_no_decision(workspace):
    workspace.write({"a.xml": JUNIT})
    policy = gate.a_policy(gate.EASY["tests"], more="scope: {branches: [main]}\n")
    with pytest.raises(PolicyError, match="no policy is for this build"):
        workspace.judge(policy, "a.xml", build={"branch": "other", "event": "push"})
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()


def test_two_rules_with_one_id_and_no_rule_are_mistakes(workspace):
    twice = gate.a_policy("check: tests", "check: tests").replace("id: r2", "id: r1")
    with pytest.raises(PolicyError, match="is taken"):
        workspace.judge(twice)
    with pytest.raises(PolicyError, match="rules"):
        workspace.judge(gate.HEAD + "rules: []\n")


def sarif_of(commit=None, created=None, **result):
    results = [{"ruleId": "R", "level": "error", "message": {"text": "m"}, **result}]
    run = {"tool": {"driver": {"name": "t"}}, "results": results}
    if commit:
        run["versionControlProvenance"] = [{"repositoryUri": "https://git.example/a", "revisionId": commit}]
    if created:
        run["invocations"] = [{"executionSuccessful": True, "endTimeUtc": created}]
    return json.dumps({"version": "2.1.0", "runs": [run]})


def test_suppressed_results_count_where_suppressions_are_refused(workspace):
    suppressed = sarif_of(suppressions=[{"kind": "external", "status": "accepted"}])
    workspace.write({"a.sarif": suppressed})
    rule = "check: findings\n    maximum-by-level: {error: 0}\n    suppressions: refuse"
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(rule), "a.sarif"))


def test_reports_of_another_commit_or_another_day_do_not_count(workspace):
    workspace.write(
        {"a.sarif": sarif_of(commit="77aa01c" * 5), "b.sarif": sarif_of(created="2026-11-01T00:00:00Z")}
    )
    easy = gate.EASY["findings"]
    build = {"commit": BUILD.commit}
    run = workspace.judge(gate.a_policy(easy), "a.sarif", build=build)
    failed_and_recorded(workspace, run, "not for this build")
    run = workspace.judge(gate.a_policy(f"{easy}\n    max-age: 7d"), "b.sarif", build=build)
    failed_and_recorded(workspace, run, "longer ago than allowed")
    for future in ("2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        workspace.write({"b.sarif": sarif_of(created=future)})
        run = workspace.judge(gate.a_policy(f"{easy}\n    max-age: 7d"), "b.sarif", build=build)
        failed_and_recorded(workspace, run, "in the future")


def test_a_scan_that_failed_by_its_own_word_does_not_count(workspace):
    sarif = json.loads(sarif_of())
    sarif["runs"][0]["invocations"] = [{"executionSuccessful": False}]
    workspace.write(
        {"a.sarif": json.dumps(sarif), "snyk.json": '{"ok": false, "error": "Auth failed", "path": "."}'}
    )
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(gate.EASY["findings"]), "a.sarif"))
    failed_and_recorded(workspace, workspace.judge(gate.a_policy(gate.EASY["vulnerabilities"]), "snyk.json"))


# overrides


OVERRIDE = {
    "apiVersion": "gatepass/v1", "kind": "Override", "id": "OVR-1", "rule": "r1",
    "match": {"whole-rule": True}, "reason": "mitigated", "justification": "Not reachable.",
    "ticket": "SEC-1", "requested-by": "alice",
    "approved-by": ["dana"], "created": "2026-11-20", "expires": "2026-11-30",
}  # fmt: skip
MAY_BE_OVERRIDDEN = (
    gate.a_policy("check: findings\n    maximum-by-level: {error: 0}")
    + """overrides:
  - rules: [r1]
    approvers: {users: [dana, alice], minimum: 1}
    maximum-days: 14
    reasons: [mitigated]
    require: [ticket]
"""
)


def overridden(workspace, policy=MAY_BE_OVERRIDDEN, **changes):
    override = {key: value for key, value in {**OVERRIDE, **changes}.items() if value is not None}
    workspace.write({"a.sarif": sarif_of(), "override.yaml": json.dumps(override)})
    return workspace.judge(policy, "a.sarif", overrides=("override.yaml",))


def test_an_override_in_order_lets_through_and_is_said(workspace):
    run = overridden(workspace)
    assert run.decision.verdict is Verdict.PASSED
    assert "OVERRIDDEN" in workspace.written()["text"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"created": "2026-11-01", "expires": "2026-11-10"}, "expired"),
        ({"created": "2026-11-23"}, "holds only from"),
        ({"approved-by": ["mallory"]}, "0 of 1 approvals"),
        ({"approved-by": ["alice"]}, "the requester does not count"),
        ({"approved-by": ["ALICE"]}, "0 of 1 approvals"),
        ({"requested-by": "Dana"}, "0 of 1 approvals"),
        ({"expires": "2027-11-30"}, "at most 14 are allowed"),
        ({"expires": "9999-12-30"}, "at most 14 are allowed"),
        ({"reason": "risk-accepted"}, "is not one of"),
        ({"ticket": None}, "wants a ticket"),
        ({"rule": "nothing"}, "no policy has a rule"),
        ({"rule": "other/r1"}, "no policy has a rule"),
        ({"match": {"paths": ["elsewhere/**"]}}, "matches nothing"),
        ({"match": {"packages": ["lodash"]}}, "matches nothing"),
    ],
)
def test_an_override_that_is_not_in_order_lets_nothing_through_and_says_why(workspace, changes, said):
    run = overridden(workspace, **changes)
    written = failed_and_recorded(workspace, run)
    assert said in " ".join(written["text"].split())
    assert said in " ".join(written["json"].split())


@pytest.mark.parametrize(
    "changes",
    [
        {"requested-by": "dаna"},  # the second letter is Cyrillic
        {"requested-by": "dana\u200b"},
        {"requested-by": "dana\n"},
        {"requested-by": "dana "},
        {"requested-by": "@dana"},
        {"requested-by": "ｄana"},
        {"approved-by": ["dana\n"]},
        {"expires": "9999-12-31"},
        {"created": "0001-01-01T00:00:00+14:00"},
        {"expires": "2026-11-30\n"},
        {"rule": "*"},
        {"match": {}},
        {"match": {"missing-evidence": True}},
        {"id": "OVR-1\n"},
        {"approved-by": []},
        {"expires": "2026-11-01"},
    ],
)
def test_an_override_written_to_deceive_is_refused_as_a_whole(workspace, changes):
    with pytest.raises(OverrideError) as caught:
        overridden(workspace, **changes)
    assert caught.value.place is not None


def test_missing_evidence_is_overridden_only_by_name(workspace):
    workspace.write({"override.yaml": json.dumps(OVERRIDE)})
    run = workspace.judge(MAY_BE_OVERRIDDEN, "a.sarif", overrides=("override.yaml",))
    failed_and_recorded(workspace, run)


def test_a_rule_of_our_own_is_never_overridden(workspace):
    override = {
        **OVERRIDE,
        "rule": "gatepass/evidence",
        "match": {"whole-rule": True, "missing-evidence": True},
    }
    workspace.write({"a.sarif": sarif_of(), "b": "x", "override.yaml": json.dumps(override)})
    policy = MAY_BE_OVERRIDDEN.replace("rules: [r1]", 'rules: ["**"]').replace("error: 0", "error: 5")
    run = workspace.judge(policy, "a.sarif", "b", overrides=("override.yaml",))
    failed_and_recorded(workspace, run, "OVR-1")
    [use] = run.decision.overrides
    assert use.message == "the policy gatepass does not let evidence be overridden"


def test_two_overrides_with_one_id_are_refused(workspace):
    workspace.write({"a.yaml": json.dumps(OVERRIDE), "b.yaml": json.dumps(OVERRIDE)})
    with pytest.raises(OverrideError, match="is taken"):
        overrides.load(["a.yaml", "b.yaml"], workspace.root)


# writing


def test_reports_and_record_are_written_together_or_not_at_all(workspace):
    workspace.write({"a.xml": JUNIT})
    (workspace.root / "r.intoto.jsonl").mkdir()
    policy = gate.a_policy(gate.EASY["tests"])
    for record in ("r.intoto.jsonl", "a.xml/r", "r\0", "x" * 300):
        with pytest.raises(OutputError):
            workspace.judge(policy, "a.xml", record=record)
        assert {path.name for path in workspace.root.iterdir()} == {"a.xml", "policy.yaml", "r.intoto.jsonl"}
    (workspace.root / "gate.md").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        workspace.judge(policy, "a.xml")
    assert not (workspace.root / "gatepass.intoto.jsonl").exists()
    assert not (workspace.root / "gate.json").exists()


def test_two_outputs_never_share_a_file(workspace):
    workspace.write({"a.xml": JUNIT})
    policy = gate.a_policy(gate.EASY["tests"])
    with pytest.raises(UsageError, match="one file"):
        workspace.judge(policy, "a.xml", reports=(("json", "o"), ("markdown", "./o")))
    with pytest.raises(OutputError, match="both a report and the record"):
        workspace.judge(policy, "a.xml", reports=(("json", "r.intoto.jsonl"),), record="r")


def test_the_same_inputs_give_the_same_reports(workspace):
    workspace.write({"a.xml": JUNIT, "b.sarif": sarif_of()})
    policy = gate.a_policy(gate.EASY["tests"], gate.EASY["findings"])
    workspace.judge(policy, "a.xml", "b.sarif")
    first = workspace.written()
    workspace.judge(policy, "b.sarif", "a.xml", now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    assert workspace.written() == first
