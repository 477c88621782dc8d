from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec

from gatepass.errors import VerificationError
from gatepass.record.envelope import Envelope, Signature, pae, parse_envelope
from gatepass.record.signed_json import canonical, parse, parse_canonical
from gatepass.signers._p256 import public_key
from support.vectors import ROOT, load, needs


@needs("notes.json")
def test_the_vector_of_the_dsse_specification_verifies():
    vector = load("notes.json")["dsse"]
    envelope = Envelope(vector["payload"].encode(), vector["payloadType"])
    assert envelope.signed_bytes == vector["pae"].encode()
    numbers = ec.EllipticCurvePublicNumbers(int(vector["x"]), int(vector["y"]), ec.SECP256R1())
    text = numbers.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    key = public_key(text.decode(), "the key")
    signature = base64.b64decode(vector["sig_raw_rs_b64"])
    assert key.verifies(signature, envelope.signed_bytes)
    assert not key.verifies(signature, envelope.signed_bytes + b" ")


@needs("slsa-vsa")
def test_the_production_summary_of_gke_verifies():
    envelope = parse_envelope((ROOT / "slsa-vsa/gke-gce-pre.bcid-vsa.jsonl").read_bytes())
    key = public_key((ROOT / "slsa-vsa/vsa_signing_public_key.pem").read_text(), "the key")
    assert key.verifies(envelope.signatures[0].sig, envelope.signed_bytes)
    statement = json.loads(envelope.payload)
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert not key.verifies(envelope.signatures[0].sig, pae(envelope.payload_type, envelope.payload + b"\n"))


CASES = ["arrays", "french", "structures", "unicode", "values", "weird"]


@needs("jcs")
@pytest.mark.parametrize("name", CASES)
def test_canonical_json_is_that_of_rfc_8785(name):
    given = json.loads((ROOT / f"jcs/testdata/input/{name}.json").read_text("utf-8"))
    assert canonical(given) == (ROOT / f"jcs/testdata/output/{name}.json").read_bytes()


def test_lengths_of_what_is_signed_are_in_bytes():
    assert pae("té", "é".encode()) == b"DSSEv1 3 t\xc3\xa9 2 \xc3\xa9"
    assert pae("", b"") == b"DSSEv1 0  0 "


def test_an_envelope_comes_back_as_it_went():
    envelope = Envelope(b"\xfb\xff body", "a/b", (Signature("k", b"\x00\xff"), Signature("", b"s")))
    assert parse_envelope(envelope.to_bytes()) == envelope


def test_url_safe_base64_and_a_missing_keyid_of_others_are_read():
    text = json.dumps({"payload": "-_8=", "payloadType": "t", "signatures": [{"sig": "-_8="}]})
    assert parse_envelope(text.encode()) == Envelope(b"\xfb\xff", "t", (Signature("", b"\xfb\xff"),))


GOOD = {"payload": "aGk=", "payloadType": "t", "signatures": [{"keyid": "k", "sig": "aGk="}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"payload": "aGl="},  # stray bits in the last character
        {"payload": "aGk"},
        {"payload": "aGk= "},
        {"payload": "aG\nk="},
        {"payload": ""},
        {"payload": 1},
        {"payload": None},
        {"payload": "é"},
        {"payloadType": ""},
        {"payloadType": []},
        {"signatures": None},
        {"signatures": {}},
        {"signatures": ["aGk="]},
        {"signatures": [{"keyid": 1, "sig": "aGk="}]},
        {"signatures": [{"keyid": "k"}]},
        {"signatures": [{"keyid": "k", "sig": "aGk=", "cert": "x"}]},
        {"extra": 1},
    ],
)
def test_an_envelope_that_is_not_one_is_refused(wrong):
    with pytest.raises(VerificationError):
        parse_envelope(json.dumps({**GOOD, **wrong}).encode())


@pytest.mark.parametrize("field", GOOD)
def test_an_envelope_that_lacks_a_field_is_refused(field):
    with pytest.raises(VerificationError):
        parse_envelope(json.dumps({k: v for k, v in GOOD.items() if k != field}).encode())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b'"\\ud800',
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b"1.0",
        b"1e2",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b"[1] [2]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(text):
    with pytest.raises(VerificationError):
        parse(text, "the record")


@pytest.mark.parametrize(
    "text", [b" 1", b'{"b":1,"a":2}', b'"\\u0041"', b'"\\ud800"', b"-0", b"[1, 2]", b"1\n"]
)
def test_json_in_any_but_its_one_form_is_refused(text):
    with pytest.raises(VerificationError, match="one form"):
        parse_canonical(text, "the record")
