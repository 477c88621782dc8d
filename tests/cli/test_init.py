"""`gatepass init`: what it finds, what it writes, and that the gate can judge by it."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatepass.cli import _survey
from gatepass.model.build import Build
from gatepass.model.coverage import Coverage, FileCoverage, Ratio
from gatepass.model.quality_gate import QualityGate
from gatepass.model.source import Source
from gatepass.policy.load import load_file
from gatepass.starter import policy, references
from gatepass.starter_rules import STARTERS, Today
from support.cli import gatepass
from support.values import NOW, write

EVIDENCE = Path(__file__).parents[1] / "evidence"
POLICY = Path("policies/gatepass.yaml")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace with a report of every kind, each under a name that says nothing."""
    made = tmp_path_factory.mktemp("init") / "workspace"
    put(made, "out/a.xml", "tests/junit/good/statuses.xml")
    put(made, "out/b.xml", "coverage/cobertura/good/nyc.xml")
    put(made, "out/c.sarif", "findings/sarif/good/semgrep.sarif")
    put(made, "out/d.json", "vulnerabilities/snyk/good/single-npm-project.json")
    put(made, "out/e.json", "quality-gate/sonarqube-status/good/server-2025-error.json")
    put(made, "out/f.json", "approvals/github-reviews/good/reviews.json")
    return made


@pytest.fixture(scope="module")
def initialised(workspace):
    """What `gatepass init` said in that workspace."""
    return gatepass("init", cwd=workspace)


@pytest.fixture(scope="module")
def judged(workspace, initialised):
    """What the gate said there."""
    return gatepass("gate", "--unsafe-unsigned", "--report", "json=out.json", cwd=workspace)


