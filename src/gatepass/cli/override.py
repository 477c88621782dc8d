"""`gatepass override`: ask for overrides, see which there are, take away those that are over."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli._sections import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatepass.model.facts import Json
    from gatepass.model.override import Override
    from gatepass.model.policy import Policy

app = typer.Typer(help="Ask for overrides, list, show and prune them.", no_args_is_help=True)

Strings = list[str] | None
FOLDER = "overrides"
MOST_DAYS = 3_650

Policies = Annotated[
    Strings,
    typer.Option(
        "--policy", help="A policy: a file, a folder, or the name of one that ships.", metavar="PATH"
    ),
]
Overrides = Annotated[
    Strings,
    typer.Option(
        "--overrides",
        help="An override, or a folder of them; default gatepass.yaml's, else overrides.",
        metavar="PATH",
    ),
]
Config = Annotated[
    str | None, typer.Option("--config", help="The configuration; default gatepass.yaml.", metavar="PATH")
]


@app.command()
def request(
    rule: Annotated[str, typer.Option(help="The rule: its id, or policy/id.", metavar="RULE")],
    reason: Annotated[str, typer.Option(help="One of the reasons that the policy allows.")],
    justification: Annotated[str, typer.Option(help="Why it can be let through, for who approves it.")],
    fingerprint: Annotated[
        Strings, typer.Option(help="A finding, by its 32 digits.", metavar="FINGERPRINT")
    ] = None,
    vulnerability: Annotated[
        Strings, typer.Option(help="A vulnerability, by its id or an alias.", metavar="ID")
    ] = None,
    package: Annotated[
        Strings, typer.Option(help="A package, by a glob of its name.", metavar="GLOB")
    ] = None,
    path: Annotated[Strings, typer.Option(help="Findings in files, by a glob.", metavar="GLOB")] = None,
    artifact: Annotated[Strings, typer.Option(help="An artifact.", metavar="sha256:…")] = None,
    whole_rule: Annotated[
        bool, typer.Option("--whole-rule", help="Every violation of the rule, also those to come.")
    ] = False,
    missing_evidence: Annotated[
        bool, typer.Option("--missing-evidence", help="Beside another: also that evidence is missing.")
    ] = False,
    ticket: Annotated[str | None, typer.Option(help="Where it is followed up.")] = None,
    days: Annotated[
        int | None, typer.Option(help="How long it is to last, from today.", min=1, max=MOST_DAYS)
    ] = None,
    expires: Annotated[str | None, typer.Option(help="The last day, or an instant.", metavar="DAY")] = None,
    requested_by: Annotated[
        str | None, typer.Option(help="Who asks; default who started the pipeline.", metavar="LOGIN")
    ] = None,
    drop_if_fixable: Annotated[
        bool, typer.Option("--drop-if-fixable", help="It ends when there is a fix.")
    ] = False,
    id_: Annotated[
        str | None, typer.Option("--id", help="Its id; default the next OVR-YEAR-NNN.", metavar="ID")
    ] = None,
    policy: Policies = None,
    output: Annotated[
        str | None, typer.Option(help="The file; default overrides/ID.yaml.", metavar="PATH")
    ] = None,
    config: Config = None,
) -> None:
    """Ask for an override: a file that lets nothing through until somebody who may has approved it."""
    from gatepass.cli import _requesting
    from gatepass.errors import UsageError

    match: dict[str, Json] = {
        "fingerprints": [*(fingerprint or ())],
        "paths": [*(path or ())],
        "vulnerabilities": [*(vulnerability or ())],
        "packages": [*(package or ())],
        "artifacts": [*(artifact or ())],
        "whole-rule": whole_rule,
    }
    match = {key: value for key, value in match.items() if value}
    if not match:
        raise UsageError(
            "the request does not say what it is for",
            hint="--fingerprint, --vulnerability, --package, --path, --artifact, or --whole-rule",
        )
    if whole_rule and len(match) > 1:
        raise UsageError("--whole-rule is for everything, so nothing else can be named beside it")
    if missing_evidence:
        match["missing-evidence"] = True
    settings = _settings(config)
    root, now = Path.cwd(), _now()
    folders = [each for each in _configured(None, settings) or (FOLDER,) if (root / each).exists()]
    made, text = _requesting.make(
        {
            "id": id_,
            "rule": rule,
            "match": match,
            "reason": reason,
            "justification": justification,
            **({"ticket": ticket} if ticket is not None else {}),
            "requested-by": requested_by or _requesting.who_started(os.environ, root),
            "created": now.date().isoformat(),
            "expires": _requesting.last_day(days, expires, now),
            **({"drop-if-fixable": True} if drop_if_fixable else {}),
        },
        folders,
        root,
        now,
    )
    folder = next((each for each in folders if (root / each).is_dir()), FOLDER)
    target = output or f"{folder}/{made.id}.yaml"
    _requesting.write(made, text, _policies(policy, settings), root, target, now)


@app.command("list")
def list_(
    overrides: Overrides = None,
    policy: Policies = None,
    expiring: Annotated[
        int, typer.Option(help="How many days before its end one is about to expire.", min=0, max=MOST_DAYS)
    ] = 14,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    config: Config = None,
) -> None:
    """List overrides and requests by their standing, who approves, and which rules are overridden."""
    from gatepass.cli import _listing, _standings

    settings = _settings(config)
    loaded = tuple(_loaded(overrides, settings))
    made = _standings.survey(loaded, _policies(policy, settings), _now(), timedelta(days=expiring))
    if json:
        print(_listing.as_json(made), end="")
        return
    _listing.show(made)


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id of an override or a request.")],
    overrides: Overrides = None,
    policy: Policies = None,
    config: Config = None,
) -> None:
    """Say everything about an override: what it is for, its standing and why, and what it needs."""
    from gatepass.cli import _listing, _sections
    from gatepass.errors import UsageError
    from gatepass.policy._mistakes import suggestion

    settings = _settings(config)
    loaded = {each.id: each for each in _loaded(overrides, settings)}
    if id_ not in loaded:
        raise UsageError(f"there is no override '{id_}'{suggestion(id_, loaded)}")
    say("", f"{id_} · {loaded[id_].rule}", bold=True)
    _sections.show(_listing.sections(loaded[id_], _policies(policy, settings), _now()))


@app.command()
def prune(
    overrides: Overrides = None,
    record: Annotated[
        str | None,
        typer.Option(help="A record: also what matched nothing in its decision.", metavar="RECORD"),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Remove the files; without it they are named.")
    ] = False,
    config: Config = None,
) -> None:
    """Name the files of overrides and requests that have expired, and with --apply remove them."""
    from gatepass.cli import _pruning
    from gatepass.files import discard

    loaded = _loaded(overrides, _settings(config))
    unused = _pruning.unused_in(Path(record)) if record else frozenset()
    if record:
        say("", f"NOT VERIFIED: whoever wrote {record} may have written anything")
    over = _pruning.over(loaded, unused, _now())
    for override, path, why in over:
        if apply:
            discard([path])
        say("", f"{'removed' if apply else 'would remove'} {override.place.path}: {override.id} {why}")
    if not over:
        say("", f"nothing to remove among {len(loaded)} overrides and requests")
    elif not apply:
        say("", "nothing was removed; --apply does it")


def _settings(config: str | None) -> Mapping[str, Json]:
    from gatepass import config as configuration

    return configuration.read(Path(config or configuration.NAME), required=config is not None)


def _configured(given: Strings, settings: Mapping[str, Json], name: str = "overrides") -> tuple[str, ...]:
    listed = settings.get(name)
    return tuple(given or (str(each) for each in listed) if isinstance(listed, list) else given or ())


def _policies(given: Strings, settings: Mapping[str, Json]) -> tuple[Policy, ...]:
    from gatepass.policy.load import load

    return load(_configured(given, settings, "policies"), Path.cwd())


def _loaded(given: Strings, settings: Mapping[str, Json]) -> dict[Override, Path]:
    from gatepass.errors import UsageError
    from gatepass.policy.overrides import load_with_paths

    references = _configured(given, settings)
    if not references and not Path(FOLDER).is_dir():
        raise UsageError(f"there is no folder {FOLDER} here", hint="--overrides PATH names another")
    return load_with_paths(references or (FOLDER,), Path.cwd())


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
