"""A key in a variable of the environment, as CI systems hand out secrets: ``env://RELEASE_KEY``."""

from __future__ import annotations

from collections.abc import Mapping

from gatepass.errors import SigningError
from gatepass.signers._p256 import private_key
from gatepass.signers._signer import AskPassphrase, Scheme, Signer


def _open(address: str, environment: Mapping[str, str], passphrase: AskPassphrase | None) -> Signer:
    if not environment.get(address, "").strip():
        state = "is empty" if address in environment else "is not set"
        raise SigningError(
            f"the variable {address} {state}", hint="CI systems withhold secrets from forks' change requests"
        )
    return private_key(environment[address], f"the key in {address}", environment, passphrase)


SCHEME = Scheme("env", "a PKCS#8 PEM in a variable of the environment", _open)
