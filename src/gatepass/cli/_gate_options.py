"""What the commands that look at a run share: the gate's options, and the request that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from gatepass.model.facts import Json
    from gatepass.request import Request

Strings = list[str] | None

Policies = Annotated[
    Strings,
    typer.Option(
        "--policy", help="A policy: a file, a folder, or the name of one that ships.", metavar="PATH"
    ),
]
Evidence = Annotated[
    Strings,
    typer.Option(
        "--evidence",
        help="A report, or a glob of reports; the format is seen by content.",
        metavar="PATH",
    ),
]
Facts = Annotated[
    Strings, typer.Option("--fact", help="A JSON or YAML document under a name.", metavar="NAME=PATH")
]
Overrides = Annotated[
    Strings, typer.Option("--overrides", help="An override, or a folder of them.", metavar="PATH")
]
Collectors = Annotated[
    Strings,
    typer.Option(
        "--collect",
        help="Ask a forge or a server (github, gitlab, sonarqube, …); options stand in gatepass.yaml.",
        metavar="NAME",
    ),
]
Identity = Annotated[
    str | None,
    typer.Option(
        "--identity",
        help="Have the platform vouch for the record by a token that names it; where it is required and "
        "cannot be had, no decision counts.",
        metavar="wanted|required",
    ),
]
Artifacts = Annotated[
    Strings,
    typer.Option(
        "--artifact",
        help="What the build made: a file, or NAME@sha256:DIGEST.",
        metavar="PATH|NAME@sha256:…",
    ),
]
Key = Annotated[
    str | None,
    typer.Option("--key", help="The key that signs: a file, or env://NAME.", metavar="KEY"),
]
Unsigned = Annotated[bool, typer.Option("--unsafe-unsigned", help="Do not sign; the record says so.")]
BuildFacts = Annotated[
    Strings,
    typer.Option(
        "--build", help="A fact about the build that the platform does not tell.", metavar="KEY=VALUE"
    ),
]
PlatformName = Annotated[
    str | None,
    typer.Option(
        "--platform",
        help="The CI system to believe, where the signs of two are there.",
        metavar="NAME",
    ),
]
Config = Annotated[
    str | None, typer.Option("--config", help="The configuration; default gatepass.yaml.", metavar="PATH")
]


class Given(NamedTuple):
    """The shared options as the command line has them; what it leaves out the configuration may say."""

    policy: Strings
    evidence: Strings
    fact: Strings
    overrides: Strings
    collect: Strings
    identity: str | None
    artifact: Strings
    key: str | None
    unsigned: bool
    build: Strings
    platform: str | None
    config: str | None


def request_of(given: Given, settings: Mapping[str, Json]) -> Request:
    """What a run in this folder is asked to do. Raises `UsageError`."""
    from pathlib import Path

    from gatepass.cli import _settings
    from gatepass.cli._pairs import pairs
    from gatepass.config import NAME
    from gatepass.request import Request

    return Request(
        root=Path.cwd(),
        policies=_settings.texts(given.policy, settings, "policies"),
        evidence=_settings.texts(given.evidence, settings, "evidence"),
        facts=pairs("--fact", given.fact) or _settings.mapping(settings, "facts"),
        overrides=_settings.texts(given.overrides, settings, "overrides"),
        collect=_settings.collectors(given.collect, settings),
        identity=_settings.identity(given.identity, settings),
        artifacts=_settings.texts(given.artifact, settings, "artifacts"),
        configuration=given.config or NAME,
        key=given.key or _settings.optional(settings, "key"),
        unsigned=given.unsigned,
        build=pairs("--build", given.build),
        platform=given.platform,
    )
