"""The comments that scanners obey, one by one, and what nobody obeys."""

from __future__ import annotations

import time

import pytest

from gatepass.suppressing.comments import FORMS, MOST_MARKS, SCANNERS, WINDOW, look_through
from gatepass.suppressing.encodings import as_text, why_hidden


def found(text, path="a.py"):
    data = text.encode() if isinstance(text, str) else text
    return look_through(data, path).suppressions


def told(text, path="a.py"):
    return [(each.scanner, each.rules, each.reason) for each in found(text, path)]


OBEYED = [
    ("a.py", "x  # nosec", "bandit", (), ""),
    ("a.py", "x  #nosec B602", "bandit", ("B602",), ""),
    (
        "a.py",
        "x  # nosec: B602,B603  # the command is fixed",
        "bandit",
        ("B602", "B603"),
        "the command is fixed",
    ),
    ("a.py", "x  # NOSEC assert_used in a test", "bandit", ("assert_used",), "in a test"),
    ("a.py", "x  # nosec it is safe", "bandit", (), "it is safe"),
    ("a.go", "x // #nosec G101 G204 -- no secret", "gosec", ("G101", "G204"), "no secret"),
    ("a.go", "//gosec:disable G115 -- it fits", "gosec", ("G115",), "it fits"),
    ("a.go", "x //nolint", "golangci-lint", (), ""),
    ("a.go", "x //nolint:gosec // it is safe", "golangci-lint", ("gosec",), "it is safe"),
    ("a.go", "x // nolint: errcheck, GoSec", "golangci-lint", ("gosec",), ""),
    ("a.go", "//nolint:all", "golangci-lint", (), ""),
    ("a.py", "x  # noqa", "ruff", (), ""),
    ("a.py", "x  # noqa: S603  (no shell)", "ruff", ("S603",), "(no shell)"),
    ("a.py", "x  # noqa:E501,S101", "ruff", ("S101",), ""),
    ("a.py", "# ruff: noqa: S105", "ruff", ("S105",), ""),
    ("a.py", "# flake8: noqa", "ruff", (), ""),
    ("a.java", "x; //NOSONAR", "sonarqube", (), ""),
    (
        "a.java",
        "x; // NOSONAR(java:S2077, S34) it is bound",
        "sonarqube",
        ("java:S2077", "S34"),
        "it is bound",
    ),
    ("a.rb", "x # nosemgrep", "semgrep", (), ""),
    ("a.rb", "x # nosem: ruby.a.b, c.d  since it is", "semgrep", ("ruby.a.b", "c.d"), "since it is"),
    ("a.html", "<!-- nosemgrep: a.b -->", "semgrep", ("a.b",), ""),
    ("a.ts", "/* eslint-disable */", "eslint", (), ""),
    (
        "a.ts",
        "// eslint-disable-next-line no-eval, no-undef -- it is ours",
        "eslint",
        ("no-eval",),
        "it is ours",
    ),
    ("a.vue", "x /* eslint-disable-line security/detect-eval */", "eslint", ("security/detect-eval",), ""),
    (
        "main.tf",
        "#checkov:skip=CKV_AWS_20:The bucket is public",
        "checkov",
        ("CKV_AWS_20",),
        "The bucket is public",
    ),
    ("Dockerfile", "# bridgecrew:skip=CKV_1,CKV_2", "checkov", ("CKV_1", "CKV_2"), ""),
    ("main.tf", "#tfsec:ignore:aws-s3-logging", "tfsec", ("aws-s3-logging",), ""),
    ("main.tf", "#tfsec:ignore:* it is a test", "tfsec", (), "it is a test"),
    ("main.tf", "#trivy:ignore:AVD-AWS-0086[name=x]", "trivy", ("AVD-AWS-0086",), ""),
    ("a.yaml", "# kics-scan disable=abc,def", "kics", ("abc", "def"), ""),
    ("a.yaml", "# kics-scan ignore-line", "kics", (), ""),
    ("any", "k = 1 # gitleaks:allow it is a test", "gitleaks", (), "it is a test"),
    ("any", "k = 1 // trufflehog:ignore", "trufflehog", (), ""),
    ("any", "# pragma: allowlist secret", "detect-secrets", (), ""),
    ("any", "# pragma: whitelist nextline secret", "detect-secrets", (), ""),
    ("a.js", "x; // codeql[js/sql-injection] it is bound", "codeql", ("js/sql-injection",), "it is bound"),
    ("a.js", "x; // lgtm [js/xss]", "codeql", ("js/xss",), ""),
    ("a.js", "x; // lgtm", "codeql", (), ""),
    ("a.js", "// deepcode ignore Sqli, Xss: it is bound", "snyk", ("Sqli", "Xss"), "it is bound"),
    ("a.js", "// file deepcode ignore Sqli: generated", "snyk", ("Sqli",), "generated"),
    ("b.yml", "uses: x # zizmor: ignore[artipacked] it is read", "zizmor", ("artipacked",), "it is read"),
    ("a.c", "/* Flawfinder: ignore */", "flawfinder", (), ""),
]


