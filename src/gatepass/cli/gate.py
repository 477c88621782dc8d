"""`gatepass gate`: judge a build."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from gatepass.cli import _gate_options as options
from gatepass.cli import _terminal
from gatepass.cli._pairs import split
from gatepass.cli._settings import configuration, mapping, optional

if TYPE_CHECKING:
    from datetime import datetime

    from gatepass.model.facts import Json
    from gatepass.platforms import Announcement
    from gatepass.request import Request

PASSED, FAILED = 0, 1

Strings = list[str] | None


def gate(
    policy: options.Policies = None,
    evidence: options.Evidence = None,
    fact: options.Facts = None,
    overrides: options.Overrides = None,
    collect: options.Collectors = None,
    identity: options.Identity = None,
    artifact: options.Artifacts = None,
    report: Annotated[
        Strings,
        typer.Option(
            help="Write a report (text, json, markdown, sarif, …); - is stdout.", metavar="FORMAT=PATH"
        ),
    ] = None,
    record: Annotated[str | None, typer.Option(help="Where the signed record goes.", metavar="PATH")] = None,
    key: options.Key = None,
    unsafe_unsigned: options.Unsigned = False,
    build: options.BuildFacts = None,
    platform: options.PlatformName = None,
    announce: Annotated[
        bool | None,
        typer.Option(
            "--announce/--no-announce",
            help="Tell the platform: annotations, a summary, outputs, as far as it has them.",
            show_default="announce",
        ),
    ] = None,
    config: options.Config = None,
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
    from dataclasses import replace

    from gatepass.gate import run
    from gatepass.model.decision import Verdict
    from gatepass.request import DEFAULT_RECORD

    flags = {
        "--dry-run": dry_run,
        "--unsafe-unsigned": unsafe_unsigned,
        "--exit-zero": exit_zero,
        "--now": bool(now),
    }
    settings = _settings(config, policy, None if dry_run else record or DEFAULT_RECORD)
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
        settings,
    )
    weakened = [*(name for name, given in flags.items() if given), *_stated(request)]
    request = replace(
        request,
        reports=_reports(report, settings, quiet=quiet),
        record=record or optional(settings, "record") or request.record,
        announce=settings.get("announce") is not False if announce is None else announce,
        relaxations=tuple(weakened),
        now_given=bool(now),
        dry_run=dry_run,
        colour=_terminal.wants_colour(),
        width=_terminal.width(),
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


def _settings(config: str | None, policy: Strings, record: str | None) -> Mapping[str, Json]:
    """The configuration; where it cannot be read, a record that lies about must not pass for this run's."""
    from pathlib import Path

    from gatepass.errors import UsageError
    from gatepass.gate import discard_record

    try:
        return configuration(config, policy)
    except UsageError:
        if record is not None:
            discard_record(Path.cwd(), record)
        raise


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


def _stated(request: Request) -> list[str]:
    """Facts about the build that somebody stated weaken a run as flags do."""
    return [f"--build {name}" for name in sorted(request.build)]


def _reports(given: Strings, settings: Mapping[str, Json], *, quiet: bool) -> tuple[tuple[str, str], ...]:
    """The reports to write, as (format, path); text for people is one of them unless it is not wanted."""
    named = tuple(split("--report", given)) or tuple(mapping(settings, "reports").items())
    if quiet or any(name == "text" for name, _ in named):
        return named
    return (*named, ("text", "-"))
