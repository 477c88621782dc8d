"""Which approvals of an override count for what a policy allows, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gatepass.model.override import Approval, ApprovalHow, Override
from gatepass.model.policy import Allowance


def counted(override: Override, allowance: Allowance, approvers: frozenset[str]) -> dict[str, Approval]:
    """The approvals that count, by login in lower case: the requester's own never do.

    Somebody who is known by several names counts as the one of them who may approve, and once with several
    accounts; a key that several of the approvers have counts for none.
    """
    requester = override.requested_by.casefold()
    made: dict[str, Approval] = {}
    for each in override.every_approval:
        who = sorted(each.everyone & approvers)
        if why_not(each, allowance) is not None or requester in each.everyone or _is_shared(each, who):
            continue
        for login in who[:1]:
            made.setdefault(login, each)
    return made


def _is_shared(approval: Approval, who: Sequence[str]) -> bool:
    """Whether nobody can tell which of several approvers it was; a reviewer's accounts are one person's."""
    return len(who) > 1 and approval.how is not ApprovalHow.CHANGE_REQUEST


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
        if requester in each.everyone:
            if not override.break_glass:  # who breaks the glass signs that, and asks nobody to count it
                yield "the requester does not count"
        elif (why := why_not(each, allowance)) is not None:
            yield f"that of {each.by} {why}"
        elif _is_shared(each, sorted(each.everyone & approvers)):
            yield f"the key {each.key} is that of several: {', '.join(sorted(each.everyone & approvers))}"


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
