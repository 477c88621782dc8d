"""The commit that git is about to make of a message: read before it is there, as it is read afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from gatepass.collect._commit_object import CommitObject, parse_commit
from gatepass.collect._process import Git
from gatepass.errors import GatepassError
from gatepass.model.commits import Commit, Signature, SignatureStatus

_NO_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
# git cuts here: https://git-scm.com/docs/git-commit#Documentation/git-commit.txt-scissors
_SCISSORS = b" ------------------------ >8 ------------------------"
_NO_EDITOR = ":"
_ROLES = (b"author", b"committer")
_NOT_CHECKED = Signature(SignatureStatus.NOT_CHECKED, remark="it is not made yet")


def commit_of(message: bytes, root: Path, environment: Mapping[str, str]) -> Commit:
    """The commit of a message that a hook is given, before git has cleaned it up.

    A merge that is not concluded makes it a merge. Raises `GatepassError` where git cannot tell who commits.
    """
    git = Git(root, environment)
    lines = [b"tree " + _NO_TREE.encode()]
    lines += [b"parent " + _NO_TREE.encode() for _ in range(2 if _is_merge(git) else 1)]
    lines += [role + b" " + _who(git, role) for role in _ROLES]
    data = b"\n".join(lines) + b"\n\n" + cleaned(message, git, environment)
    name = hashlib.sha1(b"commit %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
    return _commit(parse_commit(name, data))


def cleaned(message: bytes, git: Git, environment: Mapping[str, str]) -> bytes:
    """The message without what git will take away, by ``commit.cleanup`` and whether somebody edited it.

    Another ``--cleanup`` of the command line is not told to hooks.
    """
    mode = _setting(git, "commit.cleanup") or "default"
    edited = environment.get("GIT_EDITOR") != _NO_EDITOR
    if mode in ("default", "scissors") and not edited:
        mode = "whitespace"
    if mode == "verbatim":
        return message
    if mode == "whitespace":
        return git.run("stripspace", given=message)
    message = _above_scissors(message)
    return git.run("stripspace", *(() if mode == "scissors" else ("--strip-comments",)), given=message)


def _above_scissors(message: bytes) -> bytes:
    """Without the line of scissors and what is below: the diff that ``git commit --verbose`` shows."""
    kept: list[bytes] = []
    for line in message.splitlines(keepends=True):
        begin, found, end = line.partition(_SCISSORS)
        if found and begin.strip() and not end.strip():  # behind what begins a comment, a sign or a few
            break
        kept.append(line)
    return b"".join(kept)


def _who(git: Git, role: bytes) -> bytes:
    """Name, address and time as git will write them: of an amended commit the first author's."""
    return git.run("var", f"GIT_{role.decode().upper()}_IDENT").rstrip(b"\n")


def _setting(git: Git, name: str) -> str | None:
    code, out, _ = git.try_to("config", "--get", name)
    return out.decode("utf-8", "backslashreplace").strip() if code == 0 else None


def _is_merge(git: Git) -> bool:
    code, _, complaint = git.try_to("rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    if code not in (0, 1):
        raise GatepassError(f"git rev-parse failed: {complaint.strip()[:200]}")
    return code == 0


def _commit(made: CommitObject) -> Commit:
    return Commit(
        made.sha, made.parents, made.author, made.committer, made.subject, _NOT_CHECKED, made.trailers
    )
