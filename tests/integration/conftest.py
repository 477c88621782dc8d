"""The tools that `make integration` installs, and running workflows on this machine with act.

Nothing outside of this machine is asked: actions of others are stood in for by `stubs/`, GitHub's API by a
server on loopback, and what act would fetch is an error.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
TOOLS = PROJECT / ".tools" / "bin"
STUBS = {
    "actions/checkout": "checkout",
    "actions/upload-artifact": "upload-artifact",
    "actions/download-artifact": "download-artifact",
    "github/codeql-action": "codeql-action",
    "actions/attest": "attest",
}
GATEPASS = "acme/gatepass@0000000000000000000000000000000000000000"
_USES = re.compile(r"uses:\s*([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40})")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)


def tool(name: str) -> str:
    path = TOOLS / name
    assert path.exists(), f"{path} is not there; run make integration"
    return str(path)


def ran(*command: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: float = 300):
    """A command that has ended, whatever its code; both streams in one."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )


@dataclass
class Acted:
    """A workflow that has run: its code, its log, what the stand-ins heard, what the last step noted."""

    code: int
    log: str
    heard: list[str]
    noted: dict[str, str]


@dataclass
class Runner:
    """A repository, and act to run its workflows in."""

    folder: Path
    action: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("repo", "artifacts", "checkouts", "cache", "home", "bin"):
            (self.folder / name).mkdir()
        (self.folder / "heard").write_text("")

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def write(self, files: dict[str, str], root: Path | None = None) -> None:
        for name, text in files.items():
            path = (root or self.repo) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self) -> str:
        git = ("git", "-c", "user.name=alice", "-c", "user.email=alice@acme.example")
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        commands = (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "A change"))
        for command in commands:
            assert ran(*git, *command, cwd=self.repo, env=quiet).returncode == 0
        remote = ("remote", "add", "origin", "https://github.com/acme/payments.git")
        assert ran(*git, *remote, cwd=self.repo, env=quiet).returncode == 0
        return ran(*git, "rev-parse", "HEAD", cwd=self.repo, env=quiet).stdout.strip()

    def act(self, event: str, payload: dict[str, Any] | None = None, *options: str) -> Acted:
        """Run the workflows of an event."""
        noted, heard = self.folder / "noted", self.folder / "heard"
        noted.write_text("")
        arguments = [tool("act"), event, "-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", *options]
        if payload is not None:
            path = self.folder / "event.json"
            path.write_text(json.dumps(payload))
            arguments += ["-e", str(path)]
        for name, folder in self._stubs().items():
            arguments += ["--local-repository", f"https://github.com/{name}={folder}"]
        passed = {
            "HEARD": str(heard),
            "NOTED": str(noted),
            "ARTIFACTS": str(self.artifacts),
            "CHECKOUTS": str(self.folder / "checkouts"),
            **self.env,
        }
        for name, value in passed.items():
            arguments += ["--env", f"{name}={value}"]
        home = str(self.folder / "home")
        path = os.pathsep.join((str(self.folder / "bin"), os.environ["PATH"]))
        around = {"HOME": home, "XDG_CACHE_HOME": str(self.folder / "cache"), "PATH": path}
        done = ran(*arguments, cwd=self.repo, env=around)
        assert "failed to fetch" not in done.stdout, done.stdout
        return Acted(done.returncode, done.stdout, heard.read_text().splitlines(), _pairs(noted.read_text()))

    def _stubs(self) -> dict[str, Path]:
        """All actions that the workflows here and our own action use, with what stands in for them."""
        texts = [path.read_text() for path in (self.repo / ".github" / "workflows").glob("*.yml")]
        texts += [(PROJECT / "action.yml").read_text()]
        used = {f"{name}@{sha}": name for text in texts for name, sha in _USES.findall(text)}
        stand_ins = {at: HERE / "stubs" / STUBS[name] for at, name in used.items() if name in STUBS}
        return {**stand_ins, GATEPASS: self.action}


def _pairs(text: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in text.splitlines() if line)


@pytest.fixture(scope="session")
def action(tmp_path_factory):
    """What a checkout of gatepass holds of the action, and nothing that lies about here."""
    folder = tmp_path_factory.mktemp("gatepass")
    for name in ("action.yml", "requirements.txt"):
        shutil.copy(PROJECT / name, folder)
    for name in (".github", "src", "policies"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def runner(tmp_path, action):
    return Runner(tmp_path, action)
