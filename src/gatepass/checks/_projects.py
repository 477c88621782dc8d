"""Which project, and which branch of it, evidence must be about: the parameters that three checks share.

What asks for evidence is told by ``gatepass.yaml`` which project to ask about, and that file may be part of
the change. So the policy says which project it must be, and what the report says of itself is compared.

No pin makes a rule pass that failed without it. A report about another project is not passed over in
silence, else a layer that adds a pin would make what is bad disappear; and each entry must be met, else the
clean one of two would do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from gatepass.checks._breaches import globs
from gatepass.checks._check import Question
from gatepass.globs import matches
from gatepass.model.about import About
from gatepass.model.build import Build
from gatepass.model.decision import Finding
from gatepass.model.facts import Json
from gatepass.model.source import Source

_MOST_NAMED = 5
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IS_ID = re.compile(_ID)
_IN_ORGANIZATION = re.compile(rf"({_ID})/(.+)", re.DOTALL)

PARAMETERS: dict[str, Json] = {
    "projects": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": r"^[^\[\]!]+$"},
        "description": "The projects that the evidence must be about, by SonarQube's key or Snyk's name"
        " (globs, with their case), by Snyk's id, or as `ID-OF-THE-ORGANIZATION/NAME`. Each must be met, and"
        " a report about any other project, or one that names none, does not count. Absent: any project.",
        # not subset: an entry less is a demand less
        "x-stricter": "equal",
        "x-absent": "everything",
    },
    "same-branch": {
        "type": "boolean",
        "default": True,
        "description": "Whether a report that names a branch or a change request must name this build's.",
        "x-stricter": "true",
    },
}


class Reports(Protocol):
    """Evidence that may say which projects it is about."""

    @property
    def source(self) -> Source:
        """Where it comes from."""

    @property
    def about(self) -> tuple[About, ...]:
        """What it says that it is about; empty where it says nothing."""


Report = TypeVar("Report", bound=Reports)


def counting(question: Question, reports: Sequence[Report]) -> tuple[list[Report], list[Finding]]:
    """The reports about the projects and the branch that the rule wants, and a finding for all else."""
    wanted = globs(question.rule.parameters.get("projects"))
    counted: list[Report] = []
    findings: list[Finding] = []
    for each in reports:
        against = [*_of_another_project(question, each, wanted), *_of_another_branch(question, each)]
        findings += against
        if not against:
            counted.append(each)
    findings += _unmet(question, reports, counted, wanted)
    return counted, findings


def is_called(about: About, wanted: str) -> bool:
    """Whether a project is what an entry of ``projects`` names.

    Whoever may make projects at Snyk may call one as they like, also by another's id: an id is compared with
    ids alone, and a name with names.
    """
    if _IS_ID.fullmatch(wanted):
        return about.id == wanted
    if found := _IN_ORGANIZATION.fullmatch(wanted):
        return (
            about.organization == found[1] and about.project is not None and matches(about.project, found[2])
        )
    return about.project is not None and matches(about.project, wanted)


def _of_another_project(question: Question, report: Reports, wanted: Sequence[str]) -> Iterator[Finding]:
    if not wanted:
        return
    name = report.source.name
    asked = f"the rule asks for {', '.join(wanted[:_MOST_NAMED])}"
    others = [each for each in report.about if not any(is_called(each, entry) for entry in wanted)]
    if not report.about or not all(each.project or each.id for each in report.about):
        yield question.missing(
            f"{name} does not say which project it is about, and {asked}",
            identity=("nameless", name),
            fix="give a report that names its project, best one that the gate itself collects (--collect), "
            "and leave this one out of the rule's `reports`",
        )
    elif others:
        yield question.missing(
            f"{name} is about {_named(others)}, and {asked}",
            identity=("another project", name),
            fix="have the collector ask about that project (its options in gatepass.yaml), or give each "
            "project a rule of its own that names its reports with `reports`",
        )


def _unmet(
    question: Question, reports: Sequence[Reports], counted: Sequence[Reports], wanted: Sequence[str]
) -> Iterator[Finding]:
    told = [about for each in reports for about in each.about if about.project or about.id]
    there = [about for each in counted for about in each.about]
    for entry in wanted:
        if not any(is_called(each, entry) for each in there):
            named = f"they are about {_named(told)}" if told else "none names one"
            yield question.missing(
                f"no report that counts is about the project {entry}: {named}",
                identity=("project", entry),
                fix="collect it (--collect), or give a report that names the project",
            )


def _named(about: Sequence[About]) -> str:
    names = list(dict.fromkeys(map(str, about)))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _of_another_branch(question: Question, report: Reports) -> Iterator[Finding]:
    if question.rule.parameters.get("same-branch") is False:
        return
    own = _Own(question.build)
    others = [said for each in report.about if (said := own.differs(each))]
    if others:
        name = report.source.name
        yield question.missing(
            f"{name} is about {others[0]}, and this build is of {own}",
            identity=("another branch", name),
            fix="have it ask about this build's own branch: the options branch, pull-request and reference "
            "name another one only for a rule with `same-branch: false`",
        )


class _Own:
    """What the build is of: a change request and the branch that it brings, or a branch."""

    def __init__(self, build: Build) -> None:
        change = build.change_request
        self.change = change.number if change and change.number else None
        self.branches = {build.branch} if build.branch else set()
        # a branch of a fork is nothing of ours, whatever it is called
        if change and change.source_branch and not _is_of_a_fork(build):
            self.branches.add(change.source_branch)
        self.known = change is not None or bool(self.branches)

    def __str__(self) -> str:
        named = [f"the change request {self.change}"] if self.change else []
        named += [f"the branch {each}" for each in sorted(self.branches)]
        return ", ".join(named) or "a change whose branch is none of this repository"

    def differs(self, about: About) -> str | None:
        """What a report is about where that is another branch or change; None where nothing tells so."""
        if not self.known:
            return None
        if about.change_request is not None:
            return None if about.change_request == self.change else f"change request {about.change_request}"
        if about.branch is None or about.branch in self.branches:
            return None
        return f"the branch {about.branch}"


def _is_of_a_fork(build: Build) -> bool:
    source = build.change_request.source_repository if build.change_request else None
    return bool(source and build.repository) and str(source).casefold() != str(build.repository).casefold()
