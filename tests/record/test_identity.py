"""The platform's word for a record: a token whose audience is the digest of the decision."""

from __future__ import annotations

import json
import stat
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.binding import token_for_record
from gatepass.errors import CollectionError, OutputError, VerificationError
from gatepass.model.build import Build, Run
from gatepass.record import identity_path, payload_digest, write_record
from gatepass.record.files import State
from gatepass.record.identity import RecordToken, audience_of
from gatepass.record.verify import verify_record
from gatepass.request import Request
from support import github_tokens
from support.decisions import a_decision
from support.issuer import Issuer, rsa_key
from support.loopback import Reply, serving
from support.records import an_author

COMMIT = "9fceb02d" * 5
BUILD = Build(
    "github", repository="acme/payments", repository_id="456", commit=COMMIT, run=Run(id="7001", attempt=1)
)
SAID = github_tokens.claims("alice", 1001)
ISSUER = Issuer("https://issuer.example")


def decided(**changes):
    return replace(a_decision(), build=replace(BUILD, **changes))


def digest(decision):
    return payload_digest(decision, (), signed=True)


def token_of(decision, issuer=ISSUER, at=None, audience=None, **claims):
    said = {**SAID, **claims}
    kept = {name: value for name, value in said.items() if value is not None}
    text = issuer.token(at or decision.at, audience or audience_of(digest(decision)), kept)
    return RecordToken(issuer.url, text, json.dumps(issuer.jwks), f"{issuer.url}/keys")


@pytest.fixture
def author(tmp_path):
    return an_author(tmp_path)


def checked(author, decision, token, *, pinned=ISSUER, **how):
    """What verify says of the token beside a record."""
    data = token.to_bytes() if isinstance(token, RecordToken) else token
    written = write_record(decision, author.folder / "gatepass", author.signer, token=data)
    keys = None
    if pinned:
        keys = author.folder / "keys.json"
        keys.write_text(json.dumps(pinned.jwks))
    verification = verify_record(written.path, [author.key], jwks=keys, **how)
    [check] = [each for each in verification.checks if each.name == "identity"]
    assert verification.ok is (check.state is not State.FAILED)
    return check


def test_a_token_for_the_record_by_the_issuers_own_keys_is_its_word(author):
    decision = decided()
    check = checked(author, decision, token_of(decision))
    assert check.state is State.OK
    assert "https://issuer.example vouches for this decision of run 7001" in check.message
    assert "started-by alice" in check.message


def test_the_bundle_knows_the_same_token(author):
    decision = decided()
    written = write_record(
        decision, author.folder / "gatepass", author.signer, token=token_of(decision).to_bytes()
    )
    [bundle, _] = written.bundles
    assert identity_path(bundle) == identity_path(written.path)
    verification = verify_record(bundle, [author.key])
    assert any(each.name == "identity" and "vouches" in each.message for each in verification.checks)


def test_keys_that_came_with_the_token_prove_nothing(author):
    decision = decided()
    forged = token_of(decision, Issuer(ISSUER.url, rsa_key("mallory")), actor="somebody-else")
    check = checked(author, decision, forged, pinned=None)
    assert check.state is State.NOT_DONE
    assert "anybody may have made both" in check.message
    assert checked(author, decision, forged).state is State.FAILED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"audience": audience_of("0" * 64)}, "is for"),
        ({"audience": "gatepass"}, "is for"),
        ({"run_id": "7002"}, "the run 7002, not 7001"),
        ({"run_id": None, "run_attempt": None}, "do not both name a run"),
        ({"run_attempt": "2"}, "attempt 2"),
        ({"repository_id": "457"}, "the repository 457, not 456"),
        ({"sha": "b2" * 20}, "the commit b2b2"),
        ({"iss": "https://mallory.example"}, "issued by"),
    ],
)
def test_a_token_for_something_else_is_refused(changes, words, author):
    decision = decided()
    check = checked(author, decision, token_of(decision, **changes))
    assert check.state is State.FAILED
    assert words in check.message


@pytest.mark.parametrize(
    ("minutes", "state"), [(4, State.OK), (-4, State.OK), (6, State.FAILED), (-6, State.FAILED)]
)
def test_the_token_and_the_decision_are_of_one_time(minutes, state, author):
    decision = decided()
    at = decision.at + timedelta(minutes=minutes)
    assert checked(author, decision, token_of(decision, at=at)).state is state


def test_a_token_that_lives_long_is_no_word_for_a_decision_made_later(author):
    decision = decided()
    at = decision.at - timedelta(hours=1)
    longer = token_of(decision, at=at, exp=int(decision.at.timestamp()) + 3600)
    check = checked(author, decision, longer)
    assert (check.state, "issued at" in check.message) == (State.FAILED, True)


