"""The run's own token (OpenID Connect), and the keys of its issuer: who the platform says that this run is.

GitHub is asked for a token, for an audience that names the run; on GitLab, Bitbucket and CircleCI a variable
holds it. Nothing is verified here: the format does that, each time the answers are read.
docs/collect/oidc.md, <https://openid.net/specs/openid-connect-discovery-1_0.html>
"""

from __future__ import annotations

from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._oidc import NOT_BOUND, Setting, keys, setting, token
from gatepass.model.collection import Collection
from gatepass.model.identity import Identity

# what others need to know of it stands beside it
__all__ = [
    "COLLECTOR",
    "NOT_BOUND",
    "Setting",
    "keys",
    "setting",
    "token",
]

# what the platform's own variables say of the run, by the claim that must say the same
_EXPECTED = {
    "github": {"repository_id": "GITHUB_REPOSITORY_ID", "run_id": "GITHUB_RUN_ID"},
    "gitlab": {"pipeline_id": "CI_PIPELINE_ID", "job_id": "CI_JOB_ID"},
    "bitbucket": {
        "repositoryUuid": "BITBUCKET_REPO_UUID",
        "pipelineUuid": "BITBUCKET_PIPELINE_UUID",
        "stepUuid": "BITBUCKET_STEP_UUID",
    },
    "circleci": {
        "oidc.circleci.com/project-id": "CIRCLE_PROJECT_ID",
        "oidc.circleci.com/workflow-id": "CIRCLE_WORKFLOW_ID",
        "oidc.circleci.com/job-id": "CIRCLE_WORKFLOW_JOB_ID",
    },
}
EXPECTED = "expected "
"""What facts of the collection begin with that name a claim and the value that it must have."""


def collect(asked: Asked, kind: str) -> Collected:
    """The token and the keys. Raises `CollectionError` when one of them cannot be had."""
    wanted = setting(asked)
    answers = (token(asked, wanted), *keys(asked, wanted.issuer))
    # who was asked for the keys is whose word it is: a file of keys is not the issuer
    server = answers[-1].url if asked.options.get("jwks") else wanted.issuer
    about = {"issuer": wanted.issuer, "audience": wanted.audience, "platform": asked.build.platform}
    for claim, variable in _EXPECTED.get(asked.build.platform, {}).items():
        if value := asked.environment.get(variable):
            about[f"{EXPECTED}{claim}"] = value[:200]
    collection = Collection(
        "oidc", kind, server, asked.now, tuple(sorted(about.items())), answers, asked.producer
    )
    return Collected(collection.text(), server, private=True)


COLLECTOR = Collector(
    name="oidc",
    title="The platform's issuer of tokens (OpenID Connect)",
    kinds=(Identity.KIND,),
    collect=collect,
    options={
        "issuer": "Who must have issued the token; known for github.com, gitlab.com and bitbucket.org alone.",
        "audience": "For whom it must be; by default one that names the run (GitHub), gatepass (GitLab), "
        "the organisation (CircleCI).",
        "token-variable": "The variable that holds it; by default GATEPASS_ID_TOKEN (GitLab), "
        "BITBUCKET_STEP_OIDC_TOKEN, CIRCLE_OIDC_TOKEN_V2.",
        "jwks": "A file with the issuer's keys, so that nobody is asked for them; not the change's own.",
        "jwks-sha256": "The digest that this file must have; needed where it lies in the workspace.",
    },
    scopes=(
        "GitHub: permissions: {id-token: write}; a pull request from a fork has none",
        "GitLab: id_tokens: {GATEPASS_ID_TOKEN: {aud: gatepass}} in the job",
        "Bitbucket: oidc: true in the step",
        "CircleCI: nothing; for forks only where secrets are passed to them",
    ),
    page="https://openid.net/specs/openid-connect-core-1_0.html",
)
