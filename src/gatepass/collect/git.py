"""The commits of a change, asked of git: what `gatepass collect git` does.

    refs ─ list ─ raw commits ─ patch ids ─ signatures ─ submodules ─ merge base ─ evidence

Nothing is fetched and no program that the clone names is run. Signatures are checked by git with
``ssh-keygen`` (by a file of allowed signers), ``gpg`` or ``gpgsm`` (by the keyring of whoever runs this).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gatepass.collect._collector import Asked as Request
from gatepass.collect._collector import Collected, Collector
from gatepass.collect._commit_object import CommitObject, parse_commit
from gatepass.collect._process import Git
from gatepass.collect._submodules import COMPARED, as_a_whole, by_commit
from gatepass.errors import CollectionError, GatepassError, UsageError
from gatepass.model.commits import (
    Commit,
    Commits,
    Signatory,
    Signature,
    SignatureStatus,
    SubmoduleChange,
)
from gatepass.model.facts import Json
from gatepass.model.source import Source

SCHEMA = "gatepass/commits/v1"
MAXIMUM_COMMITS = 10_000
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DEEPER = "fetch the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab), or name another --base"
# what git's %G? says, and a word more where it is short: https://git-scm.com/docs/git-log#_pretty_formats
_STATUSES: Mapping[str, tuple[SignatureStatus, str | None]] = {
    "G": (SignatureStatus.GOOD, None),
    "U": (SignatureStatus.GOOD, None),
    "B": (SignatureStatus.BAD, None),
    "X": (SignatureStatus.BAD, "the signature has expired"),
    "Y": (SignatureStatus.BAD, "the key had expired"),
    "R": (SignatureStatus.BAD, "the key is revoked"),
    "E": (SignatureStatus.UNKNOWN_KEY, None),
}
# ours, so that a patch has one id whatever the clone's settings are
_PATCH = (
    *("diff-tree", *COMPARED, "--submodule=short", "--stdin", "--root", "-p", "-U3", "--full-index"),
    *("--no-color",),
    *("--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to collect: refs or ids, and a file of allowed signers (``ssh-keygen(1)``, ALLOWED SIGNERS)."""

    base: str
    head: str = "HEAD"
    allowed_signers: Path | None = None


def collect(asked: Asked, root: Path, environment: Mapping[str, str]) -> Commits:
    """The commits of ``base..head``. Raises `GatepassError` when git cannot tell, or there is none."""
    signers = _signers_digest(asked.allowed_signers)
    file = asked.allowed_signers.absolute() if asked.allowed_signers else "/dev/null"
    git = Git(root, environment, (("gpg.ssh.allowedSignersFile", str(file)),))
    git.run("rev-parse", "--git-dir")
    head = _resolved(git, asked.head, "head")
    base = _resolved(git, asked.base, "base")
    shas = _listed(git, base, head)
    if not shas:
        raise GatepassError(
            f"there is no commit in {head[:12]} that is not in {base[:12]} already",
            hint="name with --base what the change is to be merged into, as it was before",
        )
    objects = list(_objects(git, shas))
    patches = _patch_ids(git, shas)
    signatures = _signatures(git, objects)
    submodules = by_commit(git, shas)
    merge_base = _merge_base(git, base, head)
    return Commits(
        Source("git"),
        base=base,
        head=head,
        commits=tuple(
            _commit(each, patches.get(each.sha), signatures[each.sha], submodules.get(each.sha, ()))
            for each in objects
        ),
        merge_base=merge_base,
        shallow=git.run("rev-parse", "--is-shallow-repository").strip() != b"false",
        allowed_signers=signers,
        submodules=as_a_whole(git, merge_base or base, head),
    )


