"""How errors are told: where, what, and the next step; a bug with what to paste into a report."""

from __future__ import annotations

import platform
import sys
import traceback

import gatepass
from gatepass.errors import GatepassError, PolicyError
from gatepass.plain import plain, uncommanded

MAXIMUM_OTHERS = 20


def tell(error: Exception) -> None:
    """Print an error to standard error."""
    if isinstance(error, GatepassError):
        for line in lines(error):
            print(line, file=sys.stderr)
        return
    print(_bug(error), file=sys.stderr)


def lines(error: GatepassError) -> list[str]:
    """An error of ours in lines: ``error: file:line:column: message`` and ``  next: …``."""
    made = [f"error: {plain(str(error))}"]
    if error.hint:
        made.append(f"  next: {plain(error.hint)}")
    others = error.others if isinstance(error, PolicyError) else ()
    for other in others[:MAXIMUM_OTHERS]:
        made.extend(lines(other))
    if len(others) > MAXIMUM_OTHERS:
        made.append(f"  and {len(others) - MAXIMUM_OTHERS} more")
    return made


def _bug(error: Exception) -> str:
    return "\n".join(
        [
            "error: gatepass itself failed; no decision was made. Please report this with the text below.",
            f"gatepass {gatepass.__version__}, Python {platform.python_version()}, {platform.platform()}",
            *(uncommanded(plain(line)) for line in "".join(traceback.format_exception(error)).splitlines()),
        ]
    )
