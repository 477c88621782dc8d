"""What silences scanners, asked of git in real repositories, also in those that somebody has prepared."""

from __future__ import annotations

import json
import subprocess

import pytest

from gatepass.collect import Asked, suppressions
from gatepass.collect.suppressions import COLLECTOR
from gatepass.errors import CollectionError
from gatepass.gathering import read_one
from gatepass.model.build import Build, ChangeRequest
from gatepass.model.place import Place
from support.repositories import ENVIRONMENT, Repository, a_repository, needs_git
from support.values import NOW, write

pytestmark = needs_git


@pytest.fixture
def repository(tmp_path):
    return a_repository(tmp_path)


def commit(repository, files=(), *, removed=()):
    for name, content in dict(files).items():
        path = repository.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    for name in removed:
        (repository.root / name).unlink()
    repository.git("add", "--all")
    repository.git("commit", "-q", "--allow-empty", "-m", "change")
    return repository.git("rev-parse", "HEAD")


def asked(repository, build=None, **options):
    environment = {**ENVIRONMENT, "HOME": str(repository.root.parent)}
    return Asked(build or Build("local"), environment, repository.root, NOW, "gatepass", options)


def collected(repository, build=None, **options):
    """The evidence as the gate reads it."""
    answer = COLLECTOR.collect(asked(repository, build, **options), "suppressions")
    path = repository.root / ".git" / "suppressions.json"
    path.write_bytes(answer.data)
    source, evidence = read_one(path, "suppressions.json", repository.root, None)
    assert source.problem is None, source.problem
    assert answer.server == "git"
    return evidence


def told(evidence):
    return [(each.scanner, str(each.place), each.rules, each.new) for each in evidence.suppressions]


def test_comments_and_files_of_the_commit_are_found_with_their_places(repository):
    head = commit(
        repository,
        {
            "src/a.py": "import os\nos.system(x)  # nosec B605 # fixed\n",
            "web/.snyk": "ignore:\n  SNYK-JS-A-1:\n    - '*': {expires: 2027-01-01}\n",
            "clean.py": "x = 1\n",
            "image.png": b"\x89PNG\0 # nosec",
        },
    )
    evidence = collected(repository)
    assert told(evidence) == [
        ("bandit", "src/a.py:2", ("B605",), None),
        ("snyk", "web/.snyk:3", ("SNYK-JS-A-1",), None),
    ]
    assert (evidence.head, evidence.base, evidence.files, evidence.binary) == (head, None, 4, 1)
    assert {"bandit", "snyk", "semgrep", "trivy", "osv-scanner"} <= set(evidence.looked_for)


def test_a_zero_byte_is_no_hiding_place(repository):
    commit(repository, {"a.py": "x  # nosec\n# \0\n", "b.java": "// \0\ny; // NOSONAR\n", "c.bin": b"\0\1"})
    evidence = collected(repository)
    assert [each.place.path for each in evidence.suppressions] == ["a.py", "b.java"]
    assert (evidence.files, evidence.binary) == (3, 1)


def test_what_cannot_be_looked_through_is_unread_and_no_clean_file(repository):
    commit(
        repository, {"a.py": "# coding: utf-7\nx  # +AG4-osec\n", "b.py": "x  # nosec\n".encode("utf-16-le")}
    )
    evidence = collected(repository)
    assert [(each.path, "utf-7" in each.why) for each in evidence.unread] == [("a.py", True)]
    assert told(evidence) == [("bandit", "b.py:1", (), None)]


def test_what_lies_in_the_work_tree_alone_is_not_the_build(repository):
    commit(repository, {"a.py": "x  # nosec\n"})
    write(repository.root, {"a.py": "x\n", "b.py": "y  # nosec\n"})
    assert told(collected(repository)) == [("bandit", "a.py:1", (), None)]


def test_only_lines_that_the_change_added_are_new(repository):
    commit(repository, {"a.py": "x  # nosec B101\ny = 1\nz  # nosec B102\n", "b.py": "b  # nosec\n"})
    repository.git("branch", "-f", "base")
    text = "first = 0\nx  # nosec B101\ny = 1  # nosec B103\nz  # nosec B102\n"
    commit(repository, {"a.py": text, "c.py": "c  # nosec\n"})
    assert told(collected(repository, base="base")) == [
        ("bandit", "a.py:2", ("B101",), False),
        ("bandit", "a.py:3", ("B103",), True),
        ("bandit", "a.py:4", ("B102",), False),
        ("bandit", "b.py:1", (), False),
        ("bandit", "c.py:1", (), True),
    ]


