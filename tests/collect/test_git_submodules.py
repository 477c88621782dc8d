"""Submodules: which commits move them, and where `.gitmodules` says they come from."""

from __future__ import annotations

import pytest

from gatepass.collect.git import Asked, collect
from gatepass.model.commits import SubmoduleChange
from support.repositories import ENVIRONMENT, a_repository, needs_git

pytestmark = needs_git
PATH = "vendor/library"
URL = "https://git.acme.example/library.git"
ONE, TWO = "11" * 20, "22" * 20


@pytest.fixture
def repository(tmp_path):
    return a_repository(tmp_path)


def collected(repository, base="base"):
    environment = {**ENVIRONMENT, "HOME": str(repository.root.parent)}
    return collect(Asked(base), repository.root, environment)


def link(repository, sha=ONE, path=PATH):
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")


def modules(repository, url=URL, path=PATH, more=""):
    text = f'[submodule "library"]\n\tpath = {path}\n\turl = {url}\n{more}'
    (repository.root / ".gitmodules").write_text(text)
    repository.git("add", ".gitmodules")


def commit(repository, subject="a submodule"):
    repository.git("commit", "-q", "--allow-empty", "-m", subject)  # git ignores what it is told to
    return repository.git("rev-parse", "HEAD")


def line(repository, subject="a line more"):
    """A commit that has nothing to do with submodules."""
    (repository.root / "b").write_text(subject)
    repository.git("add", "b")
    commit(repository, subject)


def begun(repository):
    """The base has the submodule at its first commit."""
    link(repository)
    modules(repository)
    commit(repository)
    repository.git("branch", "-f", "base")


def only(repository):
    [listed] = collected(repository).commits
    return listed.submodules


def test_a_commit_that_touches_none_changes_none(repository):
    begun(repository)
    line(repository)
    found = collected(repository)
    assert (found.commits[0].submodules, found.submodules) == ((), ())


def test_a_submodule_is_added_with_its_address(repository):
    link(repository)
    modules(repository)
    commit(repository)
    added = SubmoduleChange(PATH, None, ONE, URL, None)
    assert only(repository) == (added,)
    assert added.redirected
    assert collected(repository).submodules == (added,)


def test_a_submodule_is_moved(repository):
    begun(repository)
    link(repository, TWO)
    commit(repository)
    moved = SubmoduleChange(PATH, ONE, TWO, URL, URL)
    assert only(repository) == (moved,)
    assert not moved.redirected


def test_a_submodule_is_removed(repository):
    begun(repository)
    repository.git("rm", "-q", "--cached", PATH)
    repository.git("rm", "-q", ".gitmodules")
    commit(repository)
    removed = SubmoduleChange(PATH, ONE, None, None, URL)
    assert only(repository) == (removed,)
    assert not removed.redirected


def test_a_file_becomes_a_submodule_and_a_submodule_a_file(repository):
    begun(repository)
    link(repository, path="a")
    repository.git("update-index", "--force-remove", PATH)
    (repository.root / "vendor").mkdir()
    (repository.root / PATH).write_text("a file now")
    repository.git("add", PATH)
    commit(repository)
    assert only(repository) == (
        SubmoduleChange("a", None, ONE),
        SubmoduleChange(PATH, ONE, None, URL, URL),
    )


def test_the_address_alone_is_changed(repository):
    begun(repository)
    modules(repository, "https://evil.example/library.git")
    commit(repository)
    [changed] = only(repository)
    assert changed == SubmoduleChange(PATH, None, None, "https://evil.example/library.git", URL)
    assert changed.redirected


@pytest.mark.parametrize(
    "content",
    [
        "[submodule \x00",
        "[submodule",
        f'[submodule "library"]\n\tpath = {PATH}\n\turl = {URL}\n\tignore = all\n',
    ],
    ids=["a NUL", "no end", "another key"],
)
def test_what_else_is_done_to_the_file_is_told(repository, content):
    begun(repository)
    (repository.root / ".gitmodules").write_text(content)
    repository.git("add", ".gitmodules")
    commit(repository)
    assert ".gitmodules" in {each.path for each in only(repository)}


