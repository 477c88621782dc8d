from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gatepass.errors import VerificationError
from gatepass.record import write_record
from gatepass.record.envelope import Signature, parse_envelope, sign
from gatepass.record.verify import State, verify_record
from gatepass.signers import Signer
from gatepass.signers.keys import trusted_keys
from support.decisions import AT, a_decision, a_passing_decision, a_small_decision, sha256
from support.records import an_author


@pytest.fixture
def author(tmp_path):
    return an_author(tmp_path)


def states(verification) -> dict[str, State]:
    return {check.name: check.state for check in verification.checks}


@pytest.mark.parametrize("decision", [a_decision(), a_passing_decision(), a_small_decision()])
def test_a_record_verifies_in_both_of_its_forms(author, decision):
    written = author.write(decision)
    for path in (written.path, written.bundles[0]):
        found = verify_record(path, [author.key], now=AT)
        assert found.ok
        assert found.keyid == author.key.keyid
        assert found.digest == written.digest
        assert found.predicate["verdict"] == decision.verdict
    assert states(verify_record(written.path, [author.key]))["summary"] is State.OK
    assert states(verify_record(written.bundles[0], [author.key]))["summary"] is State.NOT_DONE


def test_without_a_key_nothing_is_verified(author):
    with pytest.raises(VerificationError, match="no key") as caught:
        verify_record(author.write(a_decision()).path, [])
    assert "--key" in str(caught.value.hint)


def test_a_record_that_somebody_else_signed_is_refused(author, tmp_path):
    other = an_author(tmp_path, "other")
    with pytest.raises(VerificationError, match="no trusted key") as caught:
        verify_record(author.write(a_decision()).path, [other.key])
    assert author.key.keyid in str(caught.value.hint)


def test_one_of_many_trusted_keys_is_enough(author, tmp_path):
    others = [an_author(tmp_path, f"other{n}") for n in range(2)]
    (tmp_path / "trusted").write_text("".join(each.key.pem for each in [*others, author]))
    assert verify_record(author.write(a_decision()).path, trusted_keys(tmp_path / "trusted")).ok


def test_the_keyid_decides_nothing_and_may_not_lie(author, tmp_path):
    other = an_author(tmp_path, "other")
    written = author.write(a_small_decision())
    for keyid in (other.key.keyid, "", "SHA256:x"):
        envelopes = [
            replace(each, signatures=(Signature(keyid, each.signatures[0].sig),))
            for each in map(parse_envelope, written.path.read_bytes().splitlines())
        ]
        with pytest.raises(VerificationError, match="names another key"):
            verify_record(author.put(*envelopes), [other.key, author.key])
        with pytest.raises(VerificationError):
            verify_record(author.put(*envelopes), [other.key])


@dataclass(frozen=True)
class SideBySide:
    """A signer that answers as some hardware does: r and s of 32 bytes each, not DER."""

    inner: Signer

    @property
    def keyid(self) -> str:
        return self.inner.keyid

    @property
    def public_pem(self) -> str:
        return self.inner.public_pem

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.inner.sign(data))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_a_signature_as_r_and_s_side_by_side_is_accepted(author):
    path = write_record(a_small_decision(), author.folder / "r", SideBySide(author.signer)).path
    assert len(parse_envelope(path.read_bytes().splitlines()[0]).signatures[0].sig) == 64
    assert verify_record(path, [author.key]).ok
    with pytest.raises(VerificationError):
        verify_record(path, [an_author(author.folder, "other").key])


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_flipped_bit_in_any_byte_is_refused_with_a_reason(author, which):
    written = author.write(a_small_decision())
    path = written.paths[which]
    data = path.read_bytes()
    keys = [author.key]
    if which < 2:
        verify_record(path, keys)
    flipped = author.folder / "flipped"
    for at in range(len(data)):
        flipped.write_bytes(data[:at] + bytes([data[at] ^ (1 << (at % 8))]) + data[at + 1 :])
        with pytest.raises(VerificationError) as caught:
            verify_record(flipped, keys)
        assert str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: b"\n",
        lambda data: b"\n\n",
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data + b"{}\n",
        lambda data: b" " + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b'{"payload"', b'{ "payload"', 1),
        lambda data: data.replace(b'"payloadType"', b'"extra":1,"payloadType"', 1),
        lambda data: data.replace(b'{"payload":', b'{"payload":"eA==","payload":', 1),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.splitlines(keepends=True)[0],
        lambda data: data.splitlines(keepends=True)[1],
        lambda data: b"".join(reversed(data.splitlines(keepends=True))),
        lambda data: data.splitlines(keepends=True)[0] * 2,
        lambda data: data[: len(data) // 3],
    ],
)
def test_a_record_with_one_byte_too_many_or_too_few_is_refused(author, change):
    path = author.write(a_small_decision()).path
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(VerificationError):
        verify_record(path, [author.key])