def test_the_token_of_another_record_is_refused(author):
    decision = decided()
    other = decided(branch="other")
    assert digest(decision) != digest(other)
    assert checked(author, decision, token_of(other)).state is State.FAILED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"schema":"gatepass/record-identity/v2","issuer":"a","token":"b","keys":"c","keysFrom":"d"}',
        b'{"schema":"gatepass/record-identity/v1","issuer":"a","token":"b","keys":"c","keysFrom":"d","x":1}',
        b'{"schema":"gatepass/record-identity/v1","issuer":"a","token":1,"keys":"c","keysFrom":"d"}',
        b'{"schema":"gatepass/record-identity/v1","issuer":"a","token":"b","keys":"c","keysFrom":"d"}',
        b"x" * (3 << 20),
    ],
)
def test_a_file_that_is_no_token_fails(data, author):
    for pinned in (ISSUER, None):
        assert checked(author, decided(), data, pinned=pinned).state is State.FAILED


def test_a_token_that_is_demanded_must_be_there(author):
    written = write_record(decided(), author.folder / "gatepass", author.signer)
    keys = author.folder / "keys.json"
    keys.write_text(json.dumps(ISSUER.jwks))
    plain = verify_record(written.path, [author.key])
    assert plain.ok
    assert "identity" not in {each.name for each in plain.checks}, "nobody ever spoke of one"
    assert not verify_record(written.path, [author.key], jwks=keys).ok
    assert not verify_record(written.path, [author.key], identity=author.folder / "gone.json").ok


def test_keys_that_cannot_be_read_verify_nothing(author):
    decision = decided()
    written = write_record(
        decision, author.folder / "gatepass", author.signer, token=token_of(decision).to_bytes()
    )
    assert not verify_record(written.path, [author.key], jwks=author.folder / "gone.json").ok


def test_an_altered_record_is_refused_before_its_token_is_looked_at(author):
    decision = decided()
    checked(author, decision, token_of(decision))
    path = author.folder / "gatepass.intoto.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"payload":"ey', b'"payload":"eY', 1))
    with pytest.raises(VerificationError):
        verify_record(path, [author.key])


def test_what_a_record_says_without_a_token_leaves_none_of_an_earlier_run(author):
    decision = decided()
    path = author.folder / "gatepass"
    write_record(decision, path, author.signer, token=token_of(decision).to_bytes())
    file = identity_path(author.folder / "gatepass.intoto.jsonl")
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    write_record(decision, path, author.signer)
    assert not file.exists()


def test_no_report_takes_the_place_of_the_token(author):
    taken = author.folder / "gatepass.identity.json"
    with pytest.raises(OutputError, match="cannot be both"):
        write_record(decided(), author.folder / "gatepass", author.signer, beside={taken: b""})


def test_a_token_is_not_shown(author):
    token = token_of(decided())
    assert token.token not in repr(token)


# asking for it


@contextmanager
def github(decision, said=SAID, flaw=None, **routes):
    answers = {**github_tokens.routes(decision.at, said, flaw), **routes}
    with serving(answers) as server:
        yield server, github_tokens.environment(server.url)


def asked(folder, decision, environment, server, identity="required", told=None, **request):
    options = {"oidc": {"issuer": server.url}}
    made = Request(folder, identity=identity, collect=options, **request)
    return token_for_record(made, decision, (), environment, (told if told is not None else []).append)


def test_the_platform_is_asked_for_a_token_that_names_the_decision(tmp_path, author):
    decision = decided()
    with github(decision) as (server, environment):
        data = asked(tmp_path, decision, environment, server)
        assert server.heard[0].query["audience"] == f"gate:sha256:{digest(decision)}"
        assert checked(author, decision, data, pinned=Issuer(server.url)).state is State.OK


def test_the_digest_is_that_of_the_payload_that_is_signed(author):
    import base64
    import hashlib

    decision = decided()
    written = write_record(decision, author.folder / "gatepass", author.signer)
    payload = json.loads(written.path.read_bytes().split(b"\n")[0])["payload"]
    assert hashlib.sha256(base64.b64decode(payload)).hexdigest() == digest(decision)


@pytest.mark.parametrize("flaw", github_tokens.FLAWS)
def test_a_token_that_is_not_believed_is_not_written(flaw, tmp_path):
    decision = decided()
    told = []
    with github(decision, flaw=flaw) as (server, environment):
        with pytest.raises(CollectionError, match="one is required"):
            asked(tmp_path, decision, environment, server)
        assert asked(tmp_path, decision, environment, server, "wanted", told) is None
    assert "not believed" in told[0]


def test_where_the_platform_gives_none_it_is_said_or_required(tmp_path):
    decision = decided()
    told = []
    with github(decision, **{"/token": Reply("", 403)}) as (server, environment):
        for variables in ({}, environment):
            with pytest.raises(CollectionError, match="one is required"):
                asked(tmp_path, decision, variables, server)
            assert asked(tmp_path, decision, variables, server, "", told) is None
    assert len(told) == 2
    elsewhere = decided(platform="gitlab")
    with github(decision) as (server, _), pytest.raises(CollectionError, match="fixed before the job begins"):
        asked(tmp_path, elsewhere, {"GATEPASS_ID_TOKEN": "a.b.c"}, server)


def test_nobody_is_asked_where_nobody_wants_it(tmp_path):
    assert token_for_record(Request(tmp_path), decided(), (), {}, print) is None
