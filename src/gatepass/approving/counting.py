"""Which approvals of an override count for what a policy allows, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from gatepass.model.override import Approval, ApprovalHow, Override
from gatepass.model.policy import Allowance


def counted(
    override: Override, allowance: Allowance, approvers: frozenset[str], before: datetime | None = None
) -> dict[str, Approval]:
    """The approvals that count, by login in lower case: the requester's own never do.

    Nor do those of whoever wrote the change that added the file: that is asking, whoever the file names.

    Somebody who is known by several names counts as the one of them who may approve, and once with several
    accounts; a key that several of the approvers have counts for none. That one may approve lets no other
    account of the same human being do so. With ``before`` (UTC) those that are known to be of that instant or
    later do not count; a signature, which tells no time, does.
    """
    made: dict[str, Approval] = {}
    for each in override.every_approval:
        who = sorted(each.named & approvers)
        if before is not None and each.at is not None and each.at >= before:
            continue
        if why_not(each, allowance) is not None or override.askers & each.everyone or len(who) > 1:
            continue
        if any(each.everyone & other.everyone for other in made.values()):
            continue  # the same human being, by another account
        for login in who[:1]:
            made.setdefault(login, each)
    return made


def in_words(approvals: Mapping[str, Approval]) -> str:
    """Who approved and how that is known: ``dana (ssh-signature), erin (self-asserted)``."""
    return ", ".join(f"{login} ({known_by(each)})" for login, each in sorted(approvals.items()))


def known_by(approval: Approval) -> str:
    """How an approval was given; of one that is only stated, what that is worth."""
    return approval.assurance.value if approval.how is ApprovalHow.STATED else approval.how.value


def why_not(approval: Approval, allowance: Allowance) -> str | None:
    """Why the way in which somebody approved does not count for a policy, in words; None when it does."""
    if approval.how not in allowance.accept:
        return f"by {approval.how.value}, which the policy does not accept"
    if approval.how not in allowance.accepted:
        return f"is {approval.assurance.value}; the policy wants {allowance.minimum_assurance.value}"
    signed = approval.how in (ApprovalHow.SSH_SIGNATURE, ApprovalHow.DSSE, ApprovalHow.COMMIT)
    if signed and (allowance.trust is None or approval.trust != allowance.trust.digest):
        return "is by a key that the policy does not trust"
    return None


def objections(override: Override, allowance: Allowance, approvers: frozenset[str]) -> str:
    """Why each of the approvals that do not count is left out; empty when there is none."""
    return "; ".join((*dict.fromkeys(_objections(override, allowance, approvers)), *override.remarks))


def _objections(override: Override, allowance: Allowance, approvers: frozenset[str]) -> Iterator[str]:
    requester = override.requested_by.casefold()
    for each in override.every_approval:
        if override.requesters & each.everyone:
            # who breaks the glass signs that, and asks nobody to count it
            if not (override.break_glass and requester in each.named):
                yield _why_not_the_requester(each, requester)
        elif bringers := [by for by in override.brought_by if by.everyone & each.everyone]:
            yield f"{each.by} added it ({bringers[0].said}), which is asking for it"
        elif (why := why_not(each, allowance)) is not None:
            yield f"that of {each.by} {why}"
        elif len(several := sorted(each.named & approvers)) > 1:
            yield f"the key {each.key} is that of several: {', '.join(several)}"


def _why_not_the_requester(approval: Approval, requester: str) -> str:
    if requester in approval.named:
        return "the requester does not count"
    return f"{approval.by} is {requester} by another account, and the requester does not count"


def by_another(override: Override) -> str:
    """That somebody else than who asked by the file is known to have added it, in words; else nothing."""
    said = ", ".join(f"{each.by} ({each.said})" for each in override.other_bringers)
    return f"; added by {said}, asked for by {override.requested_by} as the file says" if said else ""


def ways(allowance: Allowance) -> str:
    """How an approval may be given, for people: ``signature or change request``."""
    words = {
        ApprovalHow.SSH_SIGNATURE: "signature",
        ApprovalHow.DSSE: "signature",
        ApprovalHow.CHANGE_REQUEST: "review of the change request",
        ApprovalHow.COMMIT: "signed commit",
        ApprovalHow.STATED: "name in the file (self-asserted)",
    }
    return " or ".join(dict.fromkeys(words[each] for each in allowance.accepted))
