"""The builds of GitLab, SonarQube and Snyk whose answers are changed, told as stories are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Story = Mapping[str, Any]
_OPENS = "alice opens a change request"
_REVIEWED = {"id": "reviewed", "check": "approvals", "minimum": 1}


def _at_gitlab(named: str, happens: Sequence[str], *rules: Mapping[str, Any], **more: Any) -> Story:
    return {
        "named": named,
        "story": named,
        "forge": "gitlab",
        "happens": list(happens),
        "rules": list(rules) or [_REVIEWED],
        **more,
    }


def _ran(**asked: Any) -> dict[str, Any]:
    return {"id": "ran", "check": "pipeline", **{key.replace("_", "-"): each for key, each in asked.items()}}


def _apart(*roles: str) -> dict[str, Any]:
    return {"id": "duties", "check": "separation-of-duties", "apart": [list(roles)]}


_SET_OFF = (_OPENS, "alice sets off the pipeline")
_OWNERS = "[Payments]\n/src/payments/ @bob\n\n[Security]\n*.py @acme/appsec\n"
_TEAM = {**_REVIEWED, "from": {"teams": ["acme/appsec"], "minimum": 1}}

GITLAB: tuple[Story, ...] = (
    _at_gitlab("passes: bob approved", [_OPENS, "bob approves"]),
    _at_gitlab("passes: an owner of each section approved",
               ["carol joins the team acme/appsec", f"{_OPENS} that changes src/payments/refund.py",
                "bob approves", "carol approves"],
               {**_REVIEWED, "code-owners": True}, **{"code-owners": _OWNERS}),
    _at_gitlab("passes: all is green", [*_SET_OFF, "the job build succeeds", "the job test succeeds"],
               _ran(required_jobs=["build", "test"], no_failed_jobs=True, no_re_run_until_green=True)),
    _at_gitlab("nobody approved", [_OPENS, "bob is asked for a review"]),
    _at_gitlab("bob only comments", [_OPENS, "bob comments"]),
    _at_gitlab("bob approved what was there before", [_OPENS, "bob approves", "alice pushes a commit"]),
    _at_gitlab("a rebase that changes a line",
               [_OPENS, "bob approves", "alice rebases and changes a line"]),
    _at_gitlab("alice approved her own", [_OPENS, "alice approves"]),
    _at_gitlab("bob took it back", [_OPENS, "bob approves", "bob takes the approval back"]),
    _at_gitlab("carol asks for changes", [_OPENS, "bob approves", "carol asks for changes"]),
    _at_gitlab("a bot approved", ["renovate is a bot", _OPENS, "renovate approves"]),
    _at_gitlab("a committer approved", [_OPENS, "bob pushes a commit", "bob approves"]),
    _at_gitlab("a co-author approved",
               [_OPENS, "alice pushes a commit together with bob", "bob approves"]),
    _at_gitlab("whoever pushed last approved",
               [_OPENS, "bob pushes a commit written by alice", "bob approves"],
               {**_REVIEWED, "except": ["author", "last-pusher"]}),
    _at_gitlab("a deleted account approved", [_OPENS, "bob approves", "bob loses the account"]),
    _at_gitlab("eve may only read", ["eve may read", _OPENS, "eve approves"],
               {**_REVIEWED, "permission": "write"}),
    _at_gitlab("bob left the group",
               ["bob joins the team acme/appsec", _OPENS, "bob approves", "bob leaves the team acme/appsec"],
               _TEAM),
    _at_gitlab("nobody of one section of owners",
               ["carol joins the team acme/appsec", f"{_OPENS} that changes src/payments/refund.py",
                "bob approves"],
               {**_REVIEWED, "code-owners": True}, **{"code-owners": _OWNERS}),
    _at_gitlab("a merge train approves nothing", [_OPENS, "the merge queue takes it up"]),
    _at_gitlab("a required job failed", [*_SET_OFF, "the job test fails"], _ran(required_jobs=["test"])),
    _at_gitlab("a required job was skipped", [*_SET_OFF, "the job test is skipped"],
               _ran(required_jobs=["test"])),
    _at_gitlab("a required job was renamed", [*_SET_OFF, "the job tests succeeds"],
               _ran(required_jobs=["test"])),
    _at_gitlab("a job was skipped", [*_SET_OFF, "the job build succeeds", "the job docs is skipped"],
               _ran(no_skipped_jobs=True)),
    _at_gitlab("a job failed", [*_SET_OFF, "the job build succeeds", "the job docs fails"],
               _ran(no_failed_jobs=True)),
    _at_gitlab("a job was run again until it passed",
               [*_SET_OFF, "the job test fails", "alice re-runs the pipeline", "the job test succeeds"],
               _ran(no_re_run_until_green=True)),
    _at_gitlab("two attempts where one may be",
               [*_SET_OFF, "the job test fails", "alice re-runs the pipeline", "the job test succeeds"],
               _ran(maximum_attempts=1)),
    _at_gitlab("the change touches the pipeline",
               [f"{_OPENS} that changes .gitlab-ci.yml", "alice sets off the pipeline",
                "the job test succeeds"],
               _ran(workflow_unchanged=True)),
    _at_gitlab("another event", [*_SET_OFF, "the job test succeeds"], _ran(events=["push"])),
    _at_gitlab("the author ran it again",
               [*_SET_OFF, "the job test fails", "alice re-runs the pipeline", "the job test succeeds"],
               _apart("author", "re-runner")),
    _at_gitlab("the approver ran it again",
               [_OPENS, "bob approves", "alice sets off the pipeline", "the job test fails",
                "bob re-runs the pipeline", "the job test succeeds"],
               _apart("approver", "re-runner")),
    _at_gitlab("the author set it off", [*_SET_OFF, "the job test succeeds"],
               _apart("author", "triggerer")),
)  # fmt: skip


def _of_servers(named: str, servers: Sequence[str], *rules: Mapping[str, Any]) -> Story:
    return {"named": named, "story": named, "servers": list(servers), "rules": list(rules)}


_SONAR = {"id": "sonar", "check": "quality-gate", "projects": ["acme_payments"], "collected": True}
_SNYK = {"id": "snyk", "check": "vulnerabilities", "tools": ["snyk"],
         "maximum": {"critical": 0, "high": 0}, "max-age": "2d"}  # fmt: skip
_CODE = {"id": "code", "check": "findings", "tools": ["SonarQube"],
         "maximum-by-severity": {"critical": 0, "high": 0}}  # fmt: skip
_REFUSING = {**_CODE, "suppressions": "refuse"}

SONARQUBE: tuple[Story, ...] = (
    _of_servers("passes: the gate is OK", ["the quality gate is OK"], _SONAR),
    _of_servers("the gate is red", ["the quality gate is ERROR"], _SONAR),
    _of_servers("there is no gate", ["the quality gate is NONE"], _SONAR),
    _of_servers("the gate is of another commit", ["SonarQube has analysed another commit"], _SONAR),
    _of_servers("coverage was left out", ["the change is small, and 12.5 % of its new lines are covered"],
                _SONAR),
    _of_servers("a condition of the rule is not met", ["the quality gate is OK"],
                {**_SONAR, "conditions": {"new_coverage": {"minimum": 95}}}),
    _of_servers("a measure is below the rule's", ["the quality gate is OK"],
                {**_SONAR, "conditions": {"coverage": {"minimum": 90}}}),
    _of_servers("passes: nothing critical was found", ["SonarQube finds a major bug"], _CODE),
    _of_servers("a vulnerability was found", ["SonarQube finds a critical vulnerability"], _CODE),
    _of_servers("a bug was found", ["SonarQube finds a blocker bug"],
                {"id": "code", "check": "findings", "tools": ["SonarQube"],
                 "maximum-by-level": {"error": 0}}),
    _of_servers("a hotspot was found", ["SonarQube finds a hotspot of high probability"], _CODE),
    _of_servers("an impact on security was found", ["SonarQube finds a high impact on security"], _CODE),
    _of_servers("what was accepted is refused",
                ["SonarQube finds a critical vulnerability",
                 "dana accepts what SonarQube finds because it is not reachable"], _REFUSING),
    _of_servers("issues of a newer analysis", ["another analysis comes in meanwhile"], _CODE),
)  # fmt: skip

SNYK: tuple[Story, ...] = (
    _of_servers("passes: Snyk found nothing", ["Snyk's project is tagged with this commit"], _SNYK),
    _of_servers("passes: Snyk found something small", ["Snyk finds a medium issue"], _SNYK),
    _of_servers("Snyk found something", ["Snyk finds a high issue"], _SNYK),
    _of_servers("Snyk's issue is ignored",
                ["Snyk finds a high issue", "dana ignores what Snyk finds because it is not reachable"],
                _SNYK),
    _of_servers("Snyk tested too long ago", ["Snyk has tested it last on 2026-11-12"], _SNYK),
    _of_servers("Snyk tested another commit", ["Snyk's project is tagged with another commit"], _SNYK),
)  # fmt: skip
