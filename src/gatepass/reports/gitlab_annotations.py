"""Report `gitlab-annotations`: links on the page of a GitLab job.

For ``artifacts:reports:annotations``
(https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsannotations): the record of the decision
where the job keeps it, the change request, the pipeline. Only addresses of the web become links.
"""

from __future__ import annotations

import json
import re

from gatepass.model.decision import Decision
from gatepass.model.facts import Json
from gatepass.plain import plain, whole, without_commands
from gatepass.reports._report import Report, ReportContext

SECTION = "gatepass"
# printable, without quotes, angle brackets, spaces and what else is no part of an address (RFC 3986)
_ADDRESS = re.compile(r"https?://[\w.\[\]:@%~-]+(?:/[\w./:@%~!$&'()*+,;=?#\[\]-]*)?", re.ASCII)
LONGEST_ADDRESS = 2000


def render(decision: Decision, context: ReportContext) -> str:
    """A section of links, the first one named by the verdict."""
    verdict = f"gatepass {decision.verdict.value}"
    change = decision.build.change_request
    links = [
        (f"{verdict}: the record", context.record_url),
        (f"{verdict}: change {change.number}" if change else "", change.url if change else None),
        (f"{verdict}: the run", decision.build.run.url),
    ]
    made: list[Json] = [
        {"external_link": {"label": whole(plain(label)), "url": url}}
        for label, url in links
        if url and len(url) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(url)
    ]
    return without_commands(json.dumps({SECTION: made}, indent=2)) + "\n"


REPORT = Report("gitlab-annotations", "Links on the page of a GitLab job", render, "application/json")
