"""What standard output is: a person's terminal, or a log."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable


def wants_colour() -> bool:
    """Whether to use colours: NO_COLOR and FORCE_COLOR (https://no-color.org) win over what is there."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """Columns to write in: the terminal's, between 60 and 140; 110 in a log."""
    if not sys.stdout.isatty():
        return 110
    return min(140, max(60, shutil.get_terminal_size((110, 24)).columns))


def say(text: str) -> None:
    """Tell something on the way, on standard error; servers and reports may have had a hand in the text."""
    from gatepass.plain import plain, uncommanded

    print(uncommanded(plain(text)), file=sys.stderr)


def passphrase() -> str:
    """Ask for a key's passphrase without showing it."""
    from getpass import getpass

    return getpass("passphrase of the key: ")


def is_a_person() -> bool:
    """Whether somebody can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def passphrase_if_asked() -> Callable[[], str] | None:
    """How to ask for a passphrase; None where nobody could answer."""
    return passphrase if is_a_person() else None
