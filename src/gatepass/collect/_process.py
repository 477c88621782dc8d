"""git, run so that the clone it looks at has as little say as possible.

A clone may name programs for git to run (hooks, monitors, pagers, diff drivers, signature checkers), may put
other commits in the place of those it has (grafts, replacements), and may ask for missing ones over the
network. None of that happens here. <https://git-scm.com/docs/git#_environment_variables>
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gatepass.errors import GatepassError, UsageError

SECONDS = 300
_SETTINGS: Mapping[str, str] = {
    "advice.graftFileDeprecated": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.commitGraph": "false",
    "core.warnAmbiguousRefs": "true",
    "core.pager": "cat",
    "log.showSignature": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "protocol.allow": "never",
    "gpg.program": "gpg",
    "gpg.openpgp.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
}
_VARIABLES: Mapping[str, str] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_DROPPED = ("GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "LANGUAGE")


@dataclass(frozen=True, slots=True)
class Git:
    """git in the folder ``root``; ``settings`` are added to those that make it safe."""

    root: Path
    environment: Mapping[str, str]
    settings: tuple[tuple[str, str], ...] = ()

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git writes. Raises `GatepassError` when it fails, is not there, or takes five minutes."""
        code, out, complaint = self.try_to(*arguments, given=given)
        if code != 0:
            said = [line for line in complaint.splitlines() if line.startswith(("fatal:", "error:", "BUG:"))]
            foreign = "dubious ownership" in complaint
            raise GatepassError(
                f"git {arguments[0]} failed: {said[0] if said else f'exit code {code}'}",
                hint=f"git config --global --add safe.directory {self.root}" if foreign else None,
            )
        return out

    def try_to(self, *arguments: str, given: bytes = b"") -> tuple[int, bytes, str]:
        """Exit code, output and complaint."""
        settings = {**_SETTINGS, **dict(self.settings)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = ["git", "--no-pager", "-C", str(self.root), *options, *arguments]
        kept = {name: value for name, value in self.environment.items() if name not in _DROPPED}
        try:
            done = subprocess.run(  # noqa: S603  (no shell)
                command,
                input=given,
                capture_output=True,
                env={**kept, **_VARIABLES},
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise GatepassError("git is not installed", hint="install git, or put it on the PATH") from None
        except subprocess.TimeoutExpired:
            raise GatepassError(f"git {arguments[0]} did not end within {SECONDS} seconds") from None
        except (OSError, ValueError) as error:  # a ValueError is a NUL in an argument
            raise UsageError(f"git cannot be asked that: {error}") from None
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "backslashreplace")
