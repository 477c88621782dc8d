"""Reading a key file as carefully as OpenSSH does."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from gatepass.errors import SigningError

MAXIMUM_BYTES = 64 * 1024
PRIVATE_MARK = "PRIVATE KEY-----"


def read_key(path: Path) -> str:
    """The text of a key file; a private key of ours that others could read is refused.

    The rule is OpenSSH's (``sshkey_perm_ok``): it holds for files that the present user owns, so that a
    secret which a platform mounts under another owner can be used.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise SigningError(f"cannot read the key {path}: {error.strerror}") from None
    if len(data) > MAXIMUM_BYTES:
        raise SigningError(f"{path} is too large for a key")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise SigningError(f"{path} holds no PEM key", hint="it is not even text; DER is not read") from None
    if PRIVATE_MARK in text and _others_may_read(status):
        raise SigningError(f"others can read the private key {path}", hint=f"chmod 600 {path}")
    return text


def _others_may_read(status: os.stat_result) -> bool:
    if sys.platform == "win32" or not stat.S_ISREG(status.st_mode):
        return False
    return status.st_uid == os.getuid() and bool(status.st_mode & 0o077)
