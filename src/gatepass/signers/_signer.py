"""The contract of a signer: something that holds a private key and never gives it away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

AskPassphrase = Callable[[], str]


class Signer(Protocol):
    """An ECDSA P-256 key that can sign.

    ``keyid`` is the key's OpenSSH fingerprint, ``public_pem`` its public part (SPKI). ``sign`` answers
    with a signature over SHA-256 of the data, in DER, and raises `gatepass.errors.SigningError`.
    """

    @property
    def keyid(self) -> str:
        """``SHA256:`` and 43 characters of base64, as ``ssh-keygen -lf`` shows it."""
        ...

    @property
    def public_pem(self) -> str:
        """The public part: ``-----BEGIN PUBLIC KEY-----``."""
        ...

    def sign(self, data: bytes) -> bytes:
        """A DER signature over ``data``."""
        ...


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of key URI. ``open`` is given what stands after ``name://``, the environment, and who to ask."""

    name: str
    title: str
    open: Callable[[str, Mapping[str, str], AskPassphrase | None], Signer]
