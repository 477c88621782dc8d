"""The examination, top to bottom: what the gate would use, looked at without judging and without writing.

build ─ policies, reports ─ what the rules need ─ visits to servers ─ sections, without secrets
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import gatepass
from gatepass import seam
from gatepass.artifacts import artifact_of
from gatepass.collect import Asked, Collector
from gatepass.collecting import checked, collectors
from gatepass.errors import CollectionError, GatepassError, PolicyError
from gatepass.evaluate import Gathered
from gatepass.examining import _clock, _identity, _pipeline, _policies, _signing, _versions, _visit
from gatepass.examining._lines import Examination, Line, Section, missing
from gatepass.examining._needs import IDENTITY, Need, by_kind, needs
from gatepass.examining._secrets import Secrets
from gatepass.examining._server import Server
from gatepass.gathering import gather
from gatepass.model.build import Build
from gatepass.model.policy import Policy
from gatepass.policy import load, overrides
from gatepass.policy.schema import checks_of
from gatepass.request import Request

PATIENCE = 15.0
_MOST_MISTAKES = 10
_OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Wish:
    """How to examine: ``offline`` asks nobody, ``request_token`` asks the platform for a token of the run.

    ``patience`` is for how many seconds servers are waited for, all together.
    """

    offline: bool = False
    request_token: bool = False
    patience: float = PATIENCE


def servers() -> dict[str, Server]:
    """All servers that can be examined, by the names of their collectors."""
    return seam.members("gatepass.examining", Server)


def examine(
    request: Request, environment: Mapping[str, str], clock: Callable[[], datetime], wish: Wish
) -> Examination:
    """Look at everything that a run of the gate with this request would use. Nothing is written anywhere.

    ``clock`` tells the time (UTC). Raises `UsageError` for what the gate would refuse as bad usage.
    """
    now = clock()
    wanted = checked(request.collect, collectors())
    found = _pipeline.found(request, environment)
    build = found.build
    policies, mistakes = _loaded(request)
    rules = needs(policies, checks_of(policies), build, now)
    asked = _asked(build, environment, request, now)
    visits = _visits(wanted, asked)
    identity = _examined_identity(request, asked, rules, wish, clock)
    _ask(visits, identity, clock, wish)
    gathered, artifact_mistakes, build = _gathered(request, build)
    here = _policies.Here(
        build=build,
        gathered=gathered,
        now=now,
        asked={each.name: kinds for each, kinds, _ in wanted},
        refused=lambda name, kind: (
            found.refused(name, request.collect.get(name, {})) or _refused(name, kind, visits, identity)
        ),
        servers={each.server.name: each.asking.client.base for each in visits if each.asking}
        | ({_OIDC: identity.setting.issuer} if identity.setting else {}),
        options=request.collect,
    )
    readings = [told for each in visits if each.asking for told in list(each.asking.readings)]
    sections = (
        Section("versions", "Versions", tuple(_versions.lines(environment, request.collect))),
        Section("pipeline", "Pipeline", found.lines),
        Section("identity", "Identity", tuple(_identity.lines(identity, now))),
        Section("servers", "Servers", tuple(_of_servers(visits, rules, now, wish))),
        Section(
            "policies",
            "Policies",
            (
                *mistakes,
                *artifact_mistakes,
                *(_policies.lines(policies, rules, here) if not mistakes else ()),
            ),
        ),
        Section("signing", "Signing", tuple(_signing.lines(request, environment))),
        _clock.section([*readings, *identity.readings], offline=wish.offline),
    )
    shown = Examination(_subject(build), tuple(each for each in sections if each.lines))
    return _secrets(request, environment).without(shown)


def _loaded(request: Request) -> tuple[tuple[Policy, ...], tuple[Line, ...]]:
    """The policies, and what is wrong with them or with files of overrides."""
    try:
        policies = load.load(request.policies, request.root)
    except PolicyError as error:
        wrong = [error, *error.others][:_MOST_MISTAKES]
        return (), tuple(missing("policy", "policies", str(each), each.hint) for each in wrong)
    try:
        overrides.load(request.overrides, request.root)
    except GatepassError as error:
        return policies, (missing("overrides", "overrides", str(error), error.hint),)
    return policies, ()


def _gathered(request: Request, build: Build) -> tuple[Gathered, tuple[Line, ...], Build]:
    """The reports, read as the gate reads them, and the build with its artifacts."""
    lines: tuple[Line, ...] = ()
    try:
        build = replace(build, artifacts=tuple(artifact_of(each, request.root) for each in request.artifacts))
    except GatepassError as error:
        lines = (missing("artifacts", "artifacts", str(error), error.hint),)
    found = gather(request.evidence, request.facts, request.root, build)
    return Gathered(found.evidence, found.sources), lines, build


def _asked(build: Build, environment: Mapping[str, str], request: Request, now: datetime) -> Asked:
    producer = f"gatepass {gatepass.__version__}"
    return Asked(build, environment, request.root, now, producer, {}, _say_nothing, _never_sleep)


def _say_nothing(_: str) -> None:
    """Nobody waits: what is told on the way is in the examination."""


def _never_sleep(_: float) -> None:
    raise CollectionError("it does not answer at once")


def _visits(
    wanted: Sequence[tuple[Collector, tuple[str, ...], Mapping[str, str]]], asked: Asked
) -> list[_visit.Visit]:
    """The servers of the configured collectors, and the platform's own forge, where posting would go."""
    known = servers()
    visits = [
        _visit.Visit(known[each.name], replace(asked, options=options), kinds)
        for each, kinds, options in wanted
        if each.name in known
    ]
    forge = known.get(asked.build.platform)
    if (
        forge is not None
        and forge.name not in {each.server.name for each in visits}
        and forge.token_in(asked)
    ):
        visits.append(_visit.Visit(forge, asked, ()))
    return visits


