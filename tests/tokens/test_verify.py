"""A token is believed when a key of its issuer signed it, for us, now; whatever else it is, it is refused."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import RefusedToken
from gatepass.tokens import Expected, KeySet, Token, verify
from gatepass.tokens.keys import ALGORITHMS
from gatepass.tokens.verify import LONGEST, SKEW
from support.issuer import Issuer, b64, ec_key, jwk, jws, rsa_key
from support.values import NOW

URL, AUDIENCE = "https://issuer.example", "gate:sha256:abc"
ISSUER = Issuer(URL)
KEYS = {"RS": rsa_key(), "PS": rsa_key(), "ES256": ec_key("P-256"), "ES384": ec_key("P-384")}
SECONDS = int(NOW.timestamp())
CLAIMS = {"iss": URL, "aud": AUDIENCE, "iat": SECONDS, "nbf": SECONDS - 5, "exp": SECONDS + 300}
HEADER = {"alg": "RS256", "kid": "k1", "typ": "JWT"}


def keys(*jwks, **more):
    return KeySet.read(json.dumps({"keys": list(jwks) or ISSUER.jwks["keys"], **more}).encode())


def believed(text, *jwks, issuer=URL, audience=AUDIENCE, at=NOW):
    verify(Token.read(text), keys(*jwks), Expected(issuer, audience, at))
    return True


def refused(text, *jwks, **how):
    with pytest.raises(RefusedToken) as caught:
        believed(text, *jwks, **how)
    assert len(text) < 100 or text not in caught.value.message
    return caught.value.message


def signed(claims=None, header=None, key=None, algorithm="RS256", drop=()):
    said = {**CLAIMS, **(claims or {})}
    head = {**HEADER, **(header or {})}
    return jws(
        {name: value for name, value in head.items() if name not in drop},
        {name: value for name, value in said.items() if name not in drop},
        key or rsa_key(),
        algorithm,
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_the_issuers_key_is_believed(algorithm):
    key = KEYS.get(algorithm) or KEYS[algorithm[:2]]
    text = signed(header={"alg": algorithm}, key=key, algorithm=algorithm)
    assert believed(text, jwk(key, "k1", alg=algorithm))
    assert believed(text, jwk(key, "k0"), jwk(key, "k1"))


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["https://a.example", AUDIENCE]])
def test_one_of_several_audiences_is_enough(audience):
    assert believed(signed({"aud": audience}))


def test_what_an_issuer_leaves_out_is_not_asked_for():
    assert believed(signed(drop=("nbf", "typ")))


TEXT = signed()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_to_change_any_sign_of_a_token_is_found(data):
    at = data.draw(st.integers(0, len(TEXT) - 1))
    sign = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n")
    )
    changed = TEXT[:at] + sign + TEXT[at + 1 :]
    if changed != TEXT:
        refused(changed)


@given(st.text(max_size=80) | st.binary(max_size=80).map(b64))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fall_over(text):
    for each in (text, f"{text}.{text}.{text}", f"{TEXT}.{text}", TEXT.replace(".", f".{text}", 1)):
        if each != TEXT:
            refused(each)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4))
@settings(max_examples=60, deadline=None)
def test_a_claim_of_a_strange_kind_is_refused_not_read(value):
    for name in ("iss", "aud", "iat", "exp"):
        if value != CLAIMS[name]:
            try:
                believed(signed({name: value}))
            except RefusedToken:
                continue
            assert name in ("iat", "exp")
            assert isinstance(value, int)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"alg": "none"}, "signed by 'none'"),
        ({"alg": "HS256"}, "signed by 'HS256'"),
        ({"alg": "rs256"}, "signed by 'rs256'"),
        ({"alg": None}, "signed by 'None'"),
        ({"alg": ["RS256"]}, "only RS256"),
        ({"alg": "RS512"}, "not for RS512"),
        ({"kid": "k2"}, "no key"),
        ({"kid": ""}, "does not name its key"),
        ({"kid": 1}, "does not name its key"),
        ({"typ": "dpop+jwt"}, "no JWT"),
        ({"crit": ["exp"]}, "has crit"),
        ({"crit": []}, "has crit"),
        ({"b64": False}, "has b64"),
        ({"jku": "https://mallory.example/keys"}, "has jku"),
        ({"jwk": jwk(rsa_key("mallory"), "k1")}, "has jwk"),
        ({"x5u": "https://mallory.example/cert"}, "has x5u"),
        ({"x5c": ["AAAA"]}, "has x5c"),
        ({"zip": "DEF"}, "has zip"),
    ],
)
def test_a_header_that_wants_something_else_is_refused(header, words):
    assert words in refused(signed(header=header))


def test_a_token_that_names_no_key_is_refused():
    assert "does not name its key" in refused(signed(drop=("kid",)))


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": f"{URL}/"}, "issued by"),
        ({"iss": URL.upper()}, "issued by"),
        ({"aud": AUDIENCE + "d"}, "is for"),
        ({"aud": []}, "aud is not there"),
        ({"aud": [AUDIENCE, 1]}, "aud is not there"),
        ({"exp": SECONDS}, "make no sense"),
        ({"iat": SECONDS - 600, "nbf": SECONDS - 600, "exp": SECONDS}, "expired"),
        ({"iat": SECONDS + 301, "exp": SECONDS + 900}, "not valid before"),
        ({"nbf": SECONDS + 301, "exp": SECONDS + 900}, "not valid before"),
        ({"nbf": SECONDS + 301}, "make no sense"),
        ({"exp": SECONDS + LONGEST.total_seconds() + 1}, "make no sense"),
        ({"exp": 10**30}, "no time"),
        ({"exp": True}, "no time"),
        ({"exp": str(SECONDS + 300)}, "no time"),
        ({"nbf": "now"}, "no time"),
        ({"iat": -1}, "no time"),
    ],
)
def test_a_claim_that_is_not_as_it_must_be_is_refused(claims, words):
    assert words in refused(signed(claims))


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "exp"])
def test_a_claim_that_every_token_has_must_be_there(name):
    assert name in refused(signed(drop=(name,)))


def test_nobody_is_an_audience():
    assert "aud is not there" in refused(signed({"aud": [""]}), audience="")
    assert "not for ''" in refused(signed(), audience="")


def test_time_is_kept_to_the_second():
    text = signed()
    assert believed(text, at=NOW + timedelta(seconds=299))
    assert "expired" in refused(text, at=NOW + timedelta(seconds=300))
    assert believed(text, at=NOW - SKEW)
    assert "not valid before" in refused(text, at=NOW - SKEW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"iss":"a","iss":"b"}', "twice"),
        (b'{"exp":NaN}', "no strict JSON"),
        (b"[1]", "no JSON object"),
        (b"\xff", "no strict JSON"),
        (b"", "three parts"),
        (b"[" * 20000, "longer than|nested too deep"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, "nested too deep"),
    ],
)
def test_json_that_means_two_things_is_refused(payload, words):
    said = refused(jws(HEADER, payload, rsa_key()))
    assert any(word in said for word in words.split("|"))


def test_base64_has_one_form():
    head, body, sign = TEXT.split(".")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = letters[letters.index(sign[-1]) + 1]  # the last sign of 256 bytes has four bits to spare
    assert base64.urlsafe_b64decode(f"{sign[:-1]}{stray}==") == base64.urlsafe_b64decode(f"{sign}==")
    assert "stray bits" in refused(f"{head}.{body}.{sign[:-1]}{stray}")
    assert "not base64url" in refused(f"{head}.{body}.{sign}==")
    assert "three parts" in refused(f"{head}..{sign}")


def test_a_token_is_no_longer_than_tokens_are():
    assert "longer than" in refused(signed({"groups": ["x" * 100] * 400}))


def own(**changes):
    made = {**jwk(rsa_key(), "k1"), **changes}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (own(use="enc"), "not for signatures"),
        (own(key_ops=["sign"]), "not for signatures"),
        (own(key_ops="verify"), "not for signatures"),
        (own(alg="RS512"), "not for RS256"),
        (own(kty="oct", k="AAAA"), "private part"),
        (own(kty="oct"), "another type"),
        (own(kty="EC"), "another type"),
        (own(kty=None), "another type"),
        (own(d="AAAA"), "private part"),
        (own(n=None), "has no n"),
        (own(n=b64(b"\x01" * 128)), "1017 bits"),
        (own(n=b64(b"\xff" * 1025)), "8200 bits"),
        (own(e=b64(b"\x01")), "exponent"),
        (own(e=b64(b"\x04")), "exponent"),
        (own(e="=="), "not base64url"),
        (own(e=1), "has no e"),
    ],
)
def test_a_key_that_is_not_for_this_is_refused(key, words):
    assert words in refused(TEXT, key)


def test_a_key_too_short_to_be_safe_signs_nothing():
    short = rsa_key("short", 1024)
    assert "1024 bits" in refused(signed(key=short), jwk(short, "k1"))


def test_two_keys_of_one_name_are_none():
    mine, other = jwk(rsa_key(), "k1"), jwk(rsa_key("mallory"), "k1")
    for both in ((mine, other), (other, mine), (mine, mine)):
        assert "more than one key" in refused(TEXT, *both)


def test_a_public_key_is_no_shared_secret():
    """The classic: the verifier's public key taken as the secret of an HMAC."""
    import hashlib
    import hmac

    head, body = (b64(json.dumps(each).encode()) for each in ({**HEADER, "alg": "HS256"}, CLAIMS))
    for secret in (json.dumps(ISSUER.jwks).encode(), ISSUER.jwks["keys"][0]["n"].encode()):
        code = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
        refused(f"{head}.{body}.{b64(code)}")


