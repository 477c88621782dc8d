"""`gatepass init`: a first policy, made from the reports that lie about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatepass.cli._survey import Survey
    from gatepass.model.decision import Decision
    from gatepass.starter_rules import Today

DEFAULT_POLICY = "policies/gatepass.yaml"
_LISTED = 12


def init(
    policy: Annotated[
        str, typer.Option(help="Where the policy goes.", metavar="PATH", show_default=True)
    ] = DEFAULT_POLICY,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write a first policy and gatepass.yaml, with thresholds from the reports that lie about."""
    from datetime import UTC, datetime

    from gatepass import config, starter
    from gatepass.cli._survey import survey
    from gatepass.detecting import build_of
    from gatepass.files import write_whole
    from gatepass.starter_rules import Today

    root = Path.cwd()
    _refuse_to_overwrite(root, policy, force=force)
    build = build_of(os.environ, root, {})
    seen = survey(root, build)
    forge, how_known = _forge(root)
    today = Today(seen.found.evidence, build, datetime.now(UTC).replace(microsecond=0), forge)
    made = starter.policy(policy, today, seen.found.sources)
    settings = starter.config(policy, seen.found.sources, seen.files if seen.complete else ())
    write_whole({root / policy: made.text.encode(), root / config.NAME: settings.encode()})
    _say("platform", [how_known])
    _say("found", _found(seen))
    rules = "1 rule" if len(made.rules) == 1 else f"{len(made.rules)} rules"
    _say("wrote", [f"{policy}: {rules}: {', '.join(made.rules)}", config.NAME])
    _say("today", _verdict(_decision(policy, seen, today)))
    _say("next", _next(nothing_found=not seen.found.sources))


def _refuse_to_overwrite(root: Path, policy: str, *, force: bool) -> None:
    from gatepass import config
    from gatepass.errors import UsageError

    if not policy.isprintable() or not policy.endswith((".yaml", ".yml")):
        raise UsageError(
            "--policy must be the path of a .yaml file", hint=f"gatepass init --policy {DEFAULT_POLICY}"
        )
    there = [name for name in (policy, config.NAME) if os.path.lexists(root / name)]
    if there and not force:
        raise UsageError(
            f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} there already; nothing was written",
            hint="gatepass init --force overwrites; gatepass explain says what the rules there want",
        )


def _forge(root: Path) -> tuple[str | None, str]:
    """The forge that the project is on, and how that is known."""
    from gatepass.detecting import detect

    here = detect(os.environ)
    if here:
        return here.name, f"{here.title} (this is one of its pipelines)"
    for name, sign in (("github", ".github/workflows"), ("gitlab", ".gitlab-ci.yml")):
        if (root / sign).exists():
            return name, f"{name}, as there is {sign}"
    return None, "no forge and no pipeline that gatepass knows"


def _found(seen: Survey) -> Iterator[str]:
    """The reports, those that cannot be used first, and what was left out."""
    from gatepass.cli._figures import figures

    evidence = {each.source.name: each for each in seen.found.evidence}
    sources = sorted(seen.found.sources, key=lambda each: (not each.problem, each.kind or "", each.name))
    shown = [each for each in sources if not each.same_as]
    for source in shown[:_LISTED]:
        if source.problem:
            where = f" (line {source.problem.line})" if source.problem.line else ""
            yield f"{source.name} cannot be used now: {source.problem.message}{where}"
        else:
            said = "; ".join(figures(evidence[source.name])[:2])
            yield f"{source.name}: {source.kind} ({source.format}): {said}"
    if len(shown) > _LISTED:
        yield f"and {len(shown) - _LISTED} more"
    for source in sources:
        if source.same_as:
            yield f"{source.name}: the same bytes as {source.same_as}, counted once"
    if not sources:
        yield f"no report of a known format in {seen.looked_at} files; gatepass evidence formats lists them"
    yield from _left_out(seen)


def _left_out(seen: Survey) -> Iterator[str]:
    from gatepass.cli._survey import DEEPEST

    if seen.passed_over:
        yield f"not looked into: {', '.join(seen.passed_over[:5])} (reports there are made up for tests)"
    if seen.too_deep:
        yield f"not looked into: {seen.too_deep} folders that are more than {DEEPEST} folders deep"
    if seen.unnameable:
        yield f"left out: {seen.unnameable} reports with control characters in their names"
    if not seen.complete:
        yield "there are more files than were looked at: name further reports in gatepass.yaml"


def _decision(policy: str, seen: Survey, today: Today) -> Decision:
    """What the policy that was just written says of the reports that are there."""
    import gatepass
    from gatepass.evaluate import Gathered, evaluate
    from gatepass.policy.load import load
    from gatepass.policy.schema import checks_of

    policies = load([policy], Path.cwd())
    named = tuple(source for source in seen.found.sources if source.kind)
    return evaluate(
        policies,
        Gathered(today.evidence, named),
        (),
        today.build,
        today.now,
        checks=checks_of(policies),
        gate_version=gatepass.__version__,
    )


def _verdict(decision: Decision) -> Iterator[str]:
    yield f"{decision.verdict} by this policy"
    for result in decision.results:
        if result.outcome.blocks:
            yield f"{result.rule.id} fails: {result.summary}; {result.findings[0].message}"
        elif result.warning:
            yield f"{result.rule.id} warns: {result.summary}"


def _next(*, nothing_found: bool) -> list[str]:
    from gatepass import config
    from gatepass.platforms import in_ci

    made = [
        "gatepass gate        judges this workspace by it",
        "gatepass explain     says what its rules want",
    ]
    if in_ci(os.environ):
        made.insert(0, "gatepass key generate gatepass.pem    makes the key that a pipeline signs with")
    if nothing_found:
        made.insert(0, f"{config.NAME} takes the path of a report; the policy says how to make one")
    return made


def _say(what: str, lines: Iterator[str] | list[str]) -> None:
    from gatepass.cli import _terminal
    from gatepass.plain import plain, wrapped

    lead = f"{what:10}"
    for line in lines:
        # commands keep their columns; everything else may come from a report
        rows = [line] if what == "next" else wrapped(plain(line), _terminal.width() - 12)
        for number, row in enumerate(rows):
            print(f"{lead}{'  ' if number else ''}{row}")
            lead = " " * 10
