"""Files of code owners: which line decides about a path, in the words of GitHub and of GitLab."""

from __future__ import annotations

import json

import pytest

from gatepass.codeowners import OwnerKind, parse
from gatepass.model.approvals import OwnersDialect
from support.corpus import needs_corpus, rows

GITHUB, GITLAB = OwnersDialect.GITHUB, OwnersDialect.GITLAB


def owners(text, path, dialect=GITHUB):
    """The owners of a path by section; a section that does not speak of it is left out."""
    read = parse(text, dialect)
    assert read.mistakes == ()
    found = ((each.name, each.deciding([path]).get(path)) for each in read.sections)
    return {name: [owner.name for owner in entry.owners] for name, entry in found if entry}


def mistakes(text, dialect=GITHUB):
    return [(each.line, each.message) for each in parse(text, dialect).mistakes]


# --- github


def test_the_last_line_that_matches_decides():
    text = "* @alice\n/docs/ @bob @acme/writers\n"
    assert owners(text, "docs/a.md") == {"": ["bob", "acme/writers"]}
    assert owners(text, "src/a.py") == {"": ["alice"]}


def test_a_line_without_owners_takes_them_away():
    assert owners("* @alice\n/docs/\n", "docs/a.md") == {"": []}


def test_capitals_of_a_path_count():
    assert owners("/Docs/ @bob\n", "docs/a.md") == {}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_and_empty_lines_say_nothing(end):
    text = end.join(["# @nobody", "", "*.py @alice # @bob reads along", ""])
    assert owners(text, "a.py") == {"": ["alice"]}


def test_a_space_in_a_path_is_written_with_a_backslash():
    assert owners("/my\\ docs/ @bob\n", "my docs/a.md") == {"": ["bob"]}


def test_what_kind_an_owner_is_is_told_by_how_it_is_written():
    (section,) = parse("* @alice @acme/appsec dana@acme.example\n", GITHUB).sections
    kinds = [owner.kind for owner in section.entries[0].owners]
    assert kinds == [OwnerKind.ACCOUNT, OwnerKind.TEAM, OwnerKind.EMAIL]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!/docs/ @bob", "'!/docs/' is a pattern that GitHub does not take"),
        ("\\#a @bob", "'\\#a' is a pattern that GitHub does not take"),
        ("/a/***/b @bob", "'/a/***/b' is a pattern that GitHub does not take"),
        ("* bob", "'bob' is no owner"),
        ("* @acme/a/b", "'@acme/a/b' is no owner"),
        ("* @@maintainer", "'@@maintainer' is no owner"),
        ("@acme/appsec", "names '@acme/appsec' and no path"),
    ],
)
def test_a_line_that_github_would_pass_over_is_a_mistake(line, said):
    assert mistakes(f"# first\n{line}\n") == [(2, said)]


def test_a_folder_may_be_called_like_an_owner():
    assert owners("/@acme/ui/ @bob\n", "@acme/ui/a.ts") == {"": ["bob"]}


def test_a_file_that_github_finds_too_large_is_a_mistake():
    assert mistakes("#" * (3 << 20) + "\n* @bob\n")


@needs_corpus
def test_every_known_pattern_matches_what_it_should():
    (row,) = [each for each in rows("codeowners") if each.name.endswith("patterns.json")]
    cases = json.loads(row.path.read_text())
    assert len(cases) == row.truth["pattern_cases"] == 30
    for case in cases:
        for path, expected in case["paths"].items():
            found = owners(f"{case['pattern']} @bob\n", path)
            assert bool(found) is expected, (case["name"], path)


# --- gitlab

SECTIONS = """\
* @admin

[README Owners]
README.md @user1 @user2
internal/README.md @user4

[README other owners]
README.md @user3
"""


def test_sections_each_decide_for_themselves():
    assert owners(SECTIONS, "README.md", GITLAB) == {
        "": ["admin"],
        "README Owners": ["user1", "user2"],
        "README other owners": ["user3"],
    }
    assert owners(SECTIONS, "internal/README.md", GITLAB)["README Owners"] == ["user4"]


def test_a_heading_tells_how_many_must_approve_and_whether_anybody_must():
    text = "[Two][2] @alice\n/a\n^[None][3] @bob\n/a\n[Zero][0]\n/a @carol\n"
    _, two, none, zero = parse(text, GITLAB).sections
    assert (two.required, two.optional) == (2, False)
    assert none.optional
    assert zero.required == 1


