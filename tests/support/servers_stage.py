"""Stories about servers that are asked for what they found: a SonarQube and a Snyk, sentence by sentence.

At first SonarQube has analysed this commit on main and the quality gate is OK, and Snyk has tested the
repository this morning and found nothing. The gate is asked for what the rules of the story need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support import snyk_answers, sonarqube_answers
from support.loopback import Answering, Heard, Reply, Server, serving

HEAD, OTHER = sonarqube_answers.HEAD, sonarqube_answers.OTHER
_TOPICS = {
    "the task": "/api/ce/task",
    "the quality gate": "/api/qualitygates/project_status",
    "the analyses": sonarqube_answers.ANALYSES,
    "issues": "/api/issues/search",
    "hotspots": "/api/hotspots/search",
    "the projects": f"{snyk_answers.ROOT}/projects",
    "its issues": snyk_answers.ISSUES,
}
FORMS = {
    "gate": r"the quality gate is (?P<word>OK|ERROR|NONE)",
    "small": r"the change is small, and (?P<actual>[\d.]+) % of its new lines are covered",
    "commit": r"SonarQube has analysed another commit",
    "branch": r"SonarQube has analysed the branch (?P<branch>[\w/-]+)",
    "pull": r"SonarQube has analysed the pull request (?P<number>\d+)",
    "pending": r"SonarQube is still at work",
    "failed": r"SonarQube's analysis fails with (?P<words>.+)",
    "again": r"another analysis comes in meanwhile",
    "issue": r"SonarQube finds a (?P<severity>blocker|critical|major|minor) (?P<kind>bug|vulnerability)",
    "impact": r"SonarQube finds a (?P<severity>blocker|high|medium|low) impact on (?P<quality>[a-z]+)",
    "accepted": r"(?P<who>\w+) accepts what SonarQube finds because it is (?P<words>.+)",
    "hotspot": r"SonarQube finds a hotspot of (?P<probability>high|medium|low) probability",
    "elsewhere": r"the scanner reports to a server of its own",
    "no scan": r"no scanner has run",
    "build": r"the build is of the (?:branch (?P<branch>[\w/-]+)|pull request (?P<number>\d+))",
    "snyk": r"Snyk finds a (?P<severity>critical|high|medium|low) issue",
    "ignored": r"(?P<who>\w+) ignores what Snyk finds because it is (?P<words>.+)",
    "tested": r"Snyk has tested it last on (?P<date>[\d-]+)",
    "tagged": r"Snyk's project is tagged with (?P<which>this|another) commit",
    "asked": r"gatepass.yaml has (?P<server>sonarqube|snyk) asked with (?P<option>[\w-]+): (?P<value>\S+)",
    "called": r"all that the scanner and SonarQube tell is of the project (?P<key>\S+)",
    "another": r"Snyk has a project called (?P<name>\S+) with the id (?P<id>[\w-]+)"
    r"(?: of the branch (?P<branch>\S+))?",
    "repeated": r"this commit was analysed before, with the quality gate "
    r"(?P<first>OK|ERROR) then and (?P<word>OK|ERROR) now",
    "trouble": r"(?:SonarQube|Snyk) answers (?P<status>\d{3}) about (?P<what>[a-z ]+)",
}


@dataclass
class ServersStage:
    """What has happened; ``changes`` are SonarQube's answers that are not as at first."""

    changes: dict[str, Any] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    let_through: list[dict[str, Any]] = field(default_factory=list)
    hotspots: list[dict[str, Any]] = field(default_factory=list)
    snyk: list[dict[str, Any]] = field(default_factory=list)
    snyk_project: dict[str, Any] = field(default_factory=snyk_answers.project)
    snyk_changes: dict[str, Any] = field(default_factory=dict)
    troubles: dict[str, int] = field(default_factory=dict)
    build: dict[str, str] = field(default_factory=lambda: {"branch": "main"})
    options: dict[str, dict[str, str]] = field(default_factory=lambda: {"sonarqube": {}, "snyk": {}})
    project: str = sonarqube_answers.PROJECT
    others: list[dict[str, Any]] = field(default_factory=list)
    task: str = sonarqube_answers.TASK
    scanned: bool = True
    elsewhere: bool = False


