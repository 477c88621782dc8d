"""`gatepass override`: ask for overrides, decide on them, see which there are, take away what is over."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gatepass.cli import _override_decisions
from gatepass.cli import _override_options as options
from gatepass.cli._sections import say

app = typer.Typer(
    help="Ask for overrides, approve, end, list, show, prune and check them.", no_args_is_help=True
)


@app.command()
def request(
    rule: Annotated[str, typer.Option(help="The rule: its id, or policy/id.", metavar="RULE")],
    reason: Annotated[str, typer.Option(help="One of the reasons that the policy allows.")],
    justification: Annotated[str, typer.Option(help="Why it can be let through, for who approves it.")],
    fingerprint: options.Fingerprints = None,
    vulnerability: options.VulnerabilityIds = None,
    package: options.Packages = None,
    path: options.Paths = None,
    artifact: options.Artifacts = None,
    whole_rule: options.WholeRule = False,
    missing_evidence: options.MissingEvidence = False,
    ticket: Annotated[str | None, typer.Option(help="Where it is followed up.")] = None,
    days: Annotated[
        int | None, typer.Option(help="How long it is to last, from today.", min=1, max=options.MOST_DAYS)
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
    policy: options.Policies = None,
    output: Annotated[
        str | None, typer.Option(help="The file; default overrides/ID.yaml.", metavar="PATH")
    ] = None,
    config: options.Config = None,
) -> None:
    """Ask for an override: a file that lets nothing through until somebody who may has approved it."""
    from gatepass.cli import _requesting

    match = options.match_of(
        fingerprint,
        path,
        vulnerability,
        package,
        artifact,
        whole_rule=whole_rule,
        missing_evidence=missing_evidence,
    )
    settings = options.settings_of(config)
    root, now = Path.cwd(), options.now_()
    folders = [
        each for each in options.configured(None, settings) or (options.FOLDER,) if (root / each).exists()
    ]
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
    folder = next((each for each in folders if (root / each).is_dir()), options.FOLDER)
    target = output or f"{folder}/{made.id}.yaml"
    _requesting.write(made, text, options.policies_of(policy, settings), root, target, now)


@app.command("list")
def list_(
    overrides: options.Overrides = None,
    policy: options.Policies = None,
    expiring: Annotated[
        int,
        typer.Option(
            help="How many days before its end one is about to expire.", min=0, max=options.MOST_DAYS
        ),
    ] = 14,
    evidence: Annotated[
        list[str] | None,
        typer.Option(help="A report: also what its scanner was told to leave out.", metavar="PATH"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    config: options.Config = None,
) -> None:
    """List overrides and requests by their standing, who approves, and which rules are overridden."""
    from gatepass.cli import _listing, _standings

    settings, now = options.settings_of(config), options.now_()
    files = options.files_of(overrides, settings)
    policies = options.policies_of(policy, settings)
    files = options.verified(files, policies, now)
    there = options.with_glass_of_before(files, policies, now)
    made = _standings.survey(there, policies, now, timedelta(days=expiring))
    made = replace(made, suppressions=_standings.suppressions_in(evidence or (), Path.cwd()))
    if json:
        print(_listing.as_json(made), end="")
        return
    _listing.show(made)


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id of an override or a request.")],
    overrides: options.Overrides = None,
    policy: options.Policies = None,
    config: options.Config = None,
) -> None:
    """Say everything about an override: what it is for, its standing and why, and what it needs."""
    from gatepass.cli import _listing, _sections

    settings, now = options.settings_of(config), options.now_()
    policies = options.policies_of(policy, settings)
    files = options.verified(options.files_of(overrides, settings), policies, now)
    shown = options.one(files, id_).override
    others = options.with_glass_of_before(files, policies, now)
    say("", f"{id_} · {shown.rule}", bold=True)
    _sections.show(_listing.sections(shown, policies, now, others))


@app.command()
def prune(
    overrides: options.Overrides = None,
    record: Annotated[
        str | None,
        typer.Option(help="A record: also what matched nothing in its decision.", metavar="RECORD"),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Remove the files; without it they are named.")
    ] = False,
    config: options.Config = None,
) -> None:
    """Name the files of overrides and requests that have expired, and with --apply remove them."""
    from gatepass.cli import _pruning
    from gatepass.files import discard

    files = options.files_of(overrides, options.settings_of(config))
    unused = _pruning.unused_in(Path(record)) if record else frozenset()
    if record:
        say("", f"NOT VERIFIED: whoever wrote {record} may have written anything")
    over = _pruning.over(files, unused, options.now_())
    for file, why in over:
        if apply:
            discard(_pruning.everything_of(file))
        what = f"{file.override.place.path}: {file.override.id} {why}"
        say("", f"{'removed' if apply else 'would remove'} {what}")
    if not over:
        held = "1 override or request" if len(files) == 1 else f"{len(files)} overrides and requests"
        say("", f"nothing to remove among {held}")
    elif not apply:
        say("", "nothing was removed; --apply does it")


@app.command()
def check(
    overrides: options.Overrides = None,
    base: Annotated[
        str | None,
        typer.Option(help="The commit to compare with; default the one checked out.", metavar="REF"),
    ] = None,
    config: options.Config = None,
) -> None:
    """Refuse edits: an override may be added or ended, never changed; exit 1 when one is."""
    from gatepass import config as configuration
    from gatepass.cli import _override_check

    given = options.configured(overrides, options.settings_of(config))
    code = _override_check.run(
        given or (options.FOLDER,),
        base,
        Path.cwd(),
        os.environ,
        options.now_(),
        named=bool(given),
        configuration=None if overrides else config or configuration.NAME,
    )
    raise typer.Exit(code)


_override_decisions.add_to(app)
