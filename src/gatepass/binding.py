"""Having the platform vouch for a record: a token that names the decision, asked for once it is made.

The decision's payload has its digest before anything signs it, so the token is had, or known not to be had,
before a file of the record is written: where one is required, a record without it never lies around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from gatepass import collect
from gatepass.collect import Asked
from gatepass.errors import CollectionError, RefusedToken
from gatepass.model.decision import Decision
from gatepass.record import Output, payload_digest
from gatepass.request import Request

if TYPE_CHECKING:
    from gatepass.record.identity import RecordToken

COLLECTOR = "oidc"
REQUIRED = "required"


def token_for_record(
    request: Request,
    decision: Decision,
    outputs: Sequence[Output],
    environment: Mapping[str, str],
    say: Callable[[str], None],
) -> bytes | None:
    """The file to lay beside the record; None where none is wanted, or where the platform gives none.

    Raises `CollectionError` when one is required and cannot be had.
    """
    if not request.identity and COLLECTOR not in request.collect:
        return None
    digest = payload_digest(decision, outputs, signed=not request.unsigned)
    producer = f"gatepass {decision.gate_version}"
    options = request.collect.get(COLLECTOR, {})
    asked = Asked(decision.build, environment, request.root, decision.at, producer, options, say)
    try:
        return _token(asked, digest, decision).to_bytes()
    except CollectionError as error:
        if request.identity == REQUIRED:
            raise CollectionError(
                f"no token vouches for the record, and one is required: {error.message}", hint=error.hint
            ) from None
        say(f"no token vouches for this record: {error.message}")
        return None


def _token(asked: Asked, digest: str, decision: Decision) -> RecordToken:
    from gatepass.record.identity import RecordToken, audience_of, vouched  # most runs bind no token

    issuer = collect.asking_for_tokens.setting(asked).issuer
    token = collect.asking_for_tokens.requested(asked, audience_of(digest)).body
    published = collect.asking_for_tokens.keys(asked, issuer)[-1]
    made = RecordToken(issuer, token, published.body, published.url)
    try:
        vouched(made, digest, decision.build, decision.at, published.body.encode())
    except RefusedToken as error:
        raise CollectionError(f"the platform's token is not believed: {error.message}") from None
    return made
