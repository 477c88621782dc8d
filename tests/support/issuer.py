"""An issuer of tokens: it has keys, publishes them, and signs what it is told to. Nothing of ours is used."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


@cache
def rsa_key(name: str = "issuer", bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key for each name: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """A key on a curve."""
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[curve])


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: PrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    """The public part of a key as an issuer publishes it."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        n, e = (each.to_bytes((each.bit_length() + 7) // 8) for each in (numbers.n, numbers.e))
        return {"kty": "RSA", "kid": kid, "use": "sig", "n": b64(n), "e": b64(e), **more}
    point, size = key.public_key().public_numbers(), (key.curve.key_size + 7) // 8
    curve = {256: "P-256", 384: "P-384"}[key.curve.key_size]
    x, y = (b64(each.to_bytes(size)) for each in (point.x, point.y))
    return {"kty": "EC", "kid": kid, "use": "sig", "crv": curve, "x": x, "y": y, **more}


def jws(header: object, payload: object, key: PrivateKey, algorithm: str = "RS256") -> str:
    """A JWS in the compact form; what is bytes is taken as it is."""
    parts = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, payload)]
    signed = ".".join(map(b64, parts)).encode()
    return f"{signed.decode()}.{b64(signature(signed, key, algorithm))}"


def signature(signed: bytes, key: PrivateKey, algorithm: str) -> bytes:
    digest = HASHES[algorithm[2:]]
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return key.sign(signed, pss if algorithm.startswith("PS") else padding.PKCS1v15(), digest)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size) + s.to_bytes(size)


@dataclass(frozen=True)
class Issuer:
    """``url`` is what it calls itself; ``kid`` names its one key."""

    url: str
    key: PrivateKey = field(default_factory=rsa_key)
    kid: str = "k1"

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [jwk(self.key, self.kid, alg="RS256")]}

    def token(self, at: datetime, audience: object, claims: Mapping[str, Any], **header: Any) -> str:
        """A token that was issued at an instant and lives for five minutes; ``claims`` win."""
        told = claims.get("iat")
        now = told if type(told) is int else int(at.timestamp())
        times = {"iat": now, "nbf": now - 10, "exp": now + 300}
        said = {"iss": self.url, "aud": audience, "sub": "whatever the owner likes", **times, **claims}
        return jws({"alg": "RS256", "typ": "JWT", "kid": self.kid, **header}, said, self.key)

    @property
    def discovery(self) -> dict[str, Any]:
        """What it tells of itself (OpenID Connect Discovery 1.0)."""
        algorithms = ["RS256"]
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": algorithms,
        }
