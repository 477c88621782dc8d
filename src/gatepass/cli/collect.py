"""`gatepass collect`: evidence that has to be asked for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.model.build import Build

app = typer.Typer(help="Ask for evidence and write it down as a report.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `git` a word of its own while it is the only command."""


@app.command()
def git(
    base: Annotated[
        str | None,
        typer.Option(help="What the change goes into: a ref or commit; absent: the change request's base."),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="The newest commit of the change; absent: the change request's, or HEAD."),
    ] = None,
    allowed_signers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Whose SSH signatures are known, as ssh-keygen(1) has it; not the change's own.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where the report goes.")] = Path(
        "commits.json"
    ),
) -> None:
    """Write down the commits of a change, who made them and whose signatures they carry.

    Nothing is fetched, and no program that the clone names is run. Exit 0 when the report is written, 2 when
    git cannot tell.
    """
    import gatepass
    from gatepass.collect import git as collector
    from gatepass.files import discard, write_whole
    from gatepass.platforms._detect import build_of
    from gatepass.reports._plain import plain

    root = Path.cwd()
    discard([output])
    build = build_of(os.environ, root, {})
    asked = collector.Asked(
        base=base if base is not None else _base(build),
        head=head if head is not None else build.head or "HEAD",
        allowed_signers=allowed_signers,
    )
    found = collector.collect(asked, root, os.environ)
    producer = f"gatepass {gatepass.__version__} · {collector.git_version(root, os.environ)}"
    write_whole({output: collector.report(found, datetime.now(UTC), producer)})
    count = f"{len(found.commits):,} commit{'' if len(found.commits) == 1 else 's'}"
    print(f"{count} from {found.base[:12]} to {found.head[:12]} → {plain(str(output))}")
    if found.shallow:
        print("the clone is shallow: commits may be missing, and no rule about commits will pass")


def _base(build: Build) -> str:
    from gatepass.errors import UsageError

    if build.change_request and build.change_request.base:
        return build.change_request.base
    raise UsageError(
        "nothing tells where the change begins: this build is of no change request",
        hint="gatepass collect git --base origin/main, or what the branch was at before the push",
    )
