"""A key in a file: ``release.pem``, ``file:///etc/gatepass/release.pem``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gatepass.signers._p256 import private_key
from gatepass.signers._read import read_key
from gatepass.signers._signer import AskPassphrase, Scheme, Signer


def _open(address: str, environment: Mapping[str, str], passphrase: AskPassphrase | None) -> Signer:
    path = Path(address)
    return private_key(read_key(path), str(path), environment, passphrase)


SCHEME = Scheme("file", "a PKCS#8 PEM file that only its owner can read", _open)
