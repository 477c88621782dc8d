"""`gatepass doctor`: what the gate would find here, and what is missing."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gatepass.cli import _gate_options as options
from gatepass.cli import _terminal
from gatepass.cli._settings import configuration

COMPLETE, INCOMPLETE = 0, 1


def doctor(
    policy: options.Policies = None,
    evidence: options.Evidence = None,
    fact: options.Facts = None,
    overrides: options.Overrides = None,
    collect: options.Collectors = None,
    identity: options.Identity = None,
    artifact: options.Artifacts = None,
    key: options.Key = None,
    unsafe_unsigned: options.Unsigned = False,
    build: options.BuildFacts = None,
    platform: options.PlatformName = None,
    config: options.Config = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server.")] = False,
    request_token: Annotated[
        bool,
        typer.Option(
            "--request-token",
            help="Ask the platform for a token of this run as well, to see whose it is; nobody is shown it.",
        ),
    ] = False,
    patience: Annotated[
        float, typer.Option(help="How many seconds to wait for all servers together.", min=1, max=300)
    ] = 15,
    json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what is missing or may go wrong.")
    ] = False,
) -> None:
    """Say what the gate would find here, and what is missing of what the policies ask for.

    Reads alone: nothing is judged, nothing is written, no secret is shown. Options are the gate's.
    Exit 0 when nothing is missing, 1 when something is, 2 on bad usage.
    """
    from datetime import UTC, datetime

    from gatepass.cli._examined import document, text
    from gatepass.examining import Wish, examine
    from gatepass.terminal import NARROWEST, Page

    request = options.request_of(
        options.Given(
            policy=policy,
            evidence=evidence,
            fact=fact,
            overrides=overrides,
            collect=collect,
            identity=identity,
            artifact=artifact,
            key=key,
            unsigned=unsafe_unsigned,
            build=build,
            platform=platform,
            config=config,
        ),
        configuration(config, policy),
    )
    wish = Wish(offline=offline, request_token=request_token, patience=patience)
    examination = examine(request, os.environ, lambda: datetime.now(UTC), wish)
    if json:
        print(document(examination, datetime.now(UTC)), end="")
    else:
        page = Page(_terminal.wants_colour(), max(_terminal.width(), NARROWEST))
        print(text(examination, page, quiet=quiet), end="")
    raise typer.Exit(COMPLETE if examination.complete else INCOMPLETE)
