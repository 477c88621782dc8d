"""Whether a record is what it claims to be, checked offline.

A record that was altered, or that nobody trusted signed, raises `VerificationError` with the reason. Files
that do not fit a sound record (evidence changed since, another policy) are failed checks of a
`Verification`. Nothing counts as verified without a key; a check that was not done says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gatepass.errors import VerificationError
from gatepass.record.bundle import bundle_bytes, envelope_in
from gatepass.record.consistency import contradictions
from gatepass.record.envelope import Envelope, envelope_of
from gatepass.record.files import Check, State, artifact_checks, evidence_checks, policy_checks
from gatepass.record.identity import identity_checks
from gatepass.record.names import BUNDLE_TYPE, DECISION_TYPE, PAYLOAD_TYPE, STATEMENT_TYPE, VSA_TYPE
from gatepass.record.reading import as_object, entries, field_instant, field_object, field_text, only_fields
from gatepass.record.signed_json import Object, parse_canonical, sha256
from gatepass.record.statement import subject_digests
from gatepass.record.store import identity_path
from gatepass.record.vsa import vsa_statement
from gatepass.signers.keys import PublicKey

MAXIMUM_BYTES = 256 << 20
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Verification:
    """A sound record, and the checks in the order they were done.

    ``keyid`` is that of the trusted key that signed it, None for an unsigned record, which proves nothing.
    ``digest`` is the SHA-256 of the decision's envelope.
    """

    path: Path
    predicate: Object
    statement: Object
    keyid: str | None
    digest: str
    checks: tuple[Check, ...]

    @property
    def signed(self) -> bool:
        """Whether a trusted key signed it."""
        return self.keyid is not None

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(each for each in self.checks if each.state is State.FAILED)

    @property
    def ok(self) -> bool:
        """Whether it is signed by a trusted key and no check failed."""
        return self.signed and not self.failed


def verify_record(
    path: Path,
    keys: Sequence[PublicKey],
    *,
    evidence: Path | None = None,
    policies: Sequence[Path] = (),
    artifacts: Sequence[Path] = (),
    identity: Path | None = None,
    jwks: Path | None = None,
    now: datetime | None = None,
    allow_unsigned: bool = False,
) -> Verification:
    """Verify ``NAME.intoto.jsonl`` or ``NAME.sigstore.json`` with the public ``keys``.

    ``evidence`` is a folder with the reports under the names they had; ``policies`` and ``artifacts`` are
    files. ``identity`` is the file of the platform's token, which is looked for beside the record where it
    is None, and ``jwks`` its issuer's keys; naming either demands it. Raises `VerificationError` when the
    record itself cannot be trusted.
    """
    decision, summary = _envelopes(read_bytes(path))
    statement, keyid = _opened(decision, keys, DECISION_TYPE, "the decision", allow_unsigned=allow_unsigned)
    predicate = _agreeing(statement, keyid)
    digest = sha256(decision.to_bytes())
    checks = [_signature_check(keyid)]
    checks.append(Check("verdict", State.OK, f"{predicate['verdict']} follows from the findings"))
    checks.append(_summary_check(statement, digest, summary, keys, keyid, allow_unsigned=allow_unsigned))
    checks.append(_time_check(predicate, now))
    token = identity or identity_path(path)
    demanded = identity is not None or jwks is not None
    checks += identity_checks(predicate, sha256(decision.payload), token, jwks, demanded=demanded)
    checks += artifact_checks(subject_digests(statement), artifacts)
    checks += policy_checks(entries(predicate, "policies"), policies)
    checks += evidence_checks(entries(predicate, "inputs"), evidence)
    return Verification(path, predicate, statement, keyid, digest, tuple(checks))


def read_sound(path: Path) -> Object:
    """The predicate of a record that agrees with itself, in all that `verify_record` asks but who signed it.

    For telling people what a record says, where no key is at hand. Raises `VerificationError` when it is no
    record, when its verdict does not follow from its findings, or when its parts do not belong together.
    """
    decision, summary = _envelopes(read_bytes(path))
    statement, claimed = _opened(decision, None, DECISION_TYPE, "the decision", allow_unsigned=True)
    predicate = _agreeing(statement, claimed)
    _summary_check(statement, sha256(decision.to_bytes()), summary, None, claimed, allow_unsigned=True)
    return predicate


def read_bytes(path: Path) -> bytes:
    """The bytes of a record's file. Raises `VerificationError` when there are none, or more than 256 MiB."""
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise VerificationError(f"cannot read the record {path}: {error.strerror}") from None
    if len(data) > MAXIMUM_BYTES:
        raise VerificationError(f"{path} is too large for a record")
    if not data:
        raise VerificationError(f"{path} is empty")
    return data


def _envelopes(data: bytes) -> tuple[Envelope, Envelope | None]:
    """The decision's envelope, and the summary's where the file has one; every byte is accounted for."""
    lines = data.split(b"\n")
    if len(lines) not in (2, 3) or lines[-1]:
        raise VerificationError(
            "the record is not one bundle, nor the two lines of a decision and its summary, "
            "each ending in a line feed"
        )
    first = as_object(parse_canonical(lines[0], "the first line"), "the first line")
    if len(lines) == 2:
        if first.get("mediaType") != BUNDLE_TYPE:
            raise VerificationError("the record has one line, which is no Sigstore bundle; was it cut off?")
        envelope = envelope_in(first)
        if bundle_bytes(envelope) != data:
            raise VerificationError("the bundle holds bytes that are not in its one form")
        return envelope, None
    second = as_object(parse_canonical(lines[1], "the second line"), "the second line")
    decision, summary = envelope_of(first), envelope_of(second)
    if (decision.to_bytes(), summary.to_bytes()) != (lines[0], lines[1]):
        raise VerificationError("the record holds bytes that are not in its one form")
    return decision, summary


