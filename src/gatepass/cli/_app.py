"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

import gatepass
from gatepass.cli import (
    collect,
    commit_msg,
    completion,
    evidence,
    explain,
    gate,
    init,
    key,
    override,
    policy,
    verify,
)

app = typer.Typer(
    name="gatepass",
    help="A policy-as-code compliance gate for CI: policies in, a signed decision out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001  (typer's callback)
    if value:
        typer.echo(f"gatepass {gatepass.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("gate")(gate.gate)
app.command("verify")(verify.verify)
app.command("explain")(explain.explain)
app.command("commit-msg")(commit_msg.commit_msg)
app.command("init")(init.init)
app.command("completion")(completion.completion)
app.add_typer(policy.app, name="policy")
app.add_typer(override.app, name="override")
app.add_typer(evidence.app, name="evidence")
app.add_typer(collect.app, name="collect")
app.add_typer(key.app, name="key")
