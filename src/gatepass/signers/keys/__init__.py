"""Making, finding and showing keys. A package, because the modules beside it are schemes of key URIs."""

from __future__ import annotations

from gatepass.signers._p256 import PASSPHRASE_VARIABLE, PublicKey, public_key
from gatepass.signers.keys._make import (
    KeyPair,
    PersonalKey,
    config_folder,
    generate,
    has_personal_key,
    personal_key,
    public_path_of,
)
from gatepass.signers.keys._show import public_key_of, trusted_keys

__all__ = [
    "PASSPHRASE_VARIABLE",
    "KeyPair",
    "PersonalKey",
    "PublicKey",
    "config_folder",
    "generate",
    "has_personal_key",
    "personal_key",
    "public_key",
    "public_key_of",
    "public_path_of",
    "trusted_keys",
]
