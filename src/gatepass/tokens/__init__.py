"""OpenID Connect tokens, verified offline against a set of keys. Pure: no file, clock or network.

| module | knows |
|---|---|
| `token` | a token taken apart: JWS in its compact form (RFC 7515) with the claims of a JWT (RFC 7519) |
| `keys` | a set of public keys (JWK, RFC 7517 and 7518) |
| `claims` | what the claims of each platform mean |
| `verify` | whether a token is what it claims to be, at an instant |

Nothing that a token says about its own key is followed, and nothing in it is believed before `verify`.
"""

from __future__ import annotations

from gatepass.tokens.claims import as_identity
from gatepass.tokens.keys import KeySet
from gatepass.tokens.token import Token
from gatepass.tokens.verify import Expected, verify

__all__ = ["Expected", "KeySet", "Token", "as_identity", "verify"]
