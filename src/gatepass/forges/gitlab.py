"""GitLab, also of one's own: the address by ``CI_API_V4_URL``, else by ``CI_SERVER_URL``.

The token is ``GATEPASS_GITLAB_TOKEN`` or ``GITLAB_TOKEN``; that of the job is never used: it may neither read
approvals nor write notes.
https://docs.gitlab.com/api/rest/authentication/, https://docs.gitlab.com/ci/jobs/ci_job_token/
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from gatepass.errors import CollectionError, UsageError
from gatepass.forges._way import Way
from gatepass.https import Client

API = "https://gitlab.com/api/v4"
_TOKENS = ("GATEPASS_GITLAB_TOKEN", "GITLAB_TOKEN")


def client(way: Way) -> Client:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    variable, token = _token(way.environment)
    return Client(
        base=_base(way.environment),
        headers={"PRIVATE-TOKEN": token, "User-Agent": way.producer.replace(" ", "/")},
        sleep=way.sleep,
        say=way.say,
        needs=way.needs,
        variable=variable,
        environment=way.environment,
    )


def _token(environment: Mapping[str, str]) -> tuple[str, str]:
    for name in _TOKENS:
        if token := environment.get(name):
            return name, token
    beside = "; CI_JOB_TOKEN may not read approvals" if environment.get("CI_JOB_TOKEN") else ""
    raise CollectionError(
        f"there is no token for GitLab{beside}",
        hint="set GATEPASS_GITLAB_TOKEN (or GITLAB_TOKEN): a project or group access token",
    )


def _base(environment: Mapping[str, str]) -> str:
    """The address of the API by the platform's own variables, which must all mean one server."""
    server = environment.get("CI_SERVER_URL", "").rstrip("/")
    if not server and (host := environment.get("CI_SERVER_HOST")):
        port = environment.get("CI_SERVER_PORT")
        server = f"{environment.get('CI_SERVER_PROTOCOL') or 'https'}://{host}{f':{port}' if port else ''}"
    base = environment.get("CI_API_V4_URL", "").rstrip("/") or (f"{server}/api/v4" if server else API)
    if server and _host(server) != _host(base):
        raise UsageError(
            f"CI_API_V4_URL is at {_host(base)}, the server at {_host(server)}; the token is sent to neither",
            hint="both are set by GitLab itself; remove them from the variables of the job",
        )
    return base


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "nowhere").casefold()
