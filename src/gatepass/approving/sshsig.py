"""SSH signatures over data, as ``ssh-keygen -Y sign`` makes them.

The format is OpenSSH's (``PROTOCOL.sshsig``; ``PROTOCOL.u2f`` for keys in hardware tokens, which must have
been touched). Verified are Ed25519, ECDSA on the three NIST curves, RSA of 2048 bits and more with SHA-2, and
the two kinds of keys in tokens. Certificates are not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

_ARMOUR = re.compile(
    rb"\s*-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*\Z"
)
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_CURVES = {b"nistp256": 32, b"nistp384": 48, b"nistp521": 66}
_LEAST_RSA_BITS = 2048
_MOST_RSA_BITS = 16384
_TOUCHED = 0x01
_SK_ED25519 = b"sk-ssh-ed25519@openssh.com"
_SK_ECDSA = b"sk-ecdsa-sha2-nistp256@openssh.com"


class SignatureError(ValueError):
    """Something is no SSH signature, or not one that holds; says why."""


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature as its file holds it; ``key`` is the public key in RFC 4253's encoding."""

    key: bytes
    namespace: bytes
    reserved: bytes
    hash_algorithm: bytes
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` of the key, as ``ssh-keygen -l`` shows it."""
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """``SHA256:`` and the base64 without padding of a public key in RFC 4253's encoding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def parse(armoured: bytes) -> SshSignature:
    """The signature in the text of a ``.sig`` file. Raises `SignatureError`."""
    match = _ARMOUR.match(armoured)
    if not match:
        raise SignatureError("it is not one SSH signature (-----BEGIN SSH SIGNATURE-----)")
    try:
        blob = base64.b64decode(re.sub(rb"[\r\n]", b"", match[1]), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("its base64 is broken") from None
    if not blob.startswith(_MAGIC):
        raise SignatureError("it does not begin as an SSH signature does")
    reader = _Reader(blob[len(_MAGIC) :])
    if reader.number() != _VERSION:
        raise SignatureError("it is of a version that is not known")
    made = SshSignature(*(reader.text() for _ in range(5)))
    reader.end()
    return made


def verify(signature: SshSignature, data: bytes, namespace: str) -> None:
    """Return if the signature is by its key, over the data, for the namespace. Raises `SignatureError`."""
    if signature.namespace != namespace.encode():
        said = signature.namespace.decode("utf-8", "backslashreplace")[:60]
        raise SignatureError(f"it is for the namespace {said!r}, not {namespace!r}")
    if signature.hash_algorithm not in _HASHES:
        raise SignatureError("its hash is neither sha256 nor sha512")
    digest = _HASHES[signature.hash_algorithm](data).digest()
    parts = (signature.namespace, signature.reserved, signature.hash_algorithm, digest)
    signed = _MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    try:
        holds = _holds(_Reader(signature.key), _Reader(signature.signature), signed)
    except SignatureError:
        raise
    except ValueError as error:  # a point that is on no curve, a modulus that is none
        raise SignatureError(f"its key cannot be used: {error}") from None
    if not holds:
        raise SignatureError("it is not over these bytes: they were changed, or it is of another file")


def _holds(key: _Reader, signature: _Reader, signed: bytes) -> bool:
    kind, algorithm = key.text(), signature.text()
    if kind == b"ssh-rsa":
        return _rsa(key, signature, algorithm, signed)
    if algorithm != kind:
        raise SignatureError("its kind is not that of its key, or one that is not verified here")
    if kind == b"ssh-ed25519":
        return _ed25519(key.last(), signature.last(), signed)
    if kind == _SK_ED25519:
        public, application = key.text(), key.last()
        sig = signature.text()
        return _ed25519(public, sig, _touched(application, signature, signed))
    if kind == _SK_ECDSA:
        curve, point, application = key.text(), key.text(), key.last()
        if curve != b"nistp256":
            raise SignatureError("its key is on another curve than it says")
        sig = signature.text()
        return _ecdsa(curve, point, sig, _touched(application, signature, signed))
    if kind.startswith(b"ecdsa-sha2-") and kind[len(b"ecdsa-sha2-") :] in _CURVES:
        curve, point = key.text(), key.last()
        if curve != kind[len(b"ecdsa-sha2-") :]:
            raise SignatureError("its key is on another curve than it says")
        return _ecdsa(curve, point, signature.last(), signed)
    said = kind.decode("utf-8", "backslashreplace")[:60]
    raise SignatureError(f"keys of the kind {said} are not verified here")


def _touched(application: bytes, signature: _Reader, signed: bytes) -> bytes:
    """What a token signed in the place of the data."""
    flags, counter = signature.taken(1), signature.taken(4)
    signature.end()
    if not flags[0] & _TOUCHED:
        raise SignatureError("nobody touched the token when it was made")
    return hashlib.sha256(application).digest() + flags + counter + hashlib.sha256(signed).digest()


def _ed25519(public: bytes, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # slow to import
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _ecdsa(curve: bytes, point: bytes, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # slow to import
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    kinds: dict[bytes, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
        b"nistp256": (ec.SECP256R1(), hashes.SHA256()),
        b"nistp384": (ec.SECP384R1(), hashes.SHA384()),
        b"nistp521": (ec.SECP521R1(), hashes.SHA512()),
    }
    numbers = _Reader(signature)
    r, s = numbers.integer(), numbers.integer()
    numbers.end()
    group, hash_ = kinds[curve]
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(group, point)
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hash_))
    except InvalidSignature:
        return False
    return True


def _rsa(key: _Reader, signature: _Reader, algorithm: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # slow to import
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    kinds: dict[bytes, hashes.HashAlgorithm] = {
        b"rsa-sha2-256": hashes.SHA256(),
        b"rsa-sha2-512": hashes.SHA512(),
    }
    if algorithm not in kinds:
        raise SignatureError("RSA counts with SHA-2 alone")
    exponent, modulus = key.integer(), key.integer()
    key.end()
    if not _LEAST_RSA_BITS <= modulus.bit_length() <= _MOST_RSA_BITS:
        raise SignatureError(f"an RSA key of {modulus.bit_length()} bits does not count")
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature.last(), signed, padding.PKCS1v15(), kinds[algorithm])
    except InvalidSignature:
        return False
    return True


class _Reader:
    """Reads the data types of RFC 4251, section 5; what is missing or too much is an error."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def taken(self, count: int) -> bytes:
        taken, self._data = self._data[:count], self._data[count:]
        if len(taken) != count:
            raise SignatureError("it is cut off")
        return taken

    def number(self) -> int:
        return int.from_bytes(self.taken(4), "big")

    def text(self) -> bytes:
        return self.taken(self.number())

    def last(self) -> bytes:
        taken = self.text()
        self.end()
        return taken

    def integer(self) -> int:
        made = int.from_bytes(self.text(), "big", signed=True)
        if made <= 0:
            raise SignatureError("it holds a number that cannot be")
        return made

    def end(self) -> None:
        if self._data:
            raise SignatureError("there is more in it than belongs there")
