"""From a predicate back to the build it was about, so that a decision can be made again."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from gatepass.errors import VerificationError
from gatepass.model.build import Actor, Artifact, Assurance, Build, ChangeRequest, Event, Run
from gatepass.model.facts import Json
from gatepass.record.reading import entries, field_object
from gatepass.record.signed_json import Object


def build_of(predicate: Object) -> Build:
    """The build as the record tells it; the counterpart of `gatepass.record._build`.

    Raises `VerificationError` when the record holds only a part of the changed paths.
    """
    said = field_object(predicate, "build")
    try:
        build = Build(
            platform=str(said["platform"]),
            repository=_text(said, "repository"),
            repository_id=_text(said, "repositoryId"),
            commit=_text(said, "commit"),
            other_commits=_texts(said.get("otherCommits")),
            ref=_text(said, "ref"),
            branch=_text(said, "branch"),
            tag=_text(said, "tag"),
            event=Event(str(said["event"])),
            run=_run(field_object(said, "run")) if "run" in said else Run(),
            actors=tuple(_actor(each) for each in entries(said, "actors")) if "actors" in said else (),
            artifacts=tuple(_artifact(each) for each in entries(said, "artifacts"))
            if "artifacts" in said
            else (),
            changed_paths=_changed_paths(said.get("changedPaths")),
        )
    except (KeyError, ValueError) as error:
        raise VerificationError(f"the build in the record is not whole: {error}") from None
    change = said.get("changeRequest")
    return replace(build, change_request=_change_request(change)) if isinstance(change, dict) else build


def _text(holder: Object, name: str) -> str | None:
    return cast("str | None", holder.get(name))


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _run(run: Object) -> Run:
    attempt = run.get("attempt")
    return Run(
        id=_text(run, "id"),
        attempt=attempt if isinstance(attempt, int) else None,
        url=_text(run, "url"),
        workflow=_text(run, "workflow"),
        job=_text(run, "job"),
    )


def _actor(actor: Object) -> Actor:
    return Actor(
        str(actor["role"]), str(actor["login"]), _text(actor, "id"), Assurance(str(actor["assurance"]))
    )


def _artifact(artifact: Object) -> Artifact:
    digests = field_object(artifact, "digest")
    size = artifact.get("size")
    return Artifact(
        str(artifact["name"]),
        tuple((name, str(value)) for name, value in digests.items()),
        size if isinstance(size, int) else None,
    )


def _change_request(change: Object) -> ChangeRequest:
    return ChangeRequest(
        number=_text(change, "number") or "",
        head=_text(change, "head"),
        base=_text(change, "base"),
        source_branch=_text(change, "sourceBranch"),
        target_branch=_text(change, "targetBranch"),
        author=_text(change, "author"),
        url=_text(change, "url"),
    )


def _changed_paths(changed: Json) -> tuple[str, ...] | None:
    if not isinstance(changed, dict):
        return None
    paths = _texts(changed.get("items"))
    if len(paths) != changed.get("count"):
        raise VerificationError(
            "the record holds only a part of the changed paths; it cannot be judged again"
        )
    return paths
