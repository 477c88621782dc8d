"""SSH keys and signatures made in the test itself, as PROTOCOL.sshsig has them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAMESPACE = "override@gatepass"
_KIND = b"ssh-ed25519"


@dataclass(frozen=True)
class SshKey:
    """An Ed25519 key."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        """RFC 4253's encoding."""
        return _texts(_KIND, self.private.public_key().public_bytes_raw())

    def line(self, principals: str, options: str = "") -> str:
        """A line of a file of allowed signers."""
        key = f"{_KIND.decode()} {base64.b64encode(self.public).decode()}"
        return f"{principals} {options} {key} a comment\n".replace("  ", " ")

    def sign(self, data: bytes, namespace: str = NAMESPACE) -> bytes:
        """The text of a ``.sig`` file."""
        parts = (namespace.encode(), b"", b"sha512")
        signature = self.private.sign(b"SSHSIG" + _texts(*parts, hashlib.sha512(data).digest()))
        blob = b"SSHSIG\0\0\0\1" + _texts(self.public, *parts, _texts(_KIND, signature))
        text = base64.encodebytes(blob)
        return b"-----BEGIN SSH SIGNATURE-----\n" + text + b"-----END SSH SIGNATURE-----\n"


def _texts(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