def test_the_change_begins_where_it_left_its_base(repository):
    repository.git("checkout", "-q", "-b", "change")
    commit(repository, {"a.py": "a  # nosec\n"})
    repository.git("checkout", "-q", "base")
    tip = commit(repository, {"b.py": "b  # nosec\n"})
    repository.git("checkout", "-q", "change")
    build = Build("github", change_request=ChangeRequest("1", base=tip))
    assert told(collected(repository, build)) == [("bandit", "a.py:1", (), True)]
    repository.git("merge", "-q", "-m", "trial", "base")
    assert told(collected(repository, build)) == [
        ("bandit", "a.py:1", (), True),
        ("bandit", "b.py:1", (), False),
    ]


def test_of_changed_files_alone_the_others_are_left(repository):
    commit(repository, {"a.py": "a  # nosec\n", "b.py": "b  # nosec\n"})
    repository.git("branch", "-f", "base")
    commit(repository, {"b.py": "b  # nosec\nc\n"})
    evidence = collected(repository, base="base", scope="changed")
    assert (evidence.scope.value, told(evidence)) == ("changed", [("bandit", "b.py:1", (), False)])


def test_a_file_that_is_renamed_brings_nothing_new_and_one_that_is_copied_does(repository):
    body = "".join(f"line {n}\n" for n in range(20)) + "x  # nosec\n"
    commit(repository, {"a.py": body})
    repository.git("branch", "-f", "base")
    commit(repository, {"b.py": body.replace("line 1\n", "line one\n")}, removed=["a.py"])
    assert told(collected(repository, base="base")) == [("bandit", "b.py:21", (), False)]
    commit(repository, {"c.py": body})
    assert sorted(each.new for each in collected(repository, base="base").suppressions) == [False, True]


@pytest.mark.parametrize(
    "name",
    [
        "with space.py",
        'quo"te.py',
        "tab\there.py",
        "line\nbreak.py",
        "ümlaut.py",
        "b/a/b.py",
        "back\\slash.py",
        "+++ b",
    ],
)
def test_whatever_a_file_is_called_its_new_lines_are_new(repository, name):
    suffix = name if name.endswith(".py") else f"{name}/x.py"
    commit(repository, {suffix: "a  # nosec B101\n"})
    repository.git("branch", "-f", "base")
    commit(repository, {suffix: "a  # nosec B101\nb  # nosec B102\n"})
    assert [(each.place.path, each.new) for each in collected(repository, base="base").suppressions] == [
        (suffix, False),
        (suffix, True),
    ]


def test_lines_that_look_like_those_of_a_diff_are_lines_of_a_file(repository):
    commit(repository, {"a.py": "-- b/x\nold\n"})
    repository.git("branch", "-f", "base")
    text = "++ b/other.py\n@@ -1,9 +1,9 @@\ndiff --git a/x b/x\n++ /dev/null\nx  # nosec\n"
    commit(repository, {"a.py": text, "other.py": "y\n"})
    assert told(collected(repository, base="base")) == [("bandit", "a.py:5", (), True)]


def test_files_without_an_end_of_line_are_counted_right(repository):
    commit(repository, {"a.py": "a\nb"})
    repository.git("branch", "-f", "base")
    commit(repository, {"a.py": "a  # nosec\nc  # nosec"})
    assert [each.new for each in collected(repository, base="base").suppressions] == [True, True]


def test_attributes_and_settings_of_the_clone_hide_nothing(repository):
    commit(repository, {"a.py": "a\n"})
    repository.git("branch", "-f", "base")
    for name, value in (("diff.external", "false"), ("color.diff", "always"), ("diff.noprefix", "true")):
        repository.git("config", name, value)
    repository.git("config", "diff.interHunkContext", "20")
    attributes = "*.py -diff binary filter=none diff=none export-ignore linguist-generated\n"
    commit(repository, {"a.py": "a\nb  # nosec\n", ".gitattributes": attributes})
    repository.git("config", "diff.none.textconv", "false")
    assert told(collected(repository, base="base")) == [("bandit", "a.py:2", (), True)]


def test_links_and_submodules_are_not_followed_and_counted(repository, tmp_path):
    (tmp_path / "outside.py").write_text("x  # nosec\n")
    (repository.root / "link.py").symlink_to(tmp_path / "outside.py")
    sha = repository.git("rev-parse", "base")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},vendor")
    repository.git("add", "link.py")
    repository.git("commit", "-q", "-m", "links")
    evidence = collected(repository)
    assert (evidence.suppressions, evidence.links, evidence.submodules) == ((), 1, 1)


def test_a_link_in_the_place_of_a_scanners_file_is_not_overlooked(repository):
    (repository.root / "policy.yml").write_text("ignore: {A: [{'*': {}}]}\n")
    (repository.root / ".snyk").symlink_to("policy.yml")
    commit(repository)
    [unread] = collected(repository).unread
    assert (unread.path, "is a link" in unread.why) == (".snyk", True)


