"""Evidence as expressions see it: plain JSON with known names.

For each kind one document: the main list of the kind and what belongs to it, of all reports together. The
same types that make the document tell its shape, so that a misspelt name is found when a policy loads.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

from gatepass.model.approvals import Approvals, ForgeRule, Person, Protection, Review
from gatepass.model.build import Artifact, Build
from gatepass.model.commits import Commit, Commits
from gatepass.model.coverage import Coverage, FileCoverage, Ratio
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Facts, Json
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Attempt, DeploymentReview, Job, Pipeline, Use
from gatepass.model.quality_gate import Condition, QualityGate
from gatepass.model.scan import Scan, ScanResult, Tool
from gatepass.model.suppressions import Suppressions, Unread, WrittenSuppression
from gatepass.model.tests import TestCase, TestCounts, TestRun, TestSuite
from gatepass.model.vulnerabilities import LicenceIssue, ScannedProject, Vulnerabilities, Vulnerability


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string, number, boolean or null; ``words`` is the closed list it comes from, if there is one."""

    type: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``of`` is the shape of each element."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with known names; ``more`` is the shape under any other name, None when there is none."""

    named: Mapping[str, Shape]
    more: Shape | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part whose shape nobody told: names in it cannot be checked."""


Shape = Leaf | Items | Fields | Unknown


class CoverageView(NamedTuple):
    """``check: expression`` on `coverage`."""

    lines: Ratio
    branches: Ratio
    functions: Ratio
    files: tuple[FileCoverage, ...]


class TestsView(NamedTuple):
    """On `tests`; ``not_passed`` are the cases that did not plainly pass."""

    counts: TestCounts
    suites: tuple[TestSuite, ...]
    not_passed: tuple[TestCase, ...]


class FindingsView(NamedTuple):
    """On `findings`."""

    tools: tuple[Tool, ...]
    results: tuple[ScanResult, ...]


class VulnerabilitiesView(NamedTuple):
    """On `vulnerabilities`."""

    tools: tuple[str, ...]
    projects: tuple[ScannedProject, ...]
    issues: tuple[Vulnerability, ...]
    licences: tuple[LicenceIssue, ...]


class Measure(NamedTuple):
    """A metric and its value as the server wrote it."""

    metric: str
    value: str


class QualityGateView(NamedTuple):
    """On `quality-gate`."""

    statuses: tuple[str, ...]
    projects: tuple[str, ...]
    conditions: tuple[Condition, ...]
    measures: tuple[Measure, ...]


class ApprovalsView(NamedTuple):
    """On `approvals`."""

    authors: tuple[Person, ...]
    committers: tuple[Person, ...]
    reviews: tuple[Review, ...]
    rules: tuple[ForgeRule, ...]
    labels: tuple[str, ...]
    changed_paths: tuple[str, ...]
    protections: tuple[Protection, ...]


class CommitsView(NamedTuple):
    """On `commits`; ``shallow`` tells that history, and so a list, is cut off."""

    commits: tuple[Commit, ...]
    heads: tuple[str, ...]
    bases: tuple[str, ...]
    shallow: bool


class PipelineView(NamedTuple):
    """On `pipeline`; what nobody looked for is empty here, and missing evidence to whoever asks for it."""

    jobs: tuple[Job, ...]
    attempts: tuple[Attempt, ...]
    deployments: tuple[DeploymentReview, ...]
    uses: tuple[Use, ...]
    workflow_changed: tuple[str, ...]
    started_by: tuple[Person, ...]
    triggered_by: tuple[Person, ...]


class IdentityView(NamedTuple):
    """On `identity`."""

    tokens: tuple[Identity, ...]


class SuppressionsView(NamedTuple):
    """On `suppressions`; ``unread`` are files that could hold some."""

    suppressions: tuple[WrittenSuppression, ...]
    unread: tuple[Unread, ...]


def _coverage(evidence: Sequence[Evidence]) -> CoverageView:
    reports = [each for each in evidence if isinstance(each, Coverage)]
    return CoverageView(
        lines=sum((each.lines for each in reports), Ratio()),
        branches=sum((each.branches for each in reports), Ratio()),
        functions=sum((each.functions for each in reports), Ratio()),
        files=tuple(file for each in reports for file in each.files),
    )


def _tests(evidence: Sequence[Evidence]) -> TestsView:
    runs = [each for each in evidence if isinstance(each, TestRun)]
    return TestsView(
        counts=sum((run.counts for run in runs), TestCounts()),
        suites=tuple(suite for run in runs for suite in run.suites),
        not_passed=tuple(case for run in runs for case in run.not_passed),
    )


def _findings(evidence: Sequence[Evidence]) -> FindingsView:
    scans = [each for each in evidence if isinstance(each, Scan)]
    return FindingsView(
        tools=tuple(tool for scan in scans for tool in scan.tools),
        results=tuple(result for scan in scans for result in scan.results),
    )


def _vulnerabilities(evidence: Sequence[Evidence]) -> VulnerabilitiesView:
    scans = [each for each in evidence if isinstance(each, Vulnerabilities)]
    return VulnerabilitiesView(
        tools=tuple(scan.tool for scan in scans),
        projects=tuple(project for scan in scans for project in scan.projects),
        issues=tuple(issue for scan in scans for issue in scan.issues),
        licences=tuple(issue for scan in scans for issue in scan.licences),
    )


def _quality_gate(evidence: Sequence[Evidence]) -> QualityGateView:
    answers = [each for each in evidence if isinstance(each, QualityGate)]
    return QualityGateView(
        statuses=tuple(answer.status.value for answer in answers if answer.status),
        projects=tuple(answer.project for answer in answers if answer.project),
        conditions=tuple(condition for answer in answers for condition in answer.conditions),
        measures=tuple(Measure(*measure) for answer in answers for measure in answer.measures),
    )


def _approvals(evidence: Sequence[Evidence]) -> ApprovalsView:
    answers = [each for each in evidence if isinstance(each, Approvals)]
    return ApprovalsView(
        authors=tuple(answer.author for answer in answers if answer.author),
        committers=tuple(person for answer in answers for person in answer.committers or ()),
        reviews=tuple(review for answer in answers for review in (answer.reviews or ())),
        rules=tuple(rule for answer in answers for rule in answer.rules),
        labels=tuple(label for answer in answers for label in answer.labels),
        changed_paths=tuple(path for answer in answers for path in answer.changed_paths or ()),
        protections=tuple(answer.protection for answer in answers if answer.protection),
    )


def _commits(evidence: Sequence[Evidence]) -> CommitsView:
    lists = [each for each in evidence if isinstance(each, Commits)]
    return CommitsView(
        commits=tuple(commit for each in lists for commit in each.commits),
        heads=tuple(each.head for each in lists),
        bases=tuple(each.base for each in lists),
        shallow=any(each.shallow for each in lists),
    )


def _pipeline(evidence: Sequence[Evidence]) -> PipelineView:
    runs = [each for each in evidence if isinstance(each, Pipeline)]
    return PipelineView(
        jobs=tuple(job for run in runs for job in run.jobs),
        attempts=tuple(attempt for run in runs for attempt in run.attempts),
        deployments=tuple(review for run in runs for review in run.deployments),
        uses=tuple(use for run in runs for use in run.uses or ()),
        workflow_changed=tuple(path for run in runs for path in run.workflow_changed or ()),
        started_by=tuple(run.started_by for run in runs if run.started_by),
        triggered_by=tuple(run.triggered_by for run in runs if run.triggered_by),
    )


def _identity(evidence: Sequence[Evidence]) -> IdentityView:
    return IdentityView(tuple(each for each in evidence if isinstance(each, Identity)))


def _suppressions(evidence: Sequence[Evidence]) -> SuppressionsView:
    found = [each for each in evidence if isinstance(each, Suppressions)]
    return SuppressionsView(
        suppressions=tuple(one for each in found for one in each.suppressions),
        unread=tuple(one for each in found for one in each.unread),
    )


_VIEWS: dict[str, tuple[Any, Callable[[Sequence[Evidence]], object]]] = {
    "coverage": (CoverageView, _coverage),
    "tests": (TestsView, _tests),
    "findings": (FindingsView, _findings),
    "vulnerabilities": (VulnerabilitiesView, _vulnerabilities),
    "quality-gate": (QualityGateView, _quality_gate),
    "approvals": (ApprovalsView, _approvals),
    "commits": (CommitsView, _commits),
    "pipeline": (PipelineView, _pipeline),
    "identity": (IdentityView, _identity),
    "suppressions": (SuppressionsView, _suppressions),
}
ABOUT_THE_BUILD = ("artifacts", "build")
KINDS = (*_VIEWS, *ABOUT_THE_BUILD, "facts")

# bit sets and packed bytes say nothing to people; `lines` and `missed` do
_HIDDEN = {"coverable", "hit", "branch_lines", "source", "KIND"}


def document(kind: str, evidence: Sequence[Evidence], build: Build) -> Json:
    """The document that expressions on a kind of evidence are evaluated over."""
    if kind == "build":
        return _plain(build)
    if kind == "artifacts":
        return [_plain(artifact) for artifact in build.artifacts]
    if kind == "facts":
        return next(each.value for each in evidence if isinstance(each, Facts))
    return _plain(_VIEWS[kind][1](evidence))


def shape(kind: str, fact_schema: Mapping[str, Json] | None = None) -> Shape:
    """The shape of that document; of a fact, what its JSON Schema says."""
    if kind == "facts":
        return shape_of_schema(fact_schema or {}, fact_schema or {}, 0)
    if kind == "build":
        return _shape(Build)
    if kind == "artifacts":
        return Items(_shape(Artifact))
    return _shape(_VIEWS[kind][0])


def _names(owner: type[Any]) -> dict[str, Any]:
    """Field and property names of a model type, with their annotations."""
    found = {
        name: hint
        for name, hint in get_type_hints(owner).items()
        if name not in _HIDDEN and not name.startswith("_")
    }
    for name in dir(owner):
        member = getattr(owner, name, None)
        if isinstance(member, property) and member.fget and name not in _HIDDEN:
            found[name] = get_type_hints(member.fget)["return"]
    return found


@cache
def _shape(hint: Any) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        [only] = [each for each in arguments if each is not type(None)][:1]
        return _shape(only)
    if origin in (tuple, frozenset, list):
        if arguments[-1] is Ellipsis or len(arguments) == 1:
            return Items(_shape(arguments[0]))
        return Items(Leaf("any"))
    if isinstance(hint, type):
        if issubclass(hint, Enum):
            return Leaf("string", tuple(str(each.value) for each in hint))
        if dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"):
            return Fields({name: _shape(inner) for name, inner in _names(hint).items()})
        return Leaf(_LEAVES.get(hint, "any"))
    return Unknown()


_LEAVES: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    datetime: "string",
}


def _plain(value: object) -> Json:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
        return {name: _plain(getattr(value, name)) for name in _plain_names(cast("Any", type(value)))}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(item) for item in value]
    raise TypeError(f"no JSON for {type(value).__name__}")


@cache
def _plain_names(owner: Any) -> tuple[str, ...]:
    return tuple(_names(owner))


def shape_of_schema(schema: Mapping[str, Json], root: Mapping[str, Json], depth: int) -> Shape:
    """The shape that a JSON Schema describes; whatever it leaves open is `Unknown`."""
    if depth > 30:
        return Unknown()
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        target: Any = root
        for part in reference[2:].split("/"):
            target = target.get(part, {}) if isinstance(target, dict) else {}
        return shape_of_schema(cast("Mapping[str, Json]", target), root, depth + 1)
    kind = schema.get("type")
    if isinstance(schema.get("items"), dict):
        return Items(shape_of_schema(cast("Mapping[str, Json]", schema["items"]), root, depth + 1))
    if isinstance(schema.get("properties"), dict):
        named = {
            name: shape_of_schema(inner, root, depth + 1)
            for name, inner in cast("dict[str, dict[str, Json]]", schema["properties"]).items()
            if isinstance(inner, dict)
        }
        more = schema.get("additionalProperties")
        return Fields(named, shape_of_schema(more, root, depth + 1) if isinstance(more, dict) else None)
    if isinstance(kind, str) and kind in ("string", "number", "integer", "boolean", "null"):
        words = schema.get("enum")
        said = tuple(str(word) for word in words) if isinstance(words, list) else ()
        return Leaf("number" if kind == "integer" else kind, said)
    return Unknown()
