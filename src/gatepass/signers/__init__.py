"""Where the key is that signs: one module per scheme of key URIs, and `keys` to make and show keys.

To add a scheme: one file that declares ``SCHEME = Scheme(name, title, open)``. A URI is cosign's
(``env://VAR``, a bare path); see https://docs.sigstore.dev/cosign/key_management/overview/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gatepass import seam
from gatepass.errors import SigningError
from gatepass.signers._signer import Scheme, Signer

__all__ = ["Scheme", "Signer", "open_signer", "schemes"]

_URI = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.DOTALL)  # two letters: `C://x` is a path


def open_signer(
    uri: str, environment: Mapping[str, str], passphrase: Callable[[], str] | None = None
) -> Signer:
    """The signer behind a key URI: ``file://PATH``, a bare path, ``env://VAR``.

    ``passphrase`` asks a person, and is called only for a protected key when ``environment`` has no
    ``GATEPASS_KEY_PASSPHRASE``. Raises `gatepass.errors.SigningError` when there is no such key, when it
    is not ECDSA P-256, or when others than its owner could read it.
    """
    if not uri.strip():
        raise SigningError("the name of the key is empty", hint="give a path, or env://VARIABLE")
    match = _URI.fullmatch(uri)
    name, address = (match[1], match[2]) if match else ("file", uri)
    known = schemes()
    if name not in known:
        raise SigningError(
            f"there is no signer for keys named {name}://", hint=f"known are {', '.join(sorted(known))}"
        )
    return known[name].open(address, environment, passphrase)


def schemes() -> dict[str, Scheme]:
    """The schemes of key URIs by name."""
    return seam.members(__name__, Scheme)
