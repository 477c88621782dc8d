"""OpenPGP keys made for a test, and signing commits with them; needs gpg."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
KEYRING = ".gnupg"  # gpg's own place below HOME


def address(who: str) -> str:
    """Under which address somebody has a key."""
    return f"{who}@acme.example"


def signing(folder: Path, who: str) -> tuple[str, ...]:
    """Options of git with which a commit is signed by somebody's key; it is made when first asked for."""
    home = _home(folder, "k")
    if _gpg(home, "--list-secret-keys", address(who), check=False).returncode:
        _gpg(home, "--quick-gen-key", f"{who.capitalize()} <{address(who)}>", "ed25519", "sign", "never")
    program = folder / "sign-with-gpg"
    program.write_text(f'#!/bin/sh\nexec gpg --homedir "{home}" --batch --pinentry-mode loopback "$@"\n')
    program.chmod(0o755)
    return ("-c", f"gpg.program={program}", "-c", f"user.signingkey={address(who)}")


def trust(folder: Path, who: str, level: int | None = 6) -> None:
    """Put somebody's key into the keyring of whoever collects, and trust it unless ``level`` is None."""
    signing(folder, who)
    _carry_over(folder, who)
    if level is not None:
        owner = f"{fingerprint(folder, who)}:{level}:\n"
        _gpg(_home(folder, KEYRING), "--import-ownertrust", given=owner.encode())


def fingerprint(folder: Path, who: str) -> str:
    """All digits of somebody's key."""
    listed = _gpg(_home(folder, "k"), "--list-keys", "--with-colons", address(who)).stdout.decode()
    return next(row.split(":")[9] for row in listed.splitlines() if row.startswith("fpr:"))


def revoke(folder: Path, who: str) -> None:
    """Somebody takes the key back, and the keyring is told."""
    home = _home(folder, "k")
    path = home / "openpgp-revocs.d" / f"{fingerprint(folder, who)}.rev"
    # gpg puts a colon before the armour, so that nobody imports it by mistake
    _gpg(home, "--import", given=path.read_text("utf-8").replace(":-----BEGIN", "-----BEGIN").encode())
    _carry_over(folder, who)


def expire(folder: Path, who: str) -> None:
    """Somebody's key ends at once, and the keyring is told."""
    home = _home(folder, "k")
    _gpg(home, "--quick-set-expire", fingerprint(folder, who), "seconds=1")
    time.sleep(2)  # a signature is held against the instant at which gpg looks at it
    _carry_over(folder, who)


def _carry_over(folder: Path, who: str) -> None:
    exported = _gpg(_home(folder, "k"), "--export", address(who)).stdout
    _gpg(_home(folder, KEYRING), "--import", given=exported)


def end(folder: Path) -> None:
    """End the agents that gpg has started."""
    for name in ("k", KEYRING):
        if (folder / name).is_dir():
            subprocess.run(["gpgconf", "--homedir", str(folder / name), "--kill", "all"], check=False)


def _home(folder: Path, name: str) -> Path:
    home = folder / name
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def _gpg(
    home: Path, *arguments: str, given: bytes = b"", check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    command = ["gpg", "--homedir", str(home), "--batch", "--passphrase", "", "--pinentry-mode", "loopback"]
    return subprocess.run([*command, *arguments], check=check, input=given, capture_output=True)
