"""`gatepass key`: keys that sign records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gatepass.cli import _terminal

app = typer.Typer(help="Make and show keys that sign records.", no_args_is_help=True)


@app.command()
def generate(
    path: Annotated[str, typer.Argument(help="Where the private key goes; the public one gets .pub.")],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Protect it; GATEPASS_KEY_PASSPHRASE or a prompt gives it.")
    ] = False,
) -> None:
    """Make an ECDSA P-256 key; nothing is overwritten."""
    from gatepass.signers import keys

    secret = None
    if passphrase:
        secret = os.environ.get("GATEPASS_KEY_PASSPHRASE") or _new_passphrase()
    made = keys.generate(Path(path), secret)
    print(f"private key {made.path}\npublic key  {made.public_path}\nkeyid       {made.keyid}")


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="A private or public key: a file, or env://NAME.")],
) -> None:
    """Print a key's fingerprint and public part."""
    from gatepass.signers import keys

    public = keys.public_key_of(key, os.environ, _terminal.passphrase_if_asked())
    print(public.keyid)
    print(public.pem, end="")


def _new_passphrase() -> str:
    from gatepass.errors import UsageError

    if not _terminal.is_a_person():
        raise UsageError("nobody can be asked for a passphrase", hint="set GATEPASS_KEY_PASSPHRASE")
    first = _terminal.passphrase()
    if first != _terminal.passphrase():
        raise UsageError("the two passphrases differ")
    return first