def test_a_file_that_cannot_be_read_is_said_with_its_line(repository):
    commit(
        repository, {".snyk": "ignore:\n  A:\n    - '*':\n        expires: never\n", "a.py": "x # nosec\n"}
    )
    evidence = collected(repository)
    assert [(each.path, each.line) for each in evidence.unread] == [(".snyk", 3)]
    assert len(evidence.suppressions) == 1


def test_what_is_too_large_or_says_too_much_is_unread(repository, monkeypatch):
    monkeypatch.setattr(suppressions, "LARGEST_FILE", 1 << 20)
    commit(repository, {"big.txt": "x" * (1 << 20) + "x", "busy.txt": "nosemgrep " * 20_001})
    monkeypatch.setattr(suppressions, "MOST_SUPPRESSIONS", 30_000)
    evidence = collected(repository)
    assert {each.path: each.why for each in evidence.unread} == {
        "big.txt": "is larger than 1 MiB",
        "busy.txt": "holds more than 20,000 words that could",
    }


@pytest.mark.parametrize(
    ("bound", "files", "said"),
    [
        ("MOST_FILES", {"a": "1", "b": "2"}, "more than 1 files"),
        ("MOST_BYTES", {"a": "1", "b": "22"}, "hold more than"),
        ("MOST_SUPPRESSIONS", {"a": "nosemgrep\nnosemgrep\n"}, "more than 1 suppressions"),
        ("MOST_MARKS", {"a.py": "codeql codeql"}, "more than 1 words"),
        ("MOST_UNREAD", {".nsprc": "", "web/.nsprc": ""}, "more than 1 files cannot be read"),
    ],
)
def test_more_than_can_be_looked_at_is_an_error_and_no_short_list(
    repository, monkeypatch, bound, files, said
):
    commit(repository, files)
    monkeypatch.setattr(suppressions, bound, 1)
    with pytest.raises(CollectionError, match=said):
        COLLECTOR.collect(asked(repository), "suppressions")


def shallow(repository, tmp_path, depth):
    clone = tmp_path / "clone"
    address = repository.root.as_uri()
    command = ["git", "clone", "-q", f"--depth={depth}", address, str(clone)]
    subprocess.run(command, check=True, env=ENVIRONMENT)
    return Repository(clone)


def test_a_shallow_clone_tells_what_is_new_only_where_the_base_is_in_it(repository, tmp_path):
    commit(repository, {"a.py": "a  # nosec\n"})
    before = repository.git("rev-parse", "HEAD")
    commit(repository, {"b.py": "b  # nosec\n"})
    build = Build("github", change_request=ChangeRequest("1", base=before))
    assert [each.new for each in collected(shallow(repository, tmp_path, 2), build).suppressions] == [
        False,
        True,
    ]
    far = Build("github", change_request=ChangeRequest("1", base=repository.git("rev-parse", "base")))
    (tmp_path / "other").mkdir()
    evidence = collected(shallow(repository, tmp_path / "other", 1), far)
    assert (evidence.base, [each.new for each in evidence.suppressions]) == (None, [None, None])


def test_since_the_judged_commit_itself_nothing_is_known_to_be_old(repository):
    commit(repository, {"a.py": "a  # nosec\n"})
    commit(repository, {"b.py": "b\n"})
    for base in ("HEAD", "main"):
        evidence = collected(repository, base=base)
        assert (evidence.base, [each.new for each in evidence.suppressions]) == (None, [None])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base": "gone"}, "the clone has no 'gone'"),
        ({"base": "--all"}, "the clone has no '--all'"),
        ({"scope": "changed"}, "nothing tells where the change begins"),
        ({"scope": "some"}, "there is no scope 'some'"),
        ({"head": "gone"}, "does not hold the commit"),
    ],
)
def test_what_git_cannot_tell_is_an_error(repository, options, said):
    with pytest.raises(CollectionError, match=said):
        COLLECTOR.collect(asked(repository, **options), "suppressions")


def test_outside_of_a_clone_nothing_is_told(tmp_path):
    folder = tmp_path / "none"
    folder.mkdir()
    with pytest.raises(CollectionError):
        COLLECTOR.collect(asked(Repository(folder)), "suppressions")


def test_the_judged_commit_is_looked_at_and_not_what_is_checked_out(repository):
    first = commit(repository, {"a.py": "a  # nosec\n"})
    commit(repository, {"a.py": "a\n"})
    assert collected(repository).suppressions == ()
    evidence = collected(repository, Build("github", commit=first))
    assert [each.place for each in evidence.suppressions] == [Place("a.py", 1)]


def test_hostile_texts_are_data(repository):
    commit(repository, {"a.py": 'x  # nosec \x1b[2J\u202e"}],"\n'})
    answer = COLLECTOR.collect(asked(repository), "suppressions").data
    assert b"\x1b" not in answer
    assert answer.isascii()
    assert json.loads(answer)["suppressions"][0]["reason"].startswith("\x1b[2J\u202e")
