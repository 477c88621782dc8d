"""Where a token of the run comes from, whose it must be, and the keys that it is verified with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError, RefusedToken, UsageError
from gatepass.https import Client
from gatepass.model.collection import Answer
from gatepass.tokens import Token

GITHUB = "https://token.actions.githubusercontent.com"
_GITLAB = "https://gitlab.com"
_BITBUCKET = "https://api.bitbucket.org/2.0/workspaces/{}/pipelines-config/identity/oidc"
_URL, _BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_VARIABLES = {
    "gitlab": ("GATEPASS_ID_TOKEN",),
    "bitbucket": ("BITBUCKET_STEP_OIDC_TOKEN",),
    "circleci": ("CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"),
}
_KEYS_BYTES, _TOKEN_LENGTH = 1 << 20, 32 << 10
_SHA256 = re.compile("[0-9a-f]{64}")
_WORKSPACE = re.compile(r"[A-Za-z0-9_-]+")
NOT_BOUND = "the audience of a token is fixed before the job begins here, so none can name the record"


@dataclass(frozen=True, slots=True)
class Setting:
    """Whose token is asked for, and for whom: ``variable`` holds it, None where the platform is asked."""

    issuer: str
    audience: str
    variable: str | None


def setting(asked: Asked) -> Setting:
    """By the options, else by what is known of the platform. Raises `CollectionError`."""
    issuer = asked.options.get("issuer") or _issuer(asked)
    if not issuer:
        raise CollectionError(
            "nothing tells who issues tokens here", hint="name the issuer (collect: {oidc: {issuer: …}})"
        )
    audience = asked.options.get("audience") or _audience(asked, issuer)
    if not audience:
        raise CollectionError(
            "nothing tells for whom the token is", hint="name its audience (collect: {oidc: {audience: …}})"
        )
    return Setting(issuer, audience, _variable(asked))


def token(asked: Asked, wanted: Setting) -> Answer:
    """The token, alone: nothing else of the answer is kept. Its text is never part of an error."""
    if wanted.variable is None:
        return requested(asked, wanted.audience)
    text = asked.environment.get(wanted.variable, "").strip()
    if not text:
        raise CollectionError(
            f"the variable {wanted.variable} holds no token", hint="docs/collect/oidc.md says how it gets one"
        )
    _refuse_other(text, wanted)
    return Answer("token", f"env:{wanted.variable}", 200, text)


def _refuse_other(text: str, wanted: Setting) -> None:
    """What is written down must be the token that is meant: a change may name any variable of the job's.

    A key or a password is no token, and a token for somebody else opens something. Whether it is genuine
    is not looked at here.
    """
    held = f"the variable {wanted.variable} holds"
    hint = "docs/collect/oidc.md says which variable has one, and how the job gets it for this audience"
    try:
        found = Token.read(text)
        issuer, audience = found.issuer, found.audience
    except RefusedToken as error:
        raise CollectionError(f"{held} no token of this kind: {error.message}", hint=hint) from None
    if issuer != wanted.issuer:
        said = f"a token of another issuer than {wanted.issuer}"
        raise CollectionError(f"{held} {said}; it is not written down", hint=hint)
    if wanted.audience not in audience:
        said = f"a token for another audience than {wanted.audience}"
        raise CollectionError(f"{held} {said}; it is not written down", hint=hint)


def requested(asked: Asked, audience: str) -> Answer:
    """A token for an audience of our own choice, which GitHub alone gives. Raises `CollectionError`."""
    if asked.build.platform != "github" or asked.options.get("token-variable"):
        raise CollectionError(NOT_BOUND)
    url, bearer = asked.environment.get(_URL), asked.environment.get(_BEARER)
    if not url or not bearer:
        raise CollectionError(
            "this job may not ask GitHub for a token",
            hint="permissions: {id-token: write}; a pull request from a fork never may",
        )
    separator = "&" if "?" in url else "?"
    client = _client(asked, url, {"Authorization": f"Bearer {bearer}"})
    response = client.get(f"{url}{separator}audience={quote(audience, safe='')}")
    document = response.json()
    value = document.get("value") if isinstance(document, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= _TOKEN_LENGTH:
        raise CollectionError("GitHub answered without a token")
    return Answer("token", url.partition("?")[0], response.status, value)


def keys(asked: Asked, issuer: str) -> tuple[Answer, ...]:
    """The issuer's keys: of the file that the options pin, else asked of the issuer itself."""
    if pinned := asked.options.get("jwks"):
        return (_pinned(asked, pinned),)
    if "jwks-sha256" in asked.options:
        raise UsageError(
            "jwks-sha256 is the digest of a file of keys, and no file is named", hint="jwks: FILE"
        )
    client = _client(asked, issuer, {})
    discovery = client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    document = discovery.json()
    said = document if isinstance(document, dict) else {}
    address = said.get("jwks_uri")
    if said.get("issuer") != issuer or not isinstance(address, str):
        raise CollectionError(f"{issuer} does not tell where its keys are, or calls itself otherwise")
    if _host(address) != _host(issuer):
        raise CollectionError(
            f"{issuer} has its keys on another host, {urlsplit(address).hostname}; it is not asked",
            hint="save the keys and pin them (collect: {oidc: {jwks: FILE}})",
        )
    found = client.get(address)
    return (
        Answer("discovery", discovery.url, discovery.status, discovery.body),
        Answer("jwks", found.url, found.status, found.body),
    )


