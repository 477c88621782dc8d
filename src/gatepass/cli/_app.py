"""The commands, put together: those that are named, since each takes time to import and to build."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cache
from importlib import import_module
from typing import Annotated

import typer
from typer.main import get_command_name
from typer.models import CommandInfo, TyperInfo

import gatepass

# in the order of the help; the module and its function have the command's name
COMMANDS = (
    *("gate", "verify", "explain", "commit-msg", "doctor", "init", "comment", "status", "completion"),
)
GROUPS = ("policy", "override", "evidence", "collect", "key")
_VERSION = ["--version"]


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The commands, cut down to the one that the arguments name, if they name one.

    To build one takes a millisecond, and all of them as long as reading a policy.
    """
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        return _built((name,), ())
    if name in GROUPS:
        return _cut(_built((), (name,)), arguments)
    return _built((), ()) if list(arguments) == _VERSION else whole()


@cache
def whole() -> typer.Typer:
    """All commands."""
    return _built(COMMANDS, GROUPS)


def __getattr__(name: str) -> typer.Typer:
    if name == "app":
        return whole()
    raise AttributeError(f"{__name__} has no {name}")


def _built(commands: Sequence[str], groups: Sequence[str]) -> typer.Typer:
    made = typer.Typer(
        name="gatepass",
        help="A policy-as-code compliance gate for CI: policies in, a signed decision out.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_common)
    for name in commands:
        word = name.replace("-", "_")
        made.command(name)(getattr(import_module(f"gatepass.cli.{word}"), word))
    for name in groups:
        made.add_typer(import_module(f"gatepass.cli.{name}").app, name=name)
    return made


def _version(value: bool) -> None:  # noqa: FBT001  (typer's callback)
    if value:
        typer.echo(f"gatepass {gatepass.__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


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
