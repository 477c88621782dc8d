"""`gatepass comment`: keep one comment on the change request up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatepass.cli._posting import About, Facts, Key, OnPlatform, Why, forge_of, news_of, way_into


def comment(
    record: Annotated[
        Path | None, typer.Option(help="The record of the decision.", metavar="PATH", show_default=False)
    ] = None,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Say that no decision could be made.")
    ] = False,
    name: Annotated[
        str, typer.Option(help="Each gate of a change request has a comment of its own.")
    ] = "gatepass",
    key: Key = None,
    why: Why = None,
    build: Facts = None,
    platform: OnPlatform = None,
    forge: Annotated[
        str | None,
        typer.Option(help="github, gitlab, bitbucket or azure; by default the pipeline's.", metavar="NAME"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the comment, and tell nobody.")] = False,
) -> None:
    """Keep one comment on the change request: verdict, what blocks and how to mend it, what changed since.

    Exit 0 when it was said (or the build is of no change request), 2 when not.
    """
    from gatepass.errors import UsageError
    from gatepass.plain import plain
    from gatepass.posting import comment as written
    from gatepass.posting import last

    if (record is None) is not undecided:
        raise UsageError("give one of --record PATH and --undecided")
    news = news_of(About(record, name, build, platform, key, why))
    told = forge_of(news, forge)

    def body(before: str | None) -> str:
        return written(news, last(before), told.dialect)

    if dry_run:
        print(body(None), end="")
        return
    if news.build.change_request is None:
        print("this build is of no change request: there is nowhere to comment")
        return
    print(f"{news.name}: {plain(news.line)} → {plain(told.comment(way_into(told, 'comment'), news, body))}")
