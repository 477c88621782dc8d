"""How much of the code the tests ran.

`minimum` asks for a share of the `lines`, `branches` or `functions` of all files together; each entry of
`paths` asks the same of the files that its globs match. Shares are compared as exact counts: 79.999 % is
less than 80 %, and what is shown is rounded down, so that 79.96 % never reads as 80.0 %.

**How lines are counted.** From the lines that a report lists, never from the percentage in its head; where
the two differ, the report's notes say so. A line is covered when it ran at least once, also when only one of
its branches was taken. Rows that could not be read count as if they were lines, branches or functions that
did not run: if that decides, the rule cannot be judged.

**Paths.** `match` holds globs of whole paths: `*` stays within a folder, `**` crosses folders, and one that
starts with `!` takes away what those before it gave. Paths are as the report writes them, with forward
slashes; absolute ones below the workspace are made relative to it. An absolute path of another machine is
also matched without any number of its leading folders.

**Several reports** are united by file: a line that ran in any of them ran. Only paths that are written alike
are the same file; `src/a.py` and another machine's `/build/src/a.py` are two. Reports without line numbers
cannot be united line by line; then the one that knows more lines of the file counts.

**What is missing evidence**, and so no pass: a metric that a report does not measure; no line or no function
at all; an entry of `paths` that matches no file. A report that measures branches and finds none satisfies
`branches`, and the summary says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import cast

from gatepass.checks._check import Check, Judgement, Mistake, Question
from gatepass.globs import matches
from gatepass.model.coverage import Coverage, FileCoverage, Ratio
from gatepass.model.decision import Finding, Subject
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.policy import Rule

_METRICS: Mapping[str, Callable[[FileCoverage | Coverage], Ratio]] = {
    "lines": lambda measured: measured.lines,
    "branches": lambda measured: measured.branches,
    "functions": lambda measured: measured.functions or Ratio(),
}
_WORST_FILES = 10
_MOST_RANGES = 12


def judge(question: Question) -> Judgement:
    """Compare what was measured with each minimum of the rule."""
    reports = [each for each in question.evidence if isinstance(each, Coverage)]
    measured = _Measured.of(reports)
    findings: list[Finding] = []
    summary: list[str] = []
    figures: list[tuple[str, str | int | float]] = []
    for group in _groups(question.rule, measured):
        if not group.files and not group.totals:
            findings.append(_nothing_matched(question, group))
            summary.append(f"{group.label}no file")
            continue
        for metric, minimum in group.minimum.items():
            judged = _Judged(group, metric, minimum, measured.without(metric, group), measured.skipped)
            finding = judged.finding(question)
            findings += [finding] if finding else []
            summary.append(f"{group.label}{judged.summary}")
            figures += judged.figures
    return Judgement(" · ".join(summary), tuple(findings), tuple(figures))


@dataclass(frozen=True, slots=True)
class _Measured:
    """All reports together: files united by path, and for each metric the paths that it was measured for."""

    files: tuple[FileCoverage, ...]
    totals: tuple[Coverage, ...]  # reports that name no file
    by_metric: Mapping[str, frozenset[str]]
    unmeasured_totals: Mapping[str, int]
    skipped: int

    @classmethod
    def of(cls, reports: Sequence[Coverage]) -> _Measured:
        files: dict[str, FileCoverage] = {}
        for report in reports:
            for file in () if report.totals else report.files:
                files[file.path] = files[file.path].merged(file) if file.path in files else file
        totals = tuple(report for report in reports if report.totals)
        return cls(
            tuple(files.values()),
            totals,
            {
                metric: frozenset(f.path for r in reports if _measures(r, metric) for f in r.files)
                for metric in _METRICS
            },
            {metric: sum(not _measures(report, metric) for report in totals) for metric in _METRICS},
            sum(report.skipped_rows for report in reports),
        )

    def without(self, metric: str, group: _Group) -> int:
        """How many files or reports of a group say nothing of a metric."""
        files = sum(file.path not in self.by_metric[metric] for file in group.files)
        return files + (self.unmeasured_totals[metric] if group.totals else 0)


def _measures(report: Coverage, metric: str) -> bool:
    return {"branches": report.has_branches, "functions": report.has_functions}.get(metric, True)


@dataclass(frozen=True, slots=True)
class _Group:
    """Files that one set of minimums is for: all (no globs), or those of an entry of ``paths``."""

    match: tuple[str, ...]
    minimum: Mapping[str, float]
    files: tuple[FileCoverage, ...]
    totals: tuple[Coverage, ...] = ()

    @property
    def name(self) -> str:
        return ", ".join(self.match)

    @property
    def label(self) -> str:
        return f"{self.name} " if self.match else ""

    @property
    def identity(self) -> tuple[str, ...]:
        return ("paths", *self.match) if self.match else ("minimum",)


def _groups(rule: Rule, measured: _Measured) -> Iterator[_Group]:
    if "minimum" in rule.parameters:
        yield _Group((), _minimum(rule.parameters["minimum"]), measured.files, measured.totals)
    for entry in _entries(rule):
        match = tuple(cast("list[str]", entry["match"]))
        files = tuple(file for file in measured.files if _fits(file.path, match))
        yield _Group(match, _minimum(entry["minimum"]), files)


def _minimum(value: Json) -> dict[str, float]:
    return {
        metric: cast("dict[str, float]", value)[metric]
        for metric in _METRICS
        if metric in cast("dict[str, Json]", value)
    }


def _entries(rule: Rule) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", rule.parameters.get("paths", []))


def _fits(path: str, match: Iterable[str]) -> bool:
    """Whether globs fit a path; of an absolute one nobody knows where the workspace begins."""
    absolute = path.startswith("/") or path[1:3] == ":/"
    cuts = [at + 1 for at, sign in enumerate(path) if sign == "/"] if absolute else []
    names = [path, *(path[cut:] for cut in cuts)]
    fits = False
    for glob in match:
        if any(matches(name, glob.removeprefix("!")) for name in names):
            fits = not glob.startswith("!")
    return fits


def _nothing_matched(question: Question, group: _Group) -> Finding:
    return question.missing(
        f"no file in the report matches {group.name}" if group.match else "the reports name no file",
        identity=group.identity,
        fix="measure these files too, or mend the globs; `gatepass evidence show` lists the paths",
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """One metric of one group beside its minimum."""

    group: _Group
    metric: str
    minimum: float
    unmeasured: int
    skipped: int

    @property
    def ratio(self) -> Ratio:
        each: tuple[FileCoverage | Coverage, ...] = (*self.group.files, *self.group.totals)
        return sum((_METRICS[self.metric](one) for one in each), Ratio())

    @property
    def summary(self) -> str:
        if self.unmeasured:
            return f"{self.metric} not measured"
        if not self.ratio.total:
            return f"{self.metric}: there are none"
        return f"{self.metric} {shown(self.ratio)} of {self.minimum:.10g}"

    @property
    def figures(self) -> tuple[tuple[str, str | int | float], ...]:
        name = f"{self.group.label}{self.metric}"
        percent = self.ratio.percent
        counts = ((f"{name} covered", self.ratio.covered), (f"{name} total", self.ratio.total))
        return counts if percent is None else ((f"{name} percent", percent), *counts)

    def finding(self, question: Question) -> Finding | None:
        """What is wrong, None when the minimum is reached."""
        ratio = self.ratio
        identity = (*self.group.identity, self.metric)
        where = f" of {self.group.name}" if self.group.match else ""
        if self.unmeasured:
            return question.missing(
                f"{self.metric}{where} are not measured in {self.unmeasured} of the files or reports",
                identity=identity,
                fix=f"let the coverage tool measure {self.metric}, or drop the minimum",
            )
        if not ratio.total and self.metric != "branches":
            return question.missing(f"the report holds no {self.metric}{where}", identity=identity)
        if not _reaches(ratio, self.minimum):
            return self._violation(question, identity, where)
        if self.skipped and not _reaches(Ratio(ratio.covered, ratio.total + self.skipped), self.minimum):
            return question.missing(
                f"rows of the report that could not be read: {self.skipped}; with them {self.metric}{where}"
                f" may be below {self.minimum:.10g} %",
                identity=identity,
            )
        return None

    def _violation(self, question: Question, identity: tuple[str, ...], where: str) -> Finding:
        ratio = self.ratio
        only = self.group.files[0].path if self.group.match and len(self.group.files) == 1 else None
        return question.finding(
            f"{self.metric}{where} {shown(ratio)} of {self.minimum:.10g}:"
            f" {ratio.covered} of {ratio.total} {self.metric} covered",
            identity=identity,
            place=_place(self.group.files[0]) if only else None,
            subject=Subject(path=only),
            details=_worst(self.group.files, self.metric),
        )


def _reaches(ratio: Ratio, minimum: float) -> bool:
    return ratio.covered * 100 >= Fraction(str(minimum)) * ratio.total


def shown(ratio: Ratio) -> str:
    """Percent with one decimal, rounded down."""
    tenths = ratio.covered * 1000 // ratio.total
    return f"{tenths // 10}.{tenths % 10} %"


def _place(file: FileCoverage) -> Place | None:
    inside = not file.path.startswith("/") and ":" not in file.path and ".." not in file.path.split("/")
    missed = file.missed
    return Place(file.path, missed[0][0] if missed else None) if inside else None


def _worst(files: Iterable[FileCoverage], metric: str) -> Iterator[str]:
    """The files that miss most, each with its share and the lines that were not run."""
    measure = _METRICS[metric]
    ratios = ((file, measure(file)) for file in files)
    missing = [(file, ratio) for file, ratio in ratios if ratio.covered < ratio.total]
    missing.sort(key=lambda each: (each[1].covered - each[1].total, each[1].percent or 0.0, each[0].path))
    for file, ratio in missing[:_WORST_FILES]:
        yield f"{file.path}   {shown(ratio)}   {_lines(file, metric)}".rstrip()
    if len(missing) > _WORST_FILES:
        yield f"and {len(missing) - _WORST_FILES} more files"


def _lines(file: FileCoverage, metric: str) -> str:
    ranges: Sequence[tuple[int, int]] = ()
    if metric == "lines":
        ranges = file.missed
    elif metric == "branches":
        ranges = [(line, line) for line, covered, total in file.branches_by_line() if covered < total]
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_MOST_RANGES]]
    return ", ".join(texts) + (", …" if len(ranges) > _MOST_RANGES else "")


def validate(rule: Rule) -> Iterator[Mistake]:
    """A minimum that nothing can break, and an entry that can match nothing."""
    groups = [("minimum", rule.parameters.get("minimum", {}))]
    for index, entry in enumerate(_entries(rule)):
        groups.append((f"paths[{index}].minimum", entry["minimum"]))
        if all(glob.startswith("!") for glob in cast("list[str]", entry["match"])):
            yield Mistake(
                f"paths[{index}].match", "only takes files away", hint='put what it takes from first: "**"'
            )
    for path, minimum in groups:
        for metric, value in _minimum(minimum).items():
            if not isfinite(value) or value <= 0:
                yield Mistake(
                    f"{path}.{metric}",
                    f"a minimum of {value:g} % asks for nothing",
                    hint="raise it above 0, or leave it out",
                )


def _minimum_schema(what: str) -> dict[str, Json]:
    metrics: dict[str, Json] = {
        metric: {
            "type": "number",
            "minimum": 0,
            "maximum": 100,
            "x-stricter": "higher",
            "description": f"Percent of the {metric} that must have run, compared unrounded.",
        }
        for metric in _METRICS
    }
    return {
        "type": "object",
        "properties": metrics,
        "additionalProperties": False,
        "minProperties": 1,
        "description": what,
    }


_ENTRY: dict[str, Json] = {
    "type": "object",
    "properties": {
        "match": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 1,
            "x-stricter": "equal",
            "description": "Globs of paths; one that starts with `!` takes away what those before it gave.",
        },
        "minimum": _minimum_schema("What must have run of the files that match."),
    },
    "required": ["match", "minimum"],
    "additionalProperties": False,
    "description": "Minimums for some of the files. An entry that matches no file is missing evidence.",
}

CHECK = Check(
    name="coverage",
    title="Code coverage",
    evidence="coverage",
    parameters={
        "properties": {
            "minimum": _minimum_schema("What must have run of all files together."),
            "paths": {
                "type": "array",
                "items": _ENTRY,
                "minItems": 1,
                "x-stricter": "superset",
                "description": "Minimums for files by their paths, beside `minimum`.",
            },
        },
        "anyOf": [{"required": ["minimum"]}, {"required": ["paths"]}],
    },
    judge=judge,
    validate=validate,
    example="""\
- id: coverage
  title: Code is tested
  check: coverage
  minimum: {lines: 80, branches: 70}
  paths:
    - match: ["src/payments/**", "!src/payments/generated/**"]
      minimum: {lines: 95}
  fix: Add tests for the lines named here.
""",
)
