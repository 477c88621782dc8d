"""A token taken apart: https://www.rfc-editor.org/rfc/rfc7515 (compact form), rfc7519 (claims)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gatepass.errors import RefusedToken
from gatepass.model.facts import Json
from gatepass.tokens._strict import decoded, json_object

MAXIMUM_LENGTH = 32 << 10  # GitHub's have 1.5 KiB; GitLab's name up to 200 groups
_LATEST = 253370764800  # 9999-01-01: no date can be much later, and how long a token lives is added to it


@dataclass(frozen=True, slots=True)
class Token:
    """The parts of a token, none of them believed yet.

    ``signed`` are the bytes that ``signature`` is over. What is secret stays out of `repr`.
    """

    header: Mapping[str, Json]
    claims: Mapping[str, Json]
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @staticmethod
    def read(text: str) -> Token:
        """Take a token apart. Raises `RefusedToken` for whatever is not exactly one in the compact form."""
        if len(text) > MAXIMUM_LENGTH:
            raise RefusedToken(f"the token is longer than {MAXIMUM_LENGTH:,} characters")
        parts = text.split(".")
        if len(parts) != 3 or not all(parts):
            raise RefusedToken("the token has no three parts with dots between (a JWS in its compact form)")
        header, payload, signature = parts
        return Token(
            json_object(decoded(header, "the token's header"), "the token's header"),
            json_object(decoded(payload, "the token's payload"), "the token's payload"),
            f"{header}.{payload}".encode(),
            decoded(signature, "the token's signature"),
        )

    @property
    def issuer(self) -> str:
        """``iss``; raises `RefusedToken` when there is none."""
        return self._text("iss")

    @property
    def subject(self) -> str:
        """``sub``, for reading alone; empty when there is none."""
        value = self.claims.get("sub")
        return value if isinstance(value, str) else ""

    @property
    def audience(self) -> tuple[str, ...]:
        """``aud``, one or several; raises `RefusedToken` when there is none."""
        value = self.claims.get("aud")
        found = value if isinstance(value, list) else [value]
        texts = tuple(each for each in found if isinstance(each, str) and each)
        if not texts or len(texts) != len(found):
            raise RefusedToken("the token's aud is not there, or no text")
        return texts

    @property
    def issued(self) -> datetime:
        """``iat`` in UTC; raises `RefusedToken` when there is none."""
        return self._instant("iat")

    @property
    def expires(self) -> datetime:
        """``exp`` in UTC; raises `RefusedToken` when there is none."""
        return self._instant("exp")

    @property
    def not_before(self) -> datetime | None:
        """``nbf`` in UTC, None when the token does not say (CircleCI and Bitbucket)."""
        return self._instant("nbf") if "nbf" in self.claims else None

    def _text(self, name: str) -> str:
        value = self.claims.get(name)
        if not isinstance(value, str) or not value:
            raise RefusedToken(f"the token's {name} is not there, or no text")
        return value

    def _instant(self, name: str) -> datetime:
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
            raise RefusedToken(f"the token's {name} is not there, or no time")
        return datetime.fromtimestamp(value, UTC)