def test_an_address_that_is_said_twice_is_not_known(repository):
    begun(repository)
    modules(repository, more='[submodule "other"]\n\tpath = vendor/library\n\turl = https://evil.example/x\n')
    commit(repository)
    [changed] = only(repository)
    assert (changed.url, changed.url_before, changed.redirected) == (None, URL, True)


def test_a_link_in_the_place_of_the_file_tells_no_address(repository):
    begun(repository)
    (repository.root / "real").write_text((repository.root / ".gitmodules").read_text())
    (repository.root / ".gitmodules").unlink()
    (repository.root / ".gitmodules").symlink_to("real")
    repository.git("add", "real", ".gitmodules")
    link(repository, TWO)
    commit(repository)
    changes = {each.path: each for each in only(repository)}
    assert set(changes) == {PATH, ".gitmodules"}
    assert changes[PATH].url is None


def test_credentials_in_an_address_are_kept_nowhere(repository):
    link(repository)
    modules(repository, "https://dana:not-a-password@git.acme.example/library.git")
    commit(repository)
    assert only(repository)[0].url == URL


def test_what_the_clone_is_told_to_ignore_is_seen(repository):
    begun(repository)
    modules(repository, more="\tignore = all\n")
    commit(repository)
    repository.git("branch", "-f", "base")
    for name, value in (("diff.ignoreSubmodules", "all"), ("submodule.library.ignore", "all")):
        repository.git("config", name, value)
    link(repository, TWO)
    commit(repository)
    [listed] = collected(repository).commits
    assert listed.submodules == (SubmoduleChange(PATH, ONE, TWO, URL, URL),)
    assert listed.patch_id is not None


def test_a_patch_id_holds_the_commit_of_a_submodule_whatever_is_ignored(repository):
    begun(repository)
    modules(repository, more="\tignore = all\n")
    commit(repository)
    repository.git("branch", "-f", "base")
    patches = set()
    for sha in (TWO, "33" * 20):
        repository.git("reset", "-q", "--hard", "base")
        (repository.root / "a").write_text("the same line")
        repository.git("add", "a")
        link(repository, sha)
        commit(repository)
        patches.add(collected(repository).commits[0].patch_id)
    assert len(patches) == 2


def test_a_merge_tells_what_it_has_like_none_of_its_parents(repository):
    begun(repository)
    repository.git("checkout", "-q", "-b", "side")
    line(repository, "aside")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    link(repository, TWO)
    commit(repository, "merged and moved")
    merge, side = collected(repository).commits
    assert merge.submodules == (SubmoduleChange(PATH, ONE, TWO, URL, URL),)
    assert side.submodules == ()


def test_a_merge_that_only_brings_what_a_commit_did_tells_nothing_again(repository):
    begun(repository)
    repository.git("checkout", "-q", "-b", "side")
    link(repository, TWO)
    commit(repository)
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merge, side = collected(repository).commits
    assert (merge.submodules, len(side.submodules)) == ((), 1)


def test_what_a_merge_turns_back_is_told_of_the_change_as_a_whole(repository):
    """The change began before the target moved the submodule, and its merge keeps the old one."""
    begun(repository)
    repository.git("checkout", "-q", "-b", "change")
    line(repository, "mine")
    repository.git("checkout", "-q", "main")
    link(repository, TWO)
    commit(repository, "the target moves on")
    repository.git("branch", "-f", "base")
    repository.git("checkout", "-q", "change")
    repository.git("merge", "-q", "-s", "ours", "-m", "merge the target", "main")
    found = collected(repository)
    assert [each.submodules for each in found.commits] == [(), ()]
    assert found.submodules == (SubmoduleChange(PATH, TWO, ONE, URL, URL),)


def test_the_first_commit_of_a_history_is_compared_with_nothing(repository):
    repository.git("checkout", "-q", "--orphan", "fresh")
    link(repository)
    modules(repository)
    commit(repository)
    assert only(repository) == (SubmoduleChange(PATH, None, ONE, URL, None),)


def test_a_path_of_any_letters_is_one_path(repository):
    path = "vendor/a\nb \t:é"
    link(repository, path=path)
    commit(repository)
    assert [each.path for each in only(repository)] == [path]
