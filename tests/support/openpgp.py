"""OpenPGP keys made for a test, and signing commits with them; needs gpg."""

from __future__ import annotations

import shutil
import subprocess
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


def trust(folder: Path, who: str) -> None:
    """Put somebody's key into the keyring of whoever collects, and trust it."""
    home, keyring = _home(folder, "k"), _home(folder, KEYRING)
    signing(folder, who)
    _gpg(keyring, "--import", given=_gpg(home, "--export", address(who)).stdout)
    listed = _gpg(home, "--list-keys", "--with-colons", address(who)).stdout.decode()
    fingerprint = next(row.split(":")[9] for row in listed.splitlines() if row.startswith("fpr:"))
    _gpg(keyring, "--import-ownertrust", given=f"{fingerprint}:6:\n".encode())


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