@pytest.mark.parametrize(("path", "line", "scanner", "rules", "reason"), OBEYED)
def test_what_a_scanner_obeys_is_seen_with_its_rules_and_reason(path, line, scanner, rules, reason):
    assert told(line, path) == [(scanner, rules, reason)]


def test_every_scanner_of_the_table_has_an_example_here():
    assert {scanner for _, _, scanner, _, _ in OBEYED} == set(SCANNERS)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "nosec = 1"),
        ("a.py", "x  # nosecurity"),
        ("README.md", "write # nosec behind it"),
        ("a.java", "x; // nosonar"),
        ("a.py", "x  # noqa: E501"),
        ("a.py", "diagnosemessage = 1"),
        ("a.js", "/* eslint-disable no-undef */"),
        ("a.py", "# eslint-disable"),
        ("a.js", "lgtm(x)"),
        ("any", "# pragma: no cover"),
        ("any", "the codeql query"),
        ("any", ""),
    ],
)
def test_what_no_scanner_obeys_is_not_seen(path, line):
    assert told(line, path) == []


def test_two_in_one_line_are_two_and_neither_takes_the_other_for_its_reason():
    assert told("x  # nosec B101  # nosemgrep: a.b -- ours") == [
        ("bandit", ("B101",), ""),
        ("semgrep", ("a.b",), "ours"),
    ]
    assert [each.rules for each in found("# tfsec:ignore:a tfsec:ignore:b", "m.tf")] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("text", "written", "ends"),
    [
        ("#tfsec:ignore:a:exp:2027-01-02", "2027-01-02", True),
        ("#trivy:ignore:a:ws:dev:exp:2027-01-02", "2027-01-02", True),
        ("#trivy:ignore:a:exp:soon", "soon", False),
        ("#trivy:ignore:a:exp:2027-13-02", "2027-13-02", False),
        ("#trivy:ignore:a:exp:2027-W01-1", "2027-W01-1", False),
        ("#trivy:ignore:a:exp:", "", False),
    ],
)
def test_an_end_is_kept_as_it_is_written_and_is_a_date_or_none(text, written, ends):
    [each] = found(text, "main.tf")
    assert (each.rules, each.expires, each.ends is not None) == (("a",), written, ends)


