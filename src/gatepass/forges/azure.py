"""Azure DevOps: ``SYSTEM_COLLECTIONURI``, and ``SYSTEM_ACCESSTOKEN`` or ``AZURE_DEVOPS_TOKEN``.

A token that is not accepted is answered with 203 and a page to sign in.
https://learn.microsoft.com/rest/api/azure/devops/
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from gatepass.errors import CollectionError
from gatepass.forges._way import Way
from gatepass.https import Client, Response

_SIGN_IN = 203


def client(way: Way) -> Client:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    base = way.environment.get("SYSTEM_COLLECTIONURI", "").rstrip("/")
    if not base:
        raise CollectionError(
            "nothing tells which organisation to ask",
            hint="run it in Azure Pipelines, or set SYSTEM_COLLECTIONURI",
        )
    return Client(
        base=base,
        headers={"Authorization": _authorization(way.environment), "User-Agent": "gatepass"},
        sleep=way.sleep,
        say=way.say,
        needs=way.needs,
        variable="SYSTEM_ACCESSTOKEN" if way.environment.get("SYSTEM_ACCESSTOKEN") else "AZURE_DEVOPS_TOKEN",
        environment=way.environment,
    )


def refuse_sign_in(response: Response, client: Client) -> None:
    """Raise `CollectionError` for the page that takes the place of a refusal."""
    if response.status == _SIGN_IN:
        raise CollectionError(
            f"{client.base} does not accept the token: it answers with its sign-in page", hint=client.needs
        )


def _authorization(environment: Mapping[str, str]) -> str:
    if token := environment.get("SYSTEM_ACCESSTOKEN"):
        return f"Bearer {token}"
    if token := environment.get("AZURE_DEVOPS_TOKEN"):
        return f"Basic {base64.b64encode(f':{token}'.encode()).decode()}"
    raise CollectionError(
        "there is no token for Azure DevOps",
        hint="map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step, or set AZURE_DEVOPS_TOKEN",
    )
