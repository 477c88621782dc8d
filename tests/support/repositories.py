"""Real git repositories, made in a folder by the real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-11-20T08:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-20T09:00:00Z",
}
ALICE = ("Alice", "alice@acme.example")


@dataclass(frozen=True)
class Repository:
    """A clone with a work tree."""

    root: Path

    def git(
        self, *arguments: str, given: bytes = b"", who: tuple[str, str] = ALICE, at: datetime | None = None
    ) -> str:
        name, email = who
        dates = {each: at.isoformat() for each in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE") if at}
        done = subprocess.run(
            ["git", "-c", f"user.name={name}", "-c", f"user.email={email}", *arguments],
            cwd=self.root,
            env={**ENVIRONMENT, **dates, "HOME": str(self.root.parent)},
            input=given,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str, *options: str, who: tuple[str, str] = ALICE, **files: str) -> str:
        """A commit that writes the files (``a`` by its subject when none is given); its id."""
        for name, text in (files or {"a": message}).items():
            (self.root / name).write_text(text)
        self.git("add", "--all", who=who)
        self.git("commit", "-q", "--cleanup=verbatim", "-F", "-", *options, given=message.encode(), who=who)
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, content: bytes) -> str:
        """Any bytes as a commit, whatever git thinks of them."""
        sha = self.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=content)
        self.git("update-ref", "--no-deref", "HEAD", sha)
        return sha


def a_repository(folder: Path, name: str = "repo") -> Repository:
    """A repository with one commit, ``base``."""
    root = folder / name
    root.mkdir()
    repository = Repository(root)
    repository.git("init", "-q", "-b", "main")
    repository.commit("first")
    repository.git("branch", "base")
    return repository


def an_ssh_key(folder: Path, name: str = "key") -> Path:
    """A new key; its public half has ``.pub``."""
    path = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def signing(key: Path) -> tuple[str, ...]:
    """Options of git with which a commit is signed."""
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}.pub")
