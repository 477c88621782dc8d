"""The command line as its users meet it: a process of its own, in a folder, with a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# what a process needs to start at all, on any system; nothing of a CI system is among it
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


def gatepass(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
    """Run ``gatepass`` with these arguments in ``cwd``.

    The home and the configuration of the user lie in a folder beside ``cwd``; there are no colours, no CI
    variables and no configuration of git but those in ``env``.
    """
    home = cwd.parent / f".home-of-{cwd.name}"
    home.mkdir(exist_ok=True)
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(cwd.parent),
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        **(env or {}),
    }
    done = subprocess.run(
        [sys.executable, "-m", "gatepass", *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
