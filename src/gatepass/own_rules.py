"""What gatepass asks of every build, whatever the policies ask: rules of its own, in the policy ``gatepass``.

| rule | holds when |
|---|---|
| `gatepass/evidence` | every report that was given can be recognised |
| `gatepass/jobs` | every job succeeded whose result was handed over, where no policy judges those jobs |

Pure. A rule that holds leaves no result: it is no reason to let anything through. Both block always, and no
policy can allow an override of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gatepass.checks import Judgement, Question, fingerprint
from gatepass.model.build import Build
from gatepass.model.decision import Finding, FindingKind, RuleResult
from gatepass.model.evidence import Evidence
from gatepass.model.pipeline import JOB_RESULTS, Pipeline
from gatepass.model.place import Place
from gatepass.model.policy import OWN_SOURCE, Policy, Rule
from gatepass.model.source import Source

_EVIDENCE = Rule(
    id="evidence",
    policy="gatepass",
    check="evidence",
    place=Place("gatepass:evidence", 1),
    title="Every report that was given can be read",
    fix="name only reports that the gate knows (gatepass evidence formats), or mend what writes them",
)
_JOBS = Rule(
    id="jobs",
    policy="gatepass",
    check=Pipeline.KIND,
    place=Place("gatepass:jobs", 1),
    title="Every job succeeded that the gate was told of",
    parameters={"no-failed-jobs": True, "no-skipped-jobs": True},
    fix="mend the job; where it may end otherwise, a rule of `check: pipeline` in a policy says so: "
    "required-jobs, no-failed-jobs with may-fail, no-skipped-jobs with may-be-skipped",
)
_ABOUT_JOBS = ("required-jobs", "no-failed-jobs", "no-skipped-jobs")
OWN_POLICY = Policy(
    name="gatepass",
    source=OWN_SOURCE,
    sha256=hashlib.sha256(f"{_EVIDENCE.title}\n{_JOBS.title}".encode()).hexdigest(),  # it stands in no file
    rules=(_EVIDENCE, _JOBS),
    title="What gatepass itself asks of every build",
)


def broken_own_rules(
    results: Sequence[RuleResult],
    evidence: Sequence[Evidence],
    sources: Sequence[Source],
    build: Build,
    now: datetime,
) -> Iterator[RuleResult]:
    """The results of our own rules that do not hold; ``results`` are those of the policies."""
    if unread := tuple(_unread(sources)):
        names = tuple(finding.place.path for finding in unread)
        yield RuleResult(_EVIDENCE, now, "a report could not be used", unread, sources=names)
    if handed := _unjudged(results, sources):
        jobs = _jobs(handed, evidence, build, now)
        if jobs.findings:
            yield RuleResult(_JOBS, now, jobs.summary, jobs.findings, jobs.figures, tuple(sorted(handed)))


def _unread(sources: Sequence[Source]) -> Iterator[Finding]:
    """Findings for the sources whose kind is not even known, so that no rule of a policy would miss them."""
    for source in sources:
        if source.kind is None and source.problem is not None:
            yield _unusable(_EVIDENCE, source, FindingKind.MISSING_EVIDENCE, (source.name,))


def _unjudged(results: Sequence[RuleResult], sources: Sequence[Source]) -> dict[str, Source]:
    """The job results, by name, that no rule of a policy looks at which asks how jobs ended."""
    asking = (
        result
        for result in results
        if result.rule.check == Pipeline.KIND and any(map(result.rule.parameters.get, _ABOUT_JOBS))
    )
    copied = {each.name: each.same_as for each in sources if each.same_as is not None}
    seen = {copied.get(name, name) for result in asking for name in result.sources}
    return {
        each.name: each
        for each in sources
        if each.format == JOB_RESULTS and each.same_as is None and each.name not in seen
    }


def _jobs(handed: dict[str, Source], evidence: Sequence[Evidence], build: Build, now: datetime) -> Judgement:
    """What the check `pipeline` says of them, and which of them could not be read."""
    from gatepass.checks.pipeline import CHECK  # slow to import

    # a file beside what was asked of the forge is unusable for policies, yet what it says still counts here
    read = tuple(each for each in evidence if isinstance(each, Pipeline) and each.source.name in handed)
    said = {each.source.name for each in read}
    broken = [
        _unusable(_JOBS, source, FindingKind.BROKEN_EVIDENCE, ("broken", name))
        for name, source in sorted(handed.items())
        if name not in said
    ]
    if not read:
        return Judgement("the results of the jobs before could not be used", tuple(broken))
    judged = CHECK.judge(Question(_JOBS, read, build, now))
    place = Place(read[0].source.name)
    found = (replace(each, place=place) if len(read) == 1 else each for each in judged.findings)
    return replace(judged, findings=(*broken, *found))


def _unusable(rule: Rule, source: Source, kind: FindingKind, identity: tuple[str, ...]) -> Finding:
    problem = source.problem
    assert problem is not None
    return Finding(
        rule=rule.code,
        message=f"{source.name} {problem.message}",
        place=Place(source.name, problem.line, problem.column),
        fingerprint=fingerprint(rule.code, "missing", *identity),
        kind=kind,
        fix=rule.fix,
    )
