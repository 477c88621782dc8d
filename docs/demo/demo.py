"""The gate on a real project, three times: failed, overridden, passed; then its record verified.

`make demo` runs it; `demo.py PROGRAM` runs it with another gatepass than the one installed here. The tests of
the project and their coverage are run for real; what a scanner and a forge would answer lies in
`project/reports`. Nothing leaves this machine, and nothing is written but in a temporary folder.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"
GATEPASS = (str(Path(sys.argv[1]).resolve()),) if sys.argv[1:] else (sys.executable, "-m", "gatepass")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gatepass-demo-") as folder:
        demo = Demo(Path(folder) / "payments")
        demo.title("1 · The change as it came")
        demo.run_tests()
        failed = demo.gatepass("gate --key ../key.pem")
        demo.title("2 · Tests for what was missing, and an override for the dependency")
        shutil.copy(HERE / "later/test_words.py", demo.workspace / "tests")
        demo.run_tests()
        demo.allow_for_now()
        overridden = demo.gatepass("gate --key ../key.pem --overrides overrides")
        demo.title("3 · The dependency upgraded, the override no longer needed")
        shutil.copy(HERE / "later/snyk.json", demo.workspace / "reports")
        passed = demo.gatepass("gate --key ../key.pem --report sarif=gate.sarif --report markdown=gate.md")
        demo.title("Whoever has the public key can check the record, years later and offline")
        verify = "verify gatepass.intoto.jsonl --key ../key.pub --evidence . --policy policies/payments.yaml"
        verified = demo.gatepass(f"{verify} --re-evaluate")
    codes = (failed, overridden, passed, verified)
    if codes != (1, 0, 0, 0):
        print(f"the demo is broken: exit codes {codes}", file=sys.stderr)
        return 1
    return 0


class Demo:
    """A workspace as a pipeline of a pull request would have it."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        shutil.copytree(HERE / "project", workspace)
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "HOME": str(workspace.parent),
            "PYTHONPATH": str(workspace / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(HERE / "event.json"),
            "GITHUB_REPOSITORY": "acme/payments",
            "GITHUB_SHA": "0badc0ffee0badc0ffee0badc0ffee0badc0ffee",
            "GITHUB_REF": "refs/pull/482/merge",
            "GITHUB_HEAD_REF": "refunds",
            "GITHUB_BASE_REF": "main",
            "GITHUB_ACTOR": "alice",
            "GITHUB_RUN_ID": "9",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SERVER_URL": "https://git.acme.example",
        }
        self.run(*GATEPASS, "key", "generate", "../key.pem", quiet=True)

    def title(self, text: str) -> None:
        print(f"\n── {text} {'─' * (96 - len(text))}\n", flush=True)

    def run_tests(self) -> None:
        """Run the project's tests under coverage.py; the reports land where the gate looks."""
        python = (sys.executable, "-m")
        self.run(*python, "coverage", "run", "--branch", "--source=payments", "-m", "pytest", "-q", "-p",
                 "no:cacheprovider", "--junitxml=reports/junit.xml", "tests", quiet=True)  # fmt: skip
        self.run(*python, "coverage", "xml", "-q", "-o", "reports/coverage.xml", quiet=True)

    def allow_for_now(self) -> None:
        """Write the override, created today and good for twenty days."""
        today = datetime.now(UTC).date()
        text = (HERE / "later/OVR-2026-014.yaml").read_text("utf-8")
        text = text.replace("{created}", str(today)).replace("{expires}", str(today + timedelta(days=20)))
        (self.workspace / "overrides").mkdir()
        (self.workspace / "overrides/OVR-2026-014.yaml").write_text(text, "utf-8")

    def gatepass(self, arguments: str) -> int:
        """Run a command and show it as it would be typed."""
        print(f"$ gatepass {arguments}", flush=True)
        return self.run(*GATEPASS, *shlex.split(arguments))

    def run(self, *command: str, quiet: bool = False) -> int:
        done = subprocess.run(
            command, cwd=self.workspace, env=self.environment, capture_output=quiet, check=False
        )
        if quiet and done.returncode:
            sys.stderr.buffer.write(done.stdout + done.stderr)
            raise SystemExit(f"{shlex.join(command)} failed")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
