"""The tokens that GitHub would give the job of the gate: claims of a stage, and an issuer that signs them.

Claims after https://docs.github.com/en/actions/reference/security/oidc.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from support.issuer import Issuer, rsa_key
from support.loopback import Answering, Heard, Reply

REPOSITORY_ID, OWNER_ID = "456", "123"
WORKFLOW = "acme/payments/.github/workflows/build.yml@refs/heads/main"


def claims(who: str, number: int, **changes: Any) -> dict[str, Any]:
    """What the token of a job says; ``None`` takes a claim out."""
    said = {
        "actor": who,
        "actor_id": str(number),
        "repository": "acme/payments",
        "repository_id": REPOSITORY_ID,
        "repository_owner": "acme",
        "repository_owner_id": OWNER_ID,
        "repository_visibility": "private",
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "ref_protected": "true",
        "sha": "9fceb02d" * 5,
        "event_name": "push",
        "workflow": "build",
        "workflow_ref": WORKFLOW,
        "workflow_sha": "9fceb02d" * 5,
        "job_workflow_ref": WORKFLOW,
        "job_workflow_sha": "9fceb02d" * 5,
        "run_id": "7001",
        "run_number": "12",
        "run_attempt": "1",
        "runner_environment": "github-hosted",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


FLAWS = ("another issuer", "another audience", "another key", "another run", "last year", "tomorrow")


def flawed(issuer: Issuer, flaw: str | None, at: datetime, audience: str, said: Mapping[str, Any]) -> str:
    """The issuer's token, with one thing wrong about it."""
    seconds = int(at.timestamp())
    match flaw:
        case "another issuer":
            return issuer.token(at, audience, {**said, "iss": "https://issuer.example"})
        case "another audience":
            return issuer.token(at, "https://vault.example", said)
        case "another key":
            return Issuer(issuer.url, rsa_key("mallory")).token(at, audience, said)
        case "another run":
            return issuer.token(at, audience, {**said, "run_id": "6999"})
        case "last year":
            return issuer.token(at, audience, {**said, "iat": seconds - 31_536_300})
        case "tomorrow":
            return issuer.token(at, audience, {**said, "iat": seconds + 86_400})
        case None:
            return issuer.token(at, audience, said)
        case _:
            raise ValueError(f"a token is never of {flaw}; it may be of {', '.join(FLAWS)}")


def routes(at: datetime, said: Mapping[str, Any], flaw: str | None) -> dict[str, Answering]:
    """What the issuer and the service that hands out tokens answer; they are one server here."""

    def issuer(heard: Heard) -> Issuer:
        return Issuer(f"http://{heard.headers['host']}")

    def given(heard: Heard) -> Reply:
        if heard.headers.get("authorization") != "Bearer made-for-the-job":
            return Reply({"message": "Unauthorized"}, 401)
        return Reply({"count": 1, "value": flawed(issuer(heard), flaw, at, heard.query["audience"], said)})

    return {
        "/token": given,
        "/.well-known/openid-configuration": lambda heard: Reply(issuer(heard).discovery),
        "/keys": lambda heard: Reply(issuer(heard).jwks),
    }


def environment(url: str) -> dict[str, str]:
    """The variables of a job with ``id-token: write``."""
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "made-for-the-job",
    }


def collection(issuer: Issuer, token: str, at: datetime, audience: str, **about: str) -> str:
    """The file that the collector would write."""
    bodies = {"token": token, "jwks": json.dumps(issuer.jwks)}
    answers = [
        {
            "topic": topic,
            "about": "",
            "url": f"{issuer.url}/{topic}",
            "status": 200,
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
            "body": body,
        }
        for topic, body in bodies.items()
    ]
    head = {
        "schema": "gatepass/collection/v1",
        "collector": "oidc",
        "kind": "identity",
        "server": issuer.url,
        "collected": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "producer": "gatepass 0",
        "about": {"issuer": issuer.url, "audience": audience, **about},
    }
    return json.dumps({**head, "answers": answers}, indent=1)
