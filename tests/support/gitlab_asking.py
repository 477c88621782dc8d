"""Asking a GitLab of `support.gitlab_answers`, and reading what it answered."""

from __future__ import annotations

from pathlib import Path

from gatepass.collect import Asked
from gatepass.collect.gitlab import COLLECTOR
from gatepass.model.build import Build, ChangeRequest, Run
from support.evidence import read, recognised_as
from support.gitlab_answers import API, HEAD, TRIAL, routes
from support.loopback import Reply, serving
from support.values import NOW

BUILD = Build(
    "gitlab", "acme/payments", TRIAL, change_request=ChangeRequest("482", head=HEAD), run=Run(id="7001")
)
GONE = Reply({"message": "404 Not found"}, 404)
FORBIDDEN = Reply({"message": "403 Forbidden"}, 403)
APPROVED, UNAPPROVED = "approved this merge request", "unapproved this merge request"


def collect(url, kind="approvals", *, build=BUILD, options=None, **environment):
    variables = {"CI_API_V4_URL": f"{url}{API}", "GATEPASS_GITLAB_TOKEN": "top-secret", "CI_JOB_ID": "105"}
    given = {name: value for name, value in {**variables, **environment}.items() if value}
    asked = Asked(build, given, Path(), NOW, "gatepass test", options or {}, [].append, [].append)
    return COLLECTOR.collect(asked, kind).data


def found(tmp_path, kind="approvals", *, build=BUILD, options=None, **changes):
    with serving(routes(**changes)) as server:
        data = collect(server.url, kind, build=build, options=options)
    assert b"top-secret" not in data
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    name = f"gitlab-collected-{kind}"
    assert recognised_as(path) == [name]
    return read(path, name).evidence


def approved(*entries):
    return {"approved_by": list(entries)}


def told(evidence):
    return [(each.by.login, each.state.value, each.commit) for each in evidence.reviews]