def _issuer(asked: Asked) -> str:
    """The issuer that is known, where the platform is the public one; a server of one's own must be named."""
    environment = asked.environment
    match asked.build.platform:
        case "github":
            return GITHUB if environment.get("GITHUB_SERVER_URL") == "https://github.com" else ""
        case "gitlab":
            return _GITLAB if environment.get("CI_SERVER_URL", "").rstrip("/") == _GITLAB else ""
        case "bitbucket":
            workspace = environment.get("BITBUCKET_WORKSPACE", "")
            return _BITBUCKET.format(workspace) if _WORKSPACE.fullmatch(workspace) else ""
        case _:
            return ""


def _audience(asked: Asked, issuer: str) -> str:
    """On GitHub one that names the run and that no service takes; CircleCI's is always the organisation."""
    build = asked.build
    match build.platform:
        case "github":
            run = f"{build.run.id or '?'}/{build.run.attempt or '?'}"
            return f"gatepass:{build.repository or '?'}:run:{run}:{build.commit or '?'}"
        case "gitlab":
            return "gatepass"
        case "circleci":
            return issuer.rstrip("/").rpartition("/")[2]
        case _:
            return ""


def _variable(asked: Asked) -> str | None:
    if named := asked.options.get("token-variable"):
        return named
    if asked.build.platform == "github":
        return None
    known = _VARIABLES.get(asked.build.platform)
    if known is None:
        raise CollectionError(
            "nothing tells which variable holds the token", hint="collect: {oidc: {token-variable: NAME}}"
        )
    return next((name for name in known if asked.environment.get(name)), known[0])


def _pinned(asked: Asked, reference: str) -> Answer:
    """The keys of a file. One in the workspace is the change's to write: its digest must be named too."""
    path, digest = asked.root / reference, asked.options.get("jwks-sha256")
    if digest is not None and not _SHA256.fullmatch(digest):
        raise UsageError("jwks-sha256 is no digest", hint="sha256sum FILE prints it, 64 digits in hex")
    try:
        inside = path.resolve().is_relative_to(asked.root.resolve())
        with path.open("rb") as file:
            data = file.read(_KEYS_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise CollectionError(f"the keys in {reference} cannot be read: {reason}") from None
    if len(data) > _KEYS_BYTES:
        raise CollectionError(f"{reference} is too large for a set of keys")
    if inside and digest is None:
        raise CollectionError(
            f"the keys in {reference} lie in the workspace, where a change may have put its own",
            hint="keep the file elsewhere, or name its digest as well (jwks-sha256)",
        )
    if digest is not None and hashlib.sha256(data).hexdigest() != digest:
        raise CollectionError(f"the keys in {reference} are not those of jwks-sha256")
    try:
        return Answer("jwks", f"file:{Path(reference).name}", 200, data.decode())
    except UnicodeDecodeError:
        raise CollectionError(f"the keys in {reference} are no UTF-8 text") from None


def _client(asked: Asked, base: str, headers: Mapping[str, str]) -> Client:
    address = urlsplit(base)
    return Client(
        base=f"{address.scheme}://{address.netloc}" if address.netloc else base,
        headers={**headers, "User-Agent": asked.producer.replace(" ", "/")},
        sleep=asked.sleep,
        say=asked.say,
        environment=asked.environment,
    )


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.casefold()