def put(folder: Path, name: str, fixture: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(EVIDENCE / fixture, folder / name)


def some_coverage(covered: int, total: int, **more: int) -> Coverage:
    file = FileCoverage("src/a.py", counted_lines=Ratio(covered, total))
    return Coverage(Source("coverage.xml", "ab" * 32, kind="coverage"), (file,), **more)


def today(*evidence: Coverage, forge: str | None = None) -> Today:
    return Today(evidence, Build("local"), datetime(2026, 11, 22, tzinfo=UTC), forge)


def test_a_rule_stands_for_every_kind_of_report_that_is_found(workspace, initialised):
    assert (initialised.code, initialised.err) == (0, "")
    [made] = load_file(workspace / POLICY, workspace)
    assert [rule.check for rule in made.rules] == [
        "tests",
        "coverage",
        "findings",
        "vulnerabilities",
        "quality-gate",
        "approvals",
    ]
    for said in ("out/a.xml: tests (junit)", "out/c.sarif: findings (sarif)", "out/e.json: quality-gate"):
        assert said in initialised.out
    assert "gatepass gate" in initialised.out


def test_what_was_written_passes_the_linter(workspace, initialised):
    linted = gatepass("policy", "lint", str(POLICY), cwd=workspace)
    assert (linted.code, linted.err) == (0, "")


def test_the_gate_decides_by_what_was_written(workspace, judged):
    assert judged.code == 1, judged.err
    rules = {rule["id"]: rule for rule in json.loads((workspace / "out.json").read_text())["rules"]}
    assert set(rules) == {"tests", "coverage", "code-scanning", "dependencies", "quality-gate", "reviewed"}
    assert rules["coverage"]["outcome"] == "pass"
    assert rules["code-scanning"]["outcome"] == "fail"
    assert all(rule["sources"] for rule in rules.values())


def test_the_verdict_that_is_foretold_is_the_one_of_the_gate(initialised, judged):
    assert "FAILED by this policy" in initialised.out
    assert "gatepass  FAILED" in judged.out
    blocked = re.findall(r"(\S+) fails: ", initialised.out)
    assert blocked == re.findall(r"^  ✗ (\S+)", judged.out, re.MULTILINE)


def test_a_workspace_whose_reports_are_fine_passes_by_its_own_policy(tmp_path):
    put(tmp_path, "nyc.xml", "coverage/cobertura/good/nyc.xml")
    put(tmp_path, "lint.sarif", "findings/sarif/good/ruff-clean.sarif")
    put(tmp_path, "snyk.json", "vulnerabilities/snyk/good/clean.json")
    assert "PASSED by this policy" in gatepass("init", cwd=tmp_path).out
    judged = gatepass("gate", "--unsafe-unsigned", cwd=tmp_path)
    assert judged.code == 0, judged.out + judged.err


@pytest.mark.parametrize(
    ("projects", "pinned"),
    [
        (["acme_payments"], ["acme_payments"]),
        (["acme_payments", "acme_payments"], ["acme_payments"]),
        (["acme_payments", None], None),  # what names no project would not count
        (["acme_payments", "acme_web"], None),
        (["acme[payments]"], None),
        ([None], None),
    ],
)
def test_the_project_is_pinned_where_every_report_names_it(tmp_path, projects, pinned):
    gates = [
        QualityGate(Source(f"{number}.json", kind=QualityGate.KIND), project=each)
        for number, each in enumerate(projects)
    ]
    made = policy("p.yaml", Today(gates, Build("local"), NOW, None), [each.source for each in gates])
    write(tmp_path, {"p.yaml": made.text})
    [found] = load_file(tmp_path / "p.yaml", tmp_path)
    [rule] = [each for each in found.rules if each.check == "quality-gate"]
    assert rule.parameters.get("projects") == pinned


def test_the_coverage_of_today_is_the_minimum_rounded_down():
    made = policy("p.yaml", today(some_coverage(79999, 100000)), [some_coverage(1, 1).source])
    assert "minimum: {lines: 79} # today lines 79.9 %" in made.text


def test_rows_that_cannot_be_read_lower_the_minimum_so_that_the_gate_passes_today():
    made = policy("p.yaml", today(some_coverage(90, 100, skipped_rows=10)), [some_coverage(1, 1).source])
    assert "minimum: {lines: 81}" in made.text


@pytest.mark.parametrize("ratio", [(0, 10), (0, 0)])
def test_where_nothing_is_covered_no_threshold_is_made_up(ratio):
    made = policy("p.yaml", today(some_coverage(*ratio)), [some_coverage(1, 1).source])
    assert "coverage" not in made.rules
    assert "No threshold could be made from the reports of coverage that were found." in made.text


def test_lines_in_comments_are_complete_rules(tmp_path):
    text = policy("p.yaml", today(), []).text
    uncommented = re.sub(
        r"^  # (- id: .*(?:\n  #   .*)*)",
        lambda match: "  " + match[1].replace("\n  # ", "\n  "),
        text,
        flags=re.MULTILINE,
    )
    (tmp_path / "p.yaml").write_text(uncommented)
    [made] = load_file(tmp_path / "p.yaml", tmp_path)
    assert {rule.check for rule in made.rules} == {starter.kind for starter in STARTERS}


def test_the_override_in_comments_is_complete(tmp_path):
    head, sign, tail = policy("p.yaml", today(), []).text.partition("# overrides:")
    (tmp_path / "p.yaml").write_text(head + sign[2:] + tail.replace("\n# ", "\n"))
    [made] = load_file(tmp_path / "p.yaml", tmp_path)
    assert made.allowances[0].reasons == ("false-positive", "mitigated", "risk-accepted")


def test_nothing_found_still_makes_a_policy_that_fails_and_says_what_to_do(tmp_path):
    ran = gatepass("init", cwd=tmp_path)
    assert ran.code == 0
    assert "no report of a known format" in ran.out
    assert "FAILED by this policy" in ran.out
    judged = gatepass("gate", "--unsafe-unsigned", cwd=tmp_path)
    assert judged.code == 1
    assert "no tests evidence was given" in judged.out
    assert "pytest --junitxml=build/junit.xml" in (tmp_path / POLICY).read_text()


@pytest.mark.parametrize("there", ["gatepass.yaml", str(POLICY)])
def test_nothing_is_overwritten_without_force(tmp_path, there):
    write(tmp_path, {there: "mine"})
    ran = gatepass("init", cwd=tmp_path)
    assert ran.code == 2
    assert f"{there} is there already; nothing was written" in ran.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / there]
    assert (tmp_path / there).read_text() == "mine"


