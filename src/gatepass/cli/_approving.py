"""Approvals given and taken: signatures beside files, revocations, and requests for more time."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from gatepass import approved
from gatepass.approving.counting import counted
from gatepass.approving.matching import allowances_for, names
from gatepass.approving.signatures import DSSE_ENDING, NAMESPACE, SSH_ENDING
from gatepass.cli import _requesting
from gatepass.cli._sections import say
from gatepass.errors import UsageError
from gatepass.files import write_new
from gatepass.model.facts import Json
from gatepass.model.override import Approval, ApprovalHow, Match, Override
from gatepass.model.policy import Policy, Rule, logins
from gatepass.overriding import by_policies, objection, why_not_to_confirm
from gatepass.policy import overrides, requests
from gatepass.policy.overrides import OverrideFile, revocation_path
from gatepass.policy.schema import API_VERSION

_NEW = "new"


@dataclass(frozen=True, slots=True)
class Keys:
    """With what to sign: a key of ours, or an SSH key; at most one."""

    key: str | None = None
    ssh_key: str | None = None

    def signed(self, data: bytes) -> tuple[str, bytes] | None:
        """The ending of a signature's file and its bytes; None without a key. Raises `SigningError`."""
        if self.key and self.ssh_key:
            raise UsageError("two keys were given", hint="--key or --ssh-key, not both")
        if self.ssh_key:
            from gatepass.ssh_keygen import sign

            return SSH_ENDING, sign(data, Path(self.ssh_key).expanduser(), NAMESPACE)
        if self.key:
            from gatepass.approving.dsse import approve as enveloped
            from gatepass.cli import _terminal
            from gatepass.signers import open_signer

            signer = open_signer(self.key, os.environ, _terminal.passphrase_if_asked())
            return DSSE_ENDING, enveloped(data, signer)
        return None


def approve(file: OverrideFile, policies: Sequence[Policy], keys: Keys, root: Path, now: datetime) -> None:
    """Sign a file as somebody who may approve it; nothing is written that would not count.

    Raises `UsageError` with the reason.
    """
    override = file.override
    if override.revocation is not None and not override.break_glass:
        raise UsageError(f"{override.id} was ended by {override.revocation.by}: nothing can approve it")
    for rule, policy in _named(override, policies):
        # a broken glass is confirmed though it is over or ended: what it let through is not undone by that
        why_not = why_not_to_confirm if override.break_glass else objection
        why = why_not(override, rule, policy, now)
        if why is None:
            break
    else:
        raise UsageError(f"no approval would let {override.id} hold: {_why(override, policies, now)}")
    signed = keys.signed(file.data)
    if signed is None:
        raise UsageError(
            "an approval is a signature, and no key to sign with was given",
            hint="--ssh-key ~/.ssh/id_ed25519, or --key KEY; a policy that takes a name in the file wants "
            "kind: Override and approved-by: [LOGIN] there, and nothing signed",
        )
    approval, after = as_signed(file, signed, policies, root, now)
    by = _counts_as(approval, after.override, policies)
    if by is None:
        raise UsageError(
            _why_it_does_not_count(approval, override), hint="gatepass explain RULE says who may"
        )
    target = file.path.with_name(name_of(file.path.name, by, signed[0]))
    write_new(target, signed[1])
    say("", f"wrote {target.name}: approved by {by}")
    for rule, status, message in by_policies(after.override, policies, now):
        say("  ", f"{rule.code}: {status.value}: {message}")
    say("  ", "The signature is over the bytes of the file: whatever is changed in it needs a new one.")


def name_of(file: str, by: str, ending: str) -> str:
    """``OVR-1.yaml.dana.sig``; signs that no login has are left out."""
    return f"{file}.{re.sub(r'[^A-Za-z0-9_.+@-]', '_', by)}{ending}"


def as_signed(
    file: OverrideFile, signed: tuple[str, bytes], policies: Sequence[Policy], root: Path, now: datetime
) -> tuple[Approval, OverrideFile]:
    """The approval that a signature is by what the policies trust, and the file with it beside.

    Raises `UsageError` when the policies do not trust the key.
    """
    ending, content = signed
    name = f"{file.override.place.path}.{_NEW}{ending}"
    before = set(file.override.approvals)
    with_it = replace(
        file,
        override=replace(file.override, approved_by=_stated(file.override), approvals=()),
        beside=(*file.beside, (name, content)),
    )
    [after] = approved.verified([with_it], root, policies, now, os.environ)
    new = [each for each in after.override.approvals if each.said == f"signature {name}"]
    if not new:
        said = [each for each in after.override.remarks if each.startswith(name)]
        why = said[0].removeprefix(f"{name} does not count: ") if said else "no policy takes signatures"
        raise UsageError(f"the signature would not count: {why}", hint="gatepass explain RULE says who may")
    if any(each.key == new[0].key and each in before for each in file.override.approvals):
        raise UsageError(f"{new[0].by} has approved it already")
    return new[0], after


