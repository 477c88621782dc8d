"""Public keys as issuers publish them: JSON Web Key sets (RFC 7517, RFC 7518).

Only signatures by a private key that the issuer alone has are known here. ``none`` and the ``HS`` family,
whose key the verifier would share, are no algorithms at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gatepass.errors import RefusedToken
from gatepass.model.facts import Json
from gatepass.tokens._strict import decoded, json_object

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MAXIMUM_BYTES = 1 << 20
_MOST_KEYS = 100
_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192  # bits; a larger modulus costs the verifier more than it gives
_RSA = ("RS256", "RS384", "RS512", "PS256")
_CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48)}
ALGORITHMS = (*_RSA, *_CURVES)
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True)
class KeySet:
    """A set of keys; ``sha256`` (lower-case hex) is of the bytes that it was read from."""

    keys: tuple[Mapping[str, Json], ...] = field(repr=False)
    sha256: str

    @staticmethod
    def read(data: bytes) -> KeySet:
        """The set in a document. Raises `RefusedToken` when it is none or has no key."""
        if len(data) > MAXIMUM_BYTES:
            raise RefusedToken(f"the set of keys has more than {MAXIMUM_BYTES >> 20} MiB")
        listed = json_object(data, "the set of keys").get("keys")
        if not isinstance(listed, list) or not listed or len(listed) > _MOST_KEYS:
            raise RefusedToken(f"the set of keys lists none, or more than {_MOST_KEYS}")
        keys = tuple(each for each in listed if isinstance(each, dict))
        if len(keys) != len(listed):
            raise RefusedToken("the set of keys lists something that is no key")
        return KeySet(keys, hashlib.sha256(data).hexdigest())

    def key(self, kid: str, algorithm: str) -> Key:
        """The one key of that name, which must fit the algorithm. Raises `RefusedToken`."""
        found = [each for each in self.keys if each.get("kid") == kid]
        if len(found) != 1:
            many = "no key" if not found else "more than one key"
            raise RefusedToken(f"the issuer's set has {many} with the token's kid {kid[:100]!a}")
        return _key(found[0], algorithm)


@dataclass(frozen=True, slots=True)
class Key:
    """One key, for one algorithm."""

    algorithm: str
    _key: RSAPublicKey | EllipticCurvePublicKey = field(repr=False)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature``, in the form of RFC 7518, is over ``data``."""
        from cryptography.exceptions import InvalidSignature  # slow to import
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

        digest = _digest(self.algorithm)
        try:
            if isinstance(self._key, rsa.RSAPublicKey):
                pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
                scheme = pss if self.algorithm.startswith("PS") else padding.PKCS1v15()
                self._key.verify(signature, data, scheme, digest)
            else:
                self._key.verify(_der(signature, _CURVES[self.algorithm][1]), data, ec.ECDSA(digest))
        except (InvalidSignature, ValueError):
            return False
        return True


def _key(jwk: Mapping[str, Json], algorithm: str) -> Key:
    if any(name in jwk for name in _PRIVATE):
        raise RefusedToken("the issuer's key holds its private part: it is nobody's word any more")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise RefusedToken("the issuer's key is not for signatures")
    if jwk.get("alg", algorithm) != algorithm:
        raise RefusedToken(f"the issuer's key is not for {algorithm}")
    wanted = "RSA" if algorithm in _RSA else "EC" if algorithm in _CURVES else None
    if wanted is None or jwk.get("kty") != wanted:
        raise RefusedToken(f"the issuer's key is of another type than {algorithm} needs")
    return Key(algorithm, _rsa(jwk) if wanted == "RSA" else _ec(jwk, algorithm))


def _rsa(jwk: Mapping[str, Json]) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # slow to import

    n, e = _number(jwk, "n"), _number(jwk, "e")
    if not _SMALLEST_RSA <= n.bit_length() <= _LARGEST_RSA:
        raise RefusedToken(f"the issuer's RSA key has {n.bit_length()} bits, not {_SMALLEST_RSA} to 8,192")
    if not 3 <= e < 1 << 32 or e % 2 == 0:
        raise RefusedToken("the issuer's RSA key has an exponent that signs nothing")
    try:
        return RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise RefusedToken("the issuer's RSA key is not sound") from None


def _ec(jwk: Mapping[str, Json], algorithm: str) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # slow to import

    curve, size = _CURVES[algorithm]
    if jwk.get("crv") != curve:
        raise RefusedToken(f"the issuer's key is on another curve than {algorithm} needs")
    x, y = (_bytes(jwk, name) for name in ("x", "y"))
    if len(x) != size or len(y) != size:
        raise RefusedToken("the issuer's key has coordinates of another length than its curve's")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x), int.from_bytes(y), ec.SECP256R1() if curve == "P-256" else ec.SECP384R1()
    )
    try:
        return numbers.public_key()
    except ValueError:
        raise RefusedToken("the issuer's key is no point of its curve") from None


def _number(jwk: Mapping[str, Json], name: str) -> int:
    return int.from_bytes(_bytes(jwk, name))


def _bytes(jwk: Mapping[str, Json], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedToken(f"the issuer's key has no {name}")
    return decoded(value, f"{name} of the issuer's key")


def _digest(algorithm: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes  # slow to import

    known = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
    return known[algorithm[2:]]


def _der(signature: bytes, size: int) -> bytes:
    """From r and s side by side, as RFC 7518 has them, to DER. Raises ``ValueError`` for another length."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # slow to import

    if len(signature) != 2 * size:
        raise ValueError("the signature has another length")
    return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
