"""From a story in YAML to a decision: the stage is set, the gate is run, what it says is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gatepass.gate import Run, run
from gatepass.model.decision import Decision
from gatepass.request import Request
from support import (
    clone_stage,
    github_stage,
    gitlab_stage,
    openpgp,
    override_stage,
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
    *("overrides", "judged", "decision"),
    "servers",
}


def judged(story: dict[str, Any], folder: Path) -> tuple[Decision, str]:
    """The decision about a story, and the text report."""
    if strange := set(story) - KNOWN:
        raise ValueError(
            f"a story has no {', '.join(sorted(strange))}; it may have {', '.join(sorted(KNOWN))}"
        )
    now = datetime.fromisoformat(story["judged"]) if "judged" in story else NOW
    play = _in_the_clone if "in-the-clone" in story else _at_the_forge
    play = _with_servers if "servers" in story else play
    made = play(story, folder, now)
    return made.decision, next(text for name, text in made.shown if name == "text")


def _at_the_forge(story: dict[str, Any], folder: Path, now: datetime) -> Run:
    stage = sentences.play(story.get("happens") or ["alice opens a change request"])
    stage.code_owners = story.get("code-owners")
    stage.judged = now
    root = folder / "workspace"
    root.mkdir()
    forge = FORGES[story.get("forge", "github")]
    with serving(forge.routes(stage)) as server:
        environment = forge.environment(stage, server.url, folder)
        wanted = forge.collectors(stage, server.url)
        evidence = {**story.get("evidence", {}), **forge.files(stage, server.url)}
        return _run({**story, "evidence": evidence}, root, now, environment, collect=wanted)


def _in_the_clone(story: dict[str, Any], folder: Path, now: datetime) -> Run:
    stage = clone_stage.play(story["in-the-clone"], folder)
    root = stage.repository.root
    shallow = (root / ".git" / "shallow").exists()
    options = {"base": "HEAD~1" if shallow else "base", "allowed-signers": str(stage.allowed_signers)}
    environment = {**ENVIRONMENT, "HOME": str(folder)}
    try:
        return _run(story, root, now, environment, collect={"git": options})
    finally:
        openpgp.end(folder)


def _with_servers(story: dict[str, Any], folder: Path, now: datetime) -> Run:
    stage = servers_stage.play(story["servers"])
    root = folder / "workspace"
    root.mkdir()
    with servers_stage.standing(stage, root) as (environment, build):
        wanted = servers_stage.collectors(story["rules"])
        return _run(story, root, now, environment, collect=wanted, build=build)


def _run(story: dict[str, Any], root: Path, now: datetime, environment: dict[str, str], **more: Any) -> Run:
    policy = {
        "apiVersion": "gatepass/v1",
        "kind": "Policy",
        "metadata": {"name": "story"},
        "rules": story["rules"],
    }
    if "allowances" in story:
        policy["overrides"] = story["allowances"]
    (root / "policy.yaml").write_text(json.dumps(policy, indent=1))
    for name, content in story.get("evidence", {}).items():
        text = content if isinstance(content, str) else json.dumps(content)
        (root / name).write_text(text)
    overrides = override_stage.write(story.get("overrides", {}), root)
    return run(
        Request(
            root,
            policies=("policy.yaml",),
            evidence=tuple(story.get("evidence", {})),
            overrides=overrides,
            unsigned=True,
            relaxations=("--unsafe-unsigned",),
            verbose=True,
            **more,
        ),
        environment,
        now,
        passphrase=None,
        say=lambda _: None,
    )
