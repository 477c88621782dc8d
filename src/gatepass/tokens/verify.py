"""Whether a token is what it claims to be (RFC 7515, section 5.2; RFC 7519, section 7.2; RFC 8725).

In this order: header, key, signature, issuer, audience, times. Nothing here asks anybody anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gatepass.errors import RefusedToken
from gatepass.tokens.keys import ALGORITHMS, KeySet
from gatepass.tokens.token import Token

SKEW = timedelta(minutes=5)
"""How far ahead of ours the issuer's clock may be, and how long asking for a token may have taken."""
LONGEST = timedelta(days=31)
"""The longest life of a token: GitLab's live as long as a job may run."""
# a token that brings its own key, or that wants to be read in another way than it looks
_REFUSED = ("crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc", "cty")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say: who issued it, to whom, and that it was valid ``at`` (UTC)."""

    issuer: str
    audience: str
    at: datetime


def verify(token: Token, keys: KeySet, expected: Expected) -> None:
    """Raise `RefusedToken` with the reason unless a key of the set signed the token and it is as expected."""
    algorithm, kid = _header(token)
    if not keys.key(kid, algorithm).verifies(token.signature, token.signed):
        raise RefusedToken("the token was altered, or the issuer's key did not sign it")
    if token.issuer != expected.issuer:
        raise RefusedToken(f"the token is issued by {token.issuer[:200]!a}, not by {expected.issuer}")
    if not expected.audience or expected.audience not in token.audience:
        raise RefusedToken(f"the token is for {_shown(token.audience)}, not for {expected.audience!a}")
    _times(token, expected.at)


def _header(token: Token) -> tuple[str, str]:
    header = token.header
    if odd := [name for name in _REFUSED if name in header]:
        raise RefusedToken(f"the token's header has {odd[0]}, which is not followed")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise RefusedToken(
            f"the token is signed by {str(algorithm)[:40]!a}, and only {', '.join(ALGORITHMS)} count"
        )
    if not isinstance(kind, str) or kind.casefold() != "jwt":
        raise RefusedToken("the token is no JWT by its own word")
    if not isinstance(kid, str) or not kid:
        raise RefusedToken("the token does not name its key (kid)")
    return algorithm, kid


def _times(token: Token, at: datetime) -> None:
    issued, expires = token.issued, token.expires
    not_before = token.not_before or issued
    if not issued < expires <= issued + LONGEST or not_before > expires:
        raise RefusedToken("the token's times make no sense: iat, nbf and exp do not follow each other")
    if at >= expires:
        raise RefusedToken(f"the token expired at {expires:%Y-%m-%dT%H:%M:%SZ}")
    if max(issued, not_before) > at + SKEW:
        raise RefusedToken(f"the token is not valid before {max(issued, not_before):%Y-%m-%dT%H:%M:%SZ}")


def _shown(audience: tuple[str, ...]) -> str:
    return ", ".join(f"{each[:100]!a}" for each in audience[:3])