def _examined_identity(
    request: Request, asked: Asked, rules: Sequence[Need], wish: Wish, clock: Callable[[], datetime]
) -> _identity.Identity:
    needed = any((IDENTITY,) in each.groups for each in rules)
    required = _OIDC in request.collect or request.identity == "required" or needed
    mine = replace(asked, options=request.collect.get(_OIDC, {}))
    identity = _identity.Identity(
        mine, required, wish.request_token, clock, wish.offline, request.identity == "required"
    )
    identity.look()
    return identity


def _ask(
    visits: Sequence[_visit.Visit],
    identity: _identity.Identity,
    clock: Callable[[], datetime],
    wish: Wish,
) -> None:
    for each in visits:
        each.open(clock)
    if not wish.offline:
        more = (identity.go,) if identity.required or identity.request else ()
        _visit.go(visits, wish.patience, more)


def _refused(name: str, kind: str, visits: Sequence[_visit.Visit], identity: _identity.Identity) -> str:
    if name == _OIDC:
        return identity.trouble or identity.issuer_trouble
    return next((each.refused(kind) for each in visits if each.server.name == name and each.kinds), "")


def _of_servers(
    visits: Sequence[_visit.Visit], rules: Sequence[Need], now: datetime, wish: Wish
) -> Iterator[Line]:
    needed = by_kind(rules)
    for each in visits:
        yield from _visit.lines(each, needed, now, wish.patience, offline=wish.offline)


def _subject(build: Build) -> str:
    commit = f"@{build.commit[:7]}" if build.commit else ", no commit"
    change = build.change_request
    occasion = f" · change {change.number or '?'}" if change else ""
    return f"{build.repository or 'no repository'}{commit}{occasion}"


def _secrets(request: Request, environment: Mapping[str, str]) -> Secrets:
    named = [name for each in servers().values() for name in each.tokens]
    if request.key and request.key.startswith("env://"):
        named.append(request.key.removeprefix("env://"))
    oidc = request.collect.get(_OIDC, {}).get("token-variable")
    made = Secrets.of(environment, [*named, *((oidc,) if oidc else ())])
    if request.key and _signing.looks_like_a_key(request.key):
        return Secrets((request.key, *made.texts))
    return made
