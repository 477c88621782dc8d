"""Collecting from SonarQube as a run of the gate does, and reading what was written down."""

from __future__ import annotations

from gatepass.collect import Asked
from gatepass.collect.sonarqube import COLLECTOR
from gatepass.model.build import Build, ChangeRequest
from support.evidence import read, recognised_as
from support.sonarqube_answers import HEAD, report_task
from support.values import NOW

TOKEN = "made-for-this-test"
MAIN = Build("local", "acme/payments", HEAD, branch="main")
CHANGE = Build(
    "local",
    "acme/payments",
    "aa" * 20,
    other_commits=(HEAD,),
    change_request=ChangeRequest("482", head=HEAD, source_branch="refunds"),
)


def collect(
    root, url, kind="quality-gate", *, build=MAIN, options=None, said=None, waits=None, **environment
):
    """The file that is written; ``said`` and ``waits`` take what is said and the seconds that are slept."""
    variables = {"SONAR_HOST_URL": url, "SONAR_TOKEN": TOKEN, **environment}
    given = {name: value for name, value in variables.items() if value}
    say, sleep = ([] if each is None else each for each in (said, waits))
    asked = Asked(build, given, root, NOW, "gatepass test", options or {}, say.append, sleep.append)
    return COLLECTOR.collect(asked, kind).data


def scanned(root, url, name=".scannerwork/report-task.txt", **changes):
    """A scanner has run in the workspace."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report_task(url, **changes))


def reading(folder, data, kind="quality-gate"):
    """What the one format that recognises the file reads."""
    path = folder / "answers.json"
    path.write_bytes(data)
    name = f"sonarqube-collected-{kind}"
    assert recognised_as(path) == [name]
    return read(path, name)
