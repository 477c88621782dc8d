"""From a story in YAML to a decision: the stage is set, the gate is run, what it says is read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gatepass.detecting import build_of
from gatepass.gate import Run, run
from gatepass.model.build import Build
from gatepass.model.decision import Decision
from gatepass.request import Request
from support import (
    clone_stage,
    github_stage,
    gitlab_stage,
    openpgp,
    override_stage,
    scan_stage,
    sentences,
    servers_stage,
)
from support.loopback import serving
from support.repositories import ENVIRONMENT

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FORGES = {"github": github_stage, "gitlab": gitlab_stage}
KNOWN = {
    "forge",
    *("story", "happens", "in-the-clone", "code-owners", "evidence", "rules", "allowances"),
    *("overrides", "judged", "decision", "scanned", "artifacts"),
    "servers",
}


@dataclass(frozen=True)
class Told:
    """What came out of a story: the run, and the build as the platform's variables alone tell of it."""

    run: Run
    build: Build


def judged(story: dict[str, Any], folder: Path) -> tuple[Decision, str]:
    """The decision about a story, and the text report."""
    made = told(story, folder).run
    return made.decision, next(text for name, text in made.shown if name == "text")


def told(story: dict[str, Any], folder: Path) -> Told:
    """The story played, with its workspace in the folder."""
    if strange := set(story) - KNOWN:
        raise ValueError(
            f"a story has no {', '.join(sorted(strange))}; it may have {', '.join(sorted(KNOWN))}"
        )
    now = datetime.fromisoformat(story["judged"]) if "judged" in story else NOW
    play = _in_the_clone if "in-the-clone" in story else _at_the_forge
    play = _with_servers if "servers" in story else play
    return play(story, folder, now)


def _at_the_forge(story: dict[str, Any], folder: Path, now: datetime) -> Told:
    stage = sentences.play(_with_a_change(story.get("happens", [])))
    stage.code_owners = story.get("code-owners")
    stage.judged = now
    root = folder / "workspace"
    root.mkdir()
    _write(story, root)
    overrides = override_stage.write(story.get("overrides", {}), stage, root, folder)
    forge = FORGES[story.get("forge", "github")]
    with serving(forge.routes(stage)) as server:
        environment = forge.environment(stage, server.url, folder)
        wanted = forge.collectors(stage, server.url)
        handed_in = forge.files(stage, server.url)
        _put(handed_in, root)
        more = {"evidence": handed_in, "overrides": overrides, "collect": wanted}
        return _run(story, root, now, environment, **more)


def _with_a_change(happens: list[str]) -> list[str]:
    """The sentences, before which alice opens a change request where none of them tells of a commit."""
    told = any("opens a change request" in each or "pushes a commit" in each for each in happens)
    return happens if told else ["alice opens a change request", *happens]


def _in_the_clone(story: dict[str, Any], folder: Path, now: datetime) -> Told:
    stage = clone_stage.play(story["in-the-clone"], folder)
    root = stage.repository.root
    shallow = (root / ".git" / "shallow").exists()
    options = {"base": "HEAD~1" if shallow else "base", "allowed-signers": str(stage.allowed_signers)}
    environment = {**ENVIRONMENT, "HOME": str(folder)}
    _write(story, root)
    asked = {"git": options, "suppressions": {"base": options["base"]}}
    try:
        return _run(story, root, now, environment, collect=asked)
    finally:
        openpgp.end(folder)


def _with_servers(story: dict[str, Any], folder: Path, now: datetime) -> Told:
    stage = servers_stage.play(story["servers"])
    root = folder / "workspace"
    root.mkdir()
    _write(story, root)
    with servers_stage.standing(stage, root) as (environment, build):
        wanted = servers_stage.collectors(stage, story["rules"])
        return _run(story, root, now, environment, collect=wanted, build=build)


def _write(story: dict[str, Any], root: Path) -> None:
    """The policy, the reports, and what the build made."""
    policy = {
        "apiVersion": "gatepass/v1",
        "kind": "Policy",
        "metadata": {"name": "story"},
        "rules": story["rules"],
    }
    if "allowances" in story:
        policy["overrides"] = story["allowances"]
    files = {"policy.yaml": policy, **story.get("artifacts", {}), **story.get("evidence", {})}
    if "scanned" in story:
        files[scan_stage.REPORT] = scan_stage.report(story["scanned"])
    _put(files, root)


def _put(files: dict[str, Any], root: Path) -> None:
    for name, content in files.items():
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=1))


def _run(
    story: dict[str, Any],
    root: Path,
    now: datetime,
    environment: dict[str, str],
    evidence: Iterable[str] = (),
    **more: Any,
) -> Told:
    scanned = (scan_stage.REPORT,) if "scanned" in story else ()
    reports = (*story.get("evidence", {}), *scanned, *evidence)
    request = Request(
        root,
        policies=("policy.yaml",),
        evidence=reports,
        artifacts=tuple(story.get("artifacts", {})),
        unsigned=True,
        relaxations=("--unsafe-unsigned",),
        verbose=True,
        **more,
    )
    made = run(request, environment, now, passphrase=None, say=lambda _: None)
    return Told(made, build_of(environment, root, request.build, request.platform))
