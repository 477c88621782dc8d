"""`gatepass collect`: evidence that has to be asked for.

There is a command for each module of `gatepass.collect`; that folder is the list. `git` has options of its
own, since people ask it by hand.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.model.build import Build

app = typer.Typer(help="Ask for evidence and write it down as a report.", no_args_is_help=True)


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
    from gatepass.detecting import build_of
    from gatepass.files import discard, write_whole
    from gatepass.plain import plain

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


def _command(name: str) -> Callable[..., None]:
    def ask(
        option: Annotated[
            list[str] | None,
            typer.Option(help="An option of the collector; --about lists them.", metavar="NAME=VALUE"),
        ] = None,
        build: Annotated[
            list[str] | None,
            typer.Option(help="A fact about the build, as for gatepass gate.", metavar="KEY=VALUE"),
        ] = None,
        about: Annotated[
            bool, typer.Option("--about", help="Say what it asks for, its options, what a token needs.")
        ] = False,
    ) -> None:
        if about:
            _about(name)
            return
        _ask(name, option, build)

    return ask


def _ask(name: str, option: list[str] | None, build: list[str] | None) -> None:
    """Ask for everything; exit 2 when a part of it cannot be had."""
    from gatepass.cli._pairs import pairs
    from gatepass.collecting import collect
    from gatepass.detecting import build_of
    from gatepass.errors import CollectionError
    from gatepass.plain import plain

    root = Path.cwd()
    judged = build_of(os.environ, root, pairs("--build", build))
    taken = collect(
        {name: pairs("--option", option)},
        judged,
        os.environ,
        root,
        datetime.now(UTC),
        lambda text: print(plain(text), file=sys.stderr),
    )
    for each in taken.reports:
        print(f"{each.name} from {plain(each.server)}")
    for source in taken.failed:
        said = source.problem.message if source.problem else ""
        raise CollectionError(f"{source.kind}: {said}")


def _about(name: str) -> None:
    from gatepass.collecting import KINDS, collectors

    known = collectors()[name]
    print(f"{known.title}: {', '.join(known.kinds)}")
    print(f"  {KINDS}: which of them to ask for, with commas between")
    for option, meaning in known.options.items():
        print(f"  {option}: {meaning}")
    for line in known.scopes:
        print(f"  token: {line}")
    print(f"  {known.page}")


def _names() -> list[str]:
    """The collectors, without importing them: the start of every command would pay for it."""
    folder = Path(__file__).parent.parent / "collect"
    modules = (each.name for each in pkgutil.iter_modules([str(folder)]))
    return sorted(each for each in modules if not each.startswith("_") and each != "git")


for _name in _names():
    app.command(_name, help=f"Write down what {_name} knows about this build; --about says what that is.")(
        _command(_name)
    )
