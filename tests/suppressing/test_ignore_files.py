"""Files that scanners read: what they leave out, and that none is misread as leaving out nothing."""

from __future__ import annotations

import pytest

from gatepass.model.suppressions import SuppressionKind
from gatepass.suppressing.ignore_files import READERS, read
from gatepass.suppressing.written import IgnoreFileError

OSV = """\
[[IgnoredVulns]]
id = "GO-2022-0968"
ignoreUntil = 2027-01-09
reason = "No server speaks it"

[[IgnoredVulns]]
id = "GO-2022-1059"
ignoreUntil = 2027-01-09T08:00:00Z

[[PackageOverrides]]
name = "lib"
ecosystem = "Go"
ignore = true
effectiveUntil = 2027-02-09

[[PackageOverrides]]
name = "other"
license.override = ["MIT"]
"""
TRIVY = """\
vulnerabilities:
  - id: CVE-2022-40897
    paths: ["usr/local/setuptools"]
    statement: Not in use
    expired_at: 2027-01-01
misconfigurations:
  - id: AVD-DS-0001
secrets:
"""
NSPRC = """\
{
 "1337": "Not in use",
 "GHSA-a": {"active": true, "notes": "n", "expiry": "2027-01-01"},
 "GHSA-b": {"active": false}, "GHSA-c": {"expiry": 1798761600000}
}
"""
AUDIT_CI = """\
{
 // "GHSA-no"
 "allowlist": ["GHSA-a|lib", /* two */
  {"GHSA-b": {"notes": "n"}}]
}
"""
FILES = [
    (
        ".trivyignore",
        "# Not in use\nCVE-2018-1 exp:2027-01-01\n\nAVD-1 # ours\n",
        [(2, ("CVE-2018-1",), "", "Not in use", "2027-01-01"), (4, ("AVD-1",), "", "ours", None)],
    ),
    (
        ".trivyignore.yaml",
        TRIVY,
        [
            (2, ("CVE-2022-40897",), "usr/local/setuptools", "Not in use", "2027-01-01"),
            (7, ("AVD-DS-0001",), "", "", None),
        ],
    ),
    (
        "osv-scanner.toml",
        OSV,
        [
            (2, ("GO-2022-0968",), "", "No server speaks it", "2027-01-09"),
            (7, ("GO-2022-1059",), "", "", "2027-01-09T08:00:00+00:00"),
            (11, (), "lib", "", "2027-02-09"),
        ],
    ),
    (
        ".gitleaksignore",
        "# a test\nabc:src/a.py:generic:14\n",
        [(2, ("abc:src/a.py:generic:14",), "", "a test", None)],
    ),
    (".semgrepignore", "tests/\n*.min.js\n", [(1, (), "tests/", "", None), (2, (), "*.min.js", "", None)]),
    (
        ".bandit",
        "[bandit]\nexclude: /tests,/docs\nskips = B101,B601\n",
        [
            (3, ("B101",), "", "", None),
            (3, ("B601",), "", "", None),
            (2, (), "/tests", "", None),
            (2, (), "/docs", "", None),
        ],
    ),
    (
        ".bandit",
        "skips: [B101]\nexclude_dirs:\n  - tests\n",
        [(1, ("B101",), "", "", None), (2, (), "tests", "", None)],
    ),
    (
        ".nsprc",
        NSPRC,
        [
            (2, ("1337",), "", "Not in use", None),
            (3, ("GHSA-a",), "", "n", "2027-01-01"),
            (4, ("GHSA-c",), "", "", "2027-01-01T00:00:00+00:00"),
        ],
    ),
    ("audit-ci.jsonc", AUDIT_CI, [(3, ("GHSA-a|lib",), "", "", None), (4, ("GHSA-b",), "", "n", None)]),
    ("web/.snyk", "ignore:\n  A:\n    - '*': {reason: r}\n", [(3, ("A",), "*", "r", None)]),
]


