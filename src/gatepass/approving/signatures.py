"""Whose signatures stand beside the file of an override, by what a policy trusts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase

from gatepass.approving import sshsig
from gatepass.errors import GatepassError, VerificationError
from gatepass.model.override import Approval, ApprovalHow
from gatepass.model.policy import AllowedSigner, Trust

NAMESPACE = "override@gatepass"
COMMIT_NAMESPACE = "git"
SSH_ENDING = ".sig"
DSSE_ENDING = ".dsse.json"


def approvals(
    data: bytes, beside: Iterable[tuple[str, bytes]], trust: Trust, now: datetime
) -> tuple[list[Approval], list[str]]:
    """The approvals among the files that lie beside one, and why others are none, in words.

    ``data`` are the bytes of the override's file; ``now`` (UTC) is when keys must be valid: a signature
    tells no time that could be believed.
    """
    made: list[Approval] = []
    remarks: list[str] = []
    for name, content in beside:
        try:
            made.append(
                _ssh(data, name, content, trust, now)
                if name.endswith(SSH_ENDING)
                else _dsse(data, name, content, trust)
            )
        except (sshsig.SignatureError, VerificationError) as error:
            said = error.message if isinstance(error, GatepassError) else str(error)
            remarks.append(f"{name} does not count: {said}")
    return made, remarks


def signed_by(
    armoured: bytes, data: bytes, trust: Trust, now: datetime, namespace: str
) -> tuple[sshsig.SshSignature, tuple[str, ...]]:
    """A signature that holds and all names of whose key it is. Raises `sshsig.SignatureError`."""
    signature = sshsig.parse(armoured)
    known = [each for each in trust.signers if each.key == signature.key]
    if not known:
        raise sshsig.SignatureError(f"nobody is known by the key {signature.fingerprint}")
    valid = [each for each in known if _is_valid(each, now)]
    if not valid:
        raise sshsig.SignatureError(f"the key {signature.fingerprint} is not valid now")
    allowed = [each for each in valid if _is_for(each, namespace)]
    if not allowed:
        raise sshsig.SignatureError(f"the key {signature.fingerprint} is not for {namespace}")
    sshsig.verify(signature, data, namespace)
    # every line of the key, also those that do not hold now: whoever has two names is still one
    return signature, tuple(dict.fromkeys(name for each in known for name in each.names))


def _ssh(data: bytes, name: str, content: bytes, trust: Trust, now: datetime) -> Approval:
    if not trust.signers:
        raise sshsig.SignatureError("the policy names no signers to verify it by")
    signature, names = signed_by(content, data, trust, now, NAMESPACE)
    return Approval(
        names[0],
        ApprovalHow.SSH_SIGNATURE,
        signature.fingerprint,
        trust.digest,
        names,
        said=f"signature {name}",
    )


def _dsse(data: bytes, name: str, content: bytes, trust: Trust) -> Approval:
    from gatepass.approving import dsse  # slow to import
    from gatepass.signers.keys import public_key

    if not trust.keys:
        raise VerificationError("the policy names no keys to verify it by")
    keys = [(login, public_key(pem, f"the key of {login} in the policy")) for login, pem in trust.keys]
    holders = [(login, key) for login, key in keys if dsse.verify(content, data, key)]
    if not holders:
        raise VerificationError("no key that the policy names signed it")
    # a key that two have is nobody's; all its names are told, so that it counts for none of them alone
    names = tuple(login for login, _ in holders)
    return Approval(
        names[0], ApprovalHow.DSSE, holders[0][1].keyid, trust.digest, names, said=f"signature {name}"
    )


def claimed_by(file: str, name: str) -> str | None:
    """The login in the name of an approval: ``dana`` of ``OVR-1.yaml.dana.sig``."""
    match = re.fullmatch(rf"{re.escape(file)}\.(.+?)(?:\.sig|\.dsse\.json)", name)
    return match[1] if match else None


def _is_valid(signer: AllowedSigner, now: datetime) -> bool:
    begun = signer.valid_after is None or now >= signer.valid_after
    return begun and (signer.valid_before is None or now < signer.valid_before)


def _is_for(signer: AllowedSigner, namespace: str) -> bool:
    if not signer.namespaces:
        return True
    if any(fnmatchcase(namespace, each[1:]) for each in signer.namespaces if each.startswith("!")):
        return False
    return any(fnmatchcase(namespace, each) for each in signer.namespaces if not each.startswith("!"))
