"""A token of the run with the keys of its issuer, by gatepass collect oidc.

It is verified each time it is read, offline, as at the instant it was asked for: by the keys that the
collection holds, for the issuer and the audience that were expected. What does not verify names nobody.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

from dataclasses import replace

from gatepass.errors import RefusedToken, UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._collection import read, recognises
from gatepass.model.collection import Answer, Collection
from gatepass.model.identity import Identity
from gatepass.tokens import Expected, KeySet, Token, as_identity, verify

_EXPECTED = "expected "


def _read(report: OpenReport) -> Reading:
    collection = read(report)
    try:
        token = Token.read(_one(collection, "token").body)
        identity = as_identity(token, report.source)
    except RefusedToken as error:
        raise UnreadableEvidence(error.message) from None
    _refuse_other_run(collection, dict(identity.claims))
    identity = _verified(identity, token, collection)
    notes = (f"the token is not believed: {identity.trouble}",) if identity.trouble else ()
    return Reading(identity, collection.producer or None, identity.commit, collection.at, notes=notes)


def _verified(identity: Identity, token: Token, collection: Collection) -> Identity:
    issuer, audience = (collection.fact(name) or "" for name in ("issuer", "audience"))
    try:
        keys = KeySet.read(_one(collection, "jwks").body.encode())
        verify(token, keys, Expected(issuer, audience, collection.at))
    except RefusedToken as error:
        return replace(identity, trouble=error.message, actors=())
    return replace(identity, verified=True, jwks_sha256=keys.sha256)


def _refuse_other_run(collection: Collection, claims: dict[str, str]) -> None:
    """What the platform's variables said of the run, the token must say where it says anything."""
    about = dict(collection.about)
    expected = {name.removeprefix(_EXPECTED): about[name] for name in about if name.startswith(_EXPECTED)}
    for claim, value in expected.items():
        said = claims.get(claim)
        if said is not None and said.casefold() != value.casefold():
            raise UnreadableEvidence(
                f"is a token of another run: its {claim} is {said[:100]}, not {value}", code="other-commit"
            )
    if expected and claims.keys().isdisjoint(expected):
        raise UnreadableEvidence("is a token that names no run of this platform", code="other-commit")


def _one(collection: Collection, topic: str) -> Answer:
    found = collection.of(topic)
    if len(found) != 1:
        raise UnreadableEvidence(f"holds {len(found)} answers about {topic}, not one")
    return found[0]


FORMAT = Format(
    name="oidc-token",
    title="Token of the run, by gatepass collect oidc",
    kind=Identity.KIND,
    recognises=recognises("oidc", Identity.KIND),
    read=_read,
    page="https://openid.net/specs/openid-connect-core-1_0.html",
)