def _counts_as(approval: Approval, override: Override, policies: Sequence[Policy]) -> str | None:
    """As whose approval it counts for any of the rules; None when for none."""
    for rule, policy in _named(override, policies):
        for allowance in allowances_for(rule, policy):
            glass = allowance.break_glass
            if override.break_glass and glass is None:
                continue
            who = logins(glass.confirmed_by) if override.break_glass and glass else allowance.approvers
            for login, each in counted(override, allowance, who).items():
                if each.key == approval.key:
                    return login
    return None


def _why_it_does_not_count(approval: Approval, override: Override) -> str:
    if override.requested_by.casefold() in approval.everyone:
        return f"{override.requested_by} asked for it, so somebody else approves it"
    names_ = ", ".join(sorted(approval.everyone))
    return f"the signature of {names_} would not count: the policy names them not, or more than one of them"


def end(file: OverrideFile, by: str, reason: str, now: datetime, *, rejected: bool) -> None:
    """Write that an override is revoked, or a request turned down. Raises `UsageError`."""
    override = file.override
    if override.revocation is not None:
        raise UsageError(f"{override.id} was ended already by {override.revocation.by}")
    if rejected and not override.is_request:
        raise UsageError(
            f"{override.id} is no request", hint=f"gatepass override revoke {override.id} ends it"
        )
    decision = "rejected" if rejected else "revoked"
    text = requests.plain_text_of(
        {
            "apiVersion": API_VERSION,
            "kind": overrides.REVOCATION_KIND,
            "override": override.id,
            "decision": decision,
            "by": by,
            "reason": reason,
            "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        }
    )
    target = revocation_path(file.path)
    write_new(target, text.encode())
    say("", f"wrote {target.name}: {override.id} is {decision}, whoever has approved it or will")


def extend(
    file: OverrideFile,
    others: Sequence[OverrideFile],
    policies: Sequence[Policy],
    by: str,
    until: str,
    justification: str | None,
    root: Path,
    now: datetime,
) -> None:
    """Write a request for what an override is for, from today on. Raises `UsageError`."""
    old = file.override
    if old.break_glass:
        raise UsageError(
            "a broken glass is not extended", hint="ask for an override: gatepass override request"
        )
    if old.revocation is not None:
        raise UsageError(
            f"{old.id} was ended by {old.revocation.by}", hint="gatepass override request asks anew"
        )
    made, text = _requesting.make(
        {
            "id": requests.next_id([each.override.id for each in others], now.year),
            "rule": old.rule,
            "match": _match(old.match),
            "reason": old.reason,
            "justification": justification or old.justification,
            **({"ticket": old.ticket} if old.ticket else {}),
            "requested-by": by,
            "created": now.date().isoformat(),
            "expires": until,
            **({"drop-if-fixable": True} if old.drop_if_fixable else {}),
        },
        (),
        root,
        now,
    )
    target = PurePosixPath(old.place.path).with_name(f"{made.id}.yaml")
    _requesting.write(made, text, policies, root, str(target), now)
    say(
        "  ",
        f"{old.id} holds until its own end. Its approvals are over its own bytes, so they are none of this.",
    )


def _named(override: Override, policies: Sequence[Policy]) -> list[tuple[Rule, Policy]]:
    return [(rule, policy) for policy in policies for rule in policy.rules if names(override, rule)]


def _why(override: Override, policies: Sequence[Policy], now: datetime) -> str:
    said = [
        f"{rule.code}: {objection(override, rule, policy, now)}"
        for rule, policy in _named(override, policies)
    ]
    return "; ".join(said) or f"no policy has a rule '{override.rule}'"


def _stated(override: Override) -> tuple[str, ...]:
    return tuple(each.by for each in override.every_approval if each.how is ApprovalHow.STATED)


def _match(match: Match) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "fingerprints": [*match.fingerprints],
        "paths": [*match.paths],
        "vulnerabilities": [*match.vulnerabilities],
        "packages": [*match.packages],
        "artifacts": [*match.artifacts],
        "whole-rule": match.whole_rule,
        "missing-evidence": match.missing_evidence,
    }
    return {name: value for name, value in fields.items() if value}
