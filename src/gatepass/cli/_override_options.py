"""What the commands of `gatepass override` share: their options, and the files that these name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.model.facts import Json
    from gatepass.model.override import Override
    from gatepass.model.policy import Policy
    from gatepass.policy.overrides import OverrideFile

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
Fingerprints = Annotated[
    Strings, typer.Option("--fingerprint", help="A finding, by its 32 digits.", metavar="FINGERPRINT")
]
VulnerabilityIds = Annotated[
    Strings, typer.Option("--vulnerability", help="A vulnerability, by its id or an alias.", metavar="ID")
]
Packages = Annotated[
    Strings, typer.Option("--package", help="A package, by a glob of its name.", metavar="GLOB")
]
Paths = Annotated[Strings, typer.Option("--path", help="Findings in files, by a glob.", metavar="GLOB")]
Artifacts = Annotated[Strings, typer.Option("--artifact", help="An artifact.", metavar="sha256:…")]
WholeRule = Annotated[
    bool, typer.Option("--whole-rule", help="Every violation of the rule, also those to come.")
]
MissingEvidence = Annotated[
    bool, typer.Option("--missing-evidence", help="Beside another: also that evidence is missing.")
]


def settings_of(config: str | None) -> Mapping[str, Json]:
    """The options of ``gatepass.yaml``."""
    from gatepass import config as configuration

    return configuration.read(Path(config or configuration.NAME), required=config is not None)


def configured(given: Strings, settings: Mapping[str, Json], name: str = "overrides") -> tuple[str, ...]:
    """What the command line names, else the configuration."""
    listed = settings.get(name)
    return tuple(given or (str(each) for each in listed) if isinstance(listed, list) else given or ())


def policies_of(given: Strings, settings: Mapping[str, Json]) -> tuple[Policy, ...]:
    """The policies that are named."""
    from gatepass.policy.load import load

    return load(configured(given, settings, "policies"), Path.cwd())


def files_of(given: Strings, settings: Mapping[str, Json]) -> tuple[OverrideFile, ...]:
    """The files of overrides that are named, or that lie where they usually do."""
    from gatepass.errors import UsageError
    from gatepass.policy.overrides import load_files

    references = configured(given, settings)
    if not references and not Path(FOLDER).is_dir():
        raise UsageError(f"there is no folder {FOLDER} here", hint="--overrides PATH names another")
    return load_files(references or (FOLDER,), Path.cwd())


def verified(
    files: Sequence[OverrideFile], policies: Sequence[Policy], now: datetime
) -> tuple[OverrideFile, ...]:
    """The files with their overrides' approvals verified.

    Reviews of a change are not known here: only a run of the gate asks for them.
    """
    from gatepass import approved

    return approved.verified(files, Path.cwd(), policies, now, os.environ)


def with_glass_of_before(
    files: Sequence[OverrideFile], policies: Sequence[Policy], now: datetime
) -> tuple[Override, ...]:
    """The overrides of files, and the broken glass that git alone knows of: it may block what is here."""
    from gatepass import approved

    before = approved.glass_of_before(files, (), Path.cwd(), policies, now, os.environ, ("HEAD",))
    return (*(each.override for each in files), *before)


def one(files: Sequence[OverrideFile], id_: str) -> OverrideFile:
    """The one with an id. Raises `UsageError`."""
    from gatepass.errors import UsageError
    from gatepass.policy.mistakes import suggestion

    by_id = {each.override.id: each for each in files}
    if id_ not in by_id:
        raise UsageError(f"there is no override '{id_}'{suggestion(id_, by_id)}")
    return by_id[id_]


def match_of(
    fingerprint: Strings,
    path: Strings,
    vulnerability: Strings,
    package: Strings,
    artifact: Strings,
    *,
    whole_rule: bool,
    missing_evidence: bool,
) -> dict[str, Json]:
    """What a request is for. Raises `UsageError` when it does not say so."""
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
    return match


def now_() -> datetime:
    """This instant (UTC), to the second."""
    return datetime.now(UTC).replace(microsecond=0)
