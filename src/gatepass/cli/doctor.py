"""`gatepass doctor`: what the gate would find here, and what is missing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli import _terminal

if TYPE_CHECKING:
    from gatepass.request import Request

COMPLETE, INCOMPLETE = 0, 1

Strings = list[str] | None


def doctor(
    policy: Annotated[
        Strings,
        typer.Option(help="A policy: a file, a folder, or the name of one that ships.", metavar="PATH"),
    ] = None,
    evidence: Annotated[
        Strings, typer.Option(help="A report, or a glob of reports, as for the gate.", metavar="PATH")
    ] = None,
    fact: Annotated[
        Strings, typer.Option(help="A JSON or YAML document under a name.", metavar="NAME=PATH")
    ] = None,
    overrides: Annotated[
        Strings, typer.Option(help="An override, or a folder of them.", metavar="PATH")
    ] = None,
    collect: Annotated[
        Strings, typer.Option(help="Whom the gate would ask; options stand in gatepass.yaml.", metavar="NAME")
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(help="Whether the platform is to vouch for the record.", metavar="wanted|required"),
    ] = None,
    artifact: Annotated[
        Strings,
        typer.Option(
            help="What the build made: a file, or NAME@sha256:DIGEST.", metavar="PATH|NAME@sha256:…"
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The key that would sign: a file, or env://NAME.", metavar="KEY")
    ] = None,
    unsafe_unsigned: Annotated[
        bool, typer.Option("--unsafe-unsigned", help="As for the gate: the record is not signed.")
    ] = False,
    build: Annotated[
        Strings,
        typer.Option(help="A fact about the build that the platform does not tell.", metavar="KEY=VALUE"),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(help="The CI system to believe, where the signs of two are there.", metavar="NAME"),
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="The configuration; default gatepass.yaml.", metavar="PATH")
    ] = None,
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

    request = _request(
        config,
        lists={"policies": policy, "evidence": evidence, "overrides": overrides, "artifacts": artifact},
        fact=fact,
        collect=collect,
        identity=identity,
        key=key,
        unsigned=unsafe_unsigned,
        build=build,
        platform=platform,
    )
    wish = Wish(offline=offline, request_token=request_token, patience=patience)
    examination = examine(request, os.environ, lambda: datetime.now(UTC), wish)
    if json:
        print(document(examination, datetime.now(UTC)), end="")
    else:
        page = Page(_terminal.wants_colour(), max(_terminal.width(), NARROWEST))
        print(text(examination, page, quiet=quiet), end="")
    raise typer.Exit(COMPLETE if examination.complete else INCOMPLETE)


def _request(
    config: str | None,
    *,
    lists: dict[str, Strings],
    fact: Strings,
    collect: Strings,
    identity: str | None,
    key: str | None,
    unsigned: bool,
    build: Strings,
    platform: str | None,
) -> Request:
    from pathlib import Path

    from gatepass.cli import _settings
    from gatepass.cli._pairs import pairs
    from gatepass.config import NAME
    from gatepass.request import Request

    settings = _settings.configuration(config)
    given = {name: _settings.texts(values, settings, name) for name, values in lists.items()}
    return Request(
        root=Path.cwd(),
        policies=given["policies"],
        evidence=given["evidence"],
        facts=pairs("--fact", fact) or _settings.mapping(settings, "facts"),
        overrides=given["overrides"],
        collect=_settings.collectors(collect, settings),
        identity=_settings.identity(identity, settings),
        artifacts=given["artifacts"],
        configuration=config or NAME,
        key=key or _settings.optional(settings, "key"),
        unsigned=unsigned,
        build=pairs("--build", build),
        platform=platform,
    )