def test_force_overwrites(tmp_path):
    write(tmp_path, {"gatepass.yaml": "mine", str(POLICY): "mine"})
    assert gatepass("init", "--force", cwd=tmp_path).code == 0
    assert "apiVersion" in (tmp_path / "gatepass.yaml").read_text()
    assert load_file(tmp_path / POLICY, tmp_path)


def test_the_policy_goes_where_it_is_told(tmp_path):
    assert gatepass("init", "--policy", "ci/Release Policy.yaml", cwd=tmp_path).code == 0
    assert gatepass("gate", "--unsafe-unsigned", cwd=tmp_path).code == 1
    assert '- "ci/Release Policy.yaml"' in (tmp_path / "gatepass.yaml").read_text()


@pytest.mark.parametrize("path", ["policies", "a\nb.yaml", ""])
def test_a_path_that_no_policy_could_be_loaded_from_is_refused(tmp_path, path):
    ran = gatepass("init", "--policy", path, cwd=tmp_path)
    assert ran.code == 2
    assert "must be the path of a .yaml file" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sign", "said", "lines"),
    [
        (".github/workflows/ci.yaml", "github, as there is", ["minimum: 1", "on-missing: warn"]),
        (".gitlab-ci.yml", "gitlab, as there is", ["minimum: 1", "on: any-commit", "except: [author, bots]"]),
    ],
)
def test_on_a_forge_one_approval_is_asked_for_and_only_warned_about_until_there_are_reviews(
    tmp_path, sign, said, lines
):
    write(tmp_path, {sign: "on: push\n"})
    ran = gatepass("init", cwd=tmp_path)
    assert said in ran.out
    text = (tmp_path / POLICY).read_text()
    assert "  - id: reviewed" in text
    assert all(f"    {line}" in text for line in lines)
    assert load_file(tmp_path / POLICY, tmp_path)


def test_in_a_pipeline_the_platform_is_told_and_the_key_comes_first(tmp_path):
    ran = gatepass("init", cwd=tmp_path, env={"CI": "true", "GITLAB_CI": "true"})
    assert "GitLab CI/CD (this is one of its pipelines)" in ran.out
    assert "gatepass key generate" in ran.out


def test_a_broken_report_is_told_and_stays_in_the_gates_way(tmp_path):
    put(tmp_path, "junit.xml", "tests/junit/broken/cut-off.xml")
    ran = gatepass("init", cwd=tmp_path)
    assert "junit.xml cannot be used now: " in ran.out
    assert "- junit.xml # tests" in (tmp_path / "gatepass.yaml").read_text()
    assert gatepass("gate", "--unsafe-unsigned", cwd=tmp_path).code == 1


def test_made_up_reports_and_those_of_dependencies_are_not_taken_for_this_builds(tmp_path):
    for folder in ("tests/fixtures", "node_modules/x", ".venv", "vendor", "env"):
        put(tmp_path, f"{folder}/junit.xml", "tests/junit/good/statuses.xml")
    write(tmp_path, {"env/pyvenv.cfg": ""})
    ran = gatepass("init", cwd=tmp_path)
    assert "no report of a known format in 0 files" in ran.out
    assert "not looked into: tests/fixtures" in ran.out


