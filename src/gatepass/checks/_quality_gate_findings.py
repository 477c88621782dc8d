"""What can be wrong or missing in SonarQube's answers about one project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatepass.checks._check import Question
from gatepass.checks._quality_gate import Analysis
from gatepass.checks._quality_gate_limits import Demand, Limit, demanded_by_gate
from gatepass.model.decision import Finding
from gatepass.model.quality_gate import Condition, GateStatus

_COMMIT_FIX = (
    "give the payload of SonarQube's webhook, which names the commit, or the answer of "
    "api/project_analyses/search?project=KEY&ps=1 (with &branch= or &pullRequest=) beside the status"
)


class ProjectJudge:
    """Judges the answers about one project; `findings` is the list of what can be wrong, in order."""

    def __init__(self, question: Question, demand: Demand, analysis: Analysis, *, several: bool) -> None:
        self.question = question
        self.demand = demand
        self.analysis = analysis
        self.of_project = (analysis.project or "",) if several else ()
        self.suffix = f" ({analysis.project})" if several else ""

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong or missing."""
        yield from self._of_one_analysis()
        if self.demand.same_commit:
            yield from self._of_this_commit()
        own = [finding for limit in self.demand.limits for finding in self._within(limit)]
        if self.demand.status:
            yield from self._status()
            yield from self._conditions({limit.metric for limit in self._broken_limits()})
            yield from self._left_out()
        yield from own

    def _of_one_analysis(self) -> Iterator[Finding]:
        if self.analysis.differences:
            yield self._missing(
                f"the reports are about different analyses: {'; '.join(self.analysis.differences)}",
                "analysis",
                "give reports of one analysis alone; an old report-task.txt may lie in the workspace",
            )

    def _of_this_commit(self) -> Iterator[Finding]:
        commits = {commit.casefold() for commit in self.question.build.commits}
        revisions = self.analysis.revisions
        others = [revision for revision in revisions if revision.casefold() not in commits]
        if not commits:
            message = "the commit of this build is not known, so no analysis can be of it"
            yield self._missing(message, "commit")
        elif not revisions:
            yield self._missing("no report says which commit was analysed", "commit", _COMMIT_FIX)
        elif others:
            message = f"the analysis is of commit {', '.join(others[:3])}, not of this build"
            yield self._missing(message, "commit", "give the reports of this build's own analysis")

    def _status(self) -> Iterator[Finding]:
        status = self.analysis.status
        if status is None:
            yield self._no_status()
        elif status is not GateStatus.OK:
            different = len({status for status, _ in self.analysis.statuses}) > 1
            yield self.question.finding(
                self._status_message(status) + self.suffix,
                identity=("status", *self.of_project),
                place=self.question.rule.place_of("status"),
                details=[f"{word} in {name}" for word, name in self.analysis.statuses] if different else (),
            )
        elif self.analysis.judged_nothing and not (self.demand.accepts_left_out and self.demand.limits):
            yield self._missing(
                "the quality gate is OK, but it judged nothing: no condition has a value",
                "conditions",
                "narrow the policy's scope to changes of code, or judge by `conditions` with "
                "`ignored-conditions: accept`",
            )

    def _status_message(self, status: GateStatus) -> str:
        if status is GateStatus.NONE:
            return "no quality gate is associated with the analysis (NONE)"
        name = f" {self.analysis.gate!r}" if self.analysis.gate else ""
        return f"the quality gate{name} is {status}; OK is demanded"

    def _no_status(self) -> Finding:
        analysis = next((a.analysis_id for a in self.analysis.answers if a.analysis_id), None)
        status = (
            f"give the answer of api/qualitygates/project_status?analysisId={analysis or 'ID'} as evidence"
        )
        if not self.analysis.pointers:
            return self._missing("no report holds the status of the quality gate", "status", status)
        pointer = self.analysis.pointers[0]
        task = f"fetch api/ce/task?id={pointer.task_id} until it says SUCCESS and names the analysisId; "
        return self._missing(
            f"{pointer.source.name} only points to task {pointer.task_id}; the status has not been fetched",
            "status",
            status if analysis else task + status,
        )

    def _conditions(self, said: set[str]) -> Iterator[Finding]:
        for metric, condition in _by_metric(self.analysis.broken).items():
            if metric in said:
                continue
            yield self._violation(metric, demanded_by_gate(condition))

    def _left_out(self) -> Iterator[Finding]:
        if self.demand.accepts_left_out:
            return
        # a limit that the policy's own value keeps excuses nothing: a layer could add a lax one
        said = {limit.metric for limit in self._broken_limits()} | set(_by_metric(self.analysis.broken))
        for metric, condition in _by_metric(self.analysis.left_out).items():
            if metric not in said:
                yield self._violation(
                    metric,
                    f"{demanded_by_gate(condition)}, and SonarQube left it out because the change is small",
                )
        if self.analysis.left_out_unnamed:
            yield self.question.finding(
                "SonarQube left conditions out because the change is small, and does not say which"
                + self.suffix,
                identity=("left-out", *self.of_project),
                place=self.question.rule.place_of("ignored-conditions"),
            )

    def _within(self, limit: Limit) -> Iterator[Finding]:
        values = self.analysis.values(limit.metric)
        odd = [value for value in values if limit.number(value.text) is None]
        if odd:
            yield self._missing(
                f"{limit.metric} has the value {odd[0].text!r} in {odd[0].source}, which is no number",
                f"metric:{limit.metric}",
            )
        elif not values:
            yield self._missing(
                f"{limit.metric} has no value",
                f"metric:{limit.metric}",
                f"give the answer of api/measures/component?metricKeys={limit.metric} as evidence",
            )
        worst = limit.worst(value.text for value in values)
        if worst is not None and limit.broken_by(worst):
            different = len({limit.number(value.text) for value in values}) > 1
            yield self._violation(
                limit.metric,
                f"{limit.metric} is {limit.shown(worst)}; the policy demands {limit.demand}",
                details=[f"{value.text} in {value.source}" for value in values] if different else (),
            )

    def _broken_limits(self) -> Iterator[Limit]:
        for limit in self.demand.limits:
            worst = limit.worst(value.text for value in self.analysis.values(limit.metric))
            if worst is not None and limit.broken_by(worst):
                yield limit

    def summary(self) -> Iterator[str]:
        """The line for people, in parts."""
        if self.demand.status or self.analysis.status is not None:
            yield " ".join((*self.of_project, self.analysis.status or "no status"))
        for limit in self.demand.limits:
            values = [value.text for value in self.analysis.values(limit.metric)]
            yield limit.summary(values)
        if self.demand.status and self.demand.accepts_left_out:
            yield from (f"{metric} left out by SonarQube" for metric in _by_metric(self.analysis.left_out))

    def figures(self) -> Iterator[tuple[str, str | int | float]]:
        """The status and the value of every metric with a limit."""
        prefix = f"{self.analysis.project}." if self.of_project else ""
        if self.analysis.status is not None:
            yield f"{prefix}status", str(self.analysis.status)
        for limit in self.demand.limits:
            worst = limit.worst(value.text for value in self.analysis.values(limit.metric))
            if worst is not None:
                yield f"{prefix}{limit.metric}", float(worst)

    def _violation(self, metric: str, message: str, details: Iterable[str] = ()) -> Finding:
        return self.question.finding(
            message + self.suffix,
            identity=("condition", metric, *self.of_project),
            place=self.question.rule.place_of(f"conditions.{metric}"),
            details=details,
        )

    def _missing(self, message: str, about: str, fix: str | None = None) -> Finding:
        return self.question.missing(message + self.suffix, identity=(about, *self.of_project), fix=fix)


def _by_metric(conditions: Iterable[Condition]) -> dict[str, Condition]:
    """The first condition on each metric."""
    found: dict[str, Condition] = {}
    for condition in conditions:
        found.setdefault(condition.metric, condition)
    return found
