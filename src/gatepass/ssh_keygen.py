"""Signing with an SSH key, by the program that knows agents, passphrases and tokens: ``ssh-keygen``."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gatepass.errors import SigningError

SECONDS = 300


def sign(data: bytes, key: Path, namespace: str) -> bytes:
    """The text of a ``.sig`` file over the data.

    ``key`` is a private key, or a public one whose private part an agent holds. ``ssh-keygen -Y sign`` may
    ask the person at the terminal for a passphrase, or to touch a token. Raises `SigningError`.
    """
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(key)]
    if not key.is_file():
        raise SigningError(f"there is no SSH key {key}", hint="--ssh-key ~/.ssh/id_ed25519")
    try:  # what it says to a person goes to standard error, as it is
        done = subprocess.run(command, input=data, stdout=subprocess.PIPE, timeout=SECONDS, check=False)  # noqa: S603
    except FileNotFoundError:
        raise SigningError("ssh-keygen is not installed", hint="install OpenSSH 8.1 or newer") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SigningError(f"ssh-keygen did not sign: {error}") from None
    if done.returncode != 0 or not done.stdout:
        raise SigningError(f"ssh-keygen could not sign with {key}: exit code {done.returncode}")
    return done.stdout
