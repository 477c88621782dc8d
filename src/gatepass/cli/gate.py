"""`gatepass gate`: judge a build."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gatepass.cli import _terminal
from gatepass.cli._pairs import pairs, split
from gatepass.cli._settings import collectors as _collect
from gatepass.cli._settings import configuration as _configuration
from gatepass.cli._settings import identity as _identity
from gatepass.cli._settings import mapping as _mapping
from gatepass.cli._settings import optional as _optional
from gatepass.cli._settings import texts as _list

if TYPE_CHECKING:
    from datetime import datetime

    from gatepass.model.facts import Json
    from gatepass.platforms import Announcement
    from gatepass.request import Request

PASSED, FAILED = 0, 1

Strings = list[str] | None


def gate(
    policy: Annotated[
        Strings,
        typer.Option(help="A policy: a file, a folder, or the name of one that ships.", metavar="PATH"),
    ] = None,
    evidence: Annotated[
        Strings,
        typer.Option(help="A report, or a glob of reports; the format is seen by content.", metavar="PATH"),
    ] = None,
    fact: Annotated[
        Strings, typer.Option(help="A JSON or YAML document under a name.", metavar="NAME=PATH")
    ] = None,
    overrides: Annotated[
        Strings, typer.Option(help="An override, or a folder of them.", metavar="PATH")
    ] = None,
    collect: Annotated[
        Strings,
        typer.Option(
            help="Ask a forge or a server (github, gitlab, sonarqube, …); options stand in gatepass.yaml.",
            metavar="NAME",
        ),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(
            help="Have the platform vouch for the record by a token that names it; where it is required and "
            "cannot be had, no decision counts.",
            metavar="wanted|required",
        ),
    ] = None,
    artifact: Annotated[
        Strings,
        typer.Option(
            help="What the build made: a file, or NAME@sha256:DIGEST.", metavar="PATH|NAME@sha256:…"
        ),
    ] = None,
    report: Annotated[
        Strings,
        typer.Option(
            help="Write a report (text, json, markdown, sarif, …); - is stdout.", metavar="FORMAT=PATH"
        ),
    ] = None,
    record: Annotated[str | None, typer.Option(help="Where the signed record goes.", metavar="PATH")] = None,
    key: Annotated[
        str | None, typer.Option(help="The key that signs: a file, or env://NAME.", metavar="KEY")
    ] = None,
    unsafe_unsigned: Annotated[
        bool, typer.Option("--unsafe-unsigned", help="Do not sign; the record says so.")
    ] = False,
    build: Annotated[
        Strings,
        typer.Option(help="A fact about the build that the platform does not tell.", metavar="KEY=VALUE"),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(help="The CI system to believe, where the signs of two are there.", metavar="NAME"),
    ] = None,
    announce: Annotated[
        bool | None,
        typer.Option(
            "--announce/--no-announce",
            help="Tell the platform: annotations, a summary, outputs, as far as it has them.",
            show_default="announce",
        ),
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="The configuration; default gatepass.yaml.", metavar="PATH")
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="Decide as at this instant; the record says so.", metavar="INSTANT")
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 on FAILED; never hides that no decision was made.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Decide and exit as ever, but write no record, report or answer."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no text for people.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every finding.")] = False,
) -> None:
    """Judge a build by policies: exit 0 passed, 1 failed, 2 no decision could be made."""
    from gatepass.config import NAME
    from gatepass.gate import run
    from gatepass.model.decision import Verdict

    flags = {
        "--dry-run": dry_run,
        "--unsafe-unsigned": unsafe_unsigned,
        "--exit-zero": exit_zero,
        "--now": bool(now),
    }
    request = _request(
        _configuration(config),
        policy=policy,
        evidence=evidence,
        fact=fact,
        overrides=overrides,
        collect=collect,
        identity=identity,
        artifact=artifact,
        report=report,
        record=record,
        key=key,
        build=build,
        platform=platform,
        announce=announce,
        configuration=config or NAME,
        flags=tuple(name for name, given in flags.items() if given),
        quiet=quiet,
        verbose=verbose,
    )
    result = run(
        request,
        os.environ,
        _instant(now),
        passphrase=_terminal.passphrase_if_asked(),
        say=_terminal.say,
    )
    _print(result.shown, result.announcement)
    failed = result.decision.verdict is Verdict.FAILED
    code = FAILED if failed and not exit_zero else PASSED
    if dry_run:
        print(f"DRY RUN: exit code {code}, as that of a run which writes", file=sys.stderr)
    raise typer.Exit(code)


def _print(shown: Sequence[tuple[str, str]], announcement: Announcement) -> None:
    """Text for people goes to standard error when a machine's format takes standard output."""
    people = sys.stderr if any(name != "text" for name, _ in shown) else sys.stdout
    for name, text in shown:
        if name == "text":
            _write(people, name, f"{announcement.opening}{text}{announcement.closing}")
        else:
            _write(sys.stdout, name, text)
    # a runner reads both streams
    _write(people, "platform's", "".join(f"{line}\n" for line in announcement.lines))


def _write(stream: TextIO, name: str, text: str) -> None:
    from gatepass.errors import OutputError

    try:
        stream.buffer.write(text.encode())
        stream.flush()
    except OSError as error:
        raise OutputError(f"cannot write the {name} report to a stream: {error.strerror}") from None


def _instant(given: str | None) -> datetime:
    from datetime import UTC, datetime

    from gatepass.errors import UsageError
    from gatepass.policy.dates import first_instant

    if given is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return first_instant(given)
    except ValueError as error:
        raise UsageError(f"--now: {error}") from None


def _request(
    settings: Mapping[str, Json],
    *,
    policy: Strings,
    evidence: Strings,
    fact: Strings,
    overrides: Strings,
    collect: Strings,
    identity: str | None,
    artifact: Strings,
    report: Strings,
    record: str | None,
    key: str | None,
    build: Strings,
    platform: str | None,
    announce: bool | None,
    configuration: str,
    flags: tuple[str, ...],
    quiet: bool,
    verbose: bool,
) -> Request:
    from pathlib import Path

    from gatepass.request import DEFAULT_RECORD, Request

    given = pairs("--build", build)
    reports = tuple(split("--report", report)) or tuple(_mapping(settings, "reports").items())
    if not quiet and not any(name == "text" for name, _ in reports):
        reports = (*reports, ("text", "-"))
    return Request(
        root=Path.cwd(),
        policies=_list(policy, settings, "policies"),
        evidence=_list(evidence, settings, "evidence"),
        facts=pairs("--fact", fact) or _mapping(settings, "facts"),
        overrides=_list(overrides, settings, "overrides"),
        collect=_collect(collect, settings),
        identity=_identity(identity, settings),
        artifacts=_list(artifact, settings, "artifacts"),
        reports=reports,
        configuration=configuration,
        record=record or _optional(settings, "record") or DEFAULT_RECORD,
        key=key or _optional(settings, "key"),
        unsigned="--unsafe-unsigned" in flags,
        build=given,
        platform=platform,
        announce=settings.get("announce") is not False if announce is None else announce,
        relaxations=(*flags, *(f"--build {name}" for name in sorted(given))),
        now_given="--now" in flags,
        dry_run="--dry-run" in flags,
        colour=_terminal.wants_colour(),
        width=_terminal.width(),
        verbose=verbose,
    )
