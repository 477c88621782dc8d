"""What defined the run: its files, the foreign code that they name, the event that set it off."""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.checks._check import Question
from gatepass.checks._pipeline_rule import Asked
from gatepass.globs import matches_any
from gatepass.model.decision import Finding, Subject
from gatepass.model.pipeline import Pipeline, Use


def code_found(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    """A pipeline that the change touches, foreign code that is not pinned, an event that is not allowed."""
    if asked.workflow_unchanged:
        yield from _changed(question, pipeline)
    if asked.pinned:
        yield from _unpinned(question, asked, pipeline)
    if asked.events:
        yield from _event(question, asked, pipeline)


def _changed(question: Question, pipeline: Pipeline) -> Iterator[Finding]:
    if pipeline.workflow_changed is None:
        yield question.missing(
            "nothing tells whether the change touches the files that define the pipeline",
            identity=(pipeline.source.name, "workflow-changed"),
            fix="only a change request has such files, and Azure does not tell of them: limit the policy to "
            "`events: [change-request, merge-queue]`, and collect the run from the forge (--collect)",
        )
    for path in pipeline.workflow_changed or ():
        yield question.finding(
            f"the change touches {path}, which defines the pipeline",
            identity=("workflow-unchanged", path),
            place=question.rule.place_of("workflow-unchanged"),
            subject=Subject(path=path),
            fix=question.rule.fix
            or "take it out of this change, and let its owners review it in one of its own",
        )


def _unpinned(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    if pipeline.uses is None:
        yield question.missing(
            "nothing tells which foreign code the pipeline uses",
            identity=(pipeline.source.name, "uses"),
            fix="collect the run from the forge (--collect), by a token that may read its files",
        )
    found: dict[tuple[str, str], list[Use]] = {}
    for use in pipeline.uses or ():
        if not use.pinned and not asked.trusts(use):
            found.setdefault((use.path, use.name), []).append(use)
    for (path, name), uses in found.items():
        lines = ", ".join(str(use.line) for use in uses if use.line)
        yield question.finding(
            f"{name} in {path}{f':{lines}' if lines else ''} is not pinned",
            identity=("pinned", path, name),
            place=question.rule.place_of("pinned"),
            subject=Subject(path=path),
            fix=question.rule.fix
            or "name it by its whole commit id (owner/name@… with 40 hex digits), an image by @sha256:…",
        )


def _event(question: Question, asked: Asked, pipeline: Pipeline) -> Iterator[Finding]:
    if not pipeline.event:
        yield question.missing(
            "nothing tells which event set off the run", identity=(pipeline.source.name, "event")
        )
    elif not matches_any(pipeline.event, asked.events):
        yield question.finding(
            f"the run was set off by {pipeline.event}, which is none of {', '.join(asked.events)}",
            identity=("events", pipeline.event),
            place=question.rule.place_of("events"),
            fix=question.rule.fix or "let the event of the change set off the pipeline",
        )