def test_lines_without_owners_have_those_of_the_heading():
    text = "[Ruby] @ruby-team\n*.rb\n/lib/ @alice\n"
    assert owners(text, "a.rb", GITLAB) == {"Ruby": ["ruby-team"]}
    assert owners(text, "lib/a.rb", GITLAB) == {"Ruby": ["alice"]}


def test_a_section_written_twice_is_one_and_as_strict_as_the_stricter_heading():
    text = "^[Docs][3] @alice\n*.md\n[DOCS][2] @bob\n*.txt\n"
    _, docs = parse(text, GITLAB).sections
    assert (docs.name, docs.required, docs.optional) == ("Docs", 3, False)
    assert owners(text, "a.md", GITLAB) == {"Docs": ["alice"]}
    assert owners(text, "a.txt", GITLAB) == {"Docs": ["bob"]}


def test_an_exclusion_takes_a_path_out_of_its_own_section_for_good():
    text = "* @alice\n!pom.xml\npom.xml @bob\n[Build]\npom.xml @carol\n"
    assert owners(text, "pom.xml", GITLAB) == {"Build": ["carol"]}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("docs", "docs", True),
        ("docs", "docs/a.md", False),
        ("docs/", "docs/a/b.md", True),
        ("docs/", "src/docs/a.md", True),
        ("/docs/", "src/docs/a.md", False),
        ("/docs/*", "docs/a.md", True),
        ("/docs/*", "docs/a/b.md", False),
        ("/docs/**", "docs/a/b.md", False),
        ("/docs/**/*.md", "docs/a.md", True),
        ("/docs/**/*.md", "docs/a/b.md", True),
        ("*", ".hidden/x", True),
        ("*.rb", "lib/a.rb", True),
        ("/[ab].rb", "a.rb", True),
        ("/[ab].rb", "c.rb", False),
        ("\\#file", "#file", True),
        ("/my\\ file", "my file", True),
    ],
)
def test_gitlab_matches_as_ruby_does(pattern, path, expected):
    assert bool(owners(f"{pattern} @bob\n", path, GITLAB)) is expected


def test_gitlab_knows_roles_and_finds_owners_in_comments_too():
    (section,) = parse("* @@maintainers @acme @acme/sub/team # ask @bob\n", GITLAB).sections
    assert [(each.kind, each.name) for each in section.entries[0].owners] == [
        (OwnerKind.ROLE, "maintainer"),
        (OwnerKind.ACCOUNT_OR_TEAM, "acme"),
        (OwnerKind.TEAM, "acme/sub/team"),
        (OwnerKind.ACCOUNT_OR_TEAM, "bob"),
    ]


@pytest.mark.parametrize("line", ["[Docs", "[]", "[Docs][two] @a", "* @@reporter", "@alice"])
def test_a_line_that_gitlab_would_take_for_something_else_is_a_mistake(line):
    assert [number for number, _ in mistakes(f"* @a\n{line}\n", GITLAB)] == [2]


# --- both

FILES = [each for each in rows("codeowners") if not each.name.endswith(".json")]


@needs_corpus
@pytest.mark.parametrize("row", FILES, ids=lambda row: row.path.name)
def test_real_files_have_the_lines_that_were_counted(row):
    gitlab = "gitlabhq" in row.name
    read = parse(row.path.read_text(), GITLAB if gitlab else GITHUB)
    entries = [entry for section in read.sections for entry in section.entries]
    excluding = sum(entry.excludes for entry in entries)
    assert len(entries) + len(read.mistakes) == row.truth["rules"]
    assert excluding == row.truth["exclusions"]
    if gitlab:
        headed = [line for line in row.path.read_text().splitlines() if line.startswith(("[", "^["))]
        assert len(headed) == row.truth["sections"]


@pytest.mark.parametrize("dialect", OwnersDialect)
def test_a_long_file_and_many_paths_take_no_time(dialect):
    text = "".join(f"/src/*{number}*a*b/ @owner-{number}\n" for number in range(1000))
    read = parse(text, dialect)
    paths = [f"src/{number}{'a' * 40}c/x.py" for number in range(20)]
    assert read.sections[0].deciding(paths) == {}
