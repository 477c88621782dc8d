"""The commands, put together."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Annotated

import typer
from typer.main import get_command_name
from typer.models import CommandInfo, TyperInfo

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

    To build one takes a millisecond, and all of them as long as reading a policy. What is cut is a copy: one
    process may run several, as the action does.
    """
    return _cut(app, arguments)


def _cut(group: typer.Typer, names: Sequence[str]) -> typer.Typer:
    commands = [each for each in group.registered_commands if names and _name(each) == names[0]]
    groups = [each for each in group.registered_groups if names and each.name == names[0]]
    if not commands and not groups:
        return group
    made = copy(group)
    made.registered_commands = commands
    made.registered_groups = [_within(each, names[1:]) for each in groups]
    return made


def _within(info: TyperInfo, names: Sequence[str]) -> TyperInfo:
    if info.typer_instance is None:
        return info
    made = copy(info)
    made.typer_instance = _cut(info.typer_instance, names)
    return made


def _name(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")
