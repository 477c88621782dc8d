"""Overrides shown: all of them by their standing, or everything about one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from gatepass.cli._sections import say
from gatepass.cli._sections import show as show_sections
from gatepass.cli._standings import Standing, Survey, document, standing_of
from gatepass.explaining import Section, who_may_override
from gatepass.model.override import Match, Override, OverrideStatus
from gatepass.model.policy import Policy
from gatepass.overriding import objection
from gatepass.plain import without_commands
from gatepass.words import approvers, count, distance, last_day, suppression

MOST_NAMED = 10

_ORDER = (
    OverrideStatus.REQUESTED,
    OverrideStatus.UNAUTHORISED,
    OverrideStatus.NOT_ALLOWED,
    OverrideStatus.TOO_LONG,
    OverrideStatus.UNKNOWN_RULE,
    OverrideStatus.NOT_YET,
    OverrideStatus.EXPIRED,
)


def as_json(survey: Survey) -> str:
    """The list for programs, in ASCII: hostile texts stay data in every terminal."""
    return without_commands(json.dumps(document(survey), indent=2, ensure_ascii=True)) + "\n"


def show(survey: Survey) -> None:
    """Print the list for people."""
    requests = sum(each.override.is_request for each in survey.standings)
    in_force = [each for each in survey.standings if each.status is OverrideStatus.IN_FORCE]
    overrides = count(len(survey.standings) - requests, "override")
    at = f"{survey.at:%Y-%m-%d %H:%M} UTC"
    say("", f"{overrides}, {len(in_force)} in force; {count(requests, 'request')} at {at}")
    show_sections(section for section in _list(survey) if section.rows)


def _list(survey: Survey) -> Iterator[Section]:
    at = survey.at
    by_status: dict[OverrideStatus, list[Standing]] = {status: [] for status in OverrideStatus}
    for each in survey.standings:
        by_status[each.status].append(each)
    never = by_status.pop(OverrideStatus.UNCONFIRMED)
    held = by_status.pop(OverrideStatus.IN_FORCE)
    approved = [each for each in held if not each.override.break_glass]
    soon = count(survey.soon.days, "day")
    yield _section("Broken glass that was never confirmed in time", never, at)
    yield _section("Broken glass that holds", [each for each in held if each.override.break_glass], at)
    yield _section(f"In force, over within {soon}", filter(survey.expires_soon, approved), at)
    longer = [each for each in approved if not survey.expires_soon(each)]
    yield _section(f"In force for more than {soon}", longer, at)
    # a status that has no place of its own would be one that nobody sees
    for status in (*_ORDER, *(each for each in by_status if each not in _ORDER)):
        yield _section(status.value.replace("-", " ").capitalize(), by_status[status], at)
    yield Section("Who approved most", tuple(map(_counts, survey.approvals[:MOST_NAMED])))
    yield Section("Which rules are overridden most", tuple(map(_counts, survey.rules[:MOST_NAMED])))
    hidden = tuple(("", suppression(each)) for each in survey.suppressions)
    yield Section("Suppressed in scanners' own files, approved by nobody", hidden)


def _counts(each: tuple[str, int, int]) -> tuple[str, str]:
    name, number, in_force = each
    return name, f"{count(number, 'override')}, {in_force} in force"


def _section(title: str, standings: Iterable[Standing], at: datetime) -> Section:
    rows = tuple((each.override.id, _in_one_line(each, at)) for each in standings)
    return Section(f"{title} ({len(rows)})", rows)


def _in_one_line(standing: Standing, at: datetime) -> str:
    override = standing.override
    about = f"{override.rule} ({_in_short(override.match)})"
    if standing.status is OverrideStatus.IN_FORCE:
        if override.break_glass:
            return f"{about}: {standing.message}{_partly(standing)}"
        said = f"{override.reason} by {approvers(override)}"
        return f"{about} {_until(override, at)}: {said}{_partly(standing)}"
    return f"{about}, asked for by {override.requested_by}: {standing.message}"


def _in_short(match: Match) -> str:
    """What it is for in a word or two: ``lodash``, ``2 paths``."""
    for name in ("packages", "vulnerabilities", "paths", "artifacts", "fingerprints"):
        if values := getattr(match, name):
            return str(values[0]) if len(values) == 1 else f"{len(values)} {name}"
    return "the whole rule"


def _partly(standing: Standing) -> str:
    number = sum(status is OverrideStatus.IN_FORCE for _, status, _ in standing.by_rule)
    return f" (for {number} of {len(standing.by_rule)} rules)" if number < len(standing.by_rule) else ""


def _until(override: Override, at: datetime) -> str:
    return f"until {last_day(override.expires)} ({distance(at, override.last_instant)})"


def sections(
    override: Override, policies: Sequence[Policy], now: datetime, others: Sequence[Override] = ()
) -> list[Section]:
    """Everything about one override, among all that there are."""
    standing = standing_of(override, policies, now, others)
    return [
        Section("What it says", tuple(_says(override))),
        Section("What it is for", tuple(_matches(override.match))),
        Section("Its standing", tuple(_standing(standing, now))),
        Section("What it needs", tuple(_needs(standing, policies, now))),
    ]


def _says(override: Override) -> Iterator[tuple[str, str]]:
    yield "kind", _kind(override)
    if override.incident:
        yield "incident", override.incident
    yield "reason", override.reason
    yield "justification", override.justification
    if override.ticket:
        yield "ticket", override.ticket
    yield "requested by", override.requested_by
    yield "approved by", approvers(override)
    for each in override.every_approval:
        if each.key:
            yield "", f"{each.by}: {each.said}, key {each.key}"
    for bringer in override.brought_by:
        yield "added by", f"{bringer.by}, {bringer.said}"
    for remark in override.remarks:
        yield "", remark
    if ended := override.revocation:
        word = "rejected" if ended.rejected else "revoked"
        yield word, f"by {ended.by} at {ended.at:%Y-%m-%dT%H:%M:%SZ}: {ended.reason} ({ended.place.path})"
    yield "from", f"{override.created:%Y-%m-%dT%H:%M:%SZ}"
    yield "until", f"{override.expires:%Y-%m-%dT%H:%M:%SZ}"
    if override.drop_if_fixable:
        yield "ends also", "when there is a fix"
    yield "file", f"{override.place.path}, sha256:{override.sha256}"


def _kind(override: Override) -> str:
    if override.break_glass:
        return "broken glass"
    return "a request" if override.is_request else "an override"


def _matches(match: Match) -> Iterator[tuple[str, str]]:
    if match.whole_rule:
        yield "whole rule", "every violation of it"
    for name in ("fingerprints", "vulnerabilities", "packages", "paths", "artifacts"):
        if values := getattr(match, name):
            yield name, ", ".join(values)
    if match.missing_evidence:
        yield "missing evidence", "also that there is none"


def _standing(standing: Standing, now: datetime) -> Iterator[tuple[str, str]]:
    if not standing.by_rule:
        yield standing.status.value, standing.message
    for rule, status, message in standing.by_rule:
        yield rule.code, f"{status.value}: {message}"
    if standing.status is OverrideStatus.IN_FORCE:
        yield "", f"It holds {_until(standing.override, now)}, for what a build finds that it is for."


def _needs(standing: Standing, policies: Sequence[Policy], now: datetime) -> Iterator[tuple[str, str]]:
    by_name = {policy.name: policy for policy in policies}
    for rule, status, _ in standing.by_rule:
        policy = by_name[rule.policy]
        yield rule.code, " ".join(text for _, text in who_may_override(rule, policy))
        if status is OverrideStatus.IN_FORCE:
            yield "", "It has all of that."
        elif status is OverrideStatus.BLOCKED:
            yield "", "That the earlier one is confirmed."
        elif status is OverrideStatus.UNCONFIRMED:
            yield "", "It holds no longer. Confirmed late, it is in the way of no other glass."
        elif why := objection(standing.override, rule, policy, now):
            yield "", f"No approval would be enough: {why}."
        else:
            yield "", "It needs their approval."
    if not standing.by_rule:
        yield "", "A rule that a policy has."
