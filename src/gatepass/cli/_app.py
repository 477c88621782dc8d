"""The commands, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

import gatepass
from gatepass.cli import (
    collect,
    comment,
    commit_msg,
    completion,
    doctor,
    evidence,
    explain,
    gate,
    init,
    key,
    override,
    policy,
    status,
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
app.command("doctor")(doctor.doctor)
app.command("init")(init.init)
app.command("comment")(comment.comment)
app.command("status")(status.status)
app.command("completion")(completion.completion)
app.add_typer(policy.app, name="policy")
app.add_typer(override.app, name="override")
app.add_typer(evidence.app, name="evidence")
app.add_typer(collect.app, name="collect")
app.add_typer(key.app, name="key")


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The commands, cut down to the one that the arguments name, if they name one.

    To build one takes a millisecond, and all of them as long as reading a policy. For one process: what is
    cut stays cut.
    """
    _cut(app, arguments)
    return app


def _cut(group: typer.Typer, names: Sequence[str]) -> None:
    if not names:
        return
    commands = [each for each in group.registered_commands if _name(each) == names[0]]
    groups = [each for each in group.registered_groups if each.name == names[0]]
    if commands or groups:
        group.registered_commands, group.registered_groups = commands, groups
        for each in groups:
            if each.typer_instance is not None:
                _cut(each.typer_instance, names[1:])


def _name(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")
