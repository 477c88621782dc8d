"""Files of allowed signers, as OpenSSH has them.

A line is ``PRINCIPALS [OPTIONS] KEYTYPE BASE64 [COMMENT]`` (``ssh-keygen(1)``, ALLOWED SIGNERS). Times
without a ``Z`` are taken as UTC. Left out, as nobody is trusted by them: lines of certificate authorities,
those whose principals are all patterns, since a pattern is nobody, and those that leave somebody out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from gatepass.model.policy import AllowedSigner

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_FIELD = re.compile(rf"(?:{_QUOTED}|[^\s\"])+")
_OPTION = re.compile(rf"([A-Za-z-]+)(?:=({_QUOTED}|[^\s\",]*))?(?:,|$)")
_TIME = re.compile(r"(\d{8})(\d{4})?(\d{2})?Z?\Z")
_PATTERN = frozenset("*?!")
_KEY_TYPE = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+\Z")


class SignersError(ValueError):
    """A line that cannot be understood."""


def allowed_signers(data: bytes, logins: Mapping[str, str]) -> tuple[AllowedSigner, ...]:
    """The signers in a file; ``logins`` tells who is behind a principal that is not a login itself.

    Raises `SignersError` for a line that is not understood, and when nobody is trusted by the file.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise SignersError("it is not UTF-8") from None
    by_principal = {principal.casefold(): login for principal, login in logins.items()}
    made = tuple(_signers(text, by_principal))
    if not made:
        raise SignersError("nobody is in it; a line each: LOGIN KEYTYPE KEY")
    return made


def _signers(text: str, logins: Mapping[str, str]) -> Iterator[AllowedSigner]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            signer = _signer(line.strip(), logins)
        except ValueError as error:
            raise SignersError(f"line {number}: {error}") from None
        if signer is not None:
            yield signer


def _signer(line: str, logins: Mapping[str, str]) -> AllowedSigner | None:
    fields = _FIELD.findall(line)
    if len(fields) < 3:
        raise ValueError("it is not PRINCIPALS [OPTIONS] KEYTYPE KEY")
    has_options = not _KEY_TYPE.match(fields[1])
    options = _options(fields[1]) if has_options else {}
    rest = fields[2:] if has_options else fields[1:]
    if len(rest) < 2 or not _KEY_TYPE.match(rest[0]):
        raise ValueError("its kind of key is not known")
    key = _key(rest[0], rest[1])
    principals = [each.strip() for each in _unquoted(fields[0]).split(",")]
    names = [each.casefold() for each in principals if each and not _PATTERN & set(each)]
    if "cert-authority" in options or not names or any(each.startswith("!") for each in principals):
        return None
    return AllowedSigner(
        tuple(dict.fromkeys(logins.get(name, name).casefold() for name in names)),
        key,
        tuple(each for each in options.get("namespaces", "").split(",") if each),
        _time(options["valid-after"]) if "valid-after" in options else None,
        _time(options["valid-before"]) if "valid-before" in options else None,
    )


def _options(text: str) -> dict[str, str]:
    made: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _OPTION.match(text, at)
        if not match:
            raise ValueError(f"its options cannot be read: {text[:80]}")
        name, value = match[1].casefold(), match[2]
        wants_value = name in ("namespaces", "valid-after", "valid-before")
        if name in made or not (wants_value or name == "cert-authority") or wants_value != bool(value):
            raise ValueError(f"its option {name} is not known, stands twice, or has no value")
        made[name] = _unquoted(value or "")
        if wants_value and not made[name]:
            raise ValueError(f"its option {name} has no value")
        at = match.end()
    return made


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') and text.endswith('"') else text


def _key(kind: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its key is not base64") from None
    inside = kind.encode()
    if not key.startswith(len(inside).to_bytes(4, "big") + inside):
        raise ValueError(f"its key is not of the kind {kind}")
    return key


def _time(text: str) -> datetime:
    match = _TIME.match(text)
    if not match:
        raise ValueError(f"'{text[:40]}' is no time; write 20261231Z or 20261231235959Z")
    digits = match[1] + (match[2] or "0000") + (match[3] or "00")
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no time that there is") from None