def test_a_file_that_is_not_there_or_a_folder_is_refused(author, tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(VerificationError, match="cannot read"):
            verify_record(path, [author.key])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda b: b.update(mediaType="application/vnd.dev.sigstore.bundle.v0.2+json"), "no Sigstore bundle"),
        (lambda b: b["verificationMaterial"].update(tlogEntries=[{}]), "verification material"),
        (lambda b: b["verificationMaterial"]["publicKey"].update(hint="x"), "verification material"),
        (lambda b: b["verificationMaterial"].update(certificate={}), "too many or too few"),
        (lambda b: b["dsseEnvelope"].update(signatures=[]), "verification material"),
        (lambda b: b.pop("dsseEnvelope"), "too many or too few"),
    ],
)
def test_a_bundle_is_what_sigstore_says_or_refused(author, change, reason):
    path = author.write(a_small_decision()).bundles[0]
    bundle = json.loads(path.read_text())
    change(bundle)
    path.write_text(json.dumps(bundle, sort_keys=True, separators=(",", ":")) + "\n")
    with pytest.raises(VerificationError, match=reason):
        verify_record(path, [author.key])


def test_the_summary_alone_is_not_a_record(author):
    with pytest.raises(VerificationError, match="summary") as caught:
        verify_record(author.write(a_small_decision()).bundles[1], [author.key])
    assert ".intoto.jsonl" in str(caught.value.hint)


def set_at(*path, value):
    """A change of one value in a Statement; without a value, its removal."""

    def change(statement):
        *way, last = path
        for step in way:
            statement = statement[step]
        statement[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_at("_type", value="https://in-toto.io/Statement/v0.1"), "Statement v1"),
        (set_at("predicateType", value="https://slsa.dev/provenance/v1"), "is not of type"),
        (set_at("extra", value=1), "too many or too few"),
        (set_at("subject", value=[]), "about nothing"),
        (set_at("subject", value={}), "not a list"),
        (set_at("subject", 0, "digest", value={}), "no digest"),
        (set_at("subject", 0, "digest", value={"sha256": 1}), "no digest"),
        (set_at("subject", 1, "name", value="payments-1.4.2.tar.gz"), "there twice"),
        (set_at("predicate", value=[]), "predicate is not an object"),
        (set_at("predicate", "verdict", value="PASSED"), "its rules make it FAILED"),
        (set_at("predicate", "evaluatedAt", value="yesterday"), "not an instant"),
        (set_at("predicate", "evaluatedAt", value="2026-11-22T20:00:00"), "not an instant"),
        (set_at("predicate", "unsigned", value=True), "do not agree"),
        (set_at("predicate", "relaxations", value=["--unsafe-unsigned"]), "do not agree"),
        (set_at("predicate", "relaxations", value=None), "relaxations"),
        (set_at("predicate", "policies", value=[]), "has rules but is not listed"),
        (set_at("predicate", "rules", value=None), "rules is not a list"),
    ],
)
def test_a_signed_statement_that_is_wrong_is_refused_all_the_same(author, change, reason):
    path = author.forge(a_decision(), statement=change)
    with pytest.raises(VerificationError, match=reason):
        verify_record(path, [author.key])


@pytest.mark.parametrize(
    "change",
    [
        set_at("predicate", "verificationResult", value="PASSED"),
        set_at("predicate", "timeVerified", value="2026-11-22T20:00:01Z"),
        set_at("predicate", "policy", value={"uri": "x"}),
        set_at("predicate", "https://gatepass.dev/decision/v1", "digest", "sha256", value=sha256("x")),
        set_at("subject", 0, "digest", "sha256", value=sha256("x")),
    ],
)
def test_a_summary_that_says_something_else_than_its_decision_is_refused(author, change):
    path = author.forge(a_decision(), summary=change)
    with pytest.raises(VerificationError, match="summary is not that of the decision"):
        verify_record(path, [author.key])


def test_a_summary_of_another_signer_is_refused(author, tmp_path):
    other = an_author(tmp_path, "other")
    path = author.forge(a_decision(), signer=other.signer)
    with pytest.raises(VerificationError, match="not signed by the same key"):
        verify_record(path, [author.key, other.key])


def test_a_summary_of_an_older_decision_does_not_pass_for_this_one(author):
    passed = author.write(a_passing_decision(), "passed").path.read_bytes().splitlines(keepends=True)
    path = author.write(a_decision()).path
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + passed[1])
    with pytest.raises(VerificationError, match="summary is not that of the decision"):
        verify_record(path, [author.key])


def test_another_payload_type_is_refused(author):
    path = author.forge(a_decision(), payload_type="application/vnd.in-toto.decision+json")
    with pytest.raises(VerificationError, match="payload type"):
        verify_record(path, [author.key])


def test_two_signatures_are_refused(author):
    first, second = map(parse_envelope, author.write(a_small_decision()).path.read_bytes().splitlines())
    path = author.put(replace(first, signatures=first.signatures * 2), second)
    with pytest.raises(VerificationError, match="2 signatures; one is expected"):
        verify_record(path, [author.key])