@pytest.mark.parametrize(("path", "text", "expected"), FILES, ids=[path for path, _, _ in FILES])
def test_a_file_is_read_with_its_lines_reasons_and_ends(path, text, expected):
    found = read(text.encode(), path)
    assert [(e.place.line, e.rules, e.covers, e.reason, e.expires) for e in found] == expected
    assert all(e.ends is not None for e in found if e.expires)
    assert {e.place.path for e in found} == {path}
    for each in found:
        assert (each.kind is SuppressionKind.EXCLUDED) == (
            not each.rules and each.scanner in ("semgrep", "bandit")
        )


def test_every_file_that_is_known_is_read_here():
    seen = {path.rpartition("/")[2] for path, _, _ in FILES} | {".trivyignore.yml", "audit-ci.json"}
    assert seen == set(READERS)


@pytest.mark.parametrize("path", ["snyk", ".snyk.bak", "src/trivyignore", ".snyk/policy", "a.py"])
def test_a_file_of_another_name_is_no_scanners(path):
    assert read(b"ignore: {}", path) is None


@pytest.mark.parametrize(
    "name", sorted(set(READERS) - {".snyk", ".nsprc", "audit-ci.json", "audit-ci.jsonc"})
)
def test_an_empty_file_leaves_out_nothing(name):
    empty = b"{}" if name.startswith(".trivyignore.y") else b""
    assert read(empty, name) == ()


@pytest.mark.parametrize(
    ("path", "text", "said", "line"),
    [
        (".trivyignore", "A\nB exp:soon\n", "exp is no date: 'soon'", 2),
        (".trivyignore", b"A\n\xff\n", "is not UTF-8", 2),
        (
            ".trivyignore.yaml",
            "vulnerabilities:\n  - id: A\n    expired_at: soon\n",
            "expired_at is no date",
            2,
        ),
        (".trivyignore.yaml", "vulnerabilities:\n  - statement: s\n", "has no id", 2),
        (
            ".trivyignore.yaml",
            "vulnerabilities:\n  - id: A\n    expires: 2027-01-01\n",
            "'expires', which is not",
            2,
        ),
        (".trivyignore.yaml", "vulnerability: [A]\n", "'vulnerability', which is not known", 1),
        (".trivyignore.yaml", "- id: A\n", "the file is no mapping", 1),
        (
            "osv-scanner.toml",
            "[[IgnoredVulns]]\nid = 'A'\nignoreUntil = 'soon'\n",
            "ignoreUntil is no date",
            2,
        ),
        ("osv-scanner.toml", "[[IgnoredVulns]]\nreason = 'r'\n", "has no id", None),
        ("osv-scanner.toml", "[[IgnoredVulns]\n", "is not TOML", None),
        ("osv-scanner.toml", "IgnoredVulns = 1\n", "IgnoredVulns is no list", None),
        (".bandit", "[bandit\nskips: B101\n", "", None),
        (".bandit", "[bandit]\nskips: A\nskips: B\n", "is not INI", None),
        (".bandit", "skips: {B101: true}\n", "skips is no list", 1),
        (".nsprc", "not json", "is not JSON", 1),
        (".nsprc", "", "is not JSON", 1),
        (".nsprc", '["A"]', "the file is no mapping", 1),
        (".nsprc", '{"A": {"expiry": "12 May 2027"}}', "expiry is no date", 1),
        (".nsprc", '{"A": 1}', "A is no mapping", 1),
        ("audit-ci.json", '{"allowlist": "A"}', "allowlist is no list", None),
        ("audit-ci.json", "[" * 100_000, "is not JSON", None),
    ],
)
def test_a_file_that_cannot_be_understood_is_a_mistake_with_its_line(path, text, said, line):
    with pytest.raises(IgnoreFileError) as caught:
        read(text if isinstance(text, bytes) else text.encode(), path)
    assert said in caught.value.message
    assert caught.value.line == line


def test_a_comment_in_a_string_is_none():
    [each] = read(b'{"allowlist": ["https://ghsa.example/a"]}', "audit-ci.jsonc")
    assert each.rules == ("https://ghsa.example/a",)
