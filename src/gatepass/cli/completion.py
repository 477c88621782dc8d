"""`gatepass completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """A shell that completion is made for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell to make the script for.")]) -> None:
    """Print the completion script of a shell: gatepass completion zsh > _gatepass."""
    # --show-completion asks which shell it runs in, and can be given none
    from typer._completion_shared import get_completion_script

    print(get_completion_script(prog_name="gatepass", complete_var="_GATEPASS_COMPLETE", shell=shell.value))