def test_an_unsigned_record_is_refused_and_when_allowed_is_never_called_verified(author):
    path = write_record(a_passing_decision(), author.folder / "r", None).path
    with pytest.raises(VerificationError, match="not signed"):
        verify_record(path, [author.key])
    found = verify_record(path, [], allow_unsigned=True)
    assert (found.signed, found.ok, found.keyid) == (False, False, None)
    assert states(found)["signature"] is State.NOT_DONE


def test_a_record_whose_signature_was_taken_away_is_no_unsigned_record(author):
    envelopes = map(parse_envelope, author.write(a_passing_decision()).path.read_bytes().splitlines())
    path = author.put(*(replace(each, signatures=()) for each in envelopes))
    with pytest.raises(VerificationError, match="taken away"):
        verify_record(path, [author.key], allow_unsigned=True)


def test_allowing_unsigned_records_asks_no_less_of_signed_ones(author, tmp_path):
    path = author.write(a_passing_decision()).path
    for keys in ([], [an_author(tmp_path, "other").key]):
        with pytest.raises(VerificationError, match="key"):
            verify_record(path, keys, allow_unsigned=True)


def test_a_record_from_the_future_fails_beyond_what_clocks_differ(author):
    path = author.write(a_decision()).path
    near = verify_record(path, [author.key], now=AT - timedelta(minutes=4))
    far = verify_record(path, [author.key], now=AT - timedelta(minutes=6))
    assert (near.ok, far.ok) == (True, False)
    assert [check.name for check in far.failed] == ["time"]


def test_artifacts_must_be_what_the_record_is_about(author, tmp_path):
    (tmp_path / "app.tgz").write_text("an artifact")
    (tmp_path / "other.tgz").write_text("another artifact")
    path = author.write(a_decision()).path
    good = verify_record(path, [author.key], artifacts=[tmp_path / "app.tgz"])
    assert states(good)["artifact app.tgz"] is State.OK
    wrong = [tmp_path / "app.tgz", tmp_path / "other.tgz", tmp_path / "absent.tgz"]
    bad = verify_record(path, [author.key], artifacts=wrong)
    assert [check.name for check in bad.failed] == ["artifact other.tgz", "artifact absent.tgz"]
    assert not bad.ok


def test_policies_must_be_those_that_decided(author, tmp_path):
    (tmp_path / "mine.yaml").write_text("the release policy\n")
    (tmp_path / "looser.yaml").write_text("the release policy, loosened\n")
    found = verify_record(
        author.write(a_decision()).path,
        [author.key],
        policies=[tmp_path / "mine.yaml", tmp_path / "looser.yaml"],
    )
    assert states(found)["policy mine.yaml"] is State.OK
    assert states(found)["policy looser.yaml"] is State.FAILED
    assert states(found)["policy production"] is State.NOT_DONE


def evidence_folder(tmp_path, **files: str):
    folder = tmp_path / "evidence"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_evidence_is_found_not_found_or_altered(author, tmp_path):
    folder = evidence_folder(tmp_path, junit_xml="junit.xml", snyk_json="altered")
    found = verify_record(author.write(a_decision()).path, [author.key], evidence=folder)
    checks = states(found)
    assert checks["evidence junit.xml"] is State.OK
    assert checks["evidence snyk.json"] is State.FAILED
    assert checks["evidence coverage.xml"] is State.NOT_DONE
    # a file of another name is not looked for: judging again would not find it either
    assert checks["evidence copy/junit.xml"] is State.NOT_DONE
    assert checks["evidence old/missing.xml"] is State.NOT_DONE
    assert not found.ok


def test_a_folder_without_any_of_the_evidence_fails(author, tmp_path):
    found = verify_record(author.write(a_decision()).path, [author.key], evidence=tmp_path / "absent")
    assert [check.name for check in found.failed] == ["evidence"]


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "link/secret.txt", "x\0y", ".."])
def test_no_name_in_a_record_leads_out_of_the_folder(author, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    folder = evidence_folder(tmp_path)
    (folder / "link").symlink_to(outside)
    decision = a_small_decision()
    source = replace(decision.sources[0], name=name, sha256=sha256("secret"))
    result = replace(decision.results[0], sources=(name,))
    path = author.write(replace(decision, sources=(source,), results=(result,))).path
    found = verify_record(path, [author.key], evidence=folder)
    assert states(found)[f"evidence {name}"] is State.NOT_DONE
    assert not found.ok


def test_the_payload_cannot_be_swapped_for_its_other_spelling(author):
    first, second = author.write(a_small_decision()).path.read_bytes().splitlines()
    envelope = json.loads(first)
    spaced = json.dumps(json.loads(base64.b64decode(envelope["payload"]))).encode()
    path = author.put(sign(spaced, envelope["payloadType"], author.signer), parse_envelope(second))
    with pytest.raises(VerificationError, match="one form"):
        verify_record(path, [author.key])
