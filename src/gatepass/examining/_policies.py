"""What the policies ask for, against what is here: reports, collectors, teams, files of signers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gatepass.evaluate import Gathered, absence
from gatepass.examining._lines import Line, Mark, note, ok
from gatepass.examining._needs import APPROVALS, BUILD, IDENTITY, Need
from gatepass.model.build import Build
from gatepass.model.policy import Policy
from gatepass.model.source import ProblemCode, Source
from gatepass.policy.scope import why_not

_MOST = 10
Refused = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Here:
    """What is here.

    ``asked`` are the kinds that each collector will be asked for, ``servers`` their addresses where they are
    known, ``options`` their options. ``refused`` says why one cannot tell a kind, empty when it may.
    """

    build: Build
    gathered: Gathered
    now: datetime
    asked: Mapping[str, tuple[str, ...]]
    refused: Refused
    servers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def lines(policies: Sequence[Policy], needed: Sequence[Need], here: Here) -> Iterator[Line]:
    """The policies, and for each thing that their rules ask for whether it is here."""
    yield from _policies(policies, here.build)
    yield from _grouped(
        [
            (need, *supply)
            for need in needed
            for group in need.groups
            for supply in [_supply(need, group, here)]
        ]
    )
    for need in needed:
        yield from _teams(need, here)
        yield from _signers(need, here)
    yield from _unread(here.gathered.sources)
    yield from _overrides(policies)


def _policies(policies: Sequence[Policy], build: Build) -> Iterator[Line]:
    reasons = [(policy, why_not(policy.scope, build)) for policy in policies]
    judging = [policy for policy, reason in reasons if not reason and policy.rules]
    if judging:
        count = sum(len(policy.rules) for policy in judging)
        names = ", ".join(f"{each.name} {each.version}".strip() for each in judging)
        yield ok("policy", "policies", f"{names}: {count} rule{'' if count == 1 else 's'}", rules=count)
    for policy, reason in reasons:
        if reason:
            yield note("policy.scope", policy.name, f"is not for this build: {reason}")
    if not judging:
        said = "no policy is for this build, so there is nothing to judge by"
        fix = "widen a scope, or give another --policy; --build branch=… tells what the platform does not"
        yield Line("policy.scope", Mark.MISSING, "policies", said, fix)


Supply = tuple[str, Mark, str, str | None]


def _supply(need: Need, group: tuple[str, ...], here: Here) -> Supply:
    """How a rule gets evidence of one of the kinds: the kinds, the mark, the words, the fix."""
    kinds = " or ".join(group)
    if group == (BUILD,):
        return kinds, Mark.OK, "what the pipeline tells", None
    why = absence(need.rule, need.check, here.gathered, here.build, here.now)
    own = need.check.evidence != BUILD
    if own and why is None:
        return kinds, Mark.OK, "a report is here", None
    tried = [_collected(need, kind, here) for kind in group]
    for said, refused in (each for each in tried if each):
        if not refused:
            return kinds, Mark.OK, said, None
    refusals = [refused for each in tried if each for refused in [each[1]]]
    if refusals:
        return kinds, need.weight, refusals[0], None
    if not own and not need.rule.collected and _given(group, here.gathered):
        return kinds, Mark.OK, "a report is here", None
    said = why if own and why else f"there is no {kinds} evidence"
    return kinds, need.weight, said, _fix(need, group)


def _given(group: Sequence[str], gathered: Gathered) -> bool:
    return any(each.KIND in group and each.source.usable for each in gathered.evidence)


def _collected(need: Need, kind: str, here: Here) -> tuple[str, str] | None:
    """That a configured collector is asked for a kind, and why that does not help; None when none is."""
    asked = [name for name, kinds in here.asked.items() if kind in kinds]
    if not asked:
        return None
    believed = {each.rstrip("/") for each in need.rule.servers}
    refusals = []
    for name in asked:
        server = here.servers.get(name, "").rstrip("/")
        if believed and server and server not in believed:
            refusals.append(
                f"{name} is at {server}, and the rule believes {', '.join(sorted(believed))} alone"
            )
        elif refused := here.refused(name, kind):
            refusals.append(f"{name} cannot tell: {refused}")
        else:
            return f"asked of {name}", ""
    return "", refusals[0]


def _fix(need: Need, group: tuple[str, ...]) -> str:
    by_hand = {
        IDENTITY: "--collect oidc",
        APPROVALS: "--collect with the forge's name (github, gitlab, bitbucket, azure)",
        "pipeline": "--collect with the forge's name (github, gitlab, bitbucket, azure)",
        "commits": "--collect git",
        "suppressions": "--collect suppressions",
        "artifacts": "--artifact with what the build made",
        "facts": f"--fact {need.rule.parameters.get('fact', 'NAME')}=FILE",
        "quality-gate": "--collect sonarqube",
    }
    given = " or ".join(dict.fromkeys(by_hand[kind] for kind in group if kind in by_hand))
    if not given:
        return "--evidence with the report; gatepass evidence formats lists what is read"
    return given


def _grouped(supplies: Sequence[tuple[Need, str, Mark, str, str | None]]) -> Iterator[Line]:
    """A line for each way that it stands, with all rules that are in it."""
    found: dict[Supply, list[str]] = {}
    for need, kinds, mark, said, fix in supplies:
        found.setdefault((kinds, mark, said, fix), []).append(need.rule.id)
    for (kinds, mark, said, fix), rules in found.items():
        names = list(dict.fromkeys(rules))
        shown = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
        facts = (("kind", kinds), ("rules", " ".join(names)))
        yield Line("evidence", mark, kinds, f"{said} · for {shown}", fix, facts)


def _teams(need: Need, here: Here) -> Iterator[Line]:
    """Teams that a rule counts and that the forge is not asked about."""
    for name, kinds in here.asked.items():
        if APPROVALS not in kinds or name not in ("github", "gitlab"):
            continue
        listed = {each.strip().casefold() for each in here.options.get(name, {}).get("teams", "").split(",")}
        for team in need.teams:
            if team.casefold() not in listed:
                said = f"{need.rule.id} counts its members, and {name} is not asked who they are"
                fix = f"collect: {{{name}: {{teams: {team}}}}} in gatepass.yaml"
                yield Line(
                    "team", need.weight, f"team {team}", said, fix, (("team", team), ("rules", need.rule.id))
                )


def _signers(need: Need, here: Here) -> Iterator[Line]:
    if (
        need.allowed_signers
        and "git" in here.asked
        and not here.options.get("git", {}).get("allowed-signers")
    ):
        said = f"{need.rule.id} asks who signed, and git is told of no signers"
        fix = "collect: {git: {allowed-signers: FILE}} in gatepass.yaml; a file that no change can write"
        yield Line("signers", need.weight, "allowed signers", said, fix, (("rules", need.rule.id),))


def _unread(sources: Sequence[Source]) -> Iterator[Line]:
    """Reports that were given and cannot be used; the gate fails for those whose kind is not known."""
    bad = [each for each in sources if each.problem is not None]
    for source in bad[:_MOST]:
        assert source.problem is not None
        known = source.kind is not None
        fix = "gatepass evidence show FILE says what is read of it"
        if source.problem.code is ProblemCode.MISSING:
            fix = "run it after the step that writes the report, or name it rightly (--evidence)"
        mark = Mark.WARNING if known else Mark.MISSING
        yield Line("report", mark, source.name, source.problem.message, fix, (("kind", source.kind),))
    if len(bad) > _MOST:
        yield Line("report", Mark.MISSING, "reports", f"{len(bad) - _MOST} more cannot be used")


def _overrides(policies: Sequence[Policy]) -> Iterator[Line]:
    """What signatures on overrides are believed by; a policy without its file of signers does not load."""
    for policy in policies:
        for trust in {each.trust.digest: each.trust for each in policy.allowances if each.trust}.values():
            signers, keys = len(trust.signers), len(trust.keys)
            where = f" of {trust.path}" if trust.path else ""
            said = f"{signers} signers{where}, {keys} keys" if keys else f"{signers} signers{where}"
            yield ok("override.signers", f"{policy.name} overrides", said, signers=signers, keys=keys)
