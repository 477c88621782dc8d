"""`gatepass verify`: is a record what it claims to be?"""

from __future__ import annotations

from typing import Annotated

import typer


def verify(record: Annotated[str, typer.Argument(help="The record.")]) -> None:
    """Check a record."""
    raise typer.Exit(2)
