"""Foreign code that a workflow of GitHub Actions names: actions, reusable workflows, images.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gatepass.errors import UnreadableEvidence
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Use
from gatepass.strict_yaml import YamlMistake, parse

_BY_COMMIT = re.compile(r"[^@\s]+@[0-9a-fA-F]{40}")
_BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_DOCKER = "docker://"
_BESIDE = "./"


def uses_of(collection: Collection) -> tuple[tuple[Use, ...] | None, tuple[str, ...]]:
    """What the files of the workflow name, and what cannot be told; None when a file cannot be read.

    What stands in the repository itself is as pinned as the commit, and its own files are read too. What a
    step puts there while it runs is pinned by nothing, and nobody knows what it uses.
    """
    answers = collection.of("workflow")
    there = {each.about: each.body for each in answers if each.status == 200}
    if not answers or answers[0].about not in there:
        return None, ("the file of the workflow is not there, or the token may not see it",)
    found: list[Use] = []
    for path, body in there.items():
        try:
            found.extend(_uses(path, body))
        except UnreadableEvidence as error:
            return None, (f"{path} {error.message}",)
    unseen = dict.fromkeys(
        use.name for use in found if use.name.startswith(_BESIDE) and not _is_in(there, use)
    )
    uses = tuple(replace(use, pinned=False) if use.name in unseen else use for use in found)
    return uses, tuple(f"{name} is not in the repository: what it uses is not known" for name in unseen)


def _uses(path: str, body: str) -> Iterator[Use]:
    try:
        document = parse(body.encode(), path)
    except YamlMistake as mistake:
        raise UnreadableEvidence(mistake.message) from None
    for at, name in _named(document.value):
        yield Use(name, _is_pinned(name), path, document.place(at).line)


def _named(workflow: Json) -> Iterator[tuple[str, str]]:
    """Path in the file, and name."""
    if not isinstance(workflow, dict):
        raise UnreadableEvidence("is no workflow and no action")
    yield from _steps(workflow.get("runs"), "runs")
    runs = workflow.get("runs")
    if isinstance(runs, dict) and isinstance(image := runs.get("image"), str) and image.startswith(_DOCKER):
        yield "runs.image", image
    for name, job in _members(workflow.get("jobs")):
        at = f"jobs.{name}"
        if isinstance(job, dict) and isinstance(used := job.get("uses"), str):
            yield f"{at}.uses", used
        yield from _steps(job, at)
        if isinstance(job, dict):
            yield from _image(job.get("container"), f"{at}.container")
            for service, value in _members(job.get("services")):
                yield from _image(value, f"{at}.services.{service}")


def _steps(holder: Json, at: str) -> Iterator[tuple[str, str]]:
    steps = holder.get("steps") if isinstance(holder, dict) else None
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        if isinstance(step, dict) and isinstance(used := step.get("uses"), str):
            yield f"{at}.steps[{index}].uses", used


def _image(value: Json, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value:
        yield at, f"{_DOCKER}{value}"
    elif isinstance(value, dict) and isinstance(image := value.get("image"), str) and image:
        yield f"{at}.image", f"{_DOCKER}{image}"


def _members(value: Json) -> list[tuple[str, Json]]:
    return list(value.items()) if isinstance(value, dict) else []


def _is_pinned(name: str) -> bool:
    if name.startswith(_DOCKER):
        return _BY_DIGEST.fullmatch(name.removeprefix(_DOCKER)) is not None
    return name.startswith(_BESIDE) or _BY_COMMIT.fullmatch(name) is not None


def _is_in(there: Mapping[str, str], use: Use) -> bool:
    path = "/".join(part for part in use.name.split("/") if part not in ("", "."))
    return any(each in there for each in (path, f"{path}/action.yml", f"{path}/action.yaml"))
