"""`gatepass override approve, reject, revoke, extend, break-glass`: decide on overrides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gatepass.cli import _override_options as options

Id = Annotated[str, typer.Argument(metavar="ID", help="The id of an override or a request.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asked.")]
By = Annotated[
    str | None, typer.Option(help="Who decides; default who started the pipeline.", metavar="LOGIN")
]
Key = Annotated[
    str | None, typer.Option(help="Sign with a key of gatepass: a file, or env://NAME.", metavar="KEY")
]
SshKey = Annotated[
    str | None, typer.Option(help="Sign with an SSH key, by ssh-keygen: its file.", metavar="PATH")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `gatepass override`."""
    app.command()(approve)
    app.command()(reject)
    app.command()(revoke)
    app.command()(extend)
    app.command("break-glass")(break_glass)


def approve(
    id_: Id,
    key: Key = None,
    ssh_key: SshKey = None,
    overrides: options.Overrides = None,
    policy: options.Policies = None,
    config: options.Config = None,
) -> None:
    """Approve a request, or confirm a broken glass, by a signature beside its file."""
    from gatepass.cli import _approving

    settings, now = options.settings_of(config), options.now_()
    file = options.one(options.files_of(overrides, settings), id_)
    policies = options.policies_of(policy, settings)
    [file] = options.verified([file], policies, now)
    _approving.approve(file, policies, _approving.Keys(key, ssh_key), Path.cwd(), now)


def reject(
    id_: Id,
    reason: Reason,
    by: By = None,
    overrides: options.Overrides = None,
    config: options.Config = None,
) -> None:
    """Turn down a request: it can no longer be approved."""
    _end(id_, reason, by, overrides, config, rejected=True)


def revoke(
    id_: Id,
    reason: Reason,
    by: By = None,
    overrides: options.Overrides = None,
    config: options.Config = None,
) -> None:
    """End an override before its time, whoever approved it."""
    _end(id_, reason, by, overrides, config, rejected=False)


def _end(
    id_: str, reason: str, by: str | None, overrides: list[str] | None, config: str | None, *, rejected: bool
) -> None:
    from gatepass.cli import _approving, _requesting

    file = options.one(options.files_of(overrides, options.settings_of(config)), id_)
    who = by or _requesting.who_started(os.environ, Path.cwd())
    _approving.end(file, who, reason, options.now_(), rejected=rejected)


def extend(
    id_: Id,
    days: Annotated[
        int | None,
        typer.Option(help="How long it is to last, from today.", min=1, max=options.MOST_DAYS),
    ] = None,
    expires: Annotated[str | None, typer.Option(help="The last day, or an instant.", metavar="DAY")] = None,
    justification: Annotated[
        str | None, typer.Option(help="Why it is still needed; default what the override says.")
    ] = None,
    requested_by: By = None,
    overrides: options.Overrides = None,
    policy: options.Policies = None,
    config: options.Config = None,
) -> None:
    """Ask for an override anew, for longer: a request of its own, which somebody has to approve."""
    from gatepass.cli import _approving, _requesting

    settings, now = options.settings_of(config), options.now_()
    files = options.files_of(overrides, settings)
    policies = options.policies_of(policy, settings)
    who = requested_by or _requesting.who_started(os.environ, Path.cwd())
    until = _requesting.last_day(days, expires, now)
    _approving.extend(options.one(files, id_), files, policies, who, until, justification, Path.cwd(), now)


def break_glass(
    rule: Annotated[str, typer.Option(help="The rule: its id, or policy/id.", metavar="RULE")],
    reason: Annotated[str, typer.Option(help="Why it cannot wait for an approval.")],
    incident: Annotated[str, typer.Option(help="The number of the incident.", metavar="INC-…")],
    hours: Annotated[
        int | None, typer.Option(help="How long it lasts; default as long as the policy lets it.", min=1)
    ] = None,
    fingerprint: options.Fingerprints = None,
    vulnerability: options.VulnerabilityIds = None,
    package: options.Packages = None,
    path: options.Paths = None,
    artifact: options.Artifacts = None,
    whole_rule: options.WholeRule = False,
    missing_evidence: options.MissingEvidence = False,
    requested_by: By = None,
    key: Key = None,
    ssh_key: SshKey = None,
    overrides: options.Overrides = None,
    policy: options.Policies = None,
    config: options.Config = None,
) -> None:
    """Let something through at once, in an emergency; somebody else must confirm it in time."""
    from gatepass.cli import _approving, _breaking, _requesting

    match = options.match_of(
        fingerprint,
        path,
        vulnerability,
        package,
        artifact,
        whole_rule=whole_rule,
        missing_evidence=missing_evidence,
    )
    settings, now, root = options.settings_of(config), options.now_(), Path.cwd()
    asked = _breaking.Asked(
        rule,
        match,
        reason,
        incident,
        requested_by or _requesting.who_started(os.environ, root),
        hours,
    )
    folders = [
        each
        for each in options.configured(overrides, settings) or (options.FOLDER,)
        if (root / each).exists()
    ]
    keys = _approving.Keys(key, ssh_key)
    _breaking.break_glass(asked, folders, options.policies_of(policy, settings), keys, root, now)
