"""`gatepass commit-msg`: as the hook that git itself runs, and called by hand."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from support.cli import gatepass
from support.repositories import ALICE, ENVIRONMENT, a_repository, needs_git

pytestmark = needs_git

POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {{name: release}}
{more}rules:
  - {{id: commits, check: commits, {asks}}}
"""
TICKET = 'ticket: "PAY-[0-9]+"'
BOTH = f"{TICKET}, sign-off: true"
SIGNED_OFF = "Signed-off-by: Alice <alice@acme.example>"


class Clone:
    """A repository with the hook in it."""

    def __init__(self, folder, asks=TICKET, more=""):
        self.repository = a_repository(folder)
        self.root = self.repository.root
        self.policy(asks, more)
        hook = self.root / ".git/hooks/commit-msg"
        command = f"{shlex.quote(sys.executable)} -m gatepass commit-msg --policy policy.yaml"
        hook.write_text(f'#!/bin/sh\nexec {command} "$1" >&2\n')
        hook.chmod(0o755)

    def policy(self, asks, more=""):
        (self.root / "policy.yaml").write_text(POLICY.format(asks=asks, more=more))

    def git(self, *arguments, editor=None, who=ALICE):
        name, email = who
        done = subprocess.run(
            ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", *arguments],
            cwd=self.root,
            env={**ENVIRONMENT, "HOME": str(self.root.parent), **({"GIT_EDITOR": editor} if editor else {})},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode == 0, done.stderr

    def commit(self, message, *options, **more):
        return self.git("commit", "-q", "--allow-empty", "-m", message, *options, **more)


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


def test_a_message_that_names_its_ticket_is_committed(clone):
    for message in ("PAY-1 refunds", "Refunds\n\nPays back.\n\nTicket: PAY-1", 'Revert "PAY-1 refunds"'):
        committed, said = clone.commit(message)
        assert committed, said


@pytest.mark.parametrize(
    "message",
    ["Refunds", "Refunds\n\nof PAY-1 and more\n", "Refunds\n\nPAY-1", "pay-1 refunds", "fixup! Refunds"],
)
def test_one_that_names_none_is_not_and_it_is_said_what_to_mend(clone, message):
    committed, said = clone.commit(message)
    assert not committed
    assert "✗ release/commits: the commit names no ticket" in said
    assert "fix: name the ticket in the subject or a trailer: what fits PAY-[0-9]+" in said
    assert "Nothing is lost: git commit --edit --file=.git/COMMIT_EDITMSG" in said


def test_a_sign_off_must_be_the_authors(tmp_path):
    clone = Clone(tmp_path, BOTH)
    committed, said = clone.commit("PAY-1 refunds")
    assert not committed
    assert "is not signed off by its author Alice <alice@acme.example>" in said
    assert "fix: git commit --signoff" in said
    assert clone.commit("PAY-1 refunds", "--signoff")[0]
    assert clone.commit(f"PAY-1 refunds\n\n{SIGNED_OFF}")[0]
    assert not clone.commit("PAY-1 refunds", "--signoff", "--author", "Bob <bob@acme.example>")[0]


def test_the_author_of_an_amended_commit_stays_its_author(tmp_path):
    clone = Clone(tmp_path, BOTH)
    assert clone.commit("PAY-1 refunds", "--signoff")[0]
    bob = ("Bob", "bob@acme.example")
    assert clone.commit(f"PAY-1 refunds\n\n{SIGNED_OFF}", "--amend", who=bob)[0]
    assert not clone.commit("PAY-1\n\nSigned-off-by: Bob <bob@acme.example>", "--amend", who=bob)[0]


def test_the_domain_of_who_commits_is_looked_at(tmp_path):
    clone = Clone(tmp_path, "email-domains: [acme.example]")
    assert clone.commit("one")[0]
    committed, said = clone.commit("two", who=("Eve", "eve@else.example"))
    assert not committed
    assert "git config user.email" in said


def test_comments_of_the_editor_are_no_message(clone):
    committed, said = clone.git(
        "commit", "--allow-empty", editor="sh -c 'printf \"Refunds\\n\\n# PAY-1\\n\" > $1' x"
    )
    assert not committed, said
    assert clone.git("commit", "--allow-empty", editor="sh -c 'printf \"PAY-1 x\\n# c\\n\" > $1' x")[0]


def test_a_line_that_begins_with_a_hash_is_a_message_where_nobody_edited_it(clone):
    clone.policy('ticket: "#[0-9]+"')
    assert clone.commit("#1 refunds")[0]
    assert not clone.git("commit", "--allow-empty", editor="sh -c 'printf \"#1 x\\nRefunds\\n\" > $1' x")[0]


def test_the_sign_that_begins_a_comment_is_gits_own(clone):
    clone.repository.git("config", "core.commentChar", ";")
    assert not clone.git(
        "commit", "--allow-empty", editor="sh -c 'printf \"Refunds\\n\\n; T: PAY-1\\n\" > $1' x"
    )[0]
    clone.policy('ticket: "#[0-9]+"')
    assert clone.git("commit", "--allow-empty", editor="sh -c 'printf \"#1 refunds\\n\" > $1' x")[0]


def test_what_is_below_the_scissors_is_no_message(clone):
    (clone.root / "a").write_text("T: PAY-1\n")
    clone.repository.git("add", "a")
    for cleanup in ("strip", "scissors", "default"):
        clone.repository.git("config", "commit.cleanup", cleanup)
        committed, said = clone.git("commit", "-v", editor="sed -i -e '1s/^/Refunds/'")
        assert not committed, said
    assert clone.git("commit", "-v", editor="sed -i -e '1s/^/PAY-1 refunds/'")[0]


def test_verbatim_messages_are_taken_as_they_are(clone):
    clone.repository.git("config", "commit.cleanup", "verbatim")
    assert clone.commit("# PAY-1")[0]
    assert not clone.commit("\n\n# x\n\nT PAY-1 y")[0]


def test_a_merge_is_spared_where_the_rule_spares_merges(tmp_path):
    clone = Clone(tmp_path, TICKET)
    for branch, start in (("one", "base"), ("two", "base")):
        clone.repository.git("checkout", "-q", "-b", branch, start)
        assert clone.commit(f"PAY-1 {branch}")[0]
    merged, said = clone.git("merge", "--no-ff", "-m", "merge", "one")
    assert not merged
    assert "names no ticket" in said
    clone.git("merge", "--abort")
    clone.policy(f"{TICKET}, exclude-merges: true")
    merged, said = clone.git("merge", "--no-ff", "-m", "merge", "one")
    assert merged, said
    assert not clone.commit("no merge any more")[0]


def test_a_rule_that_only_warns_or_is_not_in_effect_yet_lets_the_commit_be_made(clone):
    for more in ("enforcement: warn", "effective-on: 9999-01-01"):
        clone.policy(f"{TICKET}, {more}")
        committed, said = clone.commit("Refunds")
        assert committed
        assert "! release/commits: the commit names no ticket" in said
    clone.policy(f"{TICKET}, enforcement: observe")
    committed, said = clone.commit("Refunds")
    assert committed
    assert "no message is asked for anything by release" in said


def test_the_rules_own_fix_is_what_is_said(clone):
    clone.policy(f"{TICKET}, fix: Ask in the channel.")
    assert "fix: Ask in the channel." in clone.commit("Refunds")[1]


def test_branches_of_a_policys_scope_do_not_count_and_repositories_do(clone):
    clone.policy(TICKET, "scope: {branches: [release]}\n")
    assert not clone.commit("Refunds")[0]
    clone.policy(TICKET, "scope: {repositories: [acme/other]}\n")
    assert not clone.commit("Refunds")[0]
    clone.repository.git("remote", "add", "origin", "https://git.acme.example/acme/payments.git")
    assert clone.commit("Refunds")[0]


def test_a_message_that_means_two_things_and_one_that_is_not_there_are_no_answer(clone):
    message = clone.root / "message"
    message.write_bytes(b"PAY-1\0 refunds\n")
    arguments = ("commit-msg", "--policy", "policy.yaml")
    env = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    assert gatepass(*arguments, "message", cwd=clone.root, env=env).code == 2
    assert gatepass(*arguments, "gone", cwd=clone.root, env=env).code == 2
    message.write_bytes(b"PAY-1 \xff\n")
    assert gatepass(*arguments, "message", cwd=clone.root, env=env).code == 0
    message.write_bytes(b"PAY-1 x" * 200_000)
    assert gatepass(*arguments, "message", cwd=clone.root, env=env).code == 2
    message.write_bytes(b"")
    assert gatepass(*arguments, "message", cwd=clone.root, env=env).code == 1


def test_without_a_name_nobody_commits(clone):
    (clone.root / "message").write_text("PAY-1\n")
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}
    ran = gatepass("commit-msg", "--policy", "policy.yaml", "message", cwd=clone.root, env=env)
    assert ran.code == 2
    assert "git var failed" in ran.err
