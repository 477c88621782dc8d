"""Makes the tokens of tests/evidence/identity anew, each signed by a key that is thrown away at once.

    python tests/samples/identity/make.py        from the root of the project, with tests on the path

A blank before the JSON of header and payload keeps scanners of secrets from taking them for tokens that
somebody could still use.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# found by the line above
from support.github_tokens import claims as github_claims  # noqa: E402
from support.github_tokens import collection  # noqa: E402
from support.issuer import Issuer, jws  # noqa: E402

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TO = ROOT / "evidence/identity/oidc-token"
COMMIT = "9fceb02d" * 5
GITLAB = {
    "namespace_id": "72",
    "namespace_path": "mallory",
    "project_id": "99",
    "project_path": "mallory/payments",
    "job_project_id": "20",
    "job_project_path": "acme/payments",
    "job_namespace_id": "7",
    "user_id": "1",
    "user_login": "alice",
    "user_email": "alice@acme.example",
    "user_access_level": "developer",
    "pipeline_id": "574",
    "pipeline_source": "merge_request_event",
    "job_id": "302",
    "ref": "refunds",
    "ref_type": "branch",
    "ref_path": "refs/heads/refunds",
    "ref_protected": "false",
    "runner_id": 1,
    "runner_environment": "self-hosted",
    "sha": COMMIT,
    "ci_config_ref_uri": "gitlab.example.com/acme/payments//.gitlab-ci.yml@refs/heads/main",
    "ci_config_sha": COMMIT,
    "environment": "production",
    "environment_protected": "true",
}
BITBUCKET = {
    "nbf": None,
    "accountUuid": "{10000000-0000-4000-8000-000000000001}",
    "workspaceUuid": "{20000000-0000-4000-8000-000000000002}",
    "repositoryUuid": "{30000000-0000-4000-8000-000000000003}",
    "pipelineUuid": "{40000000-0000-4000-8000-000000000004}",
    "stepUuid": "{50000000-0000-4000-8000-000000000005}",
    "deploymentEnvironmentUuid": "{60000000-0000-4000-8000-000000000006}",
    "branchName": "main",
}
CIRCLECI = {
    "nbf": None,
    "oidc.circleci.com/org-id": "70000000-0000-4000-8000-000000000007",
    "oidc.circleci.com/project-id": "80000000-0000-4000-8000-000000000008",
    "oidc.circleci.com/workflow-id": "90000000-0000-4000-8000-000000000009",
    "oidc.circleci.com/context-ids": ["a0000000-0000-4000-8000-00000000000a"],
    "oidc.circleci.com/vcs-origin": "github.com/acme/payments",
    "oidc.circleci.com/vcs-ref": "refs/heads/main",
    "oidc.circleci.com/ssh-rerun": False,
}


def main() -> None:
    """Write the good ones and the broken ones; what is expected of them stands beside them by hand."""
    called = {"job_workflow_ref": f"acme/gate/.github/workflows/gate.yml@{'1c' * 20}", "job_workflow_sha": "1c" * 20}
    good = {
        "github": github_claims("alice", 1001, environment="production", **called),
        "gitlab": GITLAB,
        "bitbucket": BITBUCKET,
        "circleci": CIRCLECI,
        "another": {"organization_slug": "acme", "build_number": 5},
        "unverified": {**github_claims("alice", 1001), "iss": "https://issuer.example/other"},
    }
    for name, said in good.items():
        write("good", name, token(said))
    write("broken", "no-token", "not a token")
    write("broken", "no-audience", token({"aud": None}))
    write("broken", "never-expires", token({"exp": None}))
    write("broken", "another-run", token(GITLAB), **{"expected pipeline_id": "575"})
    write("broken", "no-run", token({"organization_slug": "acme"}), **{"expected run_id": "7001"})


ISSUER = Issuer("https://issuer.example")


def token(said: dict[str, Any]) -> str:
    """A token with a blank before its JSON."""
    now = int(AT.timestamp())
    all_ = {"iss": ISSUER.url, "aud": "gatepass", "sub": "for reading alone", "iat": now, "nbf": now, "exp": now + 300}
    kept = {name: value for name, value in {**all_, **said}.items() if value is not None}
    header = {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    return jws(*(f" {json.dumps(each)}".encode() for each in (header, kept)), ISSUER.key)


def write(quality: str, name: str, text: str, **about: str) -> None:
    """One file."""
    folder = TO / quality
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(collection(ISSUER, text, AT, "gatepass", **about) + "\n")


if __name__ == "__main__":
    main()
