"""A commit as an approval: the newest that touched the file, on the ref that a policy names, signed.

The signature stands in the commit's header ``gpgsig`` and is over the commit without it
(``gitformat-signature(5)``); the commit names the tree, so it is over the file as well. Only SSH signatures
are verified.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from gatepass.approving import sshsig
from gatepass.approving.signatures import COMMIT_NAMESPACE, signed_by
from gatepass.model.override import Approval, ApprovalHow, FileCommit
from gatepass.model.policy import Trust

_HEADERS = (b"gpgsig ", b"gpgsig-sha256 ")
_COMMITTED = re.compile(rb"^committer [^\n]*> (\d{1,11}) [+-]\d{4}$", re.MULTILINE)


def approval(found: FileCommit, sha256: str, trust: Trust, now: datetime) -> Approval:
    """The approval that a commit is of the file whose bytes have a digest. Raises `sshsig.SignatureError`."""
    if found.problem:
        raise sshsig.SignatureError(found.problem)
    if found.sha256 != sha256:
        raise sshsig.SignatureError(f"the file is another on {found.ref}")
    armoured, signed = _parts(found.raw)
    signature, names = signed_by(armoured, signed, trust, now, COMMIT_NAMESPACE)
    said = f"commit {found.sha[:12]} on {found.ref}"
    at = _committed_at(signed)
    key = signature.fingerprint
    return Approval(names[0], ApprovalHow.COMMIT, key, trust.digest, names, found.ref, said, at)


def maker(raw: bytes, trust: Trust, now: datetime) -> tuple[str, ...]:
    """All names of whose key signed a commit, by what a policy trusts; none where none of its keys did."""
    try:
        armoured, signed = _parts(raw)
        return signed_by(armoured, signed, trust, now, COMMIT_NAMESPACE)[1]
    except sshsig.SignatureError:
        return ()


def _committed_at(commit: bytes) -> datetime | None:
    """When a commit says that it was made (UTC); None where it says nothing that could be."""
    match = _COMMITTED.search(commit.partition(b"\n\n")[0])
    seconds = int(match[1]) if match else 0
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None


def _parts(raw: bytes) -> tuple[bytes, bytes]:
    """The signature, and what it is over: the commit without the signature's header."""
    head, gap, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    taken: list[bytes] = []
    inside = False
    for line in head.split(b"\n"):
        if line.startswith(_HEADERS):
            if taken:
                raise sshsig.SignatureError("the commit has two signatures")
            inside = True
            taken.append(line.partition(b" ")[2])
        elif inside and line.startswith(b" "):
            taken.append(line[1:])
        else:
            inside = False
            kept.append(line)
    if not taken:
        raise sshsig.SignatureError("the commit that brought it is not signed")
    if b"SSH SIGNATURE" not in taken[0]:
        raise sshsig.SignatureError("the commit is signed, but not by an SSH key")
    return b"\n".join(taken) + b"\n", b"\n".join(kept) + gap + message
