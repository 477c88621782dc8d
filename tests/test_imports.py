"""What a run does not use it does not import: start-up is part of the product."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: small}
rules:
  - {id: tests, check: tests, minimum-run: 1}
"""
PASSING = '<testsuite name="s" tests="1"><testcase classname="c" name="n" time="0.1"/></testsuite>'
FAILING = '<testsuite name="s"><testcase name="n"><failure message="no"/></testcase></testsuite>'

# runs the command line in this interpreter and tells what was imported by then
PROGRAM = """
import json, sys
from gatepass.cli import main
sys.argv[0] = "gatepass"
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)
"""


def imported(root: Path, *arguments: str, code: int = 0) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=root, capture_output=True, text=True, check=True
    )
    exited, modules = json.loads(done.stderr.splitlines()[-1])
    assert (exited or 0) == code, done.stderr[:2000]
    assert "gatepass.cli._app" in modules
    return set(modules)


def those(modules: set[str], *names: str) -> set[str]:
    return {each for each in modules if any(each == name or each.startswith(f"{name}.") for name in names)}


def a_gate(root: Path, report: str, *more: str, code: int = 0) -> set[str]:
    (root / "policy.yaml").write_text(POLICY)
    (root / "junit.xml").write_text(report)
    return imported(
        root,
        "gate",
        "--policy",
        "policy.yaml",
        "--evidence",
        "junit.xml",
        "--unsafe-unsigned",
        *more,
        code=code,
    )


def test_the_version_is_told_without_anything_slow(tmp_path: Path) -> None:
    modules = imported(tmp_path, "--version")
    slow = ("rich", "jsonschema", "yaml", "jmespath", "cryptography", "sarif_om", "junitparser", "attr")
    assert not those(modules, *slow, "pydantic", "rfc8785", "urllib.request", "importlib.metadata", "sqlite3")


def test_the_version_is_told_without_the_gate_and_its_seams(tmp_path: Path) -> None:
    modules = imported(tmp_path, "--version")
    seams = ("checks", "evidence", "platforms", "policy", "record", "reports", "signers")
    assert not those(modules, *(f"gatepass.{name}" for name in (*seams, "gate", "model", "views")))


def test_a_gate_with_text_alone_imports_neither_sarif_nor_rich(tmp_path: Path) -> None:
    modules = a_gate(tmp_path, PASSING)
    assert not those(modules, "sarif_om", "rich")


def test_a_gate_that_writes_sarif_imports_its_object_model(tmp_path: Path) -> None:
    assert those(a_gate(tmp_path, PASSING, "--report", "sarif=out.sarif"), "sarif_om")


def test_a_gate_over_plain_passes_does_not_import_junitparser(tmp_path: Path) -> None:
    assert not those(a_gate(tmp_path, PASSING), "junitparser")


def test_a_gate_over_a_failed_test_has_junitparser_read_it(tmp_path: Path) -> None:
    assert those(a_gate(tmp_path, FAILING, code=1), "junitparser")


def test_an_unsigned_gate_without_expressions_imports_neither_cryptography_nor_jmespath(
    tmp_path: Path,
) -> None:
    assert not those(a_gate(tmp_path, PASSING), "cryptography", "jmespath")


def test_reading_a_report_needs_neither_policies_nor_keys(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(PASSING)
    modules = imported(tmp_path, "evidence", "show", "junit.xml")
    assert not those(
        modules, "jsonschema", "yaml", "jmespath", "cryptography", "rich", "sarif_om", "junitparser"
    )


def test_a_gate_imports_the_checks_that_its_rules_name_and_no_other(tmp_path: Path) -> None:
    checks = those(a_gate(tmp_path, PASSING), "gatepass.checks")
    assert "gatepass.checks.tests" in checks
    assert not checks & {
        f"gatepass.checks.{name}" for name in ("approvals", "coverage", "pipeline", "findings")
    }


def test_a_gate_that_asks_nobody_imports_no_reader_of_answers_and_no_way_into_a_network(
    tmp_path: Path,
) -> None:
    modules = a_gate(tmp_path, PASSING)
    assert "gatepass.evidence.tests.junit" in modules
    assert not [each for each in modules if each.endswith("_collected")]
    assert not those(modules, "gatepass.https", "gatepass.tokens", "gatepass.collect._asking", "urllib3")


def test_a_report_is_written_without_importing_the_other_formats(tmp_path: Path) -> None:
    reports = those(a_gate(tmp_path, PASSING, "--report", "json=out.json"), "gatepass.reports")
    assert "gatepass.reports.json" in reports
    assert not reports & {"gatepass.reports.junit", "gatepass.reports.sarif", "gatepass.reports.code_quality"}
