"""What the claims of each platform's tokens mean. Nothing is read out of ``sub``: its form is the owner's.

GitHub <https://docs.github.com/en/actions/reference/security/oidc> ·
GitLab <https://docs.gitlab.com/ci/secrets/id_token_authentication/> ·
Bitbucket <https://support.atlassian.com/bitbucket-cloud/docs/>, Integrate Pipelines with resource servers ·
CircleCI <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from gatepass.model.facts import Json
from gatepass.model.identity import Identity, TokenActor
from gatepass.model.pipeline import Runner
from gatepass.model.source import Source
from gatepass.tokens.token import Token

Claims = Mapping[str, Json]

_WHOLE = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_TEXT = 1000


def as_identity(token: Token, source: Source) -> Identity:
    """What a token says, none of it believed yet. Raises `RefusedToken` where a part is wanting."""
    bare = Identity(
        source,
        _cut(token.issuer),
        _cut(token.subject),
        tuple(map(_cut, token.audience)),
        token.issued,
        token.expires,
        claims=_texts(token.claims),
    )
    return _with_claims(bare, token.claims)


def _with_claims(identity: Identity, claims: Claims) -> Identity:
    """With what the platform's own claims say; it is known by those that it alone has."""
    if "repository_owner_id" in claims and "run_id" in claims:
        return _github(identity, claims)
    if "pipeline_source" in claims and "project_id" in claims:
        return _gitlab(identity, claims)
    if "repositoryUuid" in claims and "pipelineUuid" in claims:
        return _bitbucket(identity, claims)
    if "oidc.circleci.com/project-id" in claims:
        return _circleci(identity, claims)
    return identity


def _texts(claims: Claims) -> tuple[tuple[str, str], ...]:
    """All claims as text, in order of their names; lists and objects as JSON."""
    return tuple((_cut(name), _cut(_written(value))) for name, value in sorted(claims.items()))


def _github(identity: Identity, claims: Claims) -> Identity:
    """The actor began the run; who ran it again, the token does not tell."""
    attempt = _count(claims, "run_attempt")
    who = TokenActor("started-by", _text(claims, "actor"), _text(claims, "actor_id"))
    again = (replace(who, role="triggered-by"),) if attempt == 1 else ()
    event, workflow = _text(claims, "event_name"), _text(claims, "workflow_ref")
    called = _text(claims, "job_workflow_ref")
    reusable = called if called != workflow else None  # a job that calls nothing names its own workflow
    return replace(
        identity,
        actors=_known(who, *again),
        repository=_text(claims, "repository"),
        repository_id=_text(claims, "repository_id"),
        owner_id=_text(claims, "repository_owner_id"),
        ref=_text(claims, "ref"),
        ref_protected=_switch(claims, "ref_protected"),
        # for this event alone it is the target's commit, and nothing of the change
        commit=_commit(claims, "sha") if event != "pull_request_target" else None,
        event=event,
        run=_text(claims, "run_id"),
        attempt=attempt,
        environment=_text(claims, "environment"),
        runner=_runner(claims, "github-hosted"),
        workflow=workflow,
        workflow_sha=_commit(claims, "workflow_sha"),
        reusable_workflow=reusable,
        reusable_workflow_sha=_commit(claims, "job_workflow_sha") if reusable else None,
    )


def _gitlab(identity: Identity, claims: Claims) -> Identity:
    """``project_…`` is the fork where a merge request is from one, ``job_project_…`` where the job runs."""
    here = "job_project_" if "job_project_id" in claims else "project_"
    space = "job_namespace_id" if "job_namespace_id" in claims else "namespace_id"
    return replace(
        identity,
        actors=_known(TokenActor("triggered-by", _text(claims, "user_login"), _text(claims, "user_id"))),
        repository=_text(claims, f"{here}path"),
        repository_id=_text(claims, f"{here}id"),
        owner_id=_text(claims, space),
        ref=_text(claims, "ref_path") or _text(claims, "ref"),
        ref_protected=_switch(claims, "ref_protected"),
        commit=_commit(claims, "sha"),
        event=_text(claims, "pipeline_source"),
        run=_text(claims, "pipeline_id"),
        environment=_text(claims, "environment"),
        environment_protected=_switch(claims, "environment_protected"),
        runner=_runner(claims, "gitlab-hosted"),
        workflow=_text(claims, "ci_config_ref_uri"),
        workflow_sha=_commit(claims, "ci_config_sha"),
    )


def _bitbucket(identity: Identity, claims: Claims) -> Identity:
    """It names neither a person nor a commit; the pipeline is named by an id that is not its number."""
    return replace(
        identity,
        repository_id=_text(claims, "repositoryUuid"),
        owner_id=_text(claims, "workspaceUuid"),
        ref=_text(claims, "branchName"),
        environment=_text(claims, "deploymentEnvironmentUuid"),
    )


def _circleci(identity: Identity, claims: Claims) -> Identity:
    """It names no commit, and the person in ``sub`` alone. Of a fork's build ``vcs-origin`` is the fork."""
    origin = (_text(claims, "oidc.circleci.com/vcs-origin") or "").removesuffix(".git")
    return replace(
        identity,
        repository="/".join(origin.split("/")[1:]) or None,  # without the host: github.com/owner/name
        owner_id=_text(claims, "oidc.circleci.com/org-id"),
        ref=_text(claims, "oidc.circleci.com/vcs-ref"),
    )


def _known(*actors: TokenActor) -> tuple[TokenActor, ...]:
    return tuple(each for each in actors if each.login or each.id)


def _text(claims: Claims, name: str) -> str | None:
    """A claim as text: ids are numbers with some platforms and texts with others; empty is absent."""
    value = claims.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return _cut(str(value)) if abs(value) < 1 << 63 else None
    return _cut(value) if isinstance(value, str) and value else None


def _count(claims: Claims, name: str) -> int | None:
    value = _text(claims, name)
    return int(value) if value and len(value) < 10 and value.isascii() and value.isdecimal() else None


def _switch(claims: Claims, name: str) -> bool | None:
    """``true`` and ``"true"``; whatever is neither is not known."""
    return {"true": True, "false": False}.get(_written(claims.get(name)))


def _commit(claims: Claims, name: str) -> str | None:
    value = (_text(claims, name) or "").lower()
    return value if _WHOLE.fullmatch(value) else None


def _runner(claims: Claims, hosted: str) -> Runner | None:
    value = _text(claims, "runner_environment")
    return Runner.HOSTED if value == hosted else Runner.SELF_HOSTED if value == "self-hosted" else None


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _cut(text: str) -> str:
    cut = text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
    # JSON can escape half a letter (a lone surrogate), which no file can be written with
    return cut.encode("utf-8", "replace").decode()