def test_the_gates_own_sarif_is_no_evidence_for_its_next_decision(tmp_path):
    put(tmp_path, "lint.sarif", "findings/sarif/good/ruff-clean.sarif")
    gatepass("init", cwd=tmp_path)
    gatepass("gate", "--unsafe-unsigned", cwd=tmp_path)
    assert (tmp_path / "gatepass.sarif").is_file()
    again = gatepass("init", "--force", cwd=tmp_path)
    assert "gatepass.sarif" not in again.out
    assert "- gatepass.sarif" not in (tmp_path / "gatepass.yaml").read_text()


def test_hostile_names_and_texts_reach_neither_the_terminal_nor_the_files(tmp_path):
    evil = "a\x1b[2J\x9b: {b}\n- c"
    put(tmp_path, f"{evil}.xml", "tests/junit/good/statuses.xml")
    put(tmp_path, "# - [x]: 'y\" &z.xml", "coverage/cobertura/good/nyc.xml")
    sarif = json.loads((EVIDENCE / "findings/sarif/good/semgrep.sarif").read_text())
    sarif["runs"][0]["tool"]["driver"]["name"] = evil
    (tmp_path / "lint.sarif").write_text(json.dumps(sarif))
    ran = gatepass("init", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "\x1b" not in ran.out
    assert "\x9b" not in ran.out
    assert "left out: 1 reports with control characters in their names" in ran.out
    [made] = load_file(tmp_path / POLICY, tmp_path)
    assert {rule.id: rule.parameters.get("tools") for rule in made.rules} == {
        "coverage": None,
        "code-scanning": None,
    }
    judged = gatepass("gate", "--unsafe-unsigned", "--report", "json=out.json", cwd=tmp_path)
    assert judged.code == 1, judged.err
    assert "# - [x]: 'y\" &z.xml" in [
        each["name"] for each in json.loads((tmp_path / "out.json").read_text())["sources"]
    ]


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    put(outside, "junit.xml", "tests/junit/good/statuses.xml")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "folder").symlink_to(outside)
    (inside / "junit.xml").symlink_to(outside / "junit.xml")
    assert _survey.survey(inside, Build("local")).found.sources == ()


def test_what_lies_too_deep_is_not_looked_at_and_that_is_told(tmp_path):
    put(tmp_path, f"{'d/' * _survey.DEEPEST}junit.xml", "tests/junit/good/statuses.xml")
    found = _survey.survey(tmp_path, Build("local"))
    assert (len(found.found.sources), found.too_deep) == (1, False)
    put(tmp_path, f"{'d/' * (_survey.DEEPEST + 1)}junit.xml", "tests/junit/good/bom.xml")
    ran = gatepass("init", cwd=tmp_path)
    assert "not looked into: 1 folders that are more than 8 folders deep" in ran.out
    assert ran.out.count("junit.xml: tests") == 1


def test_a_search_among_too_many_files_ends_and_says_so(tmp_path):
    for number in range(_survey.MOST_OPENED + 1):
        (tmp_path / f"{number}.json").touch()
    found = _survey.survey(tmp_path, Build("local"))
    assert (found.looked_at, found.complete) == (_survey.MOST_OPENED, False)


@pytest.mark.parametrize("path", ["true.yaml", "1e5.yaml", "No.yml", "p/ö.yaml", "007.yaml", "gatepass.yaml"])
def test_the_name_of_the_policy_is_a_text_whatever_its_file_is_called(tmp_path, path):
    (tmp_path / "p.yaml").write_text(policy(path, today(), []).text)
    [made] = load_file(tmp_path / "p.yaml", tmp_path)
    assert made.name in ("true", "1e5", "no", "project", "007")


def test_many_reports_of_a_folder_become_a_glob_that_fits_these_alone():
    names = [f"target/TEST-{name}.xml" for name in ("pay", "payments", "product", "refund")]
    sources = [Source(name, kind="tests") for name in names]
    assert list(references(sources, names)) == [("target/TEST-*.xml", "tests")]
    with_another = [*names, "target/TEST-summary.xml"]
    assert [name for name, _ in references(sources, with_another)] == names
    assert [name for name, _ in references(sources, ())] == names