def play(sentences: list[str]) -> ServersStage:
    """The stage after all sentences."""
    stage = ServersStage()
    for each in sentences:
        found = [(name, match) for name, form in FORMS.items() if (match := re.fullmatch(form, each))]
        if not found:
            raise ValueError(f"nobody knows how to play: {each!r}; there is\n" + "\n".join(FORMS.values()))
        name, match = found[0]
        _PLAYS.get(name, _of_analysis)(stage, name, match.groupdict())
    return stage


@contextmanager
def standing(stage: ServersStage, root: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The servers while they run: the environment of the gate, and the facts about its build."""
    with ExitStack() as stack:
        sonarqube, snyk, other = (
            stack.enter_context(serving(_troubled(stage, answers))) for answers in _answers(stage)
        )
        if stage.scanned:
            file = root / ".scannerwork/report-task.txt"
            file.parent.mkdir(parents=True)
            url = (other if stage.elsewhere else sonarqube).url
            file.write_text(sonarqube_answers.report_task(url, projectKey=stage.project, ceTaskId=stage.task))
        yield _environment(sonarqube, snyk), {"repository": "acme/payments", "commit": HEAD, **stage.build}
        assert not other.heard, "somebody asked the server that only a file of the build names"


def collectors(stage: ServersStage, rules: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Who is asked for what, by the checks of a story's rules and gatepass.yaml; nobody waits in a story."""
    checks = {rule["check"] for rule in rules}
    wanted: dict[str, dict[str, str]] = {}
    if kinds := sorted(checks & {"quality-gate", "findings"}):
        wanted["sonarqube"] = {"kinds": ",".join(kinds), "wait": "0", **stage.options["sonarqube"]}
    if "vulnerabilities" in checks:
        wanted["snyk"] = {"kinds": "vulnerabilities", **stage.options["snyk"]}
    return wanted


def _environment(sonarqube: Server, snyk: Server) -> dict[str, str]:
    token = "made-for-the-story"
    return {
        "SONAR_HOST_URL": sonarqube.url,
        "SONAR_TOKEN": token,
        "SNYK_API": snyk.url,
        "SNYK_TOKEN": token,
        "SNYK_CFG_ORG": snyk_answers.ORG,
    }


def _answers(stage: ServersStage) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    found = {"issues": stage.issues, "let_through": stage.let_through, "hotspots": stage.hotspots}
    sonarqube = sonarqube_answers.routes(**found, **stage.changes)
    projects = [stage.snyk_project, *stage.others]
    return (
        sonarqube,
        snyk_answers.routes(issues=stage.snyk, projects=projects, **stage.snyk_changes),
        sonarqube,
    )


def _troubled(stage: ServersStage, answers: dict[str, Any]) -> Answering:
    def answer(heard: Heard) -> Reply:
        for what, status in stage.troubles.items():
            if heard.path == _TOPICS[what]:
                return Reply("", status, {"Retry-After": "3600"} if status >= 500 else {})
        made = answers.get(heard.path, Reply("", 404))
        reply = made(heard) if callable(made) else made if isinstance(made, Reply) else Reply(made)
        called = reply.data.replace(sonarqube_answers.PROJECT.encode(), stage.project.encode())
        return replace(reply, body=called)

    return answer


def _of_analysis(stage: ServersStage, name: str, said: dict[str, str | None]) -> None:
    made, changes = sonarqube_answers, stage.changes
    match name:
        case "gate":
            broken = made.condition(status="ERROR", actual="41.0")
            conditions = [broken] if said["word"] == "ERROR" else []
            changes["status"] = made.status(said["word"], *conditions)
        case "small":
            left_out = made.condition(actual=said["actual"])
            changes["status"] = made.status("OK", left_out, ignoredConditions=True)
        case "repeated":
            # the change points at the older one
            older, newer = made.analysis("AZolder-1", minute=10), made.analysis(minute=40)
            stage.task = "AZtask-0"
            changes["task"] = made.task(id=stage.task, analysisId="AZolder-1")
            changes["analyses"] = made.in_pages("analyses", [newer, older])
            gates = {"AZolder-1": made.status(said["first"])}
            changes["status"] = made.by_query("analysisId", gates, made.status(said["word"]))
        case "commit":
            changes["analyses"] = made.in_pages("analyses", [made.analysis(revision=OTHER)])
        case "branch":
            changes["task"] = made.task(branch=said["branch"])
        case "pull":
            changes["task"] = made.task(pullRequest=said["number"])
        case "pending":
            changes["task"] = made.task("IN_PROGRESS", analysisId=None)
        case "failed":
            changes["task"] = made.task("FAILED", errorMessage=said["words"], analysisId=None)
        case "again":
            newer = made.analysis("AZnewer", OTHER, 59)
            changes["analyses"] = made.in_pages("analyses", [newer, made.analysis()])


def _of_build(stage: ServersStage, name: str, said: dict[str, str | None]) -> None:
    match name:
        case "elsewhere":
            stage.elsewhere = True
        case "no scan":
            stage.scanned = False
        case "build":
            stage.build = {"branch": said["branch"]} if said["branch"] else {"change-request": said["number"]}
        case "asked":
            stage.options[str(said["server"])][str(said["option"])] = str(said["value"])
        case "called":
            stage.project = str(said["key"])
        case "trouble":
            assert said["what"] in _TOPICS, f"there is {', '.join(_TOPICS)}"
            stage.troubles[said["what"]] = int(said["status"] or 0)


def _of_issues(stage: ServersStage, name: str, said: dict[str, str | None]) -> None:
    made = sonarqube_answers
    match name:
        case "issue":
            severity, kind = (said[key].upper() for key in ("severity", "kind"))
            stage.issues.append(made.issue(f"I{len(stage.issues)}", severity, kind))
        case "impact":
            impact = {
                key: said[name].upper()
                for key, name in (("softwareQuality", "quality"), ("severity", "severity"))
            }
            issue = made.issue(f"I{len(stage.issues)}", impacts=[impact])
            stage.issues.append({key: each for key, each in issue.items() if key not in ("type", "severity")})
        case "accepted":
            comment = {
                "login": said["who"],
                "markdown": said["words"],
                "createdAt": "2026-11-20T10:00:00+0000",
            }
            accepted = [{**each, "issueStatus": "ACCEPTED", "comments": [comment]} for each in stage.issues]
            stage.let_through, stage.issues = accepted, []
            diffs = [{"key": "issueStatus", "newValue": "ACCEPTED"}]
            entry = {"user": said["who"], "creationDate": "2026-11-20T10:00:00+0000", "diffs": diffs}
            stage.changes["changelog"] = {"changelog": [entry]}
        case "hotspot":
            stage.hotspots.append(made.hotspot(probability=said["probability"].upper()))


def _of_snyk(stage: ServersStage, name: str, said: dict[str, str | None]) -> None:
    match name:
        case "snyk":
            stage.snyk.append(snyk_answers.issue(severity=said["severity"]))
            stage.snyk_project["meta"]["latest_issue_counts"][said["severity"]] += 1
        case "ignored":
            for each in stage.snyk:
                each["attributes"]["ignored"] = True
            by = {"name": said["who"]}
            stage.snyk_changes["ignores"] = snyk_answers.ignores(reason=said["words"], ignoredBy=by)
        case "tested":
            stage.snyk_project["meta"]["cli_monitored_at"] = f"{said['date']}T10:00:00Z"
        case "another":
            made = snyk_answers.project(said["id"], reference=said["branch"] or "main", name=said["name"])
            stage.others.append(made)
        case "tagged":
            commit = HEAD if said["which"] == "this" else OTHER
            stage.snyk_project["attributes"]["tags"] = [{"key": "commit", "value": commit}]


_PLAYS = {
    **dict.fromkeys(("elsewhere", "no scan", "build", "trouble", "asked", "called"), _of_build),
    **dict.fromkeys(("issue", "impact", "accepted", "hotspot"), _of_issues),
    **dict.fromkeys(("snyk", "ignored", "tested", "tagged", "another"), _of_snyk),
}
