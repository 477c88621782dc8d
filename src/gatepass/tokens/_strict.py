"""Base64url and JSON in their strict forms: one value has one text, and nothing is guessed."""

from __future__ import annotations

import base64
import json
import re
from typing import NoReturn, cast

from gatepass.errors import RefusedToken
from gatepass.model.facts import Json
from gatepass.nesting import too_deep

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]*")


def decoded(text: str, what: str) -> bytes:
    """Base64url without padding (RFC 7515, section 2); stray bits at the end are refused."""
    if not _URL_SAFE.fullmatch(text) or len(text) % 4 == 1:
        raise RefusedToken(f"{what} is not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encoded(data) != text:
        raise RefusedToken(f"{what} is base64url with stray bits")
    return data


def encoded(data: bytes) -> str:
    """The one text of some bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_object(data: bytes, what: str) -> dict[str, Json]:
    """A JSON object: UTF-8, no key twice, no ``NaN``."""
    try:
        if too_deep(data):
            raise RecursionError
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
    except RecursionError:
        raise RefusedToken(f"{what} is nested too deep") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are such
        raise RefusedToken(f"{what} is no strict JSON: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise RefusedToken(f"{what} is no JSON object")
    return cast("dict[str, Json]", value)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
