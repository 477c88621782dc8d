"""A job that asks the platform to vouch for it, and an auditor years later, at the command line."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from gatepass.signers import keys
from support import github_tokens
from support.cli import gatepass
from support.gate import a_policy
from support.issuer import Issuer, rsa_key
from support.loopback import Reply, serving

COMMIT = "9fceb02d" * 5
VARIABLES = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/payments",
    "GITHUB_REPOSITORY_ID": "456",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": COMMIT,
    "GITHUB_RUN_ID": "7001",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_ACTOR": "alice",
    "GITHUB_ACTOR_ID": "1001",
    "GITHUB_TRIGGERING_ACTOR": "alice",
}
RULE = (
    "check: identity\n    triggered-by: {ids: [1001]}\n    minimum-assurance: oidc\n    runner: hosted\n"
    "    collected: true"
)


@contextmanager
def a_job(folder, **routes):
    """A workspace, and the variables of a job that may ask for tokens, now."""
    at = datetime.now(UTC).replace(microsecond=0)
    keys.generate(folder / "key.pem")
    root = folder / "workspace"
    root.mkdir()
    (root / "policy.yaml").write_text(a_policy(RULE))
    with serving({**github_tokens.routes(at, github_tokens.claims("alice", 1001), None), **routes}) as server:
        config = {"apiVersion": "gatepass/v1", "kind": "Config", "collect": {"oidc": {"issuer": server.url}}}
        (root / "gatepass.yaml").write_text(json.dumps(config))
        (folder / "keys.json").write_text(json.dumps(Issuer(server.url).jwks))
        yield root, {**VARIABLES, **github_tokens.environment(server.url)}


def gate(root, environment, *more):
    return gatepass(
        "gate", "--policy", "policy.yaml", "--key", "../key.pem", *more, cwd=root, env=environment
    )


def verified(root, *more):
    return gatepass("verify", "gatepass.intoto.jsonl", "--key", "../key.pub", *more, cwd=root)


def test_the_platform_vouches_for_the_record_and_an_auditor_can_tell(tmp_path):
    with a_job(tmp_path) as (root, environment):
        ran = gate(root, environment, "--identity", "required")
    assert ran.code == 0, ran.out + ran.err
    assert (root / "gatepass.identity.json").stat().st_mode & 0o077 == 0
    told = verified(
        root, "--jwks", "../keys.json", "--evidence", ".", "--policy", "policy.yaml", "--re-evaluate"
    )
    assert told.code == 0, told.out
    assert "✓ identity: http://127.0.0.1" in told.out
    assert "vouches for this decision of run 7001" in told.out
    assert "✓ judged again: it says the same" in told.out
    loud = verified(root)
    assert loud.code == 0
    assert "– identity" in loud.out
    assert "anybody may have made both" in loud.out


def test_the_record_holds_the_claims_and_neither_token(tmp_path):
    with a_job(tmp_path) as (root, environment):
        gate(root, environment)
    record = (root / "gatepass.intoto.jsonl").read_text()
    import base64

    payload = json.loads(base64.b64decode(json.loads(record.splitlines()[0])["payload"]))["predicate"]
    [identity] = payload["identities"]
    assert (identity["claims"]["actor_id"], identity["assurance"], identity["verified"]) == (
        "1001",
        "oidc",
        True,
    )
    assert payload["build"]["repositoryId"] == "456"
    assert {"role": "triggered-by", "login": "alice", "id": "1001", "assurance": "oidc"} in payload["build"][
        "actors"
    ]
    collected = json.loads((root / ".gatepass/collected/oidc-identity.json").read_text())
    for token in (
        next(each["body"] for each in collected["answers"] if each["topic"] == "token"),
        json.loads((root / "gatepass.identity.json").read_text())["token"],
    ):
        assert token not in record
        assert token not in json.dumps(payload)


def test_the_token_of_another_record_and_keys_of_somebody_else_are_refused(tmp_path):
    with a_job(tmp_path) as (root, environment):
        gate(root, environment)
        shutil.copy(root / "gatepass.identity.json", tmp_path / "older.json")
        gate(root, environment, "--build", "branch=other")
    assert verified(root, "--jwks", "../keys.json").code == 0
    told = verified(root, "--jwks", "../keys.json", "--identity", "../older.json")
    assert (told.code, "✗ identity" in told.out) == (1, True)
    (tmp_path / "mallory.json").write_text(json.dumps(Issuer("x", rsa_key("mallory")).jwks))
    assert verified(root, "--jwks", "../mallory.json").code == 1
    (root / "gatepass.identity.json").unlink()
    assert verified(root, "--jwks", "../keys.json").code == 1
    told = verified(root)
    assert (told.code, "– identity: there is no token" in told.out) == (0, True)


def test_without_the_token_that_is_required_no_decision_counts(tmp_path):
    with a_job(tmp_path) as (root, environment):
        gate(root, environment)
        assert (root / "gatepass.identity.json").exists()
        nobody = {**environment, "ACTIONS_ID_TOKEN_REQUEST_URL": ""}
        ran = gate(root, nobody, "--identity", "required", "--exit-zero")
    assert (ran.code, ran.out) == (2, "")
    assert "no token vouches for the record, and one is required" in ran.err
    assert "id-token: write" in ran.err
    assert not list(root.glob("gatepass.*json*")), "nothing of an earlier run is left either"


def test_where_it_is_only_wanted_its_lack_is_said(tmp_path):
    with a_job(tmp_path) as (root, environment):
        ran = gate(root, {**environment, "ACTIONS_ID_TOKEN_REQUEST_URL": ""})
    assert ran.code == 1, "the rule asks for a token, and there is none"
    assert "no token vouches for this record" in ran.err
    assert not (root / "gatepass.identity.json").exists()


@pytest.mark.parametrize("given", [(), ("--identity", "wanted")])
def test_what_the_configuration_requires_no_argument_takes_away(given, tmp_path):
    with a_job(tmp_path, **{"/token": Reply("", 403)}) as (root, environment):
        config = json.loads((root / "gatepass.yaml").read_text())
        (root / "gatepass.yaml").write_text(json.dumps({**config, "identity": "required"}))
        ran = gate(root, environment, *given)
    assert ran.code == 2, ran.out


def test_a_word_that_means_nothing_is_an_error(tmp_path):
    with a_job(tmp_path) as (root, environment):
        ran = gate(root, environment, "--identity", "yes")
    assert (ran.code, "it is wanted or required" in ran.err) == (2, True)


def test_what_the_collector_wrote_can_be_looked_into(tmp_path):
    with a_job(tmp_path) as (root, environment):
        ran = gatepass("collect", "oidc", "--option", f"issuer={issuer(root)}", cwd=root, env=environment)
    assert ran.code == 0, ran.err
    shown = gatepass("evidence", "show", ".gatepass/collected/oidc-identity.json", cwd=root)
    assert shown.code == 0, shown.err
    assert "oidc-token" in shown.out


def issuer(root):
    return json.loads((root / "gatepass.yaml").read_text())["collect"]["oidc"]["issuer"]
