"""The public part of keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from gatepass.errors import SigningError, VerificationError
from gatepass.signers import open_signer
from gatepass.signers._p256 import PublicKey, public_key
from gatepass.signers._read import PRIVATE_MARK, read_key

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def public_key_of(
    uri: str, environment: Mapping[str, str], passphrase: Callable[[], str] | None = None
) -> PublicKey:
    """The public key in a public PEM file, or the public part of the private key behind a key URI.

    Raises `SigningError` when there is no such key, `VerificationError` when a public one is not P-256.
    """
    path = Path(uri.removeprefix("file://"))
    if path.is_file():
        text = read_key(path)
        if PRIVATE_MARK not in text:
            return _only(text, str(path))
    signer = open_signer(uri, environment, passphrase)
    return public_key(signer.public_pem, uri)


def _only(text: str, what: str) -> PublicKey:
    keys = _all(text, what)
    if len(keys) != 1:
        raise VerificationError(f"{what} holds {len(keys)} keys; one is expected")
    return keys[0]


def trusted_keys(path: Path) -> tuple[PublicKey, ...]:
    """The keys of a file of trusted keys: public PEM blocks one after the other, text between them free.

    Raises `VerificationError` when it cannot be read, holds no key, or anything that is not a P-256 public
    key: a file that is only half understood is not to be trusted.
    """
    try:
        text = read_key(path)
    except SigningError as error:
        raise VerificationError(error.message, hint=error.hint) from None
    return _all(text, str(path))


def _all(text: str, what: str) -> tuple[PublicKey, ...]:
    blocks = list(_BLOCK.finditer(text))
    if not blocks or len(blocks) != text.count("-----BEGIN "):
        raise VerificationError(
            f"{what} holds no public key in PEM" if not blocks else f"{what} is broken off within a key"
        )
    keys: dict[str, PublicKey] = {}
    for number, block in enumerate(blocks, 1):
        if block[1] != "PUBLIC KEY":
            raise VerificationError(f"block {number} of {what} is a {block[1].lower()}, not a public key")
        key = public_key(block[0], what if len(blocks) == 1 else f"block {number} of {what}")
        keys[key.keyid] = key
    return tuple(keys.values())
