"""Whatever a token says, truly signed or not, it is read or refused with a reason; nothing falls over."""

from __future__ import annotations

import json

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Assurance, Build
from support import github_tokens
from support.evidence import read
from support.issuer import Issuer
from support.values import NOW

ISSUER = Issuer("https://issuer.example")
SAID = github_tokens.claims("alice", 1001)
STRANGE = (None, [], {}, "", "x" * 5000, -1, True, 1.5, 10**40, [None], {"login": 1}, "\ud800", "\u202e", 0)


def written(folder, text, **about):
    path = folder / "token.json"
    path.write_text(github_tokens.collection(ISSUER, text, NOW, "gatepass", **about))
    return path


@pytest.mark.parametrize("name", [*SAID, "iss", "aud", "sub", "iat", "nbf", "exp"])
def test_a_strange_value_of_any_claim_is_read_or_refused(name, tmp_path):
    for value in STRANGE:
        text = ISSUER.token(NOW, "gatepass", {**SAID, name: value})
        try:
            found = read(written(tmp_path, text), "oidc-token").evidence
        except UnreadableEvidence:
            continue
        assert isinstance(found.verified, bool)
        json.dumps(found.claims).encode()
        for each in found.actors:
            assert each.login is None or isinstance(each.login, str)
            assert each.id is None or isinstance(each.id, str)
        assert found.attempt is None or found.attempt >= 0


@pytest.mark.parametrize("topic", ["token", "jwks"])
def test_an_answer_that_is_not_there_or_there_twice_is_refused(topic, tmp_path):
    path = written(tmp_path, ISSUER.token(NOW, "gatepass", SAID))
    whole = json.loads(path.read_text())
    mine = [each for each in whole["answers"] if each["topic"] == topic]
    others = [each for each in whole["answers"] if each["topic"] != topic]
    for answers in (others, [*others, *mine, *mine]):
        path.write_text(json.dumps({**whole, "answers": answers}))
        with pytest.raises(UnreadableEvidence, match="answers about"):
            read(path, "oidc-token")


@pytest.mark.parametrize("fact", ["issuer", "audience"])
def test_a_collection_that_expects_nobody_believes_nobody(fact, tmp_path):
    path = written(tmp_path, ISSUER.token(NOW, "gatepass", SAID))
    whole = json.loads(path.read_text())
    del whole["about"][fact]
    path.write_text(json.dumps(whole))
    found = read(path, "oidc-token").evidence
    assert (found.verified, found.actors) == (False, ())


def test_a_token_that_was_put_into_the_file_after_it_was_collected_is_not_read(tmp_path):
    written(tmp_path, ISSUER.token(NOW, "gatepass", SAID))
    vouching = {"token.json": Vouching("0" * 64, ISSUER.url)}
    found = gather([], {}, tmp_path, None, vouching)
    assert found.evidence == ()
    assert found.sources[0].problem


def test_only_what_verifies_is_vouched_for(tmp_path):
    import hashlib

    for flaw, assurance in ((None, Assurance.OIDC), ("another key", Assurance.SELF_ASSERTED)):
        text = github_tokens.flawed(ISSUER, flaw, NOW, "gatepass", SAID)
        path = written(tmp_path, text)
        vouching = {"token.json": Vouching(hashlib.sha256(path.read_bytes()).hexdigest(), ISSUER.url)}
        [found] = gather([], {}, tmp_path, Build("github", commit=SAID["sha"]), vouching).evidence
        assert found.assurance is assurance


@pytest.mark.parametrize("collected", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("issued", [1, 253370764799, 253370764800, 253402300000, 253402300798])
def test_at_the_ends_of_time_nothing_falls_over_and_nothing_is_believed(collected, issued, tmp_path):
    said = {**SAID, "iat": issued, "nbf": issued, "exp": issued + 1}
    path = written(tmp_path, ISSUER.token(NOW, "gatepass", said))
    path.write_text(json.dumps({**json.loads(path.read_text()), "collected": collected}))
    try:
        assert not read(path, "oidc-token").evidence.verified
    except UnreadableEvidence as error:
        assert "no time" in error.message
