"""SARIF 2.1.0, the results of any static analyser.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; paragraphs named here are its. Logs that
break the schema in what does not matter to a judge are read all the same: many do.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_object, as_text, objects, read_json
from gatepass.evidence._open import OpenReport
from gatepass.evidence.findings._sarif_paths import Paths
from gatepass.evidence.findings._sarif_results import Collector, Results
from gatepass.evidence.findings._sarif_rules import Rules
from gatepass.model.facts import Json
from gatepass.model.scan import Scan, ScanResult, Tool
from gatepass.model.source import ProblemCode

_VERSION = "2.1.0"
_SIGNS = ("version", "runs[].tool.driver", "runs[].tool.name", "runs[].results[].message")
# what decides about a result and must not lie in another file (§3.14.2)
_DECISIVE = ("results", "driver", "extensions", "invocations")
_OURS = "gatepass"  # the tool of our report `sarif`
_MOST_NOTES = 20


def recognises(head: Head) -> bool:
    """Any version of SARIF, so that an old one is refused by name: ``runs`` beside ``version`` or a tool."""
    outline = head.json
    return bool(outline and outline.shape == "object" and outline.has("runs") and outline.has_any(*_SIGNS))


def read(report: OpenReport) -> Reading:
    """The results that stand for violations, and whether each run finished.

    A run without ``results`` did not scan (§3.14.23); one whose invocation did not succeed, or whose results
    lie in another file, failed. When all runs failed the reading says so. Raises `UnreadableEvidence` for
    other versions, for a log without runs (code ``empty``), and for runs of different commits.
    """
    with _no_cycle_collection():
        collected = Collector()
        document = as_object(read_json(report, stream={"runs[].results[]": collected.add}), "the log")
        _refuse_other_versions(document)
        try:
            return _typed(report, document, collected)
        except RecursionError:  # a value in it is nested as deeply as the parser just lets through
            raise UnreadableEvidence("is nested too deeply") from None


@contextmanager
def _no_cycle_collection() -> Iterator[None]:
    """Without it, looking for cycles among a hundred thousand new results takes a tenth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _typed(report: OpenReport, document: dict[str, Json], collected: Collector) -> Reading:
    runs = [as_object(run, f"runs[{n}]") for n, run in enumerate(as_array(document.get("runs"), "runs"))]
    if not runs:
        raise UnreadableEvidence("has no runs: no tool wrote anything into it", code="empty")

    remark: dict[str, None] = {}
    typed = Results(collected, remark)
    tools: list[Tool] = []
    results: list[ScanResult] = []
    for number, run in enumerate(runs):
        rules = Rules(run, remark)
        tool = _tool(run, rules, _failure(run, document))
        if tool.name == _OURS:
            raise UnreadableEvidence(
                "is a report of gatepass, which scans nothing: leave it out of the evidence",
                code=ProblemCode.OUR_OWN.value,
            )
        tools.append(tool)
        results.extend(typed.of_run(number, tool.name, rules, Paths(run)))
        _remark_notifications(run, tool.name, remark)

    return Reading(
        Scan(report.source, tuple(tools), tuple(results), typed.not_counted),
        producer=", ".join(dict.fromkeys(f"{t.name} {t.version or ''}".strip() for t in tools))[:200],
        commit=_commit(runs),
        created=_created(runs),
        failed=_all_failed(tools),
        notes=tuple(remark)[:_MOST_NOTES],
    )


def _refuse_other_versions(document: dict[str, Json]) -> None:
    version = document.get("version")
    if version is None:
        raise UnreadableEvidence(f"names no SARIF version; SARIF {_VERSION} is read")
    if version != _VERSION:
        raise UnreadableEvidence(
            f"is SARIF {str(version)[:40]}; only {_VERSION} is read: update the tool, or convert the log"
            " with `sarif-multitool transform`"
        )


def _tool(run: dict[str, Json], rules: Rules, failure: str | None) -> Tool:
    tool = run.get("tool")
    driver = tool.get("driver") if isinstance(tool, dict) else None
    driver = driver if isinstance(driver, dict) else {}
    version = as_text(driver.get("semanticVersion"), limit=100) or as_text(driver.get("version"), limit=100)
    return Tool(
        as_text(driver.get("name"), limit=100) or "unnamed tool", version or None, len(rules), failure
    )


def _failure(run: dict[str, Json], document: dict[str, Json]) -> str | None:
    """Why a run cannot be taken for a finished scan, None when it can."""
    results = run.get("results")
    if _elsewhere(run.get("externalPropertyFileReferences")) or any(
        _elsewhere(each) for each in objects(document.get("inlineExternalProperties"))
    ):
        return "its results lie elsewhere, in external properties"
    invocations = run.get("invocations")
    for number, each in enumerate([] if invocations is None else as_array(invocations, "invocations")):
        invocation = as_object(each, f"invocations[{number}]")
        # odd values (null, "false") are no success either
        if invocation.get("executionSuccessful", True) is not True:
            return f"says that its execution failed{_reason(invocation)}"
    if results is None:
        return "has no results: it did not scan"
    as_array(results, "results")
    return None


def _elsewhere(references: Json) -> bool:
    return isinstance(references, dict) and any(references.get(name) for name in _DECISIVE)


def _reason(invocation: dict[str, Json]) -> str:
    for name in ("exitCodeDescription", "exitSignalName", "processStartFailureMessage"):
        if text := as_text(invocation.get(name), limit=200):
            return f": {text}"
    for each in _errors(invocation):
        return f": {each}"
    code = invocation.get("exitCode")
    return f" with exit code {code}" if isinstance(code, int) else ""


def _errors(invocation: dict[str, Json]) -> list[str]:
    """The texts of the notifications of level error."""
    found = []
    for name in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        for each in objects(invocation.get(name)):
            if each.get("level") == "error":
                message = each.get("message")
                text = as_text(message.get("text"), limit=200) if isinstance(message, dict) else ""
                found.append(text or "without a text")
    return found


def _remark_notifications(run: dict[str, Json], tool: str, remark: dict[str, None]) -> None:
    errors = [text for invocation in objects(run.get("invocations")) for text in _errors(invocation)]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        remark[f"{tool} met an error while it ran: {errors[0]}{more}"] = None


def _all_failed(tools: list[Tool]) -> str | None:
    if any(tool.failure is None for tool in tools):
        return None
    return "; ".join(dict.fromkeys(f"{tool.name} {tool.failure}" for tool in tools))[:1000]


def _commit(runs: list[dict[str, Json]]) -> str | None:
    """The commit of the first checkout of each run; further ones are submodules and the like."""
    named = [objects(run.get("versionControlProvenance"))[:1] for run in runs]
    commits = {
        text for first in named for each in first if (text := as_text(each.get("revisionId"), limit=100))
    }
    if len(commits) > 1:
        raise UnreadableEvidence(
            f"its runs are of different commits: {', '.join(sorted(commits)[:3])}", code="ambiguous"
        )
    return next(iter(commits), None)


def _created(runs: list[dict[str, Json]]) -> datetime | None:
    """The oldest of the runs' times, so that one fresh run does not make old ones fresh."""
    found = [
        moment
        for run in runs
        for each in objects(run.get("invocations"))
        if (moment := instant(each.get("endTimeUtc")) or instant(each.get("startTimeUtc")))
    ]
    return min(found, default=None)


FORMAT = Format(
    name="sarif",
    title="SARIF 2.1.0",
    kind=Scan.KIND,
    recognises=recognises,
    read=read,
    page="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
)
