"""ECDSA P-256 with SHA-256: the one algorithm that file keys, KMS, HSM and every outside verifier share.

Keys are PEM: PKCS#8 (RFC 5958) for the private part, SubjectPublicKeyInfo (RFC 5480) for the public one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatepass.errors import GatepassError, SigningError, VerificationError
from gatepass.signers._signer import AskPassphrase

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

PASSPHRASE_VARIABLE = "GATEPASS_KEY_PASSPHRASE"
_SIGNATURE_BYTES = 64  # r and s of IEEE P1363, 32 bytes each
_LABEL = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_CONVERT = "openssl pkcs8 -topk8 -in OLD -out NEW turns it into PKCS#8"
_REFUSED = {
    "ENCRYPTED SIGSTORE PRIVATE KEY": (
        "is a key in cosign's encrypted form, which only cosign can open",
        "make a key with gatepass key generate; cosign import-key-pair --key takes it too",
    ),
    "OPENSSH PRIVATE KEY": (
        "is a key in OpenSSH's own form",
        "ssh-keygen -p -m PKCS8 -f FILE turns it into PKCS#8",
    ),
    "EC PRIVATE KEY": ("is a key in the SEC1 form, not PKCS#8", _CONVERT),
    "EC PARAMETERS": ("is a key in the SEC1 form, not PKCS#8", _CONVERT),
    "RSA PRIVATE KEY": ("is an RSA key; only ECDSA P-256 is used", "make one with gatepass key generate"),
    "PUBLIC KEY": ("is a public key; signing needs the private one", None),
    "CERTIFICATE": ("is a certificate, not a key", None),
}
_REFUSED["ENCRYPTED COSIGN PRIVATE KEY"] = _REFUSED["ENCRYPTED SIGSTORE PRIVATE KEY"]


@dataclass(frozen=True, slots=True)
class P256Signer:
    """A private key in memory."""

    _key: EllipticCurvePrivateKey = field(repr=False)

    @property
    def keyid(self) -> str:
        """The key's OpenSSH fingerprint."""
        return fingerprint(self._key.public_key())

    @property
    def public_pem(self) -> str:
        """The public part, SPKI PEM."""
        return public_pem(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """A DER signature over SHA-256 of ``data``."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # slow to import
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._key.sign(data, ECDSA(SHA256()))


def private_key(
    pem: str, what: str, environment: Mapping[str, str], passphrase: AskPassphrase | None
) -> P256Signer:
    """The signer in a PKCS#8 PEM text; ``what`` names its origin in errors, which never hold the text."""
    from cryptography.exceptions import UnsupportedAlgorithm  # slow to import
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    secret = _passphrase(pem, what, environment, passphrase)
    try:
        key = load_pem_private_key(pem.encode(), secret)
    except UnsupportedAlgorithm:
        raise _wrong_algorithm(what, "an algorithm that is not known here", SigningError) from None
    except (ValueError, TypeError):
        reason = "does not open with this passphrase" if secret else "is not a sound PKCS#8 key"
        hint = "its line feeds are written as \\n; put real ones" if "\\n" in pem else None
        raise SigningError(f"{what} {reason}", hint=hint) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _wrong_algorithm(what, _algorithm(key), SigningError)
    return P256Signer(key)


def _passphrase(
    pem: str, what: str, environment: Mapping[str, str], passphrase: AskPassphrase | None
) -> bytes | None:
    """The passphrase when the key has one, None when it has none; anything but PKCS#8 is refused by name."""
    match = _LABEL.search(pem)
    if match is None:
        raise SigningError(f"{what} holds no PEM key")
    label = match[1]
    if label == "PRIVATE KEY":
        return None
    if label != "ENCRYPTED PRIVATE KEY":
        reason, hint = _REFUSED.get(label, (f"holds a {label.lower()}, not a PKCS#8 private key", None))
        raise SigningError(f"{what} {reason}", hint=hint)
    secret = environment.get(PASSPHRASE_VARIABLE) or (passphrase() if passphrase else "")
    if not secret:
        raise SigningError(
            f"{what} is protected by a passphrase, and none was given", hint=f"set {PASSPHRASE_VARIABLE}"
        )
    return secret.encode()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that records are verified with: ``keyid`` is its fingerprint, ``pem`` SPKI."""

    keyid: str
    pem: str
    _key: EllipticCurvePublicKey = field(repr=False, compare=False)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature``, in DER or as r and s side by side (IEEE P1363), is over ``data``."""
        from cryptography.exceptions import InvalidSignature  # slow to import
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        forms = [signature]
        if len(signature) == _SIGNATURE_BYTES:
            half = _SIGNATURE_BYTES // 2
            r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            forms.append(encode_dss_signature(r, s))
        for form in forms:
            try:
                self._key.verify(form, data, ECDSA(SHA256()))
            except InvalidSignature:
                continue
            return True
        return False


def public_key(pem: str, what: str) -> PublicKey:
    """The public key in a PEM text; raises `VerificationError` with ``what`` for any other key."""
    from cryptography.exceptions import UnsupportedAlgorithm  # slow to import
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm:
        raise _wrong_algorithm(what, "an algorithm that is not known here", VerificationError) from None
    except ValueError:
        raise VerificationError(f"{what} is not a sound public key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _wrong_algorithm(what, _algorithm(key), VerificationError)
    return PublicKey(fingerprint(key), public_pem(key), key)


def fingerprint(key: EllipticCurvePublicKey) -> str:
    """``SHA256:`` and the base64 (RFC 4253 encoding, no padding) that ``ssh-keygen -lf`` shows."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # slow to import

    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    blob = base64.b64decode(line.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def public_pem(key: EllipticCurvePublicKey) -> str:
    """SPKI PEM, ending in a line feed."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # slow to import

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _algorithm(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec  # slow to import

    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    return type(key).__name__.removesuffix("PrivateKey").removesuffix("PublicKey").lstrip("_")


def _wrong_algorithm(what: str, algorithm: str, error: type[GatepassError]) -> GatepassError:
    return error(
        f"{what} is a key of {algorithm}; only ECDSA P-256 is used",
        hint="make one with gatepass key generate",
    )
