"""GitHub, also of one's own: ``GITHUB_API_URL``, and ``GITHUB_TOKEN`` or ``GH_TOKEN``.

https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
"""

from __future__ import annotations

from gatepass.errors import CollectionError
from gatepass.forges._way import Way
from gatepass.https import Client

API = "https://api.github.com"


def client(way: Way) -> Client:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    variable = "GITHUB_TOKEN" if way.environment.get("GITHUB_TOKEN") else "GH_TOKEN"
    token = way.environment.get(variable)
    if not token:
        raise CollectionError("there is no token for GitHub", hint="set GITHUB_TOKEN for this step alone")
    return Client(
        base=way.environment.get("GITHUB_API_URL") or API,
        headers={
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": way.producer.replace(" ", "/"),
        },
        sleep=way.sleep,
        say=way.say,
        needs=way.needs,
        variable=variable,
        environment=way.environment,
    )


def graphql(base: str) -> str:
    """``…/graphql`` on github.com, ``…/api/graphql`` beside ``…/api/v3`` on a server of one's own."""
    return f"{base.rstrip('/').removesuffix('/v3')}/graphql"
