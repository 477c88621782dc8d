"""Judges what SonarQube (Server or Cloud) said of the code, and its figures by limits of your own.

```yaml
- id: sonar
  check: quality-gate
  projects: [acme_payments]
  status: OK
  conditions:
    new_coverage: {minimum: 80}
    new_security_rating: {maximum: A}
```

**Status.** The gate must be `OK`. `ERROR`, the old `WARN` and `NONE` (no quality gate is associated with the
analysis) are not. An `OK` for which the server judged no condition (a first analysis, an empty gate, a change
without new code) counts as missing evidence: narrow the policy's scope to changes of code. `status: any`
judges by `conditions` alone.

**Conditions.** `conditions` are limits on metrics, judged here, on the unrounded value: also those that the
server left out or never had. A metric without a value (no new code, misspelt, not asked for) is missing
evidence. A rating is 1 (A) to 5 (E); `maximum: B` means B or better. Metrics that the gate itself has no
condition on come with the answer of `api/measures/component`. Where two reports give different values, the
worse one counts.

**What the server leaves out.** On a small change (fewer than 20 new lines) SonarQube counts its conditions on
coverage and duplication of new code as met, whatever their values. Such a condition is refused, also beside a
laxer limit here: `conditions` only add. With `ignored-conditions: accept` the server's word is taken; the
limits under `conditions` still hold on small changes, and an `OK` for which the server judged nothing passes
if they judge something.

**The commit.** The analysis must be of this build's commit. The webhook's payload names it; the answer of
`api/qualitygates/project_status` does not, so give the answer of `api/project_analyses/search` (for the same
branch or pull request) beside it. `same-commit: false` takes any analysis. A status has no date either: under
`max-age` give the webhook's payload.

**What to give.** `--collect sonarqube` asks the server for all of it (docs/collect/sonarqube.md). Else any of
these, side by side; they must be about one project and one analysis:

| report | tells |
|---|---|
| the webhook's payload | status, conditions, project, commit |
| `api/qualitygates/project_status?analysisId=…` | status, conditions, what was left out |
| `api/measures/component` | values of metrics, project |
| `api/project_analyses/search` | commit |
| `api/ce/task` | whether the analysis is done, project |
| `report-task.txt` | which task to ask about, and no result |

Ask for the status with `analysisId`: with a project key the server answers with live figures, which change
when somebody marks an issue. Where reports name several projects, each is judged, and a status that names
none is refused: give each project a rule with its `reports`.

**The project.** Which project the server is asked about stands in gatepass.yaml or in report-task.txt, and
the change may write both. `projects` says which it must be: an answer about another one counts as not there,
and so does one that names none (the bare answers of `api/qualitygates/project_status` and
`api/project_analyses/search`). Use it with `collected: true`, because anybody can write a file. A key is
compared with its case; `*` and `?` are wild.

**The branch.** An answer that names a branch or a pull request must name this build's, whatever the collector
was told to ask about. `same-branch: false` takes any, as where the main branch is called otherwise at the
server. Where the same commit was analysed again, the older analysis does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from gatepass.checks._check import Check, Judgement, Mistake, Question
from gatepass.checks._projects import PARAMETERS as PROJECTS
from gatepass.checks._projects import counting
from gatepass.checks._quality_gate import Projects, by_project, in_order
from gatepass.checks._quality_gate_findings import ProjectJudge
from gatepass.checks._quality_gate_limits import (
    RATINGS,
    is_rating,
    read_demand,
)
from gatepass.model.decision import Finding
from gatepass.model.facts import Json
from gatepass.model.policy import Rule
from gatepass.model.quality_gate import QualityGate


def _judge(question: Question) -> Judgement:
    demand = read_demand(question.rule)
    given = in_order(each for each in question.evidence if isinstance(each, QualityGate))
    answers, findings = counting(question, given)
    if not answers:
        return Judgement("no answer that counts", tuple(findings))
    projects = by_project(tuple(answers))
    findings += _nameless(question, projects)
    summary: list[str] = []
    figures: list[tuple[str, str | int | float]] = []
    several = len(projects.judged) > 1
    for analysis in projects.judged:
        judge = ProjectJudge(question, demand, analysis, several=several)
        findings += judge.findings()
        summary += judge.summary()
        figures += judge.figures()
    return Judgement(" · ".join(summary) or "not judged", tuple(findings), tuple(figures))


def _nameless(question: Question, projects: Projects) -> Iterator[Finding]:
    for answer in projects.nameless:
        keys = [analysis.project or "" for analysis in projects.judged]
        yield question.missing(
            f"{answer.source.name} does not say which of the projects {', '.join(keys[:5])} it is about",
            identity=("nameless", answer.source.name),
            fix="give each project a rule of its own that names its reports with `reports`",
        )


def _mistakes(rule: Rule) -> Iterator[Mistake]:
    demand = read_demand(rule)
    if not demand.status and not demand.limits:
        yield Mistake("status", "`status: any` without `conditions` judges nothing", "add `conditions`")
    given = cast("dict[str, dict[str, Json]]", rule.parameters.get("conditions") or {})
    for limit in demand.limits:
        path = f"conditions.{limit.metric}"
        if isinstance(given[limit.metric].get("maximum"), str) and not is_rating(limit.metric):
            yield Mistake(f"{path}.maximum", f"{limit.metric} is no rating, so it has no letter")
        if is_rating(limit.metric) and limit.minimum is not None:
            yield Mistake(
                f"{path}.minimum",
                "1 (A) is the best rating, so a `minimum` demands bad code",
                "write `maximum: B` for B or better",
            )
        if limit.minimum is not None and limit.maximum is not None and limit.minimum > limit.maximum:
            yield Mistake(path, f"no value of {limit.metric} is {limit.demand}")


_NUMBER: dict[str, Json] = {"type": "number", "exclusiveMinimum": -1e15, "exclusiveMaximum": 1e15}

_PARAMETERS: dict[str, Json] = {
    "properties": {
        "status": {
            "enum": ["any", "OK"],
            "default": "OK",
            "description": "The status that the gate must have; `any` judges by `conditions` alone.",
            "x-stricter": "later",
        },
        "conditions": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9_:.-]{0,199}$"},
            "description": "Limits on metrics by SonarQube's keys, judged here on the unrounded values.",
            "additionalProperties": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "description": "The limits of one metric.",
                "properties": {
                    "minimum": {
                        **_NUMBER,
                        "description": "The lowest value that passes.",
                        "x-stricter": "higher",
                    },
                    "maximum": {
                        "anyOf": [_NUMBER, {"enum": list[Json](RATINGS)}],
                        "description": "The highest value that passes; a rating is 1 to 5 or A to E.",
                        "x-stricter": "lower",
                    },
                },
            },
        },
        "ignored-conditions": {
            "enum": ["accept", "refuse"],
            "default": "refuse",
            "description": "What to do with conditions that SonarQube left out because the change is small.",
            "x-stricter": "later",
        },
        **PROJECTS,
        "same-commit": {
            "type": "boolean",
            "default": True,
            "description": "Whether the analysis must be of the commit of this build.",
            "x-stricter": "true",
        },
    },
}

CHECK = Check(
    name="quality-gate",
    title="SonarQube quality gate",
    evidence=QualityGate.KIND,
    parameters=_PARAMETERS,
    judge=_judge,
    validate=_mistakes,
    example="""\
id: sonar
title: SonarQube's quality gate is green
check: quality-gate
projects: [acme_payments]
status: OK
conditions:
  new_coverage: {minimum: 80}
  new_security_rating: {maximum: A}
""",
)
