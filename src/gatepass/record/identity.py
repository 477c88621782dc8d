"""The platform's word for a record: a token whose audience is the digest of the decision.

    payload ── SHA-256 ──▶ gate:sha256:… ── the platform signs it, with who runs what, and when ──▶ token

The token is asked for when the decision is made and not yet signed, so it cannot stand in what it names: it
lies beside the record, with the keys that it was verified with. Those keys prove nothing by themselves,
since whoever writes the file can make a pair of their own; whoever verifies names the issuer's.
docs/decisions/0009-a-token-for-the-record.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from gatepass.errors import RefusedToken, VerificationError
from gatepass.model.build import Build, Run
from gatepass.model.identity import Identity
from gatepass.model.source import Source
from gatepass.record.files import Check, State
from gatepass.record.reading import as_object, field_instant, field_object, field_text, only_fields
from gatepass.record.signed_json import Object, canonical, parse
from gatepass.tokens import Expected, KeySet, Token, as_identity, verify

SCHEMA = "gatepass/record-identity/v1"
APART = timedelta(minutes=5)
"""How far the platform's clock and ours may be from each other when a decision is made."""
_MAXIMUM_BYTES = 2 << 20
_FIELDS = {"schema", "issuer", "token", "keys", "keysFrom"}


def audience_of(digest: str) -> str:
    """Whom the token is for: the payload of one decision, by its SHA-256 (hex), and no service anywhere."""
    return f"gate:sha256:{digest}"


@dataclass(frozen=True, slots=True)
class RecordToken:
    """What the file holds: ``keys`` is the issuer's set as it was published, ``keys_from`` where it was."""

    issuer: str
    token: str = field(repr=False)
    keys: str = field(repr=False)
    keys_from: str

    def to_bytes(self) -> bytes:
        """The file's one form."""
        made: Object = {
            "schema": SCHEMA,
            "issuer": self.issuer,
            "token": self.token,
            "keys": self.keys,
            "keysFrom": self.keys_from,
        }
        return canonical(made) + b"\n"

    @staticmethod
    def read(data: bytes) -> RecordToken:
        """The file's content; raises `VerificationError` for anything else."""
        found = as_object(parse(data, "the record's identity"), "the record's identity")
        only_fields(found, _FIELDS, "the record's identity")
        if found["schema"] != SCHEMA:
            raise VerificationError(f"the record's identity is not of the form {SCHEMA}")
        return RecordToken(*(field_text(found, name) for name in ("issuer", "token", "keys", "keysFrom")))


def vouched(held: RecordToken, digest: str, build: Build, at: datetime, keys: bytes) -> Identity:
    """Who vouches for the decision of that payload, build and instant, by a key of the set ``keys``.

    Raises `RefusedToken` unless the token is for this decision, of its run, and from its time.
    """
    token = Token.read(held.token)
    verify(token, KeySet.read(keys), Expected(held.issuer, audience_of(digest), at))
    identity = as_identity(token, Source("identity"))
    if abs(identity.issued - at) > APART:
        raise RefusedToken(
            f"the token was issued at {_z(identity.issued)}, and the decision made at {_z(at)}"
        )
    if other := identity.other_than(build):
        raise RefusedToken(f"the token is for {other}")
    if not identity.is_of_run(build):
        raise RefusedToken("the token and the record do not both name a run")
    return identity


def identity_checks(
    predicate: Object, digest: str, path: Path, keys: Path | None, *, demanded: bool
) -> Iterator[Check]:
    """Whether the token in ``path`` is for the decision of that payload, by the pinned ``keys`` if any.

    Without pinned keys the answer is never more than that nothing speaks against it. That there is no token
    is worth a word where one is demanded, or where the run had one of its own.
    """
    if path.is_file():
        yield _identity_check(predicate, digest, path, keys)
    elif demanded or "identities" in predicate:
        state = State.FAILED if demanded else State.NOT_DONE
        yield Check("identity", state, f"there is no token for this record ({path.name})")


def _identity_check(predicate: Object, digest: str, path: Path, keys: Path | None) -> Check:
    try:
        held = RecordToken.read(_bytes(path))
        at = field_instant(predicate, "evaluatedAt")
        if at is None:
            raise VerificationError("evaluatedAt is not there")
        pinned = _bytes(keys) if keys else held.keys.encode()
        who = _words(vouched(held, digest, _build(predicate), at, pinned))
    except RefusedToken as error:
        return Check("identity", State.FAILED, error.message)
    except VerificationError as error:
        return Check("identity", State.FAILED, error.message)
    if keys:
        return Check("identity", State.OK, f"{who}, by the keys in {keys.name}")
    said = "by keys that came with the token, so anybody may have made both; --jwks names the issuer's own"
    return Check("identity", State.NOT_DONE, f"{who}, {said}")


def _words(identity: Identity) -> str:
    people = " and ".join(f"{each.role} {each.login or each.id}" for each in identity.actors)
    said = f"{identity.issuer} vouches for this decision of run {identity.run} at {_z(identity.issued)}"
    return f"{said}, {people}" if people else said


def _build(predicate: Object) -> Build:
    """What a token can be compared with."""
    said = field_object(predicate, "build")
    run = field_object(said, "run") if "run" in said else {}
    attempt, others = run.get("attempt"), said.get("otherCommits", [])
    return Build(
        platform=field_text(said, "platform"),
        repository=_text(said, "repository"),
        repository_id=_text(said, "repositoryId"),
        commit=_text(said, "commit"),
        other_commits=tuple(str(each) for each in others) if isinstance(others, list) else (),
        run=Run(id=_text(run, "id"), attempt=attempt if isinstance(attempt, int) else None),
    )


def _text(holder: Object, name: str) -> str | None:
    return field_text(holder, name) if name in holder else None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAXIMUM_BYTES + 1)
    except OSError as error:
        raise VerificationError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _MAXIMUM_BYTES:
        raise VerificationError(f"{path} is too large")
    return data


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
