"""The claims of tokens, as the predicate says them, and how far they are believed."""

from __future__ import annotations

from gatepass.model.identity import Identity
from gatepass.record.signed_json import Object, filled, instant, text

# who somebody is, the other claims tell as well; addresses are nobody's business years later
_LEFT_OUT = ("user_email", "user_identities")


def identity_object(identity: Identity) -> Object:
    """A token's claims without the token, which stays in the collection under its digest."""
    return {
        **filled(
            source=text(identity.source.name),
            issuer=text(identity.issuer),
            audience=[text(each) for each in identity.audience],
            issuedAt=instant(identity.issued),
            expiresAt=instant(identity.expires),
            trouble=text(identity.trouble or ""),
            keys={"sha256": identity.jwks_sha256} if identity.jwks_sha256 else None,
            claims={
                text(name): text(value) for name, value in identity.claims if name not in _LEFT_OUT and value
            },
        ),
        "verified": identity.verified,
        "assurance": identity.assurance.value,
    }
