"""Broken glass: what one person let through at once, and whether a second confirmed it in time.

It holds from `created` on, for whom the policy lets break the glass, and for no longer than that says. Within
the policy's term from `created` somebody else confirms it, by an approval of any kind that the policy
accepts. If nobody does, it holds no longer, and is told of as never confirmed for as long as its file is
there: what is known to have come after the term does not make it good. It then stands in the way of more of
the kind (`chains`).

A forge tells when a review was given, and a commit says so of itself; a signature tells no time. One that is
found after the term may have been made within it, and so it counts; that nobody can tell is said. Whoever
needs to know keeps the records: the first decision after the term says whether it was there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gatepass.approving.counting import by_another, counted, in_words, known_by, objections, why_not
from gatepass.model.override import Approval, ApprovalHow, Override, OverrideStatus
from gatepass.model.policy import Allowance, BreakGlass, Group, logins

Answer = tuple[OverrideStatus, str]


def standing(override: Override, allowances: Sequence[Allowance], now: datetime) -> Answer:
    """Whether a broken glass holds at an instant (UTC); why not, in words.

    Of several allowances that let the glass be broken the first by which it holds is taken; it was confirmed
    when it was by any of them.
    """
    terms = [(each, each.break_glass) for each in allowances if each.break_glass is not None]
    if not terms:
        return OverrideStatus.NOT_ALLOWED, "the policy lets nobody break the glass for this rule"
    answers = [_by(override, allowance, term, now) for allowance, term in terms]
    order = (OverrideStatus.IN_FORCE, OverrideStatus.EXPIRED, OverrideStatus.UNCONFIRMED)
    return next((answer for status in order for answer in answers if answer[0] is status), answers[0])


def confirm_by(override: Override, allowances: Sequence[Allowance]) -> datetime | None:
    """By when it must be confirmed (UTC), None when it is."""
    terms = [(each, each.break_glass) for each in allowances if each.break_glass is not None]
    if not terms or any(_is_confirmed(override, allowance, term) for allowance, term in terms):
        return None
    return max(_deadline(override, term) for _, term in terms)


def owed(override: Override, allowances: Sequence[Allowance], now: datetime) -> str | None:
    """Who had to confirm it by when and has not, not even late, in words; None while the term runs.

    Of several allowances any by which it was confirmed is enough. Whether who broke it has signed it, or
    somebody revoked it, makes no difference: both are theirs to undo. One that nobody could have taken for
    good (by somebody who may not, or for too long) owes nothing: it never held.
    """
    terms = [(each, each.break_glass) for each in allowances if each.break_glass is not None]
    held = [
        (allowance, term)
        for allowance, term in terms
        if override.requesters & logins(term.by) and not _is_too_long(override, term)
    ]
    if not held or now < override.created or now < max(_deadline(override, term) for _, term in held):
        return None
    if any(len(counted(override, each, logins(term.confirmed_by))) >= term.minimum for each, term in held):
        return None
    _, term = max(held, key=lambda each: _deadline(override, each[1]))
    wanted = f"{term.minimum} of {_who(term.confirmed_by)} had to confirm it"
    did = "too few have" if term.minimum > 1 else "nobody has"
    plain = replace(override, remarks=())
    why = dict.fromkeys(objections(plain, allowance, logins(each.confirmed_by)) for allowance, each in held)
    more = "; ".join(filter(None, why))
    return f"{wanted} before {_instant(_deadline(override, term))}, and {did}{f': {more}' if more else ''}"


def _by(override: Override, allowance: Allowance, term: BreakGlass, now: datetime) -> Answer:
    if now < override.created:
        return OverrideStatus.NOT_YET, f"holds only from {_instant(override.created)}"
    if why := _why_not_declared(override, allowance, term):
        return OverrideStatus.UNAUTHORISED, why
    if _is_too_long(override, term):
        hours = (override.expires - override.created) / timedelta(hours=1)
        return OverrideStatus.TOO_LONG, f"lasts {hours:g} hours; at most {term.maximum_hours} are allowed"
    deadline = _deadline(override, term)
    over = now >= override.expires
    said = (
        f"broken glass by {override.requested_by} for {override.incident}, "
        f"until {_instant(override.expires)}{by_another(override)}"
    )
    timely = _in_time(override, allowance, term)
    if len(timely) >= term.minimum:
        names = f"{in_words(timely)}{_doubt(timely, term, deadline, now)}"
        if over:
            return OverrideStatus.EXPIRED, f"expired at {_instant(override.expires)}; confirmed by {names}"
        return OverrideStatus.IN_FORCE, f"{said}; confirmed by {names}"
    wanted = f"{term.minimum} of {_who(term.confirmed_by)}"
    why = objections(override, allowance, logins(term.confirmed_by))
    more = f" ({why})" if why else ""
    if now >= deadline:
        had = f"{wanted} had to confirm it before {_instant(deadline)}"
        if late := _too_late(override, allowance, term, timely):
            return OverrideStatus.UNCONFIRMED, f"was not confirmed in time: {had}; {late}{more}"
        did = in_words(timely) or "nobody"
        return OverrideStatus.UNCONFIRMED, f"was never confirmed: {had}, and {did} did{more}"
    waits = f"{wanted} must confirm it before {_instant(deadline)}{more}"
    if over:
        return OverrideStatus.EXPIRED, f"expired at {_instant(override.expires)}; {waits}"
    return OverrideStatus.IN_FORCE, f"{said}; {waits}"


def _why_not_declared(override: Override, allowance: Allowance, term: BreakGlass) -> str | None:
    """Why whoever broke the glass was not known to be somebody who may; None when they were.

    Where the policy takes no name that a file merely states, the one who breaks the glass signs it.
    """
    requester = override.requested_by.casefold()
    if requester not in logins(term.by):
        return f"{override.requested_by} may not break the glass; {_who(term.by)} may"
    if ApprovalHow.STATED in allowance.accepted:
        return None
    own = [each for each in override.every_approval if each.named == {requester}]
    if any(why_not(each, allowance) is None for each in own):
        return None
    said = "; ".join(override.remarks)
    return f"{override.requested_by} has not signed it, and the policy takes nobody's word" + (
        f" ({said})" if said else ""
    )


def _is_too_long(override: Override, term: BreakGlass) -> bool:
    return override.expires - override.created > timedelta(hours=term.maximum_hours)


def _is_confirmed(override: Override, allowance: Allowance, term: BreakGlass) -> bool:
    return len(_in_time(override, allowance, term)) >= term.minimum


def _in_time(override: Override, allowance: Allowance, term: BreakGlass) -> dict[str, Approval]:
    """The confirmations that count, none of which is known to have come after the term."""
    return counted(override, allowance, logins(term.confirmed_by), _deadline(override, term))


def _too_late(
    override: Override, allowance: Allowance, term: BreakGlass, timely: Mapping[str, Approval]
) -> str:
    """Who confirmed it when it was too late, in words; empty when nobody did."""
    every = counted(override, allowance, logins(term.confirmed_by))
    late = [(login, each) for login, each in sorted(every.items()) if login not in timely and each.at]
    return ", ".join(
        f"{login} ({known_by(each)}) confirmed it at {_instant(each.at)}" for login, each in late if each.at
    )


def _doubt(timely: Mapping[str, Approval], term: BreakGlass, deadline: datetime, now: datetime) -> str:
    """What nobody can tell of confirmations that are found after the term, in words.

    A forge dates reviews; the date in a commit is whatever its committer wrote there.
    """
    dated = sum(each.how is ApprovalHow.CHANGE_REQUEST and each.at is not None for each in timely.values())
    if now < deadline or dated >= term.minimum:
        return ""
    return f"; nobody can tell whether that was before {_instant(deadline)}"


def _deadline(override: Override, term: BreakGlass) -> datetime:
    try:
        return override.created + timedelta(hours=term.confirm_within_hours)
    except OverflowError:  # there is no later instant
        return datetime.max.replace(tzinfo=override.created.tzinfo)


def _who(group: Group) -> str:
    users, teams = group
    return ", ".join((*users, *(team for team, _ in teams)))


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