def test_lines_are_counted_whatever_ends_them():
    text = "a\r\nb  # nosec\r\n\r\nc  # nosec B101 \N{SNOWMAN}\r\n"
    assert [(each.place.line, each.reason) for each in found(text)] == [(2, ""), (4, "\N{SNOWMAN}")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_with_its_mark_hides_nothing(encoding):
    mark = "" if encoding == "utf-16" else "\ufeff"
    data = f"{mark}x;\ny; // NOSONAR\n".encode(encoding)
    assert [each.place.line for each in found(as_text(data), "a.cs")] == [2]


def test_bytes_that_are_no_utf_8_hide_nothing():
    assert [each.scanner for each in found(b"\xff\xfex # nosec\xff B101\n\xc3# nosec")] == [
        "bandit",
        "bandit",
    ]


def test_white_space_without_an_end_does_not_hide_the_sign_before_it():
    assert told("#" + " " * 5 * WINDOW + "nosec") == [("bandit", (), "")]


def test_a_list_of_rules_whose_end_is_out_of_sight_counts_as_all_rules():
    [each] = found("x # nosec " + "B101, " * WINDOW + "B602")
    assert each.rules == ()
    [whole] = found("x # nosec B101, B102" + " " * 2 * WINDOW)
    assert whole.rules == ("B101", "B102")


def test_the_word_at_the_very_end_of_the_window_is_not_cut():
    for blanks in range(WINDOW - 12, WINDOW + 3):
        [each] = found("x # nosec" + " " * blanks + "B602")
        assert each.rules in ((), ("B602",)), blanks


@pytest.mark.parametrize(
    "text",
    [
        b"nosec" * 400_000,
        b"# nosec B101," * 150_000,
        b"#" * 2_000_000,
        b"nosemgrep: " + b"a," * 1_000_000,
        b"eslint-disable -" * 120_000,
        b"NOSONAR(" * 250_000,
        b"trivy:ignore:a" + b":exp:" * 400_000,
        b"lgtm [" * 300_000,
    ],
    ids=lambda text: text[:16].decode(),
)
@pytest.mark.parametrize("path", ["a.py", "a.js", "main.tf"])
def test_a_hostile_line_costs_little_and_is_said_not_to_be_whole(text, path):
    begun = time.monotonic()
    looked = look_through(text, path)
    assert time.monotonic() - begun < 10
    assert looked.whole == (looked.marks <= MOST_MARKS)


def test_every_row_names_the_page_that_describes_it():
    assert all(form.page.startswith("https://") for form in FORMS)
    assert all(form.mark == form.mark.lower() for form in FORMS)


@pytest.mark.parametrize(
    "data",
    [
        "x  # nosec\n".encode("utf-16-le"),
        "x  # nosec\n".encode("utf-16-be"),
        "x  # nosec\n".encode("utf-32"),
        "x  # nosec\n".encode("utf-32-be"),
        "\ufeffx  # nosec\n".encode("utf-32-le"),
    ],
)
def test_letters_of_more_than_one_byte_hide_nothing(data):
    assert [each.scanner for each in found(as_text(data))] == ["bandit"]


@pytest.mark.parametrize(
    "encoding", ["utf-7", "utf7", "unicode_escape", "raw_unicode_escape", "no-such", "hz"]
)
@pytest.mark.parametrize(
    "begin", ["# coding: {}\n", "#!/bin/x\r\n# -*- coding={} -*-\n", "\r# vim: coding:{}\n"]
)
def test_python_in_an_encoding_that_writes_letters_as_others_is_not_looked_through(begin, encoding):
    data = begin.format(encoding).encode() + b"x  # +AG4-osec\n"
    assert encoding in why_hidden(data, "a.py")
    assert why_hidden(data, "a.txt") is None


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "latin-1", "cp1252", "ascii", "shift_jis", "euc-kr"])
def test_python_in_an_encoding_that_keeps_letters_is_looked_through(encoding):
    assert why_hidden(f"# coding: {encoding}\n".encode(), "a.py") is None
    assert why_hidden(b"x = 1\ny = 2\n# coding: utf-7\n", "a.py") is None


def test_code_that_git_does_not_hold_itself_is_not_looked_through():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 7\n"
    assert "LFS" in why_hidden(pointer, "src/A.PY")
    assert why_hidden(pointer, "film.mp4") is None
