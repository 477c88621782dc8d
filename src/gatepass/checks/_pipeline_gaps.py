"""Why what is told of a run cannot be relied on for the build that is judged."""

from __future__ import annotations

from gatepass.checks._check import Question
from gatepass.checks._pipeline_jobs import gates_job
from gatepass.model.build import Build
from gatepass.model.decision import Finding
from gatepass.model.pipeline import JobStatus, Pipeline

_AGAIN = "collect it in this very run (--collect github, gitlab, bitbucket or azure)"


def gap_of(question: Question, pipeline: Pipeline) -> Finding | None:
    """The finding that this evidence cannot be judged, None when it can."""
    if foreign := foreign_run(question, pipeline):
        return foreign
    if pipeline.complete:
        return None
    name = pipeline.source.name
    return question.missing(
        f"{name} may not tell everything about the run", identity=(name, "incomplete"), fix=_AGAIN
    )


def foreign_run(question: Question, pipeline: Pipeline) -> Finding | None:
    """The finding that evidence does not tell of the run that the gate is a step of, None when it does."""
    name = pipeline.source.name
    if why := _is_of_another(question.build, pipeline):
        return question.missing(f"{name} is about {why}", identity=(name, "another"), fix=_AGAIN)
    if why := _is_unknown(question.build, pipeline):
        return question.missing(why, identity=(name, "unknown"), fix="run the gate as a step of the pipeline")
    jobs = [each for each in pipeline.jobs if each.app is None]
    if not jobs:
        return question.missing(f"{name} lists no job of the run", identity=(name, "empty"), fix=_AGAIN)
    # whoever writes the pipeline can name another run of this commit in its variables, one that went well
    if all(each.status is not JobStatus.RUNNING for each in jobs):
        return question.missing(
            f"{name} tells of no job that is running, and the gate is a step of one: that run is over",
            identity=(name, "over"),
            fix=_AGAIN,
        )
    return None


def _is_of_another(build: Build, pipeline: Pipeline) -> str | None:
    """What it is about, when that is known to be something else than the build."""
    one, other = pipeline.repository, build.repository
    if one and other and one.casefold() != other.casefold():
        return f"the repository {one}, not {other}"
    if build.commits and not any(_names(each, pipeline.commit) for each in build.commits):
        return f"{pipeline.commit[:12] or 'no commit'}, not about this build"
    if build.run.id and pipeline.run != build.run.id:
        return f"the run {pipeline.run}, not {build.run.id}"
    given, told = build.run.attempt, _attempt(pipeline)
    if given is not None and told != given:
        return f"{f'attempt {told}' if told is not None else 'no known attempt'}, not attempt {given}"
    return None


def _is_unknown(build: Build, pipeline: Pipeline) -> str | None:
    """What nobody tells of the build, so that the evidence may be of another one."""
    if not build.commits:
        return "nothing tells which commit this build is of"
    if not build.run.id:
        return "nothing tells which run of the pipeline this build is"
    asked_here = pipeline.source.collected_from is not None
    if build.run.attempt is None and pipeline.attempt is not None and not asked_here:
        return f"nothing tells which attempt this build is, and {pipeline.source.name} is a file about one"
    return None


def _attempt(pipeline: Pipeline) -> int | None:
    """The attempt that the gate's own job is part of: some forges count the tries of each job by itself."""
    own = gates_job(pipeline)
    return own.attempt if own is not None and own.attempt is not None else pipeline.attempt


def _names(given: str, sha: str) -> bool:
    """Whether a commit as the command line may tell it, seven digits at least, is this one."""
    return len(given) >= 7 and sha.lower().startswith(given.lower())
