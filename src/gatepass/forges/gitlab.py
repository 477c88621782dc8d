"""GitLab, also of one's own: the address by ``CI_API_V4_URL`` or ``CI_SERVER_URL``.

The token is ``GATEPASS_GITLAB_TOKEN`` or ``GITLAB_TOKEN``; that of the job is never used: it may neither read
approvals nor write notes.
https://docs.gitlab.com/api/rest/authentication/, https://docs.gitlab.com/ci/jobs/ci_job_token/
"""

from __future__ import annotations

from gatepass.errors import CollectionError
from gatepass.forges._way import Way
from gatepass.https import Client

API = "https://gitlab.com/api/v4"


def client(way: Way) -> Client:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    token = way.environment.get("GATEPASS_GITLAB_TOKEN") or way.environment.get("GITLAB_TOKEN")
    if not token:
        raise CollectionError(
            "there is no token for GitLab",
            hint="set GATEPASS_GITLAB_TOKEN to a project or group access token; CI_JOB_TOKEN may not do this",
        )
    server = way.environment.get("CI_SERVER_URL", "").rstrip("/")
    return Client(
        base=way.environment.get("CI_API_V4_URL") or (f"{server}/api/v4" if server else API),
        headers={"PRIVATE-TOKEN": token, "User-Agent": way.producer.replace(" ", "/")},
        sleep=way.sleep,
        say=way.say,
        needs=way.needs,
        environment=way.environment,
    )
