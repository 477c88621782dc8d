"""The command line: one module for each command or group. It parses, calls, prints and exits.

Exit codes: 0 passed · 1 failed · 2 no decision could be made · 130 interrupted.
"""

from __future__ import annotations

import gc
import io
import os
import sys

NO_DECISION = 2
INTERRUPTED = 130
_NEW_OBJECTS_BETWEEN_CYCLE_SEARCHES = 200_000


def main() -> None:
    """Run the command that the arguments name, and exit."""
    # what is imported stays: looking for cycles in it, 127 times at the usual 700, only takes time
    gc.set_threshold(_NEW_OBJECTS_BETWEEN_CYCLE_SEARCHES)
    _make_streams_hold_any_text()
    try:
        from gatepass.cli._app import app_for

        app_for(sys.argv[1:])(prog_name="gatepass")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  (the rim: whatever comes here is told and ends with a 2)
        from gatepass.cli._errors import tell

        tell(error)
        sys.exit(NO_DECISION)
    finally:
        # the process ends: what it holds need not be searched for cycles once more, which takes 40 ms
        gc.freeze()


def _make_streams_hold_any_text() -> None:
    """Without a stream, or with one in a small character set, a sign in a name must not end in a crash."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us
            # it must stay open for as long as the process writes
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
