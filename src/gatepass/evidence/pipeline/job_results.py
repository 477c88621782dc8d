"""How the jobs before the gate ended, in the words of the pipeline itself.

GitHub's ``needs`` context, as the action writes it down with the run that it is of: a job that was skipped
or cancelled is seen by the gate, which runs whatever happened before. Whoever writes the workflow could have
written anything, so what it says is self-asserted; `gatepass collect github` asks the platform instead, and
tells of attempts, actions and changed workflows as well. Jobs have the ids of the workflow here, there the
names that people see.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context
"""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import Format, OpenReport, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_count, as_object, as_text, read_json
from gatepass.model.facts import Json
from gatepass.model.pipeline import JOB_RESULTS, Job, JobStatus, Pipeline

SCHEMA = "gatepass/job-results/v1"
_RESULTS = {
    "success": JobStatus.SUCCESS,
    "failure": JobStatus.FAILURE,
    "cancelled": JobStatus.CANCELLED,
    "skipped": JobStatus.SKIPPED,
}


def _recognises(head: Head) -> bool:
    return head.json is not None and head.json.shape == "object" and head.json.values.get("schema") == SCHEMA


def _read(report: OpenReport) -> Reading:
    document = as_object(read_json(report), "the document")
    run, commit = (as_text(document.get(key), limit=200) for key in ("run", "commit"))
    if not run or not commit:
        raise UnreadableEvidence("does not say which run it is of, and for which commit")
    jobs = tuple(_jobs(as_object(document.get("jobs"), "jobs")))
    attempt = as_count(document.get("attempt"), "attempt") or None
    gate = as_text(document.get("job"), limit=300)
    if not jobs:
        raise UnreadableEvidence("lists no jobs; the gate's job needs none", code="empty")
    evidence = Pipeline(
        report.source,
        run=run,
        commit=commit,
        repository=as_text(document.get("repository"), limit=300) or None,
        attempt=attempt,
        manual_known=True,  # GitHub has none
        jobs=(*jobs, Job(gate, JobStatus.RUNNING, attempt=attempt)) if gate else jobs,
        gate_job=gate or None,
    )
    return Reading(evidence, None, commit)


def _jobs(results: dict[str, Json]) -> Iterator[Job]:
    for name, value in results.items():
        result = as_text(as_object(value, f"the job {name[:100]!r}").get("result"), limit=60)
        if not name.strip():
            raise UnreadableEvidence("lists a job without a name")
        if result not in _RESULTS:
            raise UnreadableEvidence(f"tells of the job {name[:100]!r} a result that there is not")
        yield Job(name, _RESULTS[result])


FORMAT = Format(
    name=JOB_RESULTS,
    title="Results of the jobs before, by the GitHub action",
    kind=Pipeline.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context",
)
