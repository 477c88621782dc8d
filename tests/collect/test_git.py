"""What is asked of git, in real repositories, also in those that somebody has prepared."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from gatepass.collect._commit_object import parse_commit
from gatepass.collect.git import Asked, collect, report
from gatepass.errors import GatepassError, UsageError
from gatepass.gathering import read_one
from gatepass.model.build import Assurance, Build
from gatepass.model.commits import SignatureStatus
from support.repositories import (
    ENVIRONMENT,
    a_repository,
    an_ssh_key,
    needs_git,
    needs_ssh_keygen,
    signing,
)

pytestmark = needs_git
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path):
    return a_repository(tmp_path)


def collected(repository, base="base", head="HEAD", signers=None, **variables):
    environment = {**ENVIRONMENT, "HOME": str(repository.root.parent), **variables}
    return collect(Asked(base, head, signers), repository.root, environment)


def test_commits_are_listed_newest_first_with_everybody_who_is_named_in_them(repository):
    first = repository.commit(
        "PAY-1 Refunds\n\nWhy.\n\nSigned-off-by: Alice <alice@acme.example>\nTicket: PAY-1\n"
    )
    bob = ("Bob", "bob@acme.example")
    second = repository.commit("Tidy\nup\n\nCo-authored-by: Carol <carol@x.example>", who=bob)
    found = collected(repository)
    newest, oldest = found.commits
    assert (newest.sha, oldest.sha, found.head) == (second, first, second)
    assert found.base == found.merge_base == repository.git("rev-parse", "base")
    assert newest.parents == (first,)
    assert (newest.author.name, newest.author.email) == bob
    assert newest.author.time == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert newest.committer.time == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert newest.subject == "Tidy up"
    assert newest.co_authors == ("Carol <carol@x.example>",)
    assert oldest.values_of("signed-off-by") == ("Alice <alice@acme.example>",)
    assert oldest.values_of("Ticket") == ("PAY-1",)
    assert {each.signature.status for each in found.commits} == {SignatureStatus.NONE}
    assert found.linear
    assert not found.shallow


def test_what_is_written_is_read_back_the_same(repository, tmp_path):
    repository.commit("one")
    repository.commit("two")
    found = collected(repository)
    path = tmp_path / "commits.json"
    path.write_bytes(report(found, NOW, "gatepass · git"))
    source, evidence = read_one(path, "commits.json", tmp_path, Build("local", commit=found.head))
    assert source.problem is None
    assert (source.format, source.commit, source.created) == ("git-commits", found.head, NOW)
    assert (evidence.commits, evidence.base, evidence.merge_base) == (
        found.commits,
        found.base,
        found.merge_base,
    )


def test_a_clean_rebase_changes_the_id_of_a_commit_and_not_its_patch_id(repository):
    repository.commit("change", b="1\n2\n3\n")
    [before] = collected(repository).commits
    repository.git("checkout", "-q", "-b", "other", "base")
    repository.commit("meanwhile", c="elsewhere")
    repository.git("branch", "-f", "base")
    repository.git("checkout", "-q", "main")
    repository.git("rebase", "-q", "other")
    [after] = collected(repository).commits
    assert after.sha != before.sha
    assert after.patch_id == before.patch_id != None  # noqa: E711


def test_a_merge_is_known_by_its_parents_and_has_no_patch_id(repository):
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("side", b="b")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    found = collected(repository)
    assert [each.merge for each in found.commits] == [True, False]
    assert found.commits[0].patch_id is None
    assert not found.linear


def test_a_shallow_clone_is_said_to_be_one(repository, tmp_path):
    repository.commit("one")
    repository.commit("two")
    clone = tmp_path / "clone"
    address = repository.root.as_uri()
    subprocess.run(["git", "clone", "-q", "--depth=2", address, str(clone)], check=True, env=ENVIRONMENT)
    found = collected(type(repository)(clone), base="HEAD~1")
    assert found.shallow


# --- signatures


@needs_ssh_keygen
def test_an_ssh_signature_is_good_and_its_key_somebodys_when_the_list_names_it(repository, tmp_path):
    key = an_ssh_key(tmp_path)
    signers = tmp_path / "allowed"
    signers.write_text(f"alice@acme.example {key.with_suffix('.pub').read_text()}")
    repository.git(*signing(key), "commit", "-q", "-S", "--allow-empty", "-m", "signed")
    repository.commit("unsigned")
    unsigned, signed = collected(repository, signers=signers).commits
    assert (signed.signature.status, signed.signature.scheme) == (SignatureStatus.GOOD, "ssh")
    assert signed.signature.principal == "alice@acme.example"
    assert signed.signature.key.startswith("SHA256:")
    assert signed.signature.assurance is Assurance.SIGNATURE
    assert unsigned.signature.status is SignatureStatus.NONE
    assert unsigned.signature.assurance is Assurance.SELF_ASSERTED


@needs_ssh_keygen
@pytest.mark.parametrize("listed", [True, False])
def test_a_key_that_nobody_listed_signs_well_and_is_nobodys(repository, tmp_path, listed):
    stranger, known = an_ssh_key(tmp_path, "stranger"), an_ssh_key(tmp_path, "known")
    signers = tmp_path / "allowed"
    signers.write_text(f"alice@acme.example {known.with_suffix('.pub').read_text()}")
    repository.git(*signing(stranger), "commit", "-q", "-S", "--allow-empty", "-m", "signed")
    [commit] = collected(repository, signers=signers if listed else None).commits
    assert commit.signature.status is SignatureStatus.GOOD
    assert commit.signature.principal is None
    assert not commit.signature.allowed


@needs_ssh_keygen
def test_a_signature_taken_from_another_commit_is_bad(repository, tmp_path):
    key = an_ssh_key(tmp_path)
    signers = tmp_path / "allowed"
    signers.write_text(f"alice@acme.example {key.with_suffix('.pub').read_text()}")
    repository.git(*signing(key), "commit", "-q", "-S", "--allow-empty", "-m", "signed")
    content = subprocess.run(
        ["git", "cat-file", "commit", "HEAD"], cwd=repository.root, check=True, capture_output=True
    ).stdout
    repository.raw_commit(content.replace(b"\n\nsigned", b"\n\nforged"))
    [commit] = collected(repository, signers=signers).commits
    assert commit.subject == "forged"
    assert commit.signature.status is SignatureStatus.BAD
    assert not commit.signature.allowed


def test_a_signature_of_no_known_kind_is_not_checked_and_so_not_good(repository):
    tree, parent = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    repository.raw_commit(
        f"tree {tree}\nparent {parent}\nauthor A <a@b.c> 1 +0000\ncommitter A <a@b.c> 1 +0000\n"
        "gpgsig trust me\n\nsigned".encode()
    )
    [commit] = collected(repository).commits
    assert commit.signature.status is SignatureStatus.NOT_CHECKED


@needs_ssh_keygen
def test_the_clone_does_not_choose_who_checks_its_signatures_or_who_is_allowed(repository, tmp_path):
    key = an_ssh_key(tmp_path)
    mine = tmp_path / "mine"
    mine.write_text(f"ceo@acme.example {key.with_suffix('.pub').read_text()}")
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 0\n")
    program.chmod(0o755)
    repository.git(*signing(key), "commit", "-q", "-S", "--allow-empty", "-m", "signed")
    repository.commit("changes a file", **{".gitattributes": "* diff=evil\n", "a": "2"})
    for name in (
        "gpg.ssh.program",
        "gpg.program",
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
    ):
        repository.git("config", name, str(program))
    repository.git("config", "gpg.ssh.allowedSignersFile", str(mine))
    repository.git("config", "log.showSignature", "true")
    _, signed = collected(repository, GIT_EXTERNAL_DIFF=str(program), GIT_PAGER=str(program)).commits
    assert not ran.exists()
    assert signed.signature.status is SignatureStatus.GOOD
    assert signed.signature.principal is None


# --- hostile clones


def test_names_and_messages_of_any_bytes_are_kept_in_one_line_each(repository):
    tree, parent = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    sha = repository.raw_commit(
        f"tree {tree}\nparent {parent}\n".encode()
        + b"author Evil \xff\x1b[31m <a@b.c> 99999999999999999 +0000\n"
        + b"committer no address at all\nencoding UTF-7\n\nsub\xfeject\r\nmore\n\nSigned-off-by: x <a@b.c>"
    )
    found = collected(repository)
    [commit] = found.commits
    assert commit.sha == sha
    assert commit.author.name == "Evil \\xff\x1b[31m"
    assert commit.author.time is None
    assert (commit.committer.name, commit.committer.email) == ("no address at all", "")
    assert commit.subject == "sub\\xfeject more"
    assert json.loads(report(found, NOW, "p"))["commits"][0]["subject"] == "sub\\xfeject more"


def test_a_commit_with_a_nul_byte_is_refused(repository):
    tree, parent = repository.git("rev-parse", "HEAD^{tree}"), repository.git("rev-parse", "HEAD")
    repository.raw_commit(
        f"tree {tree}\nparent {parent}\nauthor A <a@b.c> 1 +0000\ncommitter A <a@b.c> 1 +0000\n\n"
        "PAY-1\0evil".encode()
    )
    with pytest.raises(GatepassError, match="NUL"):
        collected(repository)


def test_a_replaced_or_grafted_commit_is_seen_as_it_is(repository):
    bad = repository.commit("bad", who=("Mallory", "mallory@evil.example"))
    repository.commit("good")
    fine = repository.git("commit-tree", "-p", "base", "-m", "fine", "HEAD^{tree}")
    repository.git("replace", bad, fine)
    info = repository.root / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(
        f"{repository.git('rev-parse', 'HEAD')} {repository.git('rev-parse', 'base')}\n"
    )
    assert [each.author.name for each in collected(repository).commits] == ["Alice", "Mallory"]


@pytest.mark.parametrize(
    "ref", ["--help", "-h", "no-such", "a..b", "^base", "HEAD\nbase", "HEAD\0", "base:a", "@{-9}"]
)
def test_a_ref_that_is_no_commit_is_refused_with_the_next_step(repository, ref):
    repository.commit("one")
    with pytest.raises(UsageError) as caught:
        collected(repository, base=ref)
    if "\0" not in ref:
        assert "fetch-depth" in caught.value.hint


def test_a_ref_that_two_things_have_is_refused(repository):
    repository.commit("one")
    repository.git("tag", "base")
    with pytest.raises(UsageError, match="more than one thing"):
        collected(repository)
    assert len(collected(repository, base="refs/heads/base").commits) == 1


def test_an_empty_ref_is_refused(repository):
    with pytest.raises(UsageError, match="empty"):
        collected(repository, base="")


def test_no_commit_is_an_error_and_no_empty_list(repository):
    with pytest.raises(GatepassError, match="no commit"):
        collected(repository)


def test_a_folder_that_is_no_clone_is_an_error(tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    with pytest.raises(GatepassError, match="not a git repository"):
        collect(Asked("main"), folder, {**ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(tmp_path)})


def test_without_git_that_is_said(repository, tmp_path):
    with pytest.raises(GatepassError, match="git is not installed"):
        collected(repository, PATH=str(tmp_path))


def test_allowed_signers_that_are_not_there_or_name_nobody_are_refused(repository, tmp_path):
    repository.commit("one")
    with pytest.raises(UsageError, match="cannot read the allowed signers"):
        collected(repository, signers=tmp_path / "absent")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(UsageError, match="nobody is in"):
        collected(repository, signers=tmp_path / "empty")


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
def test_an_openpgp_signature_of_a_key_that_is_not_in_the_keyring_is_by_an_unknown_key(repository, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--passphrase", ""]
    subprocess.run(
        [*gpg, "--quick-gen-key", "Dana <dana@acme.example>", "ed25519"], check=True, capture_output=True
    )
    program = tmp_path / "sign"
    program.write_text(f'#!/bin/sh\nexec gpg --homedir {home} --batch "$@"\n')
    program.chmod(0o755)
    repository.git(
        *("-c", f"gpg.program={program}", "-c", "user.signingkey=dana@acme.example"),
        *("commit", "-q", "-S", "--allow-empty", "-m", "signed"),
    )
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    [unknown] = collected(repository, GNUPGHOME=str(other)).commits
    assert (unknown.signature.status, unknown.signature.scheme) == (SignatureStatus.UNKNOWN_KEY, "openpgp")
    [known] = collected(repository, GNUPGHOME=str(home)).commits
    assert known.signature.status is SignatureStatus.GOOD
    assert known.signature.principal == "Dana <dana@acme.example>"
    for folder in (home, other):
        subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=False)


def test_an_endless_message_is_cut_off(repository):
    repository.commit("x" * 100_000 + "\n\nTicket: " + "y" * 100_000)
    [commit] = collected(repository).commits
    assert len(commit.subject) == len(commit.trailers[0].value) == 1000


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("Subject\n\nTicket: PAY-1", ["Ticket"]),
        (
            "Subject\n\nTicket: PAY-1\n  goes on\nReviewed-by: B <b@x.example>\n\n\n",
            ["Ticket", "Reviewed-by"],
        ),
        ("Ticket: PAY-1", []),
        ("Subject\n\nTicket: PAY-1\n\nA last word.", []),
        ("Subject\n\nFor the record:\nTicket: PAY-1", []),
        ("Subject\n\nsee https://acme.example: there", []),
        ("", []),
    ],
)
def test_trailers_are_the_last_paragraph_when_it_holds_nothing_else(repository, message, names):
    repository.commit(message, "--allow-empty-message", a="2")
    [commit] = collected(repository).commits
    assert [each.name for each in commit.trailers] == names


def test_a_damaged_commit_is_refused():
    with pytest.raises(GatepassError, match="damaged"):
        parse_commit("11" * 20, b"tree 0\n\nmessage")