def report(commits: Commits, now: datetime, producer: str) -> bytes:
    """The evidence as the JSON that `gatepass gate` reads; ``now`` (UTC) is when it was collected."""
    document: Json = {
        "schema": SCHEMA,
        "producer": producer,
        "collected": _written(now),
        "base": commits.base,
        "head": commits.head,
        "merge-base": commits.merge_base,
        "shallow": commits.shallow,
        "allowed-signers": commits.allowed_signers,
        "submodules": [_submodule_json(each) for each in commits.submodules],
        "commits": [_commit_json(each) for each in commits.commits],
    }
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def git_version(root: Path, environment: Mapping[str, str]) -> str:
    """Such as ``git 2.47.1``."""
    words = Git(root, environment).run("--version").decode("utf-8", "backslashreplace").split()
    return f"git {words[2]}" if len(words) > 2 else "git"


def _signers_digest(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the allowed signers {path}: {error.strerror}") from None
    if not data.strip():
        raise UsageError(f"nobody is in the allowed signers {path}", hint="a line each: ADDRESS KEYTYPE KEY")
    return hashlib.sha256(data).hexdigest()


def _resolved(git: Git, ref: str, what: str) -> str:
    """The id of a commit. A name that two things have is refused: somebody may have pushed the other."""
    if not ref:
        raise UsageError(f"--{what} is empty")
    code, out, complaint = git.try_to("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    sha = out.decode("utf-8", "backslashreplace").strip()
    if code != 0 or not _ID.fullmatch(sha):
        raise UsageError(f"git knows no commit '{ref}' (--{what})", hint=_DEEPER)
    if "ambiguous" in complaint:
        raise UsageError(
            f"'{ref}' (--{what}) is the name of more than one thing",
            hint="write it in full, such as refs/remotes/origin/main",
        )
    return sha


def _listed(git: Git, base: str, head: str) -> list[str]:
    out = git.run("rev-list", "--topo-order", f"--max-count={MAXIMUM_COMMITS + 1}", head, f"^{base}", "--")
    shas = out.decode("ascii", "replace").split()
    if len(shas) > MAXIMUM_COMMITS:
        raise GatepassError(f"more than {MAXIMUM_COMMITS:,} commits are not in {base[:12]}", hint=_DEEPER)
    return shas


def _merge_base(git: Git, base: str, head: str) -> str | None:
    code, out, complaint = git.try_to("merge-base", base, head)
    if code == 1 and not out:
        return None
    sha = out.decode("ascii", "replace").strip()
    if code != 0 or not _ID.fullmatch(sha):
        raise GatepassError(f"git merge-base failed: {complaint.strip()[:200]}")
    return sha


def _objects(git: Git, shas: Sequence[str]) -> Iterator[CommitObject]:
    out = git.run("cat-file", "--batch", given=_lines(shas))
    at = 0
    for sha in shas:
        end = out.find(b"\n", at)
        header = out[at:end].split(b" ")
        if end < 0 or header[:2] != [sha.encode(), b"commit"] or len(header) != 3:
            raise GatepassError(f"git does not hold the commit {sha[:12]}", hint=_DEEPER)
        size = int(header[2])
        yield parse_commit(sha, out[end + 1 : end + 1 + size])
        at = end + 2 + size


def _patch_ids(git: Git, shas: Sequence[str]) -> dict[str, str]:
    patches = git.run(*_PATCH, given=_lines(shas))
    rows = git.run("patch-id", "--stable", given=patches).decode("ascii", "replace").splitlines()
    wanted = set(shas)
    return {sha: patch for patch, sha in (row.split(" ", 1) for row in rows) if sha in wanted}


def _signatures(git: Git, objects: Sequence[CommitObject]) -> dict[str, Signature]:
    found = {each.sha: Signature(SignatureStatus.NONE) for each in objects if each.scheme is None}
    # git itself stops at a signature of a kind that it does not know
    unknown = Signature(SignatureStatus.NOT_CHECKED, remark="it is of no known kind")
    found.update((each.sha, unknown) for each in objects if each.scheme == "")
    signed = {each.sha: each.scheme for each in objects if each.scheme}
    if not signed:
        return found
    layout = "--format=tformat:%H%x00%G?%x00%GF%x00%GS%x00"
    out = git.run(
        "log", "--no-walk=unsorted", "--no-show-signature", "-s", "--stdin", layout, given=_lines(signed)
    )
    fields = out.decode("utf-8", "backslashreplace").split("\0")
    rows = zip(*(iter(fields[:-1]),) * 4, strict=True)
    # each but the first begins with the end of the line before it
    for sha, letter, key, principal in ((row[0].strip(), *row[1:]) for row in rows):
        found[sha] = _signature(letter, signed[sha], key, principal)
    if missing := [sha for sha in signed if sha not in found]:
        raise GatepassError(f"git says nothing of the signature of {missing[0][:12]}")
    return found


def _signature(letter: str, scheme: str, key: str, principal: str) -> Signature:
    # git says N also when it cannot run what checks signatures
    unchecked = (SignatureStatus.NOT_CHECKED, "no program here checks it")
    status, remark = _STATUSES.get(letter, unchecked)
    trusted = principal.strip() if letter == "G" else ""
    return Signature(status, scheme, key.strip() or None, trusted or None, remark)


def _commit(
    each: CommitObject,
    patch_id: str | None,
    signature: Signature,
    submodules: tuple[SubmoduleChange, ...],
) -> Commit:
    return Commit(
        each.sha,
        each.parents,
        each.author,
        each.committer,
        each.subject,
        signature,
        each.trailers,
        None if len(each.parents) > 1 else patch_id,
        submodules,
    )


def _lines(shas: Mapping[str, object] | Sequence[str]) -> bytes:
    return "".join(f"{sha}\n" for sha in shas).encode()


def _commit_json(commit: Commit) -> Json:
    signature = commit.signature
    return {
        "sha": commit.sha,
        "parents": list[Json](commit.parents),
        "author": _signatory_json(commit.author),
        "committer": _signatory_json(commit.committer),
        "subject": commit.subject,
        "trailers": [{"name": each.name, "value": each.value} for each in commit.trailers],
        "signature": {
            "status": signature.status.value,
            "scheme": signature.scheme,
            "key": signature.key,
            "principal": signature.principal,
            "remark": signature.remark,
        },
        "patch-id": commit.patch_id,
        "submodules": [_submodule_json(each) for each in commit.submodules],
    }


def _submodule_json(change: SubmoduleChange) -> Json:
    return {
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "url": change.url,
        "url-before": change.url_before,
    }


def _signatory_json(who: Signatory) -> Json:
    return {"name": who.name, "email": who.email, "time": _written(who.time) if who.time else None}


def _written(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _collected(asked: Request, _kind: str) -> Collected:
    """The commits of the build's change. Raises `CollectionError` when git cannot tell."""
    change = asked.build.change_request
    base = asked.options.get("base") or (change.base if change else None)
    if not base:
        raise CollectionError(
            "nothing tells where the change begins: this build is of no change request",
            hint="collect: {git: {base: origin/main}}, or what the branch was at before the push",
        )
    signers = asked.options.get("allowed-signers")
    wanted = Asked(
        base, asked.options.get("head") or asked.build.head or "HEAD", Path(signers) if signers else None
    )
    try:
        found = collect(wanted, asked.root, asked.environment)
        producer = f"{asked.producer} · {git_version(asked.root, asked.environment)}"
    except UsageError:
        raise
    except GatepassError as error:
        raise CollectionError(error.message, hint=error.hint) from None
    return Collected(report(found, asked.now, producer), "git")


COLLECTOR = Collector(
    name="git",
    title="git, in the clone that the pipeline works in",
    kinds=("commits",),
    collect=_collected,
    options={
        "base": "What the change goes into: a ref or commit; by default the change request's base.",
        "head": "The newest commit of the change; by default the change request's, or HEAD.",
        "allowed-signers": "A file of known SSH signatures, as ssh-keygen(1) has it; not the change's own.",
    },
    page="https://git-scm.com/docs/git-rev-list",
)
