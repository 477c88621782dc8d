"""Snyk: whose the token is, and whether it sees the organisation and its projects.

https://docs.snyk.io/snyk-api/reference/users
"""

from __future__ import annotations

from collections.abc import Sequence

from gatepass.collect import Asked
from gatepass.collect.snyk import asking as way
from gatepass.collect.snyk import organisation, rest
from gatepass.examining._asking import Asking
from gatepass.examining._server import Holder, Read, Server, accepted, text
from gatepass.https import Client

_KINDS = ("vulnerabilities", "findings")


def _open(asked: Asked) -> Client:
    return way(asked, _KINDS[0]).client


def _holder(asking: Asking, _: Asked) -> Holder:
    myself = asking.get(rest("self"))
    data = myself.document.get("data")
    attributes = data.get("attributes") if isinstance(data, dict) else None
    told = attributes if isinstance(attributes, dict) else {}
    return Holder(
        accepted=accepted(myself),
        why=myself.why,
        login=text(told.get("username") or told.get("name")),
    )


def _reads(asked: Asked) -> Sequence[Read]:
    org = organisation(asked)
    return (
        Read("organisation", rest(f"orgs/{org}"), _KINDS, "View Organization"),
        Read("projects", rest(f"orgs/{org}/projects", limit="10"), _KINDS, "View Project"),
        Read(
            "policies",
            rest(f"orgs/{org}/policies", limit="10"),
            _KINDS,
            "View Policies",
            required=False,
            unknown="why an issue is ignored by a policy, and until when",
        ),
    )


def _lacks(_: Asked) -> dict[str, str]:
    return {}


SERVER = Server("snyk", "Snyk", ("SNYK_TOKEN",), _open, _holder, _reads, _lacks)
