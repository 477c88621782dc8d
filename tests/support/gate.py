"""The gate run in this process: a workspace, a policy for one kind of evidence, and what came out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gatepass.gate import Run, run
from gatepass.model.decision import Verdict
from gatepass.record.verify import Verification, verify_record
from gatepass.request import Request
from gatepass.signers import keys

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEAD = "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {name: release}\n"

# of each kind a rule that a report passes as easily as the check allows: what fails it is broken
EASY = {
    "coverage": "check: coverage\n    minimum: {lines: 0.1}",
    "tests": "check: tests",
    "findings": "check: findings\n    maximum-by-level: {error: 100000}",
    "vulnerabilities": "check: vulnerabilities\n    maximum: {critical: 100000}",
    "quality-gate": "check: quality-gate\n    status: OK",
    "approvals": "check: approvals\n    minimum: 1",
    "commits": "check: commits\n    maximum-commits: 100000",
    "suppressions": 'check: suppressions\n    scanners: ["*"]\n    maximum: 100000',
}
JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'
FILES = {"json": "gate.json", "markdown": "gate.md", "sarif": "gate.sarif", "text": "gate.txt"}


def a_policy(*rules: str, more: str = "") -> str:
    return f"{HEAD}{more}rules:\n" + "".join(f"  - id: r{n}\n    {rule}\n" for n, rule in enumerate(rules, 1))


@dataclass(frozen=True)
class Workspace:
    """A folder to judge in, and a key beside it."""

    root: Path
    key: Path
    public: Path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def judge(self, policy: str, *evidence: str, now: datetime = NOW, **request: Any) -> Run:
        """Run the gate with all reports going to files."""
        self.write({"policy.yaml": policy})
        reports = tuple(FILES.items())
        given = {"policies": ("policy.yaml",), "key": str(self.key), "reports": reports, **request}
        return run(
            Request(self.root, evidence=evidence, **given), {}, now, passphrase=None, say=lambda _: None
        )

    def verified(self, record: str = "gatepass.intoto.jsonl") -> Verification:
        key = keys.public_key_of(str(self.public), {})
        return verify_record(self.root / record, [key], evidence=self.root)

    def written(self) -> dict[str, str]:
        """The reports by format, as they lie in the files."""
        return {name: (self.root / file).read_text("utf-8") for name, file in FILES.items()}


def a_workspace(folder: Path) -> Workspace:
    root = folder / "workspace"
    root.mkdir()
    pair = keys.generate(folder / "key.pem")
    return Workspace(root, pair.path, pair.public_path)


def failed_and_recorded(workspace: Workspace, run: Run, *words: str) -> dict[str, str]:
    """The decision is FAILED, says so in every report, and its record verifies with the public key."""
    assert run.decision.verdict is Verdict.FAILED
    written = workspace.written()
    for word in words:
        assert word in written["text"]
    assert json.loads(written["json"])["verdict"] == "FAILED"
    assert "FAILED" in written["markdown"]
    verification = workspace.verified()
    assert verification.signed
    assert verification.predicate["verdict"] == "FAILED"
    return written


def sarif_of(commit: str | None = None, created: str | None = None, **result: Any) -> str:
    """A SARIF log with one error."""
    results = [{"ruleId": "R", "level": "error", "message": {"text": "m"}, **result}]
    run: dict[str, Any] = {"tool": {"driver": {"name": "t"}}, "results": results}
    if commit:
        run["versionControlProvenance"] = [{"repositoryUri": "https://git.example/a", "revisionId": commit}]
    if created:
        run["invocations"] = [{"executionSuccessful": True, "endTimeUtc": created}]
    return json.dumps({"version": "2.1.0", "runs": [run]})
