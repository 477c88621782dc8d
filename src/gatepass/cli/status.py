"""`gatepass status`: say on the commit how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli._posting import About, Facts, Key, OnPlatform, Why, forge_of, news_of, way_into

if TYPE_CHECKING:
    from gatepass.posting import News, State


def status(
    record: Annotated[
        Path | None, typer.Option(help="The record of the decision.", metavar="PATH", show_default=False)
    ] = None,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Say that no decision could be made: an error, never a pass.")
    ] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Say that it is being judged, in the place of an older word.")
    ] = False,
    check_run: Annotated[
        bool, typer.Option("--check-run", help="Say it as a check run, with findings at their lines.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            help="The name of the status; by default gatepass for a change request and in a merge queue, "
            "gatepass-push for a branch or tag alone.",
            show_default=False,
        ),
    ] = None,
    key: Key = None,
    why: Why = None,
    build: Facts = None,
    platform: OnPlatform = None,
    forge: Annotated[
        str | None,
        typer.Option(help="github, gitlab, bitbucket or azure; by default the pipeline's.", metavar="NAME"),
    ] = None,
) -> None:
    """Say on the commit how it stands.

    Exit 0 when it was said, 2 when not: an older word may stand there then. A record that contradicts itself,
    or is of another build than the one that this runs in, is not said.
    """
    from gatepass.errors import UsageError
    from gatepass.plain import plain

    if [record is not None, undecided, pending].count(True) != 1:
        raise UsageError("give one of --record PATH, --undecided and --pending")
    news = news_of(About(record, name, build, platform, key, why))
    told = forge_of(news, forge)
    state = _state(news, pending=pending)
    if check_run and told.check is None:
        raise UsageError(f"{told.title} has no check runs", hint="leave --check-run out")
    say, what = (told.check, "check run") if check_run and told.check else (told.status, "status")
    where = say(way_into(told, what), news, state)
    print(f"{news.name}: {state.value} on {(news.build.head or '')[:12]} → {plain(where)}")


def _state(news: News, *, pending: bool) -> State:
    from gatepass.model.decision import Verdict
    from gatepass.posting import State

    if pending:
        return State.PENDING
    if news.verdict is None:
        return State.ERROR
    return State.SUCCESS if news.verdict is Verdict.PASSED else State.FAILURE
