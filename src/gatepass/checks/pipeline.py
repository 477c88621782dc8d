"""What ran in the pipeline, how often, by whose hand, and defined by what.

```yaml
- id: pipeline
  check: pipeline
  required-jobs: [build, "test *"]
  no-skipped-jobs: true
  no-re-run-until-green: true
```

asks that the job `build` and every job whose name begins with `test ` ran and succeeded, that no other job
was skipped, and that none of it is green only because somebody ran it again. `gatepass collect github` (or
`gitlab`, `bitbucket`, `azure`) writes the evidence, and the gate must be a step of the very run that it
judges.

| requirement | holds when |
|---|---|
| `required-jobs` | each glob fits a job of the run, and each job that it fits succeeded |
| `required-checks` | the program that is named reported each of these on the commit, as a success |
| `no-failed-jobs` | every job that ended succeeded or was skipped, but for those that `may-fail` |
| `no-skipped-jobs` | no job was skipped, but for those that `may-be-skipped`, by name or stage |
| `maximum-attempts` | there were not more attempts at the workflow for this commit |
| `no-re-run-until-green` | no earlier attempt for this commit failed |
| `manual-jobs-attributed` | each manual job that ran was started by a human being whom the forge names |
| `workflow-unchanged` | the change does not touch the files that define the pipeline |
| `pinned` | foreign code is named by commit id or digest, but for what is `trusted` |
| `events` | the event, in the forge's own words, fits one of the globs |

**Success alone is success.** Skipped, neutral, cancelled, given up, waiting to be started by hand, still
running, and failed where the pipeline lets that pass are not, although GitHub merges on several of them.
The one job that need not have ended is the gate's own, where the evidence tells which that is; another one
of its name is judged. Let the gate wait for what it requires, also when that fails: with `needs:` alone it
would be skipped itself, and a skipped gate stops nobody.

**Without such a rule.** Results of jobs that the step hands over itself (the action's `job-results:`) are
judged in any case: where no rule looks at them that asks for `required-jobs`, `no-failed-jobs` or
`no-skipped-jobs`, each job in them must have succeeded, or `gatepass/jobs` fails, which nothing overrides.
So does a list that is empty, unreadable, or of another run. A rule with one of the three says it otherwise:
`may-fail` and `may-be-skipped` name what need not succeed.

**Names.** Globs of jobs mind capitals; `*` stays within `/`, which stands in the names of jobs of reusable
workflows (`release / build`), and `**` does not. Square brackets are a class of signs: write `"test: *"`
for `test: [linux, 3.13]`. All jobs of a matrix are judged. Whoever may change the pipeline's files can call
anything `build`: ask for `workflow-unchanged` too, and let owners review what does change there.

**What others report.** Whoever may write to the repository can set a status of any name, so
`required-checks` names the program as well, and what others report under the same name does not count:

```yaml
  required-checks:
    codecov: [codecov/patch]
    "acme-ci[bot]": [integration]
    "@release-robot": [signed]
```

On GitHub check runs are by an app (its short name, as in the address of its page), and statuses by an
account: an app's is that name with `[bot]`, anybody else's has an `@` before it, since people may be called
like apps. On GitLab they are by an account, without the `@`. `github-actions` is every workflow of the
repository, also one that this change adds, and proves little. Bitbucket does not tell who reported: what is
required there never passes. `required-jobs` is about jobs of this run alone.

**Re-runs.** Attempts are those of this run and of earlier runs of the workflow for the same commit,
whatever set them off: a workflow that runs for the push and for the pull request makes two. The finding
names the job that failed before and who ran it again. An attempt that was cancelled failed. One in which
nothing failed but the gate itself (it waited for an approval) or a job that `may-fail` does not count,
neither here nor for `maximum-attempts`. One whose end nobody knows, or that has not ended, is missing
evidence. A failure that is mended needs a commit, and a commit has no earlier attempts; neither has one
that changes nothing, which reviewers see.

**Still running.** Under `no-failed-jobs` a job beside the gate that has not ended is missing evidence. Jobs
that have not begun, and manual ones that nobody started, are not asked about: require those that must have
run.

**Manual jobs.** GitHub has none; who let a job go into an environment is in the record. Bitbucket
does not tell who started one, and Azure not even that a stage was started by hand: there the rule cannot be
judged.

**Foreign code.** `trusted` are globs of names, with or without what follows the `@` (`actions/**`);
capitals make no difference. What stands in the repository itself is as pinned as the commit. Nobody looks
into what foreign code uses in its turn, or what a script downloads.

**What cannot be judged.** Answers about another repository, commit, run or attempt than the build's,
answers that may be incomplete or list no job, a run of which no job is running (the gate is a step of one),
and a build of which nobody tells commit or run (on a workstation): all missing evidence. So are changed
files and foreign code that nobody looked for; outside change requests there are no changed files, so limit
such a rule by the policy's `scope`. Every answer that is given must be about this very run. A file may have
been written by anybody, also by a step before this one: add `collected: true`.

A finding is known by the name of the job, program, file or action that it is about. That a job did not run
and that it failed are different findings: an override of the one does not cover the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatepass.checks._breaches import at_most
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._pipeline_attempts import attempts_found, counted
from gatepass.checks._pipeline_code import code_found
from gatepass.checks._pipeline_gaps import gap_of
from gatepass.checks._pipeline_jobs import jobs_found, own_jobs
from gatepass.checks._pipeline_reports import reports_found
from gatepass.checks._pipeline_rule import PARAMETERS, Asked, mistakes
from gatepass.model.decision import Finding, FindingKind
from gatepass.model.pipeline import JobStatus, Pipeline

_SHOWN = 3  # findings in the line for people; the report has all of them


def _judge(question: Question) -> Judgement:
    asked = Asked.of(question.rule)
    given = [each for each in question.evidence if isinstance(each, Pipeline)]
    gaps = [(each, gap_of(question, each)) for each in given]
    runs = [each for each, gap in gaps if gap is None]
    found: dict[str, Finding] = {gap.fingerprint: gap for _, gap in gaps if gap is not None}
    for run in runs:
        for finding in _found(question, asked, run):
            found.setdefault(finding.fingerprint, finding)
    missing = [each for each in found.values() if each.kind is not FindingKind.VIOLATION]
    broken = at_most(question, [each for each in found.values() if each.kind is FindingKind.VIOLATION])
    lines = [
        f"{run.source.name}: {_in_one_line(run)}" if len(runs) > 1 else _in_one_line(run) for run in runs
    ]
    said = [*lines, *_first([each.message for each in (*broken, *missing)])]
    jobs = [job for run in runs for job in own_jobs(run)]
    return Judgement(
        " · ".join(said) or "nothing tells of the run",
        (*missing, *broken),
        (
            ("jobs", len(jobs)),
            ("succeeded", sum(job.status is JobStatus.SUCCESS for job in jobs)),
            ("attempts", max(map(counted, runs), default=0)),
        ),
    )


def _found(question: Question, asked: Asked, run: Pipeline) -> Iterator[Finding]:
    yield from jobs_found(question, asked, run)
    yield from reports_found(question, asked, run)
    yield from attempts_found(question, asked, run)
    yield from code_found(question, asked, run)


def _in_one_line(run: Pipeline) -> str:
    jobs = own_jobs(run)
    good = sum(job.status is JobStatus.SUCCESS for job in jobs)
    again = f", attempt {run.attempt}" if run.attempt is not None and run.attempt > 1 else ""
    return f"{good:,} of {len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'} succeeded{again}"


def _first(messages: Sequence[str]) -> list[str]:
    more = len(messages) - _SHOWN
    return [*messages[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]


CHECK = Check(
    name="pipeline",
    title="What ran, how often, and by whose hand",
    evidence=Pipeline.KIND,
    parameters=PARAMETERS,
    judge=_judge,
    validate=mistakes,
    example="""\
id: pipeline
title: Everything ran at the first try, as the main branch defines it
check: pipeline
required-jobs: [build, "test *", lint]
required-checks: {codecov: [codecov/patch]}
no-failed-jobs: true
no-skipped-jobs: true
may-be-skipped: [deploy-preview]
maximum-attempts: 3
no-re-run-until-green: true
manual-jobs-attributed: true
workflow-unchanged: true
pinned: true
trusted: ["actions/**"]
collected: true
controls: ["soc2:CC8.1"]
""",
)