def _agreeing(statement: Object, keyid: str | None) -> Object:
    """The predicate, which agrees with itself and with there being a signature or none."""
    predicate = field_object(statement, "predicate")
    wrong = contradictions(predicate)
    if wrong:
        raise VerificationError(f"the record contradicts itself: {'; '.join(wrong)[:1000]}")
    if (predicate.get("unsigned") is True) == (keyid is not None):
        raise VerificationError("the record's signature was taken away or added: it says otherwise itself")
    return predicate


def _opened(
    envelope: Envelope, keys: Sequence[PublicKey] | None, kind: str, what: str, *, allow_unsigned: bool
) -> tuple[Object, str | None]:
    """The Statement in an envelope and the fingerprint of the trusted key that signed it.

    Where ``keys`` is None no signature is checked, and the fingerprint is the one that it claims.
    """
    if envelope.payload_type != PAYLOAD_TYPE:
        raise VerificationError(f"the payload type of {what} is not {PAYLOAD_TYPE}")
    keyid = _signed_by(envelope, keys, what, allow_unsigned=allow_unsigned)
    statement = as_object(parse_canonical(envelope.payload, f"the payload of {what}"), what)
    only_fields(statement, {"_type", "subject", "predicateType", "predicate"}, f"the Statement of {what}")
    if statement["_type"] != STATEMENT_TYPE:
        raise VerificationError(f"{what} is not an in-toto Statement v1")
    if statement["predicateType"] != kind:
        if statement["predicateType"] == VSA_TYPE:
            raise VerificationError(
                "this is the summary (VSA) of a record",
                hint="verify the record itself, .intoto.jsonl or .sigstore.json",
            )
        raise VerificationError(f"the predicate of {what} is not of type {kind}")
    _require_subjects(statement)
    return statement, keyid


def _signed_by(
    envelope: Envelope, keys: Sequence[PublicKey] | None, what: str, *, allow_unsigned: bool
) -> str | None:
    """Every key is tried, whatever the envelope's keyid says: the keyid is not signed and decides nothing."""
    if not envelope.signatures:
        if allow_unsigned:
            return None
        raise VerificationError(
            f"{what} is not signed, so it proves nothing", hint="--unsafe-unsigned reads it all the same"
        )
    if len(envelope.signatures) != 1:
        raise VerificationError(f"{what} has {len(envelope.signatures)} signatures; one is expected")
    if keys is None:
        return envelope.signatures[0].keyid
    if not keys:
        raise VerificationError(
            "no key to verify with was given", hint="give --key PUBLIC.pem or --trusted-keys FILE"
        )
    signature = envelope.signatures[0]
    for key in keys:
        if key.verifies(signature.sig, envelope.signed_bytes):
            if signature.keyid != key.keyid:
                raise VerificationError(f"{what} names another key than the one that signed it, {key.keyid}")
            return key.keyid
    if any(signature.keyid == key.keyid for key in keys):
        raise VerificationError(f"{what} was altered, or the signature is not of the key {signature.keyid}")
    raise VerificationError(
        f"no trusted key signed {what}",
        hint=f"it names {signature.keyid[:60]!a}; trusted are {', '.join(key.keyid for key in keys)}",
    )


def _require_subjects(statement: Object) -> None:
    names: set[str] = set()
    for subject in entries(statement, "subject"):
        name, digest = field_text(subject, "name"), field_object(subject, "digest")
        if name in names or not digest or not all(isinstance(each, str) and each for each in digest.values()):
            raise VerificationError(f"the subject {name[:100]!a} is there twice or has no digest")
        names.add(name)
    if not names:
        raise VerificationError("the record is about nothing: it has no subject")


def _signature_check(keyid: str | None) -> Check:
    if keyid is None:
        return Check("signature", State.NOT_DONE, "the record is not signed and proves nothing")
    return Check("signature", State.OK, f"signed by {keyid}")


def _summary_check(
    statement: Object,
    digest: str,
    summary: Envelope | None,
    keys: Sequence[PublicKey] | None,
    keyid: str | None,
    *,
    allow_unsigned: bool,
) -> Check:
    """The summary must be signed by the same key and say of the decision what the decision says."""
    if summary is None:
        return Check(
            "summary", State.NOT_DONE, "a bundle holds the decision alone; its summary stands beside it"
        )
    found, signed_by = _opened(summary, keys, VSA_TYPE, "the summary", allow_unsigned=allow_unsigned)
    if signed_by != keyid:
        raise VerificationError("the decision and its summary are not signed by the same key")
    if _gist(found) != _gist(vsa_statement(statement, digest)):
        raise VerificationError("the summary is not that of the decision beside it")
    return Check("summary", State.OK, "names this decision and its verdict")


def _gist(summary: Object) -> Object:
    """What of a summary the decision decides; how it is said besides may differ between versions."""
    predicate = field_object(summary, "predicate")
    names = ("timeVerified", "verificationResult", "policy")
    named = field_object(predicate, DECISION_TYPE)
    return {
        "subject": summary["subject"],
        "decision": named.get("digest"),
        "unsigned": named.get("unsigned"),
        **{name: predicate.get(name) for name in names},
    }


def _time_check(predicate: Object, now: datetime | None) -> Check:
    at = field_instant(predicate, "evaluatedAt")
    if now is None or at is None:
        return Check("time", State.NOT_DONE, "no instant was given to compare with")
    if at > now + CLOCK_SKEW:
        return Check("time", State.FAILED, f"it was evaluated at {at.isoformat()}, which has not come yet")
    return Check("time", State.OK, f"evaluated at {at.isoformat()}")
