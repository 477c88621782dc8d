"""What the policies ask for, against what is here: reports, collectors, teams, files of signers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gatepass.collecting import FOLDER
from gatepass.evaluate import Gathered, absence
from gatepass.examining._lines import Line, Mark, note, ok
from gatepass.examining._needs import APPROVALS, BUILD, COMMITS, IDENTITY, PIPELINE, Need
from gatepass.globs import matches_any
from gatepass.model.build import Build
from gatepass.model.policy import Policy, Rule
from gatepass.model.source import ProblemCode, Source
from gatepass.policy.scope import why_not

_MOST = 10
_OF_PEOPLE = frozenset((APPROVALS, COMMITS, PIPELINE, IDENTITY))  # of two origins neither counts
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
    yield from _grouped([each for need in needed for each in _beside(need, here)])
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
    if refusal := next((why for kind in group for why in _refusals(need, kind, here)), None):
        return kinds, need.broken, refusal, None
    asked = [name for kind in group for name in _asked(need, kind, here)]
    twice = set(group) & _OF_PEOPLE and _given(group, here.gathered)
    if asked and twice:
        said = f"a report is here, and {asked[0]} is asked for the same: what was given does not count"
        return kinds, need.broken, said, "give one of both"
    believed = [name for name in asked if _believes(need.rule, name, here)]
    if believed:
        return kinds, Mark.OK, f"asked of {believed[0]}", None
    why: tuple[str, bool] | None = (f"there is no {kinds} evidence", False)
    if need.check.evidence != BUILD:
        why = absence(need.rule, need.check, here.gathered, here.build, here.now)
    elif not need.rule.collected and _given(group, here.gathered):
        why = None
    if why is None:
        return kinds, Mark.OK, "a report is here", None
    if asked:
        names = ", ".join(need.rule.servers)
        said = f"{asked[0]} is at {here.servers.get(asked[0], '?')}, and the rule believes {names} alone"
        return kinds, need.weight, said, None
    said, broken = why
    return kinds, need.broken if broken else need.weight, said, _fix(need, group)


def _beside(need: Need, here: Here) -> Iterator[tuple[Need, str, Mark, str, str | None]]:
    """What a check reads beside its own evidence: where that cannot be collected, the rule fails as well."""
    own = {kind for group in need.groups for kind in group}
    for kind in need.kinds:
        if kind in own:
            continue
        if refusal := next(iter(_refusals(need, kind, here)), None):
            yield need, kind, need.broken, refusal, None
        elif (
            need.groups == ((BUILD,),) and not _asked(need, kind, here) and not _given((kind,), here.gathered)
        ):
            mark = Mark.WARNING if need.weight is Mark.MISSING else Mark.NOTE
            yield need, kind, mark, "there is none, and the rule may fail for it", _fix(need, (kind,))


def _given(group: Sequence[str], gathered: Gathered) -> bool:
    return any(each.KIND in group and each.source.usable for each in gathered.evidence)


def _asked(need: Need, kind: str, here: Here) -> list[str]:
    """The collectors that are asked for a kind, as far as the rule looks at what they write."""
    names = [name for name, kinds in here.asked.items() if kind in kinds]
    reports = need.rule.reports if kind == need.check.evidence else ()
    return [name for name in names if not reports or matches_any(f"{FOLDER}/{name}-{kind}.json", reports)]


def _refusals(need: Need, kind: str, here: Here) -> list[str]:
    told = ((name, here.refused(name, kind)) for name in _asked(need, kind, here))
    return [f"{name} cannot tell: {why}" for name, why in told if why]


def _believes(rule: Rule, name: str, here: Here) -> bool:
    """Whether what a collector asks counts for the rule, by whom it asks."""
    believed = {each.rstrip("/") for each in rule.servers}
    return not believed or here.servers.get(name, "").rstrip("/") in believed


def _fix(need: Need, group: tuple[str, ...]) -> str:
    by_hand = {
        IDENTITY: "--collect oidc",
        APPROVALS: "--collect with the forge's name (github, gitlab, bitbucket, azure)",
        PIPELINE: "--collect with the forge's name (github, gitlab, bitbucket, azure)",
        COMMITS: "--collect git",
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
            if not signers and not keys:  # it names a ref alone
                continue
            where = f" of {trust.path}" if trust.path else ""
            said = f"{signers} signers{where}, {keys} keys" if keys else f"{signers} signers{where}"
            yield ok("override.signers", f"{policy.name} overrides", said, signers=signers, keys=keys)
