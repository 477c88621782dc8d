"""Asking a small Bitbucket, and what is read from its answers."""

from __future__ import annotations

from pathlib import Path

from gatepass.collect import Asked
from gatepass.collect.bitbucket import COLLECTOR
from gatepass.model.build import Build, ChangeRequest, Run
from support.bitbucket_answers import HEAD, routes
from support.evidence import read, recognised_as
from support.loopback import serving
from support.values import NOW

BUILD = Build(
    "bitbucket", "acme/payments", HEAD, change_request=ChangeRequest("482", head=HEAD), run=Run(id="77")
)


def collect(url, kind, *, build=BUILD, options=None, **environment):
    waits = []
    variables = {"BITBUCKET_API_URL": url, "BITBUCKET_TOKEN": "top-secret", "BITBUCKET_STEP_UUID": "{s4}"}
    given = {name: value for name, value in {**variables, **environment}.items() if value}
    asked = Asked(build, given, Path(), NOW, "gatepass test", options or {}, [].append, waits.append)
    return COLLECTOR.collect(asked, kind).data


def found(tmp_path, kind, *, build=BUILD, options=None, **changes):
    with serving(routes(**changes)) as server:
        data = collect(server.url, kind, build=build, options=options)
    assert b"top-secret" not in data
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    name = f"bitbucket-collected-{kind}"
    assert recognised_as(path) == [name]
    return read(path, name).evidence


def approvals(tmp_path, **more):
    return found(tmp_path, "approvals", **more)
