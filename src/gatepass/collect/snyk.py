"""Snyk: the open issues of the projects of a repository and branch, by the REST interface.

The CLI's own report (`snyk test --json`, given as evidence) is about the commit that is built, and comes
first; this is for what the pipeline does not test itself. https://docs.snyk.io/snyk-api/reference/issues
"""

from __future__ import annotations

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._snyk import Entry, asking, entries, organisation, projects_of, rest
from gatepass.model.scan import Scan
from gatepass.model.vulnerabilities import Vulnerabilities

# what others need to know of it stands beside it
__all__ = ["COLLECTOR", "asking", "organisation", "rest"]

_UNSEEN = (401, 403, 404, 410)  # of why something is ignored; that it is, the issues tell


def _collect(asked: Asked, kind: str) -> Collected:
    made = asking(asked, kind)
    org = organisation(asked)
    made.about["org"] = org
    projects = projects_of(made, asked, org, code=kind == Scan.KIND)
    made.about.update({f"project-{number}": each for number, each in enumerate(projects, start=1)})
    _ask_issues(made, org, projects)
    return Collected(made.collection().text(), made.client.base)


def _ask_issues(made: Asking, org: str, projects: list[str]) -> None:
    """All open issues of each project, and why some are ignored."""
    ignored = False
    for each in projects:
        scanned = {"scan_item.id": each, "scan_item.type": "project"}
        path = rest(f"orgs/{org}/issues", **scanned, status="open", limit="100")
        if any(map(_is_ignored, entries(made, "issues", path, about=each))):
            ignored = True
            made.one("ignores", f"v1/org/{org}/project/{each}/ignores", about=each, also=_UNSEEN)
    if ignored:
        entries(made, "policies", rest(f"orgs/{org}/policies", limit="100"), also=_UNSEEN)


def _is_ignored(issue: Entry) -> bool:
    attributes = issue.get("attributes")
    return isinstance(attributes, dict) and attributes.get("ignored") is True


COLLECTOR = Collector(
    name="snyk",
    title="Snyk",
    kinds=(Vulnerabilities.KIND, Scan.KIND),
    collect=_collect,
    options={
        "org": "The id of the organisation; by default SNYK_CFG_ORG.",
        "target": "The name of the target at Snyk; by default the build's repository, owner/name.",
        "reference": "The branch or version that Snyk tests it at; by default the build's branch.",
        "projects": "ID, … of projects instead, whatever their target and reference.",
    },
    scopes=(
        "SNYK_TOKEN, best of a service account: View Organization, View Project, for everything",
        "View Project Ignores, View Policies: who ignores an issue, why and until when; else it is not known",
    ),
    page="https://docs.snyk.io/snyk-api/reference/issues",
)