@pytest.mark.parametrize(
    "change", [{"crv": "P-384"}, {"crv": None}, {"x": "AAAA"}, {"y": None}, {"y": b64(b"\x01" * 32)}]
)
def test_a_point_that_is_on_no_curve_is_refused(change):
    key = {**jwk(ec_key(), "k1"), **change}
    text = signed(header={"alg": "ES256"}, key=ec_key(), algorithm="ES256")
    refused(text, {name: value for name, value in key.items() if value is not None})


def test_a_signature_of_another_length_or_in_der_is_refused():
    text = signed(header={"alg": "ES256"}, key=ec_key(), algorithm="ES256")
    signature = base64.urlsafe_b64decode(text.rpartition(".")[2] + "==")
    head = text.rpartition(".")[0]
    for wrong in (signature[:-1], signature + b"\x00", b"\x00" * 64, signature[32:] + signature[:32]):
        assert "altered" in refused(f"{head}.{b64(wrong)}", jwk(ec_key(), "k1"))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys":[]}',
        b'{"keys":{}}',
        b'{"keys":[1]}',
        b'{"keys":[],"keys":[]}',
        b"null",
        b"\xff",
    ],
)
def test_a_set_without_keys_is_refused(document):
    with pytest.raises(RefusedToken):
        KeySet.read(document)


def test_a_set_of_very_many_keys_is_refused():
    with pytest.raises(RefusedToken, match="more than 100"):
        keys(*[{"kid": str(n)} for n in range(101)])
    with pytest.raises(RefusedToken, match="1 MiB"):
        keys(jwk(rsa_key(), "k1"), note="x" * (1 << 20))


def test_what_is_secret_is_not_shown():
    token = Token.read(TEXT)
    assert TEXT.rpartition(".")[2][:20] not in repr(token)
    assert "signature" not in repr(token)
